"""Removing the sample without a trace: rows, record, words, files, search entries and people."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from uuid import UUID

from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import models, transaction

from commondesk.accounts.importing import kept
from commondesk.accounts.models import Company, Engagement, Membership, Person, Provider
from commondesk.desk import handed_exports, search
from commondesk.desk.models import MessageRow, TicketRow
from commondesk.intake import raw_files
from commondesk.intake.models import RawMail
from commondesk.ledger import removal
from commondesk.review.asking import snapshot

AT_ONCE = 400
APART = frozenset({"ledger.Entry", "ledger.Words", "ledger.ChainHead", "accounts.Company"})
"""The record goes last, by its own hand."""


def remove_all() -> int:
    """Remove every sample there is; how many."""
    found = list(Company.objects.filter(is_sample=True).values_list("uuid", flat=True))
    for company in found:
        remove(company)
    return len(found)


def remove(company: UUID) -> None:
    """Remove a sample with all that belongs to it. What was begun and broke off goes on.

    People whom no other company knows go too; who looked at it stays. Raises NotMadeUp.
    """
    removal.require_sample(company)
    # From now on time brings nothing about in it.
    Company.objects.filter(uuid=company).update(is_playing=True)
    with transaction.atomic():
        search.clear(company)
    _remove_tickets(company)
    _remove_mail(company)
    for model in _models_of_companies():
        model._base_manager.filter(company=company).delete()
    removal.remove(company)
    with transaction.atomic():
        _remove_people(company)
        Company.objects.filter(uuid=company).delete()
    shutil.rmtree(kept.folder_of(company), ignore_errors=True)
    snapshot.drop(company)
    handed_exports.remove_all(company)
    search.tidy()


def _remove_tickets(company: UUID) -> None:
    own = TicketRow.objects.filter(company=company)
    while some := list(own.values_list("uuid", flat=True)[:AT_ONCE]):
        with transaction.atomic():
            MessageRow.objects.filter(ticket_id__in=some).delete()
            TicketRow.objects.filter(uuid__in=some).delete()


def _remove_mail(company: UUID) -> None:
    """The bytes as well, unless another company got the same."""
    own = RawMail.objects.filter(company=company)
    for path in set(own.exclude(path="").values_list("path", flat=True)):
        if not RawMail.objects.filter(path=path).exclude(company=company).exists():
            raw_files.remove(path)
    own.delete()


def _models_of_companies() -> Iterator[type[models.Model]]:
    """Every table whose rows say by themselves whose they are, those that others name last."""
    for model in reversed(apps.get_models()):
        names = {field.name for field in model._meta.concrete_fields}
        is_later = model._meta.label in APART or model in (Membership, Engagement)
        if "company" in names and not is_later:
            yield model


def _remove_people(company: UUID) -> None:
    """Those whom the sample alone knew, with their sessions; and providers that served nobody else.

    A person of a real company who looked at the sample is one of that company still.
    """
    here = set(Membership.objects.filter(company=company).values_list("person", flat=True))
    elsewhere = Membership.objects.filter(person__in=here).exclude(company=company)
    alone = here - set(elsewhere.values_list("person", flat=True))
    _end_sessions(alone)
    served = set(Engagement.objects.filter(company=company).values_list("provider", flat=True))
    Membership.objects.filter(company=company).delete()
    Engagement.objects.filter(company=company).delete()
    Person.objects.filter(pk__in=alone).delete()
    Provider.objects.filter(pk__in=served, engagements=None).delete()


def _end_sessions(people: set[int]) -> None:
    sessions = apps.get_model("usersessions", "UserSession")._base_manager
    keys = sessions.filter(user__in=people).values_list("session_key", flat=True)
    Session.objects.filter(session_key__in=list(keys)).delete()
