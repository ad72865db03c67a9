"""A third party at work on its part: its leg, its numbers and dates, and words to it.

What comes back from a vendor is received like any mail (`receive_message`), on its leg alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from commondesk.accounts import directory, policy
from commondesk.accounts.directory import UnfitPerson
from commondesk.accounts.models import Membership, Person, address_of
from commondesk.core.record import events as e
from commondesk.core.record.event import Actor, Side
from commondesk.core.record.events import Attachment
from commondesk.core.record.instant import Instant
from commondesk.core.record.steps import IllegalStep
from commondesk.core.record.ticket import VendorLeg
from commondesk.core.texts import gettext, gettext_noop
from commondesk.desk import notify
from commondesk.desk.actions.copies import is_desks_own
from commondesk.desk.models import MessageRow
from commondesk.desk.writing import Work, step_on
from commondesk.ledger import chance

LONGEST_REFERENCE = 200
OWN_PEOPLE = gettext_noop(
    "%(address)s belongs to somebody of this company. Name an address of the vendor."
)


def begin_vendor_leg(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    vendor: str,
    reference: str = "",
    due_at: Instant | None = None,
    contact_address: str = "",
    contact_name: str = "",
) -> str:
    """Hand a part to a third party; the id of its leg. The inside owner stays.

    With an address of theirs, words can be mailed to them, and their answers come back here.
    """
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        name = _one_line(vendor)
        if not name:
            raise IllegalStep(gettext("Say who the vendor is."))
        contact = ""
        if contact_address.strip():
            contact = str(
                introduce_vendor(
                    company, contact_address, contact_name or name, at=at, actor=actor
                ).uuid
            )
        body = e.VendorLegBegun(str(chance.uuid()), name, _one_line(reference), due_at, contact)
        work.take(ticket, body)
        return body.leg


def introduce_vendor(
    company: UUID, address: str, name: str, *, at: Instant, actor: Actor
) -> Person:
    """The person of a vendor with that address, made known if need be.

    Raises IllegalStep where somebody else of the company has it: what a requester writes is
    public to the ticket, what a vendor writes never is.
    """
    written = address_of(address)
    if not notify.is_plain_address(written):
        raise IllegalStep(gettext("Give a mail address, such as help@vendor.example."))
    if is_desks_own(company, written):
        raise IllegalStep(
            gettext("This is an address of the desk itself: its mail would come back to it.")
        )
    known = membership_at(company, address)
    if known is not None and known.side != Side.VENDOR:
        raise IllegalStep(gettext(OWN_PEOPLE) % {"address": address.strip()})
    if known is not None and known.is_active:
        return known.person
    try:
        return directory.add_person(
            company,
            at=at,
            actor=actor,
            title=name,
            address=address,
            side=str(Side.VENDOR),
            roles=[],
        )
    except UnfitPerson as unfit:
        raise IllegalStep(str(unfit)) from None


def membership_at(company: UUID, address: str) -> Membership | None:
    """What whoever has this address is to the company, or was."""
    found = Membership.objects.select_related("person")
    return found.filter(company_id=company, person__address=address_of(address)).first()


def change_vendor_leg(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    leg: str,
    reference: str,
    due_at: Instant | None,
) -> None:
    """Note the vendor's own number, and the instant that it promises, as they are now."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        known = _leg(work, ticket, leg)
        reference = _one_line(reference)
        if (reference, due_at) == (known.reference, known.due_at):
            raise IllegalStep(gettext("That is what stands there already."))
        work.take(ticket, e.VendorLegChanged(leg, reference, due_at))


def write_to_vendor(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    leg: str,
    text: str,
    attachments: Sequence[Attachment] = (),
    quote: str = "",
) -> str:
    """Mail words to the contact of a vendor's leg; the id of the message.

    They get these words, and the message whose id is given as quote; nothing else of the ticket.
    """
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        if not text.strip() and not attachments:
            raise IllegalStep(gettext("Write something first."))
        if not _leg(work, ticket, leg).contact:
            raise IllegalStep(
                gettext(
                    "No mail address of this vendor is known. End this leg and begin one with it."
                )
            )
        whole = f"{text.rstrip()}{_quoted(work, ticket, quote)}"
        ref = work.keep(ticket, "message", whole)
        body = e.VendorWritten(str(chance.uuid()), leg, ref, tuple(attachments))
        work.take(ticket, body)
        return body.message


def _leg(work: Work, ticket: UUID, leg: str) -> VendorLeg:
    for each in work.ticket(ticket).vendor_legs:
        if each.id == leg:
            return each
    raise IllegalStep(gettext("This vendor is not at work on the ticket any more."))


def _quoted(work: Work, ticket: UUID, message: str) -> str:
    """A message of the ticket that the writer may read, as a quote; notes are for nobody else."""
    if not message:
        return ""
    row = MessageRow.objects.filter(ticket_id=ticket, id=message).exclude(kind="note").first()
    if row is None or not policy.may_read_note(work.viewer, row.audience, row.side, row.provider):
        raise IllegalStep(gettext("This message is not on the ticket."))
    lines = "\n".join(f"> {line}".rstrip() for line in row.text.strip().split("\n"))
    return f"\n\n{lines}"


def end_vendor_leg(
    company: UUID,
    ticket: UUID,
    *,
    at: Instant,
    actor: Actor,
    expected: int | None = None,
    leg: str | None = None,
) -> None:
    """The third party is done, or was called off; without a leg named, the latest begun."""
    with step_on(company, ticket, at=at, actor=actor, expected=expected) as work:
        legs = work.ticket(ticket).vendor_legs
        if not legs:
            raise IllegalStep(gettext("No vendor is at work on the ticket."))
        work.take(ticket, e.VendorLegEnded(leg or legs[-1].id))


def _one_line(text: str) -> str:
    return " ".join(text.split())[:LONGEST_REFERENCE]
