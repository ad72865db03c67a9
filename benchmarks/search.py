"""How fast tickets are found by words, and what it costs to keep them findable.

Prints one JSON line. `--tickets 1000` measures another size, `--data /somewhere` keeps the desk for
other benchmarks. Asked is the first page of hits, signed in, through the whole of Django.
`index_ms_a_message` is the CPU that storing a message's words adds to a transaction that files one
message of 700 bytes.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from benchmarks import _desk_data as desk_data  # noqa: E402

TICKETS = [50_000]
TIMES = 200
MESSAGES = 400
FAR = 9_000_000
"""No message of a ticket is at such a position."""
TO_REACH = {"p95_ms": 25.0, "index_ms_a_message": 0.3}
WORDS = {
    "in most tickets": "printer",
    "two of the most frequent": "the invoice",
    "with an accent": "zurich",
    "in one ticket": "case321",
    "half typed": "passw",
    "a phrase": '"the printer"',
    "a frequent and a rare one": "printer case4321",
    "nowhere": "xylophone",
    "with a filter": "vpn status:open owner:none",
    "of a person": "moller",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, nargs="+", default=TICKETS)
    parser.add_argument("--times", type=int, default=TIMES)
    parser.add_argument("--data", help="a folder to keep the desks in")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        print(json.dumps(figures_of(args.times, args.data)))
        return
    with tempfile.TemporaryDirectory(prefix="commondesk-bench-") as folder:
        sizes = [measured(size, args.times, args.data or folder) for size in args.tickets]
    load = [round(each, 2) for each in os.getloadavg()]
    print(json.dumps({"benchmark": "search", "to_reach": TO_REACH, "load": load, "sizes": sizes}))


def measured(tickets: int, times: int, data: str) -> dict[str, Any]:
    """The figures of one size, taken by a process of its own, as settings are read once."""
    folder = desk_data.prepared(tickets, data)
    command = [sys.executable, __file__, "--child", "--times", str(times), "--data", str(folder)]
    done = subprocess.run(
        command, env=desk_data.surroundings(folder), check=True, stdout=subprocess.PIPE
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def figures_of(times: int, folder: str) -> dict[str, Any]:
    from urllib.parse import quote_plus

    desk = desk_data.desk(Path(folder))
    desk_data.application()
    browser = desk_data.Browser(desk.agent)
    found = {}
    for name, words in WORDS.items():
        path = f"/c/{desk.prefix}/queue/?q={quote_plus(words)}"
        status, body = browser.get(path)
        assert status == 200, f"{path}: {status}"
        rows = body.count(b'"row ')
        found[name] = {**desk_data.timed(times, lambda path=path: browser.get(path)), "rows": rows}
    return {
        "tickets": desk.tickets,
        "p95_ms": max(each["p95_ms"] for each in found.values()),
        "words": found,
        **indexing(MESSAGES),
    }


def indexing(messages: int) -> dict[str, float]:
    """Store words of copies of messages, one a transaction, and take them out again.

    What a transaction costs that stores no words, only touches a row, is not counted.
    """
    from django.db import transaction

    from commondesk.desk import search
    from commondesk.desk.models import MessageRow, TicketRow

    some = list(MessageRow.objects.filter(audience="everyone")[:messages])
    copies = [
        MessageRow(
            **{
                **{each.attname: getattr(message, each.attname) for each in fields_of(MessageRow)},
                "id": str(uuid.uuid4()),
                "position": FAR + number,
            }
        )
        for number, message in enumerate(some)
    ]
    MessageRow.objects.bulk_create(copies)
    documents = [(each.ticket_id, search.Document(each.id, each.position)) for each in copies]

    def touch(ticket: UUID) -> None:
        with transaction.atomic():
            TicketRow.objects.filter(pk=ticket).update(reopens=0)

    def store(ticket: UUID, document: search.Document) -> None:
        with transaction.atomic():
            TicketRow.objects.filter(pk=ticket).update(reopens=0)
            search.add(ticket, [document])

    without = cpu_of(touch, [(ticket,) for ticket, _ in documents])
    stored = cpu_of(store, documents)
    with transaction.atomic():
        for ticket, document in documents:
            search.remove(ticket, [document])
        MessageRow.objects.filter(position__gte=FAR).delete()
    return {"index_ms_a_message": round((stored - without) / len(some) * 1000, 3)}


def fields_of(model: type[Any]) -> list[Any]:
    return list(model._meta.concrete_fields)


def cpu_of(work: Callable[..., None], some: Sequence[tuple[Any, ...]]) -> float:
    began = time.process_time()
    for each in some:
        work(*each)
    return time.process_time() - began


if __name__ == "__main__":
    main()
