"""Signs that a figure does not mean what it seems to, read off the events of any reader."""

from collections import Counter
from itertools import cycle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commondesk.core.record.instant import DAY, HOUR
from commondesk.readers.export import Quality, Support
from commondesk.readers.signs import (
    Verdicts,
    automatic_closing,
    closing_is_judged,
    looks_like_machine,
    window_of,
)
from tests.readers.tables_made import read, source

MAPPING = """rows: ticket
columns: {number: id, opened: opened, resolved: resolved, closed: closed, owner: owner}
zone: UTC
"""


def quality_of(rows: list[str]) -> Quality:
    content = "\n".join(["id,opened,resolved,closed,owner", *rows, ""])
    return read(source(content.encode()), MAPPING)[1]


def month(place: int) -> str:
    return f"{2023 + place // 12}-{place % 12 + 1:02}"


# ---- work after closing -----------------------------------------------------------------------


def test_a_reopening_is_no_work_on_a_closed_ticket() -> None:
    mapping = """rows: update
columns: {number: id, updated: at, state: state, owner: owner}
states: {New: open, Done: closed}
zone: UTC
"""
    rows = ["1,2024-01-02 09:00,New,Ann", "1,2024-01-03 09:00,Done,Ann"]

    def worked(*more: str) -> int:
        content = "\n".join(["id,at,state,owner", *rows, *more, ""])
        quality = read(source(content.encode()), mapping)[1]
        return quality.count_of("work_after_close")

    assert worked("1,2024-01-05 09:00,New,Ann") == 0
    assert worked("1,2024-01-05 09:00,Done,Ben") == 1
    assert worked("1,2024-01-05 09:00,Done,Ann") == 1


# ---- automatic closing ------------------------------------------------------------------------


def test_closing_at_one_distance_from_the_solution_is_a_rules_doing() -> None:
    rows = [
        f"{place},2024-01-02 09:00,2024-01-03 {hour:02}:00,2024-01-08 {hour:02}:20,"
        for place, hour in zip(range(60), cycle(range(8, 17)))
    ]
    quality = quality_of(rows)
    finding = quality.findings["automatic_closing"]
    assert finding.count == 60
    assert finding.text.startswith("tickets were closed about 120 h after they were solved, of 60:")


def test_a_rule_is_found_among_people_who_close_by_hand() -> None:
    spans = dict.fromkeys(range(1, 60), 3) | {167: 40, 168: 70, 170: 10}
    assert automatic_closing(Counter(spans)) == (167, 120)


def test_closing_by_hand_shows_no_rule() -> None:
    assert automatic_closing(Counter(dict.fromkeys(range(1, 300), 3))) is None
    assert automatic_closing(Counter({0: 500, 1: 300})) is None
    assert automatic_closing(Counter({120: 10})) is None


# ---- windows ----------------------------------------------------------------------------------


def test_a_window_of_extraction_is_not_a_fall_in_demand() -> None:
    rows = [
        f"{place}-{number},{month(place)}-05 09:00,,,"
        for place, count in ((2, 80), (3, 90), (4, 60), (5, 3), (6, 2), (9, 1))
        for number in range(count)
    ]
    quality = quality_of(rows)
    finding = quality.findings["window"]
    assert finding.count == 6
    assert finding.text.startswith("97% of the tickets were opened from 2023-03 to 2023-05")
    assert quality.carries["flow"].support is Support.PROXY


def test_demand_that_really_falls_or_keeps_on_is_no_window() -> None:
    falling = {(2023, place): 100 - 8 * place for place in range(1, 12)}
    steady = {(2023, place): 40 for place in range(1, 12)}
    one_short = steady | {(2023, 12): 1}
    for months in (falling, steady, one_short):
        assert window_of(Counter(months)) is None


def test_an_export_selected_by_its_end_has_no_open_tickets() -> None:
    done = [f"{place},2024-01-02 09:00,2024-01-03 09:00,," for place in range(60)]
    assert "no_open" in quality_of(done).findings
    assert "no_open" not in quality_of([*done, "x,2024-01-02 09:00,,,"]).findings
    assert quality_of(done).carries["backlog"].support is Support.NONE


# ---- people and programs ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "is_machine"),
    [
        ("System", True),
        ("System Administrator", True),
        ("svc_monitoring", True),
        ("no-reply", True),
        ("Integration User", True),
        ("Workflow", True),
        ("Ann Systemsky", False),
        ("Botond Api", True),
        ("Abbot Job-Smith", True),
        ("Rita", False),
        ("", False),
    ],
)
def test_names_that_are_those_of_programs(name: str, is_machine: bool) -> None:
    assert looks_like_machine(name) is is_machine


def test_programs_that_pose_as_owners_are_doubted_and_named() -> None:
    rows = ["1,2024-01-02 09:00,2024-01-03 09:00,,System", "2,2024-01-02 09:00,,,Ann"]
    assert quality_of(rows).findings["machine_people"].examples == ["System"]


# ---- the other desk's verdict -----------------------------------------------------------------


def test_a_verdict_counted_by_rows_flatters_and_is_named_so() -> None:
    verdicts, quality = Verdicts(), Quality()
    verdicts.hear([True, True, True, False])
    verdicts.hear([True])
    verdicts.hear([])
    verdicts.tell(quality, judges_closing=True)
    assert quality.findings["vendor_verdict"].count == 1
    assert quality.findings["vendor_verdict"].text == (
        "tickets that the other desk's own flag calls missed: 50.0% of 2 by their last row; counted"
        " by rows it would be 20.0%, which is the classic wrong number. The flag judges the"
        " closing, not the solution; no figure here uses it"
    )


@given(st.lists(st.tuples(st.integers(1, 100), st.integers(0, 100)), min_size=60, max_size=90))
def test_what_a_verdict_goes_by_is_seen_where_both_spans_differ(
    spans: list[tuple[int, int]],
) -> None:
    by_closing = [
        (hours + wait <= 60, hours * HOUR, (hours + wait) * HOUR) for hours, wait in spans
    ]
    by_solution = [(hours <= 60, hours * HOUR, (hours + wait) * HOUR) for hours, wait in spans]
    assert not closing_is_judged(by_solution)
    # The closing explains its own verdicts without a mistake.
    if not closing_is_judged(by_closing):
        limits = {solution for is_met, solution, _ in by_closing if is_met}
        missed = {solution for is_met, solution, _ in by_closing if not is_met}
        assert not limits or not missed or max(limits) < min(missed)


def test_few_verdicts_say_nothing() -> None:
    assert not closing_is_judged([(True, DAY, DAY)] * 10)
