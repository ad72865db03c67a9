"""Mail without a company that finds its own: one by one, or all of an address or a domain."""

from __future__ import annotations

from django.db import transaction

from commondesk.accounts import domains
from commondesk.accounts.models import Company
from commondesk.core.record.event import Actor
from commondesk.core.record.instant import Instant
from commondesk.core.texts import gettext
from commondesk.intake import mailboxes
from commondesk.intake.models import Mailbox, RawMail

from . import actions
from .actions import Unfit


@transaction.atomic
def give(pk: int, company: Company, *, at: Instant, actor: Actor, always: str = "") -> RawMail:
    """Give a mail to a company: it alone, or all mail from its domain, or to its address.

    Raises NoSuchMail, AlreadyDecided, NotAllowed and Unfit.
    """
    mail = actions.give_to_company(pk, company.uuid, at=at, actor=actor)
    if always == "domain":
        _claim_domain(mail, company, at)
    elif always == "address":
        _claim_address(mail, company, at)
    return mail


def _claim_domain(mail: RawMail, company: Company, at: Instant) -> None:
    try:
        domain = domains.add(company, mail.sender.rpartition("@")[2])
    except domains.UnfitDomain as unfit:
        raise Unfit(str(unfit)) from None
    mailboxes.claim_held_of_domain(company.uuid, domain.name, at=at)


def _claim_address(mail: RawMail, company: Company, at: Instant) -> None:
    wanted = unknown_address(mail)
    if not wanted:
        raise Unfit(
            gettext("That address serves several companies. Choose the domain of the sender.")
        )
    try:
        mailboxes.add(company.uuid, wanted)
    except mailboxes.UnfitMailbox as unfit:
        raise Unfit(str(unfit)) from None
    mailboxes.claim_held(company.uuid, wanted, at=at)


def unknown_address(mail: RawMail) -> str:
    """The first address that a mail came to and that is nobody's; empty where all are known."""
    wanted = [mailboxes.without_tag(str(each)) for each in mail.envelope_to]
    known = set(Mailbox.objects.filter(address__in=wanted).values_list("address", flat=True))
    return next((each for each in wanted if each not in known), "")
