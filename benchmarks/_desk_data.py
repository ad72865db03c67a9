"""A desk full of tickets for benchmarks: an event log on which `verify` passes, rows by replay.

`prepared(50_000, "/somewhere")` gives the folder of a desk with so many tickets of five messages of
700 bytes, one in five open; it is built once and kept there for whoever asks next. `--tickets 50000
--data /somewhere` builds it by hand. What runs on it must be a process of its own, started with
`surroundings(folder)`, as settings are read once; there `desk(folder)` tells who is on it and
`Browser` asks for pages as somebody who is signed in, through the whole of Django.
"""

import argparse
import hashlib
import io
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import accumulate, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from django.core.handlers.wsgi import WSGIHandler

    from commondesk.accounts.models import Person
    from commondesk.core.record.draft import Draft
    from commondesk.core.record.event import WordsRef

HERE = Path(__file__).resolve().parent
MADE_OF = ("desk/rows.py", "desk/migrations", "accounts/migrations", "governance/migrations")
"""A desk that was built by other code than this is built anew."""
BATCH = 2_000
REQUESTERS = 2_000
AGENTS = 20
MESSAGES = 5
OPEN_SHARE = 5
BESIDE = 20
"""The agents work for a second company too, with one ticket for so many of the first."""
VOCABULARY = 6_000
SENTENCES = 4_000
TEXT_LENGTH = 700
YEARS = 2


@dataclass(frozen=True)
class Desk:
    """Who is on a desk: companies by prefix, people by address, and a ticket to look at."""

    prefix: str
    other_prefix: str
    agent: str
    lead: str
    requester: str
    tickets: int
    ticket: int
    built_s: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, nargs="+", default=[50_000])
    parser.add_argument("--data", required=True, help="the folder to keep the desks in")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        (Path(args.data) / "desk.json").write_text(json.dumps(asdict(build(args.tickets[0]))))
        return
    for tickets in args.tickets:
        folder = prepared(tickets, args.data)
        print(json.dumps({"folder": str(folder), **asdict(desk(folder))}))


# ---- for benchmarks -----------------------------------------------------------------------


def prepared(tickets: int, data: str | Path) -> Path:
    """The folder of a desk with so many tickets, built first where it is not there yet."""
    folder = Path(data).resolve() / f"desk-{tickets}-{fingerprint()}{database_mark()}"
    if (folder / "desk.json").exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    command = [sys.executable, __file__, "--child", "--tickets", str(tickets)]
    subprocess.run([*command, "--data", str(folder)], env=surroundings(folder), check=True)
    return folder


def fingerprint() -> str:
    root = HERE.parent / "commondesk"
    places = [root / each for each in MADE_OF]
    files = [each for place in places for each in sorted([place, *place.glob("*.py")])]
    texts = [each.read_bytes() for each in [*files, Path(__file__)] if each.is_file()]
    return hashlib.sha256(b"".join(texts)).hexdigest()[:8]


def database_mark() -> str:
    return "-postgresql" if os.environ.get("COMMONDESK_BENCH_DATABASE_URL") else ""


def surroundings(folder: Path) -> dict[str, str]:
    """What a process needs around it to work on that desk."""
    around = {
        **os.environ,
        "COMMONDESK_DATA": str(folder),
        "COMMONDESK_LOG": "ERROR",
        "DJANGO_SETTINGS_MODULE": "commondesk.site.settings",
        "PYTHONPATH": str(HERE.parent),
    }
    around.pop("COMMONDESK_DATABASE_URL", None)
    if url := os.environ.get("COMMONDESK_BENCH_DATABASE_URL"):
        around["COMMONDESK_DATABASE_URL"] = url
    return around


def desk(folder: Path) -> Desk:
    """Who is on the desk that was built there."""
    return Desk(**json.loads((folder / "desk.json").read_text()))


class Browser:
    """Somebody signed in, who asks for pages through middleware, session, rights and template."""

    def __init__(self, address: str) -> None:
        from django.conf import settings
        from django.test import Client

        from commondesk.accounts.models import Person

        self.app = application()
        client = Client()
        client.force_login(Person.objects.get(address=address))
        name = settings.SESSION_COOKIE_NAME
        self.cookie = f"{name}={client.cookies[name].value}"

    def get(self, path: str) -> tuple[int, bytes]:
        """The status and the body of a page."""
        path, _, query = path.partition("?")
        said: list[str] = []
        environment = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "HTTP_HOST": "127.0.0.1:8000",
            "HTTP_COOKIE": self.cookie,
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }

        def begin(status: str, headers: Any, error: Any = None, /) -> Any:
            said.append(status)

        answer = self.app(environment, begin)
        body = b"".join(answer)
        answer.close()
        return int(said[0].partition(" ")[0]), body


def run(
    benchmark: str,
    script: str,
    about: str | None,
    figures_of: Callable[[int, Path], dict[str, Any]],
    *,
    tickets: list[int],
    times: int,
    to_reach: dict[str, float],
) -> None:
    """The command of a benchmark: prints one JSON line with the figures of each size of desk.

    figures_of is asked how many times to measure and the folder of a desk, in a process for each
    size, which runs the script once more.
    """
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--tickets", type=int, nargs="+", default=tickets)
    parser.add_argument("--times", type=int, default=times)
    parser.add_argument("--data", help="a folder to keep the desks in")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        print(json.dumps(figures_of(args.times, Path(args.data))))
        return
    with tempfile.TemporaryDirectory(prefix="commondesk-bench-") as folder:
        sizes = [measured(script, size, args.times, args.data or folder) for size in args.tickets]
    load = [round(each, 2) for each in os.getloadavg()]
    print(json.dumps({"benchmark": benchmark, "to_reach": to_reach, "load": load, "sizes": sizes}))


def measured(script: str, tickets: int, times: int, data: str) -> dict[str, Any]:
    """The figures of one size, taken by a process of its own, as settings are read once."""
    folder = prepared(tickets, data)
    command = [sys.executable, script, "--child", "--times", str(times), "--data", str(folder)]
    done = subprocess.run(command, env=surroundings(folder), check=True, stdout=subprocess.PIPE)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def application() -> "WSGIHandler":
    """The desk as the web server runs it, with its files for the browser collected."""
    import django

    django.setup()
    from commondesk.site import static_files

    static_files.collect()
    from django.core.wsgi import get_wsgi_application

    return get_wsgi_application()


def timed(times: int, ask: Any) -> dict[str, float]:
    """What it costs to do something so many times: CPU of this process a time, and percentiles."""
    for _ in range(5):
        ask()
    walls = []
    cpu = time.process_time()
    for _ in range(times):
        began = time.perf_counter()
        ask()
        walls.append(time.perf_counter() - began)
    cpu = time.process_time() - cpu
    walls.sort()
    return {
        "cpu_ms": round(cpu / times * 1000, 2),
        "p50_ms": round(walls[times // 2] * 1000, 2),
        "p95_ms": round(walls[min(times - 1, times * 95 // 100)] * 1000, 2),
    }


# ---- building -----------------------------------------------------------------------------


class Cast:
    """A company, those who ask and those who work, as the story needs them."""

    def __init__(self, company: UUID, requesters: list[str], agents: list[str]) -> None:
        from commondesk.governance.models import CharterVersion

        self.company, self.requesters, self.agents = company, requesters, agents
        self.charter = CharterVersion.objects.get(company=company).uuid


def build(tickets: int) -> Desk:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from commondesk.desk import projections
    from commondesk.ledger import verify
    from commondesk.ledger.now import instant_now

    began = time.perf_counter()
    call_command("migrate", verbosity=0, skip_checks=True)
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=OFF")
    at = instant_now()
    people = agents_of()
    first, requester = founded("Acme Presses", "acme", people)
    other, _ = founded("Works of the Other", "other", people)
    for cast, count in ((first, tickets), (other, max(10, tickets // BESIDE))):
        fill(cast, count, at)
        assert projections.rebuild(cast.company) == count
        found = verify.verify(cast.company)
        assert found.is_sound, found
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Desk(
        prefix=prefix_of(first),
        other_prefix=prefix_of(other),
        agent=str(people[4].address),
        lead=str(people[-1].address),
        requester=requester,
        tickets=tickets,
        ticket=1001 + (tickets - 1) // OPEN_SHARE * OPEN_SHARE,
        built_s=round(time.perf_counter() - began, 1),
    )


def prefix_of(cast: Cast) -> str:
    from commondesk.accounts.models import Company

    return Company.objects.get(uuid=cast.company).prefix


def agents_of() -> "list[Person]":
    from commondesk.accounts.models import Person

    return Person.objects.bulk_create(
        [
            Person(title=f"Agent Number {each}", address=f"agent{each}@helpers.example")
            for each in range(AGENTS)
        ]
    )


def founded(title: str, domain: str, agents: "list[Person]") -> tuple[Cast, str]:
    """A company with a provider's people in two of its teams, and the address of one who asks."""
    from commondesk.accounts import setup
    from commondesk.accounts.models import Membership, Person, Team
    from commondesk.core.record.instant import DAY
    from commondesk.ledger.now import instant_now

    company, _ = setup.found_company(
        at=instant_now() - (YEARS * 365 + 5) * DAY,
        title=title,
        person_title="Rita Ferent",
        address=f"rita@{domain}.example",
        password="a long and quiet sentence",  # noqa: S106 (of nobody)
        zone="Europe/Berlin",
    )
    teams = [Team.objects.get(company=company, slug__iexact=tier) for tier in ("L1", "L2")]
    asking = Person.objects.bulk_create(
        [
            Person(title=f"{name_of(each)} {each}", address=f"person{each}@{domain}.example")
            for each in range(REQUESTERS)
        ]
    )
    members = [
        Membership(company=company, person=each, side="requester", roles=["requester"])
        for each in asking
    ]
    for number, agent in enumerate(agents):
        roles = ["agent", "lead"] if number == len(agents) - 1 else ["agent"]
        team = teams[number % 4 == 3]
        members.append(
            Membership(company=company, person=agent, side="provider", roles=roles, team=team)
        )
    Membership.objects.bulk_create(members)
    cast = Cast(company.uuid, [str(e.uuid) for e in asking], [str(e.uuid) for e in agents])
    return cast, str(asking[0].address)


def name_of(number: int) -> str:
    first = ("Ana", "Bo", "Carla", "Dmitri", "Elif", "Femi", "Grace", "Hiro", "Ines", "Jürgen")
    last = ("Press", "Moller", "Okafor", "Ruiz", "Tanaka", "Weiß", "Yılmaz")
    return f"{first[number % 10]} {last[number % 7]}"


def fill(cast: Cast, count: int, at: int) -> None:
    """Write the record of so many tickets, the latest of them shortly before an instant."""
    from django.db import transaction

    from commondesk.ledger import store

    chance = random.Random(f"{cast.company.int % 7} {count}")
    sentences = sentences_of(chance)
    numbers = iter(range(count))
    while some := list(islice(numbers, BATCH)):
        with transaction.atomic():
            streams = [str(uuid.UUID(int=chance.getrandbits(128), version=4)) for _ in some]
            drafts = list(drafts_of(cast, some, streams, count, at, chance, sentences))
            known = dict.fromkeys(streams, 0)
            store.append(cast.company, drafts, learnt_at=at, known=known)


def sentences_of(chance: random.Random) -> list[str]:
    """Sentences out of words as unevenly used as those of people."""
    sounds = (
        "ba be bi bo da de di do fa fe ga go ka ke la le li lo ma mi mo na ne ra ri sa so ta ti"
    )
    parts = sounds.split()
    made = ["".join(chance.choices(parts, k=2 + each % 3)) for each in range(VOCABULARY)]
    words = ["printer", "press", "vpn", "Zürich", "the", "is", "password", "invoice", *made]
    weights = list(accumulate(1 / (3 + place) for place in range(len(words))))
    return [
        " ".join(chance.choices(words, cum_weights=weights, k=12)).capitalize() + "."
        for _ in range(SENTENCES)
    ]


def drafts_of(
    cast: Cast,
    numbers: list[int],
    streams: list[str],
    count: int,
    at: int,
    chance: random.Random,
    sentences: list[str],
) -> Iterator["Draft"]:
    from commondesk.ledger import words

    texts = []
    for number, stream in zip(numbers, streams, strict=True):
        subject = f"{chance.choice(sentences)[:60]} case{number}"
        texts.append((stream, "subject", subject))
        for _ in range(MESSAGES):
            text = " ".join(chance.choices(sentences, k=12))
            texts.append((stream, "message", text[:TEXT_LENGTH]))
    refs = iter(words.keep_many(cast.company, texts))
    for number, stream in zip(numbers, streams, strict=True):
        yield from ticket(cast, number, stream, list(islice(refs, MESSAGES + 1)), count, at)


def ticket(
    cast: Cast, number: int, stream: str, refs: "list[WordsRef]", count: int, at: int
) -> Iterator["Draft"]:
    """One ticket: opened, routed, three public messages from each side to the other, and a note."""
    from commondesk.core.record import events as e
    from commondesk.core.record.draft import Draft
    from commondesk.core.record.event import Actor, Side
    from commondesk.core.record.instant import HOUR, MINUTE

    opened_at = opened(number, count, at)
    room = max(at - opened_at, 12)
    asks = Actor(cast.requesters[number % REQUESTERS], Side.REQUESTER)
    case = number // OPEN_SHARE
    worker = Actor(cast.agents[case % AGENTS], Side.PROVIDER)
    routing = Actor("routing", Side.MACHINE)
    mail, team, tier = e.Channel.MAIL, "L1", e.Tier.L1
    if case % AGENTS % 4 == 3:
        team, tier = "L2", e.Tier.L2
    subject, *texts = refs
    priority = (e.Priority.P1, e.Priority.P2, *[e.Priority.P3] * 3, *[e.Priority.P4] * 5)
    wanted = priority[case % 10 if number % OPEN_SHARE == 0 else number % 10]
    site, service = f"site-{number % 12}", f"service-{number % 25}"
    is_open = number % OPEN_SHARE == 0
    is_owned = not (is_open and case % 10 == 0)
    kind = tuple(e.Kind)[number % 4]
    begun = e.TicketOpened(
        *(number + 1001, asks.id, mail, kind, subject),
        service=service,
        site=site,
        charter=cast.charter,
    )
    story: list[tuple[Actor, Any]] = [
        (asks, begun),
        (routing, e.TicketAssigned(team, tier)),
        (asks, e.MessageReceived(f"{stream}-1", asks.id, mail, texts[0])),
        (worker, e.TicketPrioritised(wanted, 3, 2)),
    ]
    if is_owned:
        story.append((worker, e.TicketTaken(worker.id, team, tier)))
    more = [
        (asks, e.MessageReceived(f"{stream}-2", asks.id, mail, texts[1])),
        (worker, e.NoteWritten(f"{stream}-3", e.Audience.BOTH_TEAMS, texts[2])),
    ]
    if is_owned:
        more += [
            (worker, e.MessageWritten(f"{stream}-4", (asks.id,), texts[3])),
            (Actor("outbox", Side.MACHINE), e.MessageDelivered(f"{stream}-4", mail)),
        ]
    else:
        more.append((asks, e.MessageReceived(f"{stream}-4", asks.id, mail, texts[3])))
    story += [*more, (asks, e.MessageReceived(f"{stream}-5", asks.id, mail, texts[4]))]
    if not is_open:
        story += [(worker, e.TicketResolved()), (asks, e.TicketClosed())]
    elif case % 10 == 1:
        story += [
            (worker, e.QuestionAsked(f"{stream}-4")),
            (worker, e.WaitBegun(f"{stream}-w", e.WaitReason.REQUESTER)),
        ]
    elif case % 10 == 2:
        promised = at + (case % 50) * HOUR
        story.append((worker, e.VendorLegBegun(f"{stream}-v", "Presses Inc", "R-7", promised)))
    elif case % 10 == 3:
        story.append((worker, e.HandoverOffered("L2", e.Tier.L2)))
    step = min(20 * MINUTE, room // (len(story) + 1))
    for place, (actor, body) in enumerate(story):
        yield Draft(stream, opened_at + max(0, place - 2) * step, actor, body)


def opened(number: int, count: int, at: int) -> int:
    """More and more a day, as at a desk that grows: a tenth within the last day."""
    from commondesk.core.record.instant import DAY

    left = (count - number) / count
    return at - int(YEARS * 365 * DAY * left**3)


if __name__ == "__main__":
    main()
