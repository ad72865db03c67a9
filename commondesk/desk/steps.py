"""The steps that buttons on the ticket page take: each verb with its form and its action."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

from django.db import transaction

from commondesk.accounts import policy
from commondesk.accounts import queries as people
from commondesk.accounts.doorway import Visit
from commondesk.accounts.policy import Right
from commondesk.core.record.event import Actor, Side
from commondesk.core.record.events import Audience, Channel, Kind, Priority, Relation, WaitReason
from commondesk.core.record.instant import Instant
from commondesk.core.texts import gettext, gettext_noop
from commondesk.desk import actions, canned, forms, ticket_queries, uploads, wording
from commondesk.desk.actions import IllegalStep
from commondesk.desk.models import TicketRow
from commondesk.desk.queries import wait_words
from commondesk.desk.undo import WayBack


@dataclass(frozen=True)
class Attempt:
    """Somebody tries a step on a ticket, with what they filled in."""

    visit: Visit
    row: TicketRow
    form: forms.StepForm
    ways_back: list[WayBack] = field(default_factory=list)

    @property
    def company(self) -> UUID:
        return self.visit.company.uuid

    @property
    def ticket(self) -> UUID:
        return self.row.uuid

    @property
    def at(self) -> Instant:
        return self.visit.at

    @property
    def actor(self) -> Actor:
        return self.visit.viewer.actor

    @property
    def expected(self) -> int | None:
        position = self.form.cleaned_data.get("position")
        return position if isinstance(position, int) else None

    @property
    def code(self) -> str:
        return f"{self.visit.company.prefix}-{self.row.number}"

    def text(self, name: str) -> str:
        return self.form.given(name)

    def can_be_undone(self, verb: str, words: str, **fields: str) -> None:
        """Offer the step that takes this one back. Only where it leaves things as they were."""
        self.ways_back.append(WayBack(verb, words, fields))

    def other(self) -> TicketRow:
        """The ticket whose number was filled in. Raises IllegalStep."""
        prefix = self.visit.company.prefix
        text = self.text("number").strip().upper().removeprefix(f"{prefix}-").lstrip("#")
        is_number = text.isascii() and text.isdigit() and len(text) < 10
        rows = TicketRow.objects.filter(company=self.company, number=int(text) if is_number else 0)
        row = rows.first()
        if row is None:
            number = self.text("number").strip()
            raise IllegalStep(gettext("There is no ticket %(number)s here.") % {"number": number})
        return row


Act = Callable[[Attempt], str]


@dataclass(frozen=True)
class Step:
    """A verb: what is filled in, what is done, and who may."""

    form: type[forms.StepForm]
    act: Act
    right: Right = Right.WORK_TICKETS
    is_own_enough: bool = False


STEPS: dict[str, Step] = {}


def step(
    verb: str,
    form: type[forms.StepForm] = forms.Plain,
    *,
    right: Right = Right.WORK_TICKETS,
    is_own_enough: bool = False,
) -> Callable[[Act], Act]:
    def register(act: Act) -> Act:
        STEPS[verb] = Step(form, act, right, is_own_enough)
        return act

    return register


def may_try(visit: Visit, step: Step, row: TicketRow) -> bool:
    """Whether the viewer holds the right, or the ticket is theirs and that is enough."""
    if visit.may(step.right):
        return True
    is_own = row.requester == visit.viewer.person_uuid
    return step.is_own_enough and is_own and policy.may(visit.viewer, Right.ASK)


def receiver(attempt: Attempt) -> tuple[str, UUID | None]:
    """Team and person of what was chosen: `team:L2` or `person:<uuid>`."""
    kind, _, value = attempt.text("to").partition(":")
    return (value, None) if kind == "team" else ("", UUID(value))


def team_of(company: UUID, person: UUID | None) -> str:
    member = people.membership_of(company, person) if person else None
    return member.team.slug if member and member.team else ""


# ---- words --------------------------------------------------------------------------------


@step("write", forms.Write)
def write(a: Attempt) -> str:
    to, then, text = a.text("to"), a.text("then"), a.text("text")
    if to == forms.Write.EVERYONE:
        with transaction.atomic():
            return reply(a, then, text)
    audience = Audience.BOTH_TEAMS if to == forms.Write.BOTH else Audience.OWN_TEAM
    actions.write_note(
        a.company,
        a.ticket,
        at=a.at,
        actor=a.actor,
        expected=a.expected,
        text=text,
        audience=audience,
    )
    if to == forms.Write.BOTH:
        return gettext("Note saved for both teams. Nothing was mailed.")
    return gettext("Note saved for your own team. Nothing was mailed.")


SENDS: dict[str, Callable[..., object]] = {"resolve": actions.resolve, "ask": actions.ask}
SENT = {
    "resolve": gettext_noop("Sent, and %(code)s is resolved."),
    "ask": gettext_noop("Sent. The clock pauses until they answer."),
}


def reply(a: Attempt, then: str, text: str) -> str:
    send: Callable[..., object] = SENDS.get(then, actions.reply)
    if a.text("whom") == forms.Write.REQUESTER:
        send = partial(send, is_to_requester_only=True)
    if is_canned(a, text):
        send = partial(send, is_templated=True)
    send(
        a.company,
        a.ticket,
        at=a.at,
        actor=a.actor,
        expected=a.expected,
        text=text,
        attachments=uploads.kept(a.company, a.ticket, a.form.attached),
    )
    if then == "resolve":
        a.can_be_undone("reopen", gettext("Reopen it"))
    return gettext(SENT.get(then, gettext_noop("Reply is on its way."))) % {"code": a.code}


def is_canned(a: Attempt, text: str) -> bool:
    """Whether a reply that is kept for use again was sent as it stands."""
    return canned.is_unchanged(a.company, a.visit.viewer, text, places_of(a.visit, a.row))


def places_of(visit: Visit, row: TicketRow) -> dict[str, str]:
    """What a reply that is kept for use again may leave open, for this ticket."""
    return {
        "name": row.requester_title,
        "number": f"{visit.company.prefix}-{row.number}",
        "me": visit.viewer.title,
    }


@step("answer", forms.Answer, right=Right.ASK, is_own_enough=True)
def answer(a: Attempt) -> str:
    if a.row.requester != a.visit.viewer.person_uuid:
        raise actions.NotAllowed("only the requester answers here")
    with transaction.atomic():
        actions.receive_message(
            a.company,
            a.ticket,
            at=a.at,
            actor=Actor(str(a.visit.viewer.person_uuid), Side.REQUESTER),
            expected=expected_by_requester(a),
            text=a.text("text"),
            attachments=uploads.kept(a.company, a.ticket, a.form.attached),
            channel=Channel.PORTAL,
        )
    return gettext("Sent to the desk.")


def expected_by_requester(a: Attempt) -> int | None:
    """The same, unless all that happened since is what the requester may not read anyway."""
    seen = a.expected
    if seen is None or seen >= a.row.position:
        return seen
    news = ticket_queries.news(a.visit.company, a.visit.viewer, a.row, seen, a.at)
    return seen if news.entries else a.row.position


@step("add-copy", forms.AddCopy)
def add_copy(a: Attempt) -> str:
    person = actions.add_copy(
        a.company,
        a.ticket,
        at=a.at,
        actor=a.actor,
        expected=a.expected,
        address=a.text("address"),
        name=a.text("name"),
    )
    a.can_be_undone("remove-copy", gettext("Take them off"), person=str(person))
    return gettext("%(address)s is on copy from now on.") % {"address": a.text("address")}


@step("remove-copy", forms.RemoveCopy)
def remove_copy(a: Attempt) -> str:
    actions.remove_copy(
        a.company,
        a.ticket,
        at=a.at,
        actor=a.actor,
        expected=a.expected,
        person=UUID(a.text("person")),
    )
    return gettext("They are on copy no more.")


@step("split", forms.Split)
def split(a: Attempt) -> str:
    made = actions.split(
        a.company,
        a.ticket,
        at=a.at,
        actor=a.actor,
        expected=a.expected,
        message=a.text("message"),
    )
    row = TicketRow.objects.get(company=a.company, uuid=made)
    code = f"{a.visit.company.prefix}-{row.number}"
    return gettext("That message is a ticket of its own now: %(code)s.") % {"code": code}


# ---- hands --------------------------------------------------------------------------------


@step("take")
def take(a: Attempt) -> str:
    actions.take(a.company, a.ticket, at=a.at, actor=a.actor, expected=a.expected)
    if a.row.owner is None:
        a.can_be_undone("release", gettext("Give it back"))
    return gettext("You own %(code)s now.") % {"code": a.code}


@step("release")
def release(a: Attempt) -> str:
    actions.release(a.company, a.ticket, at=a.at, actor=a.actor, expected=a.expected)
    if a.row.owner == a.visit.viewer.person_uuid:
        a.can_be_undone("take", gettext("Take it again"))
    return gettext("Nobody owns %(code)s now.") % {"code": a.code}


@step("route", forms.Route)
def route(a: Attempt) -> str:
    team, person = receiver(a)
    actions.assign(
        a.company,
        a.ticket,
        at=a.at,
        actor=a.actor,
        expected=a.expected,
        team=team or team_of(a.company, person),
        person=person,
    )
    return gettext("%(code)s is routed. Nobody owns it until somebody takes it.") % {"code": a.code}


@step("offer", forms.HandOver)
def offer(a: Attempt) -> str:
    team, person = receiver(a)
    actions.offer_handover(
        a.company,
        a.ticket,
        at=a.at,
        actor=a.actor,
        expected=a.expected,
        team=team,
        person=person,
        reason=a.text("reason"),
    )
    a.can_be_undone("take-back", gettext("Take it back"))
    return gettext("Offered. The owner stays until somebody accepts.")


@step("accept")
def accept(a: Attempt) -> str:
    actions.accept_handover(a.company, a.ticket, at=a.at, actor=a.actor, expected=a.expected)
    return gettext("You own %(code)s now.") % {"code": a.code}


@step("decline", forms.Decline)
def decline(a: Attempt) -> str:
    actions.decline_handover(
        a.company,
        a.ticket,
        at=a.at,
        actor=a.actor,
        expected=a.expected,
        reason=a.text("reason"),
    )
    return gettext("Declined.")


@step("take-back")
def take_back(a: Attempt) -> str:
    actions.take_back_handover(a.company, a.ticket, at=a.at, actor=a.actor, expected=a.expected)
    return gettext("The offer is taken back.")


@step("pass-on", forms.PassOn)
def pass_on(a: Attempt) -> str:
    team, person = receiver(a)
    actions.pass_on_handover(
        a.company,
        a.ticket,
        at=a.at,
        actor=a.actor,
        expected=a.expected,
        team=team,
        person=person,
        reason=a.text("reason"),
    )
    return gettext("Offered on. The owner stays until somebody accepts.")


@step("escalate", forms.Escalate)
def escalate(a: Attempt) -> str:
    team, _ = receiver(a)
    actions.escalate_functionally(
        a.company,
        a.ticket,
        at=a.at,
        actor=a.actor,
        expected=a.expected,
        team=team,
        reason=a.text("reason"),
    )
    return gettext("Called for more skill. The owner stays until somebody accepts.")


@step("call-on", forms.CallOn)
def call_on(a: Attempt) -> str:
    _, person = receiver(a)
    actions.escalate_hierarchically(
        a.company,
        a.ticket,
        at=a.at,
        actor=a.actor,
        expected=a.expected,
        contact=person,
        reason=a.text("reason"),
    )
    return gettext("Called on. It stands on the ticket.")


@step("vendor", forms.Vendor)
def vendor(a: Attempt) -> str:
    actions.begin_vendor_leg(
        a.company,
        a.ticket,
        at=a.at,
        actor=a.actor,
        expected=a.expected,
        vendor=a.text("vendor"),
        reference=a.text("reference"),
        due_at=a.form.instant("due"),
        contact_address=a.text("contact"),
        contact_name=a.text("contact_name"),
    )
    return gettext("It is with the vendor now. The owner stays.")


@step("vendor-change", forms.ChangeVendor)
def change_vendor(a: Attempt) -> str:
    actions.change_vendor_leg(
        a.company,
        a.ticket,
        at=a.at,
        actor=a.actor,
        expected=a.expected,
        leg=a.text("leg"),
        reference=a.text("reference"),
        due_at=a.form.instant("due"),
    )
    return gettext("Noted.")


@step("vendor-write", forms.WriteToVendor)
def write_to_vendor(a: Attempt) -> str:
    with transaction.atomic():
        actions.write_to_vendor(
            a.company,
            a.ticket,
            at=a.at,
            actor=a.actor,
            expected=a.expected,
            leg=a.text("leg"),
            text=a.text("text"),
            attachments=uploads.kept(a.company, a.ticket, a.form.attached),
            quote=a.text("quote"),
        )
    return gettext("On its way to the vendor. Nobody else gets it.")


@step("end-vendor", forms.EndVendor)
def end_vendor(a: Attempt) -> str:
    actions.end_vendor_leg(
        a.company, a.ticket, at=a.at, actor=a.actor, expected=a.expected, leg=a.text("leg")
    )
    return gettext("The vendor is done.")


# ---- waiting ------------------------------------------------------------------------------


@step("wait", forms.WaitFor)
def wait(a: Attempt) -> str:
    reason = WaitReason(a.text("on"))
    wait = actions.wait_on(
        a.company,
        a.ticket,
        at=a.at,
        actor=a.actor,
        expected=a.expected,
        reason=reason,
        until=a.form.instant("until"),
        is_requesters_date=bool(a.form.cleaned_data["is_requesters_date"]),
    )
    a.can_be_undone("resume", gettext("Go on instead"), wait=wait)
    what = wait_words(reason)
    return gettext("%(code)s waits for %(what)s.") % {"code": a.code, "what": what}


@step("resume", forms.EndWait)
def resume(a: Attempt) -> str:
    actions.resume(
        a.company, a.ticket, at=a.at, actor=a.actor, expected=a.expected, wait=a.text("wait")
    )
    return gettext("It goes on.")


# ---- understanding ------------------------------------------------------------------------


@step("classify", forms.Classify)
def classify(a: Attempt) -> str:
    service, item, site = forms.about_of(a.form)
    actions.classify(
        a.company,
        a.ticket,
        at=a.at,
        actor=a.actor,
        expected=a.expected,
        kind=Kind(a.text("kind")),
        service=service,
        item=item,
        site=site,
        category=a.text("category").strip(),
    )
    return gettext("Saved.")


@step("prioritise", forms.Prioritise)
def prioritise(a: Attempt) -> str:
    override = a.text("override")
    priority = actions.prioritise(
        a.company,
        a.ticket,
        at=a.at,
        actor=a.actor,
        expected=a.expected,
        spread=int(a.form.cleaned_data["spread"]),
        urgency=int(a.form.cleaned_data["urgency"]),
        priority=Priority(override) if override else None,
        reason=a.text("reason"),
    )
    return gettext("%(code)s is %(priority)s now.") % {"code": a.code, "priority": priority}


@step("confirm-priority")
def confirm_priority(a: Attempt) -> str:
    actions.confirm_priority(a.company, a.ticket, at=a.at, actor=a.actor, expected=a.expected)
    return gettext("The priority is confirmed.")


@step("agree-lowering", right=Right.AGREE_LOWERING, is_own_enough=True)
def agree_lowering(a: Attempt) -> str:
    actions.agree_lowering(a.company, a.ticket, at=a.at, actor=a.actor, expected=a.expected)
    return gettext("Agreed. The lower priority counts from now on.")


# ---- ends and returns ---------------------------------------------------------------------


@step("restore", forms.Restore)
def restore(a: Attempt) -> str:
    actions.restore_service(
        a.company,
        a.ticket,
        at=a.at,
        actor=a.actor,
        expected=a.expected,
        is_workaround=bool(a.form.cleaned_data["is_workaround"]),
    )
    return gettext("The service works again.")


@step("resolve", forms.Resolve)
def resolve(a: Attempt) -> str:
    text = a.text("text")
    with transaction.atomic():
        actions.resolve(
            a.company,
            a.ticket,
            at=a.at,
            actor=a.actor,
            expected=a.expected,
            text=text,
            is_templated=is_canned(a, text),
            attachments=uploads.kept(a.company, a.ticket, a.form.attached),
        )
    a.can_be_undone("reopen", gettext("Reopen it"))
    if text.strip():
        return gettext("Sent, and %(code)s is resolved.") % {"code": a.code}
    return gettext("%(code)s is resolved.") % {"code": a.code}


@step("reopen", is_own_enough=True)
def reopen(a: Attempt) -> str:
    actions.reopen(a.company, a.ticket, at=a.at, actor=a.actor, expected=a.expected)
    return gettext("%(code)s is open again. Its clock keeps its first start.") % {"code": a.code}


@step("void-reopen")
def void_reopen(a: Attempt) -> str:
    actions.void_reopen(a.company, a.ticket, at=a.at, actor=a.actor, expected=a.expected)
    return gettext("Thanks only: it stays solved, and the reopening counts as none.")


@step("close", is_own_enough=True)
def close(a: Attempt) -> str:
    actions.close(a.company, a.ticket, at=a.at, actor=a.actor, expected=a.expected)
    return gettext("%(code)s is closed.") % {"code": a.code}


@step("rate", forms.Rate, right=Right.AGREE_LOWERING, is_own_enough=True)
def rate(a: Attempt) -> str:
    score = int(a.form.cleaned_data["score"])
    actions.rate(a.company, a.ticket, at=a.at, actor=a.actor, expected=a.expected, score=score)
    return gettext("Thank you. It is noted.")


# ---- one ticket and another ---------------------------------------------------------------


@step("merge", forms.Merge)
def merge(a: Attempt) -> str:
    other = a.other()
    actions.merge(a.company, a.ticket, at=a.at, actor=a.actor, expected=a.expected, into=other.uuid)
    a.can_be_undone("undo-merge", gettext("Undo the merge"), other=str(other.uuid))
    into = f"{a.visit.company.prefix}-{other.number}"
    return gettext("%(code)s went into %(other)s.") % {"code": a.code, "other": into}


@step("undo-merge", forms.UndoMerge)
def undo_merge(a: Attempt) -> str:
    actions.undo_merge(
        a.company,
        a.ticket,
        at=a.at,
        actor=a.actor,
        expected=a.expected,
        other=UUID(a.text("other")),
    )
    return gettext("The two are separate again.")


@step("link", forms.LinkTo)
def link(a: Attempt) -> str:
    other = a.other()
    actions.link(
        a.company,
        a.ticket,
        at=a.at,
        actor=a.actor,
        expected=a.expected,
        other=other.uuid,
        relation=Relation(a.text("relation")),
    )
    a.can_be_undone(
        "unlink", gettext("Remove the link"), other=str(other.uuid), relation=a.text("relation")
    )
    code = f"{a.visit.company.prefix}-{other.number}"
    return gettext("Linked to %(code)s.") % {"code": code}


@step("unlink", forms.Unlink)
def unlink(a: Attempt) -> str:
    actions.unlink(
        a.company,
        a.ticket,
        at=a.at,
        actor=a.actor,
        expected=a.expected,
        other=UUID(a.text("other")),
        relation=Relation(a.text("relation")),
    )
    return gettext("The link is removed.")


# ---- work ---------------------------------------------------------------------------------


@step("log-time", forms.LogTime)
def log_time(a: Attempt) -> str:
    assert isinstance(a.form, forms.LogTime)
    actions.log_time(
        a.company,
        a.ticket,
        at=a.at,
        actor=a.actor,
        expected=a.expected,
        span=a.form.span,
        note=a.text("note"),
    )
    return gettext("%(span)s booked.") % {"span": wording.span_words(a.form.span)}
