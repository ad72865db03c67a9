"""The costs of a case as a workbook with live formulas: change a number, and every sheet follows.

The first sheet holds the numbers, one sheet for each option its steps and lines, then come the
options side by side and the months. The formulas are those of `core.planner.cost`; beside each
stands the value that they give now, so a viewer that does not calculate shows the same. Draws are
not repeated: what came of them stands as values, on a sheet that says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING

from commondesk.core.planner.cost import cash_flow, formula
from commondesk.core.planner.cost.cash_flow import DAYS_OF_MONTH, MONTHS_OF_YEAR, Flow
from commondesk.core.planner.cost.comparison import Compared
from commondesk.core.planner.cost.costing import Costing
from commondesk.core.planner.cost.distributions import Discrete, Distribution, YearlyLoss
from commondesk.core.planner.cost.inputs import INPUTS, Unit, unit_words
from commondesk.core.planner.cost.lines import Grows
from commondesk.core.planner.cost.priced import Priced, price, said
from commondesk.core.planner.cost.sheet import (
    FIRST_YEAR,
    ONCE,
    PAID_MONTH,
    REGION,
    YEARLY,
    Number,
    Sheet,
    sheets_of,
)
from commondesk.core.planner.staffing.plan import Plan
from commondesk.core.planner.told import Explained
from commondesk.core.record.codec import Json
from commondesk.core.texts import gettext
from commondesk.planning.export import drawn_sheet, people_sheets
from commondesk.planning.export.book import Book, Table

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

_LINE = 15
_IN_A_LINE = 170
_IN_A_CELL = 90
"""Letters of the widest column, and of all columns, before a text is broken."""
_BESIDE = (
    "users",
    "tickets_per_month",
    "deflected_share",
    "wage_growth",
    "fee_growth",
    "discount_rate",
)
"""Numbers that no line needs, but a figure by ticket or the months do."""
_BORN = datetime(2000, 1, 1)  # noqa: DTZ001 - the same case gives the same bytes


def workbook(
    costing: Costing | None,
    tables: Iterable[Table] = (),
    *,
    drawn: Compared | None = None,
    people: Plan | None = None,
    roster: Mapping[str, Json] | None = None,
) -> bytes:
    """The workbook of a case: its costs, the steps of its staffing, its roster, other tables.

    drawn is the same costing with its draws; roster what `core.planner.report.roster.machine` says.
    """
    import xlsxwriter

    file = BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_urls": False})
    book.set_properties({"created": _BORN, "title": gettext("Costs of a case")})
    writer = Book(book)
    if costing is not None:
        writer = _Writer(book, costing)
        writer.write()
    if drawn is not None:
        drawn_sheet.ranges(writer, drawn)
    if people is not None:
        people_sheets.staffing(writer, people)
    if roster is not None:
        people_sheets.roster(writer, roster)
    for table in tables:
        writer.table(table)
    book.close()
    return file.getvalue()


class _Writer(Book):
    """Writes the sheets in order; remembers in which cell each number and step stands."""

    def __init__(self, book: Workbook, costing: Costing) -> None:
        super().__init__(book)
        self.costing = costing
        self.sheets = sheets_of(costing)
        self.options = [price(costing, each) for each in self.sheets]
        self.cells: dict[str, str] = {}
        """Of a number, by its key: absolute, with the sheet."""
        self.steps: dict[tuple[str, str], str] = {}
        """Of a step or line, by option and name: absolute, with the sheet."""

    def write(self) -> None:
        self._numbers()
        for sheet, option in zip(self.sheets, self.options, strict=True):
            self._option(sheet, option)
        self._side_by_side()
        self._months()

    # the numbers

    def _numbers(self) -> None:
        page, name = self.page(gettext("Numbers"), (70, 14, 18, 12, 12, 12, 60, 24))
        heads = (
            gettext("Number"),
            gettext("Value"),
            gettext("Unit"),
            gettext("Low"),
            gettext("High"),
            gettext("Mean"),
            gettext("Source"),
            gettext("Range"),
        )
        self.head(page, heads)
        row = 1
        for number in self._all_numbers():
            found = number.given.range
            page.write_string(row, 0, self._owned(number))
            page.write_number(row, 1, found.likely, self.typed)
            page.write_string(row, 2, unit_words(number.unit, self.costing.currency), self.top)
            for column, each in enumerate((found.low, found.high, found.mean), 3):
                page.write_number(row, column, each, self.plain)
            page.write_string(row, 6, said(number.given), self.top)
            page.write_string(row, 7, _kind(found))
            self.cells[number.key] = f"{name}!$B${row + 1}"
            row += 1
        page.write_string(
            row + 1,
            0,
            gettext("Change a value in the coloured column: every other sheet follows."),
            self.bold,
        )

    def _owned(self, number: Number) -> str:
        """A number's label, with the option or the region that it holds for."""
        whose = {each.key: each.candidate.name for each in self.options}
        name = whose.get(number.owner, number.owner.removeprefix(REGION))
        return f"{name}: {number.label}" if name else number.label

    def _all_numbers(self) -> list[Number]:
        """Each number once, those of all before those of one."""
        found: dict[str, Number] = {}
        for sheet in self.sheets:
            found |= {each.key: each for each in sheet.numbers.values()}
            for name in _BESIDE:
                if number := self._beside(sheet, name):
                    found.setdefault(number.key, number)
        owners = [each.candidate.key for each in self.sheets]
        return sorted(
            found.values(),
            key=lambda each: (
                owners.index(each.owner) if each.owner in owners else -1,
                each.owner,
            ),
        )

    def _beside(self, sheet: Sheet, name: str) -> Number | None:
        spec = INPUTS[name]
        for owner, numbers in (
            (sheet.candidate.key, sheet.candidate.inputs),
            ("", self.costing.inputs),
        ):
            if given := numbers.get(name):
                return Number(name, owner, given, str(spec), spec.unit, spec.growth)
        return None

    # an option

    def _option(self, sheet: Sheet, option: Priced) -> None:
        page, name = self.page(option.candidate.name, (46, 16, 20, 100))
        key = option.key
        self.head(
            page, (gettext("Line"), self.costing.currency, gettext("Unit"), gettext("Formula"))
        )
        cells = {number: self.cells[each.key] for number, each in sheet.numbers.items()}
        row = 1
        for step in sheet.steps:
            told = option.numbers[step.name]
            at = f"$B${row + 1}"
            is_total = step.name in (YEARLY, ONCE, FIRST_YEAR)
            page.write_string(row, 0, step.label, self.bold if is_total else self.wrapped)
            self.formula(
                page,
                row,
                1,
                formula.in_cells(step.formula, cells),
                told.value,
                self.total if is_total else self.money,
            )
            page.write_string(row, 2, told.unit, self.top)
            words = told.in_words(option.labels)
            page.write_string(row, 3, words, self.wrapped)
            page.set_row(row, _LINE * (1 + len(words) // _IN_A_CELL))
            cells[step.name] = at
            self.steps[key, step.name] = f"{name}!{at}"
            row += 1
        for each in Grows:
            names = [line.name for line in sheet.lines if line.grows is each and not line.is_once]
            summed = sum(option.numbers[line].value or 0.0 for line in names)
            page.write_string(row, 0, _GROWS[each]())
            text = "+".join(cells[line] for line in names) or "0"
            self.formula(page, row, 1, text, summed, self.money)
            unit = unit_words(Unit.MONEY_YEAR, self.costing.currency)
            page.write_string(row, 2, unit, self.top)
            self.steps[key, each] = f"{name}!$B${row + 1}"
            row += 1
        for sentence in (*option.missing, *option.notes):
            row += 1
            page.merge_range(row, 0, row, 3, "", self.wrapped)
            page.write_string(row, 0, sentence, self.wrapped)
            page.set_row(row, _LINE * (1 + len(sentence) // _IN_A_LINE))

    # side by side

    def _side_by_side(self) -> None:
        heads = (
            gettext("Option"),
            gettext("Hours"),
            gettext("Promise"),
            gettext("Work"),
            gettext("A year"),
            gettext("Once"),
            gettext("First year"),
            gettext("A month"),
            gettext("A ticket"),
            gettext("A user and month"),
            gettext("Priced whole"),
        )
        page, _ = self.page(gettext("Side by side"), (34, 10, 30, 30, *(14,) * 6, 14))
        self.head(page, heads)
        for row, (sheet, option) in enumerate(zip(self.sheets, self.options, strict=True), 1):
            mine = option.candidate
            words = (mine.name, mine.coverage, mine.service_level, ", ".join(sorted(mine.scope)))
            for column, text in enumerate(words):
                page.write_string(row, column, text)
            year = self.steps[mine.key, YEARLY]
            self.formula(page, row, 4, year, option.yearly.value, self.money)
            self.formula(page, row, 5, self.steps[mine.key, ONCE], option.once.value, self.money)
            first = self.steps[mine.key, FIRST_YEAR]
            self.formula(page, row, 6, first, option.first_year.value, self.money)
            self.formula(page, row, 7, f"{year}/12", option.per_month.value, self.money)
            self._per(page, row, 8, sheet, year, "tickets_per_month", option.per_ticket)
            self._per(page, row, 9, sheet, year, "users", option.per_user_month)
            whole = gettext("yes") if option.is_complete else gettext("no: at least this")
            page.write_string(row, 10, whole)

    def _per(
        self,
        page: Worksheet,
        row: int,
        column: int,
        sheet: Sheet,
        year: str,
        name: str,
        told: Explained,
    ) -> None:
        number = self._beside(sheet, name)
        if number is None or told.value is None:
            page.write_string(row, column, gettext("no data"))
            return
        text = f"{year}/(12*{self.cells[number.key]})"
        self.formula(page, row, column, text, told.value, self.money)

    # the months

    def _months(self) -> None:
        page, _ = self.page(gettext("Months"), (14, *(18,) * len(self.sheets)))
        self.head(page, (gettext("Month"), *(each.candidate.name for each in self.options)))
        last = self.costing.months
        for month in range(last + 1):
            page.write_number(1 + month, 0, month)
        for row, text in ((last + 2, gettext("All months")), (last + 3, gettext("Worth today"))):
            page.write_string(row, 0, text, self.bold)
        for column, sheet in enumerate(self.sheets, 1):
            flow = cash_flow.flow(self.costing, sheet)
            for each in flow.months:
                text = self._month(sheet, each.month)
                self.formula(page, 1 + each.month, column, text, each.total, self.money)
            letter = _letter(column)
            span = f"{letter}2:{letter}{last + 2}"
            self.formula(page, last + 2, column, f"SUM({span})", flow.total, self.total)
            self._today(page, column, sheet, flow)

    def _month(self, sheet: Sheet, month: int) -> str:
        """What a month costs; month 0 is what is paid at the start."""
        key = sheet.candidate.key
        spread = cash_flow.is_ramp_spread(sheet)
        if month == 0:
            ramp = f"-{self.steps[key, 'ramp']}" if spread else ""
            return f"{self.steps[key, ONCE]}{ramp}"
        year = (month - 1) // MONTHS_OF_YEAR
        parts = [
            f"{self.steps[key, each]}/{MONTHS_OF_YEAR}*(1+{self._rate(sheet, name)})^{year}"
            for each, name in ((Grows.WAGES, "wage_growth"), (Grows.FEES, "fee_growth"))
        ]
        parts.append(f"{self.steps[key, Grows.NOT]}/{MONTHS_OF_YEAR}")
        if spread:
            parts.append(self._lost(sheet, month))
        return "+".join(parts)

    def _lost(self, sheet: Sheet, month: int) -> str:
        """What is paid in a month for work that is not done yet."""
        ramp, ripe, early, later = (
            self.cells[sheet.numbers[name].key]
            for name in ("ramp_days", "maturity_days", "ramp_loss", "later_loss")
        )
        start, end = DAYS_OF_MONTH * (month - 1), DAYS_OF_MONTH * month
        until = f"MAX({ripe},{ramp})"
        return (
            f"{self.steps[sheet.candidate.key, PAID_MONTH]}/{DAYS_OF_MONTH}"
            f"*(MAX(0,MIN({end},{ramp})-{start})*{early}"
            f"+MAX(0,MIN({end},{until})-MAX({start},{ramp}))*{later})"
        )

    def _today(self, page: Worksheet, column: int, sheet: Sheet, flow: Flow) -> None:
        row, letter = self.costing.months + 3, _letter(column)
        number = self._beside(sheet, "discount_rate")
        if number is None:
            page.write_string(row, column, gettext("no interest given"))
            return
        rate = f"(1+{self.cells[number.key]})^(1/{MONTHS_OF_YEAR})-1"
        text = f"{letter}2+NPV({rate},{letter}3:{letter}{self.costing.months + 2})"
        self.formula(page, row, column, text, flow.worth_today, self.total)

    def _rate(self, sheet: Sheet, name: str) -> str:
        number = self._beside(sheet, name)
        return self.cells[number.key] if number else "0"


_GROWS = {
    Grows.WAGES: lambda: gettext("Of this, rising with wages"),
    Grows.FEES: lambda: gettext("Of this, rising with fees"),
    Grows.NOT: lambda: gettext("Of this, level"),
}


def _letter(column: int) -> str:
    from xlsxwriter.utility import xl_col_to_name

    return str(xl_col_to_name(column))


def _kind(found: Distribution) -> str:
    """What is said of a range."""
    match found:
        case Discrete():
            return ", ".join(f"{each:g}" for each in found.numbers)
        case YearlyLoss():
            return gettext("%(rate)s a year, each a loss of its own") % {"rate": f"{found.rate:g}"}
        case _:
            return type(found).__name__.lower()
