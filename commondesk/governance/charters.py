"""The agreement that rules at an instant, read from the charter and calendars in force."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from importlib import resources
from typing import cast
from uuid import UUID

import yaml

from commondesk.core.charter import reading
from commondesk.core.charter.schema import Charter
from commondesk.core.record.codec import Json, canonical
from commondesk.core.record.instant import Instant, iso_of
from commondesk.core.service_level.agreement import Agreement
from commondesk.core.service_level.charter_data import agreement_of
from commondesk.governance.models import CalendarVersion, CharterVersion
from commondesk.ledger import memory, tables

Document = dict[str, Json]
_ENTERED = (
    f"SELECT name, entered_at, document FROM {CalendarVersion._meta.db_table}"  # noqa: S608
    " WHERE company = %s ORDER BY id"
)


class UnknownTemplate(LookupError):
    """No charter template has that name."""


# ---- which one rules ----------------------------------------------------------------------


def charter_for(company: UUID, at: Instant, service: str = "") -> CharterVersion | None:
    """The version in force: of the charter that covers the service, else of the default one.

    There is one line of versions for each provider, and one where the company serves itself. In
    each the newest version signed by all parties rules, else the newest draft.
    """
    ruling = ruling_versions(company, at)
    covering = [each for each in ruling if service and service in covered_services(each)]
    if covering:
        return max(covering, key=lambda each: (is_signed(each, at), each.in_force_at, each.version))
    return default_of(company, ruling, at)


def ruling_versions(company: UUID, at: Instant) -> tuple[CharterVersion, ...]:
    """The version in force of each line, in no order."""
    lines: dict[str, list[CharterVersion]] = {}
    for version in versions_of(company):
        if is_in_force(version, at):
            lines.setdefault(version.provider, []).append(version)
    return tuple(newest_of(line, at) for line in lines.values())


def is_in_force(version: CharterVersion, at: Instant) -> bool:
    """Whether it was neither too early for it, nor withdrawn, nor at its agreed end."""
    ends = [end for end in (version.until, version.ends_at) if end is not None]
    return version.in_force_at <= at and all(at < end for end in ends)


def newest_of(line: Sequence[CharterVersion], at: Instant) -> CharterVersion:
    """Which of these versions of one line rules: the newest signed one, else the newest."""
    signed = [version for version in line if is_signed(version, at)]
    return max(signed or line, key=lambda each: (each.in_force_at, each.version))


def default_of(
    company: UUID, ruling: Sequence[CharterVersion], at: Instant
) -> CharterVersion | None:
    """Of these, one a line, the one that rules what no charter covers.

    Signed ones go before drafts: the draft of the founding counts until another is signed. Then
    the line that began first keeps it.
    """
    signed = [version for version in ruling if is_signed(version, at)]
    began = _beginnings(versions_of(company), is_signed=bool(signed))
    return min(signed or ruling, key=lambda each: began[each.provider], default=None)


def _beginnings(
    versions: Iterable[CharterVersion], *, is_signed: bool
) -> dict[str, tuple[Instant, int]]:
    """When each line began to rule: signed, or at all."""
    began: dict[str, tuple[Instant, int]] = {}
    for version in versions:
        signed_at = fully_signed_at(version)
        if is_signed and signed_at is None:
            continue
        at = max(version.in_force_at, signed_at or version.in_force_at)
        began[version.provider] = min(
            began.get(version.provider, (at, version.version)), (at, version.version)
        )
    return began


def covered_services(version: CharterVersion) -> frozenset[str]:
    """The keys of the services that this version covers."""
    return _covered(version.document)


@lru_cache(maxsize=512)
def _covered(text: str) -> frozenset[str]:
    return frozenset(each.key for each in _whole(text).services if each.in_scope)


def team_of(company: UUID, charter: str, service: str) -> str:
    """The team, by slug, that the charter of that uuid names for a service; empty if it does not.

    The service may be in nobody's scope: a charter can say who has it all the same.
    """
    version = next((each for each in versions_of(company) if each.uuid == charter), None)
    listed = _whole(version.document).services if version and service else ()
    return next((each.team for each in listed if each.key == service), "")


def whole(version: CharterVersion) -> Charter:
    """The version as the schema has it, with the instants that it was given beside its document."""
    charter = _whole(version.document)
    until = "" if version.ends_at is None else iso_of(version.ends_at)
    about = replace(charter.about, in_force_at=iso_of(version.in_force_at), until=until)
    return replace(charter, about=about)


@lru_cache(maxsize=512)
def _whole(text: str) -> Charter:
    # What an older release wrote down is shown as far as it can be read.
    return reading.read_charter(json.loads(text)).charter


def versions_of(company: UUID) -> tuple[CharterVersion, ...]:
    """Every version of every line, oldest first."""
    return memory.recalled(
        ("charters", company),
        lambda: tuple(tables.read(CharterVersion, "WHERE company = %s ORDER BY version", company)),
    )


def provider_by_charter(company: UUID) -> dict[str, str]:
    """Whom each version binds that binds a provider, by its uuid; uuids as text."""
    return {each.uuid: each.provider for each in versions_of(company) if each.provider}


def is_signed(version: CharterVersion, at: Instant) -> bool:
    """Whether every party had signed by then."""
    signed_at = fully_signed_at(version)
    return signed_at is not None and signed_at <= at


def fully_signed_at(version: CharterVersion) -> Instant | None:
    """When the last of the parties signed; None while one has not."""
    signed: dict[str, Instant] = {each["party"]: each["at"] for each in version.signatures}
    parties = parties_of(version) if signed else ()
    if not parties or not set(parties) <= signed.keys():
        return None
    return max(signed[party] for party in parties)


def parties_of(version: CharterVersion) -> tuple[str, ...]:
    """The parties that have to sign."""
    return _parties(version.document)


@lru_cache(maxsize=512)
def _parties(text: str) -> tuple[str, ...]:
    parties = charter_part(cast(Document, json.loads(text))).get("parties")
    listed = parties if isinstance(parties, list) else []
    return tuple(
        str(each["party"]) for each in listed if isinstance(each, dict) and "party" in each
    )


def document_of(version: CharterVersion) -> Document:
    """What the version says: an object with `charter` and `calendars`."""
    return cast(Document, json.loads(version.document))


def data_of(text: str) -> Document:
    """The plain data of a canonical text."""
    return cast(Document, json.loads(text))


def charter_part(document: Document) -> Document:
    """The charter itself, without the hours of its calendars."""
    part = document.get("charter")
    return part if isinstance(part, dict) else {}


def agreement_for(company: UUID, at: Instant, service: str = "") -> Agreement | None:
    """What is agreed at this instant; None before the first charter or after its withdrawal."""
    version = charter_for(company, at, service)
    return None if version is None else _agreement(version, is_signed(version, at))


def agreement_by_id(company: UUID, charter: str) -> Agreement | None:
    """What the charter of that uuid agrees, with the calendars as they are known today."""
    return memory.recalled(("agreement", company, charter), lambda: _by_id(company, charter))


def _by_id(company: UUID, charter: str) -> Agreement | None:
    version = next((each for each in versions_of(company) if each.uuid == charter), None)
    if version is None:
        return None
    return _agreement(version, fully_signed_at(version) is not None)


def agreement_before(company: UUID, charter: str) -> Agreement | None:
    """The same without the calendar version entered last: what was agreed until then."""
    version = CharterVersion.objects.filter(company=company, uuid=charter).first()
    if version is None:
        return None
    return _agreement(version, fully_signed_at(version) is not None, leave_out=1)


# ---- building it once ---------------------------------------------------------------------


def _agreement(version: CharterVersion, is_signed: bool, *, leave_out: int = 0) -> Agreement:
    entered = tables.select(_ENTERED, version.company)
    known = tuple((row[0], row[1], row[2]) for row in entered[: len(entered) - leave_out])
    return _built(version.uuid, version.document, known, is_signed)


@lru_cache(maxsize=512)
def _built(
    identity: str, document: str, known: tuple[tuple[str, Instant, str], ...], is_signed: bool
) -> Agreement:
    # One object a version: agreements are compared by identity and remember their answers.
    data = cast(Document, json.loads(document))
    calendars = calendars_with(data.get("calendars"), known)
    return replace(agreement_of(data["charter"], calendars, identity=identity), is_signed=is_signed)


def calendars_with(hours: Json, known: Sequence[tuple[str, Instant, str]]) -> Document:
    """The charter's hours together with the holidays entered so far, oldest first."""
    calendars: Document = {}
    for name, entry in (hours if isinstance(hours, dict) else {}).items():
        days = [(at, json.loads(text)) for calendar, at, text in known if calendar == name]
        calendars[name] = _with_days(entry if isinstance(entry, dict) else {}, days)
    return calendars


def _with_days(entry: Document, days: list[tuple[Instant, Document]]) -> Json:
    if not days:
        return entry
    first, later = days[0][1], days[1:]
    return {
        **entry,
        **_days_of(first),
        "entered": [{"at": iso_of(at), **_days_of(each)} for at, each in later],
    }


def _days_of(document: Document) -> Document:
    return {
        "holidays": document.get("holidays") or [],
        "exceptional": document.get("exceptional") or {},
    }


# ---- templates ----------------------------------------------------------------------------


def template_names() -> tuple[str, ...]:
    """The charter templates there are."""
    folder = resources.files("commondesk.governance") / "templates"
    names = [each.name.removesuffix(".yaml") for each in folder.iterdir()]
    return tuple(sorted(names))


def template(name: str) -> Document:
    """A charter template: an object with `charter` and `calendars`. Raises UnknownTemplate."""
    return cast(Document, json.loads(_template_text(name)))


@lru_cache(maxsize=32)
def _template_text(name: str) -> str:
    if name not in template_names():
        raise UnknownTemplate(f"{name!r} is no charter template: {', '.join(template_names())}")
    file = resources.files("commondesk.governance") / "templates" / f"{name}.yaml"
    return text_of(yaml.safe_load(file.read_text(encoding="utf-8")))


def text_of(document: Document) -> str:
    """The canonical text of a document, as the record keeps it."""
    return canonical(document)
