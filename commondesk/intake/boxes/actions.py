"""Connecting a mailbox from a page, with the rights of this moment."""

from __future__ import annotations

import logging
from uuid import UUID

from django.db import IntegrityError, transaction

from commondesk.accounts import domains, policy
from commondesk.accounts.models import Company, Person
from commondesk.accounts.policy import Right
from commondesk.core.record.instant import Instant
from commondesk.core.texts import gettext
from commondesk.intake import mailboxes, sealing
from commondesk.intake.held.queries import steers_every_company
from commondesk.intake.imap import trials
from commondesk.intake.imap.connection import Unreachable
from commondesk.intake.imap.trials import Trial
from commondesk.intake.mailboxes import UnfitMailbox
from commondesk.intake.models import MailAccount, Mailbox

log = logging.getLogger(__name__)


class NotAllowed(PermissionError):
    """The person lacks the right at the moment of the act. Callers answer as for no such thing."""


class NoSuchBox(LookupError):
    """The company has no such mailbox."""


def require(person: Person, company: Company) -> None:
    """Raises NotAllowed. A made-up company has no mailbox."""
    viewer = policy.viewer_of(person, company)
    if company.is_sample or not policy.may(viewer, Right.CONNECT_MAILBOXES):
        raise NotAllowed


def refuse_foreign(person: Person, company: Company, address: str) -> None:
    """Where several companies are served, mail to an address may be any one's: theirs are those of
    their own domains. Raises UnfitMailbox."""
    if steers_every_company(person) or mailboxes.without_tag(address) == company.desk_address:
        return
    own = domains.of_company(company.uuid)
    if address.strip().lower().rpartition("@")[2] in own:
        return
    said = gettext(
        "Several companies share this desk, so an address is connected here only if its domain is"
        " known to be of %(company)s. Ask whoever runs the desk."
    )
    raise UnfitMailbox(said % {"company": company.title})


def unsaved(
    *, host: str, port: int, security: str, username: str, password: str, folder: str = "INBOX"
) -> MailAccount:
    """An account as a page enters it. Its password is sealed at once."""
    return MailAccount(
        host=host,
        port=port,
        security=security,
        username=username,
        sealed_password=sealing.sealed(password),
        folder=folder,
        is_guarded=True,
    )


def try_out(person: Person, company: Company, address: str, account: MailAccount) -> Trial:
    """Sign in and look around; nothing is kept. Raises NotAllowed, UnfitMailbox, Unreachable."""
    require(person, company)
    refuse_foreign(person, company, address)
    mailboxes.require_fit(company.uuid, address)
    _known(company, account)
    return trials.tried(account)


def keep(
    person: Person,
    company: Company,
    address: str,
    account: MailAccount,
    *,
    is_only_new: bool,
    at: Instant,
) -> MailAccount:
    """Fetch mail to the address from this account from now on. It is tried once more before.

    What was kept under the same name and folder is changed. Raises NotAllowed, UnfitMailbox,
    Unreachable.
    """
    require(person, company)
    refuse_foreign(person, company, address)
    place = trials.place_in(account) if is_only_new else None
    try:
        with transaction.atomic():
            require(person, company)
            plain = mailboxes.require_fit(company.uuid, address)
            own = Mailbox.objects.filter(address=plain).first()
            account.mailbox = own or mailboxes.add(company.uuid, plain)
            if (known := _known(company, account)) is not None:
                account.pk = known.pk
                account.uid_validity, account.last_uid = known.uid_validity, known.last_uid
                account.trusted_host = known.trusted_host
                account.done, account.done_folder = known.done, known.done_folder
            elif place is not None:
                account.uid_validity, account.last_uid = place
            account.save()
    except IntegrityError:
        raise Unreachable("somebody else connected it meanwhile", "taken") from None
    mailboxes.claim_held(company.uuid, account.mailbox.address, at=at)
    _tell(person, "connected", account)
    return account


def _known(company: Company, account: MailAccount) -> MailAccount | None:
    """The same folder where it is fetched already. Raises Unreachable for another company's."""
    known = (
        MailAccount.objects.filter(
            host=account.host,
            port=account.port,
            username=account.username,
            folder=account.folder,
        )
        .select_related("mailbox")
        .first()
    )
    if known is not None and known.mailbox.company != company.uuid:
        raise Unreachable("this folder is fetched for somebody else", "taken")
    return known


# ---- afterwards ---------------------------------------------------------------------------


def pause(person: Person, company: Company, pk: int, *, is_paused: bool) -> MailAccount:
    """Fetch nothing for a while, or again. Raises NotAllowed, NoSuchBox."""
    require(person, company)
    account = account_of(company.uuid, pk)
    MailAccount.objects.filter(pk=account.pk).update(is_active=not is_paused)
    _tell(person, "paused" if is_paused else "resumed", account)
    return account


def remove(person: Person, company: Company, pk: int) -> MailAccount:
    """Fetch from there no more, and forget the password. What came stays; so does the address.

    Raises NotAllowed, NoSuchBox.
    """
    require(person, company)
    account = account_of(company.uuid, pk)
    MailAccount.objects.filter(pk=account.pk).delete()
    _tell(person, "removed", account)
    return account


def account_of(company: UUID, pk: int) -> MailAccount:
    """Raises NoSuchBox."""
    own = MailAccount.objects.filter(pk=pk, mailbox__company=company).select_related("mailbox")
    account = own.first()
    if account is None:
        raise NoSuchBox(pk)
    return account


def boxes_of(company: UUID) -> list[Mailbox]:
    """The addresses of a company, each with where it is fetched."""
    own = Mailbox.objects.filter(company=company).order_by("address")
    return list(own.prefetch_related("accounts"))


def _tell(person: Person, what: str, account: MailAccount) -> None:
    # Neither names nor addresses: the table tells the rest.
    log.info("mailbox %s was %s by %s", account.pk, what, person.uuid)
