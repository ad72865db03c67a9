"""Charters as sheets that people can read, their lines of versions, and what is looked after."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from commondesk.accounts import queries as people
from commondesk.accounts.models import Company
from commondesk.core.charter.choices import plainly
from commondesk.core.charter.leaf import LIMIT, ROLES, Leaf, Wants
from commondesk.core.charter.schema import (
    BY_KEY,
    Charter,
    Enforced,
    FieldOf,
    Record,
    Section,
    fields_of,
)
from commondesk.core.record.codec import Json
from commondesk.core.record.events import ClockName, Kind, Priority, WaitReason
from commondesk.core.record.instant import DAY, Instant, Span, datetime_of
from commondesk.core.record.priority import CRITICALITY_WORDS, SPREAD_WORDS, URGENCY_WORDS
from commondesk.core.service_level.agreement import Agreement
from commondesk.core.service_level.calendar import Calendar, Windows, windows_text
from commondesk.core.service_level.lens import (
    Lens,
    Population,
    PriorityUsed,
    ReopenRule,
    ReplyOwed,
    RequesterPause,
    ResolutionEnd,
    ResponseEnd,
    ScheduledPause,
)
from commondesk.core.texts import gettext, gettext_noop, ngettext, pgettext, pgettext_noop
from commondesk.governance import charters
from commondesk.governance.catalogue import criticality_of, items, services, sites
from commondesk.governance.models import CharterVersion

__all__ = [
    "charter_sheet",
    "criticality_of",
    "items",
    "lines",
    "services",
    "sites",
    "version_sheet",
]

CLOCKS = (
    ClockName.RESPONSE,
    ClockName.NEXT_REPLY,
    ClockName.RESOLUTION,
    ClockName.RESTORE,
)
PERSON = re.compile(r"person ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
WEEK = (
    pgettext_noop("day", "Mon"),
    pgettext_noop("day", "Tue"),
    pgettext_noop("day", "Wed"),
    pgettext_noop("day", "Thu"),
    pgettext_noop("day", "Fri"),
    pgettext_noop("day", "Sat"),
    pgettext_noop("day", "Sun"),
)
UNITS = {"d": pgettext_noop("days, after a number", "d")}
MANY = {
    Kind.INCIDENT: gettext_noop("incidents"),
    Kind.REQUEST: gettext_noop("requests"),
    Kind.QUESTION: gettext_noop("questions"),
    Kind.ALERT: gettext_noop("alerts"),
}
POINTS = {
    "criticality": gettext_noop("How critical the services covered are"),
    "scope": gettext_noop("What is really in scope"),
    "coverage": gettext_noop("Hours and channels"),
    "documentation": gettext_noop("How much is documented today"),
    "escalation": gettext_noop("How it escalates"),
    "referent": gettext_noop("Where the internal referent sits"),
}


@dataclass(frozen=True, slots=True)
class Promise:
    """A target: its span, and how it was written where that was in business days."""

    span: Span | None
    written: str


@dataclass(frozen=True, slots=True)
class TargetRow:
    """For which tickets, and what is promised for each clock."""

    what: str
    priority: str
    promises: tuple[Promise, ...]
    hours: str


@dataclass(frozen=True, slots=True)
class Hours:
    """A calendar in words."""

    name: str
    zone: str
    week: tuple[tuple[str, str], ...]
    holidays: tuple[date, ...]
    exceptional: tuple[tuple[date, str], ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """Rows of a section, with the columns that any of them fills."""

    title: str
    says: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Signature:
    """A party, and who signed for it when."""

    party: str
    title: str
    by: str
    at: Instant | None


@dataclass(frozen=True, slots=True)
class CharterSheet:
    """Everything the charter page shows."""

    title: str
    version: int
    is_signed: bool
    in_force_at: Instant
    until: Instant | None
    targets: tuple[TargetRow, ...]
    has_restore: bool
    default_priority: str
    hours: tuple[Hours, ...]
    rules: tuple[tuple[str, str], ...]
    hold_span: Span
    close_span: Span
    windows: tuple[tuple[str, Span], ...]
    priorities: tuple[tuple[str, tuple[str, ...]], ...]
    impacts: tuple[tuple[str, tuple[str, ...]], ...]
    urgencies: tuple[str, ...]
    spreads: tuple[str, ...]
    listings: Mapping[str, Listing]
    facts: Mapping[str, tuple[tuple[str, str], ...]]
    points: tuple[tuple[str, str], ...]
    empty_points: int
    provider: str
    ends_at: Instant | None
    standing: str
    signatures: tuple[Signature, ...]
    ramp_up_until: Instant | None
    serves_still: bool


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version, as the list of versions shows it."""

    version: int
    title: str
    standing: str
    tone: str
    in_force_at: Instant
    until: Instant | None
    ends_at: Instant | None
    signatures: tuple[Signature, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """The versions of one charter, newest first."""

    provider: str
    title: str
    is_default: bool
    versions: tuple[VersionRow, ...]
    services: tuple[str, ...]


def charter_sheet(company: UUID, at: Instant) -> CharterSheet | None:
    """The sheet of the default charter in force; None where there is none."""
    version = charters.charter_for(company, at)
    return None if version is None else version_sheet(version, at)


def version_sheet(version: CharterVersion, at: Instant) -> CharterSheet | None:
    """The sheet of a version, whether it rules or not."""
    agreement = charters.agreement_by_id(version.company, version.uuid)
    return None if agreement is None else sheet_of(version, agreement, at)


def sheet_of(version: CharterVersion, agreement: Agreement, at: Instant) -> CharterSheet:
    charter = charters.charter_part(charters.document_of(version))
    whole = charters.whole(version)
    points = tuple(point_rows(charter.get("points")))
    known = Known(version.company, whole)
    days = whole.ramp_up.days
    return CharterSheet(
        title=whole.about.title or gettext("Charter"),
        version=version.version,
        is_signed=charters.is_signed(version, at),
        in_force_at=version.in_force_at,
        until=version.until,
        targets=tuple(target_rows(agreement, charter.get("targets"))),
        has_restore=any(row.spans.get(ClockName.RESTORE) for row in agreement.rows),
        default_priority=agreement.default_priority,
        hours=tuple(
            hours_of(name, versions.known_at(at), at)
            for name, versions in sorted(agreement.calendars.items())
        ),
        rules=lens_rules(agreement.lens),
        hold_span=agreement.hold_span,
        close_span=agreement.close_span,
        windows=tuple((each.value, agreement.window_span(each)) for each in Priority),
        priorities=tuple(
            (
                gettext("impact %(level)s") % {"level": impact},
                tuple(agreement.matrix.priority[impact, urgency].value for urgency in range(1, 5)),
            )
            for impact in range(1, 5)
        ),
        impacts=tuple(
            (
                gettext(CRITICALITY_WORDS[critical]),
                tuple(str(agreement.matrix.impact[critical, spread]) for spread in range(1, 5)),
            )
            for critical in range(1, 5)
        ),
        urgencies=tuple(map(gettext, URGENCY_WORDS.values())),
        spreads=tuple(map(gettext, SPREAD_WORDS.values())),
        listings={key: listing_of(BY_KEY[key], whole, known) for key in LISTED},
        facts={key: tuple(fact_rows(BY_KEY[key], whole, known)) for key in FACTS},
        points=points,
        empty_points=sum(not filled for _, filled in points),
        provider=known.provider(version.provider),
        ends_at=version.ends_at,
        standing=standing_of(version, at)[0],
        signatures=signatures_of(version, known),
        ramp_up_until=version.in_force_at + days * DAY if days else None,
        serves_still=not version.provider or version.provider in known.serving,
    )


# ---- lines and versions -------------------------------------------------------------------


def lines(company: UUID, at: Instant, versions: Sequence[CharterVersion]) -> tuple[Line, ...]:
    """These versions by whom they bind: the default line first, then by name."""
    ruling = {each.provider: each for each in charters.ruling_versions(company, at)}
    default = charters.charter_for(company, at)
    known = Known(company, Charter())
    by_provider: dict[str, list[CharterVersion]] = {}
    for version in versions:
        by_provider.setdefault(version.provider, []).append(version)
    found = [
        Line(
            provider=provider,
            title=known.provider(provider) or gettext("The company itself"),
            is_default=default is not None and default.provider == provider,
            versions=tuple(_version_row(each, ruling, at, known) for each in reversed(line)),
            services=tuple(sorted(charters.covered_services(ruling[provider])))
            if provider in ruling
            else (),
        )
        for provider, line in by_provider.items()
    ]
    return tuple(sorted(found, key=lambda each: (not each.is_default, each.title.lower())))


def _version_row(
    version: CharterVersion, ruling: Mapping[str, CharterVersion], at: Instant, known: Known
) -> VersionRow:
    rules = ruling.get(version.provider)
    standing, tone = standing_of(version, at, rules=rules is not None and rules == version)
    return VersionRow(
        version=version.version,
        title=charters.whole(version).about.title or gettext("Charter"),
        standing=standing,
        tone=tone,
        in_force_at=version.in_force_at,
        until=version.until,
        ends_at=version.ends_at,
        signatures=signatures_of(version, known),
    )


def standing_of(version: CharterVersion, at: Instant, *, rules: bool = False) -> tuple[str, str]:
    """Where a version stands, in words, and the tone to say it in."""
    is_signed = charters.is_signed(version, at)
    if version.until is not None and version.until <= at:
        return pgettext("a charter", "withdrawn"), ""
    if version.ends_at is not None and version.ends_at <= at:
        return pgettext("a charter", "ended as agreed"), ""
    if version.in_force_at > at:
        if is_signed:
            return pgettext("a charter", "signed, not yet in force"), "met"
        return pgettext("a charter", "draft"), "soon"
    if rules:
        if is_signed:
            return pgettext("a charter", "in force, signed"), "met"
        return pgettext("a charter", "in force as a draft, unsigned"), "soon"
    if is_signed:
        return pgettext("a charter", "signed"), "met"
    return pgettext("a charter", "draft"), "soon"


def signatures_of(version: CharterVersion, known: Known) -> tuple[Signature, ...]:
    """Each party that has to sign, with its signature if it has."""
    signed = {each["party"]: each for each in version.signatures}
    names = people.titles(each["by"] for each in version.signatures)
    return tuple(
        Signature(
            party=party,
            title=known.company_title if party == "company" else known.provider(version.provider),
            by=names.get(signed[party]["by"], gettext("somebody")) if party in signed else "",
            at=signed[party]["at"] if party in signed else None,
        )
        for party in charters.parties_of(version)
    )


# ---- any section, in words ----------------------------------------------------------------

LISTED = (
    *("boundaries", "channels", "services", "sites", "items", "criticality", "teams", "contacts"),
    *("escalation", "decision_rights", "compliance"),
)
FACTS = ("scope", "words", "ramp_up", "knowledge", "review", "fees", "internal_hours")


class Known:
    """Names that a charter only holds ids of."""

    def __init__(self, company: UUID, charter: Charter) -> None:
        self._titles = people.provider_titles(company)
        self.serving = {str(each) for each in people.providers(company)}
        self.company_title = Company.objects.values_list("title", flat=True).get(uuid=company)
        self._people = people.titles(set(_ids_in(charter)))
        self._teams = {each.slug: each.title for each in people.teams(company)}

    def provider(self, uuid: str) -> str:
        return self._titles.get(uuid, gettext("a provider")) if uuid else ""

    def words(self, about: FieldOf, value: Leaf) -> str:
        """A value as people read it: by name, and with its unit."""
        wants = about.told.wants
        if value in ("", (), 0) and not isinstance(value, bool):
            return ""
        if isinstance(value, bool):
            return gettext("yes") if value else gettext("no")
        if wants is Wants.LEVEL:
            return f"{value} · {gettext(CRITICALITY_WORDS[int(str(value))])}"
        if wants is Wants.NUMBER:
            return f"{value} {about.told.unit}"
        if wants in (Wants.TARGET, Wants.SPAN):
            return days_words(str(value)) or span_text(str(value))
        if wants is Wants.PERSON:
            return self._people.get(str(value), gettext("somebody"))
        if wants is Wants.CHOICE or value in ROLES:
            return plainly(str(value))
        if wants is Wants.LIMIT:
            return limit_words(str(value))
        if isinstance(value, tuple):
            return ", ".join(value)
        text = str(value)
        named = self._teams.get(text, "") if about.name in ("team", "contact") else ""
        return named or self._people.get(text) or named_in(text, self._people)


RISKS = {
    "low": gettext_noop("up to low risk"),
    "medium": gettext_noop("up to medium risk"),
    "high": gettext_noop("up to high risk"),
}


def limit_words(text: str) -> str:
    """`any`, `up to 500 EUR`, `up to medium risk`, as people read them."""
    found = LIMIT.fullmatch(text)
    if found is None:
        return pgettext("limit", "any") if text == "any" else text
    if risk := found[3]:
        return gettext(RISKS[risk])
    money = f"{found[1]} {found[2]}" if found[2] else found[1]
    return gettext("up to %(money)s") % {"money": money}


def _ids_in(charter: Charter) -> Iterator[str]:
    for section in (charter.contacts, charter.escalation, charter.decision_rights):
        for row in section:
            for each in fields_of(type(row)):
                yield str(getattr(row, each.name)).removeprefix("person ")


def named_in(text: str, names: Mapping[str, str]) -> str:
    return PERSON.sub(lambda found: names.get(found[1], gettext("somebody")), text)


def listing_of(section: Section, charter: Charter, known: Known) -> Listing:
    """The rows of a section; columns that nobody fills are left out."""
    rows: tuple[Record, ...] = getattr(charter, section.key)
    fields = fields_of(section.shape)
    cells = [[known.words(each, getattr(row, each.name)) for each in fields] for row in rows]
    used = [
        index
        for index, each in enumerate(fields)
        if any(row[index] for row in cells)
        and not (each.name == "in_scope" and all(row.in_scope for row in charter.services))
    ]
    says = section.says
    if section.enforced is Enforced.SHOWN:
        says = f"{says} {gettext('Written down; the desk enforces it in a later version.')}"
    return Listing(
        title=section.title,
        says=says,
        heads=tuple(fields[index].told.label for index in used),
        rows=tuple(tuple(row[index] for index in used) for row in cells),
    )


def fact_rows(section: Section, charter: Charter, known: Known) -> Iterator[tuple[str, str]]:
    """What a section says, value by value; what is empty is left out."""
    record: Record = getattr(charter, section.key)
    for each in fields_of(section.shape):
        if words := known.words(each, getattr(record, each.name)):
            if each.told.unit_noted == "currency":
                words = f"{words} {charter.fees.currency}".strip()
            yield each.told.label, words


# ---- targets ------------------------------------------------------------------------------


def target_rows(agreement: Agreement, written: Json) -> list[TargetRow]:
    texts = written if isinstance(written, list) else []
    rows = []
    for index, row in enumerate(agreement.rows):
        text = texts[index] if index < len(texts) else {}
        fields = text if isinstance(text, dict) else {}
        kind = gettext(MANY[row.kind]) if row.kind else ""
        what = ", ".join(part for part in (row.service, kind) if part)
        rows.append(
            TargetRow(
                what=what or gettext("all tickets"),
                priority=row.priority or "any",
                promises=tuple(
                    Promise(row.spans.get(clock), days_words(fields.get(clock.value)))
                    for clock in CLOCKS
                ),
                hours=row.calendar,
            )
        )
    return rows


def days_words(written: Json) -> str:
    """`3 business days` where the target was written so."""
    if not isinstance(written, str) or not written.strip().endswith("bd"):
        return ""
    number = written.strip().removesuffix("bd")
    is_one = number == "1"
    said = ngettext("%(count)s business day", "%(count)s business days", 1 if is_one else 2)
    return said % {"count": number}


# ---- hours --------------------------------------------------------------------------------


def hours_of(name: str, calendar: Calendar, at: Instant) -> Hours:
    today = datetime_of(at).date()
    ahead = sorted(day for day in calendar.holidays if day >= today)
    return Hours(
        name=name,
        zone=calendar.zone,
        week=tuple(week_rows(calendar)),
        holidays=tuple(ahead[:12]),
        exceptional=tuple(
            (day, hours_words(windows)) for day, windows in calendar.exceptional if day >= today
        )[:12],
    )


def week_rows(calendar: Calendar) -> list[tuple[str, str]]:
    """Days with the same hours stand together: `Mon to Fri`, `09:00-17:00`."""
    rows: list[tuple[str, str]] = []
    start = 0
    for day in range(1, 8):
        if day < 7 and calendar.week[day] == calendar.week[start]:
            continue
        first, last = pgettext("day", WEEK[start]), pgettext("day", WEEK[day - 1])
        days = pgettext("days of a week", "%(first)s to %(last)s")
        label = first if day - start == 1 else days % {"first": first, "last": last}
        rows.append((label, hours_words(calendar.week[start])))
        start = day
    return rows


def hours_words(windows: Windows) -> str:
    return windows_text(windows).replace("-", "–") or pgettext("hours", "closed")


# ---- how clocks are read ------------------------------------------------------------------

RESPONSE = {
    ResponseEnd.ANY_OUTGOING: gettext_noop("any message that goes out, an automatic one too"),
    ResponseEnd.ANY_AGENT_ACTION: gettext_noop("anything that an agent does"),
    ResponseEnd.PERSON: gettext_noop("the first public message that a person wrote"),
}
RESOLUTION = {
    ResolutionEnd.FIRST: gettext_noop("the first time it is resolved"),
    ResolutionEnd.LAST: gettext_noop("the last time it is resolved"),
    ResolutionEnd.FIRST_HELD: gettext_noop("the first time it is resolved and stays so"),
}
REOPEN = {
    ReopenRule.IGNORED: gettext_noop("is ignored"),
    ReopenRule.RESTARTS: gettext_noop("starts the target anew"),
    ReopenRule.NEW_CYCLE: gettext_noop("opens a new cycle with a clock of its own"),
    ReopenRule.SUBTRACTS: gettext_noop("takes out the time it was resolved"),
    ReopenRule.CHANGES_NOTHING: gettext_noop("changes nothing: the clock runs on from the start"),
}
PRIORITY = {
    PriorityUsed.CURRENT: gettext_noop("the one it has now"),
    PriorityUsed.FIRST: gettext_noop("the first it had"),
    PriorityUsed.HIGHEST: gettext_noop("the most pressing it ever had"),
}
POPULATION = {
    Population.ENDED: gettext_noop("what was finished in it"),
    Population.DUE: gettext_noop("what was due in it, also what is still open"),
}
PAUSES = {
    WaitReason.REQUESTER: gettext_noop("the requester"),
    WaitReason.VENDOR: gettext_noop("a vendor"),
    WaitReason.APPROVAL: gettext_noop("an approval"),
    WaitReason.SCHEDULED: gettext_noop("a date"),
    WaitReason.OTHER: gettext_noop("anything else"),
}


def lens_rules(lens: Lens) -> tuple[tuple[str, str], ...]:
    """Every setting as a sentence: what it is about, and how it is counted here."""
    return (
        (gettext("A first response ends with"), gettext(RESPONSE[lens.response_ends])),
        (
            gettext("Resolving without a reply"),
            gettext("counts as a first response")
            if lens.resolving_responds
            else gettext("is no first response"),
        ),
        (gettext("A next reply is owed"), reply_words(lens)),
        (gettext("A resolution ends with"), gettext(RESOLUTION[lens.resolution_ends])),
        (gettext("A reopening"), gettext(REOPEN[lens.reopen])),
        (gettext("A clock pauses while it waits for"), pause_words(lens)),
        (gettext("A pause for the requester needs"), needs_words(lens)),
        (gettext("A pause for a date needs"), date_words(lens)),
        (gettext("The priority that counts is"), gettext(PRIORITY[lens.priority])),
        (gettext("A period covers"), gettext(POPULATION[lens.population])),
        (gettext("A new ticket on the same matter"), disguised_words(lens)),
    )


def reply_words(lens: Lens) -> str:
    if lens.next_reply_owed is ReplyOwed.FIRST_UNANSWERED:
        return gettext("from the requester’s first unanswered message on")
    return gettext("at regular intervals while the ticket is open")


def pause_words(lens: Lens) -> str:
    names = [gettext(PAUSES[each]) for each in WaitReason if each in lens.pauses]
    if not names:
        return gettext("nothing: it never pauses")
    listed = names[0]
    if len(names) > 1:
        either = gettext("%(names)s or %(last)s")
        listed = either % {"names": ", ".join(names[:-1]), "last": names[-1]}
    if lens.pauses_for == frozenset(ClockName):
        return listed
    only = ", ".join(plainly(each.value) for each in CLOCKS if each in lens.pauses_for)
    return gettext("%(names)s (only these clocks: %(clocks)s)") % {"names": listed, "clocks": only}


def needs_words(lens: Lens) -> str:
    is_free = lens.requester_pause_needs is RequesterPause.NOTHING
    if is_free:
        return gettext("nothing but the waiting state")
    return gettext("a question that was asked")


def date_words(lens: Lens) -> str:
    is_free = lens.scheduled_pause_needs is ScheduledPause.NOTHING
    if is_free:
        return gettext("nothing but the waiting state")
    return gettext("a date that the requester’s side asked for")


def disguised_words(lens: Lens) -> str:
    if lens.disguised is None:
        return gettext("is a ticket of its own")
    return gettext("within %(count)s days counts as a reopening") % {"count": lens.disguised // DAY}


# ---- the rest -----------------------------------------------------------------------------


def span_text(value: Json) -> str:
    """`1h` as it is written, with a space for the reader: `1 h`."""
    return re.sub(r"(\d)([a-z])", _spaced, text_of(value))


def _spaced(found: re.Match[str]) -> str:
    unit = UNITS.get(found[2], "")
    return f"{found[1]} {pgettext('days, after a number', unit) if unit else found[2]}"


def point_rows(written: Json) -> list[tuple[str, str]]:
    filled = written if isinstance(written, dict) else {}
    rows = [(gettext(words), text_of(filled.get(name)).strip()) for name, words in POINTS.items()]
    names = people.titles(identity for _, text in rows for identity in PERSON.findall(text))
    return [(words, named_in(text, names)) for words, text in rows]


def text_of(value: Json) -> str:
    return "" if value is None else str(value)
