"""Mails that were kept are taken up, fairly by company, and filed several in one transaction.

What becomes of each is in settling.py. A mail that fails is tried again, alone, and in the end
waits for a person; its bytes stay in any case.
"""

from __future__ import annotations

import errno
import logging
import time
from collections.abc import Collection, Iterable, Sequence

from django.db import OperationalError, transaction
from django.db.models import F, QuerySet, Window
from django.db.models.functions import RowNumber

from commondesk.core.record.events import HeldReason
from commondesk.core.record.instant import MINUTE, SECOND, Instant, Span
from commondesk.ledger import files, memory, store, tables

from . import reading, settling
from .held import actions as held
from .letters import Filed, Letter, deliver_as_ticket, deliver_to_ticket, letter_of
from .models import RawMail
from .reading import Read
from .settling import Held

TOGETHER = 25
"""So many mails share a transaction at most."""
LONGEST_HOLD_SECONDS = 0.5
"""Then others may write, though not all of a batch is filed."""
BATCH = 100
CLAIM_SPAN: Span = 2 * MINUTE
"""After this long a mail that was claimed and never told of again is taken up anew."""
FIRST_WAIT: Span = 5 * SECOND
LONGEST_WAIT: Span = 10 * MINUTE
PAUSE: Span = MINUTE
"""How long nothing is tried again after trouble of this machine, such as a full disk."""
MOST_ATTEMPTS = 5
LONGEST_REASON = 500
LONGEST_SUBJECT = 500

_NOTE_OUTCOME = (
    f"UPDATE {RawMail._meta.db_table} SET"  # noqa: S608
    " company = %s, state = %s, reason = %s, next_attempt_at = NULL, sender = %s, automatic = %s,"
    " subject = %s, likeness = %s, check_result = %s, check_finding = %s,"
    " ticket = %s, message = %s, words = %s, acknowledged_at = %s"
    " WHERE id = %s AND attempts = %s"
)

_OF_THIS_MACHINE = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EMFILE, errno.ENOMEM)

State = RawMail.State
log = logging.getLogger(__name__)


class Overtaken(Exception):
    """Somebody else took this mail up meanwhile; what was done here is undone."""


# ---- taking up ----------------------------------------------------------------------------


def file_waiting(at: Instant) -> int:
    """File what waits, one after the other; tells how many mails were settled."""
    mails = claim(waiting(at, BATCH), at)
    return sum(
        file_all([reading.read(each) for each in mails[start : start + TOGETHER]], at)
        for start in range(0, len(mails), TOGETHER)
    )


def waiting(at: Instant, most: int) -> list[int]:
    """The mails that are due, the oldest of each company in turn: a burst keeps nobody waiting."""
    turn = Window(RowNumber(), partition_by="company", order_by="id")
    due = _waiting(at).annotate(turn=turn).order_by("turn", "id")
    return list(due.values_list("pk", flat=True)[:most])


def _waiting(at: Instant) -> QuerySet[RawMail]:
    return RawMail.objects.filter(next_attempt_at__lte=at)


def claim(wanted: Sequence[int], at: Instant, *, most_again: int = BATCH) -> list[RawMail]:
    """Take up those of these mails that nobody else took meanwhile, in the same order.

    most_again: of those that were tried before, so many at most.
    """
    if not wanted:
        return []
    with transaction.atomic():
        free = _waiting(at).filter(pk__in=wanted).select_for_update(skip_locked=True, of=("self",))
        found = {mail.pk: mail for mail in free.select_related("account")}
        mails = _chosen([found[each] for each in wanted if each in found], most_again)
        mine = RawMail.objects.filter(pk__in=[mail.pk for mail in mails])
        mine.update(attempts=F("attempts") + 1, next_attempt_at=at + CLAIM_SPAN)
    for mail in mails:
        mail.attempts += 1
    return [mail for mail in mails if not _is_deadly(mail, at)]


def _chosen(mails: Iterable[RawMail], most_again: int) -> list[RawMail]:
    chosen, left = [], most_again
    for mail in mails:
        # One that has no try left is only put aside.
        if 0 < mail.attempts < MOST_ATTEMPTS:
            if not left:
                continue
            left -= 1
        chosen.append(mail)
    return chosen


def _is_deadly(mail: RawMail, at: Instant) -> bool:
    """True for a mail that was claimed too often and never told of: it waits for a person now."""
    if mail.attempts <= MOST_ATTEMPTS:
        return False
    _note_failure(mail, RuntimeError("each process that tried to file it ended"), at)
    return True


def keep_claimed(mails: Collection[int], at: Instant) -> None:
    """These are still at work."""
    RawMail.objects.filter(pk__in=mails, next_attempt_at__gt=at).update(
        next_attempt_at=at + CLAIM_SPAN
    )


def give_back(mails: Iterable[RawMail], at: Instant) -> None:
    """Leave mails that were claimed to whoever comes next: nothing was tried."""
    for mail in mails:
        RawMail.objects.filter(pk=mail.pk, attempts=mail.attempts).update(
            attempts=F("attempts") - 1, next_attempt_at=at
        )


# ---- filing -------------------------------------------------------------------------------


def file(mail: RawMail, at: Instant) -> bool:
    """Settle one mail that we claimed; False if it must be tried again or waits for a person."""
    return bool(file_all([reading.read(mail)], at))


def file_all(some: Sequence[Read], at: Instant) -> int:
    """Settle mails that were read, most of them together; how many.

    Those that were tried before go alone: if one of them ended a process, it takes none along.
    """
    again = [[each] for each in some if each.mail.attempts > 1]
    fresh = [each for each in some if each.mail.attempts <= 1]
    try:
        count = sum(_file_together(alone, at)[0] for alone in again)
        while fresh:
            settled, looked_at = _file_together(fresh, at)
            count, fresh = count + settled, fresh[looked_at:]
    finally:
        for each in some:
            each.clear()
    return count


def _file_together(some: Sequence[Read], at: Instant) -> tuple[int, int]:
    """How many of these were settled, and how many looked at before others had to have a turn."""
    settled = looked_at = 0
    until = time.monotonic() + LONGEST_HOLD_SECONDS
    try:
        with memory.whole(), files.durable_together():
            for each in some:
                settling.adopt(each)
            store.hold_all(each.mail.company for each in some if each.mail.company)
            while looked_at < len(some) and (not looked_at or time.monotonic() < until):
                settled += _file_one(some[looked_at], at)
                looked_at += 1
    except Exception as error:
        if len(some) > 1:
            # Which of them it was shows when each goes alone: seldom, and so all go without
            # savepoints, which would cost each mail as much as its ticket's row.
            log.warning("%d mails are filed one by one, as together failed: %r", len(some), error)
            return sum(_file_together([each], at)[0] for each in some), len(some)
        if not isinstance(error, Overtaken):
            _note_failure(some[0].mail, error, at)
        return 0, 1
    return settled, looked_at


def _file_one(done: Read, at: Instant) -> bool:
    """False for one that could not be read. Whatever else fails undoes the whole transaction."""
    if done.trouble is not None:
        _note_failure(done.mail, done.trouble, at)
        return False
    _note_outcome(done, settling.settle(done, at))
    return True


def _note_outcome(done: Read, outcome: Held | Filed) -> None:
    mail, said = done.mail, done.said
    assert said is not None
    filed = outcome if isinstance(outcome, Filed) else None
    is_mine = tables.execute(
        _NOTE_OUTCOME,
        mail.company,
        str(State.FILED if filed else State.HELD),
        outcome.reason[:LONGEST_REASON],
        said.sender.address.lower() if said.sender else "",
        said.automatic,
        said.subject[:LONGEST_SUBJECT],
        said.likeness,
        str(done.finding.result),
        done.finding.text,
        outcome.ticket,
        filed.message if filed else "",
        filed.raw.id if filed and filed.raw else "",
        mail.received_at if filed and filed.is_acknowledged else None,
        mail.pk,
        mail.attempts,
    )
    if not is_mine:
        raise Overtaken


# ---- failing ------------------------------------------------------------------------------


def _note_failure(mail: RawMail, error: Exception, at: Instant) -> None:
    """Try again, each time later; then wait for a person. The bytes stay in any case."""
    is_ours = _is_ours(error)
    is_parked = mail.attempts >= MOST_ATTEMPTS and not is_ours
    log.error(
        "mail %s could not be filed (attempt %d)", mail.sha256[:12], mail.attempts, exc_info=error
    )
    is_mine = RawMail.objects.filter(pk=mail.pk, attempts=mail.attempts).update(
        state=State.FAILED,
        reason=f"{type(error).__name__}: {error}".replace("\0", "")[:LONGEST_REASON],
        # What this machine could not do counts as no try of the mail.
        attempts=mail.attempts - is_ours,
        next_attempt_at=None
        if is_parked
        else at + (PAUSE if is_ours else wait_after(mail.attempts)),
    )
    if is_mine and is_parked:
        with transaction.atomic(), memory.remembering():
            held.hold(mail, None, HeldReason.UNREADABLE, at=at, ticket=None, finding=None)


def _is_ours(error: Exception) -> bool:
    """Trouble of this machine, such as a full disk: no mail is to blame, and it passes."""
    is_of_disk = isinstance(error, OSError) and error.errno in _OF_THIS_MACHINE
    return is_of_disk or isinstance(error, OperationalError)


def wait_after(attempts: int) -> Span:
    """Four times as long each time."""
    return min(FIRST_WAIT << min(2 * max(attempts - 1, 0), 20), LONGEST_WAIT)


__all__ = [
    "Filed",
    "Held",
    "Letter",
    "deliver_as_ticket",
    "deliver_to_ticket",
    "file",
    "file_all",
    "file_waiting",
    "letter_of",
    "wait_after",
]
