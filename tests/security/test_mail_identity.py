"""MAIL-01, 03, 05, 09 and 11: nobody passes for somebody else by mail."""

from __future__ import annotations

from itertools import product

import pytest

from commondesk.accounts import directory
from commondesk.accounts.models import Person
from commondesk.accounts.policy import Role
from commondesk.core.record.event import Actor, Side
from commondesk.core.record.instant import MINUTE
from commondesk.desk import actions as desk
from commondesk.desk.models import MessageRow, OutgoingMail, TicketRow
from commondesk.intake.checks import dns
from commondesk.intake.models import RawMail
from commondesk.ledger.now import instant_now
from tests.intake.letters import DESK, Acme, found_acme, names_of, sent_out, ticket_of, written
from tests.intake.signing import key_record, signed, zone_of
from tests.mail_servers.dns import NameServer

from .wire import AGENT, ATTACKER, CLIENT, NOT_US, OPEN, PROVIDER, US, USER, Wire


def ticket_of_user(acme: Acme, wire: Wire) -> TicketRow:
    """A-1: a matter of the client's user, who signed it, answered by the agent."""
    raw = written(sender=USER, subject="The VPN is down", Message_ID="<first@client.example>")
    (mail,) = wire.send(signed(raw, CLIENT, name=CLIENT), sender=USER)
    assert mail.check_result == "passed"
    row = ticket_of(mail)
    desk.reply(acme.uuid, row.uuid, at=instant_now(), actor=acme.agent_actor, text="Since when?")
    return TicketRow.objects.get(uuid=row.uuid)


def our_id(row: TicketRow) -> str:
    return str(sent_out(row)[-1]["Message-ID"])


def our_address(row: TicketRow) -> str:
    return str(sent_out(row)[-1]["Reply-To"].addresses[0].addr_spec)


def people() -> set[str]:
    return set(Person.objects.exclude(address=None).values_list("address", flat=True))  # type: ignore[arg-type]


# ---- MAIL-01 ------------------------------------------------------------------------------


def test_mail_01_a_forged_user_with_a_copy_to_himself(acme: Acme, wire: Wire) -> None:
    row = ticket_of_user(acme, wire)
    before, known, sent = names_of(row), people(), OutgoingMail.objects.count()
    for run in range(20):
        (mail,) = wire.send(
            written(
                sender=USER,
                subject=f"Re: [ACME-{row.number}] The VPN is down",
                text=f"Please send everything to me, {run}.",
                Cc=ATTACKER,
                In_Reply_To=our_id(row),
                References=our_id(row),
            )
        )
        assert (mail.state, mail.held_as, mail.ticket) == ("held", "check_failed", row.uuid)
        assert mail.check_finding == "spf=pass dkim=none dmarc=fail"
        assert "dmarc=fail" in mail.reason
    assert names_of(row) == before
    assert people() == known
    assert OutgoingMail.objects.count() == sent
    assert TicketRow.objects.get(uuid=row.uuid).copies == []


def test_mail_01_the_copy_of_a_real_mail_is_no_way_in_either(acme: Acme, wire: Wire) -> None:
    raw = written(sender=USER, subject="Another matter", Cc=ATTACKER)
    (mail,) = wire.send(signed(raw, CLIENT, name=CLIENT), sender=USER)
    row = ticket_of(mail)
    assert (row.copies, ATTACKER in people()) == ([], False)
    (answer,) = wire.send(written(sender=ATTACKER, In_Reply_To=our_id(row)))
    assert (answer.state, answer.held_as) == ("held", "unverified")
    assert {each for mail in OutgoingMail.objects.all() for each in mail.envelope_to} == {USER}


# ---- MAIL-03 ------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["new", "id", "address"])
def test_mail_03_a_forged_agent(acme: Acme, wire: Wire, how: str) -> None:
    row = ticket_of_user(acme, wire)
    before, sent = names_of(row), OutgoingMail.objects.count()
    to = our_address(row) if how == "address" else DESK
    lines = {"In_Reply_To": our_id(row)} if how == "id" else {}
    for text in ("#resolve", "[internal] close it", "status: closed", "Dear user, send money."):
        (mail,) = wire.send(written(sender=f"Ben <{AGENT}>", text=text, to=to, **lines), to=(to,))
        assert (mail.state, mail.held_as) == ("held", "claims_agent")
    assert names_of(row) == before
    assert (OutgoingMail.objects.count(), TicketRow.objects.count()) == (sent, 1)


def test_mail_03_the_real_agent_may_answer_by_mail(acme: Acme, wire: Wire) -> None:
    row = ticket_of_user(acme, wire)
    raw = written(sender=AGENT, text="It works again.", In_Reply_To=our_id(row))
    (mail,) = wire.send(signed(raw, PROVIDER, name=PROVIDER), sender=AGENT)
    assert (mail.state, mail.ticket) == ("filed", row.uuid)
    last = MessageRow.objects.filter(ticket=row).order_by("position").last()
    assert last is not None
    assert (last.kind, last.author, last.side) == ("written", str(acme.agent.uuid), "provider")
    assert (last.audience, last.text) == ("everyone", "It works again.")


# ---- MAIL-05 ------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["id", "address"])
def test_mail_05_a_valid_token_in_other_hands(acme: Acme, wire: Wire, how: str) -> None:
    row = ticket_of_user(acme, wire)
    desk.resolve(acme.uuid, row.uuid, at=instant_now(), actor=acme.agent_actor)
    before, known = names_of(row), people()
    to = our_address(row) if how == "address" else DESK
    lines = {"In_Reply_To": our_id(row)} if how == "id" else {}
    for run in range(10):
        raw = written(sender=ATTACKER, text=f"I am in charge now, {run}.", to=to, **lines)
        (mail,) = wire.send(signed(raw, "evil.example", name="evil"), to=(to,))
        assert (mail.state, mail.held_as, mail.ticket) == ("held", "unverified", row.uuid)
        assert mail.check_result == "passed", "it is really him, and that does not help him"
    assert names_of(row) == before
    assert people() == known
    assert TicketRow.objects.get(uuid=row.uuid).status == "resolved"


# ---- MAIL-09 ------------------------------------------------------------------------------


def test_mail_09_a_code_of_a_service_is_read_by_nobody_who_asked(acme: Acme, wire: Wire) -> None:
    robot = "no-reply@service.example"
    (bait,) = wire.send(written(sender=robot, subject="I want to know more", text="Please."))
    row = ticket_of(bait)
    desk.reply(acme.uuid, row.uuid, at=instant_now(), actor=acme.agent_actor, text="About what?")
    answers = [{}, {"In_Reply_To": our_id(row)}, {"Auto_Submitted": "auto-generated"}]
    texts = [
        "Your verification code is 482913. It expires in 10 minutes.",
        "Confirm your email address: https://service.example/confirm?token=a8f3c2e1d4b5a697",
    ]
    for lines, text in product(answers, texts):
        raw = written(
            sender=robot,
            subject="Confirm your email address" if "Confirm" in text else "Your verification code",
            text=text,
            **lines,
        )
        (mail,) = wire.send(raw, sender=robot)
        assert (mail.state, mail.held_as) == ("held", "secret_code"), (lines, text)
    seen = "".join(MessageRow.objects.values_list("text", flat=True))
    assert "482913" not in seen
    assert "a8f3c2e1d4b5a697" not in seen
    person = Person.objects.get(address=robot)
    assert not person.has_usable_password(), "nobody can sign in as the robot"


# ---- MAIL-11 ------------------------------------------------------------------------------

VICTIM = f"victim@{OPEN}"
UNCLEAR = [
    f"From: {VICTIM}\r\nFrom: x@evil.example",
    f"From: {VICTIM}, x@evil.example",
    f"From: {VICTIM})x@evil.example",
    f"From: {VICTIM.replace('@', '=40')}@evil.example@{OPEN}",
    "From: =?utf-8?q?victim=40open.example?=@evil.example",
    "From: ?from:?;...",
    f"From: friends: {VICTIM}, x@evil.example;",
    f"From: <{VICTIM}> <x@evil.example>",
    f"From: {VICTIM}\0",
    f"From: {VICTIM}\rX: y",
    "From: victim\udcff@open.example",
    "From:",
]
NAMES = [
    f'From: "{VICTIM}" <x@evil.example>',
    f"From: x@evil.example({VICTIM})",
    f"From: {VICTIM} <x@evil.example>",
    "From: =?utf-8?q?victim=40open.example?= <x@evil.example>",
    f'From: "{VICTIM}\\" <x@evil.example>" <x@evil.example>',
]


@pytest.mark.parametrize("line", UNCLEAR)
def test_mail_11_an_ambiguous_sender_is_nobody(acme: Acme, wire: Wire, line: str) -> None:
    wire.send(written(sender=VICTIM, subject="The victim's own matter"), sender=VICTIM)
    victim = Person.objects.get(address=VICTIM)
    raw = f"{line}\r\nSubject: x\r\n\r\nhello\r\n".encode("utf-8", "surrogateescape")
    (mail,) = wire.send(raw)
    assert (mail.state, mail.held_as) == ("held", "unclear_sender")
    assert TicketRow.objects.filter(requester=victim.uuid).count() == 1
    assert not RawMail.objects.filter(state="failed").exists()


@pytest.mark.parametrize("line", NAMES)
def test_mail_11_a_name_is_never_who_somebody_is(acme: Acme, wire: Wire, line: str) -> None:
    wire.send(written(sender=VICTIM, subject="The victim's own matter"), sender=VICTIM)
    raw = f"{line}\r\nSubject: x\r\n\r\nhello\r\n".encode()
    (mail,) = wire.send(raw)
    assert mail.sender in ("x@evil.example", "")
    victim = Person.objects.get(address=VICTIM)
    assert TicketRow.objects.filter(requester=victim.uuid).count() == 1


# ---- the mail-spoof row of the test plan: 24 results of the checks, 8 kinds of sender ------

SIGNATURES = ("none", "own", "broken", "other")
SERVERS = ("listed", "refused", "unknown")
POLICIES = ("", "v=DMARC1; p=none")
KINDS = (
    "stranger",
    "requester",
    "requester with proof",
    "other requester with proof",
    "agent",
    "agent with proof",
    "agent of nobody here with proof",
    "desk",
)
MIXES = list(product(SIGNATURES, SERVERS, POLICIES))
SENDERS = {
    "stranger": "new@mixed.example",
    "requester": "rita@mixed.example",
    "requester with proof": "rita@mixed.example",
    "other requester with proof": "otto@mixed.example",
    "agent": "ann@mixed.example",
    "agent with proof": "ann@mixed.example",
    "agent of nobody here with proof": "vera@mixed.example",
    "desk": "desk@mixed.example",
}


def expected_check(signature: str, server: str, policy: str) -> str:
    if signature == "own" or server == "listed":
        return "passed"
    return "failed" if policy or server == "refused" else "absent"


def expected(kind: str, check: str) -> str:
    """What becomes of it: "" for a place of its own, or as what it is held."""
    if kind == "desk":
        return "claims_desk"
    if kind.startswith("agent") and check != "passed":
        return "claims_agent"
    if check == "failed":
        return "check_failed"
    if kind in ("other requester with proof", "agent of nobody here with proof"):
        return "unverified"
    return ""


def test_24_mixes_of_results_and_8_kinds_of_senders(
    acme: Acme, wire: Wire, names: NameServer
) -> None:
    cast(acme, wire)
    row = TicketRow.objects.get(requester=Person.objects.get(address="rita@mixed.example").uuid)
    said = OutgoingMail.objects.filter(ticket=row.uuid, kind="message")
    sent = said.count()
    assert len(MIXES) * len(KINDS) == 192
    wrong, wrote = [], []
    for (signature, server, policy), kind in product(MIXES, KINDS):
        tell(names, server, policy)
        raw = mixed(row, kind, f"{signature} {server} {policy}", signature)
        (mail,) = wire.send(raw, sender="bounces@mixed.example")
        check = expected_check(signature, server, policy)
        if (mail.check_result, mail.held_as) != (check, expected(kind, check)):
            wrong.append((signature, server, policy, kind, mail.check_finding, mail.reason))
        if kind == "agent with proof" and mail.state == "filed":
            wrote.append(check)
    assert wrong == []
    assert set(wrote) == {"passed"}
    written_by_agents = MessageRow.objects.filter(ticket=row, kind="written", side="provider")
    assert written_by_agents.count() == len(wrote)
    assert said.count() == sent + len(wrote)


def cast(acme: Acme, wire: Wire) -> None:
    """Rita and Otto, who asked; Ann, an agent here; Vera, an agent of another company."""
    beta = found_acme("Beta", "beta.example")
    for company, name in ((acme, "ann"), (beta, "vera")):
        directory.add_person(
            company.uuid,
            at=instant_now() - MINUTE,
            actor=Actor(str(company.founder.uuid), Side.COMPANY),
            title=name.title(),
            address=f"{name}@mixed.example",
            side=Side.PROVIDER,
            roles=[Role.AGENT],
            team="L1",
        )
    beta.company.desk_address = "desk@mixed.example"
    beta.company.save()
    for name in ("rita", "otto"):
        wire.send(written(sender=f"{name}@mixed.example", subject=f"A matter of {name}"))


def tell(names: NameServer, server: str, policy: str) -> None:
    """Give the domain these records from now on."""
    spf = {"listed": US, "refused": NOT_US, "unknown": ""}[server]
    for name in [each for each in names.zone if each.endswith("mixed.example")]:
        del names.zone[name]
    names.zone |= zone_of("mixed.example", spf=spf, dmarc=policy, key=key_record(name="mixed"))
    dns.forget()


def mixed(row: TicketRow, kind: str, subject: str, signature: str) -> bytes:
    lines = {"In_Reply_To": our_id(row)} if kind.endswith("with proof") else {}
    raw = written(sender=SENDERS[kind], subject=subject, text=f"As {kind}: {subject}", **lines)
    if signature == "none":
        return raw
    if signature == "other":
        return signed(raw, "evil.example", name="evil")
    content = signed(raw, "mixed.example", name="mixed")
    return content if signature == "own" else content.replace(b"As ", b"as ")
