"""Reading a mapping: what it says, and errors that teach."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commondesk.core.record import events as e
from commondesk.readers.export import UnusableExport
from commondesk.readers.mapping import Rows, mapping_of
from commondesk.readers.telling import CLOSED, waiting
from commondesk.readers.times import Order

LEAST = """rows: ticket
columns:
  number: Ticket
  opened: Created
"""


def refusal(text: str) -> str:
    with pytest.raises(UnusableExport) as refused:
        mapping_of(text)
    return str(refused.value)


def test_a_mapping_says_what_columns_and_words_mean() -> None:
    meanings = mapping_of(
        LEAST
        + """
states: {Closed: closed, "On hold": waiting vendor, yes: unknown}
priorities: {1: P1}
channels: {E-mail: mail}
kinds: {Demande: request}
missing: [n.a., 99]
dates: {opened: day-first}
zone: Europe/Paris
machines: Robot
separator: ";"
"""
    )
    assert meanings.rows is Rows.TICKET
    assert meanings.columns == {"number": "Ticket", "opened": "Created"}
    assert meanings.states == {
        "Closed": CLOSED,
        "On hold": waiting(e.WaitReason.VENDOR),
        "yes": None,
    }
    assert meanings.priorities == {"1": e.Priority.P1}
    assert meanings.channels == {"E-mail": e.Channel.MAIL}
    assert meanings.kinds == {"Demande": e.Kind.REQUEST}
    assert meanings.missing == {"n.a.", "99"}
    assert meanings.orders == {"opened": Order.DAY_FIRST}
    assert str(meanings.zone) == "Europe/Paris"
    assert meanings.machines == {"Robot"}
    assert meanings.layout.separator == ";"


def test_one_word_says_how_dates_are_written_in_all_columns() -> None:
    assert set(mapping_of(LEAST + "dates: month-first\n").orders.values()) == {Order.MONTH_FIRST}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (LEAST + "state:\n  New: open\n", "row 5, column state: mapping: there is no such field; "
         "did you mean `states`?"),
        (LEAST + "  openned: x\n", "row 5, column columns.openned: mapping: there is no such "
         "meaning of a column; did you mean `opened`?"),
        (LEAST + "states:\n  New: opened\n", "row 6, column states.New: mapping: 'opened' is not "
         "known here; did you mean `open`?; say one of open, waiting requester, "),
        (LEAST + "states:\n  New: ???\n", "'???' asks what this means; say one of open"),
        (LEAST + "states:\n  New:\n", "row 6, column states.New: mapping: nothing is said here"),
        (LEAST + "priorities: {High: P7}\n", "'P7' is not known here; say one of P1, P2, P3, P4"),
        (LEAST + "zone: Mars/Base\n", "there is no zone 'Mars/Base'; one is Europe/London"),
        (LEAST + "dates: day first\n", "did you mean `day-first`?"),
        (LEAST + "dates: {open: day-first}\n", "did you mean `opened`?"),
        (LEAST + "states: open\n", "lines such as `  word: meaning` stand below `states:`"),
        (LEAST + "missing: {a: b}\n", "a list stands here, as in `missing: [one, other]`"),
        (LEAST + "zone: [UTC]\n", "one text stands here, as in `zone: ...`"),
        (LEAST + "zone: UTC\nzone: UTC\n", "row 6: mapping: 'zone' stands here a second time"),
        ("rows: ticket\n", "column columns.number: which column tells which ticket?"),
        ("rows: update\ncolumns: {number: a, updated: b}\n", "row 2, column columns.state: "
         "which column tells its state"),
        ("rows: daily\n" + LEAST[13:], "say one of ticket, update"),
        (LEAST + "  resolved: Created\n", "'Created' cannot be opened, resolved at once"),
        ("- a\n- b\n", "a mapping has lines such as `rows: ticket`"),
        ("rows: [ticket\n", "no YAML"),
        ("rows: *ref\n", "no YAML" ),
        ("a: &x [1]\nb: *x\n", "a mapping has no references"),
        ("a: {b: {c: d}}\n", "a single word or text stands here"),
        ("", "a mapping has lines such as"),
        ("\0", "no YAML"),
        ("x" * 1_000_001, "more than 1,000,000 characters"),
        ("[" * 5000, "no YAML"),
    ],
)  # fmt: skip
def test_errors_name_the_line_the_field_and_the_remedy(text: str, told: str) -> None:
    assert told in refusal(text)


def test_all_problems_are_told_at_once() -> None:
    told = refusal(LEAST + "zone: Mars\nstates: {New: opened}\ncolour: red\n")
    assert len(told.splitlines()) == 3


@settings(deadline=None)
@given(st.text(alphabet=" \n:-[]{}'\"#&*!|>%@`?,abrowscolumns\t\x00é", max_size=80))
def test_any_text_is_a_mapping_or_refused(text: str) -> None:
    for start in ("", LEAST):
        try:
            mapping_of(start + text)
        except UnusableExport as refused:
            assert str(refused)
