"""Write charters and calendars: each change is an event on the company's stream."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from uuid import UUID

from django.db import transaction

from commondesk.accounts import directory, policy
from commondesk.accounts import queries as people
from commondesk.accounts.arrangement.arranging import viewer_of
from commondesk.accounts.policy import Right, Viewer
from commondesk.core.charter import points, reading, writing
from commondesk.core.charter.schema import Charter, Party
from commondesk.core.record.draft import Draft
from commondesk.core.record.event import COMPANY_STREAM, Actor, Body, Side
from commondesk.core.record.events import (
    CalendarEntered,
    CharterDrafted,
    CharterSigned,
    CharterWithdrawn,
)
from commondesk.core.record.instant import Instant, parse_instant
from commondesk.core.service_level.charter_data import calendars_of
from commondesk.core.texts import gettext, pgettext, pgettext_noop
from commondesk.governance import charters, projections
from commondesk.governance.charters import Document
from commondesk.governance.models import CalendarVersion, CharterVersion
from commondesk.ledger import chance, memory, store

CALENDAR_FOLLOWERS: list[Callable[[UUID, Instant], None]] = []
"""What rooms above do when the calendars of a company change, in the same transaction."""


class UnfitStep(ValueError):
    """A charter or calendar cannot be changed as asked. The text says why."""


class NotAllowed(PermissionError):
    """The person lacks the right at the moment of the act. Callers answer as for no such thing."""


@transaction.atomic
def draft_charter(
    company: UUID,
    *,
    at: Instant,
    actor: Actor,
    document: Document,
    provider: str = "",
    in_force_at: Instant | None = None,
    until_at: Instant | None = None,
    replaces: str = "",
) -> str:
    """Write down a new version, unsigned; its uuid.

    provider is whom it binds, empty where the company serves itself. Without in_force_at it is the
    instant that the document names, if that is still ahead, else now. replaces names an unsigned
    draft that is withdrawn with it. Raises CharterError with every problem, UnfitStep, NotAllowed.
    """
    directory.hold_record(company)
    _require(company, actor, Right.EDIT_CHARTER)
    charter = _for_provider(company, reading.charter_of(document), provider)
    begins = _begins_at(charter, at) if in_force_at is None else in_force_at
    ends = _ends_at(charter) if until_at is None else until_at
    if ends is not None and ends <= begins:
        raise UnfitStep(gettext("It would end before it is in force. Choose a later end, or none."))
    identity = str(chance.uuid())
    drafted = CharterDrafted(
        charter=identity,
        version=CharterVersion.objects.filter(company=company).count() + 1,
        document=charters.text_of(writing.document_of(_without_instants(charter))),
        in_force_at=begins,
        provider=provider,
        until_at=ends,
    )
    _record(company, drafted, at=at, actor=actor)
    if replaces and begins <= at:
        _replace(company, replaces, at=at, actor=actor)
    return identity


def _for_provider(company: UUID, charter: Charter, provider: str) -> Charter:
    """The same with the parties that have to sign it, by id: names are words. Raises UnfitStep."""
    own = Party("company", id=str(company))
    if not provider:
        return replace(charter, parties=(own,))
    if provider not in map(str, people.providers(company)):
        raise UnfitStep(gettext("This provider does not serve the company. Invite it first."))
    return replace(charter, parties=(own, Party("provider", id=provider)))


def _begins_at(charter: Charter, at: Instant) -> Instant:
    written = charter.about.in_force_at
    return max(at, parse_instant(written)) if written else at


def _ends_at(charter: Charter) -> Instant | None:
    return parse_instant(charter.about.until) if charter.about.until else None


def _without_instants(charter: Charter) -> Charter:
    # They stand beside the document, so that a copy of it starts afresh.
    return replace(charter, about=replace(charter.about, in_force_at="", until=""))


def _replace(company: UUID, charter: str, *, at: Instant, actor: Actor) -> None:
    version = _version(company, charter)
    if not version.signatures and version.until is None:
        _record(company, CharterWithdrawn(charter=charter), at=at, actor=actor)


@transaction.atomic
def sign_charter(company: UUID, *, at: Instant, actor: Actor, charter: str, party: str) -> None:
    """One party signs, by a person of its side who may. Raises UnfitStep, NotAllowed."""
    directory.hold_record(company)
    version = _version(company, charter)
    if party not in charters.parties_of(version):
        raise UnfitStep(gettext("This party is not named in the charter."))
    if not may_sign(viewer_of(company, actor), version, party):
        raise NotAllowed(f"{actor.id} may not sign for the {party}")
    if any(each["by"] == actor.id and each["party"] != party for each in version.signatures):
        raise UnfitStep(
            gettext("You have signed for the other side. Somebody else signs for this one.")
        )
    if problem := why_unsignable(version, party, at):
        raise UnfitStep(problem)
    _record(company, CharterSigned(charter=charter, party=party), at=at, actor=actor)


def may_sign(viewer: Viewer | None, version: CharterVersion, party: str) -> bool:
    """Whether this person may sign for that party: of its own side, and of that very provider."""
    if viewer is None or not policy.may(viewer, Right.SIGN_CHARTER) or viewer.side != party:
        return False
    return party == "company" or viewer.provider == version.provider


def why_unsignable(version: CharterVersion, party: str, at: Instant) -> str:
    """Why nobody can sign for this party now, as a sentence; empty if somebody can."""
    if any(each["party"] == party for each in version.signatures):
        return gettext("This party has signed already.")
    if version.until is not None:
        return gettext("This version was withdrawn. Write a new one, and sign that.")
    if version.ends_at is not None and version.ends_at <= at:
        return gettext("This version has come to its agreed end. Write a new one, and sign that.")
    if empty := unfilled_points(charters.document_of(version)):
        return gettext("Fill these points before you sign: %(points)s.") % {
            "points": ", ".join(pgettext("point to fill", each) for each in empty)
        }
    return ""


def unfilled_points(document: Document) -> tuple[str, ...]:
    """Which of the six points that a signature needs are still empty."""
    return points.unfilled_points(reading.read_charter(document).charter)


POINTS = points.POINTS
SHORT_POINTS = (
    pgettext_noop("point to fill", "criticality"),
    pgettext_noop("point to fill", "scope"),
    pgettext_noop("point to fill", "coverage"),
    pgettext_noop("point to fill", "documentation"),
    pgettext_noop("point to fill", "escalation"),
    pgettext_noop("point to fill", "referent"),
)
"""What a point is called where it is still empty."""


@transaction.atomic
def withdraw_charter(company: UUID, *, at: Instant, actor: Actor, charter: str) -> None:
    """Let a version rule no ticket opened from now on. Raises UnfitStep, NotAllowed.

    What somebody has signed is withdrawn by whoever may sign for the company.
    """
    directory.hold_record(company)
    version = _version(company, charter)
    _require(company, actor, Right.SIGN_CHARTER if version.signatures else Right.EDIT_CHARTER)
    if version.until is not None:
        raise UnfitStep(gettext("This version was withdrawn already."))
    _record(company, CharterWithdrawn(charter=charter), at=at, actor=actor)


def _version(company: UUID, charter: str) -> CharterVersion:
    version = CharterVersion.objects.filter(company=company, uuid=charter).first()
    if version is None:
        raise UnfitStep(gettext("There is no such charter."))
    return version


def _require(company: UUID, actor: Actor, right: Right) -> None:
    """Raises NotAllowed. Commands act for whoever runs the installation."""
    if not actor.is_person:
        return
    viewer = viewer_of(company, actor)
    if viewer is None or viewer.side != Side.COMPANY or not policy.may(viewer, right):
        raise NotAllowed(f"{actor.id} may not do this")


@transaction.atomic
def enter_calendar(
    company: UUID,
    *,
    at: Instant,
    actor: Actor,
    calendar: str,
    holidays: Iterable[date],
    exceptional: Mapping[date, str] | None = None,
) -> int:
    """Enter the whole list of holidays and exceptional days anew; the number of the version.

    Due instants still ahead follow. Raises CharterError for days or hours that cannot be read.
    """
    directory.hold_record(company)
    _require(company, actor, Right.ENTER_CALENDARS)
    document: Document = {
        "holidays": [day.isoformat() for day in sorted(set(holidays))],
        "exceptional": {day.isoformat(): text for day, text in (exceptional or {}).items()},
    }
    calendars_of({calendar: {"zone": "UTC", "week": {}, **document}})
    known = CalendarVersion.objects.filter(company=company, name=calendar)
    version = known.count() + 1
    body = CalendarEntered(calendar=calendar, version=version, document=charters.text_of(document))
    _record(company, body, at=_after_last(company, calendar, at), actor=actor, learnt_at=at)
    for follow in CALENDAR_FOLLOWERS:
        follow(company, at)
    return version


def _after_last(company: UUID, calendar: str, at: Instant) -> Instant:
    # Two versions of one calendar are never entered at the same instant.
    last = (
        CalendarVersion.objects.filter(company=company, name=calendar).order_by("-version").first()
    )
    return at if last is None else max(at, last.entered_at + 1)


def _record(
    company: UUID, body: Body, *, at: Instant, actor: Actor, learnt_at: Instant | None = None
) -> None:
    draft = Draft(COMPANY_STREAM, at, actor, body)
    recorded = store.append(company, [draft], learnt_at=at if learnt_at is None else learnt_at)
    projections.apply(company, [each.event for each in recorded])
    memory.forget()
