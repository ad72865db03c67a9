"""What it costs to make a kept mail a visible ticket, with as many tickets there already.

Prints one JSON line. `--tickets 1000 10000` measures fewer sizes than the usual three, `--mails
300` fewer mails at each. Measured is the whole way behind the 250: taking up, reading by the child,
check of the sender, ticket, record, rows, acknowledgement ready to go. The CPU is that of all our
processes together: this one, the child, and with PostgreSQL the server's part
(COMMONDESK_BENCH_DATABASE_URL names an empty database). The tickets before are real ones: events in
a sound chain, words, rows, mails and people of years before. A name server on loopback answers.
"""

import argparse
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from email.policy import SMTP
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

sys.path[0] = str(Path(__file__).resolve().parent.parent)

if TYPE_CHECKING:
    from commondesk.core.record.draft import Draft

TICKETS = [1_000, 50_000, 500_000]
MAILS = 600
WARMING = 50
TO_REACH_CPU_MS = 10.0
TO_REACH_PER_SECOND = 150.0
BATCH = 2_000
WORDS_SECONDS = 1.0
"""As often as the worker's chore, words are made findable."""
PEOPLE = 2_000
OPEN_SHARE = 0.02
DESK = "support@acme.example"
PEER = "192.0.2.1"
RECORDS = {"acme.example": f"v=spf1 ip4:{PEER} -all", "_dmarc.acme.example": "v=DMARC1; p=reject"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, nargs="+", default=TICKETS)
    parser.add_argument("--mails", type=int, default=MAILS)
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--name-server", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.name_server:
        answer_names()
    elif args.child:
        print(json.dumps(figures_of(args.tickets[0], args.mails)))
    else:
        sizes = [measured(size, args.mails) for size in args.tickets]
        to_reach = {"cpu_ms_a_mail": TO_REACH_CPU_MS, "mails_per_s": TO_REACH_PER_SECOND}
        load = [round(each, 2) for each in os.getloadavg()]
        told = {"benchmark": "mail_in", "to_reach": to_reach, "load": load, "sizes": sizes}
        print(json.dumps(told))


def measured(tickets: int, mails: int) -> dict[str, Any]:
    """The figures of one size, taken by a process of its own, as settings are read once."""
    command = [sys.executable, __file__]
    with tempfile.TemporaryDirectory(prefix="commondesk-bench-") as folder:
        names = subprocess.Popen([*command, "--name-server"], stdout=subprocess.PIPE, text=True)
        assert names.stdout is not None
        surroundings = {
            **os.environ,
            "COMMONDESK_DATA": folder,
            "COMMONDESK_LOG": "ERROR",
            "COMMONDESK_DNS": names.stdout.readline().strip(),
            "DJANGO_SETTINGS_MODULE": "commondesk.site.settings",
        }
        surroundings.pop("COMMONDESK_DATABASE_URL", None)
        if url := os.environ.get("COMMONDESK_BENCH_DATABASE_URL"):
            surroundings["COMMONDESK_DATABASE_URL"] = url
        asked = ["--child", "--tickets", str(tickets), "--mails", str(mails)]
        try:
            done = subprocess.run(
                [*command, *asked], env=surroundings, check=True, stdout=subprocess.PIPE
            )
        finally:
            names.kill()
            names.wait()
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


# ---- measuring ----------------------------------------------------------------------------


def figures_of(tickets: int, mails: int) -> dict[str, Any]:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, skip_checks=True)
    from commondesk.desk.models import OutgoingMail, TicketRow

    began = time.perf_counter()
    company, people = found()
    fill(company, people, tickets)
    building = time.perf_counter() - began
    before = TicketRow.objects.count(), OutgoingMail.objects.count()
    figures = file_some(company, people, mails)
    opened = TicketRow.objects.count() - before[0]
    assert opened == mails + WARMING, f"{opened} tickets of {mails} mails"
    return {
        "tickets": tickets,
        "mails": mails,
        **figures,
        "acknowledged": OutgoingMail.objects.count() - before[1] - WARMING,
        "building_s": round(building, 1),
    }


def file_some(company: UUID, people: "People", count: int) -> dict[str, float]:
    from commondesk.intake.filer import Line
    from commondesk.ledger.collecting import collect_seldom

    line = Line()
    collect_seldom()
    keep(company, people, WARMING, "warming up")
    index_beside(line.move)
    keep(company, people, count, "measured")
    began, cpu = time.perf_counter(), cpu_of_all()
    indexing = index_beside(line.move)
    spent = {name: after - cpu.get(name, 0.0) for name, after in cpu_of_all().items()}
    seconds = time.perf_counter() - began
    line.stop()
    return {
        "cpu_ms_a_mail": round(sum(spent.values()) / count * 1000, 2),
        **{f"{name}_cpu_ms_a_mail": round(each / count * 1000, 2) for name, each in spent.items()},
        "indexing_cpu_ms_a_mail": round(indexing / count * 1000, 2),
        "mails_per_s": round(count / seconds, 1),
    }


def index_beside(move: Callable[[], bool]) -> float:
    """Move on until nothing is left, all words findable; the seconds that those took, of all."""
    from commondesk.desk import search

    spent, indexed_at, is_moving = 0.0, time.monotonic(), True
    while is_moving:
        is_moving = move()
        if not is_moving or time.monotonic() - indexed_at >= WORDS_SECONDS:
            began = time.thread_time()
            search.catch_up()
            spent, indexed_at = spent + time.thread_time() - began, time.monotonic()
    return spent


def keep(company: UUID, people: "People", count: int, what: str) -> None:
    """Mails as the receiver leaves them, from the people of the company."""
    from commondesk.intake import raw_files
    from commondesk.intake.models import RawMail
    from commondesk.ledger.now import instant_now

    rows = []
    for number in range(count):
        sender = people.addresses[number % len(people.addresses)]
        raw = written(sender, f"{what} {number}")
        sha256 = raw_files.keep(raw)
        rows.append(
            RawMail(
                sha256=sha256,
                scope=str(company),
                company=company,
                received_at=instant_now(),
                next_attempt_at=instant_now(),
                path=raw_files.place_of(sha256),
                size=len(raw),
                envelope_from=sender,
                envelope_to=[DESK],
                peer=PEER,
                helo="mx.acme.example",
            )
        )
    RawMail.objects.bulk_create(rows)


def written(sender: str, what: str) -> bytes:
    mail = EmailMessage()
    mail["From"] = f"{sender.partition('@')[0].title()} <{sender}>"
    mail["To"], mail["Subject"] = DESK, f"The printer makes a noise: {what}"
    mail["Message-ID"] = f"<{uuid.uuid4()}@acme.example>"
    mail.set_content("The printer on the second floor makes a noise.\n" * 20)
    mail.add_alternative("<p>The printer <b>makes a noise</b>.</p>" * 20, subtype="html")
    return mail.as_bytes(policy=SMTP)


def cpu_of_all() -> dict[str, float]:
    """The seconds of each process so far, by what it is."""
    from django.db import connection

    # A child is replaced after some thousand mails: what those before it took counts as well.
    ended = os.times().children_user + os.times().children_system
    spent = {"filer": time.process_time(), "child": ended + sum(map(cpu_of, children()))}
    if connection.vendor == "postgresql":
        connection.ensure_connection()
        spent["database"] = cpu_of(connection.connection.info.backend_pid)
    return spent


def children() -> list[int]:
    tasks = Path("/proc/self/task").glob("*/children")
    return [int(pid) for task in tasks for pid in task.read_text().split()]


def cpu_of(pid: int) -> float:
    """User and system time of a process that runs."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# ---- the desk as it was before ------------------------------------------------------------


class People:
    """The cast: many who ask, one who works."""

    def __init__(self, uuids: list[str], addresses: list[str], agent: str) -> None:
        self.uuids, self.addresses, self.agent = uuids, addresses, agent


def found() -> tuple[UUID, People]:
    from commondesk.accounts import setup
    from commondesk.accounts.models import Membership, Person
    from commondesk.core.record.instant import parse_instant
    from commondesk.intake import mailboxes

    company, founder = setup.found_company(
        at=parse_instant("2024-01-08T08:00Z"),
        title="Acme",
        person_title="Fiona Founder",
        address="fiona@acme.example",
        password="a long and quiet word",  # noqa: S106 - a company that lives for minutes
        zone="Europe/London",
    )
    mailboxes.add(company.uuid, DESK)
    people = Person.objects.bulk_create(
        [Person(title=f"Person {each}", address=f"p{each}@acme.example") for each in range(PEOPLE)]
    )
    Membership.objects.bulk_create(
        [
            Membership(
                company=company, person=each, side="requester", roles=["requester"], proven_at=1
            )
            for each in people
        ]
    )
    uuids = [str(each.uuid) for each in people]
    return company.uuid, People(uuids, [str(each.address) for each in people], str(founder.uuid))


def fill(company: UUID, people: People, count: int) -> None:
    """Write the record of so many tickets, make their rows from it, and the mails they came by."""
    from django.db import connection, transaction

    from commondesk.desk import projections, search
    from commondesk.ledger import memory, store

    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=OFF")
    numbers = iter(range(count))
    while some := list(islice(numbers, BATCH)):
        with transaction.atomic(), memory.remembering():
            streams = [str(uuid.uuid4()) for _ in some]
            drafts = list(drafts_of(company, people, some, streams))
            known = dict.fromkeys(streams, 0)
            at = drafts[-1].happened_at
            recorded = store.append(company, drafts, learnt_at=at, known=known)
            projections.follow(company, recorded, dict.fromkeys(streams, ()))
            insert_mails(company, people, some, streams)
        search.catch_up()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA synchronous=FULL")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def begun_at(number: int) -> int:
    from commondesk.core.record.instant import MINUTE, parse_instant

    return parse_instant("2024-01-08T09:00Z") + number * 2 * MINUTE


def drafts_of(
    company: UUID, people: People, numbers: list[int], streams: list[str]
) -> Iterator["Draft"]:
    from commondesk.core.record import events as e
    from commondesk.core.record.draft import Draft
    from commondesk.core.record.event import Actor, Side
    from commondesk.core.record.instant import HOUR, MINUTE
    from commondesk.governance.models import CharterVersion
    from commondesk.ledger import words

    charter = CharterVersion.objects.get(company=company).uuid
    texts = [
        each
        for number, stream in zip(numbers, streams, strict=True)
        for each in words_of(number, stream)
    ]
    refs = iter(words.keep_many(company, texts))
    agent, mail = Actor(people.agent, Side.COMPANY), e.Channel.MAIL
    for number, stream in zip(numbers, streams, strict=True):
        subject, text, answer = islice(refs, 3)
        requester = Actor(people.uuids[number % PEOPLE], Side.REQUESTER)
        opened = e.TicketOpened(
            number + 1001, requester.id, mail, e.Kind.INCIDENT, subject, charter=charter
        )
        story = [
            (requester, opened, 0),
            (requester, e.MessageReceived(f"{stream}-1", requester.id, mail, text), 0),
            (agent, e.MessageWritten(f"{stream}-2", (requester.id,), answer), 20 * MINUTE),
            (agent, e.MessageDelivered(f"{stream}-2", mail), 21 * MINUTE),
        ]
        if number % round(1 / OPEN_SHARE):
            story += [
                (agent, e.TicketResolved(), 5 * HOUR),
                (requester, e.TicketClosed(), 6 * HOUR),
            ]
        for actor, body, after in story:
            yield Draft(stream, begun_at(number) + after, actor, body)


def words_of(number: int, stream: str) -> list[tuple[str, str, str]]:
    return [
        (stream, "subject", f"The printer on floor {number} is out of toner"),
        (stream, "message", "Good morning,\nthe printer has stopped again. " * 4),
        (stream, "message", "We are on our way.\nThe desk"),
    ]


def insert_mails(company: UUID, people: People, numbers: list[int], streams: list[str]) -> None:
    """The mail that each ticket came by, and the one that answered it."""
    from commondesk.desk.models import MailRef, NumberCounter, OutgoingMail
    from commondesk.intake.models import RawMail
    from commondesk.ledger import tables

    raw, refs, sent = [], [], []
    for number, stream in zip(numbers, streams, strict=True):
        at, address = begun_at(number), people.addresses[number % PEOPLE]
        own = {"company": company, "ticket": UUID(stream)}
        ids = f"<{number}.in@acme.example>", f"<{random.randbytes(16).hex()}@acme.example>"
        raw.append(
            own
            | {
                "uuid": uuid.uuid4(),
                "sha256": random.randbytes(32).hex(),
                "scope": str(company),
                "received_at": at,
                "size": 2000,
                "envelope_from": address,
                "envelope_to": [DESK],
                "state": "filed",
                "reason": "A new matter.",
                "attempts": 1,
                "sender": address,
                "message": f"{stream}-1",
                "acknowledged_at": at,
            }
        )
        for key, message_id in enumerate(ids, 1):
            ref = {"message_id": message_id, "message": f"{stream}-{key}", "emitted": key == 2}
            refs.append(own | ref)
        letter = {"mail_from": DESK, "envelope_to": [address], "message_id": ids[1]}
        state = {"state": "sent", "content": b"x" * 500, "attempts": 1}
        times = {"next_attempt_at": at, "created_at": at, "sent_at": at}
        sent.append(own | {"message": f"{stream}-2"} | letter | state | times)
    tables.insert(RawMail, raw)
    tables.insert(MailRef, refs)
    tables.insert(OutgoingMail, sent)
    NumberCounter.objects.update_or_create(company=company, defaults={"last": numbers[-1] + 1001})


# ---- the name server ----------------------------------------------------------------------


def answer_names() -> None:
    """Tell the port, and then what the senders' domain says of its mail."""
    import dns.flags
    import dns.message
    import dns.rrset

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        print(f"127.0.0.1:{server.getsockname()[1]}", flush=True)
        while True:
            asked, whom = server.recvfrom(4096)
            query = dns.message.from_wire(asked)
            answer = dns.message.make_response(query)
            name, kind = query.question[0].name, query.question[0].rdtype
            text = RECORDS.get(name.to_text(omit_final_dot=True))
            if text and kind == dns.rdatatype.TXT:
                answer.answer.append(dns.rrset.from_text(name, 3600, "IN", "TXT", f'"{text}"'))
            server.sendto(answer.to_wire(), whom)


if __name__ == "__main__":
    main()
