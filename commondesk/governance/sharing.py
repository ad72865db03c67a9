"""Charters as they leave and enter: YAML with names, and what would rule without a version."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from uuid import UUID

from commondesk.accounts import queries as people
from commondesk.accounts.models import Company
from commondesk.core.charter import yaml_text
from commondesk.core.charter.comparing import Change, How
from commondesk.core.charter.leaf import Wants
from commondesk.core.charter.schema import Charter, Party
from commondesk.core.record.instant import Instant, parse_instant
from commondesk.governance import charters
from commondesk.governance.models import CharterVersion


def yaml_of(version: CharterVersion) -> str:
    """A version as YAML that can be read in again, with a line that says what it is."""
    head = f"# Version {version.version} of a Commondesk charter; docs/charter.md tells each field."
    return f"{head}\n{yaml_text.to_yaml(with_titles(version))}"


def with_titles(version: CharterVersion) -> Charter:
    """The version with its parties by name too; the record itself only holds their ids."""
    charter = charters.whole(version)
    titles = people.provider_titles(version.company)
    own = Company.objects.values_list("title", flat=True).get(uuid=version.company)
    return replace(
        charter,
        parties=tuple(
            _titled(each, titles | {str(version.company): own}) for each in charter.parties
        ),
    )


def _titled(party: Party, titles: dict[str, str]) -> Party:
    return replace(party, title=titles.get(party.id, party.title))


def provider_of(company: UUID, charter: Charter) -> str:
    """The provider that a document names among its parties, if it serves the company; else none."""
    engaged = {str(uuid): title for uuid, title in people.providers(company).items()}
    for party in charter.parties:
        if party.party == "provider":
            by_title = (uuid for uuid, title in engaged.items() if title == party.title)
            return party.id if party.id in engaged else next(by_title, "")
    return ""


def ruling_without(version: CharterVersion, at: Instant) -> CharterVersion | None:
    """The version of the same line that would rule if this one did not."""
    left = [
        each
        for each in charters.versions_of(version.company)
        if each.provider == version.provider
        and each.uuid != version.uuid
        and charters.is_in_force(each, at)
    ]
    return charters.newest_of(left, at) if left else None


def with_names(company: UUID, changes: Iterable[Change]) -> Iterator[Change]:
    """Changes with people and parties by name instead of by id."""
    listed = tuple(changes)
    words = " ".join(text for each in listed for text in (each.row, each.before, each.after))
    ids = {word.strip(";,.") for word in words.split()}
    names = people.titles(ids) | people.provider_titles(company)
    for each in listed:
        row, before, after = each.row, each.before, each.after
        for uuid, name in names.items():
            row, before, after = (
                text.replace(f"person {uuid}", name).replace(uuid, name)
                for text in (row, before, after)
            )
        yield replace(each, row=row, before=before, after=after)


@dataclass(frozen=True, slots=True)
class ShownChange:
    """A change as a page shows it: instants apart, so that the page can put them into words."""

    section: str
    row: str
    field: str
    how: How
    before: str
    after: str
    before_at: Instant | None
    after_at: Instant | None


def shown(change: Change) -> ShownChange:
    """The change with its instants to be put into words."""
    before, after = change.before, change.after
    is_instant = change.wants is Wants.INSTANT
    return ShownChange(
        change.section,
        change.row,
        change.field,
        change.how,
        before,
        after,
        parse_instant(before) if is_instant and before else None,
        parse_instant(after) if is_instant and after else None,
    )
