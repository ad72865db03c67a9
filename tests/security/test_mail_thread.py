"""MAIL-07 and the guessing of threads: nobody reaches a ticket without the secret we gave out."""

from __future__ import annotations

import random
import secrets
from email.message import EmailMessage

import pytest

from commondesk.desk.models import MailRef, OutgoingMail, TicketRow
from commondesk.intake import matching
from commondesk.intake.mail.understood import Mailbox, Understood
from tests.intake.letters import (
    DESK,
    MONDAY,
    REQUESTER,
    Acme,
    filed,
    names_of,
    sent_out,
    ticket_of,
    written,
)

from .wire import ATTACKER, Wire

GUESSES = 1100
"""A tenth of the 11,000 of the test plan each time, with another seed."""


def opened() -> tuple[TicketRow, EmailMessage]:
    row = ticket_of(filed(written(), at=MONDAY))
    return row, sent_out(row)[-1]


@pytest.mark.parametrize(
    "addresses",
    [
        [f"support-{number}@acme.example" for number in range(1000, 1100)],
        [f"support+{number}@acme.example" for number in range(1000, 1100)],
        [f"support+t-acme-{number}@acme.example" for number in range(1000, 1100)],
        [f"support+t-acme-{n}.{'a' * 20}@acme.example" for n in range(1000, 1100)],
    ],
    ids=["other box", "number", "no signature", "guessed signature"],
)
def test_mail_07_a_hundred_threads_at_once(acme: Acme, wire: Wire, addresses: list[str]) -> None:
    rows = [ticket_of(filed(written(subject=f"Matter {count}"))) for count in range(5)]
    wire.filed()
    before = {row.uuid: names_of(row) for row in rows}
    for run in range(5):
        (mail,) = wire.send(written(sender=ATTACKER, text=f"Run {run}", to=DESK), to=addresses)
        assert mail.ticket not in before
    assert {row.uuid: names_of(row) for row in rows} == before
    assert TicketRow.objects.count() == 5 + 5, "one for each mail, however many it was for"
    told = [mail for mail in OutgoingMail.objects.all() if ATTACKER in mail.envelope_to]
    assert len(told) == 3, "nobody is told more often in an hour"


def test_mail_07_a_valid_address_among_a_hundred_is_worth_no_more(acme: Acme, wire: Wire) -> None:
    row, sent = opened()
    wire.filed()
    before = names_of(row)
    valid = str(sent["Reply-To"].addresses[0].addr_spec)
    some = [f"support+t-acme-{number}.{'a' * 20}@acme.example" for number in range(1000, 1099)]
    (mail,) = wire.send(written(sender=ATTACKER, to=valid), to=[valid, *some])
    assert (mail.state, mail.held_as) == ("held", "unverified")
    assert names_of(row) == before


@pytest.mark.django_db
def test_forged_tokens_prove_nothing(acme: Acme) -> None:
    row, sent = opened()
    valid = str(sent["Reply-To"].addresses[0].addr_spec)
    assert found(acme, valid) is not None
    dice = random.Random(0x5EC)
    letters = "abcdefghijklmnopqrstuvwxyz234567"
    for _ in range(GUESSES):
        number = row.number if dice.random() < 0.5 else dice.randrange(1, 3000)
        guess = "".join(dice.choice(letters) for _ in range(20))
        assert found(acme, f"support+t-acme-{number}.{guess}@acme.example") is None
    head, _, tail = valid.partition(".")
    for place in range(20):
        changed = tail[:place] + ("a" if tail[place] != "a" else "b") + tail[place + 1 :]
        assert found(acme, f"{head}.{changed}") is None


def found(acme: Acme, address: str) -> matching.Answered | None:
    return matching.answered(acme.uuid, Understood(sender=Mailbox(REQUESTER)), [address])


@pytest.mark.django_db
def test_forged_ids_prove_nothing(acme: Acme) -> None:
    row, sent = opened()
    ours = str(sent["Message-ID"])
    assert answered_by(acme, ours) is not None
    domain = ours.rpartition("@")[2]
    for number in range(GUESSES // 2):
        for guess in (
            f"<{secrets.token_hex(16)}@{domain}",
            f"<ticket-{row.number}-{number}@{domain}",
        ):
            assert answered_by(acme, guess) is None
    for changed in (
        ours.upper(),
        ours.replace("<", "< "),
        ours[:-1],
        ours[1:],
        f"{ours}x",
        ours.replace("@", "@x."),
    ):
        assert answered_by(acme, changed) is None
    assert MailRef.objects.filter(emitted=True).count() == 1


def answered_by(acme: Acme, message_id: str) -> matching.Answered | None:
    said = Understood(sender=Mailbox(REQUESTER), in_reply_to=(message_id,))
    return matching.answered(acme.uuid, said, [DESK])


@pytest.mark.django_db
def test_an_id_that_came_in_is_no_proof(acme: Acme) -> None:
    """Whoever got the same mail knows its id; only what we made ourselves is secret."""
    row = ticket_of(filed(written(Message_ID="<known@client.example>")))
    mail = filed(written(sender=ATTACKER, In_Reply_To="<known@client.example>"))
    assert mail.ticket not in (None, row.uuid)
    assert "ticket.linked" in names_of(ticket_of(mail))
