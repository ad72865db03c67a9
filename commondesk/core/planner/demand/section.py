"""The section `demand` of a case: tickets, when they come, the work in them."""

from __future__ import annotations

from ...record.codec import Json
from ...texts import gettext
from ..case.fields import Complaints, Part
from ..simulation.model import WEEK_H
from .demand import Demand, TierWork, Waiting, of_month

MOST_TICKETS = 5_000_000.0
"""A month; no desk of the world has more."""

MOST_WORK = 24.0 * 30
MOST_VARIES = 10.0
WEEKS_OF_A_YEAR = 365.25 / 7
_VOLUMES = {
    "tickets_per_week": 1.0,
    "tickets_per_month": of_month(1.0),
    "tickets_per_year": 1.0 / WEEKS_OF_A_YEAR,
}


def read(part: Part, complaints: Complaints) -> Demand | None:
    """The demand, or None where it lacks what everything needs: tickets and work."""
    before = len(complaints.found)
    tickets, per_hour = _tickets(part)
    tiers = _tiers(part)
    found = None
    closed_share = part.share("closed_share", most=0.95, default=0.0)
    monday_weight = part.number("monday_weight", most=100.0, default=2.0)
    cv = part.number("work_varies", most=MOST_VARIES, default=1.0)
    patience = part.hours("patience")
    waiting = _waiting(part)
    unsteady = part.share("unsteady", most=0.9, default=0.0)
    source = part.text("source")
    if per_hour is not None and closed_share:
        part.wrong("closed_share", gettext("says again what per_hour says; keep one of the two"))
    part.end()
    if tickets and tiers and len(complaints.found) == before:
        found = Demand(
            tickets,
            tiers,
            closed_share or 0.0,
            2.0 if monday_weight is None else monday_weight,
            per_hour,
            1.0 if cv is None else cv,
            patience or None,
            waiting,
            unsteady or 0.0,
            source,
        )
    return found


def written(demand: Demand) -> dict[str, Json]:
    """The section of a demand, as `read` reads it back: for calibrated ones."""
    found: dict[str, Json] = {}
    if demand.per_hour is not None:
        found["per_hour"] = [round(each, 4) for each in demand.per_hour]
    else:
        found["tickets_per_week"] = round(demand.tickets_a_week, 3)
        found["closed_share"] = demand.closed_share
        found["monday_weight"] = demand.monday_weight
    if len(demand.tiers) == 1:
        found["work"] = _minutes(demand.work)
    else:
        found["tiers"] = [
            {"name": each.name, "work": _minutes(each.work), "escalates": round(each.escalates, 4)}
            for each in demand.tiers
        ]
    if demand.cv != 1.0:
        found["work_varies"] = round(demand.cv, 3)
    if demand.patience is not None:
        found["patience"] = _minutes(demand.patience)
    if demand.waiting is not None:
        waiting: dict[str, Json] = {
            "share": demand.waiting.share,
            "time": _minutes(demand.waiting.hours),
        }
        found["waiting"] = waiting
    if demand.unsteady:
        found["unsteady"] = round(demand.unsteady, 4)
    if demand.source:
        found["source"] = demand.source
    return found


def _minutes(hours: float) -> str:
    return f"{round(hours * 60, 3):g} min"


def _tickets(part: Part) -> tuple[float | None, tuple[float, ...] | None]:
    """Tickets a week, and those of each hour where they are given."""
    name = part.one_of(*_VOLUMES, "per_hour", is_needed=True)
    if name is None:
        return None, None
    if name == "per_hour":
        per_hour = part.numbers("per_hour", count=int(WEEK_H), most=MOST_TICKETS)
        if per_hour is None:
            return None, None
        if not sum(per_hour):
            part.wrong("per_hour", gettext("holds no tickets; give what each hour brings"))
        return sum(per_hour), per_hour
    a_week = _VOLUMES[name]
    tickets = part.number(name, most=MOST_TICKETS * _VOLUMES["tickets_per_month"] / a_week)
    if tickets is not None and tickets <= 0:
        part.wrong(name, gettext("is 0, so nobody is needed; give a number above 0"))
        return None, None
    return (None if tickets is None else tickets * a_week), None


def _tiers(part: Part) -> tuple[TierWork, ...]:
    name = part.one_of("work", "tiers", is_needed=True)
    if name == "work":
        work = _work(part)
        return (TierWork("L1", work),) if work else ()
    rows = list(part.rows("tiers"))
    found: list[TierWork] = []
    for at, row in enumerate(rows):
        is_last = at == len(rows) - 1
        work = _work(row)
        title = row.text("name", default=f"L{at + 1}", longest=60)
        share = row.share("escalates", needed=not is_last, default=0.0)
        if is_last and share:
            row.wrong("escalates", gettext("is of the last tier, which has no other to pass on to"))
        row.end()
        if work and title in [each.name for each in found]:
            row.wrong("name", gettext("is the name of another tier too; give each its own"))
        elif work:
            found.append(TierWork(title, work, share or 0.0))
    if name == "tiers" and not rows:
        part.wrong("tiers", gettext("is empty; give each tier its work"))
    return tuple(found)


def _work(part: Part) -> float | None:
    work = part.hours("work", most=MOST_WORK, needed=True)
    if work is not None and work <= 0:
        part.wrong("work", gettext("is 0; give the time of an agent that one ticket takes"))
        return None
    return work


def _waiting(part: Part) -> Waiting | None:
    inner = part.part("waiting")
    if inner is None:
        return None
    share = inner.share("share", most=0.95, needed=True)
    hours = inner.hours("time", needed=True)
    inner.end()
    if not share or not hours:
        return None
    return Waiting(share, hours)
