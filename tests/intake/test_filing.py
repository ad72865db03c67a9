"""Filing may fail and be repeated: nothing is lost, nothing is double."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from commondesk.core.record.event import Actor, Side
from commondesk.core.record.instant import DAY, HOUR, SECOND, Instant
from commondesk.desk import notify, projections
from commondesk.desk.models import OutgoingMail, TicketRow
from commondesk.intake import actions, parse, raw_files, settling
from commondesk.intake.held import actions as held
from commondesk.intake.models import RawMail
from commondesk.intake.reading import Read
from commondesk.ledger import words

from .letters import MONDAY, REQUESTER, Acme, filed, kept, received_on, ticket_of, written


def breaking(*_: object, **__: object) -> None:
    raise RuntimeError("the desk is out of order")


def test_a_failure_leaves_nothing_behind_and_is_tried_again(
    acme: Acme, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(notify, "acknowledgement_text", breaking)
        mail = filed(written())
    assert (mail.state, mail.attempts) == ("failed", 1)
    assert mail.reason == "RuntimeError: the desk is out of order"
    assert TicketRow.objects.count() == 0
    assert raw_files.path_of(mail.path).exists()
    actions.file_waiting(MONDAY + 2 * SECOND)
    assert TicketRow.objects.count() == 0, "it is not due yet"
    actions.file_waiting(MONDAY + 10 * SECOND)
    mail.refresh_from_db()
    assert (mail.state, TicketRow.objects.count()) == ("filed", 1)


def test_after_five_tries_it_is_parked_and_others_go_on(
    acme: Acme, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = settling.settle

    def choosy(done: Read, at: Instant) -> object:
        if done.mail.pk == poison.pk:
            breaking()
        return sound(done, at)

    poison = kept(written(subject="poison"))
    monkeypatch.setattr(settling, "settle", choosy)
    good = kept(written(subject="good"))
    for hour in range(8):
        actions.file_waiting(MONDAY + SECOND + hour * HOUR)
    poison.refresh_from_db()
    good.refresh_from_db()
    assert (poison.state, poison.attempts, poison.next_attempt_at) == ("failed", 5, None)
    assert good.state == "filed"
    monkeypatch.undo()
    held.try_again(acme.uuid, poison.pk, at=MONDAY + DAY, actor=acme.agent_actor)
    actions.file_waiting(MONDAY + DAY)
    assert TicketRow.objects.count() == 2


def test_a_full_disk_is_no_mails_fault(acme: Acme, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(done: Read, at: Instant) -> object:
        raise OSError(errno.ENOSPC, "no space left")

    mail = kept(written())
    with monkeypatch.context() as patch:
        patch.setattr(settling, "settle", full)
        for hour in range(8):
            actions.file_waiting(MONDAY + SECOND + hour * HOUR)
    mail.refresh_from_db()
    assert mail.state == "failed" and mail.next_attempt_at is not None
    actions.file_waiting(MONDAY + DAY)
    mail.refresh_from_db()
    assert mail.state == "filed"


def test_a_mail_that_nobody_can_read_is_failed_not_lost(
    acme: Acme, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(*_: object) -> None:
        raise parse.Unreadable("reading it took too long")

    monkeypatch.setattr(parse, "parse", unreadable)
    mail = filed(written())
    assert (mail.state, mail.reason) == ("failed", "Unreadable: reading it took too long")
    assert raw_files.path_of(mail.path).read_bytes() == written()


def test_the_same_bytes_are_one_mail(acme: Acme) -> None:
    for _ in range(3):
        filed(written())
    assert RawMail.objects.count() == TicketRow.objects.count() == 1
    assert OutgoingMail.objects.count() == 1


def test_a_mail_that_somebody_else_took_is_left_alone(acme: Acme) -> None:
    mail = kept(written())
    assert RawMail.objects.filter(pk=mail.pk).update(attempts=1, next_attempt_at=MONDAY + HOUR)
    assert actions.file_waiting(MONDAY + SECOND) == 0
    assert actions.file(mail, MONDAY + SECOND) is False
    assert TicketRow.objects.count() == 0, "what was done in vain is undone"


def test_the_record_holds_the_mail_and_the_copy_goes(acme: Acme) -> None:
    mail = filed(written())
    with words.open_file(mail.words, company=acme.uuid) as file:
        assert file.read() == written()
    path = raw_files.path_of(mail.path)
    assert actions.tidy(MONDAY + SECOND) == 0
    assert path.exists()
    long_ago_for_the_file(path)
    assert actions.tidy(MONDAY + DAY) == 1
    assert not path.exists()
    assert filed(written(), at=MONDAY + DAY).pk == mail.pk
    assert TicketRow.objects.count() == 1


def test_bytes_that_come_again_meanwhile_are_not_tidied_away(acme: Acme) -> None:
    mail = filed(written())
    path = raw_files.path_of(mail.path)
    long_ago_for_the_file(path)
    raw_files.keep(written())
    assert not raw_files.remove_if_older(mail.path, MONDAY + DAY)
    assert path.read_bytes() == written()


def long_ago_for_the_file(path: Path) -> None:
    import os

    os.utime(path, ns=(MONDAY * 1000, MONDAY * 1000))


def test_erasing_the_raw_words_wipes_what_intake_knows(
    acme: Acme, django_capture_on_commit_callbacks: object
) -> None:
    mail = filed(written())
    path = raw_files.path_of(mail.path)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        words.erase(
            acme.uuid,
            [mail.words],
            ground="the law",
            actor=Actor(str(acme.founder.uuid), Side.COMPANY),
            at=MONDAY + HOUR,
        )
    mail.refresh_from_db()
    assert (mail.sender, mail.envelope_from, mail.envelope_to, mail.path) == ("", "", [], "")
    assert not path.exists()


def test_rows_equal_the_record(acme: Acme) -> None:
    filed(written())
    row = ticket_of(filed(written(subject="two", text="2")))
    filed(written(subject="Re: ACME-1002", text="3"))
    assert projections.differences(acme.uuid) == []
    assert received_on(row)[0].author_title == "Rita Requester"
    assert RawMail.objects.filter(sender=REQUESTER).count() == 3
