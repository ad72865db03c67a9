"""Mails share a transaction and lose nothing by it: no bad one, burst or second filer hurts."""

from __future__ import annotations

import os
import signal
import tempfile
import threading
import time
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection

from commondesk.accounts.models import Membership
from commondesk.core.record.event import COMPANY_STREAM
from commondesk.core.record.events import SenderCheck
from commondesk.core.record.instant import HOUR, MINUTE, SECOND, Instant
from commondesk.core.record.ticket import ticket_of as ticket_of_events
from commondesk.desk import dues, notify, projections
from commondesk.desk.models import MessageRow, OutgoingMail, TicketRow
from commondesk.governance.charters import agreement_by_id
from commondesk.intake import checks, filing, mailboxes, parse, raw_files, settling
from commondesk.intake.filer import Line
from commondesk.intake.models import RawMail
from commondesk.intake.reading import FOLDERS, LEFT_AFTER_SECONDS, Ahead, Read, remove_left
from commondesk.ledger import files, store, verify

from .letters import (
    AGENT,
    DESK,
    MONDAY,
    OUTSIDER,
    Acme,
    filed,
    found_acme,
    kept,
    names_of,
    received_on,
    sent_out,
    ticket_of,
    written,
)

OTHER_DESK = "support@zeta.example"
NOW = MONDAY + SECOND


def some(count: int, to: str = DESK) -> list[RawMail]:
    domain = to.rpartition("@")[2]
    return [
        kept(
            written(sender=f"p{each}@{domain}", subject=f"Matter {each}", to=to),
            envelope_to=(to,),
        )
        for each in range(count)
    ]


def breaking_for(monkeypatch: pytest.MonkeyPatch, poison: RawMail) -> None:
    sound = settling.settle

    def choosy(done: Read, at: Instant) -> object:
        outcome = sound(done, at)
        if done.mail.pk == poison.pk:
            raise RuntimeError("after all was written")
        return outcome

    monkeypatch.setattr(settling, "settle", choosy)


# ---- one transaction ----------------------------------------------------------------------


def test_a_bad_mail_among_many_is_undone_alone(acme: Acme, monkeypatch: pytest.MonkeyPatch) -> None:
    mails = some(7)
    breaking_for(monkeypatch, mails[3])
    assert filing.file_waiting(NOW) == 6
    assert TicketRow.objects.count() == OutgoingMail.objects.count() == 6
    mails[3].refresh_from_db()
    assert (mails[3].state, mails[3].attempts) == ("failed", 1)
    assert not Membership.objects.filter(person__address="p3@acme.example").exists()
    assert sorted(TicketRow.objects.values_list("number", flat=True)) == list(range(1001, 1007))
    assert verify.verify(acme.uuid).is_sound
    assert projections.differences(acme.uuid) == []


def test_when_a_whole_transaction_fails_each_mail_is_filed_alone(
    acme: Acme, monkeypatch: pytest.MonkeyPatch
) -> None:
    some(5)
    sound, sizes = store.hold_all, []

    def failing(companies: object) -> None:
        wanted = list(companies)  # type: ignore[call-overload]
        sizes.append(len(wanted))
        if len(wanted) > 1:
            raise OSError("the disk is full, for many")
        sound(wanted)

    monkeypatch.setattr(store, "hold_all", failing)
    assert filing.file_waiting(NOW) == 5
    assert sizes[0] == 5
    assert set(RawMail.objects.values_list("state", "attempts")) == {("filed", 1)}


def test_a_mail_that_was_tried_before_goes_alone(
    acme: Acme, monkeypatch: pytest.MonkeyPatch
) -> None:
    mails = some(3)
    RawMail.objects.filter(pk=mails[1].pk).update(attempts=2)
    sound, together = filing._file_together, []

    def counting(some: list[Read], at: Instant) -> tuple[int, int]:
        together.append([each.mail.pk for each in some])
        return sound(some, at)

    monkeypatch.setattr(filing, "_file_together", counting)
    assert filing.file_waiting(NOW) == 3
    assert together == [[mails[1].pk], [mails[0].pk, mails[2].pk]]


def test_a_mail_that_ends_each_process_is_parked(acme: Acme) -> None:
    deadly, good = some(2)
    RawMail.objects.filter(pk=deadly.pk).update(attempts=5)
    assert filing.file_waiting(NOW) == 1
    deadly.refresh_from_db()
    assert (deadly.state, deadly.next_attempt_at) == ("failed", None)
    assert deadly.held_as == "unreadable"
    assert "ended" in deadly.reason
    assert raw_files.path_of(deadly.path).exists()
    good.refresh_from_db()
    assert good.state == "filed"


def test_only_one_mail_pays_again_for_a_process_that_ends(
    acme: Acme, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Ended(Exception):
        pass

    def end(*_: object) -> int:
        raise Ended

    deadly, *others = some(4)
    sound = filing.file_all
    monkeypatch.setattr(filing, "file_all", end)
    for _ in range(filing.MOST_ATTEMPTS):
        RawMail.objects.update(next_attempt_at=0)
        line = Line()
        with pytest.raises(Ended):
            line.move()
        monkeypatch.setattr(filing, "give_back", lambda *_: None)  # a killed process tells nobody
        line.stop()
    attempts = dict(RawMail.objects.values_list("pk", "attempts"))
    assert attempts == {deadly.pk: filing.MOST_ATTEMPTS} | {each.pk: 1 for each in others}
    monkeypatch.setattr(filing, "file_all", sound)
    RawMail.objects.update(next_attempt_at=0)
    line = Line()
    try:
        while line.move():
            pass
    finally:
        line.stop()
    states = dict(RawMail.objects.values_list("pk", "state"))
    assert states == {deadly.pk: "failed"} | {each.pk: "filed" for each in others}


def test_opening_and_acknowledgement_are_one_step(acme: Acme) -> None:
    row = ticket_of(filed(written()))
    assert names_of(row) == [
        "ticket.opened",
        "ticket.assigned",
        "message.received",
        "message.written",
    ]
    assert len(sent_out(row)) == 1
    assert row.position == 4


def test_the_record_gets_a_second_name_of_the_same_bytes(acme: Acme) -> None:
    mail = filed(written())
    assert files.path_of(mail.words).stat().st_nlink == 2
    raw_files.remove(mail.path)
    assert files.path_of(mail.words).read_bytes() == written()


def test_files_are_synced_before_the_transaction_ends(
    acme: Acme, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[bool] = []
    sound = files.sync

    def watching(path: object) -> None:
        synced.append(connection.in_atomic_block)
        sound(path)  # type: ignore[arg-type]

    monkeypatch.setattr(files, "sync", watching)
    some(3)
    synced.clear()
    assert filing.file_waiting(NOW) == 3
    assert synced
    assert all(synced)


# ---- in turn ------------------------------------------------------------------------------


def test_a_burst_for_one_company_keeps_no_other_waiting(acme: Acme) -> None:
    found_acme("Zeta", "zeta.example")
    mailboxes.add(acme.uuid, DESK)
    zeta = next(each for each in store.companies() if each != acme.uuid)
    mailboxes.add(zeta, OTHER_DESK)
    some(20)
    late = some(2, OTHER_DESK)
    assert {each.company for each in late} == {zeta}
    first = filing.waiting(NOW, 4)
    assert [RawMail.objects.get(pk=pk).company for pk in first].count(zeta) == 2


def test_two_filers_share_what_waits(acme: Acme) -> None:
    mails = some(6)
    wanted = [mail.pk for mail in mails]
    first = filing.claim(wanted[:4], NOW)
    second = filing.claim(wanted, NOW)
    assert [mail.pk for mail in first] == wanted[:4]
    assert [mail.pk for mail in second] == wanted[4:]
    filing.give_back(second, NOW)
    assert [mail.attempts for mail in filing.claim(wanted, NOW)] == [1, 1]


def test_claims_of_mails_at_work_are_kept(acme: Acme) -> None:
    (mail,) = some(1)
    filing.claim([mail.pk], NOW)
    filing.keep_claimed([mail.pk], NOW + MINUTE)
    assert filing.claim([mail.pk], NOW + filing.CLAIM_SPAN + SECOND) == []
    assert filing.claim([mail.pk], NOW + MINUTE + filing.CLAIM_SPAN) != []


@pytest.mark.django_db(transaction=True)
def test_two_filers_at_once_file_each_mail_once() -> None:
    acme = found_acme()
    some(24)
    settled: list[int] = []

    def work() -> None:
        try:
            settled.extend(filing.file_waiting(NOW) for _ in range(3))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(settled) == 24
    assert TicketRow.objects.count() == OutgoingMail.objects.count() == 24
    assert set(RawMail.objects.values_list("state", "attempts")) == {("filed", 1)}
    assert verify.verify(acme.uuid).is_sound
    assert projections.differences(acme.uuid) == []


@pytest.mark.django_db(transaction=True)
def test_a_slow_check_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    found_acme()
    slow, *others = some(5)
    RawMail.objects.update(next_attempt_at=0)
    is_over = threading.Event()

    def check(mail: RawMail, *_: object) -> checks.Finding:
        if mail.pk == slow.pk:
            is_over.wait(20)
        return checks.ABSENT

    monkeypatch.setattr(checks, "check", check)
    line = Line()
    try:
        while RawMail.objects.filter(state="filed").count() < len(others):
            assert line.move()
        slow.refresh_from_db()
        assert slow.state == "received"
        is_over.set()
        assert line.move()
        slow.refresh_from_db()
        assert slow.state == "filed"
    finally:
        is_over.set()
        line.stop()
        parse.stop()


@pytest.mark.django_db(transaction=True)
def test_a_mail_that_hangs_its_child_keeps_nobody_waiting() -> None:
    found_acme()
    first, hanging, *others = some(5)
    ahead, patience = Ahead(), 60.0
    try:
        ahead.begin([first])
        assert [each.mail.pk for each in ahead.take(1, patience)] == [first.pk]
        (child,) = [each.pid for each in ahead.children if each.pid]
        os.kill(child, signal.SIGSTOP)
        ahead.begin([hanging])
        began = time.monotonic()
        while not ahead.is_busy:
            time.sleep(0.01)
        ahead.begin(others)
        done: list[Read] = []
        while len(done) < len(others):
            done += ahead.take(1, patience)
        assert {each.mail.pk for each in done} == {each.pk for each in others}
        assert all(each.said for each in done)
        assert time.monotonic() - began < parse.LONGEST_SPAN
        assert list(ahead.waiting) == [hanging.pk]
    finally:
        ahead.stop()


def test_a_second_child_is_started_only_for_a_slow_mail(
    acme: Acme, monkeypatch: pytest.MonkeyPatch
) -> None:
    # On a busy machine the first mail waits for its child to start.
    monkeypatch.setattr(parse, "PATIENCE", 30.0)
    ahead = Ahead()
    try:
        ahead.begin(some(30))
        done: list[Read] = []
        while len(done) < 30:
            done += ahead.take(30, 60.0)
            assert sum(bool(each.pid) for each in ahead.children) == 1
    finally:
        ahead.stop()


def written_with_file(number: int) -> bytes:
    head = (
        f"From: p{number}@acme.example\r\nTo: {DESK}\r\nMessage-ID: <file{number}@acme.example>\r\n"
    )
    return (
        f"{head}MIME-Version: 1.0\r\nContent-Type: application/octet-stream\r\n"
        "Content-Disposition: attachment; filename=log.bin\r\n\r\nx\r\n"
    ).encode()


def test_what_is_unpacked_goes_when_its_reader_ends(
    acme: Acme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "unpacked"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    ahead = Ahead()
    ahead.begin([kept(written_with_file(each)) for each in range(4)])
    (first,) = ahead.take(1, 60.0)
    assert len(list(folder.glob("*/*"))) >= 1
    assert len(ahead.stop()) == 3
    first.clear()
    until = time.monotonic() + 60.0
    while list(folder.iterdir()) and time.monotonic() < until:
        time.sleep(0.05)
    assert list(folder.iterdir()) == []
    assert not any(each.pid for each in ahead.children)


def test_what_a_killed_process_unpacked_is_removed_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    old, fresh, foreign, elsewhere = (
        tmp_path / name for name in (f"{FOLDERS}a", f"{FOLDERS}b", "other", "elsewhere")
    )
    for folder in (old, fresh, foreign, elsewhere):
        folder.mkdir()
        (folder / "file").write_bytes(b"x")
    (tmp_path / f"{FOLDERS}link").symlink_to(elsewhere)
    long_ago = time.time() - LEFT_AFTER_SECONDS - 60
    for folder in (old, foreign, elsewhere):
        os.utime(folder, (long_ago, long_ago))
    os.utime(tmp_path / f"{FOLDERS}link", (long_ago, long_ago), follow_symlinks=False)
    assert remove_left() == 1
    assert not old.exists()
    assert all((folder / "file").exists() for folder in (fresh, foreign, elsewhere))


def _names_of_company(acme: Acme) -> list[str]:
    return [event.name for event in store.history(acme.uuid, COMPANY_STREAM)]


def test_a_stranger_who_writes_twice_is_introduced_and_proven_once(
    acme: Acme, monkeypatch: pytest.MonkeyPatch
) -> None:
    passing(monkeypatch)
    before = _names_of_company(acme).count("person.introduced")
    for each in range(2):
        kept(written(sender=f"Otto <{OUTSIDER}>", subject=f"Matter {each}", text=f"No {each}"))
    assert filing.file_waiting(NOW) == 2
    names = _names_of_company(acme)
    member = Membership.objects.get(person__address=OUTSIDER)
    introduced = names.count("person.introduced")
    assert (introduced, names.count("person.proven")) == (before + 1, 1)
    assert member.proven_at == MONDAY
    assert set(TicketRow.objects.values_list("requester", flat=True)) == {member.person.uuid}
    assert [mail.envelope_to for mail in OutgoingMail.objects.all()] == [[OUTSIDER]] * 2


def test_no_clock_hears_an_acknowledgement_that_is_not_delivered(acme: Acme) -> None:
    row = ticket_of(filed(written()))
    history = store.history(acme.uuid, str(row.uuid))
    assert "message.written" in [event.name for event in history]
    ticket, agreement = ticket_of_events(history), agreement_by_id(acme.uuid, row.charter)
    assert ticket is not None and agreement is not None
    now = dues.known_at(history, agreement)
    readings = dues.readings_of(ticket, history, {}, agreement)
    assert readings == dues._read_anew(ticket, history, {}, agreement, now)
    assert [each.due_at for each in readings]


# ---- what the table's rows carry out ------------------------------------------------------


def passing(monkeypatch: pytest.MonkeyPatch) -> None:
    found = checks.Finding(SenderCheck.PASSED, "spf=pass dkim=none dmarc=pass")
    monkeypatch.setattr(checks, "check", lambda *_: found)


def answer(row: TicketRow, sender: str, text: str, at: Instant) -> RawMail:
    to = sent_out(row)[0]["Reply-To"].addresses[0].addr_spec
    raw = written(sender=sender, subject="Re: it", text=text, to=to)
    return filed(raw, at=at, envelope_to=(to,))


def test_an_agents_answer_by_mail_goes_to_the_requester(
    acme: Acme, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = ticket_of(filed(written()))
    passing(monkeypatch)
    said = "Pull the plug.\n\nOn Monday, Rita wrote:\n> Smoke comes out of it.\n"
    mail = answer(row, f"Ben <{AGENT}>", said, MONDAY + MINUTE)
    row.refresh_from_db()
    assert ticket_of(mail) == row
    assert row.owner == acme.agent.uuid
    reply = MessageRow.objects.get(id=mail.message)
    assert (reply.kind, reply.text, reply.author) == (
        "written",
        "Pull the plug.",
        str(acme.agent.uuid),
    )
    assert mail.words
    out = sent_out(row)[-1]
    assert str(out["To"]).endswith("<rita@acme.example>")
    assert "Smoke comes out" not in out.as_string()
    assert projections.differences(acme.uuid) == []


def test_an_agents_answer_without_a_word_is_held(
    acme: Acme, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = ticket_of(filed(written()))
    passing(monkeypatch)
    mail = answer(row, AGENT, "", MONDAY + MINUTE)
    assert (mail.state, mail.ticket) == ("held", row.uuid)


def test_a_passed_check_is_noted_once(acme: Acme, monkeypatch: pytest.MonkeyPatch) -> None:
    passing(monkeypatch)
    for each in range(3):
        filed(written(subject=f"Matter {each}"), at=MONDAY + each * HOUR)
    names = [event.name for event in store.history(acme.uuid, "company")]
    assert names.count("person.proven") == 1
    assert Membership.objects.get(person__address="rita@acme.example").proven_at == MONDAY


def test_folds_other_addresses_and_the_check_are_kept(acme: Acme) -> None:
    text = "It burns.\n\n-- \nRita\nAcme"
    mail = filed(written(text=text, Cc=f"{OUTSIDER}, {DESK}, support+x@acme.example"))
    (message,) = received_on(ticket_of(mail))
    assert message.text == text
    assert [message.text[each["start"] : each["end"]] for each in message.folds]
    assert message.copied == OUTSIDER
    assert (message.check_result, mail.check_result) == ("absent", "absent")
    assert mail.subject == "The printer is on fire"
    assert mail.likeness


def test_a_failing_acknowledgement_undoes_the_ticket(
    acme: Acme, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaking(*_: object, **__: object) -> str:
        raise RuntimeError("no words")

    monkeypatch.setattr(notify, "acknowledgement_text", breaking)
    mail = filed(written())
    assert (mail.state, TicketRow.objects.count()) == ("failed", 0)
    assert store.history(acme.uuid, str(UUID(int=0))) == ()
