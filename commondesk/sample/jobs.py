"""A play that a page asked for: begun by the worker, in a process of its own, and told of.

The row of the play is all that the page, the worker and that process share. Whoever takes the row
away stops the play: it is looked for after each day, and what was played by then is removed.
"""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Callable
from uuid import UUID

from django.db import transaction

from commondesk.accounts import directory, policy
from commondesk.accounts.models import Company, Membership, Person
from commondesk.accounts.policy import Role
from commondesk.core.record.event import Side
from commondesk.core.record.instant import MINUTE, Instant, Span
from commondesk.intake.held.queries import steers_every_company
from commondesk.sample import cast, playing, removal
from commondesk.sample.models import Play

SILENCE: Span = 2 * MINUTE
"""A play that was not heard of for so long has ended with its process."""
ROLES = (
    *(Role.REFERENT, Role.DECISION_MAKER, Role.AGENT, Role.LEAD, Role.APPROVER),
    Role.REQUESTER,
)
log = logging.getLogger(__name__)


class NotTheirs(PermissionError):
    """Only who steers every company here plays the sample, looks at it and removes it."""


# ---- who may ------------------------------------------------------------------------------


def may_play(person: object) -> bool:
    """Whether this person steers every company here: then nobody else's is shown to them.

    Somebody who belongs to the sample alone steers none.
    """
    if not isinstance(person, Person) or not person.is_active:
        return False
    has_own = any(not company.is_sample for company in policy.visible_companies(person))
    return has_own and steers_every_company(person)


def require_player(person: object) -> Person:
    """Raises NotTheirs."""
    if not may_play(person):
        raise NotTheirs
    assert isinstance(person, Person)
    return person


# ---- asking -------------------------------------------------------------------------------


def sample() -> Company | None:
    """The sample that is there to look at."""
    return Company.objects.filter(is_sample=True, is_playing=False).first()


def current() -> Play | None:
    """The play that is going on, or that failed."""
    return Play.objects.filter(pk=Play.ONE).first()


@transaction.atomic
def ask(person: Person, *, at: Instant) -> None:
    """Ask for a play; whoever asks while one goes on, or after it, looks at that.

    Raises NotTheirs.
    """
    require_player(person)
    there = sample()
    if there is not None:
        join(there, person, at=at)
        return
    Play.objects.filter(pk=Play.ONE, state=Play.State.FAILED).delete()
    asked = Play(pk=Play.ONE, person=person.uuid, asked_at=at, beat_at=at)
    Play.objects.bulk_create([asked], ignore_conflicts=True)


def join(company: Company, person: Person, *, at: Instant) -> None:
    """Let somebody look at the sample from all its sides: as referent, decision maker and agent."""
    if Membership.objects.filter(company=company, person=person, is_active=True).exists():
        return
    directory.add_person(
        company.uuid,
        at=at,
        actor=cast.PLAYER,
        title=person.title,
        address=person.address or "",
        side=str(Side.COMPANY),
        roles=ROLES,
        team=cast.SITE_IT,
    )


def stop(person: Person) -> None:
    """End the play that goes on; what was played is removed by whoever played it.

    One that nobody has begun yet is gone at once. Raises NotTheirs.
    """
    require_player(person)
    Play.objects.filter(pk=Play.ONE).delete()


def remove(person: Person) -> int:
    """Remove the sample; how many there were. Raises NotTheirs."""
    require_player(person)
    if current() is not None:
        stop(person)
        return 0
    return removal.remove_all()


# ---- playing ------------------------------------------------------------------------------


def begin_due(at: Instant) -> int:
    """Begin the play that was asked for, and clear up after one whose process ended."""
    play = current()
    if play is None:
        return 0
    _clear_up(play, at)
    asked = Play.objects.filter(pk=Play.ONE, state=Play.State.ASKED)
    if not asked.exists():
        return 0
    if Company.objects.filter(is_sample=True, is_playing=True).exists():
        # The one that was stopped is still being removed; nobody does it if its process ended.
        if play.asked_at < at - SILENCE:
            removal.remove_all()
        return 0
    if not asked.update(state=Play.State.PLAYING, beat_at=at, days=playing.DAYS):
        return 0
    # A process of its own: it needs memory for half a minute, and can be ended.
    subprocess.Popen(
        [sys.executable, "-m", "commondesk.cli", "sample", "--asked"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    return 1


def _clear_up(play: Play, at: Instant) -> None:
    if play.state != Play.State.PLAYING or play.beat_at >= at - SILENCE:
        return
    silent = Play.objects.filter(pk=Play.ONE, state=Play.State.PLAYING, beat_at__lt=at - SILENCE)
    if silent.update(state=Play.State.FAILED, beat_at=at):
        log.warning("the play of the sample ended with its process; what it made is removed")
        removal.remove_all()


def play_asked(clock: Callable[[], Instant]) -> bool:
    """Play what a page asked for; False if it was stopped. Whoever asked can look at it then."""
    play = Play.objects.filter(pk=Play.ONE, state=Play.State.PLAYING).first()
    if play is None:
        return False
    try:
        is_whole = _play(play, clock)
        person = Person.objects.filter(uuid=play.person).first()
        there = sample()
        if is_whole and person is not None and there is not None and may_play(person):
            join(there, person, at=clock())
        if not is_whole:
            removal.remove_all()
    except Exception:
        Play.objects.filter(pk=Play.ONE).update(state=Play.State.FAILED)
        removal.remove_all()
        raise
    Play.objects.filter(pk=Play.ONE).delete()
    return is_whole


def _play(play: Play, clock: Callable[[], Instant]) -> bool:
    """False if the row of the play was taken away meanwhile."""
    mine = Play.objects.filter(pk=Play.ONE, asked_at=play.asked_at)
    story = playing.play(at=clock())
    for progress in story:
        told = mine.update(day=progress.day, tickets=progress.tickets, beat_at=clock())
        if not told:
            story.close()
            return False
    return True


def looked_at_by(address: str, *, at: Instant) -> UUID | None:
    """Let somebody who signs in here look at the sample; their uuid. None for a stranger."""
    person, there = Person.objects.filter(address=address.strip().lower()).first(), sample()
    if person is None or there is None or not may_play(person):
        return None
    join(there, person, at=at)
    return person.uuid


def only_player() -> str:
    """The address of the one person who may look at it; empty where there are none or several."""
    steering = Person.objects.filter(
        memberships__company__is_sample=False, memberships__side=str(Side.COMPANY), is_active=True
    )
    able = [each for each in steering.distinct() if each.address and may_play(each)]
    return able[0].address or "" if len(able) == 1 else ""
