"""Two companies that know nothing of each other, with every kind of thing in both."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID, uuid4

from commondesk.accounts import directory, setup, tokens
from commondesk.accounts.arrangement import providers, teams
from commondesk.accounts.importing import kept as kept_list
from commondesk.accounts.models import Absence, Company, Invitation, Person
from commondesk.accounts.works import asking
from commondesk.core.record import events as e
from commondesk.core.record.arrangement import CatalogueKind
from commondesk.core.record.codec import Json
from commondesk.core.record.event import Actor, Side
from commondesk.desk import actions, handed_exports
from commondesk.desk.actions import canned_replies
from commondesk.desk.models import MessageRow, TicketRow
from commondesk.governance import actions as governance
from commondesk.governance import charters, entering
from commondesk.intake.models import MailAccount, Mailbox, RawMail
from commondesk.ledger.now import instant_now
from commondesk.planning import actions as planning
from tests.desk.cast import FOUNDED, MONDAY, PASSWORD, on
from tests.intake.letters import kept, written

TEST = Actor("test", Side.MACHINE)
PERSONAS: Mapping[str, tuple[str, tuple[str, ...], str]] = {
    "requester": ("requester", ("requester",), ""),
    "approver": ("requester", ("requester", "approver"), ""),
    "own agent": ("company", ("agent",), "L1"),
    "referent": ("company", ("referent",), ""),
    "decision maker": ("company", ("decision_maker",), ""),
    "auditor": ("company", ("auditor",), ""),
    "provider's agent": ("provider", ("agent",), "L1"),
    "provider's lead": ("provider", ("agent", "lead"), "L2"),
    "vendor": ("vendor", (), ""),
}
"""Everybody that a company may know: side, roles and team."""


@dataclass
class House:
    """A company with its people, and one of each thing that an address may name."""

    company: Company
    founder: Person
    people: dict[str, Person]
    tickets: list[UUID]
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def prefix(self) -> str:
        return self.company.prefix


MAKERS: list[Callable[[House], None]] = []
"""What makes further things of a house, each noting their ids."""


def maker(make: Callable[[House], None]) -> Callable[[House], None]:
    MAKERS.append(make)
    return make


def house(title: str, domain: str, tickets: int) -> House:
    company, founder = setup.found_company(
        at=FOUNDED,
        title=title,
        person_title=f"{title} Founder",
        address=f"founder@{domain}",
        password=PASSWORD,
        zone="UTC",
    )
    people = {name: _person(company, domain, name) for name in PERSONAS}
    made = House(company, founder, people, [])
    for number in range(tickets):
        made.tickets.append(_ticket(made, number))
    _note_ids(made)
    for make in MAKERS:
        make(made)
    return made


def _person(company: Company, domain: str, name: str) -> Person:
    side, roles, team = PERSONAS[name]
    return directory.add_person(
        company.uuid,
        at=FOUNDED,
        actor=TEST,
        title=f"{company.title} {name}",
        address=f"{name.replace(' ', '.').replace(chr(39), '')}@{domain}",
        side=side,
        roles=roles,
        team=team,
    )


def _ticket(made: House, number: int) -> UUID:
    """A ticket with a mail that has a look, a file, and a note."""
    company, requester = made.company.uuid, made.people["requester"]
    agent = made.people["provider's agent"]
    uuid = uuid4()
    attachment = actions.keep_attachment(
        company, uuid, name="plan.txt", media_type="text/plain", content=b"the plan"
    )
    actions.open_ticket(
        company=company,
        at=MONDAY + number,
        actor=Actor(str(requester.uuid), Side.REQUESTER),
        requester=requester.uuid,
        channel=e.Channel.MAIL,
        subject=f"{made.company.title} matter {number}",
        text="It stands still.",
        html="<p>It stands <b>still</b>.</p>",
        attachments=(attachment,),
        ticket=uuid,
    )
    step = partial(actions.write_note, company, uuid, actor=Actor(str(agent.uuid), Side.PROVIDER))
    step(at=on(10, "10:00"), text="Only for us.", audience=e.Audience.BOTH_TEAMS)
    return uuid


def _note_ids(made: House) -> None:
    last = TicketRow.objects.get(uuid=made.tickets[-1])
    message = MessageRow.objects.filter(ticket=last).exclude(html="").get()
    mail = kept(written(subject=f"For {made.company.title}"), at=MONDAY)
    mail.company, mail.state = made.company.uuid, RawMail.State.HELD
    mail.held_as, mail.next_attempt_at = str(e.HeldReason.UNVERIFIED), None
    mail.save()
    made.ids |= {
        "prefix": made.prefix,
        "number": str(last.number),
        "ticket": str(last.uuid),
        "message": message.id,
        "file": str(message.attachments[0]["id"]),
        "mail": str(mail.pk),
        "person": str(made.people["requester"].uuid),
        "agent": str(made.people["provider's agent"].uuid),
    }


@maker
def _guests(made: House) -> None:
    """A provider with a team, somebody who is away, somebody invited, and a canned reply."""
    company, agent = made.company.uuid, made.people["own agent"]
    title = f"Guests of {made.company.title}"
    provider = providers.engage_provider(company, at=FOUNDED, actor=TEST, title=title)
    team = teams.form_team(
        company,
        at=FOUNDED,
        actor=TEST,
        title=f"{made.prefix} guests",
        tier="L2",
        provider=provider.uuid,
        slug=f"guests-{made.prefix.lower()}",
    )
    absence = Absence.objects.create(
        uuid=uuid4(),
        company=made.company,
        person=agent,
        deputy=made.people["referent"],
        from_at=on(1, "09:00", 4),
        until_at=on(2, "09:00", 4),
    )
    invitation = Invitation.objects.create(
        company=made.company,
        address=f"new@{made.prefix.lower()}.example",
        side="requester",
        roles=["requester"],
        digest=made.prefix.ljust(64, "0"),
        invited_by=made.founder,
        created_at=FOUNDED,
        expires_at=on(30, "09:00", 12),
    )
    reply = canned_replies.write_reply(
        company,
        at=FOUNDED,
        actor=Actor(str(agent.uuid), Side.COMPANY),
        title="Thanks",
        text="Thank you, {{name}}.",
    )
    token = tokens.issue(
        company,
        at=FOUNDED,
        actor=Actor(str(agent.uuid), Side.COMPANY),
        title="Reports",
        scopes=["tickets:read"],
        expires_at=on(30, "09:00", 6),
    )
    made.ids |= {
        "token": str(token.token),
        "provider": str(provider.uuid),
        "team": team.slug,
        "absence": str(absence.uuid),
        "invitation": str(invitation.uuid),
        "reply": str(reply),
        "reply_title": "Thanks",
    }


@maker
def _charters(made: House) -> None:
    """As many more versions of the charter as there are tickets: the last number is their own."""
    document = charters.document_of(charters.versions_of(made.company.uuid)[0])
    for number in range(len(made.tickets)):
        governance.draft_charter(
            made.company.uuid, at=FOUNDED + number + 1, actor=TEST, document=document
        )
    made.ids["version"] = str(len(charters.versions_of(made.company.uuid)))


@maker
def _catalogue(made: House) -> None:
    """An item, and a list that each of its people is about to import."""
    entering.enter(
        made.company.uuid,
        at=FOUNDED,
        actor=TEST,
        kind=CatalogueKind.ITEM,
        key=f"press-{made.prefix}",
        title=f"Press of {made.company.title}",
    )
    content = f"mail\nnew@{made.prefix.lower()}.example\n".encode()
    for person in made.people.values():
        digest = kept_list.keep(made.company.uuid, person.uuid, "people", content, at=instant_now())
    made.ids |= {"item": f"press-{made.prefix}", "list": digest}


@maker
def _mailbox(made: House) -> None:
    """A mailbox that is fetched."""
    address = f"it@{made.prefix.lower()}.example"
    mailbox = Mailbox.objects.create(address=address, company=made.company.uuid)
    account = MailAccount.objects.create(
        mailbox=mailbox, host="mail.example", username=address, sealed_password="-"
    )
    made.ids["box"] = str(account.pk)


@maker
def _export(made: House) -> None:
    """An export that the referent handed over, and what came of it."""
    person = made.people["referent"].uuid
    files = [(f"log-{made.prefix}.csv", [f"number\n{made.prefix}\n".encode()])]
    export = handed_exports.keep(made.company.uuid, person, files, at=instant_now())
    look = {
        **{"format": "table", "title": "table", "why": "so", "formats": [], "problems": []},
        **{"mapping": f"rows: ticket # {made.prefix}", "takes_mapping": True, "tickets": []},
        **{"findings": [], "guesses": []},
    }
    (export.folder / handed_exports.LOOK).write_text(json.dumps(look))
    for what in (handed_exports.PACK, handed_exports.FIGURES):
        (export.folder / what).write_text(f'{{"of": "{made.prefix}"}}')
    made.ids["export"] = str(export.uuid)


@maker
def _work(made: House) -> None:
    """Long work that the referent asked for."""
    given = {"list": "people", "digest": "0" * 64, "seen": "", "leave_out": False}
    work = asking.ask(
        made.company.uuid, made.people["referent"].uuid, "list", given, at=instant_now()
    )
    made.ids["work"] = str(work.uuid)


@maker
def _plans(made: House) -> None:
    """Two cases, and a plan that was kept of one."""
    founder = made.founder.uuid
    begin = partial(planning.begin_case, made.company.uuid, at=FOUNDED, by=founder)
    costs: Json = {"users": 40, "options": {"internal": {}, "on_demand": {}}}
    said: dict[str, Json] = {"diagnosis": {"users": 40}, "cost": costs}
    case = begin(title=f"Support of {made.prefix}", document=said)
    other = begin(title=f"Another of {made.prefix}", document={})
    plan = planning.keep_plan(
        made.company.uuid,
        at=FOUNDED,
        actor=Actor(str(founder), Side.COMPANY),
        title=f"Plan of {made.prefix}",
        document={"diagnosis": {"users": 40}},
        option="",
        figures={},
    )
    made.ids |= {"case": str(case.uuid), "other_case": str(other.uuid), "plan": plan}
    made.ids |= {"model": "internal", "figure": "yearly"}


UNKNOWN: Mapping[str, str] = {
    "box": "999999999",
    "list": "0" * 64,
    "version": "999",
    "team": "no-such-team",
    "prefix": "NOSUCH",
    "number": "99999",
    "mail": "999999999",
    **dict.fromkeys(("ticket", "message", "file", "person", "agent"), str(uuid4())),
}
"""An id of each kind that nothing has."""


def unknown(kind: str) -> str:
    return UNKNOWN.get(kind) or str(uuid4())
