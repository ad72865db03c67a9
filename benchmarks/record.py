"""How fast the record is written, and how fast it is verified: chain alone, and in full.

Prints one JSON line. `--events 10000 100000` measures fewer than the usual three sizes.
"""

import argparse
import json
import os
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from commondesk.core.record.draft import Draft
    from commondesk.core.record.event import WordsRef

SIZES = [10_000, 100_000, 1_000_000]
TICKET = 10
BATCH = 50_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, nargs="+", default=SIZES)
    sizes = parser.parse_args().events
    with tempfile.TemporaryDirectory(prefix="commondesk-bench-") as folder:
        figures = [measured(Path(folder) / str(size), size) for size in sizes]
    print(json.dumps({"benchmark": "record", "sizes": figures}))


def measured(folder: Path, events: int) -> dict[str, float]:
    """The figures of one size, taken by a process of its own, as settings are read once."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        with os.fdopen(write, "w") as out:
            json.dump(figures_of(folder, events), out)
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as answer:
        text = answer.read()
    if os.waitpid(child, 0)[1] != 0:
        sys.exit(f"the measurement of {events} events failed")
    return {name: float(value) for name, value in json.loads(text).items()}


def figures_of(folder: Path, events: int) -> dict[str, float]:
    prepare(folder)
    from commondesk.ledger import verify

    company = uuid.uuid4()
    append, _ = seconds(lambda: fill(company, events))
    quick, quick_cpu = seconds(lambda: check(verify.verify(company, is_quick=True).is_sound))
    full, full_cpu = seconds(lambda: check(verify.verify(company).is_sound))
    size = sum(path.stat().st_size for path in folder.glob("commondesk.sqlite3*"))
    return {
        "events": events,
        "append_seconds": round(append, 2),
        "appended_a_second": round(events / append),
        "chain_seconds": round(quick, 2),
        "chain_cpu_seconds": round(quick_cpu, 2),
        "full_seconds": round(full, 2),
        "full_cpu_seconds": round(full_cpu, 2),
        "bytes_an_event": round(size / events),
    }


def prepare(folder: Path) -> None:
    os.environ["COMMONDESK_DATA"] = str(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "commondesk.site.settings"
    os.environ.pop("COMMONDESK_DATABASE_URL", None)
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", "ledger", verbosity=0, skip_checks=True)


def seconds(work: Callable[[], None]) -> tuple[float, float]:
    """By the clock on the wall, and of the processor: on a busy machine they drift apart."""
    started, worked = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - started, time.process_time() - worked


def check(is_sound: bool) -> None:
    if not is_sound:
        sys.exit("the record of the benchmark does not verify")


def fill(company: UUID, events: int) -> None:
    from django.db import transaction

    from commondesk.ledger import store

    tickets = iter(range(events // TICKET))
    while numbers := list(islice(tickets, BATCH // TICKET)):
        with transaction.atomic():
            drafts = list(drafts_of(company, numbers))
            store.append(company, drafts, learnt_at=drafts[-1].happened_at)


def drafts_of(company: UUID, numbers: list[int]) -> Iterator["Draft"]:
    from commondesk.ledger import words

    streams = [str(uuid.uuid4()) for _ in numbers]
    texts = [each for stream in streams for each in texts_of(stream)]
    refs = iter(words.keep_many(company, texts))
    for number, stream in zip(numbers, streams, strict=True):
        yield from ticket(number, stream, *islice(refs, 4))


def texts_of(stream: str) -> list[tuple[str, str, str]]:
    return [
        (stream, "subject", "The printer on the second floor is out of toner"),
        (stream, "message", "Good morning,\nthe printer has stopped again. " * 10),
        (stream, "message", "We are on our way.\nThe desk"),
        (stream, "note", "Third time this month."),
    ]


def ticket(number: int, stream: str, subject: "WordsRef", *texts: "WordsRef") -> Iterator["Draft"]:
    from commondesk.core.record import events
    from commondesk.core.record.draft import Draft
    from commondesk.core.record.event import Actor, Side
    from commondesk.core.record.instant import MINUTE

    requester = Actor(f"requester-{number % 500}", Side.REQUESTER)
    agent = Actor(f"agent-{number % 20}", Side.PROVIDER)
    mail, tier = events.Channel.MAIL, events.Tier.L1
    received, written, note = texts
    story = [
        (
            requester,
            events.TicketOpened(number, requester.id, mail, events.Kind.INCIDENT, subject),
        ),
        (requester, events.MessageReceived(f"{stream}-1", requester.id, mail, received)),
        (agent, events.TicketPrioritised(events.Priority.P3, 3, 2)),
        (agent, events.TicketTaken(agent.id, "first-line", tier)),
        (agent, events.MessageWritten(f"{stream}-2", (requester.id,), written)),
        (agent, events.MessageDelivered(f"{stream}-2", mail)),
        (agent, events.WaitBegun(f"{stream}-3", events.WaitReason.REQUESTER)),
        (agent, events.NoteWritten(f"{stream}-4", events.Audience.OWN_TEAM, note)),
        (agent, events.TicketResolved()),
        (requester, events.TicketClosed()),
    ]
    start = 1_700_000_000_000_000 + number * MINUTE
    for step, (actor, body) in enumerate(story):
        yield Draft(stream, start + step * MINUTE, actor, body)


if __name__ == "__main__":
    main()
