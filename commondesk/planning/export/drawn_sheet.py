"""What many drawn years came to, as a sheet of values: no formula works draws out again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commondesk.core.planner.cost.comparison import Compared
from commondesk.core.planner.cost.draws import HORIZON, PER_TICKET, PER_USER_MONTH
from commondesk.core.planner.cost.sheet import FIRST_YEAR, ONCE, YEARLY
from commondesk.core.planner.report.cost import chance
from commondesk.core.texts import gettext, number
from commondesk.planning.export.book import Book

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet


def ranges(book: Book, found: Compared) -> None:
    """P10, P50 and P90 of each output of each option, and how often one is cheaper than another."""
    page, _name = book.page(gettext("Ranges, drawn"), (34, 52, *(16,) * 4, 18))
    heads = (
        gettext("Option"),
        found.costing.currency,
        gettext("Mean"),
        "P10",
        "P50",
        "P90",
        gettext("Priced whole"),
    )
    book.head(page, heads)
    labels, row = _labels(found), 0
    for option in found.options:
        for name, spread in found.drawn.spreads[option.key].items():
            row += 1
            page.write_string(row, 0, option.candidate.name)
            page.write_string(row, 1, labels[name])
            for column, each in enumerate((spread.mean, spread.p10, spread.p50, spread.p90), 2):
                page.write_number(row, column, each, book.money)
            whole = gettext("yes") if option.is_complete else gettext("no: at least this")
            page.write_string(row, 6, whole)
    row = _cheaper(book, page, row + 2, found)
    for said in (
        gettext(
            "These are values of %(draws)s drawn years (seed %(seed)s), not formulas: they do not"
            " follow the numbers on the first sheet."
        )
        % {"draws": number(found.drawn.count), "seed": found.drawn.seed},
        gettext("One in ten drawn years stays under P10, half of them under P50, nine under P90."),
    ):
        row += 1
        page.write_string(row, 0, said)


def _labels(found: Compared) -> dict[str, str]:
    """What each output is called."""
    return {
        YEARLY: gettext("A year"),
        ONCE: gettext("Once"),
        FIRST_YEAR: gettext("First year"),
        HORIZON: gettext("All %(months)s months (worth today, if an interest is given)")
        % {"months": found.costing.months},
        PER_TICKET: gettext("A ticket"),
        PER_USER_MONTH: gettext("A user and month"),
    }


def _cheaper(book: Book, page: Worksheet, row: int, found: Compared) -> int:
    """How often each option costs less than each other; the last row that was written."""
    told = [each for each in found.pairs if each.cheaper is not None]
    if not told:
        return row - 1
    for column, text in enumerate(
        (gettext("Cheaper"), gettext("than"), gettext("share of the drawn years"))
    ):
        page.write_string(row, column, text, book.bold)
    names = {each.key: each.candidate.name for each in found.options}
    for each in told:
        row += 1
        page.write_string(row, 0, names[each.other])
        page.write_string(row, 1, names[each.one])
        page.write_string(row, 2, chance(each.cheaper or 0.0))
    return row + 1
