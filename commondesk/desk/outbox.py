"""Hands mails to the next server: each claimed by one UPDATE, sent outside of any transaction."""

from __future__ import annotations

import logging
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet

from commondesk.accounts.models import Company, Person
from commondesk.core.record.event import Actor, Side
from commondesk.core.record.events import Channel
from commondesk.core.record.instant import DAY, HOUR, MINUTE, SECOND, Instant, Span
from commondesk.desk import actions, notify
from commondesk.desk.models import OutgoingMail
from commondesk.desk.notify import addresses_in_wire_form
from commondesk.ledger.now import instant_now

OUTBOX = Actor("outbox", Side.MACHINE)
NO_SERVER = "no outgoing mail server is set: COMMONDESK_SMTP_URL"
BATCH = 100
CLAIM_SPAN: Span = 10 * MINUTE
"""After this long a mail that was claimed and never told of again is taken up anew."""
FIRST_WAIT: Span = 15 * SECOND
LONGEST_WAIT: Span = HOUR
GIVE_UP_SPAN: Span = 5 * DAY
LONGEST_ERROR = 500

State = OutgoingMail.State
log = logging.getLogger(__name__)


class NotSent(Exception):
    """The next server did not take the mail, for anybody. The text is what it said."""

    def __init__(self, said: str, *, is_final: bool) -> None:
        super().__init__(said)
        self.is_final = is_final


@dataclass(frozen=True, slots=True)
class Taken:
    """The next server took the mail; refused holds, by address, what it said of some recipients."""

    at: Instant
    refused: dict[str, str]


def send_due(at: Instant, *, clock: Callable[[], Instant] = instant_now) -> int:
    """Send what is due; tells how many mails the next server took.

    clock tells when it took each: that instant, not at, stands in the record.
    """
    if not settings.EMAIL_HOST:
        _waiting(at).exclude(last_error=NO_SERVER).update(last_error=NO_SERVER)
        return 0
    sent = 0
    with _connected() as line:
        for mail in _claimed(at):
            sent += _send(mail, line, clock)
    return sent


def send_test(to: str) -> None:
    """Send one mail that belongs to nothing. Raises NotSent, and ValueError for a bad address."""
    if not settings.EMAIL_HOST:
        raise NotSent(NO_SERVER, is_final=True)
    home = Company.objects.order_by("prefix").first()
    mail_from = notify.desk_address(home) if home else "support@localhost"
    content = notify.test_mail(mail_from, to)
    with _connected() as line:
        line.send(OutgoingMail(mail_from=mail_from, envelope_to=[to], content=content))


# ---- claiming -----------------------------------------------------------------------------


def _waiting(at: Instant) -> QuerySet[OutgoingMail]:
    return OutgoingMail.objects.filter(
        Q(state=State.QUEUED) | Q(state=State.SENDING), next_attempt_at__lte=at
    )


def _claimed(at: Instant) -> Iterator[OutgoingMail]:
    """The mails that are due and that nobody else took meanwhile, one by one."""
    due = _waiting(at).order_by("next_attempt_at", "id").values_list("pk", "attempts")
    for pk, attempts in list(due[:BATCH]):
        mine = _waiting(at).filter(pk=pk, attempts=attempts)
        is_mine = mine.update(
            state=State.SENDING, attempts=F("attempts") + 1, next_attempt_at=at + CLAIM_SPAN
        )
        if is_mine:
            yield OutgoingMail.objects.get(pk=pk)


# ---- sending ------------------------------------------------------------------------------


def _send(mail: OutgoingMail, line: Line, clock: Callable[[], Instant]) -> int:
    try:
        refused = line.send(mail)
    except NotSent as failure:
        _note_failure(mail, failure, clock())
        return 0
    _note_taken(mail, Taken(clock(), refused))
    return 1


@dataclass
class Line:
    """A connection to the next server, opened when first needed and again when it broke."""

    server: smtplib.SMTP | None = None
    trouble: NotSent | None = field(default=None)

    def send(self, mail: OutgoingMail) -> dict[str, str]:
        """The recipients that were refused, and why. Raises NotSent if nobody got it."""
        if self.trouble:
            # The server cannot be reached: the others need not find out one by one.
            raise self.trouble
        try:
            return self._sent(self._opened(), mail)
        except smtplib.SMTPServerDisconnected as error:
            self.close()
            raise NotSent(f"the connection broke: {_said(error)}", is_final=False) from None
        except smtplib.SMTPNotSupportedError as error:
            raise NotSent(_said(error), is_final=True) from None
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPResponseException) as error:
            raise _refusal(error) from None
        except ValueError as error:
            raise NotSent(_said(error), is_final=True) from None
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            raise NotSent(_said(error), is_final=False) from None

    def _sent(self, server: smtplib.SMTP, mail: OutgoingMail) -> dict[str, str]:
        recipients = addresses_in_wire_form(mail.envelope_to)
        sender = addresses_in_wire_form([mail.mail_from])[0]
        is_international = not all(each.isascii() for each in (sender, *recipients))
        options = ["SMTPUTF8", "BODY=8BITMIME"] if is_international else []
        refused = server.sendmail(sender, recipients, bytes(mail.content), mail_options=options)
        written = dict(zip(recipients, mail.envelope_to, strict=True))
        return {written[each]: _answer(*said) for each, said in refused.items()}

    def _opened(self) -> smtplib.SMTP:
        if self.server is None:
            try:
                self.server = _connection()
            except (OSError, smtplib.SMTPException) as error:
                self.trouble = NotSent(
                    f"the mail server cannot be reached: {_said(error)}", is_final=False
                )
                raise self.trouble from None
        return self.server

    def close(self) -> None:
        server, self.server = self.server, None
        if server:
            try:
                server.quit()
            except (OSError, smtplib.SMTPException):
                server.close()


@contextmanager
def _connected() -> Iterator[Line]:
    line = Line()
    try:
        yield line
    finally:
        line.close()


def _connection() -> smtplib.SMTP:
    """Certificates are checked wherever TLS is asked for."""
    host, port, timeout = settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT
    if settings.EMAIL_USE_SSL:
        context = ssl.create_default_context()
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=timeout, context=context)
    else:
        server = smtplib.SMTP(host, port, timeout=timeout)
    try:
        if settings.EMAIL_USE_TLS:
            server.starttls(context=ssl.create_default_context())
        if settings.EMAIL_HOST_USER:
            server.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
    except BaseException:
        server.close()
        raise
    return server


def _refusal(error: smtplib.SMTPRecipientsRefused | smtplib.SMTPResponseException) -> NotSent:
    """5xx is for good; of several recipients one that may be tried again keeps the mail waiting."""
    answers: list[tuple[int, bytes | str]]
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        answers = [(code, text) for code, text in error.recipients.values()]
    else:
        answers = [(error.smtp_code, error.smtp_error)]
    is_final = all(500 <= code < 600 for code, _ in answers)
    # A server that refuses us, not the mail, may be set right: that is never final.
    if isinstance(error, smtplib.SMTPAuthenticationError | smtplib.SMTPHeloError):
        is_final = False
    return NotSent(_answer(*answers[0]), is_final=is_final)


def _answer(code: int, text: bytes | str) -> str:
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{code} {' '.join(said.split())}"[:LONGEST_ERROR]


def _said(error: BaseException) -> str:
    return (" ".join(str(error).split()) or type(error).__name__)[:LONGEST_ERROR]


# ---- telling what came of it --------------------------------------------------------------


def _note_taken(mail: OutgoingMail, taken: Taken) -> None:
    """A crash before this sends the mail again, with the same Message-ID."""
    with transaction.atomic():
        # Sent, the words live on in the record alone, so that erasing them there is enough.
        is_mine = _still_mine(mail).update(
            state=State.SENT, sent_at=taken.at, last_error="", content=b""
        )
        if not is_mine:
            return
        _mark_delivered(mail, taken.at)
        for address, reason in taken.refused.items():
            _mark_bounced(mail, address, reason, taken.at)


def _note_failure(mail: OutgoingMail, failure: NotSent, at: Instant) -> None:
    log.warning("mail %s was not sent: %s", mail.message_id, failure)
    if not failure.is_final and at < mail.created_at + GIVE_UP_SPAN:
        _still_mine(mail).update(
            state=State.QUEUED,
            last_error=str(failure)[:LONGEST_ERROR],
            next_attempt_at=at + wait_after(mail.attempts),
        )
        return
    with transaction.atomic():
        if not _still_mine(mail).update(state=State.FAILED, last_error=str(failure), content=b""):
            return
        for address in mail.envelope_to:
            _mark_bounced(mail, address, str(failure), at)


def _still_mine(mail: OutgoingMail) -> QuerySet[OutgoingMail]:
    return OutgoingMail.objects.filter(pk=mail.pk, state=State.SENDING, attempts=mail.attempts)


def wait_after(attempts: int) -> Span:
    """Twice as long each time, up to an hour."""
    return min(FIRST_WAIT << min(max(attempts - 1, 0), 20), LONGEST_WAIT)


def _mark_delivered(mail: OutgoingMail, at: Instant) -> None:
    if mail.message:
        actions.mark_delivered(
            mail.company,
            mail.ticket,
            at=at,
            actor=OUTBOX,
            message=mail.message,
            channel=Channel.MAIL,
        )


def _mark_bounced(mail: OutgoingMail, address: str, reason: str, at: Instant) -> None:
    person = Person.objects.filter(address=address).first()
    if mail.message:
        actions.mark_bounced(
            mail.company,
            mail.ticket,
            at=at,
            actor=OUTBOX,
            message=mail.message,
            person=person.uuid if person else None,
            reason=reason,
        )
