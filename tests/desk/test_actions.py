"""Every verb of the desk, with what it leaves in the record and in the rows."""

from __future__ import annotations

import pytest
from django.db import transaction

from commondesk.core.record import events as e
from commondesk.core.record.event import Actor, Side
from commondesk.core.record.instant import DAY, HOUR, MINUTE
from commondesk.desk import actions
from commondesk.desk.models import NumberCounter, OutgoingMail, TicketRow
from commondesk.ledger import store
from tests.desk.cast import MONDAY, Cast, on

LATER = MONDAY + HOUR


def test_a_ticket_opens_with_its_first_message(cast: Cast) -> None:
    ticket = cast.open(html="<p>It stopped at nine.</p>")
    row = cast.row(ticket)
    assert cast.names(ticket) == ["ticket.opened", "ticket.assigned", "message.received"]
    assert (row.number, row.subject) == (1001, "Press 4 stands still")
    assert (row.status, row.priority) == ("open", "P3")
    assert row.is_priority_provisional
    assert (row.requester_title, row.last_word_by) == ("Paul Press", "Paul Press")
    assert row.owner is None
    assert row.accountable == cast.referent.uuid
    assert row.accountable_title == "Rita Ferent"
    assert row.has_unread
    assert (row.due_clock, row.due_at, row.due_state) == ("response", on(10, "13:00"), "running")
    message = cast.messages(ticket)[0]
    assert (message.kind, message.audience, message.side) == ("received", "everyone", "requester")
    assert (message.text, message.html) == ("It stopped at nine.", "<p>It stopped at nine.</p>")
    assert message.attachments == []


def test_numbers_are_never_used_again(cast: Cast) -> None:
    cast.open()
    with pytest.raises(RuntimeError), transaction.atomic():
        cast.open()
        raise RuntimeError
    last = NumberCounter.objects.get(company=cast.uuid).last
    assert cast.row(cast.open()).number == last + 1


def test_the_first_person_to_reply_owns_it(cast: Cast) -> None:
    ticket = cast.open()
    cast.replies(ticket, on(10, "09:30"))
    row = cast.row(ticket)
    assert (row.owner, row.owner_title) == (cast.agent.uuid, "Ada Gent")
    assert (row.team, row.tier) == ("L1", "L1")
    assert not row.has_unread
    written = cast.messages(ticket)[-1]
    assert (written.to, written.delivered_at) == ([str(cast.requester.uuid)], on(10, "09:30"))
    assert OutgoingMail.objects.filter(ticket=ticket, message=written.id).count() == 1


def test_a_template_makes_no_owner(cast: Cast) -> None:
    ticket = cast.open()
    cast.replies(ticket, LATER, is_templated=True)
    assert cast.row(ticket).owner is None


def test_an_automatic_acknowledgement_answers_nothing(cast: Cast) -> None:
    ticket = cast.open()
    machine = Actor("acknowledgement", Side.MACHINE)
    actions.reply(cast.uuid, ticket, at=LATER, actor=machine, text="We have it.", is_templated=True)
    row = cast.row(ticket)
    assert (row.owner, row.due_clock, row.has_unread) == (None, "response", True)


def test_a_note_is_never_mailed(cast: Cast) -> None:
    ticket = cast.open()
    cast.does(cast.agent, ticket, actions.write_note, LATER)(text="Belt?")
    note = cast.messages(ticket)[-1]
    assert (note.kind, note.audience, note.side) == ("note", "own_team", "provider")
    assert not OutgoingMail.objects.filter(ticket=ticket).exists()
    assert cast.row(ticket).last_word == "It stopped at nine."


def test_ask_writes_puts_the_question_and_waits(cast: Cast) -> None:
    ticket = cast.open()
    key = cast.does(cast.agent, ticket, actions.ask, LATER)(text="Which belt?")
    row = cast.row(ticket)
    assert (row.status, row.waits_on) == ("waiting", "requester")
    assert cast.messages(ticket)[-1].asks
    assert row.due_state == "paused"
    assert str(cast.history(ticket)[-2].body) != key


@pytest.mark.parametrize("channel", [e.Channel.MAIL, e.Channel.PORTAL])
def test_an_answer_ends_the_wait_whichever_way_it_comes(cast: Cast, channel: e.Channel) -> None:
    """S21."""
    ticket = cast.open()
    cast.does(cast.agent, ticket, actions.ask, LATER)(text="Which belt?")
    cast.writes(ticket, LATER + HOUR, "The left one.", channel=channel)
    row = cast.row(ticket)
    assert (row.status, row.waits_on, row.has_unread) == ("open", "", True)
    assert row.last_word == "The left one."


def test_out_of_office_changes_nothing(cast: Cast) -> None:
    """S20."""
    ticket = cast.open()
    cast.does(cast.agent, ticket, actions.ask, LATER)(text="Which belt?")
    cast.writes(ticket, LATER + HOUR, "I am away.", is_automatic=True)
    assert cast.row(ticket).status == "waiting"
    cast.does(cast.agent, ticket, actions.resolve, LATER + 2 * HOUR)()
    cast.writes(ticket, LATER + 3 * HOUR, "I am away.", is_automatic=True)
    assert cast.row(ticket).status == "resolved"
    assert cast.messages(ticket)[-1].is_automatic


def test_asking_again_while_waiting_puts_one_more_question(cast: Cast) -> None:
    ticket = cast.open()
    cast.does(cast.agent, ticket, actions.ask, LATER)(text="Which belt?")
    cast.does(cast.agent, ticket, actions.ask, LATER + HOUR)(text="And which side?")
    assert cast.names(ticket).count("question.asked") == 2
    assert cast.names(ticket).count("wait.begun") == 1


def test_waits_and_resume(cast: Cast) -> None:
    ticket = cast.open()
    wait = cast.does(cast.agent, ticket, actions.wait_on, LATER)
    wait(reason=e.WaitReason.APPROVAL)
    wait(reason=e.WaitReason.SCHEDULED, until=LATER + DAY, is_requesters_date=True)
    assert cast.row(ticket).waits_on == "approval,scheduled"
    cast.does(cast.agent, ticket, actions.resume, LATER + HOUR)()
    assert cast.row(ticket).status == "open"
    with pytest.raises(actions.IllegalStep, match="does not wait for anything"):
        cast.does(cast.agent, ticket, actions.resume, LATER + HOUR)()


def test_a_vendor_works_while_the_inside_owner_stays(cast: Cast) -> None:
    """S23."""
    ticket = cast.open()
    begin = cast.does(cast.agent, ticket, actions.begin_vendor_leg, LATER)
    with pytest.raises(actions.IllegalStep, match="Take it first"):
        begin(vendor="PressCare")
    cast.does(cast.agent, ticket, actions.take, LATER)()
    begin(vendor="PressCare", reference="PC-7")
    row = cast.row(ticket)
    assert (row.waits_on, row.owner) == ("vendor", cast.agent.uuid)
    cast.does(cast.agent, ticket, actions.end_vendor_leg, LATER + 3 * DAY)()
    assert cast.row(ticket).status == "open"


def test_hands(cast: Cast) -> None:
    ticket = cast.open()
    cast.does(cast.agent, ticket, actions.take, LATER)()
    cast.does(cast.agent, ticket, actions.offer_handover, LATER)(team="L2", reason="Deeper.")
    row = cast.row(ticket)
    assert (row.owner, row.offered_to, row.offered_at) == (cast.agent.uuid, "L2", LATER)
    cast.does(cast.expert, ticket, actions.accept_handover, LATER + MINUTE)()
    row = cast.row(ticket)
    assert (row.owner, row.tier, row.offered_to) == (cast.expert.uuid, "L2", "")
    cast.does(cast.expert, ticket, actions.release, LATER + HOUR)()
    row = cast.row(ticket)
    assert row.owner is None
    assert row.accountable == cast.referent.uuid


def test_declined_and_taken_back_offers(cast: Cast) -> None:
    ticket = cast.open()
    cast.does(cast.agent, ticket, actions.take, LATER)()
    offer = cast.does(cast.agent, ticket, actions.offer_handover, LATER)
    offer(person=cast.expert.uuid)
    with pytest.raises(actions.IllegalStep, match="Say why"):
        cast.does(cast.expert, ticket, actions.decline_handover, LATER)(reason=" ")
    cast.does(cast.expert, ticket, actions.decline_handover, LATER)(reason="Not mine.")
    offer(person=cast.expert.uuid)
    cast.does(cast.agent, ticket, actions.take_back_handover, LATER)()
    assert cast.row(ticket).owner == cast.agent.uuid
    with pytest.raises(actions.IllegalStep, match="no offer"):
        cast.does(cast.expert, ticket, actions.accept_handover, LATER)()


def test_escalations(cast: Cast) -> None:
    ticket = cast.open()
    cast.does(cast.agent, ticket, actions.escalate_functionally, LATER)(team="L2", reason="Deeper.")
    assert cast.row(ticket).offered_to == "L2"
    cast.does(cast.agent, ticket, actions.escalate_hierarchically, LATER)(reason="Line stands.")
    assert cast.names(ticket)[-1] == "escalation.hierarchical"


def test_only_colleagues_and_known_teams_are_given_tickets(cast: Cast) -> None:
    ticket = cast.open()
    assign = cast.does(cast.agent, ticket, actions.assign, LATER)
    with pytest.raises(actions.IllegalStep, match="no such team"):
        assign(team="L9")
    with pytest.raises(actions.IllegalStep, match="does not work tickets"):
        assign(team="L2", person=cast.requester.uuid)
    assign(team="L2", person=cast.expert.uuid)
    assert (cast.row(ticket).team, cast.row(ticket).owner) == ("L2", None)


def test_priority_is_worked_out(cast: Cast) -> None:
    ticket = cast.open()
    prioritise = cast.does(cast.agent, ticket, actions.prioritise, LATER)
    assert prioritise(spread=1, urgency=1) is e.Priority.P1
    row = cast.row(ticket)
    assert (row.priority, row.urgency, row.is_priority_provisional) == ("P1", 1, False)
    with pytest.raises(actions.IllegalStep, match="needs a reason"):
        prioritise(spread=1, urgency=1, priority=e.Priority.P3)
    assert prioritise(priority=e.Priority.P2, reason="The owner asked.") is e.Priority.P2
    with pytest.raises(actions.IllegalStep, match="how far it spreads"):
        prioritise()


def test_only_the_requesters_side_agrees_to_a_lowering(cast: Cast) -> None:
    ticket = cast.open()
    cast.does(cast.agent, ticket, actions.prioritise, LATER)(priority=e.Priority.P4, reason="Small")
    with pytest.raises(actions.NotAllowed):
        cast.does(cast.agent, ticket, actions.agree_lowering, LATER)()
    with pytest.raises(actions.NotAllowed):
        cast.does(cast.colleague, ticket, actions.agree_lowering, LATER)()
    cast.does(cast.requester, ticket, actions.agree_lowering, LATER)()
    assert cast.names(ticket)[-1] == "priority.lowering_agreed"


def test_classify_confirm_and_log_time(cast: Cast) -> None:
    ticket = cast.open()
    with pytest.raises(actions.IllegalStep, match="No priority"):
        cast.does(cast.agent, ticket, actions.confirm_priority, LATER)()
    cast.does(cast.agent, ticket, actions.classify, LATER)(kind=e.Kind.REQUEST, service="erp")
    cast.does(cast.agent, ticket, actions.log_time, LATER)(span=26 * MINUTE, note="Looked.")
    row = cast.row(ticket)
    assert (row.kind, row.service, row.time_spent) == ("request", "erp", 26 * MINUTE)


def test_resolve_with_words_is_one_save(cast: Cast) -> None:
    """S10, for the resolve."""
    ticket = cast.open()
    cast.does(cast.agent, ticket, actions.take, LATER)()
    cast.does(cast.agent, ticket, actions.restore_service, LATER)(is_workaround=True)
    cast.does(cast.agent, ticket, actions.resolve, LATER)(text="A new belt is in.")
    assert cast.names(ticket)[-2:] == ["message.written", "ticket.resolved"]
    row = cast.row(ticket)
    assert (row.status, row.resolved_at, row.restored_at) == ("resolved", LATER, LATER)
    assert row.last_word == "A new belt is in."
    assert row.due_state == "none"


def test_thanks_are_voided_and_the_void_is_lifted(cast: Cast) -> None:
    """S33."""
    ticket = cast.open()
    cast.replies(ticket, on(10, "09:30"))
    cast.does(cast.agent, ticket, actions.resolve, on(10, "10:00"))()
    cast.writes(ticket, on(10, "10:05"), "Thanks")
    assert (cast.row(ticket).status, cast.row(ticket).reopens) == ("open", 1)
    cast.does(cast.agent, ticket, actions.void_reopen, on(10, "10:20"))()
    row = cast.row(ticket)
    assert (row.status, row.reopens, row.resolved_at) == ("resolved", 0, on(10, "10:00"))
    cast.writes(ticket, on(11, "09:00"), "It is back.")
    row = cast.row(ticket)
    assert (row.status, row.reopens) == ("open", 1)
    assert cast.names(ticket)[-1] == "reopen.void_lifted"
    assert cast.ticket(ticket).reopened_at == on(10, "10:05")


def test_thanks_can_be_voided_within_one_working_day_only(cast: Cast) -> None:
    ticket = cast.open()
    cast.replies(ticket, on(10, "09:30"))
    cast.does(cast.agent, ticket, actions.resolve, on(10, "10:00"))()
    cast.writes(ticket, on(10, "10:05"), "Thanks")
    with pytest.raises(actions.IllegalStep, match="one working day"):
        cast.does(cast.agent, ticket, actions.void_reopen, on(11, "10:06"))()
    cast.does(cast.agent, ticket, actions.void_reopen, on(11, "10:05"))()


def test_reopen_close_and_rate(cast: Cast) -> None:
    ticket = cast.open()
    cast.does(cast.agent, ticket, actions.resolve, LATER)()
    with pytest.raises(actions.NotAllowed):
        cast.does(cast.colleague, ticket, actions.reopen, LATER)()
    cast.does(cast.requester, ticket, actions.reopen, LATER)()
    cast.does(cast.agent, ticket, actions.resolve, LATER + HOUR)()
    cast.does(cast.requester, ticket, actions.rate, LATER + HOUR)(score=4, text="Quick.")
    cast.does(cast.requester, ticket, actions.close, LATER + HOUR)()
    row = cast.row(ticket)
    assert (row.status, row.closed_at, row.reopens) == ("closed", LATER + HOUR, 1)
    assert cast.ticket(ticket).rating == 4


def test_an_answer_to_a_closed_ticket_opens_a_linked_one(cast: Cast) -> None:
    ticket = cast.open()
    cast.does(cast.agent, ticket, actions.resolve, LATER)()
    cast.does(cast.requester, ticket, actions.close, LATER)()
    fresh = cast.writes(ticket, LATER + 20 * DAY, "It is back.")
    assert fresh != ticket
    assert cast.row(ticket).status == "closed"
    assert cast.row(fresh).number == cast.row(ticket).number + 1
    assert cast.row(fresh).subject == "Press 4 stands still"
    assert (str(ticket), e.Relation.RETURNED) in cast.ticket(fresh).links


def test_merging_and_undoing_it(cast: Cast) -> None:
    """S18."""
    first, second = cast.open(), cast.open(at=MONDAY + HOUR, requester=cast.colleague.uuid)
    cast.does(cast.agent, first, actions.log_time, LATER)(span=51 * MINUTE)
    cast.does(cast.agent, second, actions.log_time, LATER)(span=26 * MINUTE)
    cast.does(cast.agent, second, actions.merge, LATER + HOUR)(into=first)
    source, survivor = cast.row(second), cast.row(first)
    assert (source.status, source.merged_into, source.due_at) == ("merged", first, None)
    assert survivor.time_spent == 77 * MINUTE
    assert survivor.due_at == on(10, "13:00")
    key = cast.replies(first, LATER + 2 * HOUR)
    written = next(each for each in cast.messages(first) if each.id == key)
    assert written.to == [str(cast.requester.uuid), str(cast.colleague.uuid)]
    assert cast.writes(second, LATER + 3 * HOUR, "Any news?") == first
    cast.does(cast.agent, second, actions.undo_merge, LATER + 4 * HOUR)()
    assert (cast.row(second).status, cast.row(second).merged_into) == ("open", None)
    assert cast.row(first).time_spent == 51 * MINUTE


def test_tickets_are_never_merged_across_companies(cast: Cast) -> None:
    ticket = cast.open()
    other = cast.outsider.memberships.get().company_id
    theirs = actions.open_ticket(
        company=other,
        at=MONDAY,
        actor=Actor(str(cast.outsider.uuid), Side.REQUESTER),
        requester=cast.outsider.uuid,
        channel=e.Channel.MAIL,
        subject="Ours",
        text="Ours",
    )
    with pytest.raises(actions.NoSuchTicket):
        cast.does(cast.agent, ticket, actions.merge, LATER)(into=theirs)
    with pytest.raises(actions.NoSuchTicket):
        cast.does(cast.agent, theirs, actions.take, LATER)()
    with pytest.raises(actions.NoSuchTicket):
        cast.does(cast.agent, ticket, actions.link, LATER)(other=theirs)


def test_a_message_split_off_keeps_its_time(cast: Cast) -> None:
    """S19."""
    ticket = cast.open(at=on(7, "10:00"))
    cast.writes(ticket, MONDAY, "And the printer is out of ink.")
    message = cast.messages(ticket)[-1]
    split = cast.does(cast.agent, ticket, actions.split, on(10, "15:00"))
    fresh = split(message=message.id, subject="Printer")
    row = cast.row(fresh)
    assert (row.opened_at, row.subject) == (MONDAY, "Printer")
    assert row.due_at == on(10, "13:00")
    assert cast.messages(fresh)[0].text == "And the printer is out of ink."
    with pytest.raises(actions.IllegalStep, match="came in"):
        split(message="nothing")


def test_links(cast: Cast) -> None:
    first, second = cast.open(), cast.open()
    cast.does(cast.agent, first, actions.link, LATER)(other=second, relation=e.Relation.DUPLICATE)
    with pytest.raises(actions.IllegalStep, match="linked already"):
        cast.does(cast.agent, first, actions.link, LATER)(
            other=second, relation=e.Relation.DUPLICATE
        )
    cast.does(cast.agent, first, actions.unlink, LATER)(other=second, relation=e.Relation.DUPLICATE)
    assert not cast.ticket(first).links


def test_logged_after_the_fact(cast: Cast) -> None:
    """S22."""
    ticket = cast.open(
        actor=cast.actor(cast.agent),
        channel=e.Channel.PHONE,
        opening=e.Opening.AFTER_THE_FACT,
        happened_at=on(7, "10:00"),
    )
    cast.does(cast.agent, ticket, actions.resolve, MONDAY)(happened_at=on(7, "10:30"))
    row = cast.row(ticket)
    assert (row.opening, row.status) == ("after_the_fact", "resolved")
    assert (row.due_state, row.missed_at) == ("none", None)
    assert (row.opened_at, row.resolved_at) == (on(7, "10:00"), on(7, "10:30"))
    opened = cast.history(ticket)[0]
    assert (opened.actor.id, opened.actor.on_behalf_of) == (
        str(cast.agent.uuid),
        str(cast.requester.uuid),
    )


def test_delivery_is_recorded_once(cast: Cast) -> None:
    ticket = cast.open()
    key = cast.replies(ticket, LATER)
    outbox = Actor("outbox", Side.MACHINE)
    assert not actions.mark_delivered(cast.uuid, ticket, at=LATER + HOUR, actor=outbox, message=key)
    assert cast.names(ticket).count("message.delivered") == 1
    actions.mark_bounced(
        cast.uuid, ticket, at=LATER, actor=outbox, message=key, reason="No such mailbox"
    )
    assert cast.messages(ticket)[-1].bounced == "No such mailbox"


def test_a_stale_save_is_refused(cast: Cast) -> None:
    ticket = cast.open()
    seen = cast.row(ticket).position
    cast.does(cast.agent, ticket, actions.take, LATER)(expected=seen)
    with pytest.raises(store.StaleWrite):
        cast.does(cast.expert, ticket, actions.reply, LATER)(text="Mine.", expected=seen)
    assert len(cast.messages(ticket)) == 1


def test_what_happens_behind_the_scenes_makes_no_save_stale(cast: Cast) -> None:
    ticket = cast.open()
    key = cast.does(cast.agent, ticket, actions.reply, LATER)(text="We look.")
    seen = cast.row(ticket).position
    outbox = Actor("outbox", Side.MACHINE)
    actions.mark_delivered(cast.uuid, ticket, at=LATER, actor=outbox, message=key)
    cast.does(cast.agent, ticket, actions.resolve, LATER)(expected=seen)
    with pytest.raises(store.StaleWrite):
        cast.does(cast.agent, ticket, actions.reopen, LATER)(expected=99)


@pytest.mark.parametrize("who", ["requester", "colleague", "outsider"])
def test_who_does_not_work_tickets_changes_none(cast: Cast, who: str) -> None:
    ticket = cast.open()
    before = cast.row(ticket).position
    actor = Actor(str(getattr(cast, who).uuid), Side.PROVIDER)
    plain = (actions.take, actions.resolve, actions.release, actions.confirm_priority)
    for step in plain:
        with pytest.raises(actions.NotAllowed):
            step(cast.uuid, ticket, at=LATER, actor=actor)
    with pytest.raises(actions.NotAllowed):
        actions.reply(cast.uuid, ticket, at=LATER, actor=actor, text="I am an agent.")
    assert cast.row(ticket).position == before


def test_rights_are_read_when_the_step_is_taken(cast: Cast) -> None:
    ticket = cast.open()
    step = cast.does(cast.agent, ticket, actions.take, LATER)
    cast.agent.memberships.update(is_active=False)
    with pytest.raises(actions.NotAllowed):
        step()


def test_a_refused_step_leaves_nothing_behind(cast: Cast) -> None:
    ticket = cast.open()
    before = cast.history(ticket), list(TicketRow.objects.values())
    with pytest.raises(actions.IllegalStep, match="The ticket is open"):
        cast.does(cast.agent, ticket, actions.close, LATER)()
    assert (cast.history(ticket), list(TicketRow.objects.values())) == before
