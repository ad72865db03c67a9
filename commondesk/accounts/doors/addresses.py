"""The library keeps addresses of its own; these hold them equal to those of the people.

Who has a password has one row, and nobody else has any.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from django.db.models import Q

from commondesk.accounts.models import Person

_TELLING = frozenset({"address", "password"})


def follow(
    instance: Person, created: bool, update_fields: Collection[str] | None = None, **_: Any
) -> None:
    """What to do when a person was saved."""
    if update_fields is not None and _TELLING.isdisjoint(update_fields):
        return
    if created and not instance.has_usable_password():
        return
    keep(instance)


def keep(person: Person) -> None:
    """Bring the row of this person up to date."""
    own = EmailAddress.objects.filter(user_id=person.pk)
    if not (person.address and person.has_usable_password()):
        own.delete()
        return
    own.exclude(email=person.address).delete()
    EmailAddress.objects.update_or_create(
        user_id=person.pk, email=person.address, defaults={"verified": True, "primary": True}
    )


def forget(person: UUID) -> None:
    """Remove the rows of a person whose address was erased."""
    EmailAddress.objects.filter(user__uuid=person).delete()


def keep_missing() -> None:
    """Make the rows of people who had a password before there were rows."""
    signing_in = Person.objects.exclude(Q(password="") | Q(password__startswith="!"))  # noqa: S106
    for person in signing_in.filter(address__isnull=False, emailaddress__isnull=True):
        keep(person)
