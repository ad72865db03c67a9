"""What mails of 25 MB cost: memory of each process, and how long others wait meanwhile.

Run as `python benchmarks/mail_large.py`; prints one JSON line. `commondesk receive` and `commondesk
worker` run as real processes. Four senders bring large mails, two of them at a time, while another
brings small ones at a steady pace. Resident memory is what the kernel says each process held at
most; the child that reads mails is told apart.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from base64 import encodebytes
from pathlib import Path
from time import perf_counter, sleep

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from benchmarks import mail_accept  # noqa: E402 - found by the line above

LARGE = 4
AT_ONCE = 2
FILE_SIZE = 25 * 1024 * 1024
SMALL_PER_S = 20
FILED_WITHIN_SECONDS = 180.0


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="commondesk-bench-") as folder:
        mail_accept.prepare(folder)
        with mail_accept.receiving() as (receiver, port):
            worker = subprocess.Popen([sys.executable, "-m", "commondesk.cli", "worker"])
            try:
                figures = measured(receiver.pid, worker.pid, port)
            finally:
                worker.send_signal(signal.SIGTERM)
                worker.wait(60)
    told = {"benchmark": "mail_large", **{k: round(v, 2) for k, v in figures.items()}}
    print(json.dumps(told))


def measured(receiver: int, worker: int, port: int) -> dict[str, float]:
    peaks = Peaks({"receive": receiver, "worker": worker})
    peaks.start()
    figures = {"receive_mb_at_rest": peaks.now("receive")}
    is_done = threading.Event()
    small: list[float | None] = []
    steady = threading.Thread(target=send_small, args=(port, small, is_done))
    steady.start()
    began = perf_counter()
    large = send_large(port)
    accepted = perf_counter()
    until_filed()
    filed = perf_counter()
    is_done.set()
    steady.join()
    peaks.stop()
    spans = sorted(span for span in small if span is not None)
    return figures | {
        "large_mails": LARGE,
        "large_accepted_s_a_mail": sum(large) / len(large),
        "all_large_accepted_s": accepted - began,
        "all_filed_s": filed - began,
        "small_mails": len(spans),
        "small_refused": len(small) - len(spans),
        "small_p50_ms": spans[len(spans) // 2] * 1000,
        "small_p95_ms": spans[int(len(spans) * 0.95)] * 1000,
        **{f"{name}_mb_at_most": most for name, most in peaks.most.items()},
    }


def send_large(port: int) -> list[float]:
    """Each with other bytes, else they would be one mail."""
    spans: list[float] = []
    line = encodebytes(os.urandom(FILE_SIZE)).replace(b"\n", b"\r\n")

    def send_some(numbers: range) -> None:
        for number in numbers:
            span = mail_accept.send(port, written(number, line), perf_counter())
            assert span is not None, "a large mail was refused"
            spans.append(span)

    senders = [
        threading.Thread(target=send_some, args=(range(each, LARGE, AT_ONCE),))
        for each in range(AT_ONCE)
    ]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert len(spans) == LARGE
    return spans


def written(number: int, file: bytes) -> bytes:
    return (
        (
            f"From: Large {number} <large{number}@acme.example>\r\nTo: {mail_accept.DESK}\r\n"
            f"Subject: A large file, {number}\r\nMessage-ID: <large.{number}@acme.example>\r\n"
            "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=edge\r\n\r\n"
            "--edge\r\nContent-Type: text/plain\r\n\r\nHere it is.\r\n"
            "--edge\r\nContent-Type: application/octet-stream\r\n"
            "Content-Disposition: attachment; filename=picture.raw\r\n"
            "Content-Transfer-Encoding: base64\r\n\r\n"
        ).encode()
        + file
        + b"--edge--\r\n"
    )


def send_small(port: int, spans: list[float | None], is_done: threading.Event) -> None:
    number = 0
    while not is_done.is_set():
        began = perf_counter()
        spans.append(mail_accept.send(port, mail_accept.written(0, SMALL_PER_S, number), began))
        number += 1
        sleep(max(0.0, began + 1 / SMALL_PER_S - perf_counter()))


def until_filed() -> None:
    from commondesk.intake.models import RawMail

    large = RawMail.objects.filter(size__gt=FILE_SIZE)
    end = perf_counter() + FILED_WITHIN_SECONDS
    while large.filter(state=RawMail.State.FILED).count() < LARGE:
        assert perf_counter() < end, list(large.values_list("state", "reason"))
        sleep(0.2)


class Peaks(threading.Thread):
    """Looks at the memory of processes and their children, many times a second."""

    def __init__(self, processes: dict[str, int]) -> None:
        super().__init__(daemon=True)
        self.processes = processes
        self.most: dict[str, float] = {}
        self._is_ending = threading.Event()

    def run(self) -> None:
        while not self._is_ending.wait(0.02):
            for name, pid in self.processes.items():
                self._note(name, pid)
                for child in children_of(pid):
                    self._note(f"{name}_child", child)

    def stop(self) -> None:
        self._is_ending.set()
        self.join()

    def now(self, name: str) -> float:
        return resident_mb(self.processes[name])

    def _note(self, name: str, pid: int) -> None:
        self.most[name] = max(self.most.get(name, 0.0), resident_mb(pid))


def resident_mb(pid: int) -> float:
    """0 for a process that is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    lines = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(lines[0].split()[1]) / 1024 if lines else 0.0


def children_of(pid: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(each) for task in tasks for each in (task / "children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


if __name__ == "__main__":
    main()
