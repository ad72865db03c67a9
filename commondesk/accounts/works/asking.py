"""Asking for long work, stopping it, and putting away what ended."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.db.models import QuerySet

from commondesk.accounts.models import Work
from commondesk.accounts.works import files
from commondesk.accounts.works.kinds import KINDS, Given
from commondesk.core import texts
from commondesk.core.record.instant import Instant

MOST_AT_ONCE = 5
OPEN = (Work.State.ASKED, Work.State.RUNNING)


class TooMany(Exception):
    """Somebody has as much under way as one person may."""


def ask(
    company: UUID,
    person: UUID,
    kind: str,
    given: Given,
    *,
    at: Instant,
    content: bytes = b"",
) -> Work:
    """Have it done soon. Who asks for the same once more looks at what is under way.

    Raises TooMany, and OSError when the disk is full.
    """
    assert kind in KINDS, kind
    mine = list(own(company, person).filter(state__in=OPEN))
    for each in mine:
        if each.kind == kind and each.given == given:
            return each
    if len(mine) >= MOST_AT_ONCE:
        raise TooMany
    uuid = uuid4()
    files.keep(company, uuid, content)
    try:
        return Work.objects.create(
            uuid=uuid,
            company=company,
            person=person,
            kind=kind,
            given=dict(given),
            language=texts.language(),
            asked_at=at,
        )
    except BaseException:
        files.clear(company, uuid)
        raise


def own(company: UUID, person: UUID) -> QuerySet[Work]:
    """What this person asked for at the company, the latest first."""
    return Work.objects.filter(company=company, person=person).order_by("-asked_at", "-pk")


def work_of(company: UUID, person: UUID, uuid: UUID) -> Work | None:
    """One of them; None for anybody else's."""
    return own(company, person).filter(uuid=uuid).first()


def stop(work: Work) -> None:
    """Wish that it stops: then nothing of it is done. What has ended stays as it is.

    This writes no row: while the work is carried out, on SQLite nobody else could.
    """
    if work.state in OPEN:
        files.ask_to_stop(work.company, work.uuid)


def dismiss(work: Work) -> None:
    """Put away what has ended."""
    Work.objects.filter(pk=work.pk).exclude(state__in=OPEN).delete()


def tidy() -> int:
    """Remove from disk what is of no work that is still to do; of how many works that was."""
    removed = 0
    for company, uuid in set(files.left()):
        if not Work.objects.filter(uuid=uuid, state__in=OPEN).exists():
            files.clear(company, uuid)
            removed += 1
    return removed
