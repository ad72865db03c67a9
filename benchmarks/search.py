"""How fast tickets are found by words, and what it costs to keep them findable.

Prints one JSON line. `--tickets 1000` measures another size, `--data /somewhere` keeps the desk for
other benchmarks. Asked is the first page of hits, signed in, through the whole of Django.
`in_step_ms_a_message` is the CPU that a message's words add to the transaction that files one of
700 bytes; `index_ms_a_message` is that and the share of indexing it a moment later.
"""

import sys
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
    desk_data.run(
        "search",
        __file__,
        __doc__,
        figures_of,
        tickets=TICKETS,
        times=TIMES,
        to_reach=TO_REACH,
    )


def figures_of(times: int, folder: Path) -> dict[str, Any]:
    from urllib.parse import quote_plus

    desk = desk_data.desk(folder)
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

    def store(ticket: UUID) -> None:
        with transaction.atomic():
            TicketRow.objects.filter(pk=ticket).update(reopens=0)
            search.later(companies[ticket], ticket)

    companies = dict(TicketRow.objects.values_list("uuid", "company"))
    tickets = [(ticket,) for ticket, _ in documents]
    search.catch_up()
    without = cpu_of(touch, tickets)
    stored = cpu_of(store, tickets)
    indexed = stored + cpu_of(search.catch_up, [()])
    with transaction.atomic():
        for ticket, document in documents:
            search.remove(ticket, [document])
        MessageRow.objects.filter(position__gte=FAR).delete()
    return {
        "in_step_ms_a_message": round((stored - without) / len(some) * 1000, 3),
        "index_ms_a_message": round((indexed - without) / len(some) * 1000, 3),
    }


def fields_of(model: type[Any]) -> list[Any]:
    return list(model._meta.concrete_fields)


def cpu_of(work: Callable[..., object], some: Sequence[tuple[Any, ...]]) -> float:
    began = time.process_time()
    for each in some:
        work(*each)
    return time.process_time() - began


if __name__ == "__main__":
    main()
