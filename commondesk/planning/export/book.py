"""A workbook as it is written: sheets with names of their own, formulas with what they give now."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

_LONGEST_NAME = 31
_A4 = 9
_FORBIDDEN = re.compile(r"[\[\]:*?/\\']")


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet of plain cells."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str | float | None]]


class Book:
    """Writes sheets into a workbook."""

    def __init__(self, book: Workbook) -> None:
        self.book = book
        top = {"valign": "top"}
        self.top: Format = book.add_format(top | {"indent": 1})
        self.bold: Format = book.add_format(top | {"bold": True})
        self.money: Format = book.add_format(top | {"num_format": "#,##0.00"})
        self.plain: Format = book.add_format(top | {"num_format": "#,##0.####"})
        self.total: Format = book.add_format(
            top | {"num_format": "#,##0.00", "bold": True, "top": 1}
        )
        self.typed: Format = book.add_format(
            top | {"num_format": "#,##0.####", "bg_color": "#FFF7DB"}
        )
        self.wrapped: Format = book.add_format(top | {"text_wrap": True})
        self.taken: set[str] = set()

    def table(self, table: Table) -> None:
        page, _ = self.page(table.title, (24,) * len(table.head))
        self.head(page, table.head)
        for row, cells in enumerate(table.rows, 1):
            for column, each in enumerate(cells):
                if isinstance(each, str):
                    page.write_string(row, column, each)
                elif each is not None:
                    page.write_number(row, column, each, self.plain)

    def page(self, title: str, widths: Sequence[float]) -> tuple[Worksheet, str]:
        """A new sheet, and its name as a formula has it."""
        short = _FORBIDDEN.sub(" ", title).strip()[:_LONGEST_NAME] or "-"
        name, count = short, 2
        while name.casefold() in self.taken:
            tail = f" {count}"
            name, count = f"{short[: _LONGEST_NAME - len(tail)]}{tail}", count + 1
        self.taken.add(name.casefold())
        page = self.book.add_worksheet(name)
        for column, width in enumerate(widths):
            page.set_column(column, column, width)
        page.freeze_panes(1, 1)
        page.set_landscape()
        page.set_paper(_A4)
        page.fit_to_pages(1, 0)
        return page, f"'{name}'"

    def head(self, page: Worksheet, heads: Sequence[str]) -> None:
        for column, text in enumerate(heads):
            page.write_string(0, column, text, self.bold)

    def formula(
        self,
        page: Worksheet,
        row: int,
        column: int,
        text: str,
        value: float | None,
        form: Format,
    ) -> None:
        page.write_formula(row, column, f"={text}", form, 0.0 if value is None else value)
