"""What a page should have to show beside tickets: mail on hold, canned replies, who is away, …"""

from __future__ import annotations

import secrets
import tempfile
from datetime import date
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from commondesk.accounts import tokens
from commondesk.accounts.arrangement import absences, invitations
from commondesk.core.record import events as e
from commondesk.core.record.instant import DAY, HOUR, Instant
from commondesk.desk.actions import canned_replies
from commondesk.desk.mail.addresses import reply_address
from commondesk.desk.models import TicketRow
from commondesk.governance import actions as governance
from commondesk.governance import charters
from commondesk.governance.models import CalendarVersion
from commondesk.intake import filing, parse, raw_files
from commondesk.intake.checks import Finding
from commondesk.intake.models import RawMail
from commondesk.intake.reading import Read
from commondesk.ledger import chance as ids
from commondesk.sample import cast
from commondesk.sample.stage import Stage

PASSED = Finding(e.SenderCheck.PASSED, "spf=pass dkim=pass dmarc=pass")
FAILED = Finding(e.SenderCheck.FAILED, "spf=fail dkim=none dmarc=fail")
CANNED = (
    ("We have it", "Hello {{name}},\n\nwe have your message and come back to you today."),
    ("Restart first", "Hello {{name}},\n\nplease restart it once, and tell us what you see then."),
    ("Solved?", "Hello {{name}},\n\nit should work again. Just answer if it does not."),
)
MISSING_HTML = "<p>The label of <b>order 48 300</b> shows <i>no customer</i>. It is urgent.</p>"


# ---- what people set up -------------------------------------------------------------------


def write_canned_replies(stage: Stage) -> None:
    """Replies of the provider, and one of the company's own people."""
    the = stage.cast
    for title, text in CANNED:
        canned_replies.write_reply(
            the.uuid, at=stage.now, actor=the.lead.actor, title=title, text=text
        )
    canned_replies.write_reply(
        the.uuid,
        at=stage.now,
        actor=the.referent.actor,
        title="Ask the day desk",
        text="Hello {{name}},\n\nthis is looked after by the day desk. I have told them.",
    )


def go_away(stage: Stage, title: str, deputy: str, from_at: Instant, until_at: Instant) -> None:
    """Somebody is away, and somebody stands in."""
    people = stage.cast.agents
    absences.enter_absence(
        stage.cast.uuid,
        people[title].person,
        at=stage.now,
        actor=people[title].actor,
        from_at=from_at,
        until_at=until_at,
        deputy=people[deputy].person,
    )


def invite(stage: Stage) -> None:
    """Somebody was asked to join, and has not answered yet."""
    invitations.invite(
        stage.cast.uuid,
        at=stage.now,
        actor=stage.cast.lead.actor,
        address=f"ina.invited@{cast.HELPERS_DOMAIN}",
        title="Ina Invited",
        side="provider",
        roles=["agent"],
        team=cast.LATE_DESK,
        provider=stage.cast.provider,
    )


def issue_token(stage: Stage) -> None:
    """A key for a program. Nobody ever sees it."""
    tokens.issue(
        stage.cast.uuid,
        at=stage.now,
        actor=stage.cast.referent.actor,
        title="Board in the packing hall",
        scopes=["tickets:read"],
        expires_at=stage.now + 180 * DAY,
    )


def enter_holiday(stage: Stage, day: date) -> None:
    """A holiday that somebody remembered only afterwards."""
    stage.catch_up()
    own = CalendarVersion.objects.filter(company=stage.cast.uuid, name="office")
    last = own.order_by("-version").first()
    listed = charters.data_of(last.document)["holidays"] if last else []
    assert isinstance(listed, list)
    governance.enter_calendar(
        stage.cast.uuid,
        at=stage.now,
        actor=stage.cast.referent.actor,
        calendar="office",
        holidays=[*(date.fromisoformat(str(each)) for each in listed), day],
    )


def draft_second_charter(stage: Stage) -> None:
    """What the company wants from next month on: clocks read as people live through them."""
    the = stage.cast
    document = cast.charter_document(
        the,
        cast.PROVIDED,
        title=f"Support by {cast.HELPERS}, second version",
        ramp_up={"days": 0},
    )
    lens = charters.charter_part(document)["lens"]
    assert isinstance(lens, dict)
    lens |= {"resolution_ends": "first_held", "requester_pause_needs": "question"}
    drafted = governance.draft_charter(
        the.uuid,
        at=stage.now,
        actor=the.founder.actor,
        document=document,
        provider=str(the.provider),
        in_force_at=stage.end + 14 * DAY,
    )
    cast.sign(the, drafted, stage.now + HOUR, the.founder)


# ---- mail ---------------------------------------------------------------------------------


def mail_with_look(stage: Stage) -> None:
    """A mail with a look of its own becomes a ticket."""
    who = stage.cast.requesters[20]
    _file(
        stage,
        sender=f"{who.title} <{who.address}>",
        subject="A label without a customer",
        text="The label of order 48 300 shows no customer. It is urgent.",
        html=MISSING_HTML,
        finding=PASSED,
    )


def mail_from_nobody(stage: Stage) -> None:
    """Somebody who is not on a ticket answers it: nothing happens until a person looks."""
    row = TicketRow.objects.filter(company=stage.cast.uuid, status="open").order_by("number").last()
    if row is not None:
        _file(
            stage,
            sender=f"Stranger <stranger@elsewhere.{cast.DOMAIN}>",
            subject=f"Re: {row.subject}",
            text="I have the same trouble. Please add me.",
            finding=PASSED,
            to=reply_address(stage.cast.company, row),
        )


def mail_that_pretends(stage: Stage) -> None:
    """A mail that claims to come from an agent, and fails the check."""
    alex = stage.cast.agents["Alex Agent"]
    _file(
        stage,
        sender=f"{alex.title} <{alex.address}>",
        subject="Urgent: send me the password of the order system",
        text="I am on the road and need it within the hour.",
        finding=FAILED,
    )


def mail_with_code(stage: Stage) -> None:
    """A machine sends a code: nobody but who asked for it should read it."""
    _file(
        stage,
        sender=f"Sign-in <no-reply@{cast.VENDOR_DOMAIN}>",
        subject="Your verification code is 482913",
        text="Your verification code is 482913. It expires in ten minutes.",
        finding=PASSED,
    )


def _file(
    stage: Stage,
    *,
    sender: str,
    subject: str,
    text: str,
    finding: Finding,
    html: str = "",
    to: str = "",
) -> None:
    """A mail as if it had come just now, filed as every mail is; its check is part of the play."""
    raw = _written(sender, stage.cast.company.desk_address, subject, text, html)
    sha256 = raw_files.keep(raw)
    mail = RawMail.objects.create(
        uuid=ids.uuid(),
        sha256=sha256,
        scope=str(stage.cast.uuid),
        company=stage.cast.uuid,
        received_at=stage.now,
        path=raw_files.place_of(sha256),
        size=len(raw),
        envelope_from=sender.partition("<")[2].rstrip(">"),
        envelope_to=[to or stage.cast.company.desk_address],
        source=RawMail.Source.GIVEN,
        attempts=1,
        next_attempt_at=stage.now,
    )
    folder = Path(tempfile.gettempdir(), f"commondesk-sample-{secrets.token_hex(16)}")
    said = parse.parse(raw_files.path_of(mail.path), folder)
    with stage.aside():
        filing.file_all([Read(mail, folder, said, finding)], stage.now)
    mail.refresh_from_db()
    if mail.ticket is not None and mail.state == RawMail.State.FILED:
        stage.heard_of(mail.ticket)


def _written(sender: str, to: str, subject: str, text: str, html: str) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    mail["Message-ID"] = f"<{ids.uuid().hex}@{sender.partition('@')[2].rstrip('>')}>"
    mail.set_content(text)
    if html:
        mail.add_alternative(html, subtype="html")
        # Else a boundary would be drawn anew each time.
        mail.set_boundary("=_sample")
    return mail.as_bytes(policy=SMTP)


def days_before(end: Instant, days: float) -> Instant:
    """An instant so many days before the end."""
    return end - round(days * DAY)
