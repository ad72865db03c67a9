"""Addresses that mail failed for, for good: nothing more goes there until somebody allows it.

A server that once hears of many unknown addresses from us believes the rest of our mail less.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from commondesk.accounts import directory, policy
from commondesk.accounts.models import Person, address_of
from commondesk.accounts.policy import Right
from commondesk.core.record.draft import Draft
from commondesk.core.record.event import MAIL_STREAM, Actor, Body, Event, Side, WordsRef
from commondesk.core.record.events import AddressAllowed, AddressSuppressed
from commondesk.core.record.instant import Instant
from commondesk.desk.models import SuppressedAddress
from commondesk.desk.rows import ERASED
from commondesk.ledger import chain, store, words
from commondesk.ledger.models import Entry, Words

MACHINE = Actor("suppression", Side.MACHINE)
ADDRESS, REASON = "address", "bounce"
LONGEST_REASON = 500

# RFC 3463: there is no such mailbox (5.1.1) or domain (5.1.2, 5.1.10), the address is none
# (5.1.3), its owner moved (5.1.6), the mailbox is switched off (5.2.1). A full mailbox (5.2.2), a
# policy (5.7.x) and what is said of our own address (5.1.7, 5.1.8) say nothing about the address.
_GONE = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?!\d|\.\d)")
_SAYS_LITTLE = frozenset({"5.0.0", "5.1.0"})
_REPLY_CODE = re.compile(r"^\s*(?:smtp;\s*)?([245]\d\d)\b", re.IGNORECASE)
_NOBODY = re.compile(
    r"(?:no such (?:user|mailbox|recipient|address|person)"
    r"|(?:user|recipient|mailbox|address)(?: \S+)? (?:is )?(?:unknown|not found|does not exist"
    r"|doesn't exist|not known)"
    r"|unknown (?:user|recipient|mailbox|local part|address)"
    r"|(?:user|recipient|account|mailbox) (?:is )?(?:disabled|inactive|suspended)"
    r"|does not have an account)",
    re.IGNORECASE,
)


def is_gone(said: str) -> bool:
    """Whether what a server or a delivery report said means that there is no such address."""
    status, code = _STATUS.search(said), _REPLY_CODE.match(said)
    if status and status[1] not in _SAYS_LITTLE:
        return status[1] in _GONE and not (code and code[1].startswith("4"))
    is_final = bool(status) or (code is not None and code[1].startswith("5"))
    return is_final and _NOBODY.search(said) is not None


# ---- deciding -----------------------------------------------------------------------------


def note_bounce(
    company: UUID,
    address: str,
    said: str,
    *,
    at: Instant,
    actor: Actor = MACHINE,
    person: UUID | None = None,
) -> bool:
    """Suppress an address if what was said of it means that it is gone; True if it did.

    said is a status (`5.1.1`) or the words of a server. A delivery report must have been tied to a
    mail of ours that went to this address: anybody can write one.
    """
    if not is_gone(said):
        return False
    return suppress(company, address, said, at=at, actor=actor, person=person)


@transaction.atomic
def suppress(
    company: UUID,
    address: str,
    reason: str,
    *,
    at: Instant,
    actor: Actor = MACHINE,
    person: UUID | None = None,
) -> bool:
    """Send nothing more to an address; False where that was so already. Raises NotAllowed."""
    directory.hold_record(company)
    _require_right(company, actor)
    if is_suppressed(company, address):
        return False
    body = AddressSuppressed(
        address=_kept(company, ADDRESS, address_of(address)),
        reason=_kept(company, REASON, " ".join(reason.split())[:LONGEST_REASON]),
        person=str(person or _uuid_of(address) or ""),
    )
    _record(company, body, at=at, actor=actor)
    return True


@transaction.atomic
def allow(
    company: UUID, address: str, *, at: Instant, actor: Actor, person: UUID | None = None
) -> bool:
    """Send to an address again; False where nothing kept mail from it. Raises NotAllowed."""
    directory.hold_record(company)
    _require_right(company, actor)
    if not is_suppressed(company, address):
        return False
    body = AddressAllowed(
        address=_kept(company, ADDRESS, address_of(address)),
        person=str(person or _uuid_of(address) or ""),
    )
    _record(company, body, at=at, actor=actor)
    return True


def _require_right(company: UUID, actor: Actor) -> None:
    # Here and not above: the desk's steps queue mail, and so stand above this.
    from commondesk.desk.writing import NotAllowed, viewer_of

    if actor.is_person and not policy.may(viewer_of(company, actor), Right.WORK_TICKETS):
        raise NotAllowed(f"{actor.id} may not {Right.WORK_TICKETS}")


def _uuid_of(address: str) -> UUID | None:
    found = Person.objects.filter(address=address_of(address))
    return found.values_list("uuid", flat=True).first()


def _kept(company: UUID, kind: str, text: str) -> WordsRef:
    return words.keep(company, stream=MAIL_STREAM, kind=kind, text=text)


def _record(company: UUID, body: Body, *, at: Instant, actor: Actor) -> None:
    (recorded,) = store.append(company, [Draft(MAIL_STREAM, at, actor, body)], learnt_at=at)
    apply(company, recorded.event)


# ---- asking -------------------------------------------------------------------------------


def is_suppressed(company: UUID, address: str) -> bool:
    """Whether mail to this address is switched off."""
    return _rows(company, [address]).exists()


def suppressed_among(company: UUID, addresses: Iterable[str]) -> dict[str, str]:
    """Those of the addresses that mail is switched off for, each with the reason."""
    given = {address_of(each): each for each in addresses}
    rows = _rows(company, given).values_list("address", "reason")
    return {given[address]: reason for address, reason in rows}


def _rows(company: UUID, addresses: Iterable[str]) -> QuerySet[SuppressedAddress]:
    plain = [address_of(each) for each in addresses]
    return SuppressedAddress.objects.filter(company=company, address__in=plain)


# ---- from the record ----------------------------------------------------------------------


def apply(company: UUID, event: Event) -> None:
    """Bring the row of the address of this event up to date; others change nothing."""
    body = event.body
    if not isinstance(body, AddressSuppressed | AddressAllowed):
        return
    address = words.text(body.address)
    if address is None:
        return
    rows = _rows(company, [address])
    if isinstance(body, AddressAllowed):
        rows.delete()
    elif not rows.exists():
        SuppressedAddress.objects.create(
            company=company,
            address=address,
            words=body.address.id,
            reason=words.text(body.reason) or ERASED,
            since=event.happened_at,
        )


@transaction.atomic
def rebuild(company: UUID) -> int:
    """Make the rows anew from the record; how many there are."""
    SuppressedAddress.objects.filter(company=company).delete()
    for event in _decided(company):
        apply(company, event)
    return SuppressedAddress.objects.filter(company=company).count()


def forget(company: UUID, ids: Iterable[str]) -> None:
    """Wipe addresses and reasons whose words were erased."""
    gone = list(ids)
    SuppressedAddress.objects.filter(company=company, words__in=gone).delete()
    if Words.objects.filter(
        company=company, id__in=gone, stream=MAIL_STREAM, kind__in=(ADDRESS, REASON)
    ).exists():
        rebuild(company)


def _decided(company: UUID) -> Iterator[Event]:
    names = (AddressSuppressed.NAME, AddressAllowed.NAME)
    own = Entry.objects.filter(company=company, stream=MAIL_STREAM, name__in=names)
    for row in own.order_by("position").values_list(*chain.FIELDS):
        yield store.event_of(row)
