"""The desk's own addresses: what it writes from, and the signed ones that answers come back to."""

from __future__ import annotations

import base64
import re
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from commondesk.accounts.models import Company
from commondesk.core.record.events import VendorLegBegun
from commondesk.desk.models import TicketRow
from commondesk.ledger import chance, store

from .headers import in_ascii

SIGNATURE_BYTES = 12  # 96 bits
VENDOR_SIGNATURE_BYTES = 16  # 128 bits
LONGEST_LOCAL_PART = 64
_VENDOR_TAG = re.compile(r"\+v-([a-z0-9-]+)-([0-9]{1,9})\.([a-z2-7]{26})@", re.IGNORECASE)
_REPLY_TAG = re.compile(r"\+t-([a-z0-9-]+)-([0-9]{1,9})\.([a-z2-7]{20})@", re.IGNORECASE)


def desk_address(home: Company) -> str:
    """The address that a company's desk writes from."""
    if home.desk_address:
        return home.desk_address
    host = urlsplit(str(settings.ORIGIN)).hostname or ""
    is_name = re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]+", host)
    return f"support@{host if is_name else 'localhost'}"


def new_message_id(home: Company) -> str:
    """An id that nobody can guess: 128 random bits."""
    return f"<{chance.some(16).hex()}@{_domain(home)}>"


def thread_id(home: Company, ticket: UUID) -> str:
    """An id that no mail has: notices about a ticket name it, so that readers file them together.

    It proves nothing to whoever answers.
    """
    return f"<{_digest('commondesk.thread', home.uuid, ticket).hex()[:32]}@{_domain(home)}>"


def _domain(home: Company) -> str:
    return in_ascii(desk_address(home)).rpartition("@")[2]


def reply_address(home: Company, row: TicketRow) -> str:
    """The desk's address with a signed tag that says which ticket an answer belongs to."""
    local, _, domain = desk_address(home).rpartition("@")
    tag = f"{home.prefix.lower()}-{row.number}.{_signature(home.uuid, row.uuid)}"
    tagged = f"{local}+t-{tag}"
    return f"{tagged if len(tagged) <= LONGEST_LOCAL_PART else local}@{domain}"


def ticket_of_reply_address(address: str) -> TicketRow | None:
    """The ticket that an address of ours was made for; None unless we signed it."""
    found = _REPLY_TAG.search(address)
    home = Company.objects.filter(prefix__iexact=found[1]).first() if found else None
    if found is None or home is None:
        return None
    row = TicketRow.objects.filter(company=home.uuid, number=int(found[2])).first()
    if row and constant_time_compare(found[3].lower(), _signature(home.uuid, row.uuid)):
        return row
    return None


def _signature(company: UUID, ticket: UUID) -> str:
    signed = _digest("commondesk.reply_address", company, ticket)
    return _in_letters(signed[:SIGNATURE_BYTES])


def vendor_address(home: Company, row: TicketRow, leg: str) -> str:
    """The desk's address for one leg of a vendor. It opens nothing but that leg."""
    local, _, domain = desk_address(home).rpartition("@")
    tag = f"{home.prefix.lower()}-{row.number}.{_vendor_signature(home.uuid, row.uuid, leg)}"
    tagged = f"{local}+v-{tag}"
    return f"{tagged if len(tagged) <= LONGEST_LOCAL_PART else local}@{domain}"


def leg_of_vendor_address(address: str) -> tuple[TicketRow, str] | None:
    """The ticket and leg that an address of ours was made for; None unless we signed it."""
    found = _VENDOR_TAG.search(address)
    home = Company.objects.filter(prefix__iexact=found[1]).first() if found else None
    if found is None or home is None:
        return None
    row = TicketRow.objects.filter(company=home.uuid, number=int(found[2])).first()
    if row is None:
        return None
    for leg in _legs_of(home.uuid, row.uuid):
        if constant_time_compare(found[3].lower(), _vendor_signature(home.uuid, row.uuid, leg)):
            return row, leg
    return None


def _legs_of(company: UUID, ticket: UUID) -> list[str]:
    """Every leg that a vendor had on a ticket, those that ended among them."""
    history = store.history(company, str(ticket))
    return [event.body.leg for event in history if isinstance(event.body, VendorLegBegun)]


def _vendor_signature(company: UUID, ticket: UUID, leg: str) -> str:
    signed = _digest("commondesk.vendor_address", company, f"{ticket}:{leg}")
    return _in_letters(signed[:VENDOR_SIGNATURE_BYTES])


def _in_letters(signed: bytes) -> str:
    return base64.b32encode(signed).decode().rstrip("=").lower()


def _digest(purpose: str, company: UUID, ticket: UUID | str) -> bytes:
    return salted_hmac(purpose, f"{company}:{ticket}", algorithm="sha256").digest()
