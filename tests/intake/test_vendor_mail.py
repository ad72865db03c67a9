"""A vendor's mail: out to its contact with an address of its leg, and back to that leg alone."""

from __future__ import annotations

from email.message import EmailMessage
from uuid import UUID

import pytest

from commondesk.accounts import policy
from commondesk.accounts.models import Membership
from commondesk.core.record import events as e
from commondesk.core.record.instant import DAY, HOUR, MINUTE
from commondesk.desk import actions as desk
from commondesk.desk import notify, projections
from commondesk.desk.models import MessageRow, OutgoingMail, TicketRow
from commondesk.intake import matching
from commondesk.intake.held import release
from commondesk.intake.mail.understood import Mailbox, Understood
from commondesk.intake.models import RawMail

from .letters import (
    MONDAY,
    REQUESTER,
    Acme,
    events_of,
    filed,
    names_of,
    received_on,
    sent_out,
    ticket_of,
    written,
)
from .signing import Names, key_record, zone_of

VENDOR = "help@printco.example"


def owned(acme: Acme) -> TicketRow:
    """A ticket of the requester, answered and owned by the agent."""
    row = ticket_of(filed(written(text="Call me at 0171 5550123."), at=MONDAY))
    desk.reply(acme.uuid, row.uuid, at=MONDAY, actor=acme.agent_actor, text="We look.")
    return row


def begun(acme: Acme, row: TicketRow, **more: object) -> str:
    wanted: dict[str, object] = {
        "vendor": "PrintCo",
        "reference": "PC-7",
        "contact_address": VENDOR,
        "contact_name": "Vera Vendor",
    }
    begin = desk.begin_vendor_leg
    return begin(acme.uuid, row.uuid, at=MONDAY, actor=acme.agent_actor, **(wanted | more))  # type: ignore[arg-type]


def write(acme: Acme, row: TicketRow, leg: str, text: str = "Which part is it?") -> EmailMessage:
    """The mail that the vendor gets."""
    send = desk.write_to_vendor
    send(acme.uuid, row.uuid, at=MONDAY + HOUR, actor=acme.agent_actor, leg=leg, text=text)
    return sent_out(row)[-1]


def address_of(mail: EmailMessage) -> str:
    return str(mail["Reply-To"].addresses[0].addr_spec)


def answer(
    mail: EmailMessage, *, sender: str = VENDOR, text: str = "The drum.", **more: str
) -> bytes:
    return written(
        sender=sender,
        to=address_of(mail),
        subject=f"Re: {mail['Subject']}",
        text=text,
        In_Reply_To=str(mail["Message-ID"]),
        **more,
    )


def arrives(raw: bytes, mail: EmailMessage, minutes: int = 90) -> RawMail:
    return filed(raw, at=MONDAY + minutes * MINUTE, envelope_to=(address_of(mail),))


# ---- out ----------------------------------------------------------------------------------


def test_a_vendor_gets_what_was_written_and_nothing_else(acme: Acme) -> None:
    row = owned(acme)
    mail = write(acme, row, begun(acme, row))
    (to,) = mail["To"].addresses
    assert (to.addr_spec, mail["Cc"], mail["Auto-Submitted"]) == (VENDOR, None, None)
    assert mail["Subject"] == f"[ACME-{row.number}] Acme · PC-7"
    assert mail["References"] is None
    whole = mail.as_string()
    for secret in ("printer", "fire", "Rita", REQUESTER, "0171", "Smoke", "We look"):
        assert secret not in whole
    ids = [str(each["Message-ID"]) for each in sent_out(row)]
    assert not any(each in whole for each in ids[:-1])
    assert "Which part is it?" in str(mail.get_body(("plain",)))


def test_its_contact_is_somebody_of_a_vendor_without_any_right(acme: Acme) -> None:
    row = owned(acme)
    leg = begun(acme, row)
    member = Membership.objects.get(person__address=VENDOR)
    assert (member.side, member.roles) == ("vendor", [])
    viewer = policy.viewer_of(member.person, acme.uuid)
    assert viewer is not None
    assert viewer.rights == frozenset()
    assert begun(acme, row) != leg, "the same person on a second leg"
    assert Membership.objects.filter(person__address=VENDOR).count() == 1


@pytest.mark.parametrize("address", [REQUESTER, "ben@provider.example", "fiona@acme.example"])
def test_nobody_of_the_company_is_a_vendor(acme: Acme, address: str) -> None:
    row = owned(acme)
    with pytest.raises(desk.IllegalStep, match="belongs to somebody of this company"):
        begun(acme, row, contact_address=address)


def test_the_two_addresses_of_a_ticket_never_equal(acme: Acme) -> None:
    row = owned(acme)
    one, other = begun(acme, row), begun(acme, row)
    requesters = notify.reply_address(acme.company, row)
    theirs = [notify.vendor_address(acme.company, row, leg) for leg in (one, other)]
    assert len({requesters, *theirs}) == 3
    assert notify.ticket_of_reply_address(theirs[0]) is None
    assert notify.leg_of_vendor_address(requesters) is None
    assert notify.leg_of_vendor_address(theirs[1]) == (row, other)
    head, _, tail = theirs[0].partition("+v-")
    assert notify.ticket_of_reply_address(f"{head}+t-{tail}") is None
    signature = tail.partition(".")[2].partition("@")[0]
    assert len(signature) == 26, "128 bits"
    for place in range(26):
        wrong = "a" if signature[place] != "a" else "b"
        guess = theirs[0].replace(signature, signature[:place] + wrong + signature[place + 1 :])
        found = notify.leg_of_vendor_address(guess)
        assert found is None, place


def test_a_quote_is_chosen_and_a_note_is_never_quoted(acme: Acme) -> None:
    row = owned(acme)
    leg, actor = begun(acme, row), acme.agent_actor
    said = received_on(row)[0].id
    send = desk.write_to_vendor
    send(acme.uuid, row.uuid, at=MONDAY, actor=actor, leg=leg, text="See below.", quote=said)
    assert "> Call me at 0171 5550123." in str(sent_out(row)[-1].get_body(("plain",)))
    note = desk.write_note(acme.uuid, row.uuid, at=MONDAY, actor=actor, text="Rude man.")
    with pytest.raises(desk.IllegalStep, match="not on the ticket"):
        send(acme.uuid, row.uuid, at=MONDAY, actor=actor, leg=leg, text="Look.", quote=note)


def test_without_an_address_nothing_can_be_mailed(acme: Acme) -> None:
    row = owned(acme)
    leg = begun(acme, row, contact_address="", contact_name="")
    with pytest.raises(desk.IllegalStep, match="No mail address"):
        write(acme, row, leg)


# ---- in -----------------------------------------------------------------------------------


def test_its_answer_is_for_the_teams_alone(acme: Acme) -> None:
    row = owned(acme)
    actor = acme.agent_actor
    desk.ask(acme.uuid, row.uuid, at=MONDAY, actor=actor, text="Since when?")
    mail = write(acme, row, leg := begun(acme, row))
    sent = OutgoingMail.objects.filter(kind="message").count()
    assert arrives(answer(mail), mail).reason.startswith("A vendor’s answer")
    event = events_of(row)[-1]
    assert isinstance(event.body, e.MessageReceived)
    assert (event.body.leg, event.actor.side) == (leg, "vendor")
    found = received_on(row)[-1]
    assert (found.audience, found.leg, found.side) == ("both_teams", leg, "vendor")
    after = TicketRow.objects.get(uuid=row.uuid)
    assert "requester" in after.waits_on, "what the requester owes stays owed"
    assert after.last_word_by != "Vera Vendor"
    assert after.has_unread
    assert OutgoingMail.objects.filter(kind="message").count() == sent
    requester = policy.viewer_of(
        Membership.objects.get(person__address=REQUESTER).person, acme.uuid
    )
    assert not policy.may_read_note(requester, found.audience, found.side, found.provider)
    assert projections.differences(acme.uuid) == []


def test_the_owner_is_told_of_the_answer(acme: Acme) -> None:
    row = owned(acme)
    mail = write(acme, row, begun(acme, row))
    arrives(answer(mail), mail)
    told = sent_out(row)[-1]
    assert str(told["Subject"]).startswith(f"[ACME-{row.number}] The vendor answered")
    text = str(told.get_body(("plain",)))
    assert "Vera Vendor" in text
    assert "The drum." in text


def test_neither_thread_names_the_mails_of_the_other(acme: Acme) -> None:
    row = owned(acme)
    leg = begun(acme, row)
    mail = write(acme, row, leg)
    arrives(answer(mail, Message_ID="<theirs@printco.example>"), mail)
    again = write(acme, row, leg, "And when?")
    assert again["In-Reply-To"] == "<theirs@printco.example>"
    assert str(again["References"]).split() == [mail["Message-ID"], "<theirs@printco.example>"]
    desk.reply(acme.uuid, row.uuid, at=MONDAY + DAY, actor=acme.agent_actor, text="It is the drum.")
    public = sent_out(row)[-1].as_string()
    for each in (mail["Message-ID"], again["Message-ID"], "theirs@printco.example", VENDOR):
        assert str(each) not in public


@pytest.mark.parametrize("how", ["address", "id"])
def test_another_sender_with_the_vendors_secret_is_held(acme: Acme, how: str) -> None:
    row = owned(acme)
    mail = write(acme, row, begun(acme, row))
    before = names_of(row)
    for sender in ("mallory@evil.example", REQUESTER, "other@printco.example"):
        raw = answer(mail, sender=sender)
        if how == "address":
            raw = written(sender=sender, to=address_of(mail), text=f"From {sender}")
            held = filed(raw, at=MONDAY + 2 * HOUR, envelope_to=(address_of(mail),))
        else:
            raw = written(sender=sender, text=sender, In_Reply_To=str(mail["Message-ID"]))
            held = filed(raw, at=MONDAY + 2 * HOUR)
        assert (held.state, held.held_as) == ("held", "unverified"), sender
        assert "not the contact of that vendor" in held.reason
    assert names_of(row) == before


def test_a_forged_contact_is_held(acme: Acme, names: Names) -> None:
    names.zone = zone_of(
        "printco.example", dmarc="v=DMARC1; p=reject", spf="v=spf1 -all", key=key_record()
    )
    row = owned(acme)
    mail = write(acme, row, begun(acme, row))
    held = arrives(answer(mail), mail)
    assert (held.state, held.held_as) == ("held", "check_failed")


def test_the_vendor_has_no_place_in_the_requesters_thread(acme: Acme) -> None:
    row = owned(acme)
    ours = sent_out(row)[-1]
    mail = write(acme, row, begun(acme, row))
    arrives(answer(mail), mail)
    sneaking = filed(
        written(sender=VENDOR, to=address_of(ours), text="Hello Rita"),
        at=MONDAY + 2 * HOUR,
        envelope_to=(address_of(ours),),
    )
    assert (sneaking.state, sneaking.held_as) == ("held", "unverified")
    both = filed(
        written(sender=VENDOR, to=f"{address_of(ours)}, {address_of(mail)}", text="Hello all"),
        at=MONDAY + 2 * HOUR,
    )
    assert both.state == "filed"
    assert received_on(row)[-1].audience == "both_teams"


def test_an_agents_mail_to_the_vendors_address_is_no_reply(acme: Acme, names: Names) -> None:
    names.zone = zone_of("provider.example", spf="v=spf1 ip4:192.0.2.1 -all")
    row = owned(acme)
    mail = write(acme, row, begun(acme, row))
    before = OutgoingMail.objects.filter(kind="message").count()
    raw = answer(mail, sender="ben@provider.example", text="Between us: they are slow.")
    held = filed(
        raw,
        at=MONDAY + 2 * HOUR,
        envelope_from="ben@provider.example",
        envelope_to=(address_of(mail),),
    )
    assert held.state == "held"
    assert OutgoingMail.objects.filter(kind="message").count() == before


def test_an_answer_after_the_leg_ended_is_kept(acme: Acme) -> None:
    row = owned(acme)
    mail = write(acme, row, begun(acme, row))
    desk.resolve(acme.uuid, row.uuid, at=MONDAY + HOUR, actor=acme.agent_actor)
    arrives(answer(mail), mail)
    assert TicketRow.objects.get(uuid=row.uuid).status == "resolved"
    assert received_on(row)[-1].audience == "both_teams"
    desk.close(acme.uuid, row.uuid, at=MONDAY + 2 * HOUR, actor=acme.agent_actor)
    arrives(answer(mail, text="One more thing."), mail, 200)
    assert TicketRow.objects.get(uuid=row.uuid).status == "closed"
    assert received_on(row)[-1].text.startswith("One more thing.")
    assert TicketRow.objects.filter(company=acme.uuid).count() == 1


def test_an_answer_follows_a_merge(acme: Acme) -> None:
    row, other = owned(acme), ticket_of(filed(written(subject="Another"), at=MONDAY))
    mail = write(acme, row, begun(acme, row))
    desk.merge(acme.uuid, row.uuid, at=MONDAY + HOUR, actor=acme.agent_actor, into=other.uuid)
    arrives(answer(mail), mail)
    found = received_on(other)[-1]
    assert (found.audience, found.author_title) == ("both_teams", "Vera Vendor")


def test_an_automatic_answer_is_stored_on_the_leg(acme: Acme) -> None:
    row = owned(acme)
    mail = write(acme, row, begun(acme, row))
    arrives(answer(mail, Auto_Submitted="auto-replied"), mail)
    found = received_on(row)[-1]
    assert (found.is_automatic, found.audience) == (True, "both_teams")


def test_what_was_held_goes_to_the_leg_when_it_is_let_through(acme: Acme) -> None:
    row = owned(acme)
    mail = write(acme, row, leg := begun(acme, row))
    held = arrives(answer(mail, sender="other@printco.example"), mail)
    release.add_to_ticket(
        acme.uuid,
        held.pk,
        row.number,
        at=MONDAY + 3 * HOUR,
        actor=acme.agent_actor,
        is_copied=True,
    )
    found = received_on(row)[-1]
    assert (found.audience, found.leg, found.side) == ("both_teams", leg, "vendor")
    assert Membership.objects.get(person__address="other@printco.example").side == "vendor"
    assert TicketRow.objects.get(uuid=row.uuid).copies == []


def test_a_vendors_words_are_never_split_off(acme: Acme) -> None:
    row = owned(acme)
    mail = write(acme, row, begun(acme, row))
    arrives(answer(mail), mail)
    with pytest.raises(desk.IllegalStep, match="can be split off"):
        desk.split(
            acme.uuid,
            row.uuid,
            at=MONDAY + 3 * HOUR,
            actor=acme.agent_actor,
            message=received_on(row)[-1].id,
        )


def test_a_bounce_is_told_on_the_message_to_the_vendor(acme: Acme) -> None:
    row = owned(acme)
    mail = write(acme, row, begun(acme, row))
    key = MessageRow.objects.get(ticket=row, kind="vendor").id
    assert (
        matching.answered(acme.uuid, Understood(sender=Mailbox(VENDOR)), [address_of(mail)])
        is not None
    )
    desk.mark_bounced(
        acme.uuid,
        row.uuid,
        at=MONDAY + HOUR,
        actor=acme.agent_actor,
        message=key,
        person=UUID(str(Membership.objects.get(person__address=VENDOR).person.uuid)),
        reason="no such user",
    )
    assert MessageRow.objects.get(id=key).bounced == "no such user"
