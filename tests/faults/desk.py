"""A desk of its own for the fault commands, and a look into it. Run, it prints the look."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from uuid import UUID

from tests.journeys.desk import free_port

DESK_ADDRESS = "support@acme.example"
FOUNDER_ADDRESS = "fiona@acme.example"


def surroundings(
    folder: Path, out: int, channel: str = "smtp", names: str = ""
) -> tuple[dict[str, str], int]:
    """The environment of the desk's processes, and the port that takes mail by this channel.

    names: the address of a name server; without one nobody answers there.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COMMONDESK_")}
    smtp, lmtp = free_port(), free_port()
    own = {
        "COMMONDESK_DATA": str(folder / "data"),
        "COMMONDESK_RECEIVER": f"127.0.0.1:{smtp}",
        "COMMONDESK_LMTP": f"127.0.0.1:{lmtp}",
        "COMMONDESK_SMTP_URL": f"smtp://127.0.0.1:{out}",
        "COMMONDESK_DNS": names or f"127.0.0.1:{free_port()}",
        "COMMONDESK_LOG": "WARNING",
        "DJANGO_SETTINGS_MODULE": "commondesk.site.settings",
    }
    if url := os.environ.get("COMMONDESK_DATABASE_URL"):
        own["COMMONDESK_DATABASE_URL"] = url
    return kept | own, smtp if channel == "smtp" else lmtp


def founded_desk(environment: dict[str, str]) -> None:
    """Prepare the data folder and found a company."""
    subprocess.run(
        [sys.executable, "-m", "tests.faults.desk", "found"], env=environment, check=True
    )


def found() -> None:
    from django.core.management import call_command

    from commondesk.accounts import setup
    from commondesk.ledger.now import instant_now

    call_command("migrate", verbosity=0, skip_checks=True)
    setup.found_company(
        at=instant_now(),
        title="Acme",
        person_title="Fiona Founder",
        address=FOUNDER_ADDRESS,
        password="a long and quiet word",
        zone="Europe/London",
    )


def look(accepted: list[str]) -> dict[str, object]:
    """How many of the mails that were accepted are kept and filed, and whether all fits."""
    from collections import Counter

    from commondesk.accounts.models import Company
    from commondesk.core.record.events import MessageReceived
    from commondesk.desk import projections
    from commondesk.desk.models import MailRef, OutgoingMail, SearchWaiting, TicketRow
    from commondesk.intake.models import RawMail
    from commondesk.ledger import store
    from commondesk.ledger.verify import verify

    company = Company.objects.get()
    unfiled = RawMail.objects.filter(next_attempt_at__isnull=False).count()
    unindexed = SearchWaiting.objects.count()
    unsent = OutgoingMail.objects.filter(state__in=("queued", "sending")).count()
    refs = Counter(MailRef.objects.filter(emitted=False).values_list("message_id", flat=True))
    tickets = Counter(TicketRow.objects.values_list("subject", flat=True))
    received = sum(
        isinstance(each.event.body, MessageReceived)
        for each in store.read_on(company.uuid, after=0, limit=10**9)
    )
    # A search takes in what waits to be indexed: it is asked only once nothing does.
    is_done = unfiled == unindexed == 0
    return {
        "waiting": unfiled + unindexed + unsent,
        "unfiled": unfiled,
        "unindexed": unindexed,
        "kept": RawMail.objects.count(),
        "tickets": sum(tickets.values()),
        "messages": received,
        "lost": sum(refs[name] == 0 for name in accepted) if is_done else None,
        "double": sum(count > 1 for count in tickets.values()),
        "failed": RawMail.objects.exclude(state="filed").filter(next_attempt_at=None).count(),
        "sent": OutgoingMail.objects.filter(state="sent").count(),
        "differences": len(projections.differences(company.uuid)) if is_done else None,
        "is_sound": verify(company.uuid).is_sound if is_done else None,
        "not_found": not_found(company.uuid) if is_done else None,
    }


def not_found(company: UUID) -> int:
    """How many tickets nobody finds who looks for the subject and for what was written first."""
    from commondesk.accounts import policy
    from commondesk.accounts.models import Person
    from commondesk.desk import search
    from commondesk.desk.models import MessageRow, SearchTicket, TicketRow
    from commondesk.desk.queue.asked import Term

    viewer = policy.viewer_of(Person.objects.get(address=FOUNDER_ADDRESS), company)
    assert viewer is not None
    scopes = search.scopes_of(viewer)
    numbers = dict(SearchTicket.objects.values_list("ticket", "id"))
    newest_first = MessageRow.objects.order_by("-position").values_list("ticket", "text")
    first_texts = dict(newest_first)
    count = 0
    for ticket, subject in TicketRow.objects.values_list("uuid", "subject"):
        written = first_texts[ticket].partition("\n")[0]
        found = search.walk(scopes, [Term(subject), Term(written)], place=None)
        is_found = ticket in numbers and any(numbers[ticket] in some for some in found)
        count += not is_found
    return count


def main() -> None:
    import django

    django.setup()
    if sys.argv[1:] == ["found"]:
        found()
    else:
        print(json.dumps(look(json.load(sys.stdin))))


if __name__ == "__main__":
    main()
