"""From the record alone, all that was arranged comes back as it was."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from commondesk.accounts import directory
from commondesk.accounts.arrangement import absences, invitations, leaving, members, teams
from commondesk.accounts.arrangement import company as changing
from commondesk.accounts.models import (
    Absence,
    Company,
    Engagement,
    Invitation,
    Membership,
    Person,
    Provider,
    Team,
)
from commondesk.core.record.draft import Draft
from commondesk.core.record.event import COMPANY_STREAM
from commondesk.core.record.events import PersonIntroduced, Tier
from commondesk.core.record.instant import DAY, HOUR
from commondesk.ledger import store, words
from tests.accounts.sides import MACHINE, Sides
from tests.desk.cast import MONDAY, PASSWORD, Cast


def arranged(sides: Sides) -> dict[str, list[tuple[Any, ...]]]:
    """All that the record holds of the company, without the keys of rows."""
    here = {"company": sides.cast.uuid}
    told: dict[str, Any] = {
        "engagements": Engagement.objects.filter(**here).values_list(
            "provider", "provider__title", "since", "until"
        ),
        "teams": Team.objects.filter(**here).values_list(
            "slug", "title", "tier", "side", "provider", "contact__uuid"
        ),
        "members": Membership.objects.filter(**here).values_list(
            "person__uuid",
            "person__title",
            "person__address",
            "side",
            "roles",
            "team__slug",
            "provider",
            "is_active",
            "proven_at",
        ),
        "absences": Absence.objects.filter(**here).values_list(
            "uuid", "person__uuid", "deputy__uuid", "from_at", "until_at"
        ),
        "invitations": Invitation.objects.filter(**here).values_list(
            "uuid",
            "address",
            "side",
            "roles",
            "team__slug",
            "provider",
            "invited_by__uuid",
            "created_at",
            "expires_at",
            "accepted_at",
            "withdrawn_at",
        ),
    }
    return {name: sorted(map(tuple, rows), key=repr) for name, rows in told.items()}


def lived(sides: Sides) -> None:
    """Much happens: people come, change, are away and leave; a provider goes."""
    company, lead = sides.cast.uuid, sides.actor(sides.lead)
    referent = sides.actor(sides.cast.referent)
    own: dict[str, Any] = {"side": "provider", "provider": sides.helpers.uuid}
    teams.form_team(
        company, at=MONDAY, actor=lead, title="Networks", tier="L2", provider=sides.helpers.uuid
    )
    members.change_member(
        company, sides.agent.uuid, at=MONDAY, actor=lead, roles=["agent"], team="networks", **own
    )
    teams.change_team(
        company,
        "helpers",
        at=MONDAY,
        actor=lead,
        title="Helpers, first",
        tier="L1",
        contact=sides.agent.uuid,
    )
    away: dict[str, Any] = {"at": MONDAY, "actor": lead, "deputy": sides.lead.uuid}
    for start in (1, 20):
        absences.enter_absence(
            company,
            sides.agent.uuid,
            from_at=MONDAY + start * DAY,
            until_at=MONDAY + (start + 3) * DAY,
            **away,
        )
    gone = Absence.objects.order_by("from_at").first()
    assert gone
    absences.remove_absence(company, gone.uuid, at=MONDAY, actor=lead)
    for name in ("one", "two", "three"):
        sent = invitations.invite(
            company,
            at=MONDAY,
            actor=lead,
            address=f"{name}@helpers.example",
            roles=["agent"],
            team="helpers",
            **own,
        )
        if name == "one":
            token = sent.link.rstrip("/").rpartition("/")[2]
            invitations.accept(token, at=MONDAY + HOUR, name="One", password=PASSWORD)
        elif name == "two":
            invitations.withdraw(company, sent.invitation.uuid, at=MONDAY, actor=lead)
    directory.add_person(
        company,
        at=MONDAY,
        actor=MACHINE,
        title="Paul",
        address="paul@acme.example",
        side="company",
        roles=["agent"],
        team="L2",
    )
    leaving.let_go(company, sides.cast.colleague.uuid, at=MONDAY + DAY, actor=referent)
    leaving.dismiss_provider(company, sides.others.uuid, at=MONDAY + DAY, actor=referent)


def forget_all(sides: Sides) -> None:
    here = {"company": sides.cast.uuid}
    for model in (Absence, Invitation, Membership, Team, Engagement):
        model.objects.filter(**here).delete()
    Provider.objects.all().delete()
    Person.objects.exclude(pk=sides.cast.outsider.pk).delete()


def test_all_of_it_comes_back(sides: Sides) -> None:
    lived(sides)
    before = arranged(sides)
    assert {name: len(rows) for name, rows in before.items()} == {
        "engagements": 2,
        "teams": 5,
        "members": 9,
        "absences": 1,
        "invitations": 3,
    }
    forget_all(sides)
    directory.restore(sides.cast.uuid)
    assert arranged(sides) == before
    directory.restore(sides.cast.uuid)
    assert arranged(sides) == before


def test_the_company_is_called_as_it_last_said(sides: Sides) -> None:
    for title, language in (("Acme Tools", "de"), ("Acme Tools & Co", "fr")):
        changing.change_company(
            sides.cast.uuid, at=MONDAY, actor=MACHINE, title=title, language=language
        )
    Company.objects.filter(uuid=sides.cast.uuid).update(title="Something else", language="en")
    directory.restore(sides.cast.uuid)
    row = Company.objects.get(uuid=sides.cast.uuid)
    assert (row.title, row.language) == ("Acme Tools & Co", "fr")


def test_what_is_there_becomes_what_the_record_says(sides: Sides) -> None:
    lived(sides)
    before = arranged(sides)
    here = {"company": sides.cast.uuid}
    Membership.objects.filter(**here).update(is_active=True, roles=["auditor"])
    Team.objects.filter(**here).update(contact=None, title="Other")
    Engagement.objects.filter(**here).update(until=None)
    Absence.objects.filter(**here).update(until_at=MONDAY)
    Invitation.objects.filter(**here).update(accepted_at=None, withdrawn_at=None)
    directory.restore(sides.cast.uuid)
    assert arranged(sides) == before


def test_a_link_does_not_come_back(sides: Sides) -> None:
    lived(sides)
    forget_all(sides)
    directory.restore(sides.cast.uuid)
    digests = Invitation.objects.values_list("digest", flat=True)
    assert all(digest.startswith("lost with the link") for digest in digests)


def test_records_from_before_there_were_such_events(cast: Cast) -> None:
    """People were introduced with a team that no event had formed."""
    title = words.keep(cast.uuid, stream=COMPANY_STREAM, kind="person", text="Old Hand")
    person = Person.objects.create(title="Old Hand")
    body = PersonIntroduced(str(person.uuid), title, None, "provider", ("agent",), "NIGHT", Tier.L2)
    with transaction.atomic():
        store.append(cast.uuid, [Draft(COMPANY_STREAM, MONDAY, MACHINE, body)], learnt_at=MONDAY)
    directory.restore(cast.uuid)
    team = Team.objects.get(slug="NIGHT")
    assert (team.title, team.tier, team.side, team.contact) == (
        "Team NIGHT",
        "L2",
        "provider",
        person,
    )
    Team.objects.filter(slug="NIGHT").update(title="Night watch", contact=cast.referent)
    directory.restore(cast.uuid)
    team.refresh_from_db()
    assert (team.title, team.contact) == ("Night watch", cast.referent)
