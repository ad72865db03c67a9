"""The section `staffing` of a case: hours, promises, and how people are there."""

from __future__ import annotations

import re

from ...record.codec import Json
from ...texts import gettext
from ..case.fields import Complaints, Part, number_of
from ..demand.demand import Demand, joined
from ..simulation.model import DAY_H, Hours
from .question import (
    USUAL_GROWTH,
    USUAL_MOST_BUSY,
    USUAL_PAID_HOURS,
    USUAL_SHARE,
    Channel,
    Promise,
    Question,
    Staying,
)

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ROUND_THE_CLOCK = "24x7"
MOST_PEOPLE = 100_000
MOST_GROWTH = 10.0
LONGEST_PROMISE = 24.0 * 365
MOST_PRIORITIES = 12
_CLOCK = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)")


def read(part: Part, complaints: Complaints, demand: Demand | None) -> Question | None:
    """The question, or None where it lacks what an answer needs."""
    before = len(complaints.found)
    channel = Channel(part.choice("channel", Channel, default=Channel.TICKETS.value))
    hours = _hours(part, "hours", is_needed=True)
    other_hours = _other_hours(part, demand)
    share = part.share("share", most=0.999, default=USUAL_SHARE)
    promises = _promises(part)
    shrinkage = part.share("shrinkage", most=0.9, needed=True)
    paid_hours = part.number("paid_hours", least=1.0, most=80.0, default=USUAL_PAID_HOURS)
    most_busy = part.share("max_utilisation", default=USUAL_MOST_BUSY)
    staying = _staying(part)
    growth = part.number("growth", _growth, least=-0.9, most=MOST_GROWTH, default=USUAL_GROWTH)
    people = part.whole("people", most=MOST_PEOPLE)
    part.end()
    _contradictions(part, channel, demand, promises)
    if most_busy is not None and most_busy <= 0:
        part.wrong("max_utilisation", gettext("is 0; nobody could work then; 85 % is usual"))
    if hours is None or not promises or demand is None or len(complaints.found) > before:
        return None
    return Question(
        demand,
        hours,
        promises,
        channel,
        USUAL_SHARE if share is None else share,
        shrinkage or 0.0,
        paid_hours,
        USUAL_MOST_BUSY if most_busy is None else most_busy,
        staying,
        growth,
        people,
        other_hours,
    )


def _growth(data: Json) -> float:
    """A growth or a rate, written `30 %` or `0.3`. Raises Unfit."""
    if isinstance(data, str) and data.strip().endswith("%"):
        return number_of(data.strip()[:-1].strip()) / 100
    return number_of(data)


# ---- hours ----------------------------------------------------------------------------------


def _other_hours(part: Part, demand: Demand | None) -> tuple[tuple[str, Hours], ...]:
    """Tiers that work other hours, by the names that the demand gives them."""
    inner = part.part("tier_hours")
    if inner is None:
        return ()
    names = [tier.name for tier in demand.tiers] if demand else list(inner.data)
    found = [(name, hours) for name in names if (hours := _hours(inner, name)) is not None]
    inner.end()
    if names and any(name == names[0] for name, _ in found):
        inner.wrong(names[0][:80], gettext("is the first tier, which works the hours of the desk"))
    return tuple(found)


def _hours(part: Part, name: str, is_needed: bool = False) -> Hours | None:
    """`24x7`, or hours by days: `{mon-fri: "09:00-17:00", sat: "10:00-14:00"}`."""
    if part.data.get(name) == ROUND_THE_CLOCK:
        part.has(name)
        return Hours()
    inner = part.part(name)
    if inner is None:
        if not is_needed:
            return None
        part.wrong(
            name, gettext('is missing; write 24x7, or days such as {mon-fri: "09:00-17:00"}')
        )
        return None
    windows: list[tuple[float, float]] = []
    for days in inner.data:
        text = inner.text(days)
        found = _days(days)
        if found is None:
            inner.wrong(
                days[:80],
                gettext("is no day; write mon, tue, …, sun, or a stretch such as mon-fri"),
            )
            continue
        for window in text.split(","):
            opened = _window(window)
            if opened is None:
                inner.wrong(
                    days, gettext("wants hours such as 09:00-17:00, or 22:00-06:00 over midnight")
                )
                break
            windows += [(day * DAY_H + opened[0], day * DAY_H + opened[1]) for day in found]
    inner.end()
    return _tidy(part, name, windows) if windows else None


def _tidy(part: Part, name: str, windows: list[tuple[float, float]]) -> Hours | None:
    """Windows of one week, in order; what runs over its end stands at its beginning."""
    week = 7 * DAY_H
    folded = []
    for start, end in windows:
        folded.append((start, min(end, week)))
        if end > week:
            folded.append((0.0, end - week))
    for (_, before), (start, _) in zip(sorted(folded), sorted(folded)[1:], strict=False):
        if start < before - 1e-9:
            part.wrong(name, gettext("holds the same hour twice; keep it in one row"))
            return None
    return Hours(joined(iter(folded)))


def _days(text: str) -> list[int] | None:
    found: list[int] = []
    for piece in text.lower().replace(" ", "").split(","):
        first, _, last = piece.partition("-")
        if first not in DAYS or (last and last not in DAYS):
            return None
        begin, end = DAYS.index(first), DAYS.index(last or first)
        found += range(begin, end + 1) if begin <= end else [*range(begin, 7), *range(end + 1)]
    return found


def _window(text: str) -> tuple[float, float] | None:
    times = [_CLOCK.fullmatch(each.strip()) for each in text.split("-")]
    if len(times) != 2 or times[0] is None or times[1] is None:
        return None
    opens, closes = (int(each[1]) + int(each[2]) / 60 for each in times if each is not None)
    if closes <= opens:
        closes += DAY_H
    return (opens, closes) if opens < DAY_H and closes <= 2 * DAY_H else None


# ---- promises -------------------------------------------------------------------------------


def _promises(part: Part) -> tuple[Promise, ...]:
    name = part.one_of("priorities", "first_response", is_needed=not part.has("resolution"))
    if name != "priorities":
        return (
            Promise(
                "",
                1.0,
                part.hours("first_response", most=LONGEST_PROMISE),
                part.hours("resolution", most=LONGEST_PROMISE),
            ),
        )
    found: list[Promise] = []
    for row in list(part.rows("priorities"))[:MOST_PRIORITIES]:
        promise = Promise(
            row.text("name", needed=True, longest=60),
            row.share("share", needed=True, default=0.0) or 0.0,
            row.hours("first_response", most=LONGEST_PROMISE),
            row.hours("resolution", most=LONGEST_PROMISE),
        )
        row.end()
        if promise.first_response is None and promise.resolution is None:
            row.wrong("first_response", gettext("is missing; promise an answer, or a resolution"))
        if promise.name in [each.name for each in found]:
            row.wrong("name", gettext("is the name of another priority too; give each its own"))
        found.append(promise)
    total = sum(each.share_of_tickets for each in found)
    if found and abs(total - 1.0) > 0.005:
        part.wrong(
            "priorities",
            gettext("have shares that add to %(total)s %%; they must add to 100 %%")
            % {"total": f"{total * 100:g}"},
        )
    return tuple(each for each in found if each.share_of_tickets > 0)


def _staying(part: Part) -> Staying | None:
    inner = part.part("turnover")
    if inner is None:
        return None
    leavers = inner.number("leavers_per_year", _growth, most=12.0, needed=True)
    vacancy = inner.number("vacancy_days", most=3_650.0, default=45.0)
    ramp = inner.number("ramp_days", most=3_650.0, default=75.0)
    productivity = inner.share("start_productivity", default=0.5)
    inner.end()
    if leavers is None:
        return None
    return Staying(leavers, vacancy, ramp, 0.5 if productivity is None else productivity)


def _contradictions(
    part: Part, channel: Channel, demand: Demand | None, promises: tuple[Promise, ...]
) -> None:
    for each in promises:
        if (
            each.first_response is not None
            and each.resolution is not None
            and each.resolution < each.first_response
        ):
            part.wrong(
                "resolution",
                gettext("is shorter than the first response; which of the two is meant?"),
            )
    if demand is None:
        return
    if channel is Channel.LIVE and (len(promises) > 1 or len(demand.tiers) > 1):
        part.wrong(
            "channel",
            gettext("live calls are planned as one queue; plan priorities and tiers as tickets"),
        )
    if channel is Channel.TICKETS and demand.patience is not None:
        part.wrong(
            "channel",
            gettext(
                "tickets do not hang up, and the demand has a patience; write channel: live, or"
                " take the patience away"
            ),
        )
