"""Disks that run full and are freed again (FLT-06): `python -m tests.faults.disks [--cycles 40]`.

The store lies on a small disk in memory, so this needs root. In each cycle it is filled: a mail is
answered 452 or broken off, never 250 without being kept. Freed, mails are taken within a minute.
In the end every mail that was answered 250 is on file, once.
"""

from __future__ import annotations

import argparse
import errno
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.desk import founded_desk, surroundings
from tests.faults.kills import asked
from tests.faults.senders import command, sent, wait_for

HEALING_SPAN = 60.0
FILING_SPAN = 600.0
BLOCK = 4096
STORES = {"mail": ("mail", "8m"), "data": (".", "24m")}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cycles", type=int, default=40)
    parser.add_argument("--store", choices=tuple(STORES), default="mail")
    args = parser.parse_args()
    if os.geteuid() != 0:
        print("a disk in memory can be mounted by root alone: run this as root", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="commondesk-faults-") as folder:
        figures = filled_and_freed(Path(folder), args.cycles, args.store)
    print(json.dumps(figures))
    return 0 if figures["is_well"] else 1


def filled_and_freed(folder: Path, cycles: int, store: str) -> dict[str, object]:
    environment, port = surroundings(folder, 1)
    place, size = STORES[store]
    data = Path(environment["COMMONDESK_DATA"])
    disk = (data / place).resolve()
    disk.mkdir(parents=True, exist_ok=True)
    accepted: list[str] = []
    answers: Counter[int] = Counter()
    longest = 0.0
    with mounted(disk, size):
        founded_desk(environment)
        log = folder / "desk.log"
        with (
            command(["receive"], environment, log) as receiving,
            command(["worker"], environment, log),
        ):
            wait_for(port, receiving, log)
            for cycle in range(cycles):
                # These are kept, but perhaps not yet filed when the disk is full.
                accepted += [name for name in named("before", cycle) if sent(port, name) == 250]
                ballast = filled(disk, left=cycle % 8 * BLOCK)
                for name in named("full", cycle):
                    answer = sent(port, name)
                    answers[answer] += 1
                    if answer == 250:
                        accepted.append(name)
                ballast.unlink()
                longest = max(longest, healed(port, f"free{cycle}", accepted))
            names = [f"<{name}@acme.example>" for name in accepted]
            told = once_filed(environment, names)
    told |= {
        "fault": f"disk_full_{store}",
        "cycles": cycles,
        "accepted": len(accepted),
        "answers_when_full": {str(code): count for code, count in sorted(answers.items())},
        "healed_after_s": round(longest, 2),
    }
    told["is_well"] = (
        told["lost"] == 0
        and told["double"] == 0
        and told["differences"] == 0
        and told["not_found"] == 0
        and told["unfiled"] == 0
        and bool(told["is_sound"])
        and longest < HEALING_SPAN
    )
    return told


@contextmanager
def mounted(disk: Path, size: str) -> Iterator[None]:
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", disk], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


def named(when: str, cycle: int) -> list[str]:
    return [f"{when}{cycle}.{number}" for number in range(5)]


def filled(disk: Path, left: int) -> Path:
    """A file that leaves no room for any other, or only a little: a mail may begin and not end."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * BLOCK)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
    os.truncate(ballast, max(0, ballast.stat().st_size - left))
    return ballast


def healed(port: int, name: str, accepted: list[str]) -> float:
    """How long until a mail is taken again."""
    began = time.monotonic()
    while time.monotonic() - began < HEALING_SPAN:
        if sent(port, name) == 250:
            accepted.append(name)
            break
        time.sleep(0.2)
    return time.monotonic() - began


def once_filed(environment: dict[str, str], names: list[str]) -> dict[str, object]:
    """The look into the desk once all is filed and found; mail that cannot go out may stay."""
    end = time.monotonic() + FILING_SPAN
    while time.monotonic() < end:
        told = asked(environment, names)
        if told["unfiled"] == told["unindexed"] == 0:
            break
        time.sleep(1.0)
    return told


if __name__ == "__main__":
    sys.exit(main())
