"""Pictures within a mail: found by the id that the mail gave them."""

from __future__ import annotations

import struct
import zlib
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from django.conf import settings

from commondesk.desk.content import rendering, views
from commondesk.desk.content.passes import Pass
from commondesk.desk.models import MessageRow, TicketRow
from commondesk.intake.models import RawMail

from .letters import DESK, REQUESTER, Acme, filed, received_on, sent_out, ticket_of

pytestmark = pytest.mark.django_db
ORIGIN = str(settings.CONTENT_ORIGIN)


def dot() -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")
    )


def with_picture(html: str, content_id: str, to: str = DESK) -> RawMail:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"Rita <{REQUESTER}>", to, "Look"
    mail.set_content("Look at this.")
    mail.add_alternative(html, subtype="html")
    related = mail.get_payload()[1]  # type: ignore[index]
    assert isinstance(related, EmailMessage)
    related.add_related(
        dot(), "image", "png", cid=f"<{content_id}>", filename="image.png", disposition="inline"
    )
    return filed(mail.as_bytes(policy=SMTP), envelope_to=(to,))


def shown(acme: Acme, message: MessageRow) -> str:
    given = Pass(company=acme.uuid, person=acme.founder.uuid, message=message.id)
    page = views.Shown(message, given, ORIGIN)
    return rendering.rendered(
        message.html, inline=lambda content_id: views.inline_address(page, content_id)
    ).html


def picture_url(acme: Acme, row: TicketRow) -> str:
    return shown(acme, received_on(row)[-1]).partition('<img src="')[2].partition('"')[0]


@pytest.mark.parametrize(
    ("content_id", "reference"),
    [
        ("ii_abc123", "ii_abc123"),
        ("ii_ABC123", "ii_abc123"),
        ("part1.A&B@acme.example", "part1.A&amp;B@acme.example"),
        ("part1.AB@acme.example", "part1.AB%40acme.example"),
    ],
)
def test_a_picture_is_shown_by_the_id_it_has_in_the_mail(
    acme: Acme, content_id: str, reference: str
) -> None:
    mail = with_picture(f'<p>Look: <img alt="x" src="cid:{reference}"></p>', content_id)
    row = ticket_of(mail)
    (file,) = received_on(row)[0].attachments
    assert file["id"] in received_on(row)[0].html
    assert f'src="{ORIGIN}/content/inline?' in shown(acme, received_on(row)[0])


def test_in_an_answer_too(acme: Acme) -> None:
    row = ticket_of(with_picture('<img src="cid:ii_1">', "ii_1"))
    to = sent_out(row)[0]["Reply-To"].addresses[0].addr_spec
    answer = with_picture('<p>Again: <img src="cid:ii_2"></p>', "ii_2", to=to)
    assert ticket_of(answer) == row
    assert picture_url(acme, row).startswith(f"{ORIGIN}/content/inline?")


def test_an_id_that_the_mail_does_not_have_shows_nothing(acme: Acme) -> None:
    row = ticket_of(with_picture('<p>src="cid:ii_1" <img src="cid:ii_9"></p>', "ii_1"))
    (message,) = received_on(row)
    assert 'src="cid:ii_1"' in message.html
    assert "/content/inline?" not in shown(acme, message)
