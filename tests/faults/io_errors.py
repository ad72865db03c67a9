"""Calls of the system that fail (FLT-07): `python -m tests.faults.io_errors [--points 50]`.

strace lets the nth fsync, fdatasync or write of the receiver fail. Whatever fails, a mail that was
answered 250 is kept and filed once, and the receiver, started again without faults, goes on.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.faults.desk import founded_desk, surroundings
from tests.faults.disks import once_filed
from tests.faults.senders import command, sent, wait_for

MORE_MAILS = 10
KINDS = {
    "fsync": "fsync,fdatasync:error=EIO",
    "write": "pwrite64,write:error=ENOSPC",
    "rename": "rename,renameat,renameat2,link,linkat:error=EIO",
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=50)
    parser.add_argument("--kind", choices=tuple(KINDS), default="fsync")
    args = parser.parse_args()
    if not shutil.which("strace"):
        print("strace is missing; as root, run: apt-get install strace", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="commondesk-faults-") as folder:
        figures = failed_at_each_point(Path(folder), args.points, args.kind)
    print(json.dumps(figures))
    return 0 if figures["is_well"] else 1


def failed_at_each_point(folder: Path, points: int, kind: str) -> dict[str, object]:
    environment, port = surroundings(folder, 1)
    founded_desk(environment)
    log = folder / "desk.log"
    accepted: list[str] = []
    answers: Counter[int] = Counter()
    did_not_start = hits = 0
    for point in range(1, points + 1):
        trace = folder / f"trace-{point}"
        inject = f"inject={KINDS[kind]}:when={point}"
        calls = KINDS[kind].partition(":")[0]
        # strace passes no signal on: the receiver itself must be asked to end.
        prefix = ["strace", "-f", "-qq", "-o", str(trace), "-e", f"trace={calls}", "-e", inject]
        with command(["receive"], environment, log, prefix) as receiving:
            try:
                wait_for(port, receiving, log)
            except RuntimeError:
                did_not_start += 1
            else:
                # A mail has one name only: there must be enough for the last point.
                for number in range(points + MORE_MAILS):
                    name = f"p{point}.{number}"
                    answer = sent(port, name)
                    answers[answer] += 1
                    if answer == 250:
                        accepted.append(name)
            end_children(receiving.pid)
        hits += "(INJECTED)" in trace.read_text(errors="replace")
        trace.unlink()
    with (
        command(["receive"], environment, log) as receiving,
        command(["worker"], environment, log),
    ):
        wait_for(port, receiving, log)
        is_taken_again = sent(port, "after") == 250
        accepted += ["after"] * is_taken_again
        told = once_filed(environment, [f"<{name}@acme.example>" for name in accepted])
    told |= {
        "fault": f"io_error_{kind}",
        "points": points,
        "points_hit": hits,
        "did_not_start": did_not_start,
        "accepted": len(accepted),
        "answers": {str(code): count for code, count in sorted(answers.items())},
    }
    told["is_well"] = (
        told["lost"] == 0
        and told["double"] == 0
        and told["differences"] == 0
        and told["not_found"] == 0
        and bool(told["is_sound"])
        and is_taken_again
        and hits == points
    )
    return told


def end_children(pid: int) -> None:
    """Ask what runs under strace to end, and give it a moment."""
    subprocess.run(["pkill", "-TERM", "-P", str(pid)], check=False)
    end = time.monotonic() + 10
    while subprocess.run(["pgrep", "-P", str(pid)], capture_output=True).stdout:
        if time.monotonic() > end:
            subprocess.run(["pkill", "-KILL", "-P", str(pid)], check=False)
        time.sleep(0.05)


if __name__ == "__main__":
    sys.exit(main())
