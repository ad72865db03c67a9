"""What people decide about mail on hold: each decision whole, once, and in the record."""

from __future__ import annotations

import threading

import pytest
from django.db import connections, transaction

from commondesk.accounts import directory
from commondesk.accounts.models import Domain, Membership, Person
from commondesk.accounts.policy import Role
from commondesk.core.record.event import Actor, Side
from commondesk.core.record.events import HeldReason, MailHeld, MailSettled, SenderCheck
from commondesk.core.record.instant import DAY, HOUR, MINUTE
from commondesk.desk.actions import NotAllowed
from commondesk.desk.models import MessageRow, TicketRow
from commondesk.intake import mailboxes, raw_files
from commondesk.intake.actions import file_waiting
from commondesk.intake.held import actions, claims, projections, queries, release
from commondesk.intake.held.actions import AlreadyDecided, NoSuchMail, Unfit
from commondesk.intake.held.queries import Shelf
from commondesk.intake.mail.understood import Mailbox, Understood
from commondesk.intake.models import BlockedSender, RawMail
from commondesk.ledger import claims as claimed
from commondesk.ledger import words

from .holding import FINDING, founder_of, names, on_hold, told
from .letters import (
    AGENT,
    DESK,
    MONDAY,
    OUTSIDER,
    REQUESTER,
    Acme,
    filed,
    found_acme,
    ticket_of,
    written,
)

LATER = MONDAY + HOUR


def requester_of(acme: Acme) -> Actor:
    person = directory.person_for_address(acme.uuid, REQUESTER, "Rita", at=MONDAY)
    return Actor(str(person.uuid), Side.REQUESTER)


# ---- holding ------------------------------------------------------------------------------


def test_the_record_says_that_a_mail_is_held_and_why(acme: Acme) -> None:
    mail = on_hold(acme, HeldReason.CHECK_FAILED, finding=FINDING)
    event = told(acme.uuid)[-1]
    assert isinstance(event.body, MailHeld)
    assert event.body.mail == str(mail.uuid) and event.body.reason is HeldReason.CHECK_FAILED
    assert event.body.check is SenderCheck.FAILED and event.body.finding == FINDING.text
    assert event.actor == actions.INTAKE
    assert words.text(event.body.sender) == REQUESTER
    assert (mail.held_as, mail.settled_as) == ("check_failed", "")


def test_a_mail_that_is_held_again_for_the_same_reason_is_told_of_once(acme: Acme) -> None:
    mail = on_hold(acme, HeldReason.UNVERIFIED)
    for reason in (HeldReason.UNVERIFIED, HeldReason.STORM):
        with transaction.atomic():
            actions.hold(mail, None, reason, at=LATER, ticket=None, finding=None)
    reasons = [each.body.reason for each in told(acme.uuid) if isinstance(each.body, MailHeld)]
    assert reasons == [HeldReason.UNVERIFIED, HeldReason.STORM]


def test_a_mail_without_a_company_has_no_event(acme: Acme) -> None:
    found_acme("Bolt Works", "bolt.example")
    mail = on_hold(acme, HeldReason.WHOSE, to=("nobody@else.example",))
    assert mail.company is None and mail.held_as == "whose"
    assert names(acme.uuid) == []


# ---- letting through ----------------------------------------------------------------------


def test_a_held_mail_becomes_a_ticket_of_its_sender(acme: Acme) -> None:
    mail = on_hold(acme, HeldReason.CHECK_FAILED, finding=FINDING)
    ended = release.open_as_ticket(acme.uuid, mail.pk, at=LATER, actor=acme.agent_actor)
    row = TicketRow.objects.get(uuid=ended.ticket)
    assert row.requester == Person.objects.get(address=REQUESTER).uuid
    assert row.subject == "The printer is on fire"
    mail.refresh_from_db()
    assert (mail.state, mail.settled_as, mail.ticket) == ("filed", "opened", row.uuid)
    assert mail.words and mail.message
    last = told(acme.uuid)[-1]
    assert isinstance(last.body, MailSettled)
    assert last.actor == acme.agent_actor and last.body.ticket == str(row.uuid)
    assert last.body.message == mail.message
    assert Membership.objects.get(person__address=REQUESTER).proven_at is None


def test_a_mail_is_decided_once(acme: Acme) -> None:
    mail = on_hold(acme)
    release.open_as_ticket(acme.uuid, mail.pk, at=LATER, actor=acme.agent_actor)
    before = names(acme.uuid)
    for decide in (release.open_as_ticket, actions.discard, actions.try_again, actions.take_back):
        with pytest.raises((AlreadyDecided, NoSuchMail)):
            decide(acme.uuid, mail.pk, at=LATER, actor=acme.agent_actor)
    assert names(acme.uuid) == before
    assert TicketRow.objects.count() == 1


def test_an_unverified_answer_is_added_as_words_of_its_sender(acme: Acme) -> None:
    ticket = filed(written()).ticket
    assert ticket is not None
    row = TicketRow.objects.get(uuid=ticket)
    mail = on_hold(
        acme, sender=OUTSIDER, subject="Re: fire", text="It burns here too.", ticket=ticket
    )
    ended = release.add_to_ticket(
        acme.uuid, mail.pk, row.number, at=LATER, actor=acme.agent_actor, is_copied=True
    )
    assert ended.ticket == ticket
    otto = Person.objects.get(address=OUTSIDER)
    message = MessageRow.objects.filter(ticket=row, kind="received").order_by("position").last()
    assert message is not None and message.author == str(otto.uuid)
    assert "It burns here too." in message.text
    row.refresh_from_db()
    assert str(otto.uuid) in row.copies
    last = told(acme.uuid)[-1].body
    assert isinstance(last, MailSettled) and last.decision == "added"


def test_a_mail_that_does_not_tell_its_sender_needs_a_name(acme: Acme) -> None:
    mail = on_hold(acme, HeldReason.UNCLEAR_SENDER, is_unclear=True, sender="a@b, c@d")
    with pytest.raises(Unfit, match="Say for whom"):
        release.open_as_ticket(acme.uuid, mail.pk, at=LATER, actor=acme.agent_actor)
    ended = release.open_as_ticket(
        acme.uuid, mail.pk, at=LATER, actor=acme.agent_actor, whom=Mailbox(REQUESTER, "Rita")
    )
    row = TicketRow.objects.get(uuid=ended.ticket)
    assert row.requester == Person.objects.get(address=REQUESTER).uuid


def test_a_mail_in_an_agents_name_is_believed_only_by_a_persons_word(acme: Acme) -> None:
    mail = on_hold(acme, HeldReason.CLAIMS_AGENT, sender=AGENT)
    with pytest.raises(Unfit, match="Say for whom"):
        release.open_as_ticket(acme.uuid, mail.pk, at=LATER, actor=acme.agent_actor)
    ended = release.open_as_ticket(
        acme.uuid, mail.pk, at=LATER, actor=acme.agent_actor, whom=Mailbox(AGENT)
    )
    assert TicketRow.objects.get(uuid=ended.ticket).requester == acme.agent.uuid


def test_nobody_becomes_a_requester_with_the_address_of_the_desk(acme: Acme) -> None:
    mail = on_hold(acme, HeldReason.CLAIMS_DESK, sender=DESK)
    with pytest.raises(Unfit, match="this desk itself"):
        release.open_as_ticket(
            acme.uuid, mail.pk, at=LATER, actor=acme.agent_actor, whom=Mailbox(DESK)
        )
    assert not Person.objects.filter(address=DESK).exists()


def test_a_pass_of_one_address_proves_no_other(acme: Acme) -> None:
    passed = type(FINDING)(SenderCheck.PASSED, "dkim=pass dmarc=pass")
    mail = on_hold(acme, HeldReason.STORM, sender=OUTSIDER, finding=passed)
    number = ticket_of(filed(written(subject="Another"))).number
    release.add_to_ticket(
        acme.uuid,
        mail.pk,
        number,
        at=LATER,
        actor=acme.agent_actor,
        whom=Mailbox("carla@acme.example"),
    )
    assert Membership.objects.get(person__address="carla@acme.example").proven_at is None


def test_a_ticket_of_another_company_is_none(acme: Acme) -> None:
    other = found_acme("Bolt Works", "bolt.example")
    row = ticket_of(
        filed(written(to="support@bolt.example"), envelope_to=("support@bolt.example",))
    )
    assert row.company == other.uuid
    mail = on_hold(acme)
    with pytest.raises(Unfit, match="no ticket"):
        release.add_to_ticket(acme.uuid, mail.pk, row.number, at=LATER, actor=acme.agent_actor)
    with pytest.raises(NoSuchMail):
        release.open_as_ticket(other.uuid, mail.pk, at=LATER, actor=other.agent_actor)


def test_a_mail_whose_bytes_are_gone_says_so(acme: Acme) -> None:
    mail = on_hold(acme)
    raw_files.path_of(mail.path).unlink()
    with pytest.raises(Unfit, match="cannot be read"):
        release.open_as_ticket(acme.uuid, mail.pk, at=LATER, actor=acme.agent_actor)
    mail.refresh_from_db()
    assert mail.state == "held" and mail.settled_as == ""


def test_rights_are_read_when_it_is_decided(acme: Acme) -> None:
    mail = on_hold(acme)
    rita = requester_of(acme)
    for decide in (release.open_as_ticket, actions.discard, actions.try_again):
        with pytest.raises(NotAllowed):
            decide(acme.uuid, mail.pk, at=LATER, actor=rita)
    Membership.objects.filter(person=acme.agent).update(is_active=False)
    with pytest.raises(NotAllowed):
        actions.discard(acme.uuid, mail.pk, at=LATER, actor=acme.agent_actor)
    assert names(acme.uuid) == ["mail.held"]


# ---- discarding and blocking --------------------------------------------------------------


def test_a_discarded_mail_can_be_taken_back(acme: Acme) -> None:
    mail = on_hold(acme)
    actions.discard(acme.uuid, mail.pk, at=LATER, actor=acme.agent_actor)
    assert queries.held_count(acme.uuid) == 0
    assert [each.id for each in queries.held_page(acme.uuid, Shelf.DISCARDED).mails] == [mail.pk]
    actions.take_back(acme.uuid, mail.pk, at=LATER + MINUTE, actor=acme.agent_actor)
    assert queries.held_count(acme.uuid) == 1
    assert names(acme.uuid) == ["mail.held", "mail.settled", "mail.held"]
    assert told(acme.uuid)[-1].actor == acme.agent_actor


def test_a_discarded_mail_can_still_become_a_ticket(acme: Acme) -> None:
    mail = on_hold(acme)
    actions.discard(acme.uuid, mail.pk, at=LATER, actor=acme.agent_actor)
    release.open_as_ticket(acme.uuid, mail.pk, at=LATER + MINUTE, actor=acme.agent_actor)
    decisions = [
        each.body.decision for each in told(acme.uuid) if isinstance(each.body, MailSettled)
    ]
    assert decisions == ["discarded", "opened"]


def test_new_mail_of_a_blocked_sender_is_discarded_until_he_is_unblocked(acme: Acme) -> None:
    mail = on_hold(acme, sender=OUTSIDER)
    actions.discard(acme.uuid, mail.pk, at=LATER, actor=acme.agent_actor, is_blocking=True)
    assert names(acme.uuid) == ["mail.held", "mail.settled", "sender.blocked"]
    assert queries.is_blocked(acme.uuid, OUTSIDER.upper())
    second = filed(written(sender=OUTSIDER, subject="Again"), at=LATER)
    assert (second.state, second.settled_as, second.ticket) == ("held", "discarded", None)
    assert queries.held_count(acme.uuid) == 0
    assert actions.unblock_sender(acme.uuid, OUTSIDER, at=LATER, actor=acme.agent_actor)
    assert not actions.unblock_sender(acme.uuid, OUTSIDER, at=LATER, actor=acme.agent_actor)
    assert names(acme.uuid)[-1] == "sender.unblocked"
    assert filed(written(sender=OUTSIDER, subject="Third"), at=LATER).state == "filed"


def test_a_mail_that_was_discarded_unseen_is_filed_once_its_sender_is_unblocked(acme: Acme) -> None:
    actions.block_sender(acme.uuid, OUTSIDER, at=MONDAY, actor=acme.agent_actor)
    mail = filed(written(sender=OUTSIDER))
    actions.take_back(acme.uuid, mail.pk, at=LATER, actor=acme.agent_actor)
    file_waiting(LATER + MINUTE)
    mail.refresh_from_db()
    assert mail.state == "filed" and mail.ticket
    decisions = [
        each.body.decision for each in told(acme.uuid) if isinstance(each.body, MailSettled)
    ]
    assert decisions == ["discarded", "opened"]


def test_nobody_blocks_the_desks_own_people(acme: Acme) -> None:
    mail = on_hold(acme, HeldReason.CLAIMS_AGENT, sender=AGENT)
    with pytest.raises(Unfit, match="your own people"):
        actions.discard(acme.uuid, mail.pk, at=LATER, actor=acme.agent_actor, is_blocking=True)
    mail.refresh_from_db()
    assert mail.settled_as == "" and not BlockedSender.objects.exists()


def test_all_mails_of_a_loop_go_at_once(acme: Acme) -> None:
    for number in range(3):
        on_hold(acme, HeldReason.LOOP, sender=OUTSIDER, subject=f"Ticket {number} received")
    kept_one = on_hold(acme, sender=REQUESTER)
    machines = queries.held_page(acme.uuid, Shelf.WAITING).machines
    assert [(each.address, each.count, each.is_loop) for each in machines] == [(OUTSIDER, 3, True)]
    count = actions.discard_all_of(acme.uuid, OUTSIDER, at=LATER, actor=acme.agent_actor)
    assert count == 3
    assert list(queries.waiting(acme.uuid)) == [kept_one]


def test_a_held_mail_that_is_tried_again_finds_its_place_and_the_record_says_so(acme: Acme) -> None:
    mail = on_hold(acme, HeldReason.STORM)
    actions.try_again(acme.uuid, mail.pk, at=LATER, actor=acme.agent_actor)
    file_waiting(LATER + MINUTE)
    mail.refresh_from_db()
    assert mail.state == "filed" and mail.settled_as == "opened"
    last = told(acme.uuid)[-1].body
    assert isinstance(last, MailSettled) and last.ticket == str(mail.ticket)


def test_a_mail_that_is_being_filed_meanwhile_is_not_filed_twice(acme: Acme) -> None:
    mail = on_hold(acme)
    attempts = mail.attempts
    actions.discard(acme.uuid, mail.pk, at=LATER, actor=acme.agent_actor)
    mail.refresh_from_db()
    assert mail.attempts == attempts + 1 and mail.next_attempt_at is None


# ---- whose is this? -----------------------------------------------------------------------


def ownerless(acme: Acme, **more: object) -> RawMail:
    return on_hold(acme, HeldReason.WHOSE, to=("who@knows.example",), **more)  # type: ignore[arg-type]


def test_mail_of_nobody_is_seen_only_by_who_steers_every_company(acme: Acme) -> None:
    other = found_acme("Bolt Works", "bolt.example")
    mail = ownerless(acme)
    assert not queries.steers_every_company(acme.founder)
    assert not queries.steers_every_company(acme.agent)
    with pytest.raises(NotAllowed):
        actions.give_to_company(mail.pk, acme.uuid, at=LATER, actor=founder_of(acme))
    Membership.objects.create(
        company=other.company, person=acme.founder, side=Side.COMPANY, roles=[str(Role.REFERENT)]
    )
    assert queries.steers_every_company(acme.founder)
    actions.give_to_company(mail.pk, acme.uuid, at=LATER, actor=founder_of(acme))
    file_waiting(LATER + MINUTE)
    mail.refresh_from_db()
    assert mail.state == "filed" and mail.company == acme.uuid
    assert names(acme.uuid) == ["mail.held", "mail.settled"]
    assert names(other.uuid) == []
    with pytest.raises((NoSuchMail, AlreadyDecided)):
        actions.give_to_company(mail.pk, other.uuid, at=LATER, actor=founder_of(acme))


def test_a_mail_is_given_with_all_that_come_to_its_address(acme: Acme) -> None:
    found_acme("Bolt Works", "bolt.example")
    machine = Actor("command-line", Side.MACHINE)
    first, second = ownerless(acme), ownerless(acme, subject="Second")
    claims.give(first.pk, acme.company, at=LATER, actor=machine, always="address")
    file_waiting(LATER + MINUTE)
    for mail in (first, second):
        mail.refresh_from_db()
        assert mail.state == "filed" and mail.company == acme.uuid
    assert mailboxes.scopes_of(["who@knows.example"]) == {str(acme.uuid): acme.uuid}


def test_a_mail_is_given_with_all_that_come_from_its_domain(acme: Acme) -> None:
    found_acme("Bolt Works", "bolt.example")
    mailboxes.add(None, "help@shared.example")
    machine = Actor("command-line", Side.MACHINE)
    to = ("help@shared.example",)
    first = on_hold(acme, HeldReason.WHOSE, sender="x@corp.example", to=to)
    second = on_hold(acme, HeldReason.WHOSE, sender="y@corp.example", subject="Second", to=to)
    with pytest.raises(Unfit, match="serves several"):
        claims.give(first.pk, acme.company, at=LATER, actor=machine, always="address")
    claims.give(first.pk, acme.company, at=LATER, actor=machine, always="domain")
    file_waiting(LATER + MINUTE)
    second.refresh_from_db()
    assert second.company == acme.uuid and second.state == "filed"
    assert Domain.objects.get().name == "corp.example"


def test_a_mail_that_the_company_has_already_is_not_there_twice(acme: Acme) -> None:
    mail = ownerless_twin(acme)
    machine = Actor("command-line", Side.MACHINE)
    actions.give_to_company(mail.pk, acme.uuid, at=LATER, actor=machine)
    mail.refresh_from_db()
    assert (mail.state, mail.settled_as, mail.path) == ("filed", "discarded", "")
    twin = RawMail.objects.get(scope=str(acme.uuid))
    assert raw_files.path_of(twin.path).exists()


def ownerless_twin(acme: Acme) -> RawMail:
    """A mail that no company owns, the same byte for byte as one that Acme holds."""
    other = on_hold(acme, subject="Twin")
    found_acme("Bolt Works", "bolt.example")
    mail = ownerless(acme, subject="Twin")
    assert mail.sha256 == other.sha256
    return mail


def test_a_public_provider_is_nobodys_domain(acme: Acme) -> None:
    found_acme("Bolt Works", "bolt.example")
    mail = ownerless(acme, sender="somebody@gmail.com")
    machine = Actor("command-line", Side.MACHINE)
    with pytest.raises(Unfit, match="public mail provider"):
        claims.give(mail.pk, acme.company, at=LATER, actor=machine, always="domain")
    mail.refresh_from_db()
    assert mail.company is None and mail.state == "held"


# ---- keeping no longer --------------------------------------------------------------------


def test_what_nobody_decides_about_goes_after_ninety_days(acme: Acme) -> None:
    mail = on_hold(acme)
    assert actions.expire(MONDAY + 89 * DAY) == 0
    assert actions.expire(MONDAY + 91 * DAY) == 1
    mail.refresh_from_db()
    assert (mail.state, mail.settled_as, mail.path, mail.sender) == ("filed", "expired", "", "")
    assert names(acme.uuid) == ["mail.held", "mail.settled"]
    assert actions.expire(MONDAY + 92 * DAY) == 0


@pytest.mark.django_db(transaction=True)
def test_the_bytes_go_once_it_is_committed() -> None:
    acme = found_acme()
    mail = on_hold(acme)
    path = raw_files.path_of(mail.path)
    assert path.exists()
    actions.expire(MONDAY + 91 * DAY)
    assert not path.exists()


def test_what_was_discarded_goes_thirty_days_later(acme: Acme) -> None:
    mail = on_hold(acme)
    actions.discard(acme.uuid, mail.pk, at=MONDAY + 20 * DAY, actor=acme.agent_actor)
    assert actions.expire(MONDAY + 45 * DAY) == 0
    assert actions.expire(MONDAY + 51 * DAY) == 1
    with pytest.raises((AlreadyDecided, NoSuchMail)):
        actions.take_back(acme.uuid, mail.pk, at=MONDAY + 52 * DAY, actor=acme.agent_actor)


# ---- from the record, and erased ----------------------------------------------------------


def test_what_the_record_says_can_be_made_anew(acme: Acme) -> None:
    first, second = on_hold(acme), on_hold(acme, sender=OUTSIDER, subject="Other")
    actions.discard(acme.uuid, second.pk, at=LATER, actor=acme.agent_actor, is_blocking=True)
    RawMail.objects.update(held_as="", settled_as="")
    BlockedSender.objects.all().delete()
    projections.rebuild(acme.uuid)
    assert queries.is_blocked(acme.uuid, OUTSIDER)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.held_as, first.settled_as) == ("unverified", "")
    assert (second.held_as, second.settled_as) == ("unverified", "discarded")


def test_an_erased_address_is_forgotten_here_too(acme: Acme) -> None:
    mail = on_hold(acme, sender=OUTSIDER)
    actions.discard(acme.uuid, mail.pk, at=LATER, actor=acme.agent_actor, is_blocking=True)
    ids = [each.id for event in told(acme.uuid) for each in claimed.claims_of(event.body)]
    words.erase(acme.uuid, ids, ground="asked", actor=founder_of(acme), at=LATER)
    assert not BlockedSender.objects.exists()
    mail.refresh_from_db()
    assert mail.sender == "" and mail.path == "" and mail.subject == ""
    assert queries.held_count(acme.uuid) == 0
    assert not queries.held_page(acme.uuid, Shelf.DISCARDED).mails


def test_the_decisions_stand_in_the_record_with_who_took_them(acme: Acme) -> None:
    mails = [on_hold(acme, subject=f"Mail {each}") for each in range(3)]
    for step, mail in enumerate(mails):
        actions.discard(acme.uuid, mail.pk, at=LATER + step, actor=acme.agent_actor)
    found = queries.decided_page(acme.uuid, most=2)
    assert [each.subject for each in found.decisions] == ["Mail 2", "Mail 1"]
    assert {each.by for each in found.decisions} == {"Ben Agent"}
    rest = queries.decided_page(acme.uuid, after=found.after, most=2)
    assert [each.subject for each in rest.decisions] == ["Mail 0"] and rest.after == ""


def test_a_page_goes_on_where_the_one_before_ended(acme: Acme) -> None:
    mails = [on_hold(acme, subject=f"Mail {each}", at=MONDAY + each // 2) for each in range(5)]
    seen: list[int] = []
    after = ""
    while True:
        found = queries.held_page(acme.uuid, Shelf.WAITING, after=after, most=2)
        seen += [each.id for each in found.mails]
        if not (after := found.after):
            break
    assert seen == [mail.pk for mail in reversed(mails)]


def test_said_understood_without_a_sender_keeps_no_words(acme: Acme) -> None:
    on_hold(acme, HeldReason.UNCLEAR_SENDER, is_unclear=True)
    body = told(acme.uuid)[-1].body
    assert isinstance(body, MailHeld) and body.sender is None
    assert Understood().sender is None


@pytest.mark.django_db(transaction=True)
def test_two_people_who_decide_at_once_make_one_ticket() -> None:
    acme = found_acme()
    mail = on_hold(acme)
    outcomes: list[str] = []

    def decide() -> None:
        try:
            release.open_as_ticket(acme.uuid, mail.pk, at=LATER, actor=acme.agent_actor)
            outcomes.append("opened")
        except (AlreadyDecided, NoSuchMail):
            outcomes.append("came second")
        finally:
            connections.close_all()

    hands = [threading.Thread(target=decide) for _ in range(4)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    assert sorted(outcomes) == ["came second"] * 3 + ["opened"]
    assert TicketRow.objects.count() == 1
    assert names(acme.uuid) == ["mail.held", "mail.settled"]
