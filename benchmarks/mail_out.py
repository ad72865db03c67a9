"""How many mails a second are composed, queued and sent on this machine, with SQLite.

Run as `python benchmarks/mail_out.py`; prints one JSON line. Queued: the acknowledgement of a
ticket, from its event to the row in the outbox. Sent: from the outbox to a server on loopback that
takes everything, in a process of its own, each told in the record. Each step asks ten times as much
as the one before, so that growth can be seen.
"""

import json
import os
import socketserver
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter, process_time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from commondesk.desk.models import TicketRow

sys.path[0] = str(Path(__file__).resolve().parent.parent)

QUEUED = (20, 200, 2000)
SENT = (10, 100, 1000)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="commondesk-bench-") as folder:
        prepare(folder)
        figures = {**queued(), **sent()}
    print(json.dumps({"benchmark": "mail_out", **{k: round(v, 4) for k, v in figures.items()}}))


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


def opened(count: int) -> "list[TicketRow]":
    """So many tickets, each of a requester of its own."""
    from commondesk.accounts import directory
    from commondesk.accounts.models import Company
    from commondesk.core.record.event import Actor, Side
    from commondesk.core.record.events import Channel
    from commondesk.desk import actions
    from commondesk.desk.models import TicketRow
    from commondesk.ledger.now import instant_now

    company, made = Company.objects.get(), []
    for number in range(count):
        person = directory.person_for_address(
            company.uuid, f"r{number}@acme.example", f"Requester {number}", at=instant_now()
        )
        made.append(
            actions.open_ticket(
                company=company.uuid,
                at=instant_now(),
                actor=Actor(str(person.uuid), Side.REQUESTER),
                requester=person.uuid,
                channel=Channel.MAIL,
                subject=f"Matter {number} of {count}",
                text="The printer on the second floor makes a noise.\n" * 20,
            )
        )
    return list(TicketRow.objects.filter(uuid__in=made))


def queued() -> dict[str, float]:
    from uuid import uuid4

    from django.db import connection, transaction
    from django.test.utils import CaptureQueriesContext

    from commondesk.core.record.events import MessageWritten
    from commondesk.desk import notify
    from commondesk.desk.models import MailRef, OutgoingMail
    from commondesk.ledger import memory, words
    from commondesk.ledger.now import instant_now

    rows = opened(50)
    figures: dict[str, float] = {}
    for count in QUEUED:
        cpu, began = process_time(), perf_counter()
        with transaction.atomic(), memory.remembering():
            for place in range(count):
                row = rows[place % len(rows)]
                text = notify.acknowledgement_text(row)
                kept = words.keep(row.company, stream=str(row.uuid), kind="message", text=text)
                body = MessageWritten(str(uuid4()), (str(row.requester),), kept)
                notify.queue_message(
                    row.company, row, body, notify.ACKNOWLEDGEMENT, at=instant_now()
                )
                if place == 10:
                    with CaptureQueriesContext(connection) as asked:
                        notify.queue_message(
                            row.company, row, body, notify.ACKNOWLEDGEMENT, at=instant_now()
                        )
                    figures["queued_queries"] = float(len(asked))
            # A thread of thousands of acknowledgements is no thread that anybody has.
            MailRef.objects.all().delete()
        figures[f"queued_{count}_per_s"] = count / (perf_counter() - began)
        figures[f"queued_{count}_cpu_ms_a_mail"] = (process_time() - cpu) / count * 1000
    OutgoingMail.objects.all().delete()
    return figures


def sent() -> dict[str, float]:
    from django.conf import settings

    from commondesk.desk import actions, notify, outbox
    from commondesk.desk.models import OutgoingMail
    from commondesk.ledger.now import instant_now

    figures: dict[str, float] = {}
    command = [sys.executable, __file__, "--take"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as taker:
        assert taker.stdout is not None
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", int(taker.stdout.readline())
        for count in SENT:
            for row in opened(count):
                actions.reply(
                    row.company,
                    row.uuid,
                    at=instant_now(),
                    actor=notify.ACKNOWLEDGEMENT,
                    text="We look.",
                )
            waiting = OutgoingMail.objects.filter(state="queued").count()
            cpu, began = process_time(), perf_counter()
            done = 0
            while done < waiting:
                done += outbox.send_due(instant_now())
            figures[f"sent_{count}_per_s"] = done / (perf_counter() - began)
            figures[f"sent_{count}_cpu_ms_a_mail"] = (process_time() - cpu) / done * 1000
        taker.terminate()
    return figures


# ---- the server that takes everything -----------------------------------------------------


class Taker(socketserver.StreamRequestHandler):
    """Just enough of SMTP, so that the figures are ours."""

    def handle(self) -> None:
        self.say(b"220 here")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"EHLO":
                self.say(b"250-here\r\n250 SIZE 40000000")
            elif verb == b"DATA":
                self.say(b"354 go")
                while self.rfile.readline() not in (b".\r\n", b""):
                    pass
                self.say(b"250 taken")
            else:
                self.say(b"221 bye" if verb == b"QUIT" else b"250 ok")

    def say(self, line: bytes) -> None:
        self.wfile.write(line + b"\r\n")


def take() -> None:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Taker) as server:
        print(server.server_address[1], flush=True)
        server.serve_forever()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--take"]:
        take()
    else:
        main()
