"""Who is on a ticket, what an address is to a company, and whose mail it is."""

from __future__ import annotations

import pytest

from commondesk.accounts import directory
from commondesk.accounts.models import Domain, Membership, Person
from commondesk.accounts.policy import Role
from commondesk.core.record.event import Side
from commondesk.core.record.instant import DAY, HOUR, MINUTE
from commondesk.desk import actions as desk
from commondesk.desk.models import TicketRow
from commondesk.intake import matching
from commondesk.intake.checks import ABSENT
from commondesk.intake.mail.understood import Mailbox, Understood
from commondesk.intake.models import BlockedSender, RawMail
from commondesk.intake.table import Facts, Standing

from .letters import (
    AGENT,
    DESK,
    MONDAY,
    OUTSIDER,
    REQUESTER,
    Acme,
    filed,
    found_acme,
    sent_out,
    ticket_of,
    written,
)


def person(address: str) -> Person:
    return Person.objects.get(address=address)


def added(acme: Acme, address: str, side: Side, *roles: Role) -> Person:
    return directory.add_person(
        acme.uuid,
        at=MONDAY,
        actor=acme.agent_actor,
        title=address,
        address=address,
        side=side,
        roles=list(roles),
    )


def facts(acme: Acme, sender: str, to: str = DESK) -> Facts:
    mail = RawMail(received_at=MONDAY + DAY, envelope_to=[to])
    said = Understood(sender=Mailbox(sender))
    return matching.facts_of(acme.uuid, mail, said, ABSENT)[0]


# ---- on a ticket --------------------------------------------------------------------------


def test_whoever_is_on_copy_is_on_the_ticket(acme: Acme) -> None:
    row = ticket_of(filed(written()))
    vendor = added(acme, "vera@vendor.example", Side.VENDOR)
    assert not matching.is_on_ticket(row, vendor)
    TicketRow.objects.filter(uuid=row.uuid).update(copies=[str(vendor.uuid)])
    assert matching.is_on_ticket(TicketRow.objects.get(uuid=row.uuid), vendor)


def test_whoever_a_public_message_was_for_is_on_the_ticket(acme: Acme) -> None:
    row = ticket_of(filed(written()))
    other = added(acme, "olga@acme.example", Side.REQUESTER, Role.REQUESTER)
    nobody = added(acme, "nora@acme.example", Side.REQUESTER, Role.REQUESTER)
    desk.reply(
        acme.uuid,
        row.uuid,
        at=MONDAY + HOUR,
        actor=acme.agent_actor,
        text="Olga, can you look?",
        to=[other.uuid],
    )
    assert matching.is_on_ticket(row, other)
    assert not matching.is_on_ticket(row, nobody)


def test_whoever_asked_on_a_merged_ticket_is_on_the_survivor_until_it_is_undone(
    acme: Acme,
) -> None:
    row = ticket_of(filed(written()))
    other = ticket_of(filed(written(sender=OUTSIDER, subject="Smoke")))
    otto = person(OUTSIDER)
    assert not matching.is_on_ticket(row, otto)
    desk.merge(acme.uuid, other.uuid, at=MONDAY + HOUR, actor=acme.agent_actor, into=row.uuid)
    assert matching.is_on_ticket(TicketRow.objects.get(uuid=row.uuid), otto)
    desk.undo_merge(acme.uuid, other.uuid, at=MONDAY + 2 * HOUR, actor=acme.agent_actor)
    assert not matching.is_on_ticket(TicketRow.objects.get(uuid=row.uuid), otto)


def test_who_left_the_company_is_on_no_ticket_of_it(acme: Acme) -> None:
    row = ticket_of(filed(written()))
    address = str(sent_out(row)[-1]["Reply-To"].addresses[0].addr_spec)
    assert facts(acme, REQUESTER, address).has_place
    Membership.objects.filter(person=person(REQUESTER)).update(is_active=False)
    assert not facts(acme, REQUESTER, address).has_place


# ---- what an address is -------------------------------------------------------------------


def test_what_an_address_is_to_a_company(acme: Acme) -> None:
    filed(written())
    added(acme, "vera@vendor.example", Side.VENDOR)
    added(acme, "carl@acme.example", Side.COMPANY, Role.REQUESTER)
    acme.company.desk_address = DESK
    acme.company.save()
    standings = {
        "nobody@acme.example": Standing.STRANGER,
        REQUESTER: Standing.REQUESTER,
        REQUESTER.upper(): Standing.REQUESTER,
        "vera@vendor.example": Standing.VENDOR,
        "carl@acme.example": Standing.REQUESTER,
        AGENT: Standing.TECHNICAL,
        "fiona@acme.example": Standing.TECHNICAL,
        DESK: Standing.DESK,
        "Support+anything@acme.example": Standing.DESK,
    }
    found = {each: matching.standing_of(acme.uuid, each) for each in standings}
    assert found == standings


def test_an_agent_of_another_company_is_technical_but_no_agent_here(acme: Acme) -> None:
    beta = found_acme("Beta", "beta.example")
    theirs = str(beta.agent.address)
    assert facts(acme, theirs).standing is Standing.TECHNICAL
    assert not facts(acme, theirs).is_agent_here
    assert facts(beta, theirs).is_agent_here


@pytest.mark.parametrize("who_left", ["membership", "person"])
def test_an_agent_who_left_is_still_claimed_to_be_one(acme: Acme, who_left: str) -> None:
    if who_left == "membership":
        Membership.objects.filter(person=acme.agent).update(is_active=False)
    else:
        Person.objects.filter(pk=acme.agent.pk).update(is_active=False)
    found = facts(acme, AGENT)
    assert (found.standing, found.is_agent_here) == (Standing.TECHNICAL, False)


def test_a_block_is_of_one_company(acme: Acme) -> None:
    beta = found_acme("Beta", "beta.example")
    BlockedSender.objects.create(company=acme.uuid, address=OUTSIDER, words="w")
    assert facts(acme, OUTSIDER.upper()).is_blocked
    assert not facts(beta, OUTSIDER).is_blocked
    assert not facts(acme, REQUESTER).is_blocked


# ---- whose mail it is ---------------------------------------------------------------------


def test_the_domain_of_a_sender_says_whose_mail_it_is(acme: Acme) -> None:
    beta = found_acme("Beta", "beta.example")
    Domain.objects.create(name="acme.example", company=acme.company)
    Domain.objects.create(name="lab.acme.example", company=beta.company)
    whose = {
        "rita@acme.example": acme.uuid,
        "RITA@ACME.EXAMPLE": acme.uuid,
        "rita@mail.acme.example": acme.uuid,
        "rita@lab.acme.example": beta.uuid,
        "rita@deep.lab.acme.example": beta.uuid,
        "rita@notacme.example": None,
        "rita@example": None,
        "rita@beta.example": None,
    }
    found = {
        each: matching.company_of_sender([DESK], Understood(sender=Mailbox(each))) for each in whose
    }
    assert found == whose
    assert matching.company_of_sender([DESK], Understood()) is None


def test_a_signed_address_says_it_before_the_domain_does(acme: Acme) -> None:
    beta = found_acme("Beta", "beta.example")
    Domain.objects.create(name="beta.example", company=beta.company)
    row = ticket_of(filed(written(), at=MONDAY + MINUTE))
    address = str(sent_out(row)[-1]["Reply-To"].addresses[0].addr_spec)
    said = Understood(sender=Mailbox("rita@beta.example"))
    assert matching.company_of_sender([address], said) == row.company
    forged = address.replace(".", ".a", 1)
    assert matching.company_of_sender([forged], said) == beta.uuid
