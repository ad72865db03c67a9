"""How fast the desk's rows, clocks included, are made anew from the record.

Prints one JSON line. `--events 10000 100000` measures fewer than the usual three sizes.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from commondesk.core.record.draft import Draft
    from commondesk.core.record.event import WordsRef

SIZES = [10_000, 100_000, 1_000_000]
EVENTS_A_TICKET = 10
BATCH = 1_000
REQUESTERS = 500
AGENTS = 20
TO_REACH_SECONDS = 40.0
BETWEEN_TICKETS = 7  # minutes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, nargs="+", default=SIZES)
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        print(json.dumps(figures_of(args.events[0])))
        return
    figures = [measured(size) for size in args.events]
    print(json.dumps({"benchmark": "replay", "to_reach_1M": TO_REACH_SECONDS, "sizes": figures}))


def measured(events: int) -> dict[str, float]:
    """The figures of one size, taken by a process of its own, as settings are read once."""
    with tempfile.TemporaryDirectory(prefix="commondesk-bench-") as folder:
        surroundings = {
            **os.environ,
            "COMMONDESK_DATA": folder,
            "DJANGO_SETTINGS_MODULE": "commondesk.site.settings",
        }
        surroundings.pop("COMMONDESK_DATABASE_URL", None)
        command = [sys.executable, __file__, "--child", "--events", str(events)]
        answer = subprocess.run(command, env=surroundings, check=True, stdout=subprocess.PIPE)
    return {name: float(value) for name, value in json.loads(answer.stdout).items()}


def figures_of(events: int) -> dict[str, float]:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, skip_checks=True)
    from commondesk.desk import projections
    from commondesk.desk.models import TicketRow

    company = fill(events)
    began = time.perf_counter()
    count = projections.rebuild(company)
    replay = time.perf_counter() - began
    assert count == TicketRow.objects.filter(company=company).count()
    began = time.perf_counter()
    assert projections.differences(company) == []
    check = time.perf_counter() - began
    return {
        "events": events,
        "tickets": count,
        "replay_seconds": round(replay, 2),
        "events_a_second": round(events / replay),
        "check_seconds": round(check, 2),
    }


def fill(events: int) -> UUID:
    from django.db import transaction

    from commondesk.ledger import store

    company, people = found()
    numbers = iter(range(events // EVENTS_A_TICKET))
    while some := list(islice(numbers, BATCH)):
        with transaction.atomic():
            drafts = list(drafts_of(company, people, some))
            store.append(company, drafts, learnt_at=drafts[-1].happened_at)
    return company


def found() -> tuple[UUID, list[str]]:
    from commondesk.accounts import setup
    from commondesk.accounts.models import Membership, Person
    from commondesk.core.record.instant import parse_instant

    company, _ = setup.found_company(
        at=parse_instant("2025-01-06T08:00Z"),
        title="Bench",
        person_title="Rita Ferent",
        address="rita@bench.example",
        password="a long and quiet sentence",  # noqa: S106 (of nobody)
        zone="Europe/Berlin",
    )
    people = Person.objects.bulk_create(
        [Person(title=f"Person {number}") for number in range(REQUESTERS + AGENTS)]
    )
    Membership.objects.bulk_create(
        [Membership(company=company, person=each, side="requester") for each in people]
    )
    return company.uuid, [str(each.uuid) for each in people]


def drafts_of(company: UUID, people: list[str], numbers: list[int]) -> Iterator["Draft"]:
    from commondesk.governance import charters
    from commondesk.governance.models import CharterVersion
    from commondesk.ledger import words

    charter = CharterVersion.objects.get(company=company).uuid
    assert charters.agreement_by_id(company, charter)
    streams = [str(uuid.uuid4()) for _ in numbers]
    texts = [each for stream in streams for each in texts_of(stream)]
    refs = iter(words.keep_many(company, texts))
    for number, stream in zip(numbers, streams, strict=True):
        yield from ticket(number, stream, charter, people, *islice(refs, 4))


def texts_of(stream: str) -> list[tuple[str, str, str]]:
    return [
        (stream, "subject", "The printer on the second floor is out of toner"),
        (stream, "message", "Good morning,\nthe printer has stopped again. " * 10),
        (stream, "message", "We are on our way.\nThe desk"),
        (stream, "note", "Third time this month."),
    ]


def ticket(
    number: int,
    stream: str,
    charter: str,
    people: list[str],
    subject: "WordsRef",
    *texts: "WordsRef",
) -> Iterator["Draft"]:
    from commondesk.core.record import events as e
    from commondesk.core.record.draft import Draft
    from commondesk.core.record.event import Actor, Side
    from commondesk.core.record.instant import HOUR, MINUTE, parse_instant

    requester = Actor(people[number % REQUESTERS], Side.REQUESTER)
    agent = Actor(people[REQUESTERS + number % AGENTS], Side.PROVIDER)
    mail, tier = e.Channel.MAIL, e.Tier.L1
    received, written, note = texts
    start = parse_instant("2025-01-06T09:00Z") + number * BETWEEN_TICKETS * MINUTE
    opened = e.TicketOpened(
        number + 1, requester.id, mail, e.Kind.INCIDENT, subject, charter=charter
    )
    ends = [(agent, e.TicketResolved(), 5 * HOUR), (requester, e.TicketClosed(), 6 * HOUR)]
    if number % 10 == 0:  # one in ten is still open, and waits
        ends = [
            (agent, e.WaitEnded(f"{stream}-3"), 4 * HOUR),
            (agent, e.WaitBegun(f"{stream}-5", e.WaitReason.VENDOR), 5 * HOUR),
        ]
    story = [
        (requester, opened, 0),
        (requester, e.MessageReceived(f"{stream}-1", requester.id, mail, received), 0),
        (agent, e.TicketPrioritised(e.Priority.P3, 3, 2), 10 * MINUTE),
        (agent, e.TicketTaken(agent.id, "L1", tier), 20 * MINUTE),
        (agent, e.MessageWritten(f"{stream}-2", (requester.id,), written), 30 * MINUTE),
        (agent, e.MessageDelivered(f"{stream}-2", mail), 31 * MINUTE),
        (agent, e.WaitBegun(f"{stream}-3", e.WaitReason.REQUESTER), 32 * MINUTE),
        (agent, e.NoteWritten(f"{stream}-4", e.Audience.OWN_TEAM, note), 60 * MINUTE),
        *ends,
    ]
    for actor, body, after in story:
        yield Draft(stream, start + after, actor, body)


if __name__ == "__main__":
    main()
