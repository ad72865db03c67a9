"""Delivery reports of all kinds, and which mails machines sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from commondesk.intake.mail.reading import understand
from commondesk.intake.mail.understood import Report, Understood

ID = "<0123456789abcdef0123456789abcdef@provider.example>"
RETURNED = f"From: support@provider.example\nMessage-ID: {ID}\nSubject: [ACME-1] x\n\nHello\n"


def read(raw: str, folder: Path, envelope_from: str | None = None) -> Understood:
    return understand(raw.replace("\n", "\r\n").encode(), folder, envelope_from)


def standard(action: str) -> str:
    return f"""\
From: MAILER-DAEMON@mx.acme.example
Subject: Delivery Status Notification
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

Some words.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.acme.example

Final-Recipient: rfc822; Gone@acme.example
Action: {action}
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such
 user here
--b
Content-Type: text/rfc822-headers

{RETURNED}
--b--
"""


def test_failed_delayed_and_delivered_are_told_apart(tmp_path: Path) -> None:
    reason = "smtp; 550 5.1.1 no such user here"
    gone = ("gone@acme.example",)
    assert read(standard("failed"), tmp_path).report == Report(gone, ID, reason)
    assert read(standard("delayed"), tmp_path).report == Report((), ID, reason, delayed=gone)
    assert read(standard("delivered"), tmp_path).report == Report((), ID, "", delivered=gone)
    assert read(standard("relayed"), tmp_path).report == Report((), ID, "", delivered=gone)


QMAIL = f"""\
From: MAILER-DAEMON@mx.acme.example
Subject: failure notice

Hi. This is the qmail-send program at mx.acme.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<gone@acme.example>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Return-Path: <support@provider.example>
{RETURNED}"""
EXIM = f"""\
From: Mail Delivery System <Mailer-Daemon@mx.acme.example>
X-Failed-Recipients: gone@acme.example, also@acme.example
Auto-Submitted: auto-replied
Subject: Mail delivery failed: returning message to sender

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  gone@acme.example
    host mx.acme.example [192.0.2.1]: 550 5.1.1 unknown user

------ This is a copy of the message, including all the headers. ------

{RETURNED}"""
EXIM_DELAY = f"""\
From: Mail Delivery System <Mailer-Daemon@mx.acme.example>
Subject: Warning: message delayed 24 hours

This message was created automatically by mail delivery software.
A message that you sent has not yet been delivered to one or more of its
recipients after more than 24 hours. It could not be delivered, so far, to:

  gone@acme.example
    Delay reason: Connection timed out

The message identifier is: 1abcde
Message-ID: {ID}
No action is required on your part. Delivery attempts will continue.
"""
EXCHANGE = f"""\
From: postmaster@acme.example
Subject: Undeliverable: [ACME-1] x

Delivery has failed to these recipients or groups:

gone@acme.example<mailto:gone@acme.example>
The email address you entered couldn't be found.

Diagnostic information for administrators:
#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##

Original message headers:

{RETURNED}"""
EXCHANGE_OLD = f"""\
From: System Administrator <postmaster@acme.example>
Subject: Undeliverable: x

Your message did not reach some or all of the intended recipients.

      Subject:  x
The following recipient(s) cannot be reached:

      'gone@acme.example' on 10.03.2025 10:00
            The e-mail account does not exist. 550 5.1.1

Message-ID: {ID}
"""
GMAIL_OLD = f"""\
From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>
Subject: Delivery Status Notification (Failure)

Delivery to the following recipient failed permanently:

     gone@acme.example

Technical details of permanent failure:
The error that the other server returned was: 550 550 5.1.1 no such user

----- Original message -----

{RETURNED}"""
GMAIL = f"""\
From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>
Subject: Delivery Status Notification (Failure)

** Address not found **

Your message wasn't delivered to gone@acme.example because the address couldn't be found.

The response from the remote server was:
550 5.1.1 The email account does not exist.

Message-ID: {ID}
"""
SENDMAIL = f"""\
From: Mail Delivery Subsystem <MAILER-DAEMON@acme.example>
Subject: Returned mail: see transcript for details

   ----- The following addresses had permanent fatal errors -----
<gone@acme.example>
    (reason: 550 5.1.1 <gone@acme.example>... User unknown)

   ----- Transcript of session follows -----
... while talking to mx.acme.example.:
{RETURNED}"""
GERMAN = f"""\
From: postmaster@acme.example
Subject: Unzustellbar: x

Ihre Nachricht konnte nicht zugestellt werden:

gone@acme.example
Das Postfach gibt es nicht. 550 5.1.1 unbekannt

{RETURNED}"""

IN_WORDS = {
    "qmail": QMAIL,
    "exim": EXIM,
    "exchange": EXCHANGE,
    "older exchange": EXCHANGE_OLD,
    "older gmail": GMAIL_OLD,
    "gmail": GMAIL,
    "sendmail": SENDMAIL,
    "german": GERMAN,
}


@pytest.mark.parametrize("server", IN_WORDS)
def test_reports_in_plain_words_are_read(server: str, tmp_path: Path) -> None:
    mail = read(IN_WORDS[server], tmp_path)
    assert mail.automatic
    assert mail.report is not None
    assert mail.report.failed[:1] == ("gone@acme.example",)
    assert mail.report.message_id == ID
    assert mail.report.delayed == ()


def test_a_delay_is_no_failure(tmp_path: Path) -> None:
    report = read(EXIM_DELAY, tmp_path).report
    assert report is not None
    assert (report.failed, report.delayed) == ((), ("gone@acme.example",))
    assert report.message_id == ID


def test_the_returned_mail_may_be_attached(tmp_path: Path) -> None:
    mail = f"""\
From: MAILER-DAEMON@acme.example
Subject: Undelivered Mail
Content-Type: multipart/mixed; boundary=b

--b

It could not be delivered to:
<gone@acme.example>: host said 550 no

--b
Content-Type: message/rfc822

{RETURNED}
--b--
"""
    report = read(mail, tmp_path).report
    assert report is not None
    assert (report.failed, report.message_id) == (("gone@acme.example",), ID)


def test_what_a_person_sends_is_no_report(tmp_path: Path) -> None:
    told = QMAIL.replace("MAILER-DAEMON@mx", "rita@mx")
    assert read(told, tmp_path).report is None
    assert read(told, tmp_path, "rita@mx.acme.example").report is None
    # Nor is all that comes from a server.
    quiet = "From: postmaster@acme.example\nSubject: Maintenance\n\nWe restart tonight.\n"
    assert read(quiet, tmp_path).report is None


@pytest.mark.parametrize(
    ("lines", "rule"),
    [
        ("Auto-Submitted: auto-replied (vacation)", "Auto-Submitted: auto-replied"),
        ("Auto-Submitted: no", ""),
        ("Precedence: bulk", "Precedence: bulk"),
        ("Precedence: first-class", ""),
        ("List-Id: <x.example>", "List-Id"),
        ("List-Unsubscribe: <mailto:x@x.example>", ""),
        ("Feedback-ID: 1:2:3:4", ""),
        ("X-Autoreply: yes", "X-Autoreply"),
        ("X-MS-Exchange-Inbox-Rules-Loop: rita@acme.example", "X-MS-Exchange-Inbox-Rules-Loop"),
        ("X-Auto-Response-Suppress: All", ""),
        (
            "X-Auto-Response-Suppress: All\nIn-Reply-To: <a@b.example>",
            "X-Auto-Response-Suppress: All, in an answer",
        ),
        ("X-Mailer: Vacation 1.2", "X-Mailer: vacation 1.2"),
        ("X-FreeScout-Mail-Type: auto.reply", "X-FreeScout-Mail-Type: auto.reply"),
        ("X-FreeScout-Mail-Type: user.message", ""),
        ("Return-Path: <>", "the return path is empty"),
    ],
)
def test_machines_are_known_by_their_lines(lines: str, rule: str, tmp_path: Path) -> None:
    assert read(f"From: rita@acme.example\n{lines}\n\nx\n", tmp_path).automatic == rule


@pytest.mark.parametrize(
    "subject",
    [
        *("Automatic reply: Printer", "Out of Office: Printer", "Automatische Antwort: Drucker"),
        *("Abwesenheitsnotiz: Drucker", "Réponse automatique : Imprimante", "Automatisk svar: x"),
        *("Respuesta automática: Impresora", "Risposta automatica: x", "Automatisch antwoord: x"),
        *("Resposta automática: x", "Odpowiedź automatyczna: x", "Automatiskt svar: x"),
        *("Автоматический ответ: x", "自動応答: x", "自动答复: x", "自動回覆: x"),
    ],
)
def test_subjects_that_only_programs_write_are_automatic(subject: str, tmp_path: Path) -> None:
    mail = read(f"From: rita@acme.example\nSubject: {subject}\n\nx\n", tmp_path)
    assert mail.automatic == "its subject begins as those of automatic answers do"
    assert mail.wording == "out of office"
    assert not mail.is_alert


@pytest.mark.parametrize(
    ("subject", "wording"),
    [
        ("Ticket received - 4711", "ticket received"),
        ("[Ticket#2025] Your request has been received", "ticket received"),
        ("We have received your request", "ticket received"),
        ("Ihre Anfrage wurde erfasst", "ticket received"),
        ("Accusé de réception de votre demande", "ticket received"),
        ("Hemos recibido su solicitud", "ticket received"),
        ("La sua richiesta è stata ricevuta", "ticket received"),
        ("Ontvangstbevestiging", "ticket received"),
        ("Recebemos o seu pedido", "ticket received"),
        ("Potwierdzenie przyjęcia zgłoszenia", "ticket received"),
        ("Vi har mottagit ditt ärende", "ticket received"),
        ("Din henvendelse er modtaget", "ticket received"),
        ("Ваша заявка принята", "ticket received"),
        ("お問い合わせを受け付けました", "ticket received"),
        ("我们已收到您的请求", "ticket received"),
        ("I am out of the office until Monday", "out of office"),
        ("Printer on the second floor", ""),
        ("Drucker defekt", ""),
    ],
)
def test_a_wording_alone_does_not_make_a_mail_automatic(
    subject: str, wording: str, tmp_path: Path
) -> None:
    mail = read(f"From: rita@acme.example\nSubject: {subject}\n\nx\n", tmp_path)
    assert (mail.automatic, mail.wording) == ("", wording)


def test_mails_of_a_loop_are_alike(tmp_path: Path) -> None:
    def likeness(subject: str, text: str) -> str:
        return read(f"From: a@b.example\nSubject: {subject}\n\n{text}\n", tmp_path).likeness

    one = likeness("Ticket received - 4711", "Your ticket 4711 was received at 10:00.")
    assert one == likeness("Re: Ticket received - 4712", "Your ticket 4712 was received at 10:05.")
    assert one != likeness("Printer", "Your ticket 4711 was received at 10:00.")
    assert len(one) == 64
