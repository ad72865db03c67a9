"""The first automatic answer: to whom, how often, and that it carries nobody's words."""

from __future__ import annotations

import pytest

from commondesk.core.record.event import Side
from commondesk.core.record.instant import HOUR, MINUTE, SECOND
from commondesk.desk.models import OutgoingMail

from .letters import MONDAY, REQUESTER, Acme, events_of, filed, sent_out, ticket_of, written


def test_it_says_the_number_what_comes_next_and_by_when(acme: Acme) -> None:
    row = ticket_of(filed(written()))
    (mail,) = sent_out(row)
    assert mail["Subject"] == "[ACME-1001] We have your request"
    assert mail["To"].addresses[0].addr_spec == REQUESTER
    body = mail.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert "it is ACME-1001." in text
    assert "What happens next: a person reads it and answers you, by Mon 10 Mar 2025" in text
    assert "(Europe/London) at the latest." in text


def test_it_says_that_a_machine_wrote_it(acme: Acme) -> None:
    (mail,) = sent_out(ticket_of(filed(written(Message_ID="<a@b.example>"))))
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert (mail["In-Reply-To"], mail["References"]) == ("<a@b.example>", "<a@b.example>")


def test_it_is_in_the_record_as_a_machines_message(acme: Acme) -> None:
    last = events_of(ticket_of(filed(written())))[-1]
    assert (last.name, last.actor.side) == ("message.written", Side.MACHINE)
    assert last.body.is_templated  # type: ignore[attr-defined]


def test_it_carries_no_word_of_the_sender(acme: Acme) -> None:
    raw = written(sender=f"Buy-Pills <{REQUESTER}>", subject="Pills pills", text="pills pills")
    (mail,) = sent_out(ticket_of(filed(raw)))
    parts = [part.get_content() for part in mail.walk() if not part.is_multipart()]
    assert "pills" not in f"{mail['Subject']} {parts}".lower()


def test_three_an_hour_and_address_then_silence(acme: Acme) -> None:
    for count in range(6):
        filed(written(subject=f"Matter {count}"), at=MONDAY + count * MINUTE)
    assert OutgoingMail.objects.count() == 3
    filed(written(sender="other@acme.example"), at=MONDAY + 7 * MINUTE)
    assert OutgoingMail.objects.count() == 4
    filed(written(subject="Later"), at=MONDAY + HOUR + 10 * SECOND)
    assert OutgoingMail.objects.count() == 5


@pytest.mark.parametrize(
    "lines",
    [
        {"X_Auto_Response_Suppress": "All"},
        {"X_Auto_Response_Suppress": "DR, OOF, AutoReply"},
        {"sender": "no-reply@shop.example"},
    ],
)
def test_where_no_answer_is_wanted_there_is_none(acme: Acme, lines: dict[str, str]) -> None:
    assert sent_out(ticket_of(filed(written(**lines)))) == []


def test_two_desks_fall_silent(acme: Acme) -> None:
    """Our acknowledgement comes back to us as it left, and as another desk's answer to it."""
    row = ticket_of(filed(written()))
    (mail,) = sent_out(row)
    echo = filed(mail.as_bytes(), at=MONDAY + MINUTE)
    assert (echo.state, echo.automatic) == ("filed", "Auto-Submitted: auto-replied")
    answer = written(text="We have yours too", Auto_Submitted="auto-replied")
    filed(answer, at=MONDAY + 2 * MINUTE)
    assert OutgoingMail.objects.count() == 1
