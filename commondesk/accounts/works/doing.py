"""Doing long work: one at a time, all of it or nothing, by one worker, again if it broke off.

A work is claimed twice over. Its lock on disk says that somebody alive is at it, and goes with the
process. The number of its attempt in its row says whose result counts: it is looked at, under a row
lock, in the transaction that carries the work out and marks it as done.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet

from commondesk.accounts import policy
from commondesk.accounts.models import Person, Work
from commondesk.accounts.works import files
from commondesk.accounts.works.asking import OPEN
from commondesk.accounts.works.files import Progress
from commondesk.accounts.works.kinds import KINDS, CannotBeDone, Doing, Given, Kind
from commondesk.core import texts
from commondesk.core.record.event import Actor
from commondesk.core.record.instant import Instant

MOST_ATTEMPTS = 3
LOOKED_AT = 20
TELL_SECONDS = 0.2
State = Work.State
log = logging.getLogger(__name__)


class Stopped(Exception):
    """Whoever asked for it wants it no more."""


class Interrupted(Exception):
    """The worker ends; another one does it."""


class Lost(Exception):
    """Another worker has taken it over, or it was taken away."""


def do_due(clock: Callable[[], Instant], is_ending: Callable[[], bool] = lambda: False) -> int:
    """Do the work that waits longest and that nobody is at; how many were done, 0 or 1."""
    for work in Work.objects.filter(state__in=OPEN).order_by("asked_at", "pk")[:LOOKED_AT]:
        with files.held(work.company, work.uuid) as is_ours:
            if is_ours and _claim(work, clock()):
                _do(work, clock, is_ending)
                return 1
    return 0


def _claim(work: Work, at: Instant) -> bool:
    waiting = Work.objects.filter(pk=work.pk, state__in=OPEN, attempts=work.attempts)
    if not waiting.update(state=State.RUNNING, attempts=F("attempts") + 1, began_at=at):
        return False
    work.attempts += 1
    return True


def _do(work: Work, clock: Callable[[], Instant], is_ending: Callable[[], bool]) -> None:
    try:
        if files.is_stop_asked(work.company, work.uuid):
            raise Stopped
        if work.attempts > MOST_ATTEMPTS or work.kind not in KINDS:
            raise CannotBeDone("broke_off")
        with texts.spoken(work.language):
            _carry_out(work, KINDS[work.kind], clock, is_ending)
    except Stopped:
        _end(work, State.STOPPED, clock())
    except CannotBeDone as refusal:
        _end(work, State.FAILED, clock(), refusal.why)
    except Interrupted:
        # It was no fault of the work: this attempt does not count.
        _mine(work).update(state=State.ASKED, attempts=work.attempts - 1)
    except Lost:
        return
    except Exception:
        log.exception("long work broke off: %s", work.kind)
        if work.attempts >= MOST_ATTEMPTS:
            _end(work, State.FAILED, clock(), "broke_off")
        else:
            _mine(work).update(state=State.ASKED)
    else:
        files.clear(work.company, work.uuid)


def _carry_out(
    work: Work, kind: Kind, clock: Callable[[], Instant], is_ending: Callable[[], bool]
) -> None:
    doing = Doing(
        company=work.company,
        actor=_actor(work.company, work.person),
        given=work.given,
        content=files.content_of(work.company, work.uuid),
        at=clock(),
        tell=_Teller(work, is_ending),
    )
    prepared = kind.prepare(doing)
    with transaction.atomic():
        if _mine(work).select_for_update().first() is None:
            raise Lost
        result: Given = kind.do(doing, prepared)
        _mine(work).update(state=State.DONE, result=dict(result), ended_at=clock())


def _actor(company: UUID, person: UUID) -> Actor:
    """Who does it: rights are read again in the transaction. Raises CannotBeDone."""
    viewer = policy.viewer_of(Person.objects.filter(uuid=person).first(), company)
    if viewer is None:
        raise CannotBeDone("not_allowed")
    return viewer.actor


def _end(work: Work, state: Work.State, at: Instant, why: str = "") -> None:
    if _mine(work).update(state=state, why=why, ended_at=at):
        files.clear(work.company, work.uuid)


def _mine(work: Work) -> QuerySet[Work]:
    return Work.objects.filter(pk=work.pk, state=State.RUNNING, attempts=work.attempts)


class _Teller:
    """Notes how far it is a few times a second, and hears then whether to go on."""

    def __init__(self, work: Work, is_ending: Callable[[], bool]) -> None:
        self._work, self._is_ending = work, is_ending
        self._told = (-1, 0.0)

    def __call__(self, phase: int, done: int, total: int) -> None:
        """Raises Stopped and Interrupted."""
        now = time.monotonic()
        if phase == self._told[0] and now < self._told[1] + TELL_SECONDS and done < total:
            return
        self._told = (phase, now)
        if files.is_stop_asked(self._work.company, self._work.uuid):
            raise Stopped
        if self._is_ending():
            raise Interrupted
        files.tell(self._work.company, self._work.uuid, Progress(phase, done, total))
