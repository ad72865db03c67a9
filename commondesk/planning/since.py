"""A kept plan beside what has come of it: the record counts tickets, people type what they paid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from commondesk.accounts.doorway import Visit
from commondesk.core.planner.cost import actual
from commondesk.core.planner.cost.actual import Comparison, PlannedLine
from commondesk.core.record.codec import Json
from commondesk.core.record.instant import DAY, Instant
from commondesk.desk.models import TicketRow
from commondesk.planning import document as documents
from commondesk.planning.queries import Plan

DAYS_OF_MONTH = 365.25 / 12
SHORTEST = 1.0
"""Days: before that nothing can be said of a month."""


@dataclass(frozen=True, slots=True)
class Since:
    """What is known since a plan was kept. tickets are those opened since, a month as that goes.

    typed holds what was typed for each line, as it was typed; wrong the lines that are no numbers.
    """

    months: float
    tickets: int
    tickets_a_month: float | None
    planned_tickets: float | None
    comparison: Comparison | None
    typed: Mapping[str, str]
    wrong: frozenset[str]


def since(visit: Visit, plan: Plan) -> Since:
    typed, amounts, wrong = _typed(visit)
    months = _months(plan.kept_at, visit.at)
    tickets = TicketRow.objects.filter(
        company=visit.company.uuid, opened_at__gte=plan.kept_at
    ).count()
    lines = tuple(_lines(plan.figures))
    return Since(
        months=months,
        tickets=tickets,
        tickets_a_month=tickets / months if months * DAYS_OF_MONTH >= SHORTEST else None,
        planned_tickets=_number(plan.figures.get("tickets_per_month")),
        comparison=actual.against(lines, amounts, months) if lines else None,
        typed=typed,
        wrong=wrong,
    )


def _months(kept_at: Instant, at: Instant) -> float:
    return (at - kept_at) / DAY / DAYS_OF_MONTH


def _lines(figures: Mapping[str, Json]) -> Iterator[PlannedLine]:
    listed = figures.get("lines")
    for row in listed if isinstance(listed, list) else []:
        if isinstance(row, dict):
            yield PlannedLine(
                str(row.get("name")),
                str(row.get("label")),
                _number(row.get("amount")),
                row.get("is_once") is True,
            )


def _typed(visit: Visit) -> tuple[dict[str, str], dict[str, float], frozenset[str]]:
    typed, amounts, wrong = {}, {}, set()
    for field in visit.request.GET:
        text = visit.request.GET.get(field, "")
        if not field.startswith("paid.") or not text.strip():
            continue
        name = field.removeprefix("paid.")
        typed[name] = text
        value = _number(documents.typed(text))
        if value is None or value < 0:
            wrong.add(name)
        else:
            amounts[name] = value
    return typed, amounts, frozenset(wrong)


def _number(value: Json) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and value is not None else None  # type: ignore[arg-type]
