"""Reading Zammad's tickets, histories and articles.

The samples are made up, in the format of https://docs.zammad.org/en/latest/api/ticket/index.html.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commondesk.core.record import events as e
from commondesk.core.record.event import Side
from commondesk.core.record.ticket import Status
from commondesk.readers import export, zammad
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

FILES = {path.stem: path.read_bytes() for path in sorted((SAMPLES / "zammad").glob("*.json"))}
Document = dict[str, Any]


def document() -> Document:
    """All pages as one document."""
    pages = {name: json.loads(content) for name, content in FILES.items()}
    histories = [pages["ticket_history_7"], pages["ticket_history_8"]]
    return {
        "tickets": pages["tickets"],
        "history": [entry for each in histories for entry in each["history"]],
        "articles": pages["ticket_articles_7"] + pages["ticket_articles_8"],
        "assets": histories[0]["assets"],
    }


SAMPLE = as_json(document())


def changed(change: Callable[[Document], object]) -> bytes:
    found = document()
    change(found)
    return as_json(found)


def both() -> dict[str, ExportedTicket]:
    return {ticket.number: ticket for ticket in read(zammad, *FILES.values())[0]}


# ---- what records mean ----------------------------------------------------------------------


def test_a_ticket_becomes_the_events_that_history_and_articles_mean() -> None:
    assert told(both()["22007"]) == [
        "03-10T09:00 requester ticket.opened",
        "03-10T09:00 requester ticket.prioritised",
        "03-10T09:00 requester ticket.assigned",
        "03-10T09:00 requester message.received",
        "03-10T09:00 machine message.written",
        "03-10T09:00 machine message.delivered",
        "03-10T09:00 machine ticket.prioritised",
        "03-10T09:19 provider ticket.taken",
        "03-10T09:20 provider message.written",
        "03-10T09:20 machine message.delivered",
        "03-10T09:20 provider wait.begun",
        "03-10T09:30 provider note.written",
        "03-10T11:00 requester message.received",
        "03-10T11:00 requester wait.ended",
        "03-10T11:10 provider ticket.assigned",
        "03-10T12:30 provider ticket.absorbed",
        "03-11T09:00 provider message.written",
        "03-11T09:00 machine message.delivered",
        "03-11T09:00 provider ticket.resolved",
        "03-12T08:00 requester message.received",
        "03-12T08:00 requester ticket.reopened",
        "03-12T08:30 requester message.received",
        "03-12T10:00 provider ticket.resolved",
    ]


def test_its_events_add_up_to_the_ticket() -> None:
    ticket = folded(both()["22007"])
    assert (ticket.status, ticket.reopens, ticket.team) == (Status.RESOLVED, 1, "Yard team")
    assert (ticket.priority, ticket.channel) == (e.Priority.P2, e.Channel.MAIL)
    assert ticket.owner == export.person_id(ACME, "zammad", "Paul Berg")
    assert ticket.requester == export.person_id(ACME, "zammad", "Rita Lind")
    assert both()["22007"].subject == "Crane display stays dark"


def test_a_merged_ticket_goes_into_the_other() -> None:
    first, second = both()["22007"], both()["22008"]
    assert bodies(second, e.TicketMerged) == [e.TicketMerged(first.stream)]
    assert bodies(first, e.TicketAbsorbed) == [e.TicketAbsorbed(second.stream)]
    assert folded(second).status is Status.MERGED


def test_a_merge_with_a_ticket_outside_the_export_is_only_told() -> None:
    pages = {name: content for name, content in FILES.items() if not name.endswith("_8")}
    pages["tickets"] = as_json(json.loads(pages["tickets"])[:1])
    tickets, quality = read(zammad, *pages.values())
    assert bodies(tickets[0], e.TicketAbsorbed) == []
    assert quality.findings["merged"].examples == ["22007"]


def test_a_call_that_an_agent_took_was_opened_live_by_the_customer() -> None:
    opened = both()["22008"].drafts[0].body
    assert isinstance(opened, e.TicketOpened)
    assert (opened.opening, opened.channel) == (e.Opening.LIVE, e.Channel.PHONE)
    assert words_from(both()["22008"], Side.REQUESTER, e.MessageReceived) == [
        "Rita says that crane 4 is dark."
    ]


def test_events_are_orderly_and_every_record_leaves_a_trace() -> None:
    assert_orderly(read(zammad, *FILES.values())[0], "zammad")


def test_the_systems_and_internal_words_are_no_persons_reply() -> None:
    ticket = both()["22007"]
    assert words_from(ticket, Side.MACHINE, e.MessageWritten) == ["Your request was received."]
    assert words_from(ticket, Side.PROVIDER, e.NoteWritten) == ["Looks like the fuse."]
    assert words_from(ticket, Side.PROVIDER, e.MessageReceived) == []
    assert words_from(ticket, Side.REQUESTER, e.MessageReceived)[-1] == "Mine, too."
    assert ticket.people["Zammad user 21"] is Side.REQUESTER


def test_a_public_note_is_a_reply_that_is_told_apart() -> None:
    _, quality = read(zammad, *FILES.values())
    assert quality.findings["public_notes"].examples == ["22007", "22008"]


def test_a_mapping_says_what_words_of_ones_own_mean() -> None:
    content = changed(lambda found: found["history"][4].update(value_to="with the vendor"))
    tickets, _ = read(zammad, content, mapping="states: {With the vendor: waiting vendor}")
    (wait,) = bodies(tickets[0], e.WaitBegun)
    assert wait.on is e.WaitReason.VENDOR  # type: ignore[attr-defined]
    assert "the mapping is no YAML" in refusal(zammad, SAMPLE, mapping="{")


def test_one_document_lines_and_archives_are_read_alike() -> None:
    whole = sorted(map(told, read(zammad, *FILES.values())[0]))
    found = document()
    lines = as_lines([*found["tickets"], *found["history"], *found["articles"]])
    lines += as_lines([{"users": [*found["assets"]["User"].values()]}])
    for content in (SAMPLE, lines, zipped(**FILES)):
        assert sorted(map(told, read(zammad, content)[0])) == whole


def test_it_recognises_its_files() -> None:
    assert guessed(*FILES.values()) == guessed(SAMPLE) == "zammad"
    users = as_json([{"id": 3, "firstname": "Rita", "lastname": "Lind", "roles": ["Customer"]}])
    assert guessed(*FILES.values(), users) == "zammad"


# ---- damage ---------------------------------------------------------------------------------


def test_without_articles_there_is_no_response() -> None:
    tickets, quality = read(zammad, changed(lambda found: found.pop("articles")))
    assert bodies(tickets[0], e.MessageWritten) == []
    assert quality.carries["attainment.response"].support is Support.NONE
    assert quality.count_of("articles") == 2


def test_removed_tickets_are_dropped() -> None:
    def remove(found: Document) -> None:
        found["history"][-1]["value_to"] = "removed"

    tickets, quality = read(zammad, changed(remove))
    assert [ticket.number for ticket in tickets] == ["22007"]
    assert quality.count_of("removed") == 1


def test_records_that_stand_twice_are_dropped_once() -> None:
    tickets, quality = read(zammad, SAMPLE, SAMPLE)
    assert sorted(map(told, tickets)) == sorted(map(told, both().values()))
    assert quality.count_of("twins") == 27


def test_somebody_whose_role_is_not_told_counts_for_no_side() -> None:
    tickets, quality = read(
        zammad, changed(lambda found: found["history"][7].update(created_by_id=99))
    )
    assert "03-10T11:10 machine ticket.assigned" in told(tickets[0])
    assert quality.findings["roles"].examples == ["Zammad user 99"]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda d: d["history"][4].update(value_to="limbo"), "column state: 'limbo' is not known"),
        (lambda d: d["history"][2].update(value_to="9"), "column priority: '9' is not known"),
        (lambda d: d["history"][3].update(id_to=None), "column history.id_to: is missing"),
        (lambda d: d["history"][3].update(created_at="soon"), "created_at: 'soon' is no time"),
        (lambda d: d["history"][3].update(id="x"), "column history.id: 'x' is no whole number"),
        (lambda d: d["history"][3].update(id=101), "101 stands twice, with different contents"),
        (lambda d: d["history"][3].pop("object"), "column object: is missing"),
        (lambda d: d["articles"][0].update(sender="Ghost"), "'Ghost' is not known"),
        (lambda d: d["articles"][0].update(internal=None), "column article.internal: is missing"),
        (lambda d: d["articles"][0].update(internal="no"), "wants true or false"),
        (lambda d: d["articles"][0].update(body={}), "column article.body: wants text"),
        (lambda d: d["articles"][0].pop("ticket_id"), "column ticket_id: is missing"),
        (lambda d: d["tickets"][0].pop("number"), "column number: is missing"),
        (lambda d: d["tickets"][0].pop("customer_id"), "column customer_id: is missing"),
        (lambda d: d["tickets"][0].pop("group") and d["history"].pop(7), "column group: is not"),
        (lambda d: d["tickets"].pop(0), "ticket 7 itself is not in the export"),
        (lambda d: d.update(history=d["history"][:12]), "column history: is missing: add"),
    ],
)
def test_a_value_that_does_not_fit_is_named_by_record_and_field(
    change: Callable[[Document], object], what: str
) -> None:
    text = refusal(zammad, changed(change))
    assert text.startswith("row ")
    assert what in text


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (SAMPLE[:50], "the file ends"),
        (b"[" * 100_000, "nested too deeply"),
        (SAMPLE.replace(b"Rita", b"\xff", 1), "is not UTF-8"),
        (b'[{"surprise": 1}]', "is neither a ticket, an article"),
    ],
)
def test_damage_is_told_plainly(content: bytes, what: str) -> None:
    assert what in refusal(zammad, content)


@settings(deadline=None)
@given(damaged(SAMPLE))
def test_any_damage_ends_in_a_result_or_a_plain_refusal(content: bytes) -> None:
    _end_well(content)


@settings(deadline=None)
@given(st.data())
def test_so_do_values_of_other_types(data: st.DataObject) -> None:
    _end_well(data.draw(bent(document())))


def _end_well(content: bytes) -> None:
    try:
        tickets, _ = read(zammad, content)
    except UnusableExport as refused:
        assert str(refused)
    else:
        assert_orderly(tickets, "zammad")
