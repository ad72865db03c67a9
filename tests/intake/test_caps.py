"""What ends loops and storms, and what keeps the desk from bombing others."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default

import pytest

from commondesk.core.record.events import SenderCheck
from commondesk.core.record.instant import HOUR, MINUTE, SECOND, Instant, Span
from commondesk.desk import actions as desk
from commondesk.desk.models import OutgoingMail, TicketRow
from commondesk.intake import caps, filing, matching, reading
from commondesk.intake.caps import Turn, takes_turns
from commondesk.intake.models import RawMail

from .letters import (
    DESK,
    MONDAY,
    OUTSIDER,
    REQUESTER,
    Acme,
    filed,
    found_acme,
    kept,
    names_of,
    received_on,
    sent_out,
    ticket_of,
    written,
)
from .signing import Names, zone_of

WORDS = ("alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india")


@dataclass
class Responder:
    """A machine that answers every mail it gets with a new mail, and does not say what it is."""

    address: str
    subject: Callable[[int], str]
    text: Callable[[int], str] = lambda count: f"We have your message {count} and look into it."
    to: Callable[[EmailMessage], str] = lambda mail: str(mail["From"].addresses[0].addr_spec)
    delay: Span = 2 * SECOND
    got: int = 0
    answers: list[RawMail] = field(default_factory=list)

    def get(self, mail: EmailMessage, at: Instant) -> None:
        """Answers once its delay has passed."""
        self.got += 1
        to = self.to(mail)
        raw = written(
            sender=self.address,
            subject=self.subject(self.got),
            text=self.text(self.got),
            to=to,
            Message_ID=f"<{self.address}.{self.got}@machine.example>",
        )
        self.answers.append(filed(raw, at=at + self.delay, envelope_to=(to,)))


def run(responder: Responder, span: Span = 30 * MINUTE) -> None:
    """Hand over what is due to go out, and let the responder answer, for so long."""
    at = MONDAY + 2 * SECOND
    while at < MONDAY + span:
        for mail in OutgoingMail.objects.filter(sent_at=None).order_by("id"):
            # As the outbox does when the next server took it.
            OutgoingMail.objects.filter(pk=mail.pk).update(sent_at=at, state="sent")
            parsed = BytesParser(policy=default).parsebytes(bytes(mail.content))
            assert isinstance(parsed, EmailMessage)
            if responder.address in mail.envelope_to:
                responder.get(parsed, at)
        at += 10 * SECOND


def reply_to(mail: EmailMessage) -> str:
    return str(mail["Reply-To"].addresses[0].addr_spec)


# ---- loops --------------------------------------------------------------------------------


@pytest.mark.parametrize("delay", [0, 2 * SECOND, 5 * MINUTE])
def test_a_machine_that_acknowledges_is_held_at_its_first_answer(acme: Acme, delay: Span) -> None:
    """MAIL-13: one ticket, at most three automatic answers, and somebody is told of the loop."""
    responder = Responder(OUTSIDER, lambda count: f"Ticket received - {count}", delay=delay)
    filed(written(sender=OUTSIDER, subject="A first message"))
    run(responder)
    assert TicketRow.objects.count() == 1
    assert 1 <= responder.got <= 3
    assert {(each.state, each.held_as) for each in responder.answers} == {("held", "loop")}
    assert "ticket received" in responder.answers[0].reason.lower()
    other = filed(written(), at=MONDAY + 10 * MINUTE)
    assert len(sent_out(ticket_of(other))) == 1


def test_a_machine_with_unknown_words_is_held_once_it_takes_turns(acme: Acme) -> None:
    responder = Responder(OUTSIDER, lambda count: f"Grüezi {count}", lambda _: "Merci vilmal.")
    filed(written(sender=OUTSIDER, subject="A first message"))
    run(responder)
    assert TicketRow.objects.count() == 2
    assert responder.got == 2
    assert [each.held_as for each in responder.answers] == ["", "loop"]


def test_a_machine_that_never_says_the_same_falls_silent_with_us(acme: Acme) -> None:
    responder = Responder(
        OUTSIDER, lambda count: f"{WORDS[count]} {WORDS[-count]}", lambda count: WORDS[count] * 3
    )
    filed(written(sender=OUTSIDER, subject="A first message"))
    run(responder)
    assert responder.got == caps.MOST_ACKNOWLEDGEMENTS
    assert TicketRow.objects.count() <= 1 + caps.MOST_ACKNOWLEDGEMENTS


def test_a_machine_that_answers_where_we_ask_for_it_stays_on_its_ticket(acme: Acme) -> None:
    responder = Responder(OUTSIDER, lambda count: f"Ticket received - {count}", to=reply_to)
    row = ticket_of(filed(written(sender=OUTSIDER, subject="A first message")))
    run(responder)
    assert TicketRow.objects.count() == 1
    assert (responder.got, len(received_on(row))) == (1, 2)


def test_two_desks_fall_silent_within_three_mails(acme: Acme) -> None:
    """MAIL-15: what another desk like this one answers to our acknowledgement ends there."""
    first = filed(written(sender="support@other.example", subject="Hello there"))
    (ours,) = sent_out(ticket_of(first))
    theirs = written(
        sender="support@other.example",
        to=reply_to(ours),
        subject=str(ours["Subject"]),
        text=str(ours.get_body(("plain",))),
        Auto_Submitted=str(ours["Auto-Submitted"]),
    )
    answer = filed(theirs, at=MONDAY + MINUTE, envelope_to=(reply_to(ours),))
    assert answer.state == "filed"
    assert (TicketRow.objects.count(), OutgoingMail.objects.count()) == (1, 1)


LIKE, UNLIKE = "a" * 64, "b" * 64
AT = MONDAY + HOUR


def turn(ago: Span, likeness: str, answered_after: Span | None) -> Turn:
    began = AT - ago
    return Turn(began, likeness, None if answered_after is None else began + answered_after)


@pytest.mark.parametrize(
    ("earlier", "is_loop"),
    [
        ([], False),
        ([turn(5 * SECOND, LIKE, SECOND)], False),
        ([turn(5 * SECOND, LIKE, SECOND), turn(9 * SECOND, UNLIKE, SECOND)], True),
        # The first says the same: somebody who works off a list.
        ([turn(5 * SECOND, LIKE, SECOND), turn(9 * SECOND, LIKE, SECOND)], False),
        # It says something else than the one before.
        ([turn(5 * SECOND, UNLIKE, SECOND), turn(9 * SECOND, UNLIKE, SECOND)], False),
        # The one before was not answered, or long ago.
        ([turn(5 * SECOND, LIKE, None), turn(9 * SECOND, UNLIKE, SECOND)], False),
        ([turn(50 * SECOND, LIKE, SECOND), turn(60 * SECOND, UNLIKE, SECOND)], False),
        ([turn(5 * SECOND, LIKE, SECOND), turn(90 * SECOND, UNLIKE, SECOND)], False),
        # Our answer left after this one had come.
        ([turn(5 * SECOND, LIKE, 11 * SECOND), turn(9 * SECOND, UNLIKE, SECOND)], False),
        # It left while this one came: we note it a moment later.
        ([turn(5 * SECOND, LIKE, 6 * SECOND), turn(9 * SECOND, UNLIKE, SECOND)], True),
    ],
)
def test_what_taking_turns_is(earlier: Sequence[Turn], is_loop: bool) -> None:
    assert takes_turns(AT, LIKE, earlier) is is_loop


def test_the_words_of_a_machine_alone_are_no_loop(acme: Acme) -> None:
    """Nothing of ours went out: nobody can be answering it."""
    for count in range(3):
        mail = filed(written(subject=f"Ticket received - {count}"), at=MONDAY + count * MINUTE)
        assert mail.state == "filed"
    OutgoingMail.objects.update(state="sent", sent_at=MONDAY + 3 * MINUTE)
    assert filed(written(subject="Ticket received"), at=MONDAY + HOUR).state == "filed"


def test_many_mails_of_one_sender_are_no_loop(acme: Acme) -> None:
    """A person, or a script, that sends a list of matters quickly: each is a ticket."""
    for count in range(12):
        mail = filed(written(subject=f"Matter {count}"), at=MONDAY + count * 10 * SECOND)
        OutgoingMail.objects.filter(sent_at=None).update(
            sent_at=mail.received_at + SECOND, state="sent"
        )
        assert mail.state == "filed"
    assert TicketRow.objects.count() == 12


# ---- acknowledgements ---------------------------------------------------------------------


def test_three_an_hour_hold_within_one_batch(acme: Acme) -> None:
    for count in range(8):
        kept(written(subject=f"Matter {count}"))
    filing.file_waiting(MONDAY + SECOND)
    assert TicketRow.objects.count() == 8
    assert OutgoingMail.objects.count() == caps.MOST_ACKNOWLEDGEMENTS


def test_they_are_counted_over_all_companies(acme: Acme) -> None:
    found_acme("Beta", "beta.example")
    for count in range(4):
        filed(written(subject=f"Matter {count}"), envelope_to=(DESK, "support@beta.example"))
    filing.file_waiting(MONDAY + 10 * SECOND)
    assert TicketRow.objects.count() == 8
    assert OutgoingMail.objects.count() == caps.MOST_ACKNOWLEDGEMENTS


def strangers(count: int, domain: str = "victims.example") -> list[RawMail]:
    """Mails of so many addresses nobody knows, filed."""
    for place in range(count):
        kept(
            written(sender=f"v{place}@{domain}", subject=f"Buy {place}"), at=MONDAY + place * SECOND
        )
    filing.file_waiting(MONDAY + HOUR // 2)
    while filing.file_waiting(MONDAY + HOUR // 2):
        pass
    return list(RawMail.objects.order_by("id"))


def test_the_desk_bombs_no_domain(acme: Acme) -> None:
    """MAIL-16: whoever forges senders makes the desk write to at most so many of them."""
    mails = strangers(caps.MOST_TO_STRANGERS_OF_A_DOMAIN + 15)
    assert all(mail.ticket for mail in mails)
    assert OutgoingMail.objects.count() <= caps.MOST_TO_STRANGERS_OF_A_DOMAIN
    filed(written(sender="other@elsewhere.example"), at=MONDAY + HOUR // 2 + MINUTE)
    assert OutgoingMail.objects.count() <= caps.MOST_TO_STRANGERS_OF_A_DOMAIN + 1


def test_the_desk_bombs_nobody_at_all(acme: Acme) -> None:
    for place in range(caps.MOST_TO_STRANGERS + 15):
        kept(written(sender=f"v@victim-{place}.example"), at=MONDAY + place * SECOND)
    while filing.file_waiting(MONDAY + HOUR // 2):
        pass
    assert OutgoingMail.objects.count() <= caps.MOST_TO_STRANGERS
    known = filed(written(sender="v@victim-1.example"), at=MONDAY + HOUR // 2 + MINUTE)
    assert len(sent_out(ticket_of(known))) == 1
    later = filed(written(sender="new@acme.example"), at=MONDAY + 3 * HOUR)
    assert len(sent_out(ticket_of(later))) == 1


def test_whoever_is_shown_to_have_written_is_told(acme: Acme, names: Names) -> None:
    """On the first day of a desk the whole company is new to it."""
    names.zone = zone_of("big.example", spf="v=spf1 ip4:192.0.2.1 -all")
    count = caps.MOST_TO_STRANGERS + 5
    for place in range(count):
        kept(
            written(sender=f"p{place}@big.example"),
            at=MONDAY + place * SECOND,
            envelope_from=f"p{place}@big.example",
        )
    while filing.file_waiting(MONDAY + HOUR // 2):
        pass
    assert OutgoingMail.objects.count() == count


# ---- storms -------------------------------------------------------------------------------


@pytest.fixture
def small_caps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caps, "LATEST", 3)
    monkeypatch.setattr(caps, "MOST_TICKETS_OF_A_SENDER", 6)
    monkeypatch.setattr(caps, "MOST_ALERTS_OF_A_SENDER", 4)
    monkeypatch.setattr(caps, "MOST_MESSAGES_ON_A_TICKET", 5)


@pytest.mark.usefixtures("small_caps")
@pytest.mark.parametrize(("lines", "most"), [({}, 6), ({"Auto_Submitted": "auto-generated"}, 4)])
def test_a_storm_of_one_sender_is_held(acme: Acme, lines: dict[str, str], most: int) -> None:
    states = [
        filed(written(subject=f"Disk {count}", **lines), at=MONDAY + count * MINUTE).held_as
        for count in range(most + 3)
    ]
    assert states == [""] * most + ["storm"] * 3
    other = filed(written(sender=OUTSIDER), at=MONDAY + 20 * MINUTE)
    assert other.state == "filed"
    assert filed(written(subject="Later"), at=MONDAY + 2 * HOUR).state == "filed"


@pytest.mark.usefixtures("small_caps")
def test_a_storm_on_one_ticket_is_held(acme: Acme) -> None:
    row = ticket_of(filed(written()))
    address = reply_to(sent_out(row)[-1])
    states = [
        filed(
            written(to=address, text=f"And {count}"),
            at=MONDAY + count * MINUTE,
            envelope_to=(address,),
        ).held_as
        for count in range(1, 8)
    ]
    assert states == [""] * 4 + ["storm"] * 3


def test_a_ticket_is_reopened_by_mail_three_times_an_hour(acme: Acme) -> None:
    """MAIL-14: a machine that answers whenever the ticket is resolved."""
    row = ticket_of(filed(written()))
    address = reply_to(sent_out(row)[-1])
    for count in range(1, 7):
        at = MONDAY + count * 5 * MINUTE
        if TicketRow.objects.get(uuid=row.uuid).status != "resolved":
            desk.resolve(acme.uuid, row.uuid, at=at, actor=acme.agent_actor)
        mail = filed(
            written(to=address, text=f"Thanks {WORDS[count]}"),
            at=at + MINUTE,
            envelope_to=(address,),
        )
        assert mail.ticket == row.uuid
    assert names_of(row).count("ticket.reopened") == caps.MOST_REOPENS
    assert len(received_on(row)) == 7
    assert TicketRow.objects.get(uuid=row.uuid).status == "resolved"
    assert "reopens nothing" in mail.reason
    filed(written(to=address, text="Now?"), at=MONDAY + 3 * HOUR, envelope_to=(address,))
    assert TicketRow.objects.get(uuid=row.uuid).status == "open"


# ---- what it costs ------------------------------------------------------------------------


def test_the_facts_of_a_mail_take_few_questions(
    acme: Acme, django_assert_max_num_queries: Callable[..., object]
) -> None:
    row = ticket_of(filed(written()))
    (sent,) = sent_out(row)
    asked = {
        "a new matter of a stranger": (written(sender="new@acme.example"), 3),
        "a new matter": (written(subject="Other"), 3),
        "an answer by its id": (written(In_Reply_To=sent["Message-ID"]), 6),
        "an answer by its address": (written(to=reply_to(sent)), 6),
        "with a foreign id": (written(In_Reply_To="<x@y.example>"), 4),
    }
    for place, (what, (raw, most)) in enumerate(asked.items()):
        mail = kept(raw, at=MONDAY + place * MINUTE)
        done = reading.read(mail)
        assert done.said is not None, done.trouble
        with django_assert_max_num_queries(most, info=what):  # type: ignore[attr-defined]
            matching.facts_of(acme.uuid, mail, done.said, done.finding)
        done.clear()


def test_each_check_has_a_result_in_the_row(acme: Acme) -> None:
    mail = filed(written())
    assert (mail.check_result, mail.check_finding) == (
        SenderCheck.ABSENT,
        "spf=none dkim=none dmarc=none",
    )
    assert mail.sender == REQUESTER


def test_the_words_are_all_different() -> None:
    assert all(one != other for one, other in itertools.combinations(WORDS, 2))
