"""A database server that restarts under a stream of mails (FLT-08).

`python -m tests.faults.database [--rounds 20] [--away 20]`: a private PostgreSQL is stopped fast,
stopped at once, killed -9, or away for a while, in turn. Each time mails are accepted and filed
again within half a minute of its return. In the end every mail that was answered 250 is filed once.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.faults.desk import founded_desk, surroundings
from tests.faults.kills import Felled, Sender, is_well, next_server, running, settled, sums_of
from tests.faults.senders import command, sent, wait_for
from tests.mail_servers import dns

RESUME_SPAN = 30.0
PATIENCE = 120.0


@dataclass
class Cluster:
    """A PostgreSQL of its own, reached over a socket in its folder."""

    folder: Path
    binaries: Path

    @property
    def url(self) -> str:
        return f"postgres://commondesk@/postgres?host={self.folder}"

    def make(self) -> None:
        words = ["--username=commondesk", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]
        self._run("initdb", "-D", str(self.folder / "data"), *words)
        with (self.folder / "data" / "postgresql.conf").open("a") as settings:
            settings.write(f"listen_addresses = ''\nunix_socket_directories = '{self.folder}'\n")

    def start(self) -> None:
        """After a kill, its processes take a moment to notice; until then nothing can start."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                self._control("-l", str(self.folder / "log"), "-w", "start")
                return
            except subprocess.CalledProcessError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)

    def stop(self, how: str) -> None:
        self._control("-m", how, "-w", "stop")

    def kill(self) -> None:
        first_line = (self.folder / "data" / "postmaster.pid").read_text().split()[0]
        os.kill(int(first_line), signal.SIGKILL)

    def filed(self) -> int:
        """How many mails are filed."""
        with psycopg.connect(host=str(self.folder), user="commondesk", dbname="postgres") as line:
            found = line.execute("SELECT count(*) FROM desk_mailref WHERE NOT emitted").fetchone()
        assert found is not None
        return int(found[0])

    def _control(self, *words: str) -> None:
        self._run("pg_ctl", "-D", str(self.folder / "data"), *words)

    def _run(self, program: str, *words: str) -> None:
        # The server refuses to run as root.
        other = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        subprocess.run(
            [*other, str(self.binaries / program), *words],
            cwd=self.folder,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--away", type=float, default=60.0, help="seconds, in each fourth round")
    parser.add_argument("--rate", type=float, default=5.0)
    args = parser.parse_args()
    if not installed():
        print("PostgreSQL is missing; as root, run: apt-get install postgresql", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="commondesk-faults-") as folder:
        figures = restarted(Path(folder), args)
    print(json.dumps(figures))
    return 0 if figures["is_well"] else 1


def installed() -> list[Path]:
    """Where the programs of PostgreSQL lie, the newest version last."""
    found = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    return sorted((each.parent for each in found), key=lambda path: int(path.parent.name))


def restarted(folder: Path, args: argparse.Namespace) -> dict[str, object]:
    with running_cluster() as cluster, next_server() as (sink, out), dns.served({}) as names:
        environment, port = surroundings(folder, out, names=names.address)
        environment["COMMONDESK_DATABASE_URL"] = cluster.url
        founded_desk(environment)
        log = folder / "desk.log"
        began = time.monotonic()
        # Not to fall: only its claims on mails to be sent are shorter, for a shorter run.
        working = Felled(["worker"], environment, [], folder)
        with command(["receive"], environment, log) as receiving, running(working):
            working.run()
            wait_for(port, receiving, log)
            senders = [Sender(port, is_lmtp=False, rate=args.rate / 2) for _ in range(2)]
            with sending(senders):
                spans = [round_of(number, cluster, port, args) for number in range(args.rounds)]
            accepted = [name for sender in senders for name in sender.accepted]
            backs = [f"<back{number}@acme.example>" for number in range(args.rounds)]
            told = settled(environment, accepted + backs)
            has_stayed = receiving.poll() is None and working.is_running
    told |= sums_of(sink, told, args.rounds)
    told |= {
        "fault": "database_restarts",
        "rounds": args.rounds,
        "accepted": len(accepted) + len(backs),
        "tries": sum(sender.tries for sender in senders),
        "accepts_again_after_s": round(max(accepts for accepts, _ in spans), 2),
        "files_again_after_s": round(max(files for _, files in spans), 2),
        "has_stayed_up": has_stayed,
        "seconds": round(time.monotonic() - began, 1),
    }
    told["is_well"] = (
        is_well(told) and has_stayed and max(files for _, files in spans) < RESUME_SPAN
    )
    return told


def round_of(
    number: int, cluster: Cluster, port: int, args: argparse.Namespace
) -> tuple[float, float]:
    """How long after the return of the server a mail was accepted, and filed."""
    time.sleep(1.0)
    how = ("fast", "immediate", "kill", "away")[number % 4]
    if how == "kill":
        cluster.kill()
    else:
        cluster.stop("fast" if how == "away" else how)
    if how == "away":
        time.sleep(args.away)
    cluster.start()
    # How long the queue is by now is none of this: it counts that anything is filed again.
    began, before, name = time.monotonic(), cluster.filed(), f"back{number}"
    until(lambda: sent(port, name) == 250, f"accepted nothing after {how}, round {number}")
    accepts = time.monotonic() - began
    until(lambda: cluster.filed() > before, f"filed nothing after {how}, round {number}")
    return accepts, time.monotonic() - began


def until(look: Callable[[], bool], trouble: str) -> None:
    end = time.monotonic() + PATIENCE
    while not look():
        if time.monotonic() > end:
            raise RuntimeError(f"in {PATIENCE} s the desk {trouble}")
        time.sleep(0.2)


@contextmanager
def sending(senders: list[Sender]) -> Iterator[None]:
    threads = [threading.Thread(target=each.run) for each in senders]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for sender in senders:
            sender.is_ending = True
        for thread in threads:
            thread.join()


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    folder = Path(tempfile.mkdtemp(prefix="commondesk-cluster-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    cluster = Cluster(folder, installed()[-1])
    try:
        cluster.make()
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop("immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
