"""Kill -9 of every process at every step of a mail's way (FLT-01), under a stream of mails.

`python -m tests.faults.kills [--kills 25] [--channel smtp|lmtp] [--rate 20]`: each step is hit that
many times. Senders retry as mail servers do. In the end: every mail that was answered 250 is kept
exactly once, each Message-ID is one ticket, the record is sound, rows equal it, each ticket is
found by its words, and a requester has each acknowledgement at most once more than there were kills
between sending and noting it.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import signal
import smtplib
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.faults.desk import DESK_ADDRESS, founded_desk, surroundings
from tests.journeys.desk import free_port
from tests.mail_servers import dns

RECEIVE_STEPS = (
    "after_connect",
    "after_data_read",
    "before_fsync",
    "after_fsync",
    "after_raw_insert",
    "before_250",
    "after_250",
)
WORKER_STEPS = (
    "mid_parse",
    "mid_attachment_write",
    "before_commit",
    "after_commit_before_outbox",
    "before_words",
    "after_words_before_commit",
    "after_outbox_before_send",
)
AFTER_SEND_STEP = "after_send_before_note"
LONGEST_LIFE_SPAN = 60.0
MOST_TRIES = 3
MOST_AHEAD = 200
"""Senders pause while more mails than this are accepted and not answered: the kills hold up who
files and sends, and all is to be done in the end."""
STILL_SPAN = 120.0
"""Nothing was filed, indexed or sent for so long: it never will be."""
GIVE_UP_SPAN = 60.0


@dataclass
class Sink:
    """The next mail server: counts what it took, by Message-ID."""

    taken: Counter[str] = field(default_factory=Counter)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        self.taken[str(message_from_bytes(content, policy=policy.default)["Message-ID"])] += 1
        return "250 kept"


@dataclass
class Sender:
    """Sends mails at a rate and tries each again until it hears 250."""

    port: int
    is_lmtp: bool
    rate: float
    is_ahead: Callable[[], bool] = lambda: False
    accepted: list[str] = field(default_factory=list)
    tries: int = 0
    given_up: int = 0
    is_ending: bool = False

    def run(self) -> None:
        number = 0
        while not self.is_ending:
            if self.is_ahead():
                time.sleep(0.2)
                continue
            number += 1
            began = time.monotonic()
            self._send_until_taken(number)
            time.sleep(max(0.0, 1 / self.rate - (time.monotonic() - began)))

    def _send_until_taken(self, number: int) -> None:
        name = f"<fault.{os.getpid()}.{id(self)}.{number}@acme.example>"
        until = time.monotonic() + GIVE_UP_SPAN
        while time.monotonic() < until:
            self.tries += 1
            try:
                self._send(number, name)
            except (OSError, smtplib.SMTPException):
                time.sleep(0.2)
                continue
            self.accepted.append(name)
            return
        self.given_up += 1

    def _send(self, number: int, name: str) -> None:
        # Many requesters, so that the caps on acknowledgements do not empty the outbox.
        sender = f"rita@d{number}-{id(self)}.example"
        mail = (
            f"From: Requester {number} <{sender}>\r\nTo: {DESK_ADDRESS}\r\n"
            f"Subject: Fault {name}\r\nMessage-ID: {name}\r\nMIME-Version: 1.0\r\n"
            'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
            f"--b\r\nContent-Type: text/plain\r\n\r\nMatter {number}\r\n"
            "--b\r\nContent-Type: application/octet-stream; name=log.bin\r\n"
            "Content-Disposition: attachment; filename=log.bin\r\n\r\n"
            f"{'x' * 200} {number}\r\n--b--\r\n"
        ).encode()
        kind = smtplib.LMTP if self.is_lmtp else smtplib.SMTP
        line = kind("127.0.0.1", self.port)
        try:
            line.sock.settimeout(20)  # type: ignore[union-attr]
            line.ehlo_or_helo_if_needed()
            refused = line.sendmail(sender, [DESK_ADDRESS], mail)
            if refused:
                raise smtplib.SMTPException(str(refused))
        finally:
            line.close()


class Felled:
    """One command of the desk, started again and again, each time to fall at the next step."""

    def __init__(
        self,
        words: list[str],
        environment: dict[str, str],
        steps: list[str],
        folder: Path,
        most_times: int = 6,
    ) -> None:
        self.words, self.environment, self.folder = words, environment, folder
        self.steps, self.most_times = steps, most_times
        self.hits = folder / f"hits-{words[0]}"
        self.other_ends: list[str] = []
        self._process: subprocess.Popen[bytes] | None = None
        self._random = random.Random(7)

    def run(self) -> None:
        for step in self.steps:
            if not any(self._fell(step) for _ in range(MOST_TRIES)):
                break
        self.start("")

    def _fell(self, step: str) -> bool:
        """Whether it came to its step and was killed there."""
        before = self.count()
        process = self.start(step)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(LONGEST_LIFE_SPAN)
        if self.count() == before + 1 and process.returncode == -signal.SIGKILL:
            return True
        self.other_ends.append(f"{step}: {process.returncode}")
        self.stop()
        return False

    def start(self, step: str) -> subprocess.Popen[bytes]:
        faults = {
            "FAULT_STEP": step,
            "FAULT_COUNT": str(self._random.randint(1, self.most_times)),
            "FAULT_HITS": str(self.hits),
        }
        with (self.folder / f"{self.words[0]}.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.fellable", *self.words],
                env=self.environment | faults,
                stdout=log,
                stderr=log,
            )
        return self._process

    def count(self) -> int:
        return len(self.told())

    def told(self) -> list[tuple[str, str]]:
        """Each step that was hit, and whether a mail was just being sent."""
        lines = self.hits.read_text().splitlines() if self.hits.exists() else []
        return [(step, sending) for step, sending in (line.split() for line in lines)]

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=25)
    parser.add_argument("--channel", choices=("smtp", "lmtp"), default="smtp")
    parser.add_argument("--rate", type=float, default=20.0)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="commondesk-faults-") as folder:
        figures = felled(Path(folder), args)
    print(json.dumps(figures))
    return 0 if figures["is_well"] else 1


def felled(folder: Path, args: argparse.Namespace) -> dict[str, object]:
    order = random.Random(args.seed)
    receive = list(RECEIVE_STEPS) * args.kills
    work = [*WORKER_STEPS, AFTER_SEND_STEP] * args.kills
    order.shuffle(receive)
    order.shuffle(work)
    with next_server() as (sink, out), dns.served({}) as names:
        environment, port = surroundings(folder, out, args.channel, names.address)
        founded_desk(environment)
        receiving = Felled(["receive"], environment, receive, folder)
        working = Felled(["worker"], environment, work, folder)
        senders: list[Sender] = []

        def is_ahead() -> bool:
            accepted = sum(len(sender.accepted) for sender in senders)
            return accepted - len(sink.taken) > MOST_AHEAD

        is_lmtp = args.channel == "lmtp"
        senders += [Sender(port, is_lmtp, args.rate / 4, is_ahead) for _ in range(4)]
        began = time.monotonic()
        with running(receiving, working):
            fell_all([receiving, working], senders)
            accepted = [name for sender in senders for name in sender.accepted]
            told = settled(environment, accepted)
    hits = [*receiving.told(), *working.told()]
    told |= sums_of(sink, told, [is_sending for _, is_sending in hits].count("sending"))
    told |= {
        "fault": f"kills_{args.channel}",
        "kills": len(hits),
        "kills_by_step": dict(Counter(step for step, _ in hits)),
        "ends_that_hit_no_step": [*receiving.other_ends, *working.other_ends],
        "accepted": len(accepted),
        "given_up": sum(sender.given_up for sender in senders),
        "tries": sum(sender.tries for sender in senders),
        "seconds": round(time.monotonic() - began, 1),
    }
    has_hit_all = Counter(step for step, _ in hits) == Counter([*receive, *work])
    told["is_well"] = has_hit_all and is_well(told)
    return told


@contextmanager
def running(*processes: Felled) -> Iterator[None]:
    try:
        yield
    finally:
        for process in processes:
            process.stop()


def fell_all(processes: Sequence[Felled], senders: Sequence[Sender]) -> None:
    """Let all of them fall at their steps while the senders send; both end with all running."""
    falling = [threading.Thread(target=each.run) for each in processes]
    sending = [threading.Thread(target=each.run) for each in senders]
    for thread in (*falling, *sending):
        thread.start()
    for thread in falling:
        thread.join()
    for sender in senders:
        sender.is_ending = True
    for thread in sending:
        thread.join()


def settled(environment: dict[str, str], accepted: list[str]) -> dict[str, object]:
    """What the desk holds once nothing waits any more, to be filed or to be sent."""
    left, moved_at = -1, time.monotonic()
    while (told := asked(environment, accepted))["waiting"]:
        if told["waiting"] != left:
            left, moved_at = int(str(told["waiting"])), time.monotonic()
        if time.monotonic() - moved_at > STILL_SPAN:
            break
        time.sleep(2.0)
    return told


def sums_of(sink: Sink, told: dict[str, object], kills_while_sending: int) -> dict[str, object]:
    """What reached the next server. A kill between sending and noting may send one mail twice."""
    return {
        "mails_out": len(sink.taken),
        "mails_out_missing": int(str(told["sent"])) - len(sink.taken),
        "mails_out_twice": sum(sink.taken.values()) - len(sink.taken),
        "mails_that_may_be_twice": kills_while_sending,
    }


def is_well(told: dict[str, object]) -> bool:
    none = (
        *("lost", "double", "waiting", "failed", "differences", "not_found"),
        "mails_out_missing",
    )
    return (
        all(told[name] == 0 for name in none)
        and bool(told["is_sound"])
        and told["kept"] == told["tickets"] == told["messages"]
        and int(str(told["mails_out_twice"])) <= int(str(told["mails_that_may_be_twice"]))
    )


def asked(environment: dict[str, str], accepted: list[str]) -> dict[str, object]:
    """What a look into the desk's own database says of these mails."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.desk"],
        env=environment,
        input=json.dumps(accepted),
        capture_output=True,
        text=True,
        check=True,
    )
    told: dict[str, object] = json.loads(done.stdout)
    return told


@contextmanager
def next_server() -> Iterator[tuple[Sink, int]]:
    sink, port = Sink(), free_port()
    server = Controller(sink, hostname="127.0.0.1", port=port)
    server.start()
    try:
        yield sink, port
    finally:
        server.stop()


if __name__ == "__main__":
    sys.exit(main())
