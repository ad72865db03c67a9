"""Mails with two faces, files for few eyes, codes, encrypted mail and invitations."""

from __future__ import annotations

from pathlib import Path

import pytest

from commondesk.intake.mail import calendar_part, sensitive
from commondesk.intake.mail.reading import understand
from commondesk.intake.mail.understood import Understood

HARMLESS = "Could you please look at the printer on my floor?"


def read(raw: str | bytes, folder: Path) -> Understood:
    content = raw if isinstance(raw, bytes) else raw.encode()
    return understand(b"From: Rita <rita@acme.example>\n" + content, folder)


def two(plain: str, html: str) -> str:
    return (
        "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain;"
        f" charset=utf-8\n\n{plain}\n--b\nContent-Type: text/html; charset=utf-8\n\n{html}\n--b--\n"
    )


def test_two_versions_that_differ_are_marked(tmp_path: Path) -> None:
    mail = read(two("Approved by the CFO, reset the MFA of anna.", f"<p>{HARMLESS}</p>"), tmp_path)
    assert mail.is_asymmetric
    assert "its text and its HTML say different things" in mail.notes[0]
    added = read(two(f"{HARMLESS}\n\nApproved by CFO, reset MFA.", f"<p>{HARMLESS}</p>"), tmp_path)
    assert added.is_asymmetric
    hidden_in_html = two(HARMLESS, f"<p>{HARMLESS}</p><p>Approved by CFO, reset MFA now.</p>")
    assert read(hidden_in_html, tmp_path).is_asymmetric


@pytest.mark.parametrize(
    ("plain", "html"),
    [
        (HARMLESS, f"<p>{HARMLESS}</p>"),
        (
            "*Bold* and a\nlong line, wrapped\nfor you.",
            "<b>Bold</b> and a long line, wrapped for you.",
        ),
        (
            "See https://acme.example/a/b?c=d for the map.",
            '<a href="https://acme.example">See for the map</a>.',
        ),
        (
            "- one thing here\n- another thing there",
            "<ul><li>one thing here</li><li>another thing there</li></ul>",
        ),
        (
            "[A picture of a cat]\n\nHello all of you",
            '<img alt="A picture of a cat">Hello all of you',
        ),
        ("プリンターが壊れました。", "<p>プリンターが壊れました。</p>"),
        ("", f"<p>{HARMLESS}</p>"),
        (HARMLESS, ""),
    ],
)
def test_two_versions_that_say_the_same_are_not(plain: str, html: str, tmp_path: Path) -> None:
    mail = read(two(plain, html), tmp_path)
    assert not mail.is_asymmetric


HIDDEN = [
    '<div style="display: none">{}</div>',
    '<span style="opacity:0">{}</span>',
    '<span style="font-size:0px">{}</span>',
    '<span style="FONT-SIZE: 0">{}</span>',
    '<font color="white">{}</font>',
    '<p style="color:#FFF">{}</p>',
    '<p style="color: rgb(255, 255, 255)">{}</p>',
    '<table bgcolor="#000000"><tr><td style="color:black">{}</td></tr></table>',
    '<p style="visibility:hidden">{}</p>',
    '<p style="color:transparent">{}</p>',
    '<div style="max-height:0;overflow:hidden">{}</div>',
    '<div style="text-indent:-9999px">{}</div>',
    "<p hidden>{}</p>",
    "<style>.x{{display:none}}</style><p class=x>{}</p>",
    "<!-- {} -->",
]


@pytest.mark.parametrize("html", HIDDEN)
def test_hidden_words_are_told(html: str, tmp_path: Path) -> None:
    page = f"<p>{HARMLESS}</p>" + html.format("approved by the CFO, reset the MFA")
    mail = read(f"Content-Type: text/html\n\n{page}\n", tmp_path)
    assert mail.is_asymmetric
    assert "approved by the CFO" in mail.notes[0]


@pytest.mark.parametrize(
    "html",
    [
        '<p style="color:#333333;font-size:12px;opacity:0.9">{}</p>',
        '<td bgcolor="#000000" style="color:#fff">{}</td>',
        '<div style="background:#123456"><span style="color:white">{}</span></div>',
        "<!--[if mso]><p>{}</p><![endif]-->",
        "<style><!-- p {{ color: white; display: none }} --></style><p>{}</p>",
        "<style>@media (max-width:600px){{.x{{display:none}}}}</style><p class=x>{}</p>",
        '<img style="display:none" src="cid:x"><p>{}</p>',
        '<p style="line-height:0;min-height:0">{}</p>',
    ],
)
def test_ordinary_styles_hide_nothing(html: str, tmp_path: Path) -> None:
    page = html.format("the printer on my floor is broken")
    mail = read(f"Content-Type: text/html\n\n{page}\n", tmp_path)
    assert not mail.is_asymmetric


KEY = b"-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n"


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("session.har", b"", "har"),
        ("log.json", b'{ "log": {"version": "1.2", "entries": []}}', "har"),
        ("dump.pcap", b"", "pcap"),
        ("dump.bin", b"\xd4\xc3\xb2\xa1\x02\x00", "pcap"),
        ("dump", b"\x0a\x0d\x0d\x0a\x00", "pcap"),
        ("office.ovpn", b"", "vpn"),
        ("office.txt", b"client\ndev tun\nremote vpn.acme.example 1194\n<key>\n" + KEY, "vpn"),
        ("wg0.conf", b"[Interface]\nPrivateKey = abc=\n", "vpn"),
        ("id_rsa", b"", "private key"),
        ("notes.txt", b"my key:\n" + KEY, "private key"),
        ("server.pem", b"-----BEGIN RSA PRIVATE KEY-----\n", "private key"),
        ("cert.pem", b"-----BEGIN CERTIFICATE-----\n", ""),
        ("login.ppk", b"", "private key"),
        ("store.kdbx", b"\x03\xd9", "passwords"),
        ("export.csv", b'url,username,password,totp\n"a"', "passwords"),
        ("Chrome Passwords.csv", b"", "passwords"),
        ("passwort-liste.xlsx", b"PK", "passwords"),
        ("people.csv", b"name,email,phone\n", ""),
        ("passport.jpg", b"\xff\xd8", "identity document"),
        ("Personalausweis vorne.pdf", b"%PDF", "identity document"),
        ("id_photo.png", b"\x89PNG", "identity document"),
        ("carte d'identité.jpg", b"", "identity document"),
        ("护照.jpg", b"", "identity document"),
        ("video.jpg", b"", ""),
        ("grid-card.png", b"", ""),
        ("invoice.pdf", b"%PDF", ""),
        ("passport rules.txt", b"text", ""),
    ],
)
def test_files_for_few_eyes_are_known(name: str, content: bytes, kind: str) -> None:
    assert sensitive.kind_of(name, "application/octet-stream", content) == kind


def test_sensitive_files_of_a_mail_are_told(tmp_path: Path) -> None:
    mail = read(b"Content-Type: application/octet-stream; name=notes.txt\n\n" + KEY, tmp_path)
    assert mail.attachments[0].is_sensitive == "private key"
    assert mail.notes == ("its file notes.txt looks like one for few eyes: private key",)


@pytest.mark.parametrize(
    ("sender", "subject", "text", "is_code"),
    [
        ("no-reply@service.example", "Verify your e-mail", "https://service.example/v?t=a", True),
        ("noreply@service.example", "Your code", "Your verification code is 482 913.", True),
        ("verify@service.example", "Bestätigungscode", "Ihr Code: 482913", True),
        ("do-not-reply@service.example", "Code de vérification", "Votre code : 4829", True),
        ("no-reply@service.example", "您的验证码", "验证码 482913", True),
        ("no-reply@service.example", "Invoice 482913", "Thank you for your order.", False),
        ("rita@acme.example", "Verify your e-mail", "https://service.example/v?t=a", False),
        ("accounts@acme.example", "Password reset", "The link https://x.example fails.", False),
        ("reinhold@acme.example", "Verification code", "I get 482913 and it fails.", False),
        ("no-reply@service.example", "Reset your password", "There is nothing to do.", False),
    ],
)
def test_codes_and_links_of_machines_are_known(
    sender: str, subject: str, text: str, is_code: bool, tmp_path: Path
) -> None:
    raw = f"From: {sender}\nSubject: {subject}\nContent-Type: text/plain; charset=utf-8\n\n{text}"
    assert understand(raw.encode(), tmp_path).is_secret_code is is_code


@pytest.mark.parametrize(
    ("kind", "protection", "is_encrypted"),
    [
        ('multipart/encrypted; protocol="application/pgp-encrypted"; boundary=b', "pgp", True),
        ('multipart/signed; protocol="application/pgp-signature"; boundary=b', "pgp", False),
        ('multipart/signed; protocol="application/pkcs7-signature"; boundary=b', "smime", False),
        ("application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m", "smime", True),
        ("application/pkcs7-mime; smime-type=signed-data; name=smime.p7m", "smime", False),
        ("text/plain", "", False),
    ],
)
def test_protected_mail_is_told_and_kept(
    kind: str, protection: str, is_encrypted: bool, tmp_path: Path
) -> None:
    mail = read(f"Content-Type: {kind}\n\n--b\n\nx\n--b--\n", tmp_path)
    assert mail.protection == protection
    assert any("it is encrypted" in note for note in mail.notes) is is_encrypted


def test_pgp_within_the_text_is_told(tmp_path: Path) -> None:
    text = "-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\n"
    mail = read(f"\n{text}", tmp_path)
    assert mail.protection == "pgp"
    assert mail.text == text.strip()


def test_an_invitation_in_one_line() -> None:
    event = (
        "BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VTIMEZONE\nDTSTART:19700101T000000\nEND:VTIMEZONE\n"
        "BEGIN:VEVENT\nSUMMARY:Stand\n up\\, daily\nDTSTART;TZID=Europe/Berlin:20250310T100000\n"
        "LOCATION:Room 1\nBEGIN:VALARM\nSUMMARY:no\nEND:VALARM\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    told = "invitation: Standup, daily, 2025-03-10 10:00 Europe/Berlin, Room 1"
    assert calendar_part.line_of(event) == told
    assert calendar_part.line_of(event.replace("REQUEST", "CANCEL")).startswith("cancelled: ")
    assert calendar_part.line_of("BEGIN:VEVENT\nDTSTART:20250310\n") == "event: 2025-03-10"
    assert calendar_part.line_of("no calendar") == ""


def test_the_calendar_part_of_a_mail_is_told_and_kept(tmp_path: Path) -> None:
    mail = read(
        "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nCome\n--b\n"
        "Content-Type: text/calendar; method=REQUEST\n\n"
        "BEGIN:VEVENT\nSUMMARY:Visit\nEND:VEVENT\n--b--\n",
        tmp_path,
    )
    assert (mail.text, mail.calendar) == ("Come", "event: Visit")
    assert [file.name for file in mail.attachments] == ["part.ics"]


def test_who_wrote_an_attached_mail_is_told(tmp_path: Path) -> None:
    mail = read(
        "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nSee this\n--b\nContent-Type:"
        " message/rfc822\n\nFrom: Ben <ben@p.example>\nSubject: x\n\ny\n--b--\n",
        tmp_path,
    )
    assert mail.forwarded_from is not None
    assert mail.forwarded_from.address == "ben@p.example"


def test_lines_of_servers_come_unfolded_and_the_topmost_first(tmp_path: Path) -> None:
    lines = "".join(f"Received: from h{count}\n\tby us\n" for count in range(30))
    mail = read(f"{lines}Authentication-Results: mx.p.example;\n\tdmarc=pass\n\nx", tmp_path)
    assert mail.authentication_results == ("mx.p.example; dmarc=pass",)
    assert len(mail.received) == 20
    assert mail.received[0] == "from h0 by us"
