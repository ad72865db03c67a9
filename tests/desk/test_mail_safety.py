"""Whatever people write, a mail of ours has the headers that we set, and shows words as words."""

from __future__ import annotations

import random
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from html.parser import HTMLParser

import pytest

from commondesk.accounts import directory
from commondesk.accounts.models import Company, Person
from commondesk.core.record.instant import HOUR
from commondesk.desk import actions, notify
from commondesk.desk.mail import headers, written
from commondesk.desk.mail.written import File
from commondesk.desk.models import MailRef, OutgoingMail, TicketRow

from .test_outbox import MONDAY, Cast, cast  # noqa: F401 - a fixture

EVIL = "Bcc: evil@evil.example"
NASTY = [
    *(f"x{end}{EVIL}" for end in ("\r\n", "\n", "\r", "\u2028", "\u2029", "\u0085", "\v", "\f")),
    f"x\n\r\n{EVIL}\r\n\r\nnew body",
    f"x\r\n {EVIL}",
    f"x%0d%0a{EVIL}",
    "=?utf-8?q?x=0D=0ABcc:_evil=40evil.example?=",
    "=?utf-8?b?eA0KQmNjOiBldmlsQGV2aWwuZXhhbXBsZQ==?=",
    "=?utf-8?q?=3D=3Futf-8=3Fq=3F=0D=0ABcc=3A_evil=40evil.example=3F=3D?=",
    '"evil" <evil@evil.example>, x',
    "evil@evil.example, \\",
    '"; filename="evil.exe',
    "\u202eelpmaxe.live@live\u202c",
    "\x01\x1b[31m",  # U+0000 is in no database: it is replaced when words are kept
    "x" * 3000,
    "ж" * 500,
    "é" * 199 + "\U0001f600",
]
MARKUP = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<a href='javascript:alert(1)'>x</a>",
    "</p></body></html><iframe src=//evil.example>",
    "<!--<style>@import '//evil.example'</style>-->",
    "{{7*7}} {link} {subject}",
    "<svg/onload=alert(1)>",
    "&lt;script&gt;",
]
ALLOWED = {"html", "head", "meta", "title", "body", "p", "br", "a"}
MESSAGE_HEADERS = {
    *("from", "to", "cc", "reply-to", "subject", "date", "message-id"),
    *("in-reply-to", "references", "mime-version", "content-type"),
}


def rename(cast: Cast, words: str) -> None:  # noqa: F811
    """Put words of somebody hostile wherever people's words reach a mail."""
    TicketRow.objects.filter(uuid=cast.ticket).update(subject=words, last_word=words)
    Company.objects.filter(pk=cast.company.pk).update(title=words[:200])
    for person in (cast.requester, cast.agent):
        Person.objects.filter(pk=person.pk).update(title=words[:200])
        person.refresh_from_db()


def sent_with(cast: Cast, words: str) -> OutgoingMail:  # noqa: F811
    """A reply that holds the words everywhere: names, subject, text, a file's name and type."""
    rename(cast, words)
    other = directory.person_for_address(cast.company.uuid, "olaf@acme.example", "O", at=MONDAY)
    Person.objects.filter(pk=other.pk).update(title=words[:200])
    file = actions.keep_attachment(
        cast.company.uuid, cast.ticket, name=words, media_type=f"text/plain; {words}", content=b"x"
    )
    actions.reply(
        cast.company.uuid,
        cast.ticket,
        at=MONDAY + HOUR,
        actor=cast.actor,
        text=words,
        attachments=[file],
        to=[cast.requester.uuid],
        copies=[other.uuid],
    )
    return OutgoingMail.objects.latest("id")


def notice_with(cast: Cast, words: str) -> OutgoingMail:  # noqa: F811
    rename(cast, words)
    row = TicketRow.objects.get(uuid=cast.ticket)
    row.requester_title = words
    mail = notify.queue_notice(
        cast.company.uuid,
        row,
        cast.agent,
        "assigned_team",
        at=MONDAY,
        values={"person": words, "team": words, "share": words, "clock": words},
    )
    assert mail is not None
    return mail


def parsed(mail: OutgoingMail) -> EmailMessage:
    found = BytesParser(policy=default).parsebytes(bytes(mail.content))
    assert isinstance(found, EmailMessage)
    return found


def html_of(mail: OutgoingMail) -> str:
    body = parsed(mail).get_body(("html",))
    assert body is not None
    return str(body.get_content())


@pytest.mark.parametrize("nasty", NASTY)
def test_no_words_add_a_header_or_a_recipient(cast: Cast, nasty: str) -> None:  # noqa: F811
    MailRef.objects.create(
        company=cast.company.uuid, message_id=f"<a@b>{nasty}"[:998], ticket=cast.ticket, message="m"
    )
    for mail in (sent_with(cast, nasty), notice_with(cast, nasty)):
        head = bytes(mail.content).partition(b"\r\n\r\n")[0]
        extra = {"auto-submitted", "x-auto-response-suppress"}
        plain = message_from_bytes(bytes(mail.content))
        names = [name.lower() for name in plain.keys()]  # noqa: SIM118 - not a dict
        assert len(names) == len(set(names))
        assert set(names) <= MESSAGE_HEADERS | (extra if mail.kind == "notice" else set())
        assert head.isascii()
        assert b"\r" not in head.replace(b"\r\n", b"")
        assert b"\n" not in head.replace(b"\r\n", b"")
        assert max(map(len, bytes(mail.content).split(b"\r\n"))) <= 998
        inside = [part for part in plain.walk() if part is not plain]
        names_inside = {name.lower() for part in inside for name, _ in part.items()}
        assert names_inside <= {"content-type", "content-transfer-encoding", "content-disposition"}
    mail = OutgoingMail.objects.get(kind="message")
    assert mail.envelope_to == ["rita@acme.example", "olaf@acme.example"]
    reached = {
        address.addr_spec for name in ("To", "Cc") for address in parsed(mail)[name].addresses
    }
    assert reached == {"rita@acme.example", "olaf@acme.example"}


@pytest.mark.parametrize("nasty", NASTY)
def test_nothing_decodes_to_a_line_end(cast: Cast, nasty: str) -> None:  # noqa: F811
    plain = message_from_bytes(bytes(sent_with(cast, nasty).content))
    for name in ("From", "To", "Cc", "Reply-To", "Subject"):
        once = str(make_header(decode_header(plain[name]))).replace("\r\n ", " ")
        twice = str(make_header(decode_header(once)))
        assert not set("\r\n\u2028\u2029\u0085\u202e") & set(once.replace("\n ", "") + twice)


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.hrefs: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.hrefs += [value or "" for name, value in attrs if name == "href"]


@pytest.mark.parametrize("markup", MARKUP)
def test_markup_stays_words(cast: Cast, markup: str) -> None:  # noqa: F811
    for mail in (sent_with(cast, markup), notice_with(cast, markup)):
        html = html_of(mail)
        tags = Tags()
        tags.feed(html)
        assert tags.names <= ALLOWED
        assert tags.attributes <= {"lang", "charset", "name", "content", "style", "href"}
        ours = f"http://127.0.0.1:8000/c/{cast.company.prefix}/tickets/1001/"
        assert tags.hrefs == ([ours] if mail.kind == "notice" else [])
        assert "url(" not in html
        assert "@import" not in html.partition("<body")[0] or "&#x27;" in html
        text = parsed(mail).get_body(("plain",))
        assert text is not None
        assert markup in text.get_content()


def test_an_acknowledgement_repeats_no_word_of_the_sender(cast: Cast) -> None:  # noqa: F811
    TicketRow.objects.filter(uuid=cast.ticket).update(subject="BUY PILLS", last_word="BUY PILLS")
    row = TicketRow.objects.get(uuid=cast.ticket)
    actions.reply(
        cast.company.uuid,
        cast.ticket,
        at=MONDAY,
        actor=notify.ACKNOWLEDGEMENT,
        text=notify.acknowledgement_text(row),
        to=[cast.requester.uuid],
    )
    mail = parsed(OutgoingMail.objects.latest("id"))
    assert mail["Subject"] == "[ACME-1001] We have your request"
    assert "PILLS" not in str(mail)
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["X-Auto-Response-Suppress"] == "All"


def test_a_notice_can_be_answered_and_says_that_a_machine_wrote_it(cast: Cast) -> None:  # noqa: F811
    queued = notice_with(cast, "x")
    mail = parsed(queued)
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "All"
    found = notify.ticket_of_reply_address(mail["Reply-To"].addresses[0].addr_spec)
    assert found is not None
    assert found.uuid == cast.ticket
    ref = MailRef.objects.get(message_id=queued.message_id)
    assert (ref.ticket, ref.message, ref.emitted) == (cast.ticket, "", True)
    assert not MailRef.objects.filter(message_id=mail["References"]).exists()
    reply = parsed(cast.reply("to the requester"))
    assert queued.message_id not in str(reply["References"])


def test_a_notice_for_nobody_is_none(cast: Cast) -> None:  # noqa: F811
    row = TicketRow.objects.get(uuid=cast.ticket)
    cast.agent.address = None
    assert notify.queue_notice(cast.company.uuid, row, cast.agent, "assigned", at=MONDAY) is None
    cast.requester.is_active = False
    notified = notify.queue_notice(cast.company.uuid, row, cast.requester, "copied", at=MONDAY)
    assert notified is None
    assert not OutgoingMail.objects.exists()


def test_a_notice_waits_until_it_may_come(cast: Cast) -> None:  # noqa: F811
    row = TicketRow.objects.get(uuid=cast.ticket)
    mail = notify.queue_notice(
        cast.company.uuid, row, cast.agent, "neared", at=MONDAY, not_before=MONDAY + HOUR
    )
    assert mail is not None
    assert (mail.next_attempt_at, mail.created_at) == (MONDAY + HOUR, MONDAY)


# ---- the writer alone ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "value", ["x\r\nBcc: y", "x\nBcc: y", "x\rBcc: y", "x\r\n\r\nbody", "x\r\n", "x\r\n\t\r\n y"]
)
def test_a_header_that_became_two_is_not_sent(value: str) -> None:
    with pytest.raises(headers.UnsafeMail):
        written.mail_bytes([("Subject", value)], "text", "<p>text")


def test_no_mailbox_out_of_what_is_none() -> None:
    for address in ("", "x", "a@b, c@d", "a b@c", "<a@b>", "a@b>\r\nx", "a@b\u2028c"):
        with pytest.raises(ValueError, match="no mail address"):
            headers.mailbox(address, "x")


def test_files_come_back_byte_for_byte_under_their_names() -> None:
    chance = random.Random(3)
    files = [
        File("plain.txt", "text/plain", b"one\ntwo\r\n.\r\n"),
        File("Täst «1» " + "ж" * 150 + ".png", "image/png", chance.randbytes(100_000)),
        File('a "b" \\ c.csv', "text/csv", b""),
        File("../../etc/passwd\r\nX: y", "message/rfc822", b"From: a\r\n\r\nhello"),
        File("", "not a type", b"x"),
    ]
    content = written.mail_bytes([("Subject", "x")], "text", "<p>text", files)
    mail = BytesParser(policy=default).parsebytes(content)
    parts = list(mail.iter_attachments())
    assert [part.get_payload(decode=True) for part in parts] == [each.content for each in files]
    assert [part.get_filename() for part in parts] == [
        "plain.txt",
        files[1].name,
        'a "b" \\ c.csv',
        "../../etc/passwd X: y",
        "file",
    ]
    assert [part.get_content_type() for part in parts] == [
        *("text/plain", "image/png", "text/csv"),
        *("application/octet-stream", "application/octet-stream"),
    ]


@pytest.mark.parametrize("seed", range(20))
def test_texts_of_any_kind_arrive_as_they_were(seed: int) -> None:
    chance = random.Random(seed)
    letters = [
        "a",
        " ",
        "\n",
        ".",
        "=",
        "é",
        "ж",
        "日",
        "\U0001f600",
        "\t",
        "From ",
        "--",
        "x" * 200,
    ]
    text = "".join(chance.choices(letters, k=chance.randrange(1, 800))).strip("\n") + "|"
    content = written.mail_bytes([("Subject", "x")], text, "<p>")
    body = BytesParser(policy=default).parsebytes(content).get_body(("plain",))
    assert body is not None
    assert body.get_content().replace("\r\n", "\n") == text + "\n"
    assert max(map(len, content.split(b"\r\n"))) <= 998


@pytest.mark.parametrize("seed", range(20))
def test_subjects_and_names_of_any_kind_arrive_as_they_were(seed: int) -> None:
    chance = random.Random(seed)
    letters = [
        "a",
        "bc ",
        "é",
        "ж",
        "日本",
        "\U0001f600",
        '"',
        "\\",
        "(",
        ",",
        "<",
        "=",
        "?",
        "x" * 60,
    ]
    line = headers.one_line("".join(chance.choices(letters, k=chance.randrange(1, 60))))
    if not line:
        line = "x"
    content = written.mail_bytes(
        [("Subject", headers.text(line)), ("To", headers.mailbox("a@b.example", line[:150]))],
        "text",
        "<p>",
    )
    plain = message_from_bytes(content)
    assert str(make_header(decode_header(plain["Subject"].replace("\r\n ", " ")))) == line
    (only,) = BytesParser(policy=default).parsebytes(content)["To"].addresses
    assert only.addr_spec == "a@b.example"


def test_a_long_list_of_ids_keeps_the_first_and_the_latest() -> None:
    ids = [f"<{number}{'x' * 900}@b.example>" for number in range(50)]
    kept = headers.message_ids([*ids, "<bad id@x>", "nothing"]).split()
    assert sum(map(len, kept)) <= headers.LONGEST_IDS
    assert (kept[0], kept[-1]) == (ids[0], ids[-1])
