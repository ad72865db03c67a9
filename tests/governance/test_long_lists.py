"""Long lists: handed to the worker, carried out as they were looked at, whole or not at all."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from commondesk.accounts.models import Membership, Person, Work
from commondesk.accounts.works import doing
from commondesk.governance import lists_views
from commondesk.governance.models import CatalogueEntry
from commondesk.ledger import store
from commondesk.ledger.now import instant_now
from tests.desk.cast import Cast, make_cast

ROWS = 8
COUNT = 6000
HOUSE = Path(__file__).parents[2]


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return make_cast()


@pytest.fixture(autouse=True)
def short_is_long(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DATA = tmp_path
    monkeypatch.setattr(lists_views, "MANY", ROWS - 1)


def entered(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def people(count: int = ROWS, wrong: int = 0) -> str:
    lines = [f"p{number}@acme.example,Person {number}" for number in range(count)]
    return "\n".join(["mail,name", *lines, *[f"nonsense {number},No" for number in range(wrong)]])


def handed_over(cast: Cast, text: str, kind: str = "people", **more: str) -> Any:
    """The answer to importing a file that was looked at."""
    client = entered(cast.referent)
    upload = reverse("governance:list-upload", args=[cast.company.prefix, kind])
    looked: Any = client.post(upload, {"file": SimpleUploadedFile("a.csv", text.encode())})
    seen = re.search(r'name="seen" value="(\w+)"', client.get(looked.url).content.decode())
    assert seen
    return client.post(looked.url, {"seen": seen[1], **more})


def test_a_long_list_of_people_is_done_by_the_worker(cast: Cast) -> None:
    before = store.head_of(cast.uuid)
    answer = handed_over(cast, people())
    work = Work.objects.get()
    assert answer.url == reverse("works:work", args=[cast.company.prefix, work.uuid])
    assert store.head_of(cast.uuid) == before
    client = entered(cast.referent)
    assert "Import people from a file" in client.get(answer.url).content.decode()
    assert doing.do_due(instant_now) == 1
    assert Membership.objects.filter(person__address="p7@acme.example").exists()
    text = client.get(answer.url).content.decode()
    assert f"People imported: {ROWS} new, 0 changed." in text and "See the people" in text
    assert list((django_settings.DATA / "imports").rglob("*.*")) == []
    assert list((django_settings.DATA / "imports").rglob("people-*")) == []


def test_a_short_one_is_done_at_once(cast: Cast) -> None:
    answer = handed_over(cast, people(ROWS - 1))
    assert Work.objects.count() == 0
    assert answer.url == reverse("governance:lists", args=[cast.company.prefix])


def test_a_long_list_of_items_is_done_by_the_worker(cast: Cast) -> None:
    rows = "\n".join(f"item-{number},Item {number}" for number in range(ROWS))
    handed_over(cast, f"key,name\n{rows}", "items")
    doing.do_due(instant_now)
    assert CatalogueEntry.objects.filter(company=cast.uuid, key__startswith="item-").count() == ROWS
    page = entered(cast.referent).get(reverse("works:list", args=[cast.company.prefix]))
    assert f"Items imported: {ROWS} new, 0 changed." in page.content.decode()


def test_it_is_carried_out_as_it_was_looked_at(cast: Cast) -> None:
    answer = handed_over(cast, people())
    handed_over(cast, people(1))
    before = store.head_of(cast.uuid)
    doing.do_due(instant_now)
    assert (Work.objects.get().state, Work.objects.get().why) == ("failed", "moved")
    assert store.head_of(cast.uuid) == before
    text = entered(cast.referent).get(answer.url).content.decode()
    assert "Something changed here since you looked" in text
    assert "Look at the rows again" in text


def test_wrong_rows_keep_all_of_it_out_unless_they_are_left_out(cast: Cast) -> None:
    handed_over(cast, people(wrong=1))
    doing.do_due(instant_now)
    assert Work.objects.get().why == "wrong_rows"
    assert not Person.objects.filter(address="p1@acme.example").exists()
    Work.objects.all().delete()
    handed_over(cast, people(wrong=1), leave_out="yes")
    doing.do_due(instant_now)
    assert Work.objects.get().result == {"new": ROWS, "changed": 0, "left_out": 1}


def test_who_may_no_more_imports_nothing(cast: Cast) -> None:
    handed_over(cast, people())
    Membership.objects.filter(person=cast.referent).update(roles=["agent"])
    doing.do_due(instant_now)
    assert (Work.objects.get().state, Work.objects.get().why) == ("failed", "not_allowed")
    assert not Person.objects.filter(address="p1@acme.example").exists()


def test_somebody_who_reads_french_is_told_in_french(cast: Cast) -> None:
    Person.objects.filter(pk=cast.referent.pk).update(language="fr")
    answer = handed_over(cast, people(wrong=1), leave_out="yes")
    doing.do_due(instant_now)
    assert Work.objects.get().state == "done", Work.objects.get().why
    text = entered(cast.referent).get(answer.url).content.decode()
    assert "Personnes importées" in text and "Ranger" in text


# ---- a worker that is killed --------------------------------------------------------------


def run(folder: Path, code: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", f"{SET_UP}\n{code}", str(COUNT)],
        cwd=HOUSE,
        env={"COMMONDESK_DATA": str(folder), "PATH": "/usr/bin:/bin"},
        stdout=subprocess.PIPE,
        text=True,
    )


SET_UP = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "commondesk.site.settings"
import django
django.setup()
from django.core.management import call_command
from commondesk.accounts import policy, setup
from commondesk.accounts.importing import people, people_writing
from commondesk.accounts.models import Company, Membership, Person, Work
from commondesk.accounts.works import asking, doing, files
from commondesk.ledger import store
from commondesk.ledger.now import instant_now
"""
FOUND = """
call_command("migrate", verbosity=0)
company, person = setup.found_company(at=instant_now(), title="Acme", person_title="Ana",
    address="ana@acme.example", password="a long and quiet sentence", zone="UTC")
rows = "".join(f"p{number}@acme.example,Person {number}\\n" for number in range(int(sys.argv[1])))
content = f"mail,name\\n{rows}".encode()
actor = policy.viewer_of(person, company).actor
plan = people_writing.look(company.uuid, people.read(content), at=instant_now(), actor=actor)
given = {"list": "people", "digest": "0" * 64, "seen": plan.fingerprint, "leave_out": False}
asking.ask(company.uuid, person.uuid, "list", given, at=instant_now(), content=content)
"""
WORK = """
company = Company.objects.get()
work = Work.objects.get()
tell = files.tell
def telling(company, uuid, progress):
    tell(company, uuid, progress)
    print(progress.phase, progress.done, flush=True)
files.tell = telling
doing.TELL_SECONDS = 0.0
doing.do_due(instant_now)
work.refresh_from_db()
print("ended", work.state, work.attempts, Membership.objects.filter(company=company).count(),
    store.head_of(company.uuid).sequence, flush=True)
"""


@pytest.mark.parametrize("phase", ["0", "1", "2"])
def test_a_worker_killed_in_the_midst_leaves_nothing_and_another_does_all(
    tmp_path: Path, phase: str
) -> None:
    folder = tmp_path / "desk"
    with run(folder, FOUND) as founding:
        assert founding.wait(120) == 0
    with run(folder, WORK) as killed:
        assert killed.stdout is not None
        assert next(line for line in killed.stdout if line.startswith(f"{phase} "))
        killed.send_signal(signal.SIGKILL)
    with run(folder, WORK) as other:
        said, _ = other.communicate(timeout=120)
    state, attempts, members, events = said.splitlines()[-1].split()[1:]
    assert (state, attempts) == ("done", "2")
    assert int(members) == 1 + COUNT, "nothing twice, nothing missing"
    assert int(events) < 2 * COUNT
