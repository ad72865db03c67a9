"""The bytes of filed mails go once the record has them; of erased ones nothing stays known."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.db import transaction

from commondesk.core.record.instant import DAY, HOUR, Instant, Span

from . import raw_files
from .models import RawMail

BATCH = 100
KEPT_SPAN: Span = HOUR
"""How long the bytes of a filed mail stay beside the record, which has them too."""
KEPT_ALONE_SPAN: Span = 30 * DAY
"""How long the bytes of a mail stay that opened nothing: no other copy of it is kept."""

State = RawMail.State


def tidy(at: Instant) -> int:
    """Remove the bytes of filed mails that the record holds by now; tells how many."""
    old = at - KEPT_SPAN
    filed = RawMail.objects.filter(state=State.FILED, received_at__lt=old)
    removed = 0
    for mail in filed.exclude(path="").exclude(words="")[:BATCH]:
        others = RawMail.objects.filter(sha256=mail.sha256).exclude(path="").exclude(pk=mail.pk)
        if others.exclude(state=State.FILED, words__gt="").exists():
            continue
        if raw_files.remove_if_older(mail.path, old):
            RawMail.objects.filter(pk=mail.pk).update(path="")
            removed += 1
    return removed


def let_go(at: Instant) -> int:
    """Remove the bytes of old mails that came to nothing, such as newsletters; tells how many."""
    old = at - KEPT_ALONE_SPAN
    idle = RawMail.objects.filter(state=State.FILED, words="", received_at__lt=old)
    removed = 0
    for mail in idle.exclude(path="")[:BATCH]:
        if RawMail.objects.filter(path=mail.path).exclude(pk=mail.pk).exists():
            RawMail.objects.filter(pk=mail.pk).update(path="")
        elif raw_files.remove_if_older(mail.path, old):
            RawMail.objects.filter(pk=mail.pk).update(path="")
            removed += 1
    return removed


def forget(company: UUID, ids: tuple[str, ...]) -> None:
    """Wipe what we know of mails whose raw words were erased."""
    gone = RawMail.objects.filter(company=company, words__in=ids)
    for mail in gone:
        if mail.path:
            transaction.on_commit(_remover_of(mail.path))
    gone.update(
        path="", sender="", envelope_from="", envelope_to=[], peer="", helo="", reason="erased"
    )


def _remover_of(place: str) -> Callable[[], None]:
    return lambda: raw_files.remove(place)
