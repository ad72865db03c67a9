"""Each row of the table in docs/mail.md: what an incoming mail becomes."""

from __future__ import annotations

import pytest

from commondesk.accounts.models import Company, Membership, Person
from commondesk.core.record.instant import DAY, HOUR, MINUTE
from commondesk.desk import actions as desk
from commondesk.desk.models import MailRef, MessageRow, TicketRow
from commondesk.intake.models import RawMail

from .letters import (
    AGENT,
    DESK,
    MONDAY,
    OUTSIDER,
    REQUESTER,
    Acme,
    events_of,
    filed,
    found_acme,
    names_of,
    received_on,
    sent_out,
    ticket_of,
    written,
)


def opened(acme: Acme) -> TicketRow:
    """A ticket of Rita's, answered by Ben."""
    row = ticket_of(filed(written(Message_ID="<first@acme.example>")))
    desk.reply(acme.uuid, row.uuid, at=MONDAY + HOUR, actor=acme.agent_actor, text="Is it warm?")
    return TicketRow.objects.get(uuid=row.uuid)


def reply_address(row: TicketRow) -> str:
    return str(sent_out(row)[-1]["Reply-To"].addresses[0].addr_spec)


def answer_id(row: TicketRow) -> str:
    return str(sent_out(row)[-1]["Message-ID"])


# ---- a new matter -------------------------------------------------------------------------


def test_a_new_matter_becomes_a_ticket_of_its_sender(acme: Acme) -> None:
    mail = filed(written())
    row = ticket_of(mail)
    assert (mail.state, mail.reason) == ("filed", "A new matter.")
    assert (row.subject, row.requester_title, row.channel, row.number) == (
        "The printer is on fire",
        "Rita Requester",
        "mail",
        1001,
    )
    assert [each.text for each in received_on(row)] == ["Smoke comes out of it."]
    assert row.opened_at == MONDAY


def test_it_happened_when_our_server_had_it_whatever_the_mail_says(acme: Acme) -> None:
    row = ticket_of(filed(written(Date="Thu, 1 Jan 1998 00:00:00 +0000")))
    first = events_of(row)[0]
    assert (first.happened_at, first.learnt_at) == (MONDAY, MONDAY + 1_000_000)


def test_a_sender_gets_no_access_and_one_membership(acme: Acme) -> None:
    filed(written())
    filed(written(subject="Another matter"))
    person = Person.objects.get(address=REQUESTER)
    assert not person.has_usable_password()
    assert Membership.objects.get(person=person).roles == ["requester"]
    assert TicketRow.objects.count() == 2


def test_a_file_is_attached_and_html_is_made_safe(acme: Acme) -> None:
    raw = (
        b"From: rita@acme.example\r\nSubject: picture\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/html\r\n\r\n<p>see<script>x()</script>"
        b"<img src=http://spy.example/1.png></p>\r\n"
        b"--b\r\nContent-Type: image/png\r\n"
        b'Content-Disposition: attachment; filename="../../etc/shot.png"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\niVBORw==\r\n--b--\r\n"
    )
    message = received_on(ticket_of(filed(raw)))[0]
    # Where the picture lies is kept for those who ask for it; what shows the mail leaves it out.
    assert message.html == '<p>see<img src="http://spy.example/1.png"></p>'
    assert message.text == "see"
    assert [(each["name"], each["size"]) for each in message.attachments] == [("shot.png", 4)]


def test_without_a_subject_the_first_line_is_one(acme: Acme) -> None:
    raw = b"From: rita@acme.example\r\n\r\n\r\nMy mouse is gone\r\nIt was here.\r\n"
    assert ticket_of(filed(raw)).subject == "My mouse is gone"


# ---- answers with proof -------------------------------------------------------------------


def test_an_answer_to_the_signed_address_comes_onto_the_ticket(acme: Acme) -> None:
    row = opened(acme)
    address = reply_address(row)
    mail = filed(written(to=address, text="Very."), at=MONDAY + 2 * HOUR, envelope_to=(address,))
    assert mail.ticket == row.uuid
    assert received_on(row)[-1].text == "Very."
    assert TicketRow.objects.count() == 1


def test_an_answer_to_an_id_of_ours_comes_onto_the_ticket(acme: Acme) -> None:
    row = opened(acme)
    for name in ("In_Reply_To", "References"):
        mail = filed(written(text=name, **{name: answer_id(row)}), at=MONDAY + 2 * HOUR)
        assert mail.ticket == row.uuid
    assert [each.text for each in received_on(row)][1:] == ["In_Reply_To", "References"]


def test_an_answer_to_the_acknowledgement_comes_onto_the_ticket(acme: Acme) -> None:
    row = ticket_of(filed(written()))
    mail = filed(written(text="And loud.", In_Reply_To=answer_id(row)), at=MONDAY + MINUTE)
    assert mail.ticket == row.uuid


def test_the_quoted_conversation_is_kept_and_marked(acme: Acme) -> None:
    row = opened(acme)
    text = "Yes.\n\nOn Mon, 10 Mar 2025 at 10:00, Ben Agent wrote:\n> Is it warm?\n"
    filed(written(text=text, In_Reply_To=answer_id(row)), at=MONDAY + 2 * HOUR)
    message = received_on(row)[-1]
    assert message.text == text.strip()
    (fold,) = message.folds
    assert (fold["kind"], message.text[: fold["start"]].strip()) == ("quote", "Yes.")


def test_an_answer_to_a_resolved_ticket_reopens_it(acme: Acme) -> None:
    row = opened(acme)
    desk.resolve(acme.uuid, row.uuid, at=MONDAY + 2 * HOUR, actor=acme.agent_actor)
    filed(written(text="Still hot.", In_Reply_To=answer_id(row)), at=MONDAY + 3 * HOUR)
    assert TicketRow.objects.get(uuid=row.uuid).status == "open"
    assert names_of(row)[-1] == "ticket.reopened"


def test_an_answer_to_a_closed_ticket_opens_a_linked_one(acme: Acme) -> None:
    row = opened(acme)
    desk.resolve(acme.uuid, row.uuid, at=MONDAY + 2 * HOUR, actor=acme.agent_actor)
    desk.close(acme.uuid, row.uuid, at=MONDAY + DAY, actor=acme.agent_actor)
    mail = filed(written(text="Again!", In_Reply_To=answer_id(row)), at=MONDAY + 20 * DAY)
    assert mail.ticket not in (None, row.uuid)
    assert events_of(ticket_of(mail))[0].body.returned_from == str(row.uuid)  # type: ignore[attr-defined]


def test_an_answer_to_a_merged_ticket_goes_to_the_survivor(acme: Acme) -> None:
    row = opened(acme)
    other = ticket_of(filed(written(sender=OUTSIDER, subject="Smoke", text="I see smoke.")))
    desk.merge(acme.uuid, row.uuid, at=MONDAY + 2 * HOUR, actor=acme.agent_actor, into=other.uuid)
    mail = filed(written(text="Hello?", In_Reply_To=answer_id(row)), at=MONDAY + 3 * HOUR)
    assert mail.ticket == other.uuid


# ---- answers without proof, or of others --------------------------------------------------


@pytest.mark.parametrize("by", ["address", "id"])
def test_a_proof_in_the_hands_of_an_outsider_is_held(acme: Acme, by: str) -> None:
    row = opened(acme)
    before = names_of(row)
    address = reply_address(row) if by == "address" else DESK
    lines = {} if by == "address" else {"In_Reply_To": answer_id(row)}
    mail = filed(
        written(sender=OUTSIDER, text="Let me in.", to=address, **lines),
        at=MONDAY + 2 * HOUR,
        envelope_to=(address,),
    )
    assert (mail.state, mail.ticket) == ("held", row.uuid)
    assert mail.reason.startswith("Unverified: otto@elsewhere.example answered with")
    assert names_of(row) == before
    assert not Person.objects.filter(address=OUTSIDER).exists()


def test_somebody_on_copy_is_not_on_the_ticket(acme: Acme) -> None:
    row = ticket_of(filed(written(Cc=f"Otto <{OUTSIDER}>")))
    mail = filed(written(sender=OUTSIDER, In_Reply_To=answer_id(row)), at=MONDAY + MINUTE)
    assert mail.state == "held"


def test_a_number_in_the_subject_opens_a_linked_ticket(acme: Acme) -> None:
    row = opened(acme)
    mail = filed(written(sender=OUTSIDER, subject=f"Re: [ACME-{row.number}] The printer"))
    other = ticket_of(mail)
    assert other.uuid != row.uuid
    assert names_of(other)[-1] in ("ticket.linked", "message.written")
    links = [event.body for event in events_of(other) if event.name == "ticket.linked"]
    assert [(each.other, each.relation.value) for each in links] == [(str(row.uuid), "related")]  # type: ignore[attr-defined]


def test_numbers_of_nothing_link_nothing(acme: Acme) -> None:
    opened(acme)
    for subject in ("ACME-99999", "OTHER-1001", "ACME-0", "ACMEX-1001", "PC ACME-1001x"):
        assert "ticket.linked" not in names_of(ticket_of(filed(written(subject=subject))))


def test_a_foreign_id_opens_a_ticket_of_its_own(acme: Acme) -> None:
    row = opened(acme)
    mail = filed(written(In_Reply_To="<first@acme.example>", text="P.S."), at=MONDAY + HOUR)
    other = ticket_of(mail)
    assert other.uuid != row.uuid
    assert "ticket.linked" in names_of(other)


def test_guessed_addresses_reach_no_ticket(acme: Acme) -> None:
    row = opened(acme)
    signed = reply_address(row)
    local, _, domain = signed.partition("@")
    for wrong in (
        f"{local[:-1]}{'a' if local[-1] != 'a' else 'b'}@{domain}",
        f"support+t-acme-{row.number}@{domain}",
        f"support+t-acme-{row.number}.@{domain}",
        f"support+t-acme-{row.number + 1}{local[local.index('.') :]}@{domain}",
        f"support+{row.number}@{domain}",
    ):
        mail = filed(written(to=wrong, subject=wrong), envelope_to=(wrong,))
        assert mail.ticket != row.uuid, wrong
    assert len(received_on(row)) == 1


def test_a_hundred_guesses_in_one_mail_make_one_ticket(acme: Acme) -> None:
    row = opened(acme)
    guesses = tuple(f"support+t-acme-{number}.{'a' * 20}@acme.example" for number in range(100))
    filed(written(sender=OUTSIDER), envelope_to=guesses)
    assert TicketRow.objects.exclude(uuid=row.uuid).count() == 1


# ---- claims to be somebody ----------------------------------------------------------------


@pytest.mark.parametrize("sender", [AGENT, AGENT.upper(), "fiona@acme.example", DESK])
def test_nobody_acts_as_an_agent_by_mail(acme: Acme, sender: str) -> None:
    row = opened(acme)
    before = names_of(row)
    for lines in ({}, {"In_Reply_To": answer_id(row)}):
        mail = filed(written(sender=f"Ben <{sender}>", text=str(lines), **lines))
        assert mail.state == "held"
        assert "nothing proves it" in mail.reason
    assert names_of(row) == before
    assert TicketRow.objects.count() == 1


@pytest.mark.parametrize(
    "line",
    [
        "From: rita@acme.example, otto@elsewhere.example",
        "From: rita@acme.example\r\nFrom: otto@elsewhere.example",
        "From: rita@acme.example)x@elsewhere.example",
        "From: =?utf-8?q?rita=40acme.example?=@elsewhere.example",
        "From: ?from:?;",
        "From: rita@acme.example\rX: y",
        "From: <rita@acme.example> <otto@elsewhere.example>",
        "X-From: rita@acme.example",
    ],
)
def test_an_unclear_sender_is_held(acme: Acme, line: str) -> None:
    mail = filed(f"{line}\r\nSubject: x\r\n\r\nhello\r\n".encode())
    assert mail.state == "held"
    assert mail.reason.startswith("It cannot be said who sent it")
    assert TicketRow.objects.count() == 0


@pytest.mark.parametrize(
    "line",
    [
        f'"{REQUESTER}" <{OUTSIDER}>',
        f"{OUTSIDER} ({REQUESTER})",
        f"{REQUESTER} <{OUTSIDER}>",
    ],
)
def test_a_name_is_nobody(acme: Acme, line: str) -> None:
    filed(written())
    mail = filed(f"From: {line}\r\nSubject: x\r\n\r\nhello\r\n".encode())
    assert mail.sender == OUTSIDER
    assert ticket_of(mail).requester == Person.objects.get(address=OUTSIDER).uuid


# ---- machines -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lines",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "Auto-Replied (vacation)"},
        {"Precedence": "bulk"},
        {"Precedence": "list"},
        {"List_Id": "<news.shop.example>"},
        {"X_Autoreply": "yes"},
    ],
)
def test_automatic_mail_opens_nothing(acme: Acme, lines: dict[str, str]) -> None:
    mail = filed(written(**lines))
    assert (mail.state, mail.ticket) == ("filed", None)
    assert mail.automatic
    assert TicketRow.objects.count() == 0
    assert not Person.objects.filter(address=REQUESTER).exists()


def test_an_empty_return_path_is_a_machine(acme: Acme) -> None:
    assert filed(written(), envelope_from="").automatic == "the return path is empty"
    assert TicketRow.objects.count() == 0


def test_a_persons_mail_says_no(acme: Acme) -> None:
    assert ticket_of(filed(written(Auto_Submitted="no"))).kind == "incident"


@pytest.mark.parametrize("status", ["resolved", "waiting"])
def test_out_of_office_is_stored_and_changes_no_state(acme: Acme, status: str) -> None:
    row = opened(acme)
    at = MONDAY + 2 * HOUR
    if status == "resolved":
        desk.resolve(acme.uuid, row.uuid, at=at, actor=acme.agent_actor)
    else:
        desk.ask(acme.uuid, row.uuid, at=at, actor=acme.agent_actor, text="Which one?")
    lines = {"Auto_Submitted": "auto-replied", "In_Reply_To": answer_id(row)}
    mail = filed(written(text="I am away.", **lines), at=MONDAY + 3 * HOUR)
    assert mail.ticket == row.uuid
    last = received_on(row)[-1]
    assert (last.text, last.is_automatic) == ("I am away.", True)
    assert TicketRow.objects.get(uuid=row.uuid).status == status


def test_monitoring_opens_an_alert_and_gets_no_answer(acme: Acme) -> None:
    row = ticket_of(filed(written(sender="nagios@acme.example", Auto_Submitted="auto-generated")))
    assert row.kind == "alert"
    assert received_on(row)[0].is_automatic
    assert sent_out(row) == []


def report(acme: Acme, row: TicketRow, action: str = "failed") -> bytes:
    return (
        "From: MAILER-DAEMON@mx.example\r\nTo: support@acme.example\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        "--b\r\n\r\nSorry.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; {REQUESTER}\r\nAction: {action}\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 no such user\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {answer_id(row)}\r\n\r\n"
        "--b--\r\n"
    ).encode()


def test_a_bounce_is_told_on_the_message_that_bounced(acme: Acme) -> None:
    row = opened(acme)
    mail = filed(report(acme, row), at=MONDAY + 2 * HOUR, envelope_from="")
    assert (mail.state, mail.ticket) == ("filed", row.uuid)
    bounced = MessageRow.objects.filter(ticket=row).exclude(bounced="").get()
    assert (bounced.text, bounced.bounced) == ("Is it warm?", "smtp; 550 no such user")
    assert names_of(row)[-1] == "message.bounced"
    assert TicketRow.objects.count() == 1


def test_a_late_mail_is_no_bounce(acme: Acme) -> None:
    row = opened(acme)
    mail = filed(report(acme, row, "delayed"), envelope_from="")
    assert "late" in mail.reason
    assert "message.bounced" not in names_of(row)


def test_a_report_about_a_guessed_id_is_only_kept(acme: Acme) -> None:
    row = opened(acme)
    raw = report(acme, row).replace(answer_id(row).encode(), b"<0123@acme.example>")
    mail = filed(raw, envelope_from="")
    assert (mail.state, mail.ticket) == ("filed", None)
    assert "message.bounced" not in names_of(row)


# ---- whose is this? -----------------------------------------------------------------------


def test_with_one_company_every_address_is_its_own(acme: Acme) -> None:
    mail = filed(written(), envelope_to=("anything@nowhere.example",))
    assert ticket_of(mail).company == acme.uuid


def test_with_several_an_unknown_address_is_held(acme: Acme) -> None:
    found_acme("Beta", "beta.example")
    mail = filed(written(), envelope_to=("who@nowhere.example",))
    assert (mail.state, mail.company) == ("held", None)
    assert mail.reason.startswith("Whose is this?")


def test_one_mail_to_two_companies_is_a_ticket_in_each(acme: Acme) -> None:
    beta = found_acme("Beta", "beta.example")
    filed(written(), envelope_to=(DESK, "support@beta.example"))
    tickets = TicketRow.objects.values_list("company", flat=True)
    assert sorted(tickets) == sorted([acme.uuid, beta.uuid])


def test_an_id_of_one_company_means_nothing_in_another(acme: Acme) -> None:
    row = opened(acme)
    found_acme("Beta", "beta.example")
    address = reply_address(row).replace("acme.example", "beta.example")
    mail = filed(
        written(to=address, In_Reply_To=answer_id(row)),
        at=MONDAY + 2 * HOUR,
        envelope_to=("support@beta.example",),
    )
    assert ticket_of(mail).company != acme.uuid


def test_the_same_foreign_id_twice_harms_nobody(acme: Acme) -> None:
    filed(written(Message_ID="<same@x.example>"))
    mail = filed(written(Message_ID="<same@x.example>", text="Other words."))
    assert ticket_of(mail).company == acme.uuid
    assert MailRef.objects.filter(message_id="<same@x.example>").count() == 1


def test_all_that_was_kept_is_settled(acme: Acme) -> None:
    filed(written())
    assert not RawMail.objects.filter(state="received").exists()
    assert Company.objects.count() == 1
