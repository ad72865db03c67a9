"""Whose mail it is, by the addresses it came to."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from commondesk.accounts.models import Company
from commondesk.core.record.instant import Instant
from commondesk.core.texts import gettext
from commondesk.ledger import tables

from . import reasons
from .mail import addresses
from .models import Mailbox, RawMail

LONGEST_SCOPE = 64

_BOOK = f"""
    SELECT 'company', "uuid", "desk_address" FROM "{Company._meta.db_table}" WHERE NOT "is_sample"
    UNION ALL
    SELECT 'mailbox', "company", "address" FROM "{Mailbox._meta.db_table}"
    WHERE "company" IS NULL OR "address" IN ({{places}})
"""  # noqa: S608 - names of ours; what others wrote is given beside it
_SERVICES = (
    f"SELECT address, service FROM {Mailbox._meta.db_table}"  # noqa: S608
    " WHERE (company = %s OR company IS NULL) AND address IN ({})"
)


class UnfitMailbox(ValueError):
    """The address cannot be added as asked. The text says why."""


def without_tag(address: str) -> str:
    """`Support+t-acme-1.xyz@A.example` is for `support@a.example`."""
    local, _, domain = address.strip().lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


@dataclass(frozen=True, slots=True)
class Book:
    """Who is served at which address, as it stands at one moment."""

    has_companies: bool
    companies: Mapping[str, UUID]
    shared: frozenset[str]
    sole_company: UUID | None

    def scopes_of(self, recipients: Sequence[str]) -> dict[str, UUID | None]:
        """Whom mail to these is for: within a scope the same bytes are the same mail.

        A company; else a shared mailbox, where the sender's domain will say which company; else
        the only company there is; else nobody knows.
        """
        wanted = {without_tag(each) for each in recipients}
        companies = {self.companies[each] for each in wanted if each in self.companies}
        shared = wanted & self.shared
        if not companies and not shared and self.sole_company:
            companies = {self.sole_company}
        if companies or shared:
            return {
                **{str(company): company for company in sorted(companies)},
                **{scope_of_shared(each): None for each in sorted(shared)},
            }
        listed = "\n".join(sorted(each.strip().lower() for each in recipients))
        return {hashlib.sha256(listed.encode("utf-8", "replace")).hexdigest(): None}


def book_for(recipients: Iterable[str]) -> Book:
    """What the book says of these addresses, in one question: each mail that comes asks it."""
    wanted = sorted({without_tag(each) for each in recipients})
    with connection.cursor() as cursor:
        cursor.execute(_BOOK.format(places=", ".join(["%s"] * len(wanted)) or "NULL"), wanted)
        found = [(kind, as_uuid(company), address) for kind, company, address in cursor]
    companies = {company for kind, company, _ in found if kind == "company" and company}
    shared = frozenset(address for _, company, address in found if not company)
    return Book(
        has_companies=bool(companies),
        companies={address: company for _, company, address in found if company and address},
        shared=shared,
        # With a mailbox for many, mail to other addresses is nobody's for sure.
        sole_company=min(companies) if len(companies) == 1 and not shared else None,
    )


def as_uuid(value: object) -> UUID | None:
    """SQLite keeps the digits alone."""
    return value if isinstance(value, UUID) else UUID(str(value)) if value else None


def scopes_of(recipients: Sequence[str]) -> dict[str, UUID | None]:
    """Whom mail to these recipients is for, by scope; None where the address alone does not say."""
    return book_for(recipients).scopes_of(recipients)


def scope_of_shared(address: str) -> str:
    scope = f"shared:{address}"
    if len(scope) <= LONGEST_SCOPE:
        return scope
    return f"shared:{hashlib.sha256(address.encode()).hexdigest()}"[:LONGEST_SCOPE]


def has_companies() -> bool:
    return Company.objects.filter(is_sample=False).exists()


def service_of(company: UUID, recipients: Sequence[str]) -> str:
    """The service that the first mailbox among the recipients stands for."""
    wanted = [without_tag(each) for each in recipients]
    if not wanted:
        return ""
    services = dict(tables.select(_SERVICES.format(tables.marks(len(wanted))), company, *wanted))
    return next((services[each] for each in wanted if services.get(each)), "")


def add(company: UUID | None, address: str, *, service: str = "") -> Mailbox:
    """Take mail to this address for the company, or for all of them by the senders' domains.

    The first one of a company is what its desk writes from. Raises UnfitMailbox.
    """
    plain = require_fit(company, address)
    mailbox, _ = Mailbox.objects.update_or_create(
        address=plain, defaults={"company": company, "service": service}
    )
    if company:
        Company.objects.filter(uuid=company, desk_address="").update(desk_address=plain)
    return mailbox


def require_fit(company: UUID | None, address: str) -> str:
    """The address in its one form, if it can be the company's. Raises UnfitMailbox."""
    try:
        plain = addresses.checked(address.strip()).lower()
    except addresses.Ambiguous as doubt:
        raise UnfitMailbox(f"{reasons.in_words(str(doubt))}.") from None
    if plain != without_tag(plain):
        said = gettext("%(address)s has a +tag; leave it out, every tag comes here too.")
        raise UnfitMailbox(said % {"address": plain})
    owners = {*_owners_of(plain)} - {company}
    if owners:
        raise UnfitMailbox(_words_for(owners.pop()) % {"address": plain})
    return plain


def remove(address: str) -> bool:
    """Take no more mail to it, and fetch none for it. False where there is no such mailbox."""
    count, _ = Mailbox.objects.filter(address=without_tag(address)).delete()
    return bool(count)


def claim_held(company: UUID | None, address: str, *, at: Instant) -> int:
    """File, from now on, what was held because nobody knew this address. Tells how many."""
    wanted = without_tag(address)
    scope = str(company) if company else scope_of_shared(wanted)
    held = RawMail.objects.filter(state=RawMail.State.HELD, settled_as="", company=None)
    return sum(
        _claim(mail, company, scope, at)
        for mail in held
        if wanted in {without_tag(each) for each in mail.envelope_to}
    )


def claim_held_of_domain(company: UUID, domain: str, *, at: Instant) -> int:
    """File what came to a mailbox of many and was held because nobody knew this domain."""
    held = RawMail.objects.filter(
        state=RawMail.State.HELD,
        settled_as="",
        company=None,
        scope__startswith="shared:",
        sender__iendswith=f"@{domain.strip().lower()}",
    )
    return sum(_claim(mail, company, mail.scope, at) for mail in held)


def _claim(mail: RawMail, company: UUID | None, scope: str, at: Instant) -> bool:
    """False where the same bytes are there for them already."""
    others = RawMail.objects.filter(sha256=mail.sha256, scope=scope).exclude(pk=mail.pk)
    if others.exists():
        return False
    mail.company, mail.scope = company, scope
    mail.state, mail.reason, mail.next_attempt_at = RawMail.State.RECEIVED, "", at
    mail.held_as = ""
    mail.save()
    return True


def _owners_of(address: str) -> list[UUID | None]:
    boxes = Mailbox.objects.filter(address=address).values_list("company", flat=True)
    desks = Company.objects.filter(desk_address=address).values_list("uuid", flat=True)
    return [*boxes, *desks]


def _words_for(owner: UUID | None) -> str:
    if owner:
        return gettext("%(address)s belongs to another company already.")
    return gettext("%(address)s belongs to the mailboxes that serve many companies already.")
