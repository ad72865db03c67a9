"""Kill -9 of the process that fetches mail by IMAP, at each of its steps (FLT-03).

`python -m tests.faults.imap_kills [--kills 25]`: a private Dovecot is given mails all the time; the
receiver is killed between fetching, storing, committing, flagging and noting. In the end every mail
is filed once, and marked as done on its server.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.desk import DESK_ADDRESS, founded_desk, surroundings
from tests.faults.kills import Felled, is_well, next_server, running, settled, sums_of
from tests.mail_servers import dns, dovecot
from tests.mail_servers.dovecot import Dovecot

STEPS = ("after_fetch", "after_keep", "after_commit", "after_flag")
USER, PASSWORD = "desk", "a quiet word"
# The counts of a fall are of whole rounds here, not of mails.
MOST_ROUNDS = 3


@dataclass
class Writer:
    """Puts mails into the mailbox of the desk, some a second."""

    server: Dovecot
    rate: float
    written: list[str] = field(default_factory=list)
    is_ending: bool = False

    def run(self) -> None:
        with self.server.visited(USER) as line:
            while not self.is_ending:
                name = f"<imap.{len(self.written)}@acme.example>"
                status, told = line.append("INBOX", "", "", mail(len(self.written), name))
                assert status == "OK", told
                self.written.append(name)
                time.sleep(1 / self.rate)


def mail(number: int, name: str) -> bytes:
    return (
        f"From: Rita <rita@d{number}.example>\r\nTo: {DESK_ADDRESS}\r\nSubject: Fault {name}\r\n"
        f"Message-ID: {name}\r\n\r\nMatter {number}\r\n"
    ).encode()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=25)
    parser.add_argument("--rate", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    if not dovecot.is_installed():
        print("Dovecot is missing; as root, run: apt-get install dovecot-imapd", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="commondesk-faults-") as folder:
        figures = felled(Path(folder), args)
    print(json.dumps(figures))
    return 0 if figures["is_well"] else 1


def felled(folder: Path, args: argparse.Namespace) -> dict[str, object]:
    steps = list(STEPS) * args.kills
    random.Random(args.seed).shuffle(steps)
    with (
        next_server() as (sink, out),
        dns.served({}) as names,
        dovecot.running({USER: PASSWORD}) as server,
    ):
        environment, _ = surroundings(folder, out, names=names.address)
        environment |= dovecot.trusting(server)
        founded_desk(environment)
        follow_mailbox(environment, server, folder)
        receiving = Felled(["receive"], environment, steps, folder, MOST_ROUNDS)
        working = Felled(["worker"], environment, [], folder)
        writer = Writer(server, args.rate)
        began = time.monotonic()
        with running(receiving, working):
            writing = threading.Thread(target=writer.run)
            for start in (writing.start, working.run, receiving.run):
                start()
            writer.is_ending = True
            writing.join()
            told = fetched(environment, writer.written)
        marks = server.flags(USER)
    hits = Counter(step for step, _ in receiving.told())
    told |= sums_of(sink, told, 0)
    told |= {
        "fault": "kills_imap",
        "kills": sum(hits.values()),
        "kills_by_step": dict(hits),
        "ends_that_hit_no_step": receiving.other_ends,
        "written": len(writer.written),
        "not_marked": sum("\\Seen" not in each for each in marks),
        "seconds": round(time.monotonic() - began, 1),
    }
    told["is_well"] = (
        is_well(told)
        and hits == Counter(steps)
        and told["kept"] == len(writer.written)
        and told["not_marked"] == 0
    )
    return told


def follow_mailbox(environment: dict[str, str], server: Dovecot, folder: Path) -> None:
    password = folder / "password"
    password.write_text(PASSWORD)
    command = [sys.executable, "-m", "commondesk.cli", "mailbox"]
    account = ["--host", "localhost", "--port", str(server.tls_port), "--user", USER]
    for words in (
        ["add", DESK_ADDRESS, "--company", "ACME"],
        ["imap", DESK_ADDRESS, *account, "--password-file", str(password)],
    ):
        subprocess.run([*command, *words], env=environment, check=True, stdout=subprocess.DEVNULL)


def fetched(environment: dict[str, str], written: list[str]) -> dict[str, object]:
    """The look once all that was written is here and nothing waits."""
    end = time.monotonic() + 120
    while (told := settled(environment, written))["kept"] != len(written):
        if time.monotonic() > end:
            break
        time.sleep(2.0)
    return told


if __name__ == "__main__":
    sys.exit(main())
