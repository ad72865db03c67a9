"""Removing the whole record of a company that was made up. No other record is ever removed."""

from __future__ import annotations

from uuid import UUID

from django.db import connection, transaction

from commondesk.core.record.event import COMPANY_STREAM
from commondesk.core.record.events import CompanyFounded

from . import anchors, files, guard, store, tables
from .models import ChainHead, Entry, Words

AT_ONCE = 10_000
"""So many rows go in one transaction: then others may write."""

_ENTRIES = (
    f"DELETE FROM {Entry._meta.db_table}"  # noqa: S608
    " WHERE company = %s AND sequence > %s"
)


class NotMadeUp(ValueError):
    """The record does not begin by saying that its company is a sample."""


def remove(company: UUID) -> None:
    """Remove events, words, files and anchors of a sample; one that is half removed goes on.

    The first event goes last, as it says that the rest may go. Raises NotMadeUp.
    """
    require_sample(company)
    _remove_words(company)
    last = store.head_of(company).sequence
    while last > 0:
        last = max(0, last - AT_ONCE)
        with transaction.atomic():
            if last == 0:
                ChainHead.objects.filter(company=company).delete()
            guard.lift(connection)
            tables.execute(_ENTRIES, company, last)
            guard.set_up(connection)
    anchors.path_of(company).unlink(missing_ok=True)


def require_sample(company: UUID) -> None:
    """Raises NotMadeUp unless the record says that its company is a sample, or is gone."""
    begun = store.named(company, COMPANY_STREAM, CompanyFounded.NAME)
    if any(isinstance(each.body, CompanyFounded) and not each.body.is_sample for each in begun):
        raise NotMadeUp(f"{company} is no sample: its record stays")
    if not begun and store.head_of(company).sequence:
        raise NotMadeUp(f"the record of {company} does not say that it is a sample: it stays")


def _remove_words(company: UUID) -> None:
    own = Words.objects.filter(company=company)
    while some := list(own.values_list("id", "has_file")[:AT_ONCE]):
        with transaction.atomic():
            for start in range(0, len(some), 500):
                part = [identity for identity, _ in some[start : start + 500]]
                Words.objects.filter(id__in=part).delete()
        files.remove(identity for identity, has_file in some if has_file)
