"""A mail server that is away, slow to like us, or dies at the worst moment; on a clock of ours."""

from __future__ import annotations

import random
import smtplib
from collections import Counter
from dataclasses import dataclass, field
from types import SimpleNamespace
from uuid import UUID, uuid4

import pytest
from pytest_django import Settings

from commondesk.core.record.instant import DAY, HOUR, MINUTE, SECOND, Instant, parse_instant
from commondesk.desk import outbox
from commondesk.desk.models import OutgoingMail

MONDAY = parse_instant("2025-03-10T09:00:00Z")
COMPANY = UUID(int=1)


class Killed(BaseException):
    """What a process does not survive."""


@dataclass
class Server:
    """The next mail server, as smtplib shows it. says is asked at each stage of each mail."""

    away_until: Instant = 0
    now: Instant = MONDAY
    trouble: float = 0.0
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    connections: int = 0
    taken: Counter[str] = field(default_factory=Counter)
    order: list[str] = field(default_factory=list)
    kills: int = 0
    kill_next: bool = False

    def connection(self) -> Session:
        self.connections += 1
        if self.now < self.away_until:
            raise ConnectionRefusedError("connection refused")
        return Session(self)


class Session:
    def __init__(self, server: Server) -> None:
        self.server = server
        self.sock = SimpleNamespace(gettimeout=lambda: 30, settimeout=lambda _: None)
        self.content = b""
        self.is_data = False

    def has_extn(self, _name: str) -> bool:
        return False

    def mail(self, _sender: str, _options: list[str]) -> tuple[int, bytes]:
        self.content = b""
        return self.answer(250, b"ok")

    def rcpt(self, address: str) -> tuple[int, bytes]:
        if address.startswith("gone"):
            return 550, b"5.1.1 no such user"
        return self.answer(250, b"ok")

    def answer(self, code: int, text: bytes) -> tuple[int, bytes]:
        if self.server.chance.random() >= self.server.trouble:
            return code, text
        if self.server.chance.random() < 0.5:
            return 451, b"4.7.1 come back later"
        raise smtplib.SMTPServerDisconnected("connection unexpectedly closed")

    def putcmd(self, _verb: str) -> None:
        self.is_data = True

    def send(self, piece: bytes) -> None:
        self.content += piece

    def getreply(self) -> tuple[int, bytes]:
        if self.is_data:
            self.is_data = False
            return 354, b"go"
        answer = self.answer(250, b"taken")
        if answer[0] == 250:
            key = self.content.split(b"\r\n")[0].decode()
            self.server.taken[key] += 1
            self.server.order.append(key)
            if self.server.kill_next:
                self.server.kill_next = False
                self.server.kills += 1
                raise Killed
        return answer

    def rset(self) -> None:
        self.content = b""

    def quit(self) -> None:
        pass

    def close(self) -> None:
        pass


@pytest.fixture
def server(db: None, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Server:
    made = Server()
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", random.randrange(10**6, 10**9)
    monkeypatch.setattr("commondesk.desk.mail.line._connection", made.connection)
    # What is written here takes no time on our clock, and so no spell may end it.
    monkeypatch.setattr(outbox, "SPELL_SECONDS", 3600.0)
    return made


def queue(count: int, *, tickets: int, to: str = "r{}@acme.example") -> None:
    """Notices, so that no ticket need stand behind them."""
    uuids = [uuid4() for _ in range(tickets)]
    OutgoingMail.objects.bulk_create(
        OutgoingMail(
            company=COMPANY,
            ticket=uuids[number % tickets],
            kind=OutgoingMail.Kind.NOTICE,
            mail_from="support@acme.example",
            envelope_to=[to.format(number % tickets)],
            message_id=f"<{number}@acme.example>",
            content=f"{number % tickets}/{number}\r\n\r\n{'x' * 2000}\r\n".encode(),
            next_attempt_at=MONDAY,
            created_at=MONDAY,
        )
        for number in range(count)
    )


def run(server: Server, *, until: Instant, every: int = 20 * SECOND) -> None:
    while server.now < until:
        try:
            outbox.send_due(server.now, clock=lambda: server.now)
        except Killed:
            # The next process knows nothing of what this one had learnt.
            outbox._rests.clear()
        server.now += every


def states() -> Counter[str]:
    return Counter(OutgoingMail.objects.values_list("state", flat=True))


def is_in_order(server: Server) -> bool:
    """Whether the mails of each ticket were taken in the order in which they were written."""
    latest: dict[str, int] = {}
    for key in server.order:
        ticket, number = key.split("/")
        if int(number) < latest.get(ticket, -1):
            return False
        latest[ticket] = int(number)
    return True


def test_an_hour_without_a_server_costs_nothing_but_the_hour(server: Server) -> None:
    queue(300, tickets=60)
    server.away_until = MONDAY + HOUR
    run(server, until=MONDAY + HOUR, every=MINUTE)
    assert states() == {"queued": 300}
    assert server.connections <= 70, "one try a minute for all of them, not one each"
    assert max(OutgoingMail.objects.values_list("attempts", flat=True)) <= 70
    run(server, until=MONDAY + HOUR + 2 * MINUTE)
    assert states() == {"sent": 300}
    assert set(server.taken.values()) == {1}
    assert is_in_order(server)


def test_a_bad_day_loses_nothing_and_doubles_nothing(server: Server) -> None:
    server.trouble = 0.2
    queue(60, tickets=20)
    run(server, until=MONDAY + 8 * HOUR, every=2 * MINUTE)
    # The few that were refused most wait an hour between their tries.
    run(server, until=MONDAY + 4 * DAY, every=HOUR)
    assert states() == {"sent": 60}
    assert set(server.taken.values()) == {1}
    assert is_in_order(server)


def test_each_crash_after_a_yes_doubles_one_mail_at_most(server: Server) -> None:
    queue(30, tickets=10)
    for minute in range(1, 40):
        server.kill_next = True
        run(server, until=MONDAY + minute * MINUTE, every=MINUTE)
    server.kill_next = False
    run(server, until=MONDAY + 4 * HOUR, every=5 * MINUTE)
    assert states() == {"sent": 30}
    assert server.kills > 5
    assert len(server.taken) == 30
    assert sum(server.taken.values()) - 30 <= server.kills


def test_who_is_gone_is_told_of_and_holds_up_nobody(server: Server) -> None:
    queue(20, tickets=5)
    queue(20, tickets=5, to="gone{}@acme.example")
    run(server, until=MONDAY + MINUTE)
    assert states() == {"sent": 20, "failed": 20}
    failed = OutgoingMail.objects.filter(state="failed").values_list("last_error", flat=True)
    told = {error.partition(":")[0].split(" failed")[0] for error in failed}
    assert told == {"550 5.1.1 no such user", *(f"mail to gone{n}@acme.example" for n in range(5))}


def test_no_more_than_one_mail_is_in_memory(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(150, tickets=150)
    rows = outbox._due(MONDAY)
    assert len(rows) == outbox.BATCH
    assert all(not hasattr(each, "content") for each in rows)
    run(server, until=MONDAY + MINUTE)
    assert states() == {"sent": 150}


def test_mail_that_waits_longer_than_five_days_is_given_up(server: Server) -> None:
    queue(5, tickets=5)
    server.away_until = MONDAY + 30 * DAY
    run(server, until=MONDAY + 4 * DAY, every=6 * HOUR)
    assert states() == {"queued": 5}
    run(server, until=MONDAY + 6 * DAY, every=6 * HOUR)
    assert states() == {"failed": 5}
