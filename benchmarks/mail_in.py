"""How many mails a second are accepted and filed on this machine, with SQLite.

Run as `python benchmarks/mail_in.py`; prints one JSON line. Accepted: over SMTP on loopback, one
connection a mail, four senders in a process of their own, 250 only once bytes and row are on disk.
Filed: from the kept bytes to the visible ticket with its acknowledgement in the outbox. Each step
asks ten times as much as the one before, so that growth can be seen.
"""

import json
import os
import resource
import smtplib
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from time import perf_counter, process_time

sys.path[0] = str(Path(__file__).resolve().parent.parent)

ACCEPTED = (30, 300, 3000)
FILED = (30, 300)
SENDERS = 4
DESK = "support@acme.example"


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="commondesk-bench-") as folder:
        prepare(folder)
        figures = {**accepted(), **filed()}
        parse_stop()
    print(json.dumps({"benchmark": "mail_in", **{k: round(v, 4) for k, v in figures.items()}}))


def prepare(folder: str) -> None:
    """An own data folder with one company in it."""
    os.environ["COMMONDESK_DATA"] = folder
    os.environ["COMMONDESK_LOG"] = "ERROR"
    os.environ.pop("COMMONDESK_DATABASE_URL", None)
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


def accepted() -> dict[str, float]:
    from commondesk.intake import receiver
    from commondesk.intake.models import RawMail

    figures: dict[str, float] = {}
    running = receiver.start("127.0.0.1:0", is_filing=False)
    try:
        for count in ACCEPTED:
            before, cpu = RawMail.objects.count(), process_time()
            told = sent_by_others(running.port, count)
            assert RawMail.objects.count() == before + count
            figures[f"accepted_{count}_per_s"] = count / told["seconds"]
            figures[f"accepted_{count}_p95_ms"] = told["p95_ms"]
            figures[f"accepted_{count}_cpu_ms_a_mail"] = (process_time() - cpu) / count * 1000
            figures[f"accepted_{count}_sender_cpu_ms_a_mail"] = told["cpu"] / count * 1000
    finally:
        running.stop()
    return figures


def filed() -> dict[str, float]:
    from commondesk.desk.models import TicketRow
    from commondesk.intake import actions
    from commondesk.ledger.now import instant_now

    figures: dict[str, float] = {}
    for count in FILED:
        before, began, cpu = TicketRow.objects.count(), perf_counter(), cpu_of_all()
        while TicketRow.objects.count() - before < count:
            assert actions.file_waiting(instant_now())
        done = TicketRow.objects.count() - before
        figures[f"filed_{count}_per_s"] = done / (perf_counter() - began)
        figures[f"filed_{count}_cpu_ms_a_mail"] = (cpu_of_all() - cpu) / done * 1000
    return figures


def cpu_of_all() -> float:
    """Ours; the child that reads mails is told only once it ended, so it is left out."""
    return process_time()


def parse_stop() -> None:
    from commondesk.intake import parse

    parse.stop()


# ---- the senders --------------------------------------------------------------------------


def sent_by_others(port: int, count: int) -> dict[str, float]:
    command = [sys.executable, __file__, "--send", str(port), str(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


def send_all(port: int, count: int) -> None:
    mails = [written(count, number) for number in range(count)]
    began = perf_counter()
    with ThreadPoolExecutor(SENDERS) as senders:
        spans = sorted(senders.map(lambda mail: send(port, mail), mails))
    usage = resource.getrusage(resource.RUSAGE_SELF)
    answer = {
        "seconds": perf_counter() - began,
        "p95_ms": spans[int(len(spans) * 0.95)] * 1000,
        "cpu": usage.ru_utime + usage.ru_stime,
    }
    print(json.dumps(answer))


def send(port: int, mail: bytes) -> float:
    began = perf_counter()
    with smtplib.SMTP("127.0.0.1", port, timeout=60) as server:
        server.sendmail("rita@acme.example", [DESK], mail)
    return perf_counter() - began


def written(count: int, number: int) -> bytes:
    mail = EmailMessage()
    mail["From"] = f"Requester {number} <r{number % 500}@acme.example>"
    mail["To"], mail["Subject"] = DESK, f"Matter {number} of {count}"
    mail["Message-ID"] = f"<{count}.{number}@acme.example>"
    mail.set_content("The printer on the second floor makes a noise.\n" * 20)
    mail.add_alternative("<p>The printer <b>makes a noise</b>.</p>" * 20, subtype="html")
    return mail.as_bytes(policy=SMTP)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--send"]:
        send_all(int(sys.argv[2]), int(sys.argv[3]))
    else:
        main()
