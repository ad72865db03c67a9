"""Mails made to break readers: each is read in bounded time and space, and nothing is lost."""

import random
import time
from pathlib import Path

import pytest

from commondesk.intake.mail.reading import understand, understand_little
from commondesk.intake.mail.understood import Understood

HEAD = b"From: rita@acme.example\r\nSubject: s\r\nMIME-Version: 1.0\r\n"
SECONDS = 6.0  # twice the goal and more: the machine of a test may be busy


def nested(depth: int) -> bytes:
    lines = [HEAD]
    for level in range(depth):
        lines.append(
            b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (level, level)
        )
    lines.append(b"Content-Type: text/plain\r\n\r\nthe heart\r\n")
    return b"".join(lines)


def parts(count: int) -> bytes:
    part = b"--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\nx\r\n"
    return HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + part * count + b"--b--\r\n"


def of_html(html: bytes) -> bytes:
    return HEAD + b"Content-Type: text/html\r\n\r\n" + html


HOSTILE = {
    "3,000 levels": nested(3000),
    "10,000 parts": parts(10_000),
    "200 messages in messages": HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 200 + b"x",
    "2 MB of headers": HEAD + b"X-Long: " + b"y" * 2_000_000 + b"\r\n\r\nbody\r\n",
    "100,000 header lines": HEAD + b"X: y\r\n" * 100_000 + b"\r\nbody\r\n",
    "50,000 addresses": HEAD + b"To: " + b"a@b.example, " * 50_000 + b"\r\n\r\nbody\r\n",
    "unclosed quotes": HEAD + b'To: "' + b"a@b.example, " * 5_000 + b"\r\n\r\nbody\r\n",
    "nested comments": HEAD + b"To: " + b"(" * 50_000 + b"\r\n\r\nbody\r\n",
    "angle brackets": HEAD + b"To: " + b"<" * 50_000 + b"\r\n\r\nbody\r\n",
    "no boundary": HEAD + b"Content-Type: multipart/mixed\r\n\r\n--b\r\n\r\nx\r\n",
    "boundary without end": HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx",
    "prefix boundary": HEAD
    + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--bb\r\n\r\nx\r\n--b\r\n\r\nreal\r\n--b--",
    "empty boundary": HEAD + b'Content-Type: multipart/mixed; boundary=""\r\n\r\n--\r\n\r\nx\r\n',
    "many dashes": HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b" * 300_000,
    "parameters": HEAD + b"Content-Type: text/plain; " + b'a="b"; ' * 20_000 + b"\r\n\r\nbody\r\n",
    "semicolons": HEAD + b"Content-Type: text/plain" + b'";' * 20_000 + b"\r\n\r\nbody\r\n",
    "RFC 2231": HEAD + b"Content-Type: text/plain; name*999999999*=x; name*0*=u'\r\n\r\nbody\r\n",
    "garbage base64": HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n" + b"=@!" * 100_000,
    "uuencode": HEAD
    + b"Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 x\r\n\xff\xff\xff\r\nend\r\n",
    "encoded words": HEAD + b"Subject: " + b"=?utf-8?q?=E2?= " * 10_000 + b"\r\n\r\nbody\r\n",
    "half encoded words": HEAD + b"Subject: " + b"=?a?q?" * 10_000 + b"\r\n\r\nbody\r\n",
    "NUL": HEAD.replace(b"Subject: s", b"Subject: a\x00b") + b"\r\n\x00\x00body\r\n",
    "deep HTML": of_html(b"<div>" * 100_000 + b"x"),
    "deep tables": of_html(b"<table><tr><td>" * 5_000 + b"x"),
    "open pictures": of_html(b"<img src=x " * 100_000),
    "entities": of_html(b"&lt;&#x41;" * 100_000),
    "comments": of_html(b"<!--" * 100_000),
    "attributes": of_html(b"<p " + b"a=b " * 100_000 + b">x"),
    "quotes": HEAD + b"\r\n" + b"> " * 20_000 + b"\r\n",
    "quote levels": HEAD + b"\r\n" + b">\r\n" * 20_000,
    "signatures": HEAD + b"\r\n" + b"-- \r\n" * 8_000,
    "disclaimers": HEAD + b"\r\n" + b"This e-mail and any attachments mail " * 1_500,
    "wrote": HEAD + b"\r\n" + b"On Mon, Rita wrote:\r\n" * 2_500,
    "outlook": HEAD + b"\r\n" + b"From: a\r\nSent: b\r\nTo: c\r\nSubject: d\r\n" * 1_000,
    "underscores": HEAD + b"\r\n" + b"_" * 50_000,
    "ids": HEAD + b"References: " + b"<a@b> " * 10_000 + b"\r\n\r\nbody\r\n",
    "open ids": HEAD + b"References: " + b"<" * 60_000 + b"\r\n\r\nbody\r\n",
    "report": HEAD
    + b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n"
    + b"Content-Type: message/delivery-status\r\n\r\n"
    + b"Final-Recipient: rfc822;" * 10_000,
    "nothing": b"",
    "a line end": b"\r\n",
    "only bytes": bytes(range(256)) * 100,
    "no body": b"From: rita@acme.example",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_read_soon_and_safely(name: str, tmp_path: Path) -> None:
    began = time.process_time()
    mail = understand(HOSTILE[name], tmp_path, "rita@acme.example")
    assert time.process_time() - began < SECONDS
    assert_storable(mail)
    assert len(mail.attachments) == len(list(tmp_path.iterdir()))


def assert_storable(mail: Understood) -> None:
    for text in (mail.subject, mail.text, mail.visible, mail.html, mail.message_id):
        assert "\x00" not in text
        text.encode()
    assert len(mail.subject) <= 500
    assert len(mail.references) <= 100


@pytest.mark.parametrize("name", HOSTILE)
def test_even_the_little_reading_says_who_and_keeps_all(name: str, tmp_path: Path) -> None:
    mail = understand_little(HOSTILE[name], tmp_path, "rita@acme.example")
    assert_storable(mail)
    assert (tmp_path / mail.attachments[0].place).read_bytes() == HOSTILE[name]


def test_deep_parts_are_attached_as_they_came(tmp_path: Path) -> None:
    mail = understand(nested(100), tmp_path)
    (rest,) = mail.attachments
    assert b"the heart" in (tmp_path / rest.place).read_bytes()
    assert "deeper than we look" in mail.notes[0]


def test_parts_beyond_the_limit_are_attached_as_they_came(tmp_path: Path) -> None:
    mail = understand(parts(2000), tmp_path)
    assert len(mail.attachments) == 500
    assert (tmp_path / mail.attachments[-1].place).read_bytes().count(b"--b\r\n") == 1500
    assert "more parts than we take apart" in mail.notes[0]


def test_html_that_is_too_deep_is_attached_and_its_words_are_read(tmp_path: Path) -> None:
    mail = understand(of_html(b"<div>" * 5_000 + b"the <b>heart</b> &amp; soul"), tmp_path)
    assert (mail.html, mail.text) == ("", "the heart & soul")
    assert [(file.name, file.size) for file in mail.attachments] == [("mail.html", 25_027)]


def test_a_prefix_is_no_boundary(tmp_path: Path) -> None:
    assert understand(HOSTILE["prefix boundary"], tmp_path).text == "real"


def test_mutated_mails_are_read(tmp_path: Path) -> None:
    samples = sorted((Path(__file__).parent / "samples").glob("*.eml"))
    draw = random.Random(20250310)
    for count in range(300):
        raw = bytearray(draw.choice(samples).read_bytes())
        for _ in range(draw.randrange(1, 12)):
            mutate(raw, draw)
        folder = tmp_path / str(count)
        folder.mkdir()
        assert_storable(understand(bytes(raw), folder))


def mutate(raw: bytearray, draw: random.Random) -> None:
    at = draw.randrange(len(raw) + 1)
    what = draw.randrange(4)
    if what == 0 and raw:
        raw[at % len(raw)] = draw.randrange(256)
    elif what == 1:
        del raw[at : at + draw.randrange(40)]
    elif what == 2:
        raw[at:at] = draw.choice([b"\r\n", b'"', b"(", b"=?utf-8?b?", b"--b", b"<", b"\x00", b";"])
    else:
        raw[at:at] = raw[at : at + draw.randrange(200)]
