"""Mail on hold on screen: for those who work tickets, with its reason and one-tap decisions."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from typing import cast

import pytest
from django.db import connection
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from commondesk.accounts import directory
from commondesk.accounts.models import Membership, Person
from commondesk.accounts.policy import Role
from commondesk.core.record.event import Actor, Side
from commondesk.core.record.events import HeldReason
from commondesk.core.record.instant import MINUTE
from commondesk.desk.actions import NotAllowed
from commondesk.desk.models import SuppressedAddress, TicketRow
from commondesk.intake import raw_files
from commondesk.intake.held import actions, queries
from commondesk.intake.models import RawMail

from .holding import FINDING, names, on_hold
from .letters import (
    AGENT,
    MONDAY,
    OUTSIDER,
    REQUESTER,
    Acme,
    filed,
    found_acme,
    ticket_of,
    written,
)


def client_of(person: Person, *, is_strict: bool = False) -> Client:
    client = Client(enforce_csrf_checks=is_strict)
    client.force_login(person)
    return client


def body_of(client: Client, name: str, *args: object, **asked: str) -> tuple[int, str]:
    answer = client.get(reverse(name, args=args), asked)
    return answer.status_code, content_of(answer)


def content_of(answer: HttpResponseBase) -> str:
    return bytes_of(answer).decode(errors="replace")


def bytes_of(answer: HttpResponseBase) -> bytes:
    """What was answered."""
    if answer.streaming:
        return b"".join(cast(Iterable[bytes], cast(FileResponse, answer).streaming_content))
    return cast(HttpResponse, answer).content


def decide(client: Client, mail: RawMail, verb: str, **given: str) -> HttpResponse:
    place = reverse("intake:decide", args=["ACME", mail.pk, verb])
    return cast(HttpResponse, client.post(place, given, follow=True))


def added(acme: Acme, address: str, side: Side, role: Role) -> Person:
    return directory.add_person(
        acme.uuid,
        at=MONDAY - MINUTE,
        actor=Actor("test", Side.MACHINE),
        title="Somebody",
        address=address,
        side=side,
        roles=[role],
    )


@pytest.fixture
def agent(acme: Acme) -> Client:
    return client_of(Person.objects.get(address=AGENT))


# ---- what is shown ------------------------------------------------------------------------


def test_nothing_on_hold_says_so(acme: Acme, agent: Client) -> None:
    status, shown = body_of(agent, "intake:held", "ACME")
    assert status == 200 and "No mail is on hold" in shown
    assert body_of(agent, "intake:held-count", "ACME") == (200, "0")


def test_a_mail_is_shown_with_its_reason_and_what_its_check_found(
    acme: Acme, agent: Client
) -> None:
    on_hold(acme, HeldReason.CHECK_FAILED, finding=FINDING, subject="<b>Pay</b> now")
    status, shown = body_of(agent, "intake:held", "ACME")
    assert status == 200 and REQUESTER in shown
    assert "Sender check failed" in shown
    assert "carries no signature and comes from a server that may not send" in shown
    assert "&lt;b&gt;Pay&lt;/b&gt; now" in shown and "<b>Pay</b>" not in shown
    assert body_of(agent, "intake:held-count", "ACME") == (200, "1")


def test_a_mail_in_an_agents_name_asks_for_whom(acme: Acme, agent: Client) -> None:
    mail = filed(written(sender=f"Somebody <{AGENT}>"))
    assert mail.held_as == "claims_agent"
    _, shown = body_of(agent, "intake:held", "ACME")
    assert "Claims to be one of you" in shown and "Open as ticket…" in shown
    answer = decide(agent, mail, "open")
    assert answer.status_code == 422 and "Choose one." in content_of(answer)
    assert not TicketRow.objects.exists()


def test_one_mail_is_shown_as_plain_text_only(acme: Acme, agent: Client) -> None:
    mail = on_hold(acme, text="<script>alert(1)</script>\nSecond line")
    status, shown = body_of(agent, "intake:view", "ACME", mail.pk)
    assert status == 200
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown and "Second line" in shown
    assert "<script>alert" not in shown


def test_a_one_time_code_is_folded_away(acme: Acme, agent: Client) -> None:
    mail = on_hold(
        acme, HeldReason.SECRET_CODE, subject="123456 is your code", text="Your code is 123456."
    )
    listed = body_of(agent, "intake:held", "ACME")[1]
    assert "•••••• is your code" in listed and "123456" not in listed
    _, shown = body_of(agent, "intake:view", "ACME", mail.pk)
    before, _, after = shown.partition("<details><summary>Show the text")
    assert "123456" not in before and "123456" in after


def test_a_mail_that_nobody_can_read_is_still_there(acme: Acme, agent: Client) -> None:
    mail = on_hold(acme)
    assert "Smoke comes out" in body_of(agent, "intake:view", "ACME", mail.pk)[1]
    raw_files.path_of(mail.path).unlink()
    status, shown = body_of(agent, "intake:view", "ACME", mail.pk)
    assert status == 200 and "It cannot be shown" in shown
    answer = decide(agent, mail, "open", whom="sender")
    assert answer.status_code == 422 and "cannot be read" in content_of(answer)


def test_reasons_can_be_looked_at_one_by_one(acme: Acme, agent: Client) -> None:
    on_hold(acme, HeldReason.CHECK_FAILED, subject="Forged perhaps")
    on_hold(acme, HeldReason.UNVERIFIED, subject="From a stranger")
    _, shown = body_of(agent, "intake:held", "ACME", why="unverified")
    assert "From a stranger" in shown and "Forged perhaps" not in shown
    assert "Nothing waits for this reason" in body_of(agent, "intake:held", "ACME", why="loop")[1]


def test_a_loop_is_flagged_on_top_and_goes_with_one_tap(acme: Acme, agent: Client) -> None:
    for number in range(3):
        on_hold(acme, HeldReason.LOOP, sender=OUTSIDER, subject=f"Received {number}")
    _, shown = body_of(agent, "intake:held", "ACME")
    told = f"{OUTSIDER} seems to be a machine that answers our answers: 3 mails are held"
    assert told in shown
    place = reverse("intake:sender", args=["ACME", "block"])
    answer = agent.post(place, {"address": OUTSIDER}, follow=True)
    assert "No mail is on hold" in content_of(answer)
    assert queries.is_blocked(acme.uuid, OUTSIDER)
    _, shown = body_of(agent, "intake:held", "ACME", state="discarded")
    assert shown.count("Received ") >= 3 and f"Unblock {OUTSIDER}" in shown
    agent.post(reverse("intake:sender", args=["ACME", "unblock"]), {"address": OUTSIDER})
    assert not queries.is_blocked(acme.uuid, OUTSIDER)


def test_a_page_costs_as_many_questions_for_three_mails_as_for_one(
    acme: Acme, agent: Client
) -> None:
    ticket = filed(written()).ticket
    on_hold(acme, ticket=ticket, subject="First")
    body_of(agent, "intake:held", "ACME")
    with CaptureQueriesContext(connection) as one:
        body_of(agent, "intake:held", "ACME")
    on_hold(acme, ticket=ticket, subject="Second")
    on_hold(acme, HeldReason.CHECK_FAILED, subject="Third", finding=FINDING)
    with CaptureQueriesContext(connection) as three:
        body_of(agent, "intake:held", "ACME")
    assert len(three) == len(one)


def test_a_long_list_goes_on_page_by_page(acme: Acme, agent: Client) -> None:
    for number in range(queries.MOST_SHOWN + 1):
        on_hold(acme, subject=f"Mail number {number:03}", at=MONDAY + number)
    _, shown = body_of(agent, "intake:held", "ACME")
    assert "Mail number 030" in shown and "Mail number 000" not in shown
    oldest = RawMail.objects.get(subject="Mail number 001")
    _, rest = body_of(agent, "intake:held", "ACME", after=f"{oldest.received_at}-{oldest.pk}")
    assert "Mail number 000" in rest and "Mail number 001" not in rest
    for odd in ("x", "1", "1-x", "-", "9" * 30 + "-1"):
        assert body_of(agent, "intake:held", "ACME", after=odd)[0] == 200


# ---- what is decided ----------------------------------------------------------------------


def test_a_mail_opens_a_ticket_with_one_tap(acme: Acme, agent: Client) -> None:
    mail = on_hold(acme)
    answer = decide(agent, mail, "open", whom="sender")
    row = TicketRow.objects.get()
    assert f"ACME-{row.number} is open." in content_of(answer)
    again = decide(agent, mail, "open", whom="sender")
    assert again.status_code == 200
    assert "has decided about this mail already" in content_of(again)
    assert TicketRow.objects.count() == 1


def test_a_mail_is_added_to_the_ticket_that_it_answers(acme: Acme, agent: Client) -> None:
    row = ticket_of(filed(written()))
    ticket = row.uuid
    mail = on_hold(acme, sender=OUTSIDER, subject="Re: fire", ticket=ticket)
    _, shown = body_of(agent, "intake:held", "ACME")
    assert f"Add to ACME-{row.number}" in shown
    answer = decide(
        agent, mail, "add", whom="sender", ticket=f"acme-{row.number}", copy="on", stay="yes"
    )
    assert f"The mail is on ACME-{row.number} now." in content_of(answer)
    row.refresh_from_db()
    assert str(Person.objects.get(address=OUTSIDER).uuid) in row.copies


@pytest.mark.parametrize("written_ticket", ["", "BOLT-1001", "ACME-0", "ACME-99999999", "1e3"])
def test_a_ticket_that_is_none_is_refused_in_place(
    acme: Acme, agent: Client, written_ticket: str
) -> None:
    mail = on_hold(acme)
    answer = decide(agent, mail, "add", whom="sender", ticket=written_ticket)
    assert answer.status_code == 422
    assert names(acme.uuid) == ["mail.held"]


def test_somebody_else_can_be_named(acme: Acme, agent: Client) -> None:
    mail = on_hold(acme, HeldReason.UNCLEAR_SENDER, is_unclear=True)
    for odd in ("", "nobody", "a@b, c@d.example"):
        answer = decide(agent, mail, "open", whom="other", address=odd)
        assert answer.status_code == 422 and "Give a mail address" in content_of(answer)
    decide(agent, mail, "open", whom="other", address=REQUESTER, name="Rita")
    person = Person.objects.get(address=REQUESTER)
    assert TicketRow.objects.get().requester == person.uuid


def test_a_discarded_mail_comes_back_by_undo(acme: Acme, agent: Client) -> None:
    mail = on_hold(acme)
    shown = content_of(decide(agent, mail, "discard"))
    assert "Discarded: <b>The printer is on fire</b>" in shown and "Undo" in shown
    shown = content_of(decide(agent, mail, "take-back"))
    assert "The mail waits again." in shown and "The printer is on fire" in shown
    assert names(acme.uuid) == ["mail.held", "mail.settled", "mail.held"]


def test_blocking_is_a_tick_beside_discarding(acme: Acme, agent: Client) -> None:
    mail = on_hold(acme, sender=OUTSIDER)
    decide(agent, mail, "discard", block="on")
    assert queries.is_blocked(acme.uuid, OUTSIDER)
    other = on_hold(acme, HeldReason.CLAIMS_AGENT, sender=AGENT)
    answer = decide(agent, other, "discard", block="on")
    assert answer.status_code == 422 and "your own people" in content_of(answer)


def test_what_was_decided_stands_there_with_who_did_it(acme: Acme, agent: Client) -> None:
    mail = on_hold(acme)
    decide(agent, mail, "discard")
    status, shown = body_of(agent, "intake:held", "ACME", state="decided")
    assert status == 200 and "Ben Agent" in shown and "The printer is on fire" in shown


def test_a_second_agent_is_told_that_it_is_decided(acme: Acme, agent: Client) -> None:
    mail = on_hold(acme)
    decide(agent, mail, "discard")
    assert "has decided about this mail already" in content_of(decide(agent, mail, "discard"))


def test_it_can_be_read_anew(acme: Acme, agent: Client) -> None:
    mail = on_hold(acme)
    assert "filed anew" in content_of(decide(agent, mail, "try-again"))
    mail.refresh_from_db()
    assert mail.state == "received" and mail.next_attempt_at is not None


# ---- files --------------------------------------------------------------------------------


def test_a_saved_mail_is_never_a_page_of_ours(acme: Acme, agent: Client) -> None:
    mail = on_hold(acme, sender=OUTSIDER)
    answer = agent.get(reverse("intake:raw", args=["ACME", mail.pk]))
    assert OUTSIDER in content_of(answer)
    assert "attachment" in answer["Content-Disposition"]
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_all_that_waits_can_be_saved_at_once(acme: Acme, agent: Client) -> None:
    mails = [on_hold(acme, subject=f"Mail {each}") for each in range(3)]
    gone = on_hold(acme, subject="Gone")
    raw_files.path_of(gone.path).unlink()
    answer = agent.get(reverse("intake:save-all", args=["ACME"]))
    assert answer.streaming and "attachment" in answer["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(bytes_of(answer))) as packed:
        assert packed.testzip() is None
        assert sorted(packed.namelist()) == sorted(f"mail-{mail.pk}.eml" for mail in mails)
        for mail in mails:
            kept = raw_files.path_of(mail.path).read_bytes()
            assert packed.read(f"mail-{mail.pk}.eml") == kept


# ---- addresses that are not reached -------------------------------------------------------


def test_an_address_that_is_not_reached_can_be_allowed_again(acme: Acme, agent: Client) -> None:
    SuppressedAddress.objects.create(
        company=acme.uuid, address=OUTSIDER, words="", reason="550 no such user", since=MONDAY
    )
    status, shown = body_of(agent, "intake:unreachable", "ACME")
    assert status == 200 and OUTSIDER in shown and "550 no such user" in shown
    answer = agent.post(reverse("intake:allow", args=["ACME"]), {"address": OUTSIDER}, follow=True)
    shown = content_of(answer)
    assert "Every address is reached" in shown and f"Mail goes to {OUTSIDER} again." in shown


# ---- to whom ------------------------------------------------------------------------------

PAGES = ("held", "held-count", "save-all", "unreachable")
OF_A_MAIL = ("view", "raw")
VERBS = ("open", "add", "discard", "take-back", "try-again", "give")


def places(mail: RawMail, prefix: str = "ACME") -> tuple[list[str], list[str]]:
    """Every address of the room: those that are looked at, and those that change something."""
    looked = [reverse(f"intake:{name}", args=[prefix]) for name in PAGES]
    looked += [reverse(f"intake:{name}", args=[prefix, mail.pk]) for name in OF_A_MAIL]
    changed = [reverse("intake:decide", args=[prefix, mail.pk, verb]) for verb in VERBS]
    changed += [
        reverse("intake:sender", args=[prefix, verb]) for verb in ("discard", "block", "unblock")
    ]
    return looked, [*changed, reverse("intake:allow", args=[prefix])]


def test_nobody_else_sees_or_changes_anything(acme: Acme) -> None:
    filed(written())
    mail = on_hold(acme, subject="Held")
    other = found_acme("Bolt Works", "bolt.example")
    people = [
        Person.objects.get(address=REQUESTER),
        added(acme, "audit@acme.example", Side.COMPANY, Role.AUDITOR),
        added(acme, "vera@vendor.example", Side.VENDOR, Role.AGENT),
        other.founder,
        other.agent,
    ]
    looked, changed = places(mail)
    before = names(acme.uuid)
    for person in people:
        client = client_of(person)
        for place in looked:
            assert client.get(place).status_code == 404, (person.address, place)
        for place in changed:
            given = {"address": OUTSIDER, "whom": "sender", "ticket": "1001"}
            assert client.post(place, given).status_code == 404, (person.address, place)
    assert names(acme.uuid) == before


def test_who_is_not_signed_in_is_asked_to(acme: Acme) -> None:
    mail = on_hold(acme)
    looked, changed = places(mail)
    for place in looked:
        assert "/sign-in/" in Client().get(place)["Location"]
    for place in changed:
        assert "/sign-in/" in Client().post(place)["Location"]
    assert names(acme.uuid) == ["mail.held"]


def test_nothing_changes_by_looking_or_without_a_token(acme: Acme) -> None:
    mail = on_hold(acme)
    _, changed = places(mail)
    strict = client_of(acme.agent, is_strict=True)
    for place in changed:
        assert strict.get(place).status_code == 405
        assert strict.post(place, {"whom": "sender"}).status_code == 403
    assert names(acme.uuid) == ["mail.held"]


def test_another_companys_mail_is_not_there(acme: Acme) -> None:
    mail = on_hold(acme)
    other = found_acme("Bolt Works", "bolt.example")
    boss = client_of(other.founder)
    looked, changed = places(mail, other.company.prefix)
    assert "No mail is on hold" in content_of(boss.get(looked[0]))
    for place in looked[len(PAGES) :]:
        assert boss.get(place).status_code == 404
    for place in changed[: len(VERBS)]:
        assert boss.post(place, {"whom": "sender", "ticket": "1001"}).status_code == 404
    mail.refresh_from_db()
    assert (mail.state, mail.settled_as) == ("held", "")


def test_mail_of_nobody_is_shown_to_who_steers_every_company(acme: Acme) -> None:
    other = found_acme("Bolt Works", "bolt.example")
    mail = on_hold(acme, HeldReason.WHOSE, to=("who@knows.example",), subject="Lost letter")
    boss = client_of(acme.founder)
    place = reverse("intake:held", args=["ACME"])
    assert boss.get(place, {"state": "whose"}).status_code == 404
    assert boss.get(reverse("intake:view", args=["ACME", mail.pk])).status_code == 404
    assert decide(boss, mail, "give", company="ACME").status_code == 404
    Membership.objects.create(
        company=other.company,
        person=acme.founder,
        side=Side.COMPANY,
        roles=[str(Role.REFERENT)],
    )
    assert "Lost letter" in content_of(boss.get(place, {"state": "whose"}))
    _, shown = body_of(boss, "intake:view", "ACME", mail.pk)
    assert "Say whose it is" in shown and "who@knows.example" in shown
    assert decide(boss, mail, "give", company="").status_code == 422
    answer = decide(boss, mail, "give", company="ACME", always="address")
    assert "The mail is Acme’s" in content_of(answer)
    mail.refresh_from_db()
    assert mail.company == acme.uuid and mail.state == "received"


def test_mail_of_nobody_is_discarded_by_who_steers_every_company(acme: Acme) -> None:
    mail = on_hold(acme, HeldReason.WHOSE, to=("who@knows.example",))
    if mail.company is None:
        raise AssertionError("a sole company takes every mail")
    found_acme("Bolt Works", "bolt.example")
    lost = on_hold(acme, HeldReason.WHOSE, to=("else@knows.example",), subject="Lost")
    with pytest.raises(NotAllowed):
        actor = Actor(str(acme.founder.uuid), Side.COMPANY)
        actions.discard_ownerless(lost.pk, at=MONDAY, actor=actor)
    machine = Actor("command-line", Side.MACHINE)
    actions.discard_ownerless(lost.pk, at=MONDAY, actor=machine)
    lost.refresh_from_db()
    assert lost.settled_as == "discarded"


def test_the_queue_leads_there(acme: Acme, agent: Client) -> None:
    status, shown = body_of(agent, "desk:queue", "ACME")
    assert status == 200
    assert reverse("intake:held", args=["ACME"]) in shown
