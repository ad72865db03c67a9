"""The figures of a company for a period: each by its key in an address, in words for a screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from commondesk.core.metrics import (
    backlog,
    bounces,
    escalations,
    mirage,
    offenders,
    ownerless,
    promise,
    reopens,
    speed,
    to_come,
)
from commondesk.core.metrics.changed import changed_tickets
from commondesk.core.metrics.facts import Facts
from commondesk.core.metrics.figure import Backing, Figure, Period, Unit, count_of
from commondesk.core.metrics.mirage import Mirage
from commondesk.core.metrics.scheme import CONTRACT
from commondesk.core.record.events import ClockName, Priority
from commondesk.core.record.instant import MINUTE, Instant
from commondesk.core.service_level.hands import NOBODY
from commondesk.core.service_level.why import span_words
from commondesk.core.texts import gettext, gettext_noop, number, pgettext, pgettext_noop
from commondesk.governance import charters
from commondesk.review import kept, late, lenses
from commondesk.review.models import ClosedPeriod

DRAFT = gettext_noop("draft charter: unsigned")
NO_CHARTER = gettext_noop("no charter was in force: nothing is promised")
JUDGED = (ClockName.RESPONSE, ClockName.NEXT_REPLY, ClockName.RESTORE, ClockName.RESOLUTION)
TIMED = (ClockName.RESPONSE, ClockName.NEXT_REPLY, ClockName.RESOLUTION)
BUCKETS = ("templated", "live", "after_the_fact")
ESCALATIONS = ("functional", "hierarchical")


@dataclass(frozen=True)
class Sheet:
    """A company's facts for a period, read at its end or now, and the figures made from them.

    closed: the closing after which nothing counts that was learnt later.
    """

    company: UUID
    period: Period
    at: Instant
    facts: Facts
    caveats: tuple[str, ...]
    closed: ClosedPeriod | None = None

    def attainment(self, clock: ClockName, lens: str, priority: str = "") -> Figure:
        """Attainment of a clock under a lens."""
        return promise.attainment(
            self.facts, clock, lens, self.period, self.caveats, priority=priority
        )

    def time(self, clock: ClockName, lens: str) -> Figure:
        """How long a clock takes under a lens."""
        return speed.time_to(self.facts, clock, lens, self.period, self.caveats)

    def mirage(self, clock: ClockName) -> Mirage:
        """The gap of a clock between the usual count and what people lived."""
        return mirage.mirage(self.facts, clock, self.period, self.caveats)

    @property
    def usual(self) -> str:
        """The lens that stands for the usual count."""
        return self.facts.scheme.usual

    @property
    def lived(self) -> str:
        """The lens of what people lived."""
        return self.facts.scheme.lived


def sheet_of(company: UUID, period: Period, *, at: Instant) -> Sheet:
    """All that the figures of a period are made from; of a closed one, as it was closed."""
    return _sheet(company, period, min(at, period.end), late.closed(company, period))


def sheet_as_known(company: UUID, period: Period, *, at: Instant) -> Sheet:
    """The same read at any instant: what was learnt after the period counts, too."""
    return _sheet(company, period, at, None)


def _sheet(company: UUID, period: Period, at: Instant, closed: ClosedPeriod | None) -> Sheet:
    ruling = charters.agreement_for(company, at)
    caveats: tuple[str, ...] = ()
    if ruling is None:
        caveats = (gettext(NO_CHARTER),)
    elif not ruling.is_signed:
        caveats = (gettext(DRAFT),)
    facts = kept.facts_of(company, period, at, closed)
    return Sheet(company, period, at, facts, caveats, closed)


# ---- by key -------------------------------------------------------------------------------


def makers(sheet: Sheet) -> Mapping[str, Callable[[], Figure]]:
    """Every figure there is, by the key that names it in an address."""
    return dict(_makers(sheet))


def _makers(sheet: Sheet) -> Iterator[tuple[str, Callable[[], Figure]]]:
    facts, period = sheet.facts, sheet.period
    for lens in facts.scheme.named:
        for clock in JUDGED:
            for priority in ("", *(each.value for each in Priority)):
                name = f"attainment.{clock.value}" + (f".{priority}" if priority else "")
                yield f"{name}.{lens}", _bound(sheet.attainment, clock, lens, priority)
            yield f"time.{clock.value}.{lens}", _bound(sheet.time, clock, lens)
        yield f"misses_to_come.{lens}", _bound(to_come.misses_to_come, facts, lens, period)
        yield f"undecided.{lens}", _bound(to_come.undecided, facts, lens, period)
    yield "time.first_automatic", _bound(speed.first_automatic, facts, period)
    for bucket in BUCKETS:
        yield f"bucket.{bucket}", _bound(speed.bucket, facts, bucket, period)
    yield "backlog", _bound(backlog.backlog, facts, period)
    yield "ownerless", lambda: ownerless.ownerless(facts, period).figure
    yield "bounces", _bound(bounces.bounced, facts, period)
    for how in ESCALATIONS:
        yield f"escalations.{how}", _bound(escalations.escalated, facts, how, period)
    for kind in reopens.KINDS:
        yield f"reopens.{kind}", _bound(reopens.reopened, facts, kind, period)
    yield "reopens.thanks", _bound(reopens.thanks, facts, period)
    yield (
        "reopens.disguised.sure",
        lambda: reopens.disguised(facts, period, with_likely=False),
    )
    yield (
        "reopens.disguised.with_likely",
        lambda: reopens.disguised(facts, period, with_likely=True),
    )


def _bound(make: Callable[..., Figure], *given: object) -> Callable[[], Figure]:
    return lambda: make(*given)


def figure_named(sheet: Sheet, key: str, of: str = "") -> Figure | None:
    """The figure of a key in an address. of: which service, item, site or requester it is about."""
    kind, _, name = key.partition(".")
    if kind == "offender" and name in offenders.KINDS and of:
        return offenders.offender(sheet.facts, name, of, sheet.period)
    if kind == "part":
        return _part(sheet, name)
    make = makers(sheet).get(key)
    return None if make is None else make()


def _part(sheet: Sheet, name: str) -> Figure | None:
    """The tickets that one setting alone changes."""
    clock_name, _, setting = name.partition(".")
    clock = next((each for each in JUDGED if each.value == clock_name), None)
    if clock is None:
        return None
    found = sheet.mirage(clock)
    part = next((each for each in found.parts if each.setting == setting), None)
    if part is None:
        return None

    def behind() -> tuple[Backing, ...]:
        tickets = changed_tickets(sheet.facts, clock, sheet.period)[setting]
        return mirage.backing_of(tickets, sheet.facts, clock)

    return count_of(
        part.tickets,
        name=f"part.{name}",
        title=setting,
        still_open=0,
        period=sheet.period,
        caveats=(
            *sheet.caveats,
            gettext("a verdict that changes when this setting alone is switched"),
        ),
        behind=behind,
    )


# ---- in words -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ShownFigure:
    """A figure in words. key names it in an address; value is "no data" where there is none."""

    key: str
    name: str
    title: str
    value: str
    aside: str
    count: int
    still_open: int
    undecided: int
    so_far: int
    interval: str
    extremes: str
    lens: str
    lens_name: str
    caveats: tuple[str, ...]
    figure: Figure

    @property
    def has_data(self) -> bool:
        """False where the figure has nothing to stand on."""
        return self.figure.value is not None


def key_of(figure: Figure) -> str:
    """The key of a figure in an address."""
    is_bare = not figure.lens or figure.name.startswith("offender.")
    return figure.name if is_bare else f"{figure.name}.{figure.lens}"


def shown(figure: Figure) -> ShownFigure:
    """A figure in words."""
    return ShownFigure(
        key=key_of(figure),
        name=figure.name,
        title=figure.title,
        value=value_words(figure, figure.value),
        aside=_aside(figure),
        count=figure.count,
        still_open=figure.still_open,
        undecided=figure.undecided,
        so_far=figure.so_far,
        interval=_between(figure, figure.interval.low, figure.interval.high)
        if figure.interval
        else "",
        extremes=_between(figure, figure.extremes.low, figure.extremes.high)
        if figure.extremes
        else "",
        lens=figure.lens,
        lens_name=lenses.name(figure.lens),
        caveats=figure.caveats,
        figure=replace(figure, behind=_kept_elsewhere),
    )


def _kept_elsewhere() -> tuple[Backing, ...]:
    """A figure in words may outlive the facts: its units are asked for anew."""
    return ()


def value_words(figure: Figure, value: float | None) -> str:
    """A value of that figure in words."""
    if value is None:
        return _nothing(figure)
    if figure.unit is Unit.SHARE:
        return percent(of_hundred(value))
    if figure.unit is Unit.COUNT:
        is_whole = figure.name != "per_head"
        return number(round(value)) if is_whole else number(value, 2)
    return span_words(whole_minutes(value))


def of_hundred(share: float) -> str:
    """A share as so many of 100; 100 means all of them and 0 none, whatever is closest."""
    whole = round(100 * share)
    if whole in (0, 100) and share not in (0, 1):
        return number(min(99.9, max(0.1, 100 * share)), 1)
    return str(whole)


def percent(share: str) -> str:
    """`71 %`."""
    return gettext("%(share)s %%") % {"share": share}


def signed(points: float) -> str:
    """`+3.2`, `−0.4`."""
    return ("−" if points < 0 else "+") + number(abs(points), 1)


def whole_minutes(span: float) -> int:
    """A span to the minute once it is longer than one: seconds are noise beside hours."""
    return int(span) if span < MINUTE else round(span / MINUTE) * MINUTE


def _nothing(figure: Figure) -> str:
    """No data; or so few have ended that half of them is not reached yet."""
    is_late = figure.name.startswith("time.") and figure.count
    return gettext("not reached yet") if is_late else gettext("no data")


def _aside(figure: Figure) -> str:
    told = []
    p90 = figure.quantiles.get(90)
    if p90 is not None:
        told.append(gettext("p90 %(span)s") % {"span": span_words(whole_minutes(p90))})
    if figure.mean is not None:
        told.append(gettext("mean %(span)s") % {"span": span_words(whole_minutes(figure.mean))})
    return ", ".join(told)


def _between(figure: Figure, low: float, high: float) -> str:
    return gettext("%(low)s to %(high)s") % {
        "low": value_words(figure, low),
        "high": value_words(figure, high),
    }


# ---- hands -------------------------------------------------------------------------------


def hands_words(text: str) -> str:
    """`nobody 2 h, L1 40 min`: in whose hands the covered time was."""
    told = []
    for each in text.split():
        name, _, span = each.partition("=")
        if int(span) > 0:
            told.append(f"{_hands_word(name)} {span_words(whole_minutes(int(span)))}")
    return ", ".join(told)


_HANDS = {
    NOBODY: pgettext_noop("hands", "nobody"),
    "requester": pgettext_noop("hands", "requester"),
    "vendor": pgettext_noop("hands", "vendor"),
    "referent": pgettext_noop("hands", "referent"),
}


def _hands_word(name: str) -> str:
    return pgettext("hands", _HANDS[name]) if name in _HANDS else name


def contract_of(sheet: Sheet) -> str:
    """The contract's lens, or the usual one where no charter is in force."""
    return CONTRACT if CONTRACT in sheet.facts.scheme.named else sheet.usual
