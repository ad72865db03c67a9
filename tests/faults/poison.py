"""One mail that our own reading cannot stand, among a thousand (FLT-13).

`python -m tests.faults.poison [--kind hang|spin|memory|segfault|exception] [--mails 1000]`: the
others are filed, not much slower than without it, and it waits for a person after five tries.
"""

from __future__ import annotations

import argparse
import json
import smtplib
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

from tests.faults.desk import DESK_ADDRESS, founded_desk, surroundings
from tests.faults.disks import once_filed
from tests.faults.kills import Felled, running
from tests.faults.poisoned_child import POISONS
from tests.faults.senders import command, wait_for
from tests.mail_servers import dns

LARGEST_DROP = 0.2
FILING_SPAN = 600.0
PARKING_SPAN = 900.0
TRIES = 5
MAILS_A_LINE = 100


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=1000)
    parser.add_argument("--kind", choices=tuple(POISONS), default="hang")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="commondesk-faults-") as folder:
        usual = filed(Path(folder), args.mails, "")
    with tempfile.TemporaryDirectory(prefix="commondesk-faults-") as folder:
        figures = filed(Path(folder), args.mails, args.kind)
    drop = 1 - float(str(usual["seconds"])) / float(str(figures["seconds"]))
    figures |= {
        "fault": f"poison_{args.kind}",
        "mails": args.mails,
        "seconds_without": usual["seconds"],
        "slower_by": round(drop, 3),
    }
    figures["is_well"] = (
        figures["tickets"] == args.mails - 1
        and figures["failed"] == 1
        and figures["tries_of_poison"] == TRIES
        and figures["lost"] == 0
        and figures["double"] == 0
        and figures["differences"] == 0
        and figures["not_found"] == 0
        and bool(figures["is_sound"])
        and drop < LARGEST_DROP
    )
    print(json.dumps(figures))
    return 0 if figures["is_well"] else 1


def filed(folder: Path, mails: int, poison: str) -> dict[str, object]:
    """Receive all, and only then start to file: how long until the others are done."""
    with dns.served({}) as names:
        environment, port = surroundings(folder, 1, names=names.address)
        founded_desk(environment)
        log = folder / "desk.log"
        with command(["receive"], environment, log) as receiving:
            wait_for(port, receiving, log)
            give(port, mails, poison)
        working = Felled(["worker"], environment | {"FAULT_POISON": "1"}, [], folder)
        with running(working):
            # The start of a process is none of the mails': it counts from the first that is filed.
            working.run()
            others = mails - bool(poison)
            wait_until(folder, "filed", 1, FILING_SPAN)
            began = time.monotonic()
            wait_until(folder, "filed", others, FILING_SPAN)
            seconds = time.monotonic() - began
            if poison:
                wait_until(folder, "parked", 1, PARKING_SPAN)
            told = once_filed(environment, [f"<{name}@acme.example>" for name in range(others)])
    return told | {"seconds": round(seconds, 2), "tries_of_poison": tries_of_poison(folder)}


def give(port: int, mails: int, poison: str) -> None:
    """All of them; the poison comes when a tenth is through."""
    letters = [(str(number), f"Fault {number}") for number in range(mails - bool(poison))]
    if poison:
        letters.insert(mails // 10, ("poison", f"poison: {poison}"))
    for start in range(0, mails, MAILS_A_LINE):
        with smtplib.SMTP("127.0.0.1", port, timeout=60) as line:
            for name, subject in letters[start : start + MAILS_A_LINE]:
                send(line, name, subject)


def send(line: smtplib.SMTP, name: str, subject: str) -> None:
    sender = f"rita@d{name}.example"
    mail = (
        f"From: Rita <{sender}>\r\nTo: {DESK_ADDRESS}\r\nSubject: {subject}\r\n"
        f"Message-ID: <{name}@acme.example>\r\n\r\nThe printer {name} is dark.\r\n"
    )
    line.sendmail(sender, [DESK_ADDRESS], mail.encode())


def wait_until(folder: Path, what: str, wanted: int, span: float) -> None:
    """Looks often and cheaply; gives up quietly, the figures tell."""
    condition = {
        "filed": "state = 'filed'",
        "parked": "state <> 'filed' AND next_attempt_at IS NULL",
    }[what]
    end = time.monotonic() + span
    while counted(folder, f"SELECT count(*) FROM intake_rawmail WHERE {condition}") < wanted:
        if time.monotonic() > end:
            return
        time.sleep(0.05)


def tries_of_poison(folder: Path) -> int:
    return counted(folder, "SELECT max(attempts) FROM intake_rawmail")


def counted(folder: Path, query: str) -> int:
    file = folder / "data" / "commondesk.sqlite3"
    line = sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=20)
    try:
        return int(line.execute(query).fetchone()[0])
    finally:
        line.close()


if __name__ == "__main__":
    sys.exit(main())
