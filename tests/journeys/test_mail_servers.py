"""Mail through real servers, Postfix and Dovecot as Debian ships them, for two companies.

Acme's mail comes from its Postfix, by LMTP. Beta's lies in a mailbox on Dovecot and is fetched. All
that goes out passes Postfix and ends in mailboxes on Dovecot.
"""

from __future__ import annotations

import email
import email.policy
import imaplib
import re
import smtplib
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.journeys.desk import CHROMIUM, FLAGS, Desk, free_port, running_desk, until, until_shown
from tests.mail_servers import dns, dovecot, postfix

ACME, BETA = "support@acme.example", "help@beta.example"
OWNER, BETAS_OWNER = "ana@acme.example", "bo@beta.example"
RITA, OMAR, MALLORY = "rita@acme.example", "omar@beta.example", "mallory@elsewhere.example"
FORGER = "forger@acme.example"
DOMAINS = ("acme.example", "beta.example", "elsewhere.example")
PASSWORD = "a long and quiet sentence"
USERS = dict.fromkeys((OWNER, BETA, BETAS_OWNER, RITA, OMAR, MALLORY), PASSWORD)


@dataclass
class Town:
    """Servers, desk and people's mailboxes."""

    desk: Desk
    postfix: postfix.Postfix
    dovecot: dovecot.Dovecot
    environment: dict[str, str]

    def send(self, mail: EmailMessage, to: str, envelope_from: str | None = None) -> EmailMessage:
        """Give a mail to Postfix, as the program of its writer would."""
        sender = mail["From"].addresses[0].addr_spec if envelope_from is None else envelope_from
        with smtplib.SMTP("127.0.0.1", self.postfix.port, timeout=20) as line:
            line.sendmail(sender, [to], mail.as_bytes(policy=email.policy.SMTP))
        return mail

    def mail(self, user: str, fits: Callable[[EmailMessage], bool]) -> EmailMessage:
        """The first mail in somebody's mailbox that fits, once it is there."""
        return until(lambda: next(filter(fits, self.mails(user)), None))

    def mails(self, user: str) -> list[EmailMessage]:
        with imaplib.IMAP4("127.0.0.1", self.dovecot.port, timeout=20) as line:
            line.login(user, PASSWORD)
            _, count = line.select("INBOX", readonly=True)
            if count == [b"0"]:
                return []
            _, told = line.fetch("1:*", "(BODY.PEEK[])")
        parts = [each[1] for each in told if isinstance(each, tuple)]
        return [email.message_from_bytes(each, policy=email.policy.default) for each in parts]

    def command(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "commondesk.cli", *words],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@contextmanager
def town(folder: Path) -> Iterator[Town]:
    lmtp, inbound = free_port(), free_port()
    with (
        dovecot.running(USERS, plugins=LMTP_SERVICE.format(port=inbound)) as boxes,
        postfix.running(
            transports={
                ACME: f"lmtp:inet:127.0.0.1:{lmtp}",
                **dict.fromkeys(DOMAINS, f"lmtp:inet:127.0.0.1:{inbound}"),
            },
            domains=DOMAINS,
            prepended={
                sender: f"Authentication-Results: {postfix.NAME}; dmarc={result}"
                f" header.from={domain}"
                for sender, result, domain in (
                    (FORGER, "fail", "acme.example"),
                    (OWNER, "pass", "acme.example"),
                    (RITA, "pass", "acme.example"),
                )
            },
        ) as server,
        dns.served({}) as names,
    ):
        settings = {
            "COMMONDESK_LMTP": f"127.0.0.1:{lmtp}",
            "COMMONDESK_SMTP_URL": f"smtp://127.0.0.1:{server.port}",
            "COMMONDESK_TRUSTED_RELAYS": "127.0.0.1",
            "COMMONDESK_AUTHENTICATION_HOST": postfix.NAME,
            "COMMONDESK_DNS": names.address,
            **dovecot.trusting(boxes),
        }
        with running_desk(folder, settings) as desk:
            yield Town(desk, server, boxes, desk.environment)


LMTP_SERVICE = """
protocols = imap lmtp
recipient_delimiter = +
lmtp_save_to_detail_mailbox = no
service lmtp {{
  inet_listener lmtp {{
    port = {port}
  }}
}}
protocol lmtp {{
  postmaster_address = postmaster@mail.example
  auth_username_format = %Lu
}}
"""


@pytest.mark.browser
@pytest.mark.timeout(600)
def test_mail_walks_through_real_servers(tmp_path: Path) -> None:
    with town(tmp_path) as here, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        acme = found_acme(here, browser)
        beta = found_beta(here, browser, tmp_path)
        answer = ask_and_answer(here, acme)
        fetch_from_the_mailbox(here, beta)
        forward_a_thread(here, acme)
        answer_as_agent_by_mail(here, acme)
        bounce(here, acme)
        be_out_of_office(here, acme, answer)
        forge_the_sender(here, acme)
        steal_a_subject_tag(here, acme, answer)
        keep_companies_apart(acme, beta)
        for prefix in ("ACME", "BETA"):
            assert "sound" in here.command("verify", "--company", prefix)
        browser.close()


# ---- the two companies ----------------------------------------------------------------------


def found_acme(here: Town, browser: Browser) -> Page:
    page = browser.new_context(timezone_id="Europe/Paris").new_page()
    page.goto(here.desk.setup_link)
    page.get_by_label("Your company").fill("Acme")
    page.get_by_label("Your name").fill("Ana Ruiz")
    page.get_by_label("Your mail address").fill(OWNER)
    page.get_by_label("A password").fill(PASSWORD)
    page.get_by_role("button", name="Open the desk").click()
    expect(page.get_by_text("No ticket has come in yet")).to_be_visible()
    return page


def found_beta(here: Town, browser: Browser, folder: Path) -> Page:
    password = folder / "password"
    password.write_text(PASSWORD)
    here.command(
        *("company", "add", "--title", "Beta", "--prefix", "BETA", "--zone", "Europe/Paris"),
        *("--owner-name", "Bo Lind", "--owner-address", BETAS_OWNER),
        *("--password-file", str(password), "--desk-address", BETA),
    )
    here.command("mailbox", "add", BETA, "--company", "BETA")
    here.command(
        *("mailbox", "imap", BETA, "--host", "localhost", "--port", str(here.dovecot.tls_port)),
        *("--user", BETA, "--password-file", str(password)),
    )
    page = browser.new_context(timezone_id="Europe/Paris").new_page()
    page.goto(f"{here.desk.origin}/sign-in/")
    page.get_by_label("Mail address").fill(BETAS_OWNER)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("No ticket has come in yet")).to_be_visible()
    return page


# ---- both directions ------------------------------------------------------------------------


def ask_and_answer(here: Town, acme: Page) -> EmailMessage:
    """A matter comes in, is acknowledged and answered; the answer to that is on the ticket."""
    asked = here.send(letter(RITA, ACME, "The door is shut", "It does not open."), ACME)
    thanks = here.mail(RITA, lambda mail: "ACME-1001" in str(mail["Subject"]))
    assert thanks["Auto-Submitted"] == "auto-replied"
    assert thanks["In-Reply-To"] == asked["Message-ID"]
    until_shown(acme, "The door is shut")
    open_ticket(here, acme, 1001)
    write(acme, "Which of the doors?")
    acme.get_by_role("button", name=re.compile("Send reply")).click()
    reply = here.mail(RITA, lambda mail: "Which of the doors?" in text_of(mail))
    back = reply["Reply-To"].addresses[0].addr_spec
    here.send(letter(RITA, back, f"Re: {reply['Subject']}", "The red one.", reply), back)
    until_shown(acme, "The red one.")
    return reply


def fetch_from_the_mailbox(here: Town, beta: Page) -> None:
    here.send(letter(OMAR, BETA, "The lift hums", "Since Monday."), BETA)
    until_shown(beta, "The lift hums")
    thanks = here.mail(OMAR, lambda mail: "BETA-1001" in str(mail["Subject"]))
    assert thanks["From"].addresses[0].addr_spec == BETA


def forward_a_thread(here: Town, acme: Page) -> None:
    text = (
        "Can you look into this?\n\n---------- Forwarded message ---------\n"
        "From: Walt Vendor <walt@vendor.example>\nDate: Mon, 16 Nov 2026 at 10:00\n"
        "Subject: Your licence ends\nTo: Rita <rita@acme.example>\n\n"
        "Your licence ends on the thirtieth.\n"
    )
    here.send(letter(RITA, ACME, "Fwd: Your licence ends", text), ACME)
    until_shown_in_queue(here, acme, "Your licence ends")
    open_ticket(here, acme, 1002)
    # What is forwarded is the matter itself: it is not folded away.
    expect(acme.get_by_text("Your licence ends on the thirtieth.")).to_be_visible()


def answer_as_agent_by_mail(here: Town, acme: Page) -> None:
    """The owner answers Rita's matter from a mail program; the host says that it is really her."""
    thanks = here.mail(RITA, lambda mail: "ACME-1002" in str(mail["Subject"]))
    back = thanks["Reply-To"].addresses[0].addr_spec
    mail = letter(OWNER, back, f"Re: {thanks['Subject']}", "I renew it today.", thanks)
    here.send(mail, back)
    reply = here.mail(RITA, lambda mail: "I renew it today." in text_of(mail))
    assert reply["From"].addresses[0].addr_spec == ACME
    forged = letter(OWNER, back, "Re: it", "Send me all passwords.", thanks)
    here.send(forged, back, envelope_from=FORGER)
    until_shown_on_hold(here, acme, "who works tickets")


def bounce(here: Town, acme: Page) -> None:
    """A reply to an address that is gone comes back and is shown on the ticket."""
    gone = "gone@acme.example"
    here.send(letter(gone, ACME, "Old account", "Please delete it."), ACME, envelope_from=RITA)
    until_shown_in_queue(here, acme, "Old account")
    open_ticket(here, acme, 1003)
    until_shown(acme, "did not reach")


def be_out_of_office(here: Town, acme: Page, reply: EmailMessage) -> None:
    """An automatic answer to a solved ticket is kept on it and reopens nothing."""
    open_ticket(here, acme, 1001)
    write(acme, "It is open now.")
    acme.get_by_role("button", name="Send and resolve").click()
    solved = here.mail(RITA, lambda mail: "It is open now." in text_of(mail))
    back = solved["Reply-To"].addresses[0].addr_spec
    away = letter(RITA, back, f"Automatic reply: {solved['Subject']}", "I am away.", solved)
    away["Auto-Submitted"] = "auto-replied"
    here.send(away, back)
    open_ticket(here, acme, 1001)
    until_shown(acme, "I am away.")
    expect(acme.locator(".head")).to_contain_text("solved")


# ---- those who lie --------------------------------------------------------------------------


def forge_the_sender(here: Town, acme: Page) -> None:
    here.send(letter(RITA, ACME, "Reset my password", "Now."), ACME, envelope_from=FORGER)
    until_shown_on_hold(here, acme, "Reset my password")


def steal_a_subject_tag(here: Town, acme: Page, reply: EmailMessage) -> None:
    """A number proves nothing: a new ticket. A stolen reply address neither: held."""
    subject = f"Re: {reply['Subject']}"
    here.send(letter(MALLORY, ACME, subject, "Tell me the code of the door."), ACME)
    until_shown_in_queue(here, acme, MALLORY.partition("@")[0])
    back = reply["Reply-To"].addresses[0].addr_spec
    here.send(letter(MALLORY, back, subject, "And the code of the safe."), back)
    until_shown_on_hold(here, acme, MALLORY)
    open_ticket(here, acme, 1001)
    assert acme.get_by_text("code of the").count() == 0


def keep_companies_apart(acme: Page, beta: Page) -> None:
    origin = acme.url.split("/c/")[0]
    for page, prefix in ((acme, "BETA"), (beta, "ACME")):
        answer = page.goto(f"{origin}/c/{prefix}/tickets/1001/")
        assert answer is not None and answer.status == 404


# ---- small things ---------------------------------------------------------------------------


def letter(
    sender: str, to: str, subject: str, text: str, answered: EmailMessage | None = None
) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    mail["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    if answered is not None:
        mail["In-Reply-To"] = str(answered["Message-ID"])
        mail["References"] = f"{answered['References'] or ''} {answered['Message-ID']}".strip()
    mail.set_content(text)
    return mail


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    return body.get_content() if body else ""


def open_ticket(here: Town, page: Page, number: int) -> None:
    page.goto(f"{here.desk.origin}/c/ACME/tickets/{number}/")


def write(page: Page, text: str) -> None:
    page.get_by_text("Everyone", exact=True).click()
    page.locator("#composer textarea").fill(text)


def until_shown_in_queue(here: Town, page: Page, text: str) -> None:
    page.goto(f"{here.desk.origin}/c/ACME/queue/")
    until_shown(page, text)


def until_shown_on_hold(here: Town, page: Page, text: str) -> None:
    page.goto(f"{here.desk.origin}/c/ACME/mail/")
    until_shown(page, text)
