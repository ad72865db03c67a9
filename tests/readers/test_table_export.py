"""Any table with a mapping, to events: whole samples, each damage, and any bytes."""

from collections import Counter
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commondesk.core.record import events as e
from commondesk.core.record.event import Certainty, Event, Side, WordsRef
from commondesk.core.record.instant import iso_of, parse_instant
from commondesk.core.record.ticket import Status, ticket_of
from commondesk.readers import table_export
from commondesk.readers.export import ExportedTicket, Quality, Support, UnusableExport
from tests.readers.tables_made import SAMPLES, read, sample, source, spreadsheet, told

TICKETS = (SAMPLES / "table_tickets.yaml").read_text()
UPDATES = (SAMPLES / "table_updates.yaml").read_text()
LEAST = "rows: ticket\ncolumns: {number: id, opened: opened, resolved: resolved}\nzone: UTC\n"
NOW = parse_instant("2026-01-05T08:00Z")


def tickets() -> tuple[dict[str, ExportedTicket], Quality]:
    found, quality = read(sample("table_tickets.csv"), TICKETS)
    return {ticket.number: ticket for ticket in found}, quality


def updates() -> tuple[dict[str, ExportedTicket], Quality]:
    found, quality = read(sample("table_updates.csv"), UPDATES)
    return {ticket.number: ticket for ticket in found}, quality


def refusal(name: str, mapping: str) -> str:
    with pytest.raises(UnusableExport) as refused:
        read(sample(name), mapping)
    return str(refused.value)


def counts(quality: Quality) -> dict[str, int]:
    return {code: finding.count for code, finding in quality.findings.items()}


def certainty(ticket: ExportedTicket, kind: type) -> list[Certainty]:
    return [draft.certainty for draft in ticket.drafts if isinstance(draft.body, kind)]


def status(ticket: ExportedTicket) -> Status:
    refs = {key: WordsRef(key, "digest") for key in [*ticket.words, "subject"]}
    events = [
        Event(draft.stream, place, draft.happened_at, NOW, draft.certainty, draft.actor, draft.body)
        for place, draft in enumerate(ticket.drafts_with(7, refs), 1)
    ]
    folded = ticket_of(events)
    assert folded is not None
    return folded.status


# ---- one row a ticket -----------------------------------------------------------------------


def test_a_row_becomes_the_events_that_its_columns_tell() -> None:
    ticket = tickets()[0]["T-1"]
    assert told(ticket) == [
        "2024-03-25T08:00 ticket.opened",
        "2024-03-25T08:00 ticket.classified",
        "2024-03-25T08:00 ticket.prioritised",
        "2024-03-25T08:00 ticket.assigned",
        "2024-03-25T08:30 message.written",
        "2024-03-25T08:30 message.delivered",
        "2024-03-25T08:30 ticket.taken",
        "2024-03-26T09:00 ticket.resolved",
        "2024-03-31T08:00 ticket.closed",
    ]
    assert ticket.people == {"Rita": Side.REQUESTER, "Ann": Side.PROVIDER}
    assert ticket.subject == "Printer jams"
    assert status(ticket) is Status.CLOSED


def test_last_values_are_estimates_at_the_opening_and_times_are_imported() -> None:
    ticket = tickets()[0]["T-1"]
    guessed: tuple[type, ...] = (e.TicketPrioritised, e.TicketAssigned, e.TicketTaken)
    known: tuple[type, ...] = (e.TicketOpened, e.MessageWritten, e.TicketResolved, e.TicketClosed)
    assert [certainty(ticket, kind) for kind in guessed] == [[Certainty.ESTIMATED]] * 3
    assert [certainty(ticket, kind) for kind in known] == [[Certainty.IMPORTED]] * 4


def test_what_the_samples_rows_contain_is_told() -> None:
    _, quality = tickets()
    assert (quality.rows, quality.tickets) == (7, 5)
    assert counts(quality) == {
        "title_rows": 2,
        "twin_columns": 1,
        "blank_rows": 1,
        "repeated_rows": 1,
        "numberless": 1,
        "missing_marks": 5,
        "dates": 4,
        "reopened": 1,
        "machine_owners": 1,
        "unknown_requesters": 1,
        "before_opening:first_response": 1,
        "closed_first": 1,
        "endless": 1,
        "vendor_verdict": 2,
    }
    assert quality.findings["twin_columns"].examples == ["Location (2)"]
    assert quality.findings["missing_marks"].examples == [
        "? in Assignee (1)",
        "#N/B in Location (1)",
        "0 in First reply (1)",
        "#MULTIVALUE in Group (1)",
        "? in Customer (1)",
    ]
    assert quality.findings["vendor_verdict"].text.startswith(
        "tickets that the other desk's own flag calls missed: 66.7% of 3. The flag has its own"
    )


def test_rows_that_a_join_repeats_count_once_and_leave_their_trace() -> None:
    ticket = tickets()[0]["T-1"]
    traces = [draft.body for draft in ticket.drafts if isinstance(draft.body, e.RowImported)]
    assert [(trace.row, trace.changes) for trace in traces] == [(4, 8), (5, 0)]
    assert len(set(ticket.rows)) == 2


def test_rows_of_a_ticket_that_differ_are_refused_with_the_remedy() -> None:
    table = source(b"id,opened,resolved\n1,2024-01-10 09:00,\n1,2024-01-10 09:00,2024-01-11\n")
    with pytest.raises(UnusableExport) as refused:
        read(table, LEAST)
    assert str(refused.value) == (
        "row 3, column id: 1 stands in row 2 already, with another resolved."
        " If a row is an update, say `rows: update`; if it is a message or a task of its ticket,"
        " leave such columns out of the mapping"
    )


def test_a_program_is_nobody_that_has_a_ticket() -> None:
    ticket = tickets()[0]["T-3"]
    assert ticket.people == {"Unknown requester": Side.REQUESTER}
    assert "ticket.taken" not in Counter(draft.body.NAME for draft in ticket.drafts)
    (resolved,) = [each for each in ticket.drafts if isinstance(each.body, e.TicketResolved)]
    assert resolved.actor.side is Side.MACHINE


def test_times_against_the_order_of_things_are_moved_as_estimates() -> None:
    ticket = tickets()[0]["T-4"]
    assert told(ticket)[4:] == [
        "2024-04-08T07:00 message.written",
        "2024-04-08T07:00 message.delivered",
        "2024-04-08T07:00 ticket.taken",
        "2024-04-09T15:00 ticket.resolved",
        "2024-04-09T15:00 ticket.closed",
    ]
    assert certainty(ticket, e.MessageWritten) == [Certainty.ESTIMATED]


def test_a_ticket_that_is_done_without_a_time_stays_open_and_is_told() -> None:
    found, quality = tickets()
    assert status(found["T-5"]) is Status.OPEN
    assert quality.findings["endless"].examples == ["T-5"]


def test_which_figures_a_row_a_ticket_carries() -> None:
    _, quality = tickets()
    support = {figure: each.support for figure, each in quality.carries.items()}
    assert support["time.response"] is Support.PROXY
    assert support["time.resolution"] is Support.PROXY
    for figure in ("ownerless", "bounces", "part", "reopens", "escalations"):
        assert support[figure] is Support.NONE
    _, quality = read(source(b"id,opened,resolved\n1,2024-01-10,2024-01-11\n"), LEAST)
    assert quality.carries["time.response"].support is Support.NONE
    assert quality.carries["time"].reason == "times are whole days"


def test_the_same_table_is_read_from_a_spreadsheet() -> None:
    rows = [["id", "opened", "resolved"], ["1", "2024-01-10 09:00", "2024-01-11 09:00"]]
    (ticket,), _ = read(source(spreadsheet(rows)), LEAST)
    assert told(ticket) == ["2024-01-10T09:00 ticket.opened", "2024-01-11T09:00 ticket.resolved"]


# what a row a ticket does not tell

STATED = (
    "rows: ticket\n"
    "columns: {number: id, opened: opened, updated: changed, state: state, owner: who}\n"
    "states: {Open: open, Done: resolved, Shut: closed}\nzone: UTC\n"
)


def test_a_ticket_that_is_done_without_a_time_ends_at_its_last_update_at_the_latest() -> None:
    table = (
        b"id,opened,changed,state,who\n1,2024-03-01 09:00,2024-03-05 10:00,Done,Ann\n"
        b"2,2024-03-01 09:00,2024-03-06 10:00,Shut,\n3,2024-03-02 09:00,,Done,Ann\n"
    )
    found, quality = read(source(table), STATED)
    assert told(found[0])[-1] == "2024-03-05T10:00 ticket.resolved"
    assert certainty(found[0], e.TicketResolved) == [Certainty.ESTIMATED]
    assert told(found[1])[-1] == "2024-03-06T10:00 ticket.closed"
    assert status(found[2]) is Status.OPEN
    assert quality.findings["ended_by_update"].examples == ["1", "2"]
    assert quality.findings["endless"].examples == ["3"]
    assert quality.carries["backlog"].support is Support.NONE
    assert quality.carries["time.resolution"].support is Support.NONE


def test_an_owner_of_whom_nothing_tells_since_when_is_named_and_has_not_taken_it() -> None:
    table = b"id,opened,changed,state,who\n1,2024-03-01 09:00,2024-03-05 10:00,Open,Ann\n"
    found, _ = read(source(table), STATED)
    assert told(found[0])[-1] == "2024-03-01T09:00 ticket.assigned"
    named = next(each.body for each in found[0].drafts if isinstance(each.body, e.TicketAssigned))
    assert named.person
    assert certainty(found[0], e.TicketAssigned) == [Certainty.ESTIMATED]


def test_a_day_and_its_hour_in_two_columns_make_one_time() -> None:
    table = spreadsheet(
        [
            ("id", "Day", "Hour", "resolved"),
            ("1", "2024-03-14 00:00:00", "9:12 PM", "2024-03-15 10:00"),
            ("2", "2024-03-14", "", "2024-03-15 10:00"),
            ("3", "2024-03-14", "-", ""),
        ]
    )
    found, quality = read(
        source(table, "table.xlsx"), LEAST.replace("opened: opened", "opened: Day + Hour")
    )
    assert [told(each)[0] for each in found] == [
        "2024-03-14T21:12 ticket.opened",
        "2024-03-14T00:00 ticket.opened",
        "2024-03-14T00:00 ticket.opened",
    ]
    assert "coarse_times" not in quality.findings


def test_rows_of_one_ticket_with_other_labels_count_once_and_other_facts_are_refused() -> None:
    mapping = LEAST.replace("resolved: resolved", "category: category, team: team")
    table = "id,opened,category,team\n1,2024-03-14 10:00,HW,L1\n1,2024-03-14 10:00,{}\n"
    found, quality = read(source(table.format("Net,L1").encode()), mapping)
    assert len(found) == 1
    assert quality.findings["several_labels"].examples == ["row 3"]
    with pytest.raises(UnusableExport, match=r"with another team\. If a row is an update, say"):
        read(source(table.format("HW,L2").encode()), mapping)


def test_of_several_teams_in_a_cell_the_first_is_taken() -> None:
    mapping = LEAST.replace("resolved: resolved", "team: team, requester: who")
    table = (
        b'id,opened,team,who\n1,2024-03-14 10:00,L1<br>L3,"Rita\nRob"\n2,2024-03-14 10:00,L1,Rob\n'
    )
    found, quality = read(source(table), mapping)
    teams = [each.body.team for each in found[0].drafts if isinstance(each.body, e.TicketAssigned)]
    assert teams == ["L1"]
    assert [*found[0].people] == ["Rita"]
    assert quality.findings["several_names"].examples == ["team in row 2", "who in row 2"]


def test_whole_days_beside_times_of_day_are_doubted() -> None:
    table = b"id,opened,resolved\n1,2024-03-14,2024-03-15 10:00\n2,2024-03-14,\n"
    _, quality = read(source(table), LEAST)
    assert quality.findings["coarse_times"].examples == ["opened"]
    assert quality.carries["time"].support is Support.PROXY


def test_a_heading_that_says_utc_is_believed_beside_another_zone() -> None:
    table = b"id,Opened (UTC),resolved\n1,2024-03-14 09:00,2024-03-15 10:00\n"
    mapping = LEAST.replace("opened: opened", "opened: Opened (UTC)").replace(
        "UTC\n", "Asia/Tokyo\n"
    )
    found, _ = read(source(table), mapping)
    assert told(found[0])[0] == "2024-03-14T09:00 ticket.opened"


# ---- one row an update ----------------------------------------------------------------------


def test_updates_in_any_order_become_the_history() -> None:
    ticket = updates()[0]["C-9"]
    assert told(ticket) == [
        "2024-03-25T09:00 ticket.opened",
        "2024-03-25T09:00 ticket.prioritised",
        "2024-03-25T09:00 ticket.assigned",
        "2024-03-25T10:00 ticket.taken",
        "2024-03-25T11:00 wait.begun",
        "2024-03-26T08:00 wait.ended",
        "2024-03-26T08:00 ticket.assigned",
        "2024-03-26T08:00 ticket.taken",
        "2024-03-26T12:00 ticket.resolved",
        "2024-03-26T15:00 ticket.reopened",
        "2024-03-27T12:00 ticket.resolved",
        "2024-04-01T12:00 ticket.released",
        "2024-04-01T12:00 ticket.closed",
        "2024-04-02T09:00 ticket.taken",
    ]
    assert ticket.people == {
        "Rita": Side.REQUESTER,
        "Ann": Side.PROVIDER,
        "Ben": Side.PROVIDER,
    }


def test_what_the_samples_updates_contain_is_told() -> None:
    _, quality = updates()
    assert (quality.rows, quality.tickets) == (12, 2)
    assert counts(quality) == {
        "dates": 4,
        "missing_updates": 1,
        "machine_owners": 1,
        "disagrees:reopens": 1,
        "final:resolved": 1,
        "final:closed": 1,
        "unknown_states": 2,
        "repeated_rows": 1,
        "work_after_close": 1,
    }
    assert quality.carries["part"].support is Support.PROXY


def test_final_values_on_early_rows_change_nothing() -> None:
    content = (SAMPLES / "table_updates.csv").read_bytes()
    moved = content.replace(b"03/27/2024 12:00,04/01", b"03/25/2024 09:30,04/01")
    assert told(read(source(moved), UPDATES)[0][0]) == told(updates()[0]["C-9"])


# ---- how times are written ------------------------------------------------------------------


def test_dates_that_may_be_either_are_asked() -> None:
    asked = refusal("table_ambiguous_dates.csv", LEAST)
    assert "column opened: 2 may be either (03/04/2024 09:00 in row 2)" in asked
    assert "`dates: day-first` or `dates: month-first`" in asked
    found, _ = read(sample("table_ambiguous_dates.csv"), LEAST + "dates: month-first\n")
    assert told(found[0])[0] == "2024-03-04T09:00 ticket.opened"


def test_two_styles_in_one_column_are_asked_and_read_as_said() -> None:
    assert "two styles in one column" in refusal("table_two_styles.csv", LEAST)
    found, quality = read(sample("table_two_styles.csv"), LEAST + "dates: {opened: day-first}\n")
    assert [told(ticket)[0][:10] for ticket in found] == ["2024-04-25", "2024-05-25", "2024-02-01"]
    assert quality.count_of("against_order") == 1


def test_swapped_days_are_asked_and_exchanged_back() -> None:
    asked = refusal("table_swapped_dates.csv", LEAST)
    assert "a spreadsheet seems to have taken their days for months" in asked
    found, _ = read(sample("table_swapped_dates.csv"), LEAST + "dates: swapped\n")
    assert told(found[0])[0] == "2024-02-02T09:00 ticket.opened"
    assert told(found[1])[0] == "2024-03-03T09:00 ticket.opened"


def test_one_offset_all_year_is_doubted() -> None:
    found, quality = read(sample("table_one_offset.csv"), LEAST)
    assert told(found[1])[0] == "2024-07-10T08:00 ticket.opened"
    assert iso_of(found[1].drafts[0].happened_at) == "2024-07-10T08:00:00.125000Z"
    assert quality.count_of("one_offset") == 4


def test_times_without_a_zone_are_taken_for_utc_and_doubted() -> None:
    mapping = LEAST.replace("zone: UTC\n", "")
    table = source(b"id,opened,resolved\n1,2024-07-10 09:00,\n")
    (ticket,), quality = read(table, mapping)
    assert told(ticket) == ["2024-07-10T09:00 ticket.opened"]
    assert quality.count_of("zoneless") == 1
    (ticket,), quality = read(table, mapping, ZoneInfo("Europe/Paris"))
    assert told(ticket) == ["2024-07-10T07:00 ticket.opened"]
    assert quality.count_of("zoneless") == 0


def test_a_truncated_table_gives_what_stands_before() -> None:
    found, quality = read(sample("table_truncated.csv"), LEAST)
    assert [ticket.number for ticket in found] == ["1"]
    assert quality.findings["broken_off"].examples == ["row 3"]


# ---- what cannot be read --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "mapping", "what"),
    [
        ("id,open,resolved\n1,2024-01-10,\n", LEAST, "column opened: the table has no such column;"
         " did you mean 'open'?"),
        ("id,opened,resolved\n1,,\n", LEAST, "no ticket is left: every row had to be left out"),
        ("id,opened,resolved\n1,soon,\n", LEAST, "row 2, column opened: 'soon' is no time; if it"
         " stands for none, add it to `missing`"),
        ("id,opened,resolved\n", LEAST, "there is no ticket below the header"),
        ("id,opened,resolved,state\n1,2024-01-10,,Limbo\n", LEAST.replace("}", ", state: state}"),
         "row 2, column state: 'Limbo' does not stand under `states` in the mapping"),
        ("id,opened,resolved,prio\n1,2024-01-10,,9\n", LEAST.replace("}", ", priority: prio}"),
         "'9' does not stand under `priorities`"),
        ("id,opened,resolved,n\n1,2024-01-10,,x\n", LEAST.replace("}", ", reopens: n}"),
         "row 2, column n: 'x' is no whole number"),
        (f"id,opened,resolved,t\n1,2024-01-10,,{'x' * 400}\n", LEAST.replace("}", ", team: t}"),
         "row 2, column t: has 400 characters: that is no team"),
        ("id,opened,resolved\n1,2024-01-10,\n", "", "a table needs a mapping"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named_with_the_remedy(content: str, mapping: str, what: str) -> None:
    with pytest.raises(UnusableExport) as refused:
        read(source(content.encode()), mapping)
    assert what in str(refused.value)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.data())
def test_any_damage_ends_in_tickets_or_a_plain_refusal(data: st.DataObject) -> None:
    name, mapping = data.draw(
        st.sampled_from([("table_tickets.csv", TICKETS), ("table_updates.csv", UPDATES)])
    )
    content = bytearray((SAMPLES / name).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=9))
    try:
        found, quality = read(source(bytes(content)), mapping)
    except UnusableExport as refused:
        assert str(refused)
    else:
        assert len(found) == quality.tickets
        assert sum(len(ticket.drafts) for ticket in found) == quality.events


# ---- a mapping that is proposed ---------------------------------------------------------------


def test_a_proposal_gives_reasons_and_asks_what_nothing_shows() -> None:
    proposed = table_export.proposed(sample("table_tickets.csv"))
    lines = proposed.splitlines()
    assert "rows: ticket  # 5 tickets in the 7 rows looked at" in lines
    assert "  number: Ticket No  # which ticket; filled in 86%" in lines
    assert "  Waiting for customer: waiting requester  # 1 row" in lines
    assert '  "2 - High": P2  # 2 rows' in lines
    assert "machines: [System]  # names of programs, by their look: nobody's work" in lines
    assert any(line.startswith("# Opened: day-first, since 2 can only be") for line in lines)
    assert any(line.startswith("# zone: ???") for line in lines)


def test_a_proposal_reads_its_table_once_the_questions_are_answered() -> None:
    for name in ("table_tickets.csv", "table_updates.csv"):
        proposed = table_export.proposed(sample(name))
        if "updates" in name:
            with pytest.raises(UnusableExport, match=r"'\?\?\?'"):
                read(sample(name), proposed)
        found, _ = read(sample(name), proposed.replace("???", "unknown"))
        assert [ticket.number for ticket in found] == [
            ticket.number for ticket in (tickets if "tickets" in name else updates)()[0].values()
        ]


def test_a_proposal_asks_how_dates_are_written() -> None:
    proposed = table_export.proposed(sample("table_ambiguous_dates.csv"))
    assert "\ndates: ???\n" in proposed
    assert "# opened: 2 may be either (03/04/2024 09:00 in row 2): nothing shows" in proposed


def test_headings_of_any_kind_can_be_proposed() -> None:
    table = source(b'id,opened,Status\n1,2024-01-10T09:00Z,"a: "" #"\n')
    proposed = table_export.proposed(table)
    assert '  "a: \\" #": unknown  # 1 row; not clear: changes nothing' in proposed
    assert read(table, proposed)[1].tickets == 1
