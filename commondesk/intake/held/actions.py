"""Mail on hold: keeping it, and what people decide about it without a ticket coming of it.

Each decision is one transaction with its event. Whoever decides must be allowed to work tickets at
that moment. What ends on a ticket is in `release`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol
from uuid import UUID

from django.db import transaction
from django.db.models import F

from commondesk.accounts import directory, policy
from commondesk.accounts.models import address_of
from commondesk.accounts.policy import Right
from commondesk.core.record.draft import Draft
from commondesk.core.record.event import MAIL_STREAM, Actor, Body, Side, WordsRef
from commondesk.core.record.events import (
    HeldReason,
    MailDecision,
    MailHeld,
    MailSettled,
    SenderBlocked,
    SenderCheck,
    SenderUnblocked,
)
from commondesk.core.record.instant import DAY, Instant, Span
from commondesk.core.texts import gettext, gettext_noop
from commondesk.desk.actions import NotAllowed
from commondesk.desk.writing import viewer_of
from commondesk.intake import matching, raw_files
from commondesk.intake.mail.understood import Understood
from commondesk.intake.models import BlockedSender, RawMail
from commondesk.intake.table import Standing
from commondesk.ledger import store, words

from . import queries

INTAKE = Actor("intake", Side.MACHINE)
HELD_SPAN: Span = 90 * DAY
"""A mail that nobody decided about is kept so long."""
DISCARDED_SPAN: Span = 30 * DAY
BATCH = 200
"""So many mails are discarded at once, or expire in one look."""

State = RawMail.State


class Finding(Protocol):
    """What the check of the sender said."""

    @property
    def result(self) -> SenderCheck: ...

    @property
    def text(self) -> str: ...


class NoSuchMail(LookupError):
    """This company holds no such mail."""


class AlreadyDecided(Exception):
    """Somebody decided about this mail a moment ago; nothing more was done."""


class Unfit(ValueError):
    """It cannot be decided so. The text says why, in a sentence for people."""


# ---- holding ------------------------------------------------------------------------------


def hold(
    mail: RawMail,
    said: Understood | None,
    reason: HeldReason,
    *,
    at: Instant,
    ticket: UUID | None,
    finding: Finding | None,
) -> None:
    """Say in the record that a mail waits for a person. Belongs into the caller's transaction.

    A mail that waits already, for the same reason, is not told of twice. One that no company owns
    has no record to stand in yet.
    """
    if mail.company is not None and not _is_told(mail, reason):
        directory.hold_record(mail.company)
        held = MailHeld(
            mail=str(mail.uuid),
            reason=reason,
            check=finding.result if finding else SenderCheck.ABSENT,
            finding=finding.text if finding else "",
            sender=_sender_words(mail.company, said),
            ticket=str(ticket or ""),
        )
        tell(mail.company, held, at=at, actor=INTAKE)
    mail.held_as, mail.settled_as = str(reason), ""
    RawMail.objects.filter(pk=mail.pk).update(held_as=mail.held_as, settled_as="")


def _is_told(mail: RawMail, reason: HeldReason) -> bool:
    known = RawMail.objects.filter(pk=mail.pk).values_list("held_as", "settled_as").first()
    return known == (str(reason), "")


def _sender_words(company: UUID, said: Understood | None) -> WordsRef | None:
    if said is None or said.sender is None:
        return None
    return _address_words(company, said.sender.address)


def _address_words(company: UUID, address: str) -> WordsRef:
    return words.keep(company, stream=MAIL_STREAM, kind="address", text=address_of(address))


def tell(company: UUID, body: Body, *, at: Instant, actor: Actor) -> None:
    """Add an event to the company's stream of mail, inside the caller's transaction."""
    store.append(company, [Draft(MAIL_STREAM, at, actor, body)], learnt_at=at)


def note_filed(
    mail: RawMail, decision: MailDecision, *, at: Instant, ticket: UUID | None, message: str = ""
) -> None:
    """Say what became of a mail that was held or discarded, tried again, and found its place.

    Belongs into the caller's transaction; does nothing for a mail that came straight through.
    """
    is_waiting = bool(mail.held_as) and not mail.settled_as
    if not is_waiting and mail.settled_as != MailDecision.DISCARDED:
        return
    _tell_settled(mail, decision, at=at, actor=INTAKE, ticket=ticket, message=message)
    RawMail.objects.filter(pk=mail.pk).update(settled_as=mail.settled_as)


def discard_of_blocked(mail: RawMail, *, at: Instant) -> None:
    """Put aside a mail whose sender is blocked. Belongs into the caller's transaction, which
    leaves the row as held: it is kept as long as any other discarded mail.
    """
    _tell_settled(mail, MailDecision.DISCARDED, at=at, actor=INTAKE)
    RawMail.objects.filter(pk=mail.pk).update(settled_as=mail.settled_as)


# ---- deciding -----------------------------------------------------------------------------


@contextmanager
def deciding(company: UUID, pk: int, *, actor: Actor) -> Iterator[RawMail]:
    """A transaction for a decision about a mail of the company that waits or was discarded.

    Raises NotAllowed and NoSuchMail.
    """
    with transaction.atomic():
        directory.hold_record(company)
        require_worker(company, actor)
        mail = RawMail.objects.select_for_update().filter(company=company, pk=pk).first()
        if mail is None:
            raise NoSuchMail(f"there is no mail {pk}")
        if mail.state not in (State.HELD, State.FAILED):
            raise AlreadyDecided
        yield mail


def require_worker(company: UUID, actor: Actor) -> None:
    """Commands act as a machine; a person must be allowed to work tickets. Raises NotAllowed."""
    if actor.is_person and not policy.may(viewer_of(company, actor), Right.WORK_TICKETS):
        raise NotAllowed(f"{actor.id} may not decide about mail")


def settle(
    mail: RawMail,
    decision: MailDecision,
    *,
    at: Instant,
    actor: Actor,
    state: RawMail.State,
    **changes: object,
) -> None:
    """Record a decision and carry it to the row, with the ticket and message that it ended on.

    One more attempt is counted: whoever is filing the mail at this moment finds it overtaken.
    """
    _tell_settled(mail, decision, at=at, actor=actor, **changes)
    RawMail.objects.filter(pk=mail.pk).update(
        state=state,
        settled_as=mail.settled_as,
        attempts=F("attempts") + 1,
        next_attempt_at=None,
        **changes,
    )


def _tell_settled(
    mail: RawMail,
    decision: MailDecision,
    *,
    at: Instant,
    actor: Actor,
    ticket: object = None,
    message: object = "",
    **_: object,
) -> None:
    mail.settled_as = str(decision)
    if mail.company is not None:
        body = MailSettled(str(mail.uuid), decision, str(ticket or ""), str(message))
        tell(mail.company, body, at=at, actor=actor)


def discard(
    company: UUID, pk: int, *, at: Instant, actor: Actor, is_blocking: bool = False
) -> RawMail:
    """Put a mail aside, and perhaps all that its sender will send. It can be taken back a while.

    Raises NoSuchMail, AlreadyDecided, NotAllowed and Unfit.
    """
    with deciding(company, pk, actor=actor) as mail:
        if mail.settled_as:
            raise AlreadyDecided
        settle(mail, MailDecision.DISCARDED, at=at, actor=actor, state=State.HELD)
        if is_blocking:
            _block(company, mail.sender, at=at, actor=actor)
    return mail


def discard_all_of(
    company: UUID, address: str, *, at: Instant, actor: Actor, is_blocking: bool = False
) -> int:
    """Discard every mail of one address that waits; tells how many there were."""
    with transaction.atomic():
        directory.hold_record(company)
        require_worker(company, actor)
        waiting = queries.waiting(company).filter(sender=address_of(address))
        mails = list(waiting.select_for_update().order_by("pk")[:BATCH])
        for mail in mails:
            settle(mail, MailDecision.DISCARDED, at=at, actor=actor, state=State.HELD)
        if is_blocking:
            _block(company, address, at=at, actor=actor)
    return len(mails)


def take_back(company: UUID, pk: int, *, at: Instant, actor: Actor) -> RawMail:
    """Let a mail that was discarded wait for a decision again.

    One that was never held, because its sender is blocked, is read and filed: nothing else speaks
    against it. Raises NoSuchMail, AlreadyDecided and NotAllowed.
    """
    with deciding(company, pk, actor=actor) as mail:
        if mail.settled_as != MailDecision.DISCARDED or not mail.path:
            raise AlreadyDecided
        if mail.held_as:
            tell(company, _held_again(company, mail), at=at, actor=actor)
            mail.settled_as = ""
        else:
            _unblock(company, mail.sender, at=at, actor=actor)
            mail.state, mail.attempts, mail.next_attempt_at = State.RECEIVED, 0, at
        mail.save(update_fields=["settled_as", "state", "attempts", "next_attempt_at"])
    return mail


def _held_again(company: UUID, mail: RawMail) -> MailHeld:
    return MailHeld(
        mail=str(mail.uuid),
        reason=HeldReason(mail.held_as),
        check=SenderCheck(mail.check_result or SenderCheck.ABSENT),
        finding=mail.check_finding,
        sender=_address_words(company, mail.sender) if mail.sender else None,
        ticket=str(mail.ticket or ""),
    )


def try_again(company: UUID, pk: int, *, at: Instant, actor: Actor) -> RawMail:
    """Have a mail read and filed anew, by the rules as they are now.

    Raises NoSuchMail, AlreadyDecided and NotAllowed.
    """
    with deciding(company, pk, actor=actor) as mail:
        if mail.settled_as or not mail.path:
            raise AlreadyDecided
        RawMail.objects.filter(pk=mail.pk).update(
            state=State.RECEIVED, reason="", attempts=0, next_attempt_at=at
        )
    return mail


# ---- blocking -----------------------------------------------------------------------------


def block_sender(company: UUID, address: str, *, at: Instant, actor: Actor) -> None:
    """Discard new mail from this address from now on. Raises NotAllowed and Unfit."""
    with transaction.atomic():
        directory.hold_record(company)
        require_worker(company, actor)
        _block(company, address, at=at, actor=actor)


def _block(company: UUID, address: str, *, at: Instant, actor: Actor) -> None:
    plain = address_of(address)
    if not plain:
        raise Unfit(gettext("It cannot be said who sent it, so nobody can be blocked."))
    if matching.standing_of(company, plain) in (Standing.DESK, Standing.TECHNICAL):
        said = gettext("%(address)s belongs to this desk; blocking it would block your own people.")
        raise Unfit(said % {"address": plain})
    if BlockedSender.objects.filter(company=company, address=plain).exists():
        return
    ref = _address_words(company, plain)
    tell(company, SenderBlocked(ref), at=at, actor=actor)
    BlockedSender.objects.create(company=company, address=plain, words=ref.id)


def unblock_sender(company: UUID, address: str, *, at: Instant, actor: Actor) -> bool:
    """Take mail from this address like any other again; False if it was not blocked."""
    with transaction.atomic():
        directory.hold_record(company)
        require_worker(company, actor)
        return _unblock(company, address, at=at, actor=actor)


def _unblock(company: UUID, address: str, *, at: Instant, actor: Actor) -> bool:
    plain = address_of(address)
    gone, _ = BlockedSender.objects.filter(company=company, address=plain).delete()
    if gone:
        tell(company, SenderUnblocked(_address_words(company, plain)), at=at, actor=actor)
    return bool(gone)


# ---- whose is this? -----------------------------------------------------------------------


def give_to_company(pk: int, company: UUID, *, at: Instant, actor: Actor) -> RawMail:
    """Say whose mail it is, which no company owned so far; it is filed there by the usual rules.

    A person must see every company of this installation, and work tickets in that one. Raises
    NoSuchMail, AlreadyDecided and NotAllowed.
    """
    with transaction.atomic():
        directory.hold_record(company)
        require_worker(company, actor)
        require_overview(actor)
        mail = _ownerless(pk)
        twin = RawMail.objects.filter(sha256=mail.sha256, scope=str(company))
        if twin.exists():
            settle(
                mail,
                MailDecision.DISCARDED,
                at=at,
                actor=actor,
                state=State.FILED,
                reason=gettext_noop("That company has this mail already."),
                path="",
            )
            return mail
        mail.company, mail.scope, mail.held_as = company, str(company), str(HeldReason.WHOSE)
        mail.state, mail.reason, mail.attempts = State.RECEIVED, "", 0
        mail.next_attempt_at = at
        mail.save()
        sender = _address_words(company, mail.sender) if mail.sender else None
        body = MailHeld(mail=str(mail.uuid), reason=HeldReason.WHOSE, sender=sender)
        tell(company, body, at=at, actor=actor)
    return mail


def discard_ownerless(pk: int, *, at: Instant, actor: Actor) -> RawMail:
    """Put aside a mail that is nobody's. No company's record can tell of it.

    Raises NoSuchMail, AlreadyDecided and NotAllowed.
    """
    with transaction.atomic():
        require_overview(actor)
        mail = _ownerless(pk)
        settle(mail, MailDecision.DISCARDED, at=at, actor=actor, state=State.HELD)
    return mail


def _ownerless(pk: int) -> RawMail:
    mail = RawMail.objects.select_for_update().filter(pk=pk, company=None).first()
    if mail is None:
        raise NoSuchMail(f"there is no mail {pk} without a company")
    if mail.state not in (State.HELD, State.FAILED) or mail.settled_as:
        raise AlreadyDecided
    return mail


def require_overview(actor: Actor) -> None:
    """Mail without a company may be any company's: only who steers them all may see it."""
    if actor.is_person and not queries.steers_every_company(queries.person_of(actor)):
        raise NotAllowed(f"{actor.id} does not see every company")


# ---- keeping no longer --------------------------------------------------------------------


def expire(at: Instant) -> int:
    """Let go of mails that nobody decided about in 90 days, or that were discarded 30 days ago.

    Meant to be called now and then; tells how many went.
    """
    due = [*queries.undecided_since(at - HELD_SPAN, BATCH)]
    due += queries.discarded_since(at - DISCARDED_SPAN, BATCH)
    return sum(1 for pk in due if _expire(pk, at))


def _expire(pk: int, at: Instant) -> bool:
    with transaction.atomic():
        owner = RawMail.objects.filter(pk=pk).values_list("company", flat=True).first()
        if owner is not None:
            directory.hold_record(owner)
        mail = RawMail.objects.select_for_update().get(pk=pk)
        if mail.state not in (State.HELD, State.FAILED):
            return False
        done, reason = State.FILED, "kept no longer"
        settle(mail, MailDecision.EXPIRED, at=at, actor=INTAKE, state=done, reason=reason)
        let_go([mail])
    return True


def let_go(mails: Iterable[RawMail]) -> None:
    """Remove the bytes of mails and all that tells who wrote them, once this is committed."""
    for mail in mails:
        if mail.path and not queries.is_needed_by_others(mail):
            transaction.on_commit(_remover_of(mail.path))
        RawMail.objects.filter(pk=mail.pk).update(
            path="", sender="", subject="", envelope_from="", envelope_to=[], peer="", helo=""
        )


def _remover_of(place: str) -> Callable[[], None]:
    return lambda: raw_files.remove(place)
