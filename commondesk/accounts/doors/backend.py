"""Who may use the desk at all: asked at sign-in, and again for each request of a session."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.db import connection

from commondesk.accounts.models import Invitation, Membership, Person
from commondesk.ledger import tables
from commondesk.ledger.now import instant_now

_SHOWN = ("id", "password", "uuid", "address", "title", "is_active", "language", "manager_id")
# Asked for each request, so in plain SQL, and all at once. When they last signed in is left out.
_ENTITLED = (
    f"SELECT {', '.join(f'p.{name}' for name in _SHOWN)} FROM {Person._meta.db_table} p"  # noqa: S608
    " WHERE p.id = %s AND p.is_active AND ("
    f"EXISTS (SELECT 1 FROM {Membership._meta.db_table} m"
    " WHERE m.person_id = p.id AND m.is_active)"
    f" OR EXISTS (SELECT 1 FROM {Invitation._meta.db_table} i"
    " WHERE i.address = p.address AND i.accepted_at IS NULL"
    " AND i.withdrawn_at IS NULL AND i.expires_at > %s))"
)


class PeopleBackend(AuthenticationBackend):  # type: ignore[misc]
    """People by address and password. Who belongs to no company any more comes in nowhere."""

    def get_user(self, user_id: Any) -> Person | None:
        """The person of a session; None ends it."""
        return _entitled(user_id)


def may_enter(person: object) -> bool:
    """Whether somebody may sign in: active, and of a company, or asked to be."""
    return isinstance(person, Person) and _entitled(person.pk) is not None


def _entitled(pk: int) -> Person | None:
    for row in tables.select(_ENTITLED, pk, instant_now()):
        values = dict(zip(_SHOWN, row, strict=True))
        values |= {"uuid": tables.uuid_of(values["uuid"]), "is_active": True}
        return Person.from_db(connection.alias, _SHOWN, tuple(values.values()))
    return None
