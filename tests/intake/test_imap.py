"""Mail fetched by IMAP from a real Dovecot: nothing lost, nothing twice, nobody trusted blindly."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from django.db import DatabaseError, connection

from commondesk.cli import mailbox as command
from commondesk.cli.user_error import UserError
from commondesk.intake import arrivals, mailboxes, raw_files, receiver, sealing
from commondesk.intake.imap import accounts, fetchers, rounds
from commondesk.intake.imap.connection import Unreachable
from commondesk.intake.imap.fetchers import Fetchers
from commondesk.intake.imap.rounds import NotKept
from commondesk.intake.models import MailAccount, Mailbox, RawMail
from tests.mail_servers import dovecot
from tests.mail_servers.dovecot import Dovecot

from .letters import DESK, Acme, found_acme, written

pytestmark = pytest.mark.django_db(transaction=True)
HOUSE = Path(__file__).parents[2]
PASSWORD = 'a "pass" word\\'


@pytest.fixture(scope="module")
def dovecot_of_these_tests() -> Iterator[Dovecot]:
    users = {f"desk{count}": PASSWORD.replace(":", "") for count in range(40)}
    with dovecot.running(users) as running:
        yield running


@pytest.fixture
def server(dovecot_of_these_tests: Dovecot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Dovecot]:
    for name, value in dovecot.trusting(dovecot_of_these_tests).items():
        monkeypatch.setenv(name, value)
    yield dovecot_of_these_tests


@pytest.fixture
def acme() -> Acme:
    acme = found_acme()
    mailboxes.add(acme.uuid, DESK)
    return acme


@pytest.fixture
def user(dovecot_of_these_tests: Dovecot) -> str:
    """An empty mailbox of its own for each test."""
    names = list(dovecot_of_these_tests.users)
    taken = int(os.environ.get("TAKEN_MAILBOXES", "0"))
    os.environ["TAKEN_MAILBOXES"] = str(taken + 1)
    return names[taken]


def fetched_from(
    server: Dovecot, user: str, password: str = PASSWORD, **given: object
) -> MailAccount:
    account = MailAccount(
        **{
            "mailbox": Mailbox.objects.get(address=DESK),
            "host": "localhost",
            "port": server.tls_port,
            "username": user,
            **given,
        }
    )
    accounts.add(account, password)
    return MailAccount.objects.select_related("mailbox").get()


def mails(count: int) -> list[bytes]:
    return [written(subject=f"Matter {number:03}") for number in range(count)]


def kept_bytes() -> list[bytes]:
    return [raw_files.path_of(mail.path).read_bytes() for mail in RawMail.objects.order_by("id")]


def test_mails_are_stored_in_order_and_then_marked(acme: Acme, server: Dovecot, user: str) -> None:
    server.append(user, *mails(45))
    account = fetched_from(server, user)
    assert fetchers.look_once(account).stored == 45
    assert kept_bytes() == mails(45)
    mail = RawMail.objects.order_by("id")[0]
    assert (mail.source, mail.account, mail.company) == ("imap", account, acme.uuid)
    assert (mail.envelope_from, mail.envelope_to, mail.state) == ("", [DESK], "received")
    assert all("\\Seen" in flags and "$Commondesk" in flags for flags in server.flags(user))
    account.refresh_from_db()
    assert (account.last_uid, account.last_error) == (45, "")
    assert account.looked_at is not None
    assert fetchers.look_once(account).stored == 0


def test_what_is_stored_is_moved(acme: Acme, server: Dovecot, user: str) -> None:
    server.append(user, *mails(3))
    account = fetched_from(server, user, done="move", done_folder="Done.Desk ü")
    fetchers.look_once(account)
    assert server.flags(user) == []
    server.append(user, written(subject="later"))
    assert fetchers.look_once(account).stored == 1
    with server.visited(user) as line:
        assert line.select('"Done.Desk &APw-"')[1] == [b"4"]
    assert RawMail.objects.count() == 4


@pytest.mark.parametrize("is_moving", [False, True])
@pytest.mark.parametrize("step", ["fetch", "store", "mark", "note"])
def test_stopped_at_any_step_nothing_is_lost_and_nothing_twice(
    acme: Acme,
    server: Dovecot,
    user: str,
    step: str,
    is_moving: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done = {"done": "move", "done_folder": "Done"} if is_moving else {}
    account = fetched_from(server, user, **done)
    server.append(user, *mails(25))
    inner = getattr(rounds, step)

    def fall(*args: object) -> None:
        inner(*args)
        raise SystemExit

    with monkeypatch.context() as broken:
        broken.setattr(rounds, step, fall)
        with pytest.raises(SystemExit):
            fetchers.look_once(account)
    account.refresh_from_db()
    if step == "fetch":
        assert all("Seen" not in flags for flags in server.flags(user)), "unmarked until stored"
        assert not RawMail.objects.exists()
    fetchers.look_once(account)
    assert sorted(kept_bytes()) == sorted(mails(25))


def test_another_uid_validity_begins_anew_without_doubles(
    acme: Acme, server: Dovecot, user: str
) -> None:
    server.append(user, *mails(5))
    account = fetched_from(server, user)
    fetchers.look_once(account)
    before = account.uid_validity
    server.renumber(user)
    server.append(user, written(subject="after"))
    assert fetchers.look_once(account).stored == 6
    assert account.uid_validity != before
    assert RawMail.objects.count() == 6


def test_a_server_that_ignores_marks_gives_nothing_twice(
    acme: Acme, server: Dovecot, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.append(user, *mails(5))
    account = fetched_from(server, user)
    monkeypatch.setattr(rounds, "_flag", lambda *_: None)
    assert fetchers.look_once(account).stored == 5
    assert fetchers.look_once(account).stored == 0


def test_a_folder_that_is_gone_is_told_and_loses_nothing(
    acme: Acme, server: Dovecot, user: str
) -> None:
    account = fetched_from(server, user)
    MailAccount.objects.update(done="move", done_folder="Nowhere")
    account.refresh_from_db()
    server.append(user, *mails(2))
    assert "cannot be marked as done" in fetchers.look_once(account).trouble
    assert RawMail.objects.count() == 2
    account.refresh_from_db()
    assert "cannot be marked as done" in account.last_error


def test_a_mail_too_large_stays_and_is_told(
    acme: Acme, server: Dovecot, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiver, "LARGEST", 3000)
    large = written(text="x" * 70 + "\n" + "y" * 4000)
    server.append(user, written(), large, written(subject="behind it"))
    account = fetched_from(server, user)
    told = fetchers.look_once(account)
    assert (told.stored, told.too_large) == (2, 1)
    assert fetchers.look_once(account).stored == 0
    account.refresh_from_db()
    assert "1 of its mails are larger than we take" in account.last_error


def test_a_disk_or_a_database_that_refuses_leaves_the_mail_there(
    acme: Acme, server: Dovecot, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.append(user, written())
    account = fetched_from(server, user)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    def refuse(*_: object, **__: object) -> None:
        raise DatabaseError("database or disk is full")

    with monkeypatch.context() as broken:
        broken.setattr("commondesk.intake.raw_files.os.fsync", full)
        with pytest.raises(NotKept, match="no space left"):
            fetchers.look_once(account)
    with monkeypatch.context() as broken:
        broken.setattr(arrivals, "_insert", refuse)
        with pytest.raises(DatabaseError):
            fetchers.look_once(account)
    assert all("Seen" not in flags for flags in server.flags(user))
    assert fetchers.look_once(account).stored == 1


def test_a_certificate_of_nobody_we_know_is_refused(
    acme: Acme, dovecot_of_these_tests: Dovecot, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with pytest.raises(Unreachable, match=r"certificate of localhost:\d+ cannot be trusted"):
        fetched_from(dovecot_of_these_tests, user)
    with pytest.raises(Unreachable, match="cannot be trusted"):
        fetched_from(
            dovecot_of_these_tests, user, security="starttls", port=dovecot_of_these_tests.port
        )
    assert not MailAccount.objects.exists()


def test_a_certificate_of_another_name_is_refused(
    acme: Acme, server: Dovecot, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = socket.getaddrinfo

    def resolved(host: str, *rest: object, **named: object) -> object:
        return real("127.0.0.1" if host == "mail.example" else host, *rest, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    with pytest.raises(Unreachable, match="cannot be trusted"):
        fetched_from(server, user, host="mail.example")


def test_starttls_and_loopback_without_tls_work(acme: Acme, server: Dovecot, user: str) -> None:
    server.append(user, written())
    account = fetched_from(server, user, security="starttls", port=server.port)
    assert fetchers.look_once(account).stored == 1
    MailAccount.objects.all().delete()
    account = fetched_from(server, user, security="none", port=server.port, host="127.0.0.1")
    assert fetchers.look_once(account).stored == 1
    assert RawMail.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"password": "another"}, "does not accept the name desk"),
        ({"folder": "Nowhere"}, "there is no folder Nowhere"),
        ({"host": "mail.example", "security": "none"}, "without TLS it is not asked"),
        ({"host": "nowhere.invalid"}, "the name service knows no nowhere.invalid"),
        ({"port": 1}, "connection refused"),
    ],
)
def test_what_is_wrong_is_said_plainly(
    acme: Acme, server: Dovecot, user: str, given: dict[str, object], words: str
) -> None:
    with pytest.raises(Unreachable) as refused:
        fetched_from(server, user, **given)  # type: ignore[arg-type]
    assert words in str(refused.value)
    assert PASSWORD not in str(refused.value)
    assert not MailAccount.objects.exists()


def test_a_password_is_kept_sealed_and_is_of_this_installation(
    acme: Acme, server: Dovecot, user: str, settings: object
) -> None:
    account = fetched_from(server, user)
    assert PASSWORD not in account.sealed_password
    assert sealing.unsealed(account.sealed_password) == PASSWORD
    settings.SECRET_KEY = "another key"  # type: ignore[attr-defined]
    with pytest.raises(Unreachable, match="give it again"):
        fetchers.look_once(account)


def test_news_are_fetched_within_two_seconds_and_a_restart_is_survived(
    acme: Acme, server: Dovecot, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetchers, "FIRST_PAUSE_SECONDS", 0.2)
    server.append(user, written())
    fetched_from(server, user)
    running = Fetchers()
    running.start()
    try:
        assert within(10, lambda: RawMail.objects.count() == 1)
        for count in range(3):
            server.append(user, written(subject=f"Later {count}"))
            assert within(2, partial(has_kept, count + 2))
        server.stop()
        try:
            assert within(10, lambda: MailAccount.objects.get().last_error != "")
        finally:
            server.start()
        server.append(user, written(subject="After the restart"))
        assert within(10, lambda: RawMail.objects.count() == 5)
        assert within(5, lambda: MailAccount.objects.get().last_error == "")
    finally:
        began = time.monotonic()
        running.stop()
    assert time.monotonic() - began < 5


def has_kept(count: int) -> bool:
    return RawMail.objects.count() == count


def within(seconds: float, is_so: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


PROGRAM = """
import os, signal, sys, time
import django
from django.conf import settings
django.setup()
settings.DATABASES["default"].update(NAME=sys.argv[1])
from pathlib import Path
settings.DATA = Path(sys.argv[2])
from commondesk.intake.imap import fetchers, rounds
from commondesk.intake.models import MailAccount
step, inner = sys.argv[3], getattr(rounds, sys.argv[3])
def fall(*args):
    result = inner(*args)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(rounds, step, fall)
fetchers.look_once(MailAccount.objects.select_related("mailbox").get())
"""


def test_killed_at_each_step_in_turn(
    acme: Acme, server: Dovecot, user: str, data: Path, settings: object
) -> None:
    # The password is sealed with the key of these settings, and the child has the same.
    account = fetched_from(server, user)
    server.append(user, *mails(60))
    for step in ["fetch", "store", "mark", "note"] * 2:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(connection.settings_dict["NAME"]), str(data), step],
            cwd=HOUSE,
            env=os.environ
            | {
                "DJANGO_SETTINGS_MODULE": "commondesk.site.settings",
                "COMMONDESK_SECRET_KEY": str(settings.SECRET_KEY),  # type: ignore[attr-defined]
            },
            timeout=60,
        )
        assert done.returncode == -signal.SIGKILL, step
    account.refresh_from_db()
    assert account.last_uid > 0
    fetchers.look_once(account)
    assert sorted(kept_bytes()) == sorted(mails(60))


def test_a_connection_that_drops_within_a_mail_stores_nothing_of_it(
    acme: Acme, server: Dovecot, user: str
) -> None:
    large = written(text="a line of words\n" * 60_000)
    server.append(user, written(), large)
    with Cutting(server.port, after=40_000) as cutting:
        account = fetched_from(server, user, security="none", port=cutting.port, host="127.0.0.1")
        cutting.is_cutting = True
        with pytest.raises(Unreachable):
            fetchers.look_once(account)
        assert set(kept_bytes()) <= {written()}
        cutting.is_cutting = False
        fetchers.look_once(account)
    assert sorted(kept_bytes()) == sorted([written(), large])


class Cutting:
    """A line to the server that breaks after so many bytes of its answers."""

    def __init__(self, port: int, after: int) -> None:
        self.target, self.after, self.is_cutting = port, after, False
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.listener.getsockname()[1])

    def __enter__(self) -> Cutting:
        threading.Thread(target=self._run, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.listener.close()

    def _run(self) -> None:
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self.target))
            threading.Thread(target=self._carry, args=(near, far, False), daemon=True).start()
            threading.Thread(target=self._carry, args=(far, near, True), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket, is_answer: bool) -> None:
        carried = 0
        while True:
            try:
                some = source.recv(4096)
                carried += len(some)
                if not some or (is_answer and self.is_cutting and carried > self.after):
                    break
                sink.sendall(some)
            except OSError:
                break
        for line in (source, sink):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        source.close()


def test_the_commands_say_what_they_do(
    acme: Acme, server: Dovecot, user: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "password").write_text(f"{PASSWORD}\n")
    server.append(user, *mails(2))

    def said(*words: str) -> str:
        parser = argparse.ArgumentParser()
        command.arguments(parser)
        command.run(parser.parse_args(words))
        return capsys.readouterr().out

    to_server = ("--host", "localhost", "--port", str(server.tls_port), "--user", user)
    secret = ("--password-file", str(tmp_path / "password"))
    assert "Mails in the folder: 2" in said("imap", DESK, *to_server, *secret)
    assert "never looked at yet" in said("list")
    assert said("fetch") == f"{DESK}: mails fetched: 2\n"
    assert "all well" in said("list")
    assert "is for whose domain its sender has" in said("add", "help@shared.example", "--shared")
    with pytest.raises(UserError, match="there is no mailbox"):
        said("imap", "nobody@acme.example", *to_server, *secret)
    assert "no mailbox any more" in said("remove", DESK)
    assert not MailAccount.objects.exists()
    assert RawMail.objects.count() == 2


def test_only_what_comes_from_now_on(acme: Acme, server: Dovecot, user: str) -> None:
    server.append(user, *mails(3))
    account = MailAccount(
        mailbox=Mailbox.objects.get(address=DESK),
        host="localhost",
        port=server.tls_port,
        username=user,
    )
    assert accounts.add(account, PASSWORD, is_only_new=True) == 3
    assert fetchers.look_once(account).stored == 0
    server.append(user, written())
    assert fetchers.look_once(account).stored == 1
