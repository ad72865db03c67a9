"""Reading Jira's issues with changelog, and its CSV.

The samples are made up, in the format of
https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search/.
"""

import json
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commondesk.core.record import events as e
from commondesk.core.record.codec import Json
from commondesk.core.record.event import Certainty, Side
from commondesk.core.record.ticket import Status
from commondesk.readers import export, jira
from commondesk.readers.export import ExportedTicket, Support, UnusableExport
from tests.readers.exports import (
    ACME,
    SAMPLES,
    as_json,
    as_lines,
    assert_orderly,
    bent,
    bodies,
    damaged,
    folded,
    guessed,
    read,
    refusal,
    told,
    words_from,
    zipped,
)

SAMPLE = (SAMPLES / "jira" / "issues.json").read_bytes()
TABLE = (SAMPLES / "jira" / "issues.csv").read_bytes()
Change = Callable[[dict[str, Any]], object]


def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(SAMPLE)
    return found


def changed(change: Change) -> bytes:
    """The sample with its first issue changed."""
    found = document()
    change(found["issues"][0])
    return as_json(found)


def sample(place: int = 0) -> ExportedTicket:
    return read(jira, SAMPLE)[0][place]


# ---- what issues mean -----------------------------------------------------------------------


def test_an_issue_becomes_the_events_that_changelog_and_comments_mean() -> None:
    assert told(sample()) == [
        "03-10T09:00 requester ticket.opened",
        "03-10T09:00 requester message.received",
        "03-10T09:00 requester ticket.prioritised",
        "03-10T09:00 machine message.written",
        "03-10T09:00 machine message.delivered",
        "03-10T09:19 provider ticket.prioritised",
        "03-10T09:19 provider ticket.taken",
        "03-10T09:20 provider message.written",
        "03-10T09:20 machine message.delivered",
        "03-10T09:21 provider wait.begun",
        "03-10T09:30 provider note.written",
        "03-10T11:00 requester message.received",
        "03-10T11:00 machine wait.ended",
        "03-11T08:59 provider message.written",
        "03-11T08:59 machine message.delivered",
        "03-11T09:00 provider ticket.resolved",
        "03-11T09:30 provider note.written",
        "03-12T08:00 requester ticket.reopened",
        "03-12T10:00 provider ticket.resolved",
        "03-22T10:00 machine ticket.closed",
    ]


def test_its_events_add_up_to_the_issue() -> None:
    ticket = folded(sample())
    assert (ticket.status, ticket.reopens, ticket.priority) == (Status.CLOSED, 1, e.Priority.P2)
    assert ticket.kind is e.Kind.INCIDENT
    assert ticket.owner == export.person_id(ACME, "jira", "Paul Berg")
    assert ticket.requester == export.person_id(ACME, "jira", "Rita Lind")
    assert sample().subject == "Crane display stays dark"


def test_events_are_orderly_and_every_record_leaves_a_trace() -> None:
    for content in (SAMPLE, TABLE):
        tickets, _ = read(jira, content)
        assert_orderly(tickets, "jira")


def test_first_values_are_what_the_changelog_changed_first() -> None:
    first = bodies(sample(), e.TicketPrioritised)[0]
    assert first == e.TicketPrioritised(e.Priority.P3)
    assert told(sample(1)) == [
        "03-11T08:00 provider ticket.opened",
        "03-11T08:00 provider note.written",
        "03-11T08:00 provider ticket.prioritised",
        "03-11T08:00 provider ticket.taken",
        "03-11T09:00 provider ticket.released",
        "03-11T10:30 machine message.received",
    ]


def test_an_apps_comment_is_no_persons_and_an_internal_one_no_reply() -> None:
    ticket = sample()
    assert words_from(ticket, Side.MACHINE, e.MessageWritten) == ["Your request was received."]
    assert words_from(ticket, Side.PROVIDER, e.MessageWritten) == [
        "Which lamp blinks?",
        "The fuse was changed.",
    ]
    assert words_from(ticket, Side.PROVIDER, e.NoteWritten) == [
        "Looks like the fuse.",
        "Seen by the team only.",
    ]
    assert words_from(ticket, Side.REQUESTER, e.MessageReceived) == [
        "The display of crane 4 stays dark.",
        "The red one.",
    ]


def test_a_comment_that_does_not_say_who_sees_it_is_no_reply() -> None:
    tickets, quality = read(
        jira, changed(lambda issue: issue["fields"]["comment"]["comments"][1].pop("jsdPublic"))
    )
    assert "Which lamp blinks?" in words_from(tickets[0], Side.PROVIDER, e.NoteWritten)
    assert quality.count_of("public") == 1


def test_an_author_who_is_not_named_counts_for_no_side() -> None:
    assert words_from(sample(1), Side.MACHINE, e.MessageReceived) == ["Gate 3."]
    _, quality = read(jira, SAMPLE)
    assert quality.findings["unnamed"].examples == ["DESK-2"]


def test_a_status_of_its_own_is_read_by_its_category_and_that_is_told() -> None:
    _, quality = read(jira, SAMPLE)
    assert quality.findings["categories"].examples == ["Parked"]
    found = document()
    found["issues"] = found["issues"][:1]
    assert "column status: 'Parked' is not known, nor its category" in refusal(jira, as_json(found))
    statuses: list[Json] = [
        {"name": "Parked", "id": "9", "statusCategory": {"key": "indeterminate"}}
    ]
    tickets, _ = read(jira, as_json(found), as_json(statuses))
    assert told(tickets[0]) == told(sample())


def test_a_mapping_says_what_words_of_ones_own_mean() -> None:
    mapping = "states: {Parked: waiting vendor}\npriorities: {Sev 0: P1}\n"
    content = changed(_history(0, 1, toString="Sev 0"))
    tickets, _ = read(jira, content, mapping=mapping)
    assert [body.on for body in bodies(tickets[0], e.WaitBegun)] == [  # type: ignore[attr-defined]
        e.WaitReason.REQUESTER,
        e.WaitReason.VENDOR,
    ]
    assert e.TicketPrioritised(e.Priority.P1) in bodies(tickets[0], e.TicketPrioritised)
    text = refusal(jira, SAMPLE, mapping="states: {Parked: asleep}\ncolours: {}\n")
    assert "column states.Parked: 'asleep' means nothing; it is one of open, waiting" in text
    assert "column colours: the mapping has no such field" in text


def test_pages_lines_and_archives_are_read_alike() -> None:
    found = document()
    for contents in (
        [as_json({"issues": [issue]}) for issue in found["issues"]],
        [as_lines(found["issues"])],
        [zipped(first=as_json({"issues": found["issues"]}))],
    ):
        assert [told(each) for each in read(jira, *contents)[0]] == [
            told(sample()),
            told(sample(1)),
        ]


def test_it_recognises_its_files() -> None:
    assert guessed(SAMPLE) == guessed(TABLE) == "jira"


# ---- CSV ------------------------------------------------------------------------------------


def test_a_table_carries_the_opening_comments_and_the_last_resolution() -> None:
    tickets, quality = read(jira, TABLE, zone=ZoneInfo("Europe/Oslo"))
    assert told(tickets[0]) == [
        "03-10T09:00 requester ticket.opened",
        "03-10T09:00 requester message.received",
        "03-10T09:00 machine ticket.prioritised",
        "03-10T09:20 provider note.written",
        "03-10T11:00 requester message.received",
        "03-12T10:00 provider ticket.taken",
        "03-12T10:00 provider ticket.resolved",
    ]
    assert words_from(tickets[0], Side.REQUESTER, e.MessageReceived)[1] == (
        "The red one; not the green."
    )
    assert told(tickets[1])[0] == "03-11T08:00 provider ticket.opened"
    assert quality.carries["attainment.response"].support is Support.NONE
    assert quality.carries["reopens"].support is Support.NONE


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (b"10/Mar/25 10:00 AM", b"10.03.25 10:00", "column Created: 1 may be either (10.03.25"),
        (b"10/Mar/25 10:00 AM", b"31/Feb/25 10:00 AM", "column Created: '31/Feb/25 10:00 AM'"),
        (b"10/Mar/25 10:20 AM;Paul", b"Paul", "column Comment: is not of the form"),
        (b"DESK-1,", b",", "row 2, column Issue key: is missing"),
        (b"DESK-2,10002", b"DESK-1,10002", "DESK-1 stands twice, with different contents"),
    ],
)
def test_a_damaged_table_is_told(old: bytes, new: bytes, what: str) -> None:
    assert old in TABLE
    assert what in refusal(jira, TABLE.replace(old, new, 1))


def _row(**values: str) -> dict[str, str]:
    first = {"Summary": "Lamp", "Issue key": "D-1", "Issue Type": "[System] Service request"}
    first |= {"Status": "Done", "Status Category": "Done", "Reporter": "Rita", "Comment": ""}
    return first | {"Created": "04/Mar/24 9:15 AM", "Resolved": "05/Mar/24 9:15 AM"} | values


def _table(*rows: dict[str, str], separator: str = ",", encoding: str = "utf-8") -> bytes:
    lines = [[*rows[0]], *([*row.values()] for row in rows)]
    return "".join(f"{separator.join(cells)}\r\n" for cells in lines).encode(encoding)


@pytest.mark.parametrize(
    "content",
    [
        _table(_row(), separator=";"),
        _table(_row(), separator="\t", encoding="utf-16"),
        b"\xef\xbb\xbfJira 9.4\r\n\r\n" + _table(_row()),
        _table(_row(Created="04/M\xe4r/24 9:15 AM"), encoding="cp1252"),
        _table(_row(), _row(**{"Issue key": "D-2"}))[:-40],
    ],
)
def test_a_table_is_known_however_it_was_saved(content: bytes) -> None:
    assert guessed(content) == "jira"
    assert told(read(jira, content)[0][0]) == [
        "03-04T09:15 requester ticket.opened",
        "03-05T09:15 machine ticket.resolved",
    ]


def test_a_table_of_a_few_rows_that_do_not_fit_leaves_them_out() -> None:
    found, quality = read(jira, _table(_row(), _row()) + b"D-2,lamp\r\n" + _table(_row())[-90:])
    assert [ticket.number for ticket in found] == ["D-1"]
    assert quality.count_of("misfits") > 0


def test_an_issue_that_is_done_without_a_time_stays_open_and_is_told() -> None:
    found, quality = read(jira, _table(_row(Resolved="")))
    assert told(found[0]) == ["03-04T09:15 requester ticket.opened"]
    assert quality.findings["endless"].examples == ["D-1"]


def test_types_of_a_table_are_those_of_the_documents() -> None:
    found, quality = read(jira, _table(_row(), _row(**{"Issue key": "D-2", "Issue Type": "Bug"})))
    kinds = [ticket.drafts[0].body.kind for ticket in found]  # type: ignore[attr-defined]
    assert kinds == [e.Kind.REQUEST, e.Kind.INCIDENT]
    assert quality.findings["types"].examples == ["Bug"]


def test_days_and_months_in_numbers_are_not_guessed() -> None:
    table = _table(_row(Created="04/03/24", Resolved="05/03/24"))
    asked = refusal(jira, table)
    assert "`dates: day-first` or `dates: month-first`; or read it --as table" in asked
    assert "'swapped' means nothing" in refusal(jira, table, mapping="dates: swapped")
    found, _ = read(jira, table, mapping="dates: day-first")
    assert told(found[0]) == [
        "03-04T00:00 requester ticket.opened",
        "03-05T00:00 machine ticket.resolved",
    ]


def test_days_and_months_in_numbers_are_read_by_what_the_column_shows() -> None:
    rows = [
        _row(Created="6/3/2025 16:14", Resolved="6/4/2025 9:05 AM"),
        _row(Created="6/21/2025 16:14", Resolved="2025-06-22", **{"Issue key": "D-2"}),
    ]
    found, _ = read(jira, _table(*rows), zone=ZoneInfo("Europe/Oslo"))
    assert told(found[0]) == [
        "06-03T14:14 requester ticket.opened",
        "06-04T07:05 machine ticket.resolved",
    ]
    assert told(found[1])[-1] == "06-21T22:00 machine ticket.resolved"


def test_an_open_issue_of_a_table_is_named_to_somebody_and_taken_by_nobody() -> None:
    now = {"Status": "Open", "Status Category": "To Do", "Resolved": "", "Assignee": "Ann"}
    found, quality = read(jira, _table(_row(Priority="Sev 0", **now)))
    assert told(found[0]) == [
        "03-04T09:15 requester ticket.opened",
        "03-04T09:15 machine ticket.assigned",
    ]
    assert quality.findings["priorities"].examples == ["Sev 0"]
    _, quality = read(jira, _table(_row(Priority="Sev 0")), mapping="priorities: {Sev 0: P1}")
    assert "priorities" not in quality.findings


def test_a_status_of_no_known_category_is_read_by_the_resolution() -> None:
    own = {"Status": "Parked", "Status Category": ""}
    rows = [_row(**own), _row(Resolved="", **own, **{"Issue key": "D-2"})]
    found, quality = read(jira, _table(*rows))
    assert [told(each)[-1][12:] for each in found] == [
        "machine ticket.resolved",
        "requester ticket.opened",
    ]
    assert quality.findings["statuses"].count == 2
    alone = {name: text for name, text in _row(**own).items() if name != "Resolved"}
    assert "row 2, column Status: 'Parked' is not known" in refusal(jira, _table(alone))


def test_an_issue_that_is_done_without_a_time_ends_at_its_last_update_at_the_latest() -> None:
    found, quality = read(jira, _table(_row(Resolved="", Updated="06/Mar/24 9:15 AM")))
    assert told(found[0])[-1] == "03-06T09:15 machine ticket.resolved"
    assert found[0].drafts[-1].certainty is Certainty.ESTIMATED
    assert quality.findings["ended_by_update"].examples == ["D-1"]


# ---- damage ---------------------------------------------------------------------------------


def test_a_history_that_was_cut_off_is_told() -> None:
    def cut(issue: dict[str, Any]) -> None:
        issue["changelog"]["total"] = 12
        issue["fields"]["comment"]["total"] = 9

    _, quality = read(jira, changed(cut))
    assert quality.findings["cut_changelog"].examples == ["DESK-1"]
    assert quality.findings["cut_comment"].examples == ["DESK-1"]


def test_issues_that_stand_twice_are_dropped_once() -> None:
    found = document()
    found["issues"].append(found["issues"][0])
    tickets, quality = read(jira, as_json(found))
    assert len(tickets) == 2
    assert quality.count_of("twins") == 1


def test_a_status_that_disagrees_is_counted() -> None:
    _, quality = read(jira, changed(lambda issue: issue["changelog"]["histories"].pop()))
    assert quality.findings["status"].examples == ["DESK-1"]


def _history(place: int, item: int, **values: Any) -> Change:
    return lambda issue: issue["changelog"]["histories"][place]["items"][item].update(values)


def _comment(place: int, **values: Any) -> Change:
    return lambda issue: issue["fields"]["comment"]["comments"][place].update(values)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (_history(1, 0, toString="In limbo"), "row 1, column status: 'In limbo' is not known"),
        (_history(0, 1, toString="Sev 0"), "row 1, column priority: 'Sev 0' is not known"),
        (_history(0, 1, toString=[]), "column changelog.histories.1.items.2.toString: wants text"),
        (_comment(0, jsdPublic=1), "column fields.comment.comments.1.jsdPublic: wants true"),
        (_comment(0, created="yesterday"), "comments.1.created: 'yesterday' is no time"),
        (_comment(0, body=5), "comments.1.body: wants text or a document, not 5"),
        (_comment(0, author={"accountId": "x", "accountType": "ghost"}), "'ghost' is not known"),
        (lambda issue: issue.pop("changelog"), "column changelog: is missing: export issues with"),
        (lambda issue: issue.pop("fields"), "column fields: is missing"),
        (lambda issue: issue.pop("key"), "column key: is missing"),
        (lambda issue: issue.update(key="DESK-2"), "DESK-2 stands twice, with different contents"),
        (lambda issue: issue["fields"].pop("created"), "column fields.created: is missing"),
    ],
)
def test_a_value_that_does_not_fit_is_named_by_record_and_field(change: Change, what: str) -> None:
    assert what in refusal(jira, changed(change))


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (SAMPLE[:40], "the file ends"),
        (b"", ""),
        (b'{"issues": [' + b"[" * 100_000, "nested too deeply"),
    ],
)
def test_damage_is_told_plainly(content: bytes, what: str) -> None:
    if content:
        assert what in refusal(jira, content)
    else:
        assert read(jira, content)[0] == []


@settings(deadline=None)
@given(damaged(SAMPLE))
def test_any_damage_ends_in_a_result_or_a_plain_refusal(content: bytes) -> None:
    _end_well(content)


@settings(deadline=None)
@given(damaged(TABLE))
def test_so_does_damage_to_a_table(content: bytes) -> None:
    _end_well(content)


@settings(deadline=None)
@given(st.data())
def test_so_do_values_of_other_types(data: st.DataObject) -> None:
    _end_well(data.draw(bent(document())))


def _end_well(content: bytes) -> None:
    try:
        tickets, _ = read(jira, content)
    except UnusableExport as refused:
        assert str(refused)
    else:
        assert_orderly(tickets, "jira")
