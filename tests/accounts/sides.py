"""The cast with two providers: one with a lead and an agent of its own, another beside it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from commondesk.accounts import directory
from commondesk.accounts.arrangement import providers, teams
from commondesk.accounts.models import Person, Provider
from commondesk.core.record.event import Actor, Side
from tests.desk.cast import FOUNDED, PASSWORD, Cast, make_cast
from tests.stock import from_stock

MACHINE = Actor("test", Side.MACHINE)


@dataclass(frozen=True)
class Sides:
    """Helpers has the team "helpers", Others the team "others"; both serve Acme."""

    cast: Cast
    helpers: Provider
    others: Provider
    lead: Person
    agent: Person
    stranger: Person

    def actor(self, person: Person) -> Actor:
        return self.cast.actor(person)


@from_stock
def make_sides() -> Sides:
    cast = make_cast()
    company = cast.company.uuid
    engage = partial(providers.engage_provider, company, at=FOUNDED, actor=MACHINE)
    helpers, others = engage(title="Helpers"), engage(title="Others")
    for provider in (helpers, others):
        teams.form_team(
            company,
            at=FOUNDED,
            actor=MACHINE,
            title=provider.title,
            tier="L1",
            provider=provider.uuid,
        )
    add = partial(directory.add_person, company, at=FOUNDED, actor=MACHINE, side="provider")
    return Sides(
        cast=cast,
        helpers=helpers,
        others=others,
        lead=add(
            title="Lea Der",
            address="lea@helpers.example",
            roles=["agent", "lead", "decision_maker"],
            team="helpers",
            provider=helpers.uuid,
            password=PASSWORD,
        ),
        agent=add(
            title="Hal Per",
            address="hal@helpers.example",
            roles=["agent"],
            team="helpers",
            provider=helpers.uuid,
            password=PASSWORD,
        ),
        stranger=add(
            title="Ola Ther",
            address="ola@others.example",
            roles=["agent", "lead"],
            team="others",
            provider=others.uuid,
        ),
    )
