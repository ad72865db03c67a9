"""A company with two providers, and somebody on each side who may sign."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from commondesk.accounts import directory
from commondesk.accounts.arrangement.providers import engage_provider
from commondesk.accounts.models import Person
from commondesk.core.record.event import Actor, Side
from commondesk.governance import actions, charters
from commondesk.governance.models import CharterVersion
from tests.desk.cast import FOUNDED, MONDAY, PASSWORD, Cast, make_cast
from tests.stock import from_stock

TEST = Actor("test", Side.MACHINE)
POINTS = dict.fromkeys(actions.POINTS, "said")
LONG = "Zusammengesetzte Betriebsunterstützungsgesellschaft am Mittellandkanal mbH & Co. KG"


@dataclass
class Sides:
    cast: Cast
    helpers: UUID
    others: UUID
    boss: Person  # decides at the first provider
    rival: Person  # decides at the second provider

    def draft(self, at: int = MONDAY, template: str = "help-desk-8x5", **more: Any) -> str:
        document = charters.template(template)
        given = {
            key: more.pop(key)
            for key in ("provider", "until_at", "in_force_at", "replaces")
            if key in more
        }
        charters.charter_part(document).update({"points": POINTS} | more)
        return actions.draft_charter(
            self.cast.uuid,
            at=at,
            actor=self.cast.actor(self.cast.referent),
            document=document,
            **given,
        )

    def sign(self, charter: str, *people: Person, at: int = MONDAY) -> None:
        for person in people:
            actor = self.cast.actor(person)
            party = actor.side.value
            actions.sign_charter(self.cast.uuid, at=at, actor=actor, charter=charter, party=party)

    def signed(self, provider: UUID, at: int = MONDAY, **more: Any) -> str:
        """A version that both sides have signed."""
        charter = self.draft(at, provider=str(provider), **more)
        boss = self.boss if provider == self.helpers else self.rival
        self.sign(charter, self.cast.referent, boss, at=at)
        return charter

    def number(self, charter: str) -> int:
        return CharterVersion.objects.get(uuid=charter).version

    def rules(self, at: int, service: str = "") -> str:
        found = charters.charter_for(self.cast.uuid, at, service)
        return found.uuid if found else ""

    def enter(self, at: int, *days: date) -> int:
        return actions.enter_calendar(
            self.cast.uuid,
            at=at,
            actor=self.cast.actor(self.cast.referent),
            calendar="office",
            holidays=days,
        )


@from_stock
def make_sides() -> Sides:
    cast = make_cast()
    helpers = engage_provider(cast.uuid, at=FOUNDED, actor=TEST, title="Helpers Ltd").uuid
    others = engage_provider(cast.uuid, at=FOUNDED, actor=TEST, title=LONG).uuid

    def boss(title: str, address: str, provider: UUID) -> Person:
        return directory.add_person(
            cast.uuid,
            at=FOUNDED,
            actor=TEST,
            title=title,
            address=address,
            side="provider",
            roles=["lead", "decision_maker"],
            provider=provider,
            team="L2",
            password=PASSWORD,
        )

    return Sides(
        cast,
        helpers,
        others,
        boss("Bo Sshelper", "bo@helpers.example", helpers),
        boss("Ri Val", "ri@others.example", others),
    )
