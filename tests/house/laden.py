"""A desk with something in it, and one that never rests: for tests of backup and restore.

`python -m tests.house.laden build` founds a company with tickets, notes, files and a mail.
`python -m tests.house.laden load FOLDER` opens tickets and files mails until FOLDER/stop exists.
`python -m tests.house.laden older` leaves its rows as an older version made them.
`python -m tests.house.laden tidied FILE`, `… erased FILE` back up, and between the snapshot of the
database and the files one mail is tidied away, or the words of one ticket are erased.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from uuid import UUID, uuid4

DESK = "desk@acme.example"
ADDRESS = "rita@acme.example"
SOME = 5


def main(words: list[str]) -> None:
    import django

    django.setup()
    from commondesk.ledger import store

    if words[0] == "build":
        build()
    elif words[0] == "load":
        load(store.companies()[0], Path(words[1]))
    elif words[0] == "older":
        make_older()
    else:
        back_up_while({"tidied": tidy_one, "erased": erase_one}[words[0]], words[1])


def build() -> None:
    from django.core.management import call_command

    from commondesk.accounts import setup
    from commondesk.ledger.now import instant_now

    call_command("migrate", verbosity=0, skip_checks=True)
    company, _ = setup.found_company(
        at=instant_now(),
        title="Acme Presses",
        person_title="Rita Ferent",
        address=ADDRESS,
        password="a long and quiet sentence",
        zone="UTC",
    )
    serve(company.uuid)
    for number in range(5):
        open_one(company.uuid, f"Ticket {number}")
        receive(f"Mail {number}")
    file_all()


def serve(company: UUID) -> None:
    from commondesk.intake.models import Mailbox

    Mailbox.objects.get_or_create(address=DESK, defaults={"company": company})


def open_one(company: UUID, subject: str) -> UUID:
    """A ticket with a file and a note."""
    from django.db import transaction

    from commondesk.accounts.models import Person
    from commondesk.core.record.event import Actor, Side
    from commondesk.core.record.events import Channel
    from commondesk.desk import actions
    from commondesk.ledger.now import instant_now

    rita = Person.objects.get(address=ADDRESS)
    actor, ticket = Actor(str(rita.uuid), Side.COMPANY), uuid4()
    with transaction.atomic():
        photo = actions.keep_attachment(
            company, ticket, name="photo.bin", media_type="image/png", content=uuid4().bytes * 500
        )
        actions.open_ticket(
            ticket=ticket,
            attachments=[photo],
            company=company,
            at=instant_now(),
            actor=actor,
            requester=rita.uuid,
            channel=Channel.PORTAL,
            subject=subject,
            text=f"The words of {subject}.",
        )
    actions.write_note(company, ticket, at=instant_now(), actor=actor, text=f"Note on {subject}.")
    return ticket


def receive(subject: str) -> None:
    """A mail, as the receiver leaves it."""
    from commondesk.intake import raw_files
    from commondesk.intake.models import RawMail
    from commondesk.ledger import store
    from commondesk.ledger.now import instant_now

    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = (
        f"Paul <paul{uuid4().hex}@acme.example>",
        DESK,
        subject,
    )
    mail["Message-ID"] = f"<{uuid4()}@acme.example>"
    mail.set_content("It stopped.\n" * 20)
    raw = mail.as_bytes()
    sha256, company = raw_files.keep(raw), store.companies()[0]
    RawMail.objects.create(
        sha256=sha256,
        scope=str(company),
        company=company,
        received_at=instant_now(),
        next_attempt_at=instant_now(),
        path=raw_files.place_of(sha256),
        size=len(raw),
        envelope_from="paul@acme.example",
        envelope_to=[DESK],
        peer="192.0.2.1",
        helo="mx.acme.example",
    )


def file_all() -> None:
    from commondesk.intake.filer import Line

    line = Line()
    while line.move():
        pass
    line.stop()


def load(company: UUID, folder: Path) -> None:
    """Never rests: tickets on one thread, mails on another; says how many in the end.

    It stops when it is asked to, once it has done some of both: one thread may starve the other.
    """
    done = {"tickets": 0, "mails": 0}

    def goes_on(what: str) -> bool:
        return done[what] < SOME or not (folder / "stop").exists()

    def tickets() -> None:
        while goes_on("tickets"):
            open_one(company, f"Under load {done['tickets']}")
            done["tickets"] += 1

    def mails() -> None:
        while goes_on("mails"):
            receive(f"Under load {done['mails']}")
            file_all()
            done["mails"] += 1
            (folder / "running").touch()

    threads = [threading.Thread(target=each) for each in (tickets, mails)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    print(done["tickets"], done["mails"])


def make_older() -> None:
    from django.db import connection

    from commondesk.desk import projections
    from commondesk.desk.models import RowsMade, TicketRow
    from commondesk.ledger import tables

    TicketRow.objects.update(shelf=None, providers="?")
    if connection.vendor == "postgresql":
        tables.execute("UPDATE desk_searchentry SET words = to_tsvector('simple', 'other')")
    RowsMade.objects.update(version=projections.VERSION - 1)


# ---- between the snapshot and the files ---------------------------------------------------


def back_up_while(happens: Callable[[UUID], None], file: str) -> None:
    from commondesk import cli
    from commondesk.ledger import snapshot, store

    take = snapshot.take

    def taken(folder: Path, asked: snapshot.Asked) -> snapshot.Snapshot:
        found = take(folder, asked)
        snapshot.take = take  # it happens once
        happens(store.companies()[0])
        return found

    snapshot.take = taken
    raise SystemExit(cli.main(["backup", file]))


def tidy_one(company: UUID) -> None:
    from commondesk.intake import raw_files
    from commondesk.intake.models import RawMail

    mail = RawMail.objects.exclude(path="").exclude(words="").order_by("pk")[0]
    raw_files.remove(mail.path)
    RawMail.objects.filter(pk=mail.pk).update(path="")


def erase_one(company: UUID) -> None:
    from commondesk.core.record.event import Actor, Side
    from commondesk.desk.models import TicketRow
    from commondesk.ledger import words
    from commondesk.ledger.now import instant_now

    ticket = TicketRow.objects.filter(company=company, channel="portal").order_by("number")[0]
    words.erase(
        company,
        words.of_stream(company, str(ticket.uuid)),
        ground="asked to",
        actor=Actor("test", Side.MACHINE),
        at=instant_now(),
    )


if __name__ == "__main__":
    main(sys.argv[1:])
