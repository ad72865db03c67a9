"""The same seed plays the same company, in whatever process; and it goes without a trace."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from commondesk.accounts import setup
from commondesk.accounts.models import Company, Membership, Person
from commondesk.accounts.policy import visible_companies
from commondesk.core.record.event import Actor, Side
from commondesk.core.record.events import Channel
from commondesk.desk import actions, search
from commondesk.desk.models import TicketRow
from commondesk.ledger import anchors, store
from commondesk.ledger import removal as record_removal
from commondesk.sample import jobs, playing, removal
from tests.sample.conftest import AT, played_once

PLAYS = """
import os, sys
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from commondesk.core.record.instant import parse_instant
from commondesk.ledger import store
from commondesk.sample import playing
for _ in playing.play(at=parse_instant("2026-11-20T15:00:00Z"), seed="again", tickets=14):
    pass
(company,) = store.companies()
print(company, store.head_of(company).digest)
"""


def counts() -> dict[str, int]:
    return {model._meta.label: model._base_manager.count() for model in apps.get_models()}


def files() -> set[Path]:
    kept = ("files", "mail", "anchors", "imports")
    return {
        path for name in kept for path in (Path(settings.DATA) / name).rglob("*") if path.is_file()
    }


def own_company() -> tuple[Company, Person]:
    return setup.found_company(
        at=AT,
        title="Acme",
        person_title="Fiona Founder",
        address="fiona@acme.example",
        password="a long and quiet word",
        zone="Europe/London",
    )


def test_the_same_seed_makes_the_same_record_in_any_process(tmp_path: Path) -> None:
    heads = set()
    for number in ("1", "2"):
        around = {
            **os.environ,
            "COMMONDESK_DATA": str(tmp_path / number),
            "DJANGO_SETTINGS_MODULE": "commondesk.site.settings",
            "PYTHONHASHSEED": number,
        }
        around.pop("COMMONDESK_DATABASE_URL", None)
        done = subprocess.run(
            [sys.executable, "-c", PLAYS], env=around, check=True, capture_output=True, text=True
        )
        heads.add(done.stdout)
    assert len(heads) == 1


@pytest.mark.django_db(transaction=True)
def test_it_goes_without_a_trace_and_nothing_else_goes() -> None:
    company, founder = own_company()
    actions.open_ticket(
        company=company.uuid,
        at=AT,
        actor=Actor(str(founder.uuid), Side.REQUESTER),
        requester=founder.uuid,
        channel=Channel.PORTAL,
        subject="Our own matter",
        text="It stays.",
    )
    search.catch_up()
    before, kept = counts(), files()
    sample = played_once(tickets=12)
    jobs.join(sample, founder, at=AT)
    anchors.write(sample.uuid, at=AT)
    search.catch_up()
    assert [each.title for each in visible_companies(founder)] == ["Acme", "Sample Foods"]
    assert files() > kept
    assert removal.remove_all() == 1
    assert counts() == before
    assert files() == kept
    assert [each.title for each in visible_companies(founder)] == ["Acme"]
    assert search.differences(company.uuid) == []
    assert TicketRow.objects.get().subject == "Our own matter"


@pytest.mark.django_db(transaction=True)
def test_no_other_record_can_be_removed() -> None:
    company, _ = own_company()
    Company.objects.update(is_sample=True)
    with pytest.raises(record_removal.NotMadeUp):
        removal.remove(company.uuid)
    assert store.head_of(company.uuid).sequence > 0
    assert Membership.objects.filter(company=company, is_active=True).exists()


@pytest.mark.django_db(transaction=True)
def test_a_play_that_is_left_off_is_removed_as_well() -> None:
    before = counts()
    story = playing.play(at=AT, tickets=12)
    next(story)
    next(story)
    story.close()
    assert Company.objects.get(is_sample=True).is_playing
    removal.remove_all()
    assert counts() == before


@pytest.mark.django_db(transaction=True)
def test_there_is_one_at_most() -> None:
    story = playing.play(at=AT, tickets=12)
    next(story)
    story.close()
    with pytest.raises(playing.AlreadyThere):
        next(playing.play(at=AT, tickets=12))
    removal.remove_all()
