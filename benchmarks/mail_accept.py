"""How fast mail is accepted on this machine, one connection a mail, with SQLite.

Run as `python benchmarks/mail_accept.py`; prints one JSON line. `commondesk receive` runs as a real
process; the senders are a process of their own with plain sockets, and its processor time is named.
A 250 comes only once the bytes, their folder and their row are on disk (synchronous=FULL).
Unpaced: 30, 300 and 3000 mails by four senders. Paced: so many mails each second, whatever the
answers take; the time counts from when a mail was due.
"""

import argparse
import contextlib
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter, sleep

sys.path[0] = str(Path(__file__).resolve().parent.parent)

UNPACED = (30, 300, 3000)
PACED_PER_S = 100
PACED_SECONDS = 10
SENDERS = 4
DESK = "support@acme.example"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--send", nargs=3, type=int, metavar=("PORT", "COUNT", "PER_S"))
    args = parser.parse_args()
    if args.send:
        send_all(*args.send)
        return
    with tempfile.TemporaryDirectory(prefix="commondesk-bench-") as folder:
        prepare(folder)
        with receiving() as (process, port):
            figures = measured(process.pid, port)
    told = {"benchmark": "mail_accept", **{k: round(v, 3) for k, v in figures.items()}}
    print(json.dumps(told))


def prepare(folder: str) -> None:
    """An own data folder with one company in it."""
    os.environ["COMMONDESK_DATA"] = folder
    os.environ["COMMONDESK_LOG"] = "ERROR"
    os.environ.pop("COMMONDESK_DATABASE_URL", None)
    os.environ["COMMONDESK_RECEIVER"] = f"127.0.0.1:{free_port()}"
    os.environ["DJANGO_SETTINGS_MODULE"] = "commondesk.site.settings"
    import django

    django.setup()
    from django.core.management import call_command

    from commondesk.accounts import setup
    from commondesk.ledger.now import instant_now

    call_command("migrate", verbosity=0, skip_checks=True)
    setup.found_company(
        at=instant_now(),
        title="Acme",
        person_title="Fiona Founder",
        address="fiona@acme.example",
        password="a long and quiet word",  # noqa: S106 - a company that lives for minutes
        zone="Europe/London",
    )


@contextlib.contextmanager
def receiving() -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """`commondesk receive` as a process of its own."""
    port = int(os.environ["COMMONDESK_RECEIVER"].rpartition(":")[2])
    process = subprocess.Popen([sys.executable, "-m", "commondesk.cli", "receive"])
    try:
        until_it_answers(port)
        yield process, port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def until_it_answers(port: int) -> None:
    end = perf_counter() + 60
    while perf_counter() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 5) as line:
            if line.recv(3) == b"220":
                return
        sleep(0.05)
    raise RuntimeError("the receiver does not answer")


def measured(pid: int, port: int) -> dict[str, float]:
    from commondesk.intake.models import RawMail

    figures: dict[str, float] = {}
    runs = [(f"unpaced_{count}", count, 0) for count in UNPACED]
    runs.append((f"paced_{PACED_PER_S}_per_s", PACED_PER_S * PACED_SECONDS, PACED_PER_S))
    for name, count, per_s in runs:
        before, cpu = RawMail.objects.count(), cpu_of(pid)
        told = sent_by_others(port, count, per_s)
        accepted = RawMail.objects.count() - before
        assert accepted == told["accepted"], "each 250 is a row"
        figures[f"{name}_refused"] = count - accepted
        figures[f"{name}_accepted_per_s"] = count / told["seconds"]
        figures[f"{name}_p50_ms"] = told["p50_ms"]
        figures[f"{name}_p95_ms"] = told["p95_ms"]
        figures[f"{name}_cpu_ms_a_mail"] = (cpu_of(pid) - cpu) / count * 1000
        figures[f"{name}_senders_cpu_ms_a_mail"] = told["cpu"] / count * 1000
    return figures


def cpu_of(pid: int) -> float:
    """Seconds of processor time of a process, its threads included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


# ---- the senders --------------------------------------------------------------------------


def sent_by_others(port: int, count: int, per_s: int) -> dict[str, float]:
    command = [sys.executable, __file__, "--send", str(port), str(count), str(per_s)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


def send_all(port: int, count: int, per_s: int) -> None:
    mails = [written(count, per_s, number) for number in range(count)]
    began_cpu, began = cpu_of_us(), perf_counter()
    if per_s:
        spans = sent_at_pace(port, mails, per_s)
    else:
        with ThreadPoolExecutor(SENDERS) as senders:
            spans = list(senders.map(lambda mail: send(port, mail, perf_counter()), mails))
    told = sorted(span for span in spans if span is not None)
    answer = {
        "accepted": len(told),
        "seconds": perf_counter() - began,
        "p50_ms": told[len(told) // 2] * 1000,
        "p95_ms": told[int(len(told) * 0.95)] * 1000,
        "cpu": cpu_of_us() - began_cpu,
    }
    print(json.dumps(answer))


def sent_at_pace(port: int, mails: list[bytes], per_s: int) -> list[float | None]:
    spans: list[float | None] = []
    threads = []
    began = perf_counter()
    for number, mail in enumerate(mails):
        due = began + number / per_s
        sleep(max(0.0, due - perf_counter()))
        thread = threading.Thread(target=lambda m=mail, d=due: spans.append(send(port, m, d)))
        thread.start()
        threads.append(thread)
    for thread in threads:
        thread.join()
    return spans


def send(port: int, mail: bytes, due: float) -> float | None:
    """One mail over one connection; the time until its 250, or None where it was refused."""
    try:
        return span_of(port, mail, due)
    except (OSError, AssertionError):
        return None


def span_of(port: int, mail: bytes, due: float) -> float:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        said(line, None, b"220")
        said(line, b"EHLO mx.acme.example\r\n", b"250")
        said(line, b"MAIL FROM:<rita@acme.example>\r\n", b"250")
        said(line, b"RCPT TO:<" + DESK.encode() + b">\r\n", b"250")
        said(line, b"DATA\r\n", b"354")
        said(line, mail + b".\r\n", b"250")
        span = perf_counter() - due
        line.sendall(b"QUIT\r\n")
    return span


def said(line: socket.socket, command: bytes | None, expected: bytes) -> None:
    if command:
        line.sendall(command)
    answer = b""
    while not answer.endswith(b"\r\n"):
        some = line.recv(4096)
        assert some, answer
        answer += some
    assert answer.startswith(expected), answer


def cpu_of_us() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def written(count: int, per_s: int, number: int) -> bytes:
    """A mail of two kilobytes."""
    return (
        f"From: Requester {number} <r{number % 500}@acme.example>\r\nTo: {DESK}\r\n"
        f"Subject: Matter {number} of {count}\r\n"
        f"Message-ID: <{per_s}.{count}.{number}@acme.example>\r\n\r\n"
        + "The printer on the second floor makes a noise.\r\n"
        * 40
    ).encode()


if __name__ == "__main__":
    main()
