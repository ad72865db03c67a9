"""Whose mail it is, by the addresses it came to."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from uuid import UUID

from commondesk.accounts.models import Company
from commondesk.core.record.instant import Instant

from .mail import addresses
from .models import Mailbox, RawMail


class UnfitMailbox(ValueError):
    """The address cannot be added as asked. The text says why."""


def without_tag(address: str) -> str:
    """`Support+t-acme-1.xyz@A.example` is for `support@a.example`."""
    local, _, domain = address.strip().lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def scopes_of(recipients: Sequence[str]) -> dict[str, UUID | None]:
    """The companies that mail to these recipients is for, by scope; None where nobody knows."""
    wanted = {without_tag(each) for each in recipients}
    boxes = Mailbox.objects.filter(address__in=wanted).values_list("company", flat=True)
    companies = set(boxes) | set(
        Company.objects.filter(desk_address__in=wanted).values_list("uuid", flat=True)
    )
    if not companies:
        companies = set(_sole_company())
    if companies:
        return {str(company): company for company in sorted(companies)}
    listed = "\n".join(sorted(each.strip().lower() for each in recipients))
    return {hashlib.sha256(listed.encode("utf-8", "replace")).hexdigest(): None}


def has_companies() -> bool:
    return Company.objects.exists()


def service_of(company: UUID, recipients: Sequence[str]) -> str:
    """The service that the first mailbox among the recipients stands for."""
    wanted = [without_tag(each) for each in recipients]
    services = dict(
        Mailbox.objects.filter(company=company, address__in=wanted).values_list(
            "address", "service"
        )
    )
    return next((services[each] for each in wanted if services.get(each)), "")


def add(company: UUID, address: str, *, service: str = "") -> Mailbox:
    """Take mail to this address for the company. The first one is what its desk writes from.

    Raises UnfitMailbox.
    """
    try:
        plain = addresses.checked(address.strip()).lower()
    except addresses.Ambiguous as doubt:
        raise UnfitMailbox(f"{doubt}.") from None
    if plain != without_tag(plain):
        raise UnfitMailbox(f"{plain} has a +tag; leave it out, every tag comes here too.")
    other = Mailbox.objects.filter(address=plain).exclude(company=company).first()
    if other:
        raise UnfitMailbox(f"{plain} belongs to another company already.")
    mailbox, _ = Mailbox.objects.update_or_create(
        address=plain, defaults={"company": company, "service": service}
    )
    Company.objects.filter(uuid=company, desk_address="").update(desk_address=plain)
    return mailbox


def claim_held(company: UUID, address: str, *, at: Instant) -> int:
    """File, from now on, what was held because nobody knew this address. Tells how many."""
    wanted = without_tag(address)
    count = 0
    for mail in RawMail.objects.filter(state=RawMail.State.HELD, company=None):
        if wanted not in {without_tag(each) for each in mail.envelope_to}:
            continue
        if RawMail.objects.filter(sha256=mail.sha256, scope=str(company)).exists():
            continue
        mail.company, mail.scope = company, str(company)
        mail.state, mail.reason, mail.next_attempt_at = RawMail.State.RECEIVED, "", at
        mail.save()
        count += 1
    return count


def _sole_company() -> tuple[UUID, ...]:
    """An installation with one company takes every mail to it."""
    some = tuple(Company.objects.values_list("uuid", flat=True)[:2])
    return some if len(some) == 1 else ()
