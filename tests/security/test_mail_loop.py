"""MAIL-13 and MAIL-15 over a real connection. With simulated time: tests/intake/test_caps.py."""

from __future__ import annotations

from email.message import EmailMessage

from commondesk.desk.models import OutgoingMail, TicketRow
from commondesk.intake.models import RawMail
from commondesk.ledger.now import instant_now
from tests.intake.letters import DESK, Acme, sent_out, ticket_of, written

from .wire import Wire

ROBOT = "robot@responder.example"


def handed_over(address: str) -> list[OutgoingMail]:
    """What goes to that address now; marked as the outbox does when the next server took it."""
    some = [
        mail for mail in OutgoingMail.objects.filter(sent_at=None) if address in mail.envelope_to
    ]
    OutgoingMail.objects.filter(pk__in=[mail.pk for mail in some]).update(
        sent_at=instant_now(), state="sent"
    )
    return some


def test_mail_13_a_responder_that_hides_what_it_is(acme: Acme, wire: Wire) -> None:
    wire.send(written(sender=ROBOT, subject="A first message"), sender=ROBOT)
    got, answers = 0, []
    for _ in range(30):
        for _mail in handed_over(ROBOT):
            got += 1
            raw = written(
                sender=ROBOT,
                subject=f"Ticket received - {got}",
                text="We have it.",
                Message_ID=f"<{got}@responder.example>",
            )
            answers += wire.send(raw, sender=ROBOT)
    assert 1 <= got <= 3
    assert TicketRow.objects.count() == 1
    assert {each.held_as for each in answers} == {"loop"}
    assert all(each.reason for each in answers), "the page of held mail says why"
    (other,) = wire.send(written(subject="Another matter"))
    assert len(sent_out(ticket_of(other))) == 1


def test_mail_15_two_desks_that_acknowledge_each_other(acme: Acme, wire: Wire) -> None:
    """The other desk is one like this: it answers what it gets as this one does."""
    other = "support@other.example"
    wire.send(written(sender=other, subject="Hello there"), sender=other)
    exchanged = 1
    while waiting := handed_over(other):
        for mail in waiting:
            exchanged += 1
            raw = as_the_other_desk(bytes(mail.content), other)
            wire.send(raw, sender=other, to=(DESK,))
            exchanged += 1
    assert exchanged <= 3
    assert TicketRow.objects.count() == 1
    assert RawMail.objects.exclude(state="filed").count() == 0


def as_the_other_desk(ours: bytes, address: str) -> bytes:
    """The acknowledgement of another desk like this one: the same lines, with its address."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = address, DESK, "[OTHER-1] We have your request"
    mail["Auto-Submitted"] = "auto-replied"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(f"Thank you. It is OTHER-1. ({len(ours)} bytes came.)")
    return mail.as_bytes()
