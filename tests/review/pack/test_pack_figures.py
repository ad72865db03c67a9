"""The figures of a pack, worked by hand on a few tickets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from commondesk.core.metrics.figure import wilson
from commondesk.core.record.instant import HOUR
from commondesk.readers.export import Support
from commondesk.review.pack import sentences, signals, working
from commondesk.review.pack.machine import document_of
from commondesk.review.pack.sections.in_order import sections
from commondesk.review.pack.terms import UnknownLens
from tests.review.pack.exports import figures_of, log, plain_log, ticket

CHARTER = (
    Path(__file__).parents[3] / "commondesk" / "governance" / "templates" / "help-desk-8x5.yaml"
)


def test_each_definition_of_resolution_stands_by_itself() -> None:
    figures = figures_of(plain_log())
    # First resolves after 2, 10 and 4 h, those that stand after 2, 10 and 20 h; ticket 4 is open.
    first, last = figures["resolved.first"], figures["resolved.last"]
    assert (first.value, first.count, first.still_open) == (4 * HOUR, 4, 1)
    assert (last.value, last.count, last.still_open) == (10 * HOUR, 4, 1)
    # Only two tickets have a resolved_at: 2 and 10 h.
    claimed = figures["resolved.claimed"]
    assert (claimed.value, claimed.count) == (2 * HOUR, 2)
    assert figures["resolved.closed"].count == 4


def test_the_vendors_flag_is_counted_by_tickets_and_the_rows_are_named_as_wrong() -> None:
    figures = figures_of(plain_log())
    missed, rows = figures.entries["claimed.missed"], figures.entries["claimed.rows"]
    assert (missed.figure.value, missed.figure.count) == (1 / 4, 4)
    assert missed.figure.interval == wilson(1, 4)
    assert (rows.figure.value, rows.figure.count) == (1 / 15, 15)
    assert rows.support is Support.NONE
    assert "wrong" in rows.figure.title


def test_ping_pong_is_to_another_team_and_straight_back() -> None:
    content = log(
        ticket(1, [(0, "New", "A", "?"), (1, "Active", "B", "?"), (2, "Active", "A", "?")]),
        ticket(
            2,
            [(0, "New", "A", "?"), (1, "Active", "B", "?"), (2, "Active", "C", "?"),
             (3, "Active", "A", "?")],
        ),
        ticket(3, [(0, "New", "A", "?"), (1, "Active", "?", "?"), (2, "Active", "A", "?")]),
    )  # fmt: skip
    figures = figures_of(content)
    assert (figures["bounces.straight"].units, figures["bounces"].units) == (1, 2)
    assert figures["bounces"].count == 3
    assert figures.pairs == [(("A", "B"), 1)]


def test_closings_after_one_span_are_recognised_as_automatic() -> None:
    figures = figures_of(plain_log())
    closing = signals.closing_of(figures.material)
    assert closing.is_automatic
    assert (closing.low, closing.found, closing.closed) == (120 * HOUR, 3, 3)


def test_closings_by_hand_are_not() -> None:
    some = [
        ticket(each, [(0, "New", "A", "?"), (1, "Resolved", "A", "?"), (1 + 30 * each, "Closed",
                                                                          "A", "?")])
        for each in range(1, 6)
    ]  # fmt: skip
    figures = figures_of(log(*some))
    assert not signals.closing_of(figures.material).is_automatic
    assert figures["closing.automatic"].units == 0


def test_missing_updates_are_the_gaps_in_the_sources_own_count() -> None:
    figures = figures_of(plain_log())
    lacking = figures["missing_updates"]
    assert (lacking.units, lacking.count) == (1, 4)
    assert [each.value for each in lacking.backing] == [2.0]


def test_time_without_an_assignee_ends_with_the_resolve_or_now() -> None:
    figures = figures_of(plain_log())
    # 1 h of ticket 1, 1 h of ticket 2, nothing of ticket 3, all of ticket 4 up to the last event.
    until = (2 + 140) - 3
    assert figures["ownerless"].value == (1 + 1 + until) * HOUR
    total = 2 + 10 + 20 + until
    assert figures["ownerless.share"].value == pytest.approx((2 + until) / total)


def test_without_a_charter_nothing_is_judged() -> None:
    figures = figures_of(plain_log())
    assert not any(key.startswith("attainment.") for key in figures.entries)
    assert figures.mirages == {}
    assert figures.entries["signal.bunching"].support is Support.NONE
    assert figures["signal.bunching"].value is None
    said = sentences.headline(figures)
    assert (said.usual, said.lived) == (
        "6.7\u00a0% missed, if rows are counted.",
        "25\u00a0% missed, if tickets are.",
    )


def test_with_a_charter_the_parts_add_up_to_the_gap() -> None:
    figures = figures_of(plain_log(), CHARTER.read_bytes(), "first-resolve")
    (told,) = figures.mirages.values()
    assert told.gap is not None
    assert sum(part.points for part in told.parts) == pytest.approx(told.gap, abs=1e-9)
    assert figures["attainment.resolution.first-resolve"].count == 3
    for part in told.parts:
        key = f"part.resolution.{part.setting}"
        assert figures[key].units == part.tickets == len(figures[key].backing)


def test_answers_are_not_judged_where_the_file_has_no_messages() -> None:
    figures = figures_of(plain_log(), CHARTER.read_bytes())
    clocks = {key.split(".")[1] for key in figures.entries if key.startswith("attainment.")}
    assert clocks == {"resolution"}
    assert figures.entries["time.first_touch"].support is Support.PROXY


def test_every_figure_opens_as_many_units_as_it_says() -> None:
    figures = figures_of(plain_log(), CHARTER.read_bytes())
    for key, entry in figures.entries.items():
        assert len(entry.figure.backing) == entry.figure.units, key


def test_the_file_for_machines_is_the_same_each_time() -> None:
    one, other = (
        json.dumps(document_of(figures_of(plain_log(), CHARTER.read_bytes()))) for _ in range(2)
    )
    assert one == other


def test_no_data_is_no_number() -> None:
    figures = figures_of(log(ticket(1, [(0, "New", "?", "?")])))
    document = json.dumps(document_of(figures))
    assert "NaN" not in document
    assert figures["bounces"].value is None
    assert figures["closing.automatic"].value is None
    assert sections(figures)


def test_the_engine_gives_what_the_reference_gives() -> None:
    material = figures_of(plain_log(), CHARTER.read_bytes()).material
    asked = material.exhibit.tickets, material.terms.agreement, material.terms.scheme, material.at
    one, other = working.engine_facts(*asked), working.reference_facts(*asked)
    assert sorted(map(str, one.tickets)) == sorted(map(str, other.tickets))
    assert sorted(map(str, one.outcomes)) == sorted(map(str, other.outcomes))
    assert one.counts == other.counts


def test_an_unknown_lens_is_refused_by_name() -> None:
    with pytest.raises(UnknownLens, match="there are experienced"):
        figures_of(plain_log(), None, "rosy")


def test_a_thin_edge_is_no_fall_in_demand() -> None:
    full = [
        ticket(100 * day + each, [(0, "New", "A", "?"), (1, "Closed", "A", "?")], opened=24 * day)
        for day in range(21)
        for each in range(30)
    ]
    thin = [ticket(9000 + each, [(0, "New", "A", "?")], opened=24 * 30 * each) for each in (2, 3)]
    window = figures_of(log(*full, *thin)).material.window
    assert (window.last - window.first).days == 20
    assert window.outside == 2
