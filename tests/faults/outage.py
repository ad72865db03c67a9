"""A next mail server that is away for an hour while 5,000 mails wait (FLT-09).

`python -m tests.faults.outage [--mails 5000]`: the real outbox and a real database, by a clock of
its own. A quarter of an hour each, the server refuses the connection, answers 451, breaks the line
before it took a mail, and after. In the end every mail is sent or told of as refused for good, in
the order of its ticket, and no mail came more often than the line broke after it was taken.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import resource
import socketserver
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

MAILS_A_TICKET = 5
PHASES = ("refuse", "later", "drop_before", "drop_after")
# One requester in a hundred has an address that is refused for good.
REFUSED_EACH = 100
LONGEST_DRAIN_HOURS = 3


@dataclass
class NextServer:
    """A mail server that misbehaves on command. It knows each mail by its Message-ID."""

    how: str = "well"
    taken: list[str] = field(default_factory=list)
    breaks_after_taking: int = 0
    refusals: Counter[str] = field(default_factory=Counter)
    port: int = 0
    _server: socketserver.ThreadingTCPServer | None = None

    def open(self) -> None:
        owner = self

        class Handler(Dialogue):
            desk = owner

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True
            request_queue_size = 64

        self._server = Server(("127.0.0.1", self.port), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def become(self, how: str) -> None:
        self.how = how
        if how == "refuse":
            self.close()
        elif self._server is None:
            self.open()


class Dialogue(socketserver.StreamRequestHandler):
    desk: NextServer
    disable_nagle_algorithm = True

    def handle(self) -> None:
        self._say("220 ready")
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word == b"DATA":
                self._say("354 go on")
                if not self._take():
                    return
            elif word == b"RCPT" and b"@refused." in line:
                self.desk.refusals["550"] += 1
                self._say("550 5.1.1 no such person")
            elif word == b"QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _take(self) -> bool:
        """False where the line is to break."""
        name = ""
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            if line.lower().startswith(b"message-id:"):
                name = line.partition(b":")[2].strip().decode()
        how = self.desk.how
        if how == "later":
            self.desk.refusals["451"] += 1
            self._say("451 4.3.0 later, please")
            return True
        if how == "drop_before":
            return False
        self.desk.taken.append(name)
        if how == "drop_after":
            self.desk.breaks_after_taking += 1
            return False
        self._say("250 taken")
        return True

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=5000)
    args = parser.parse_args()
    server = NextServer()
    server.open()
    with tempfile.TemporaryDirectory(prefix="commondesk-faults-") as folder:
        prepare(folder, server.port)
        figures = away_for_an_hour(server, args.mails)
    server.close()
    print(json.dumps(figures))
    return 0 if figures["is_well"] else 1


def prepare(folder: str, port: int) -> None:
    os.environ["COMMONDESK_DATA"] = folder
    os.environ["COMMONDESK_LOG"] = "ERROR"
    os.environ["COMMONDESK_SMTP_URL"] = f"smtp://127.0.0.1:{port}"
    os.environ.pop("COMMONDESK_DATABASE_URL", None)
    os.environ["DJANGO_SETTINGS_MODULE"] = "commondesk.site.settings"
    import django

    django.setup()
    logging.disable(logging.WARNING)

    from tests.faults import desk

    desk.found()


def away_for_an_hour(server: NextServer, mails: int) -> dict[str, object]:
    from commondesk.core.record.instant import HOUR
    from commondesk.desk.models import OutgoingMail

    at = queued(mails)
    order = dict(OutgoingMail.objects.order_by("id").values_list("message_id", "ticket"))
    began, memory = time.monotonic(), memory_mb()
    for how in PHASES:
        server.become(how)
        at = passed(at, HOUR // len(PHASES))
    away_seconds = time.monotonic() - began
    tries = Counter(OutgoingMail.objects.values_list("attempts", flat=True))
    server.become("well")
    began, back_at = time.monotonic(), at
    while unfinished() and at < back_at + LONGEST_DRAIN_HOURS * HOUR:
        at = passed(at, HOUR // 60)
    told = outcome(server, order)
    told |= {
        "fault": "mail_server_away",
        "queued": len(order),
        "most_tries_while_away": max(tries),
        "seconds_away": round(away_seconds, 1),
        "seconds_to_drain": round(time.monotonic() - began, 1),
        "minutes_to_drain_by_its_clock": round((at - back_at) / HOUR * 60),
        "memory_peak_mb": memory_mb(),
        "memory_grew_mb": memory_mb() - memory,
    }
    told["is_well"] = (
        told["unfinished"] == 0
        and told["sent"] == told["reached"]
        and int(str(told["sent"])) + int(str(told["failed"])) == len(order)
        and told["failed"] == told["told_on_their_tickets"]
        and told["out_of_order"] == 0
        and int(str(told["came_again"])) <= int(str(told["breaks_after_taking"]))
    )
    return told


def queued(mails: int) -> int:
    """Tickets with an acknowledgement and replies, all waiting; the instant after."""
    from django.db import transaction

    from commondesk.accounts import directory
    from commondesk.accounts.models import Company, Person
    from commondesk.core.record.event import Actor, Side
    from commondesk.core.record.events import Channel
    from commondesk.core.record.instant import SECOND
    from commondesk.desk import actions
    from commondesk.ledger.now import instant_now

    at, company = instant_now(), Company.objects.get().uuid
    agent = Actor(str(Person.objects.get(address="fiona@acme.example").uuid), Side.PROVIDER)
    machine = Actor("intake", Side.MACHINE)

    @transaction.atomic
    def open_and_answer(number: int, at: int) -> None:
        house = "refused" if number % REFUSED_EACH == 0 else "home"
        rita = directory.person_for_address(
            company, f"rita{number}@{house}.example", "Rita", at=at, actor=machine
        )
        ticket = actions.open_ticket(
            company=company,
            at=at,
            actor=machine,
            requester=rita.uuid,
            channel=Channel.MAIL,
            subject=f"Matter {number}",
            text="The printer is dark.",
            acknowledged=rita,
        )
        for reply in range(1, MAILS_A_TICKET):
            later = at + reply * SECOND
            actions.reply(company, ticket, at=later, actor=agent, text=f"Answer {reply}.")

    for number in range(mails // MAILS_A_TICKET):
        open_and_answer(number, at)
    return at + MAILS_A_TICKET * SECOND


def passed(at: int, span: int) -> int:
    """Look once a second, as the worker does."""
    from commondesk.core.record.instant import SECOND
    from commondesk.desk import outbox

    end = at + span
    while at < end:
        outbox.send_due(at, clock=partial(int, at))
        at += SECOND
    return at


def unfinished() -> int:
    from commondesk.desk.models import OutgoingMail

    return OutgoingMail.objects.filter(state__in=("queued", "sending")).count()


def outcome(server: NextServer, order: dict[str, UUID]) -> dict[str, object]:
    from commondesk.desk.models import MessageRow, OutgoingMail

    states = Counter(OutgoingMail.objects.values_list("state", flat=True))
    firsts = list(dict.fromkeys(server.taken))
    return {
        "sent": states["sent"],
        "failed": states["failed"],
        "unfinished": unfinished(),
        "reached": len(firsts),
        "told_on_their_tickets": MessageRow.objects.exclude(bounced="").count(),
        "out_of_order": out_of_order(firsts, order),
        "came_again": len(server.taken) - len(firsts),
        "most_copies_of_one": max(Counter(server.taken).values()),
        "breaks_after_taking": server.breaks_after_taking,
        "answers_later": server.refusals["451"],
    }


def out_of_order(firsts: list[str], order: dict[str, UUID]) -> int:
    """Mails that arrived before an earlier one of their ticket."""
    places = {name: place for place, name in enumerate(order)}
    latest: dict[UUID, int] = {}
    count = 0
    for name in firsts:
        ticket = order[name]
        count += places[name] < latest.get(ticket, -1)
        latest[ticket] = max(places[name], latest.get(ticket, -1))
    return count


def memory_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    sys.exit(main())
