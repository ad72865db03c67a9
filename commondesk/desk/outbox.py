"""Hands mails to the next server: each claimed by one UPDATE, sent outside of any transaction."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import monotonic
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Q, QuerySet

from commondesk.accounts.models import Company, Membership, Person
from commondesk.core.record.event import Actor, Side
from commondesk.core.record.events import Channel
from commondesk.core.record.instant import DAY, HOUR, MINUTE, SECOND, Instant, Span
from commondesk.core.record.steps import IllegalStep
from commondesk.desk import actions, notify, own_words, suppression
from commondesk.desk.mail.line import Answer, Dropped, Line, Outcome, OutOfReach, connected
from commondesk.desk.models import NOTHING, OutgoingMail
from commondesk.ledger.now import instant_now

OUTBOX = Actor("outbox", Side.MACHINE)
NO_SERVER = "no outgoing mail server is set: COMMONDESK_SMTP_URL"
NOBODY = own_words.NOBODY
BATCH = 100
SPELL_SECONDS = 5.0
"""How long one call may go on, so that whatever else is due gets its turn."""
CLAIM_SPAN: Span = 10 * MINUTE
"""After this long a mail that was claimed and never told of again is taken up anew."""
FIRST_WAIT: Span = 15 * SECOND
LONGEST_WAIT: Span = HOUR
FIRST_REST: Span = 5 * SECOND
LONGEST_REST: Span = MINUTE
OTHERS_TURN: Span = 5 * SECOND
GIVE_UP_SPAN: Span = 5 * DAY
LONGEST_ERROR = 500

State = OutgoingMail.State
log = logging.getLogger(__name__)


class NotSent(Exception):
    """A test mail was not taken. The text is what the next server said."""


class Due(NamedTuple):
    """A mail whose time has come, without what it says."""

    pk: int
    attempts: int
    ticket: UUID
    recipients: list[str]


@dataclass(frozen=True, slots=True)
class Rest:
    """A server that could not be reached is left alone for a while: all mail waits for it."""

    since: Instant
    until: Instant
    failures: int


_rests: dict[tuple[str, int], Rest] = {}


def send_due(at: Instant, *, clock: Callable[[], Instant] = instant_now) -> int:
    """Send what is due; tells how many mails the next server took.

    clock tells when it took each: that instant, not at, stands in the record.
    """
    _play(at, clock)
    if not settings.EMAIL_HOST:
        _tell_waiting(at, NO_SERVER)
        return 0
    if _is_resting(at):
        return 0
    sent, ends = 0, monotonic() + SPELL_SECONDS
    with connected() as line:
        try:
            for mail in _claimed(at):
                sent += _send(mail, line, clock)
                if monotonic() > ends:
                    break
        except OutOfReach as trouble:
            _rest(at, str(trouble)[:LONGEST_ERROR])
    return sent


def send_test(to: str) -> None:
    """Send one mail that belongs to nothing. Raises NotSent, and ValueError for a bad address."""
    if not settings.EMAIL_HOST:
        raise NotSent(NO_SERVER)
    home = Company.objects.filter(is_sample=False).order_by("prefix").first()
    mail_from = notify.desk_address(home) if home else "support@localhost"
    content = notify.test_mail(mail_from, to)
    with connected() as line:
        try:
            outcome = line.send(mail_from, [to], content)
        except (OutOfReach, Dropped) as trouble:
            raise NotSent(str(trouble)) from None
    for answer in outcome.refused.values():
        raise NotSent(answer.said)


# ---- a sample -----------------------------------------------------------------------------


def _play(at: Instant, clock: Callable[[], Instant]) -> None:
    """Mail of a sample goes nowhere: it counts as taken, and no line to any server is open."""
    samples = list(Company.objects.filter(is_sample=True).values_list("uuid", flat=True))
    if not samples:
        return
    due = _waiting(at).filter(company__in=samples).order_by("id")
    for pk, attempts in list(due.values_list("pk", "attempts")[:BATCH]):
        if mail := _claim(pk, attempts, at):
            _pretend(mail, clock())


def _pretend(mail: OutgoingMail, at: Instant) -> None:
    _note(mail, Outcome(taken=tuple(mail.envelope_to)), at)


def _is_made_up(mail: OutgoingMail) -> bool:
    """Of a sample, or to somebody who is known to samples alone."""
    if mail.company != NOTHING:
        return Company.objects.filter(uuid=mail.company, is_sample=True).exists()
    members = Membership.objects.filter(person__address__in=mail.envelope_to)
    samples = set(members.values_list("company__is_sample", flat=True))
    return samples == {True}


# ---- a server that is away ----------------------------------------------------------------


def _server() -> tuple[str, int]:
    return settings.EMAIL_HOST, settings.EMAIL_PORT


def _is_resting(at: Instant) -> bool:
    rest = _rests.get(_server())
    return rest is not None and rest.since <= at < rest.until


def _rest(at: Instant, said: str) -> None:
    """One try for all mails, not one for each: they keep their order and their own patience."""
    log.warning("no mail goes out: %s", said)
    before = _rests.get(_server())
    failures = before.failures + 1 if before and before.since <= at else 1
    span = min(FIRST_REST << min(failures - 1, 20), LONGEST_REST)
    _rests[_server()] = Rest(at, at + with_jitter(span), failures)
    _give_up_old(at, said)
    _tell_waiting(at, said)


def _tell_waiting(at: Instant, said: str) -> None:
    _waiting(at).exclude(last_error=said).update(last_error=said)


def _give_up_old(at: Instant, said: str) -> None:
    old = _waiting(at).filter(created_at__lte=at - GIVE_UP_SPAN).order_by("id")
    for pk, attempts in list(old.values_list("pk", "attempts")[:BATCH]):
        if mail := _claim(pk, attempts, at):
            _note(mail, _all_refused(mail, Answer(said, is_final=True)), at)


# ---- claiming -----------------------------------------------------------------------------


def _waiting(at: Instant) -> QuerySet[OutgoingMail]:
    return _unfinished().filter(next_attempt_at__lte=at)


def _unfinished() -> QuerySet[OutgoingMail]:
    return OutgoingMail.objects.filter(Q(state=State.QUEUED) | Q(state=State.SENDING))


def _claimed(at: Instant) -> Iterator[OutgoingMail]:
    """The mails that are due and that nobody else took meanwhile, one by one."""
    while due := _due(at):
        crowded = _tickets_with_several(due)
        for each in due:
            if each.ticket in crowded and _wait_for_earlier(each, at):
                continue
            if mail := _claim(each.pk, each.attempts, at):
                yield mail


def _due(at: Instant) -> list[Due]:
    rows = _waiting(at).order_by("next_attempt_at", "id")
    fields = ("pk", "attempts", "ticket", "envelope_to")
    return [Due(*row) for row in rows.values_list(*fields)[:BATCH]]


def _claim(pk: int, attempts: int, at: Instant) -> OutgoingMail | None:
    is_mine = (
        _waiting(at)
        .filter(pk=pk, attempts=attempts)
        .update(state=State.SENDING, attempts=F("attempts") + 1, next_attempt_at=at + CLAIM_SPAN)
    )
    return OutgoingMail.objects.get(pk=pk) if is_mine else None


def _tickets_with_several(due: list[Due]) -> set[UUID]:
    # Letters are of no ticket: none waits for another.
    tickets = {each.ticket for each in due} - {NOTHING}
    rows = _unfinished().filter(ticket__in=tickets).values("ticket")
    return set(
        rows.annotate(count=Count("pk")).filter(count__gt=1).values_list("ticket", flat=True)
    )


def _wait_for_earlier(due: Due, at: Instant) -> bool:
    """Keep the order that a reader of this ticket sees; an earlier mail that failed is no hurdle.

    A notice that is not due yet holds up nothing.
    """
    fields = ("envelope_to", "next_attempt_at", "attempts", "state")
    earlier = _unfinished().filter(ticket=due.ticket, pk__lt=due.pk).values_list(*fields)
    waits = [
        at + OTHERS_TURN if state == State.SENDING else next_attempt_at
        for recipients, next_attempt_at, attempts, state in earlier
        if not set(recipients).isdisjoint(due.recipients) and (attempts or next_attempt_at <= at)
    ]
    if not waits:
        return False
    later = _unfinished().filter(pk=due.pk, attempts=due.attempts)
    later.update(next_attempt_at=max(*waits, at) + SECOND)
    return True


# ---- sending ------------------------------------------------------------------------------


def _send(mail: OutgoingMail, line: Line, clock: Callable[[], Instant]) -> int:
    """1 if the next server took it for anybody. Raises OutOfReach."""
    if _is_made_up(mail):
        _pretend(mail, clock())
        return 0
    off = {} if mail.content else _all_refused(mail, Answer(NOBODY, is_final=True)).refused
    off |= {
        address: Answer(own_words.SWITCHED_OFF % {"address": address, "why": why}, True)
        for address, why in suppression.suppressed_among(mail.company, mail.envelope_to).items()
    }
    wanted = [each for each in mail.envelope_to if each not in off] if mail.content else []
    outcome = _handed_over(mail, wanted, line, clock) if wanted else Outcome()
    _note(mail, Outcome(outcome.taken, {**off, **outcome.refused}), clock())
    return 1 if outcome.taken else 0


def _handed_over(
    mail: OutgoingMail, wanted: list[str], line: Line, clock: Callable[[], Instant]
) -> Outcome:
    try:
        outcome = line.send(mail.mail_from, wanted, bytes(mail.content))
    except OutOfReach:
        # It was not this mail's fault: it keeps its place.
        _still_mine(mail).update(state=State.QUEUED, next_attempt_at=mail.created_at)
        raise
    except Dropped as drop:
        return Outcome(refused=dict.fromkeys(wanted, Answer(str(drop), is_final=False)))
    _rests.pop(_server(), None)
    return outcome


def _all_refused(mail: OutgoingMail, answer: Answer) -> Outcome:
    return Outcome(refused=dict.fromkeys(mail.envelope_to, answer))


# ---- telling what came of it --------------------------------------------------------------


def _note(mail: OutgoingMail, outcome: Outcome, at: Instant) -> None:
    """A crash before this sends the mail again, with the same Message-ID."""
    final = {address: each for address, each in outcome.refused.items() if each.is_final}
    later = {address: each for address, each in outcome.refused.items() if not each.is_final}
    if later and at >= mail.created_at + GIVE_UP_SPAN:
        final, later = {**final, **later}, {}
    try:
        with transaction.atomic():
            if _note_row(mail, outcome, final, later, at):
                _tell_record(mail, outcome, final, at)
    except (IllegalStep, LookupError, ValueError):
        # Sent is sent: a record that cannot hold it must not make us send it again.
        log.exception("mail %s went out, and the record could not be told", mail.message_id)
        _note_row(mail, outcome, final, later, at)


def _note_row(
    mail: OutgoingMail,
    outcome: Outcome,
    final: dict[str, Answer],
    later: dict[str, Answer],
    at: Instant,
) -> int:
    tried_at = mail.next_attempt_at - CLAIM_SPAN
    sent_at = at if outcome.taken else mail.sent_at
    said = [each.said for each in (*later.values(), *final.values())]
    error = said[0] if said else NOBODY if sent_at is None else ""
    if error:
        log.warning("mail %s was not sent to everybody: %s", mail.message_id, error)
    if later:
        return _still_mine(mail).update(
            state=State.QUEUED,
            envelope_to=list(later),
            sent_at=sent_at,
            last_error=error[:LONGEST_ERROR],
            next_attempt_at=max(at, tried_at) + with_jitter(wait_after(mail.attempts)),
        )
    # Sent, the words live on in the record alone, so that erasing them there is enough.
    return _still_mine(mail).update(
        state=State.FAILED if sent_at is None else State.SENT,
        sent_at=sent_at,
        last_error=error[:LONGEST_ERROR],
        content=b"",
    )


def _tell_record(
    mail: OutgoingMail, outcome: Outcome, final: dict[str, Answer], at: Instant
) -> None:
    if outcome.taken:
        _mark_delivered(mail, at)
    for address, answer in final.items():
        person = Person.objects.filter(address=address).values_list("uuid", flat=True).first()
        _mark_bounced(mail, person, answer.said, at)
        if answer.is_about_them and mail.company != NOTHING:
            suppression.note_bounce(
                mail.company, address, answer.said, at=at, actor=OUTBOX, person=person
            )
    if not mail.envelope_to:
        _mark_bounced(mail, None, NOBODY, at)


def _still_mine(mail: OutgoingMail) -> QuerySet[OutgoingMail]:
    return OutgoingMail.objects.filter(pk=mail.pk, state=State.SENDING, attempts=mail.attempts)


def wait_after(attempts: int) -> Span:
    """Twice as long each time, up to an hour."""
    return min(FIRST_WAIT << min(max(attempts - 1, 0), 20), LONGEST_WAIT)


def with_jitter(span: Span) -> Span:
    """Up to a quarter longer, so that what failed together does not come again together."""
    return span + secrets.randbelow(span // 4 + 1)


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


def _mark_bounced(mail: OutgoingMail, person: UUID | None, reason: str, at: Instant) -> None:
    if mail.message:
        actions.mark_bounced(
            mail.company,
            mail.ticket,
            at=at,
            actor=OUTBOX,
            message=mail.message,
            person=person,
            reason=reason,
        )
