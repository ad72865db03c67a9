"""What stands in a mail of ours: threading, the signed address, and nobody else's headers."""

from __future__ import annotations

import re
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default

import pytest

from commondesk.accounts.models import Company, Person
from commondesk.core.record.instant import HOUR, MINUTE
from commondesk.desk import actions, notify
from commondesk.desk.models import MailRef, OutgoingMail, TicketRow

from .test_outbox import MONDAY, Cast, cast  # noqa: F401 - a fixture

NASTY = [
    "x\r\nBcc: evil@evil.example",
    "x\nBcc: evil@evil.example\n\nnew body",
    "x\rBcc: evil@evil.example",
    "x\u2028Bcc: evil@evil.example",
    "x\u0085Bcc: evil@evil.example",
    "=?utf-8?q?x=0D=0ABcc:_evil=40evil.example?=",
    "x\x01\x0b\x0cBcc: evil@evil.example",
    "%0d%0aBcc: evil@evil.example",
    "x" * 3000,
    "ж" * 500,
]


def read(mail: OutgoingMail) -> EmailMessage:
    parsed = BytesParser(policy=default).parsebytes(bytes(mail.content))
    assert isinstance(parsed, EmailMessage)
    return parsed


def text_of(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def came(cast: Cast, message_id: str) -> None:  # noqa: F811
    MailRef.objects.create(
        company=cast.company.uuid, message_id=message_id, ticket=cast.ticket, message="m"
    )


def test_it_names_the_desk_the_requester_and_the_ticket(cast: Cast) -> None:  # noqa: F811
    mail = read(cast.reply())
    assert str(mail["From"]) == "Acme desk <support@acme.example>"
    assert str(mail["To"]) == "Rita Requester <rita@acme.example>"
    assert mail["Subject"] == "Re: [ACME-1001] The printer is on fire"
    assert mail["Date"].datetime.isoformat() == "2025-03-10T10:00:00+00:00"
    assert mail["Auto-Submitted"] is None
    assert text_of(mail, "plain") == (
        "ACME-1001 · Acme desk\n\nTry again now.\n\n-- \nBen Agent · Acme desk · ACME-1001\n"
        "To write to us about this, just answer this mail.\n"
    )


def test_it_joins_the_thread(cast: Cast) -> None:  # noqa: F811
    came(cast, "<one@mail.example>")
    first = cast.reply("one")
    came(cast, "<two@mail.example>")
    second = read(cast.reply("two"))
    assert read(first)["In-Reply-To"] == read(first)["References"] == "<one@mail.example>"
    assert second["In-Reply-To"] == "<two@mail.example>"
    assert second["References"] == f"<one@mail.example> {first.message_id} <two@mail.example>"


def test_a_very_long_thread_keeps_its_beginning(cast: Cast) -> None:  # noqa: F811
    for count in range(120):
        came(cast, f"<{count}-{'x' * 200}@mail.example>")
    mail = cast.reply()
    references = str(read(mail)["References"]).split()
    assert len(references) == 50
    assert references[0].startswith("<0-")
    assert references[-1].startswith("<119-")
    assert all(re.fullmatch(r"<\d+-x{200}@mail.example>", each) for each in references)
    assert max(map(len, bytes(mail.content).split(b"\r\n"))) <= 998


def test_ids_are_random_and_stored(cast: Cast) -> None:  # noqa: F811
    ids = [cast.reply(str(count)).message_id for count in range(5)]
    assert len(set(ids)) == 5
    assert all(re.fullmatch(r"<[0-9a-f]{32}@acme.example>", each) for each in ids)
    assert MailRef.objects.filter(message_id__in=ids, emitted=True).count() == 5


def test_the_reply_address_is_signed_for_this_ticket_alone(cast: Cast) -> None:  # noqa: F811
    address = read(cast.reply())["Reply-To"].addresses[0].addr_spec
    assert re.fullmatch(r"support\+t-acme-1001\.[a-z2-7]{20}@acme\.example", address)
    found = notify.ticket_of_reply_address(address.upper())
    assert found is not None
    assert found.uuid == cast.ticket
    assert notify.ticket_of_reply_address(address.replace("1001", "1002")) is None
    assert notify.ticket_of_reply_address(f"{address[:-13]}x{address[-12:]}") is None
    assert notify.ticket_of_reply_address("support+t-acme-1001@acme.example") is None


@pytest.mark.parametrize("nasty", NASTY)
def test_no_text_of_people_adds_a_header_or_a_recipient(cast: Cast, nasty: str) -> None:  # noqa: F811
    TicketRow.objects.filter(uuid=cast.ticket).update(subject=nasty)
    Person.objects.filter(pk=cast.requester.pk).update(title=nasty[:200])
    Company.objects.filter(pk=cast.company.pk).update(title=nasty[:200])
    Person.objects.filter(pk=cast.agent.pk).update(title=nasty[:200])
    row = TicketRow.objects.get(uuid=cast.ticket)
    file = actions.keep_attachment(
        cast.company.uuid, cast.ticket, name=nasty, media_type=f"text/plain; {nasty}", content=b"x"
    )
    actions.reply(
        cast.company.uuid,
        cast.ticket,
        at=MONDAY + HOUR,
        actor=cast.actor,
        text=nasty,
        attachments=[file],
    )
    queued = OutgoingMail.objects.latest("id")
    head = bytes(queued.content).partition(b"\r\n\r\n")[0]
    assert b"\r\nbcc" not in head.lower()
    assert {name.lower() for name in read(queued)} == {
        *("from", "to", "reply-to", "subject", "date", "message-id"),
        *("mime-version", "content-type"),
    }
    assert queued.envelope_to == ["rita@acme.example"]
    assert row.requester == cast.requester.uuid


def test_html_holds_the_text_and_no_markup_of_it(cast: Cast) -> None:  # noqa: F811
    html = text_of(read(cast.reply("<script>x()</script>\n  indented & kept\n\nnext")), "html")
    assert "<script" not in html
    assert "&lt;script&gt;x()&lt;/script&gt;<br>\n\u00a0 indented &amp; kept</p>" in html
    assert html.count("<p ") == 4


def test_files_travel_with_it(cast: Cast) -> None:  # noqa: F811
    content = bytes(range(256)) * 100
    kept = actions.keep_attachment(
        cast.company.uuid,
        cast.ticket,
        name="Täst «1».png",
        media_type="image/png",
        content=content,
    )
    actions.reply(
        cast.company.uuid,
        cast.ticket,
        at=MONDAY + HOUR,
        actor=cast.actor,
        text="See the picture.",
        attachments=[kept],
    )
    (part,) = read(OutgoingMail.objects.latest("id")).iter_attachments()
    assert (part.get_filename(), part.get_content_type()) == ("Täst «1».png", "image/png")
    assert part.get_content() == content


def test_a_mail_for_one_person_goes_to_that_person_alone(cast: Cast) -> None:  # noqa: F811
    actions.reply(
        cast.company.uuid,
        cast.ticket,
        at=MONDAY + MINUTE,
        actor=cast.actor,
        text="For you.",
        to=[cast.agent.uuid],
    )
    assert OutgoingMail.objects.latest("id").envelope_to == ["ben@provider.example"]


def test_an_address_with_a_foreign_domain_travels_in_ascii(cast: Cast) -> None:  # noqa: F811
    Person.objects.filter(pk=cast.requester.pk).update(address="rita@bücher.example")
    mail = cast.reply()
    assert b"rita@xn--bcher-kva.example" in bytes(mail.content)
    assert notify.addresses_in_wire_form(mail.envelope_to) == ["rita@xn--bcher-kva.example"]
