"""Second factors: who has one, and who must have one before they go on."""

from __future__ import annotations

from urllib.parse import urlsplit

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from django.urls import reverse

from commondesk.accounts import letters, policy
from commondesk.accounts.models import Person
from commondesk.accounts.policy import Right
from commondesk.ledger.now import instant_now

FIRST_HAND = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
"""Recovery codes only stand in for one of these."""
AGENTS = "agents"


def has_second_factor(person: Person) -> bool:
    """Whether they are asked for more than a password."""
    return bool(Authenticator.objects.filter(user=person, type__in=FIRST_HAND).exists())


def needs_second_factor(person: Person) -> bool:
    """Whether one is asked of them: of everybody who works tickets, where the desk asks for it."""
    if settings.SECOND_FACTOR != AGENTS:
        return False
    members = person.memberships.filter(is_active=True).values_list("roles", "side")
    return any(Right.WORK_TICKETS in policy.rights_of(roles, side) for roles, side in members)


@transaction.atomic
def remove_all(person: Person) -> int:
    """Leave somebody with a password alone, and tell them so; how many factors there were.

    For whoever runs the machine, and has made sure who asks.
    """
    own = Authenticator.objects.filter(user=person)
    kinds = own.filter(type__in=FIRST_HAND).values_list("type", flat=True)
    removed = [str(kind) for kind in kinds]
    own.delete()
    for kind in set(removed) if person.address else ():
        letters.post(
            address=person.address or "",
            template="factor_removed",
            values={"factor": kind, "link": settings.ORIGIN + reverse("accounts:you")},
            language=person.language,
            at=instant_now(),
        )
    return len(removed)


def can_have_passkeys() -> bool:
    """Browsers make passkeys for names, over https or on this very machine."""
    ours = urlsplit(settings.ORIGIN)
    host = ours.hostname or ""
    is_name = not host.replace(".", "").isdigit() and ":" not in host
    return host == "localhost" or (ours.scheme == "https" and is_name)
