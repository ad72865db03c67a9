"""The staffing plan, told: a table of steps and never one number, and what could go wrong."""

from __future__ import annotations

from collections.abc import Iterator

from ...record.codec import Json
from ...texts import gettext, number
from ..document import Block, Chapter, List, Table, amount
from ..staffing.level import Level, Share
from ..staffing.plan import Plan, Scenario, Step
from ..staffing.question import Promise
from .board import Staffed

_DAYS = 7
_EVERY = 4.0
"""The backlog is told every so many hours of the week."""


def chapters(found: Plan) -> tuple[Chapter, ...]:
    """The plan, chapter by chapter."""
    told = (
        (gettext("How many people it takes"), _answer(found)),
        (gettext("What if"), _scenarios(found)),
        (gettext("What to look out for"), _list(found.warnings)),
        (gettext("Tickets present, over a week"), _backlog(found)),
        (gettext("How the people are counted"), _people(found)),
        (gettext("What is assumed"), _list(found.assumptions)),
    )
    return tuple(Chapter(title, blocks) for title, each in told if (blocks := tuple(each)))


def staffed(found: Plan) -> Staffed:
    """The table for the board."""
    meets = None if found.smallest is None else found.steps.index(found.smallest)
    notes = tuple(f"{each.title}: {each.told}" for each in found.scenarios)
    table = _table(found, with_intervals=False)
    return Staffed(
        _promised(found), table.head, table.rows, meets, _engine(found), (*notes, *found.warnings)
    )


def machine(found: Plan) -> dict[str, Json]:
    """The same for programs; times in hours, shares from 0 to 1."""
    return {
        "engine": found.engine.value,
        "reason": found.reason,
        "people": found.smallest.heads if found.smallest else None,
        "agents": found.smallest.agents if found.smallest else None,
        "steps": [_machine_step(each) for each in found.steps],
        "scenarios": {
            each.name: {
                "title": each.title,
                "told": each.told,
                "people": each.heads,
                "uncovered_hours": each.uncovered,
                **_machine_level(each.level),
            }
            for each in found.scenarios
        },
        "warnings": list(found.warnings),
        "assumptions": list(found.assumptions),
    }


def _machine_step(step: Step) -> Json:
    return {
        "people": step.people.value,
        "heads": step.heads,
        "agents": step.agents,
        "is_kept": step.is_kept,
        **_machine_level(step.level),
    }


def _machine_level(level: Level) -> dict[str, Json]:
    return {
        "team": list(level.team),
        "utilisation": list(level.utilisation),
        "attained": [
            {
                "promise": each.promise,
                "first_response": _machine_share(each.first_response),
                "resolution": _machine_share(each.resolution),
            }
            for each in level.attained
        ],
        "mean_wait_hours": level.mean_wait,
        "backlog_grows_a_week": level.growing,
    }


def _machine_share(share: Share | None) -> Json:
    if share is None:
        return None
    return {"share": share.value, "low": share.low, "high": share.high}


# ---- for people ---------------------------------------------------------------------------


def _answer(found: Plan) -> Iterator[Block]:
    yield _promised(found)
    if found.smallest is not None:
        yield gettext("%(people)s people, %(agents)s on duty at the same time, keep it.") % {
            "people": found.smallest.heads,
            "agents": found.smallest.agents,
        }
    yield _table(found)
    yield _engine(found)


def _promised(found: Plan) -> str:
    question = found.question
    told = "; ".join(_promise(each) for each in question.promises)
    return gettext("Promised for %(share)s of tickets: %(promises)s.") % {
        "share": _percent(question.share),
        "promises": told,
    }


def _promise(promise: Promise) -> str:
    parts = []
    if promise.first_response is not None:
        parts.append(
            gettext("first response within %(hours)s h") % {"hours": amount(promise.first_response)}
        )
    if promise.resolution is not None:
        parts.append(gettext("resolved within %(hours)s h") % {"hours": amount(promise.resolution)})
    return f"{promise.name}: {', '.join(parts)}" if promise.name else ", ".join(parts)


def _engine(found: Plan) -> str:
    return gettext("Worked out by %(engine)s: %(reason)s") % {
        "engine": found.engine.words,
        "reason": found.reason,
    }


def _table(found: Plan, with_intervals: bool = True) -> Table:
    columns = tuple(_columns(found))
    head = (
        gettext("People"),
        gettext("On duty"),
        *(title for title, _, _ in columns),
        gettext("Busy"),
        gettext("Kept"),
    )
    rows = tuple(
        (
            amount(round(step.people.value or 0.0, 1)),
            "+".join(map(str, step.level.team)),
            *(
                _attained(step.level, at, is_response, with_intervals)
                for _, at, is_response in columns
            ),
            ", ".join(_percent(each) for each in step.level.utilisation),
            _kept(found, step),
        )
        for step in found.steps
    )
    return Table(head, rows)


def _kept(found: Plan, step: Step) -> str:
    if step is found.smallest:
        return gettext("yes, the fewest")
    return gettext("yes") if step.is_kept else gettext("no")


def _columns(found: Plan) -> Iterator[tuple[str, int, bool]]:
    """A column for each promise: its title, its place, whether it is a first response."""
    for at, promise in enumerate(found.question.promises):
        name = f"{promise.name}: " if promise.name else ""
        if promise.first_response is not None:
            yield f"{name}{gettext('answered in time')}", at, True
        if promise.resolution is not None:
            yield f"{name}{gettext('resolved in time')}", at, False


def _attained(level: Level, at: int, is_response: bool, with_interval: bool) -> str:
    if level.is_overloaded or at >= len(level.attained):
        return gettext("overloaded") if level.is_overloaded else "–"
    each = level.attained[at]
    share = each.first_response if is_response else each.resolution
    if share is None:
        return "–"
    if share.low is None or share.high is None or not with_interval:
        return _percent(share.value)
    return f"{_percent(share.value)} ({_percent(share.low)} – {_percent(min(1.0, share.high))})"


def _scenarios(found: Plan) -> Iterator[Block]:
    if found.scenarios:
        rows = tuple((each.title, each.told, _heads(each)) for each in found.scenarios)
        yield Table((gettext("If"), gettext("then"), gettext("people to keep it")), rows)


def _heads(scenario: Scenario) -> str:
    return "–" if scenario.heads is None else number(scenario.heads)


def _backlog(found: Plan) -> Iterator[Block]:
    curve = found.smallest.level.backlog if found.smallest else ()
    if not curve:
        return
    hours = [at * _EVERY for at in range(int(24 / _EVERY))]
    days = [
        gettext("Monday"), gettext("Tuesday"), gettext("Wednesday"), gettext("Thursday"),
        gettext("Friday"), gettext("Saturday"), gettext("Sunday"),
    ]  # fmt: skip
    rows = tuple(
        (day, *(_present(curve, at * 24 + hour) for hour in hours)) for at, day in enumerate(days)
    )
    yield Table(("", *(f"{hour:02.0f}:00" for hour in hours)), rows)


def _present(curve: tuple[tuple[float, float], ...], at: float) -> str:
    """Tickets present at an hour of the week: what the nearest hour before it says."""
    before = [tickets for hour, tickets in curve if hour <= at + 1e-9]
    return amount(round(before[-1] if before else curve[-1][1], 1))


def _people(found: Plan) -> Iterator[Block]:
    if found.smallest is not None:
        people = found.smallest.people
        labels = {
            "agents": gettext("on duty"),
            "open_hours": gettext("open hours a week"),
            "paid_hours": gettext("paid hours a week"),
            "shrinkage": gettext("share not there"),
            "staying": gettext("share that stays and has learnt"),
        }
        yield people.in_words(labels)
        yield people.with_values()


def _list(items: tuple[str, ...]) -> Iterator[Block]:
    if items:
        yield List(items)


def _percent(share: float) -> str:
    return f"{number(100 * share, 0 if abs(100 * share - round(100 * share)) < 0.05 else 1)}\u00a0%"
