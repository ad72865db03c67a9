"""A vendor's leg: its number and date, words to it, and rows that a replay makes equal."""

from __future__ import annotations

from uuid import UUID

import pytest

from commondesk.core.record import events as e
from commondesk.core.record.event import Actor, Side
from commondesk.core.record.instant import DAY, HOUR
from commondesk.desk import actions, projections
from commondesk.desk.models import MessageRow, OutgoingMail
from commondesk.ledger import words
from tests.desk.cast import MONDAY, OUTBOX, Cast

VENDOR = "help@printco.example"


def begun(cast: Cast) -> tuple[UUID, str]:
    ticket = cast.open()
    cast.does(cast.agent, ticket, actions.take, MONDAY)()
    begin = cast.does(cast.agent, ticket, actions.begin_vendor_leg, MONDAY)
    return ticket, begin(vendor="PrintCo", contact_address=VENDOR)


def test_its_number_and_date_become_known_later(cast: Cast) -> None:
    ticket, leg = begun(cast)
    change = cast.does(cast.agent, ticket, actions.change_vendor_leg, MONDAY + HOUR)
    change(leg=leg, reference="PC-7", due_at=MONDAY + DAY)
    (known,) = cast.ticket(ticket).vendor_legs
    assert (known.reference, known.due_at) == ("PC-7", MONDAY + DAY)
    assert cast.row(ticket).vendor_due_at == MONDAY + DAY
    assert cast.row(ticket).owner == cast.agent.uuid, "the inside owner stays"
    with pytest.raises(actions.IllegalStep, match="stands there already"):
        change(leg=leg, reference="PC-7", due_at=MONDAY + DAY)
    with pytest.raises(actions.IllegalStep, match="not at work"):
        change(leg="another", reference="", due_at=None)
    cast.does(cast.agent, ticket, actions.end_vendor_leg, MONDAY + DAY)(leg=leg)
    with pytest.raises(actions.IllegalStep, match="not at work"):
        change(leg=leg, reference="PC-8", due_at=None)


def test_rows_made_anew_equal_those_that_grew(cast: Cast) -> None:
    ticket, leg = begun(cast)
    write = cast.does(cast.agent, ticket, actions.write_to_vendor, MONDAY + HOUR)
    key = write(leg=leg, text="Which part?")
    actions.mark_delivered(cast.uuid, ticket, at=MONDAY + HOUR, actor=OUTBOX, message=key)
    begun_with = next(x.body for x in cast.history(ticket) if isinstance(x.body, e.VendorLegBegun))
    vendor = Actor(begun_with.contact, Side.VENDOR)
    actions.receive_message(
        cast.uuid, ticket, at=MONDAY + DAY, actor=vendor, text="The drum.", leg=leg
    )
    rows = MessageRow.objects.filter(ticket_id=ticket, leg=leg).order_by("position")
    assert [(row.kind, row.audience) for row in rows] == [
        ("vendor", "both_teams"),
        ("received", "both_teams"),
    ]
    assert rows[0].delivered_at == MONDAY + HOUR
    assert projections.differences(cast.uuid) == []


def test_erased_words_leave_the_mail_to_a_vendor_too(cast: Cast) -> None:
    ticket, leg = begun(cast)
    write = cast.does(cast.agent, ticket, actions.write_to_vendor, MONDAY)
    key = write(leg=leg, text="Ask for Paul Press.")
    body = next(x.body for x in cast.history(ticket) if isinstance(x.body, e.VendorWritten))
    words.erase(
        cast.uuid, [body.text.id], ground="art17", actor=cast.actor(cast.referent), at=MONDAY
    )
    projections.forget(cast.uuid, (body.text.id,))
    mail = OutgoingMail.objects.get(message=key)
    assert (bytes(mail.content), mail.state) == (b"", "failed")
    assert "Paul" not in MessageRow.objects.get(id=key).text


def test_words_to_a_vendor_answer_nobody(cast: Cast) -> None:
    ticket, leg = begun(cast)
    due = cast.row(ticket).due_at, cast.row(ticket).due_clock
    write = cast.does(cast.agent, ticket, actions.write_to_vendor, MONDAY + HOUR)
    key = write(leg=leg, text="Which part?")
    actions.mark_delivered(cast.uuid, ticket, at=MONDAY + HOUR, actor=OUTBOX, message=key)
    row = cast.row(ticket)
    assert (row.due_at, row.due_clock) == due, "no clock hears them"
    assert row.last_word_by != "Ada Gent"
    assert not cast.ticket(ticket).has_human_reply
