"""Staffing and roster as sheets: whole people, hours and money follow what is changed there.

How many tickets are in time is worked out by an engine and stands as a value, which its sheet says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from commondesk.core.planner.people import whole
from commondesk.core.planner.staffing.level import tier_hours
from commondesk.core.planner.staffing.plan import Plan, Step
from commondesk.core.record.codec import Json
from commondesk.core.texts import gettext
from commondesk.planning import staffed
from commondesk.planning.export.book import Book

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet


def staffing(book: Book, plan: Plan) -> None:
    """The steps from people to promises kept."""
    page, _name = book.page(gettext("Staffing"), (46, *(26,) * 12))
    cells, row = _given(book, page, plan)
    shown = staffed.shown(plan)
    tiers = [tier.name for tier in plan.question.demand.tiers]
    heads = (
        *(gettext("On the desk: %(tier)s") % {"tier": name} for name in tiers),
        gettext("Agent hours a week"),
        gettext("People"),
        gettext("On the payroll"),
        gettext("Busy"),
        *shown.heads,
        gettext("Reading"),
    )
    row += 1
    for column, text in enumerate(heads):
        page.write_string(row, column, text, book.bold)
    for step, told in zip(plan.steps, shown.rows, strict=True):
        row += 1
        _step(book, page, row, plan, step, cells)
        for column, attained in enumerate(told.attained, len(tiers) + 4):
            page.write_string(row, column, attained)
        page.write_string(row, len(heads) - 1, told.reading)
    for said in (
        gettext(
            "Change a value in the coloured column, or agents: hours, people and how busy they are"
            " follow. Shares of tickets in time were worked out with: %(engine)s. They do not"
            " follow."
        )
        % {"engine": plan.engine.words},
        *plan.warnings,
        *(f"{each.title}: {each.told}" for each in plan.scenarios),
    ):
        row += 1
        page.write_string(row + 1, 0, said)


def _given(book: Book, page: Worksheet, plan: Plan) -> tuple[dict[str, str], int]:
    """The numbers that all steps rest on; the cell of each, and the row behind them."""
    question = plan.question
    stays = question.staying.share if question.staying else 1.0
    numbers = [
        ("paid", gettext("Paid hours of one person a week"), question.paid_hours),
        ("away", gettext("Share of paid time away from tickets"), question.shrinkage),
        ("stays", gettext("Share of a post that is filled and up to speed"), stays),
    ]
    work = tier_hours(question.demand)
    for at, tier in enumerate(question.demand.tiers):
        named = {"tier": tier.name}
        hours = question.hours_of(at).per_week
        numbers += [
            (f"open {at}", gettext("Open hours a week: %(tier)s") % named, hours),
            (f"work {at}", gettext("Hours of work a week: %(tier)s") % named, work[at]),
        ]
    book.head(page, (gettext("Number"), gettext("Value")))
    cells = {}
    for row, (key, label, value) in enumerate(numbers, 1):
        page.write_string(row, 0, label)
        page.write_number(row, 1, value, book.typed)
        cells[key] = f"$B${row + 1}"
    return cells, len(numbers) + 1


def _step(
    book: Book, page: Worksheet, row: int, plan: Plan, step: Step, cells: Mapping[str, str]
) -> None:
    question, team = plan.question, step.level.team
    letters = [chr(ord("A") + tier) for tier in range(len(team) + 4)]
    for tier, agents in enumerate(team):
        page.write_number(row, tier, agents, book.typed)
    mine = [f"{letters[tier]}{row + 1}" for tier in range(len(team))]
    hours, people = (f"{letters[len(team) + more]}{row + 1}" for more in (0, 1))
    summed = "+".join(f"{mine[tier]}*{cells[f'open {tier}']}" for tier in range(len(team)))
    column = len(team)
    book.formula(page, row, column, summed, question.agent_hours(team), book.plain)
    each = f"{hours}/({cells['paid']}*(1-{cells['away']})*{cells['stays']})"
    heads = step.people.value or 0.0
    book.formula(page, row, column + 1, each, heads, book.plain)
    book.formula(page, row, column + 2, f"ROUNDUP({people}-1E-9,0)", whole(heads), book.plain)
    if not step.busy.formula:
        page.write_number(row, column + 3, step.level.busiest, book.plain)
        return
    busy = ",".join(
        f"{cells[f'work {tier}']}/({mine[tier]}*{cells[f'open {tier}']})"
        for tier in range(len(team))
    )
    book.formula(page, row, column + 3, f"MAX({busy},0)", step.level.busiest, book.plain)


# ---- the roster -----------------------------------------------------------------------------


def roster(book: Book, found: Mapping[str, Json]) -> None:
    """Who works which shift, what each costs, and what is left open."""
    page, _name = book.page(gettext("Roster"), (12, 20, 16, 24, 12, 12, 16, 18))
    heads = (
        gettext("People"),
        gettext("Region"),
        gettext("Role"),
        gettext("Pattern"),
        gettext("First day"),
        gettext("From"),
        gettext("Each, a week"),
        gettext("Cost a week"),
    )
    book.head(page, heads)
    row = _shifts(book, page, found)
    _sums(book, page, row, found)


def _shifts(book: Book, page: Worksheet, found: Mapping[str, Json]) -> int:
    """Write the shifts, one a row; the last row."""
    row = 0
    shifts = found.get("shifts")
    for shift in shifts if isinstance(shifts, list) else ():
        if not isinstance(shift, dict):
            continue
        row += 1
        people, cost = _number(shift.get("people")), _number(shift.get("cost"))
        page.write_number(row, 0, people, book.typed)
        for column, name in enumerate(("region", "role", "pattern", "first_day", "starts"), 1):
            page.write_string(row, column, str(shift.get(name) or ""))
        page.write_number(row, 6, cost, book.typed)
        book.formula(page, row, 7, f"A{row + 1}*G{row + 1}", people * cost, book.money)
    return row


def _sums(book: Book, page: Worksheet, row: int, found: Mapping[str, Json]) -> None:
    """Below the shifts: all of them, what stays empty, being on call, and what it costs in all."""
    people, cost = _number(found.get("people")), _number(found.get("cost_per_week"))
    page.write_string(row + 1, 1, gettext("All shifts"), book.bold)
    for column, letter, summed, form in ((0, "A", people, book.total), (7, "H", cost, book.total)):
        text = f"SUM({letter}2:{letter}{row + 1})" if row else "0"  # a sum never holds its own cell
        book.formula(page, row + 1, column, text, summed, form)
    hours, price = _number(found.get("uncovered_hours")), _number(found.get("uncovered_cost"))
    page.write_string(row + 2, 1, gettext("Seat hours that stay empty, and what one is worth"))
    page.write_number(row + 2, 0, hours, book.typed)
    page.write_number(row + 2, 6, price / hours if hours else 0.0, book.typed)
    book.formula(page, row + 2, 7, f"A{row + 3}*G{row + 3}", price, book.money)
    on_call = _number(found.get("on_call_cost"))
    page.write_string(row + 3, 1, gettext("On call, hours a week"))
    page.write_number(row + 3, 0, _number(found.get("on_call_hours")), book.typed)
    page.write_number(row + 3, 7, on_call, book.typed)
    page.write_string(row + 4, 1, gettext("In all, a week"), book.bold)
    total = f"H{row + 2}+H{row + 3}+H{row + 4}"
    book.formula(page, row + 4, 7, total, cost + price + on_call, book.total)


def _number(value: Json) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
