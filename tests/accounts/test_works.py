"""Long work: all of it or nothing, once, by one worker, told while it goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from commondesk.accounts.importing import kept
from commondesk.accounts.models import Company, Membership, Person, Team, Work
from commondesk.accounts.works import asking, doing, files
from commondesk.accounts.works.kinds import KINDS, CannotBeDone, Doing, Given, Kind
from commondesk.core.record.instant import MINUTE
from commondesk.ledger.now import instant_now
from tests.desk.cast import Cast, make_cast

COUNT = 5000
Step = Callable[[Doing], None]


class Teams:
    """Work for these tests: it forms teams, and lets a test in between any two of them."""

    def __init__(self) -> None:
        self.between: Step = lambda doing: None
        self.begun = 0

    def do(self, given: Doing, prepared: object) -> Given:
        self.begun += 1
        for number in range(3):
            Team.objects.create(
                company_id=given.company,
                slug=f"long-{number}",
                title="Long",
                tier="L1",
                side="company",
            )
            given.tell(0, number + 1, 3)
            self.between(given)
        return {"made": 3, "size": len(given.content)}

    def made(self) -> int:
        return Team.objects.filter(slug__startswith="long-").count()


@pytest.fixture
def teams(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Teams]:
    settings.DATA = tmp_path
    monkeypatch.setattr(doing, "TELL_SECONDS", 0.0)
    work = Teams()
    kind = Kind(
        name="teams",
        prepare=lambda given: None,
        do=work.do,
        title=lambda given: "Forming teams",
        counted=lambda given, count: f"{count:,} teams",
        phases=("Forming: %(done)s of %(all)s",),
        result=lambda given, result: f"Teams formed: {result['made']}.",
        onward=lambda prefix, given: (reverse("people:teams", args=[prefix]), "See them"),
        again=lambda prefix, given: (reverse("people:teams", args=[prefix]), "Begin anew"),
        whys={"odd": "It is odd."},
    )
    monkeypatch.setitem(KINDS, kind.name, kind)
    yield work


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return make_cast()


def asked(cast: Cast, person: Person | None = None, **given: object) -> Work:
    who = person or cast.referent
    return asking.ask(cast.uuid, who.uuid, "teams", given, at=instant_now(), content=b"file")


def fresh(work: Work) -> Work:
    work.refresh_from_db()
    return work


def done() -> int:
    return doing.do_due(instant_now)


def on_disk(cast: Cast) -> list[str]:
    return sorted(each.name for each in kept.folder_of(cast.uuid).glob("*") if each.is_file())


# ---- doing --------------------------------------------------------------------------------


def test_it_is_told_while_nobody_else_sees_it_yet(cast: Cast, teams: Teams) -> None:
    work = asked(cast)
    told: list[tuple[int, int]] = []

    def look(given: Doing) -> None:
        far = files.progress_of(cast.uuid, work.uuid)
        assert far is not None
        told.append((far.done, far.total))

    teams.between = look
    assert done() == 1
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert (fresh(work).state, work.result) == ("done", {"made": 3, "size": 4})
    assert teams.made() == 3
    assert on_disk(cast) == []
    assert done() == 0


def test_the_same_asked_twice_is_one_work(cast: Cast, teams: Teams) -> None:
    assert asked(cast, a=1) == asked(cast, a=1)
    assert Work.objects.count() == 1
    assert asked(cast, cast.agent, a=1).person == cast.agent.uuid
    for number in range(asking.MOST_AT_ONCE - 1):
        asked(cast, b=number)
    with pytest.raises(asking.TooMany):
        asked(cast, b="one too many")


def test_what_waits_longest_comes_first(cast: Cast, teams: Teams) -> None:
    first, second = asked(cast, a=1), asked(cast, cast.agent)
    Work.objects.filter(pk=second.pk).update(asked_at=first.asked_at - MINUTE)
    done()
    assert (fresh(first).state, fresh(second).state) == ("asked", "done")


def test_it_can_be_stopped_before_and_in_the_midst(cast: Cast, teams: Teams) -> None:
    early, late = asked(cast, a=1), asked(cast, a=2)
    asking.stop(early)
    assert done() == 1
    assert (fresh(early).state, teams.begun) == ("stopped", 0)
    teams.between = lambda given: asking.stop(late)
    assert done() == 1
    assert (fresh(late).state, teams.begun, teams.made()) == ("stopped", 1, 0)
    assert on_disk(cast) == []


def test_a_worker_that_ends_gives_it_back(cast: Cast, teams: Teams) -> None:
    work, ending = asked(cast), Event()
    teams.between = lambda given: ending.set()
    for _ in range(doing.MOST_ATTEMPTS + 1):
        ending.clear()
        doing.do_due(instant_now, ending.is_set)
        assert (fresh(work).state, work.attempts, teams.made()) == ("asked", 0, 0)
    teams.between = lambda given: None
    done()
    assert (fresh(work).state, teams.made()) == ("done", 3)


def test_what_a_dead_worker_had_begun_is_done_by_another(cast: Cast, teams: Teams) -> None:
    work = asked(cast)
    Work.objects.filter(pk=work.pk).update(state="running", attempts=1)
    assert done() == 1
    assert (fresh(work).state, work.attempts) == ("done", 2)


def test_nobody_does_what_somebody_alive_is_at(cast: Cast, teams: Teams) -> None:
    asked(cast)
    with files.held(cast.uuid, Work.objects.get().uuid) as is_ours:
        assert is_ours
        assert done() == 0
    assert done() == 1


def test_a_result_of_one_who_lost_it_does_not_count(cast: Cast, teams: Teams) -> None:
    work = asked(cast)

    def prepare(given: Doing) -> None:
        Work.objects.filter(pk=work.pk).update(attempts=7)

    object.__setattr__(KINDS["teams"], "prepare", prepare)
    done()
    assert (fresh(work).state, work.attempts, teams.begun, teams.made()) == ("running", 7, 0, 0)


def test_what_breaks_off_is_tried_again_and_told_at_last(
    cast: Cast, teams: Teams, caplog: pytest.LogCaptureFixture
) -> None:
    work = asked(cast)

    def breaks(given: Doing) -> None:
        raise RuntimeError("the disk is away")

    teams.between = breaks
    for _ in range(doing.MOST_ATTEMPTS):
        done()
    assert (fresh(work).state, work.why) == ("failed", "broke_off")
    assert (teams.begun, teams.made()) == (doing.MOST_ATTEMPTS, 0)
    assert "the disk is away" in caplog.text
    assert on_disk(cast) == []


def test_what_cannot_be_done_is_tried_once(cast: Cast, teams: Teams) -> None:
    work = asked(cast)

    def odd(given: Doing) -> None:
        raise CannotBeDone("odd")

    teams.between = odd
    done()
    assert (fresh(work).state, work.why, teams.made(), done()) == ("failed", "odd", 0, 0)


def test_who_left_meanwhile_does_nothing_any_more(cast: Cast, teams: Teams) -> None:
    work = asked(cast)
    Membership.objects.filter(person=cast.referent).update(is_active=False)
    done()
    assert (fresh(work).state, work.why, teams.begun) == ("failed", "not_allowed", 0)


def test_leftovers_on_disk_are_cleared_up(cast: Cast, teams: Teams) -> None:
    work = asked(cast)
    files.keep(cast.uuid, uuid4(), b"left by a company that failed")
    assert asking.tidy() == 1
    assert on_disk(cast) == [f"work-{work.uuid.hex}.file"]


# ---- pages --------------------------------------------------------------------------------


def entered(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def url(company: Company, name: str, uuid: UUID | None = None) -> str:
    return reverse(f"works:{name}", args=[company.prefix, *([uuid] if uuid else [])])


def test_the_page_shows_how_far_it_is_and_what_came_of_it(cast: Cast, teams: Teams) -> None:
    client, work = entered(cast.referent), asked(cast)
    page = url(cast.company, "work", work.uuid)
    text = client.get(page).content.decode()
    assert "Waiting for its turn" in text and "hx-get" in text and "<progress" in text
    Work.objects.filter(pk=work.pk).update(state="running", attempts=1)
    files.tell(cast.uuid, work.uuid, files.Progress(0, 1200, COUNT))
    part = client.get(page, headers={"HX-Request": "true"}).content.decode()
    assert "Forming: 1,200 of 5,000 teams" in part and 'value="24"' in part
    assert "<html" not in part
    assert client.post(url(cast.company, "stop", work.uuid)).status_code == 302
    assert "Stopping…" in client.get(page).content.decode()
    done()
    stopped = client.get(page).content.decode()
    assert "Nothing of it was done" in stopped and "Begin anew" in stopped
    assert "hx-get" not in stopped.split('id="work"')[1].split(">")[0]


def test_a_result_stays_until_it_is_put_away(cast: Cast, teams: Teams) -> None:
    client, work = entered(cast.referent), asked(cast)
    assert client.post(url(cast.company, "dismiss", work.uuid)).status_code == 302
    assert Work.objects.count() == 1, "what goes on cannot be put away"
    done()
    assert "Teams formed: 3." in client.get(url(cast.company, "work", work.uuid)).content.decode()
    assert "Teams formed: 3." in client.get(url(cast.company, "list")).content.decode()
    client.post(url(cast.company, "dismiss", work.uuid))
    assert Work.objects.count() == 0
    assert "Nothing is going on" in client.get(url(cast.company, "list")).content.decode()


def test_nobody_sees_or_stops_what_anybody_else_asked_for(cast: Cast, teams: Teams) -> None:
    work = asked(cast)
    for person in (cast.agent, cast.outsider, cast.requester):
        client = entered(person)
        assert client.get(url(cast.company, "work", work.uuid)).status_code == 404
        assert client.post(url(cast.company, "stop", work.uuid)).status_code == 404
        assert client.post(url(cast.company, "dismiss", work.uuid)).status_code == 404
    assert (
        "Forming teams" not in entered(cast.agent).get(url(cast.company, "list")).content.decode()
    )
    assert done() == 1 and fresh(work).state == "done"


def test_one_that_nobody_begins_says_so(cast: Cast, teams: Teams) -> None:
    work = asked(cast)
    Work.objects.filter(pk=work.pk).update(asked_at=work.asked_at - MINUTE)
    page = entered(cast.referent).get(url(cast.company, "work", work.uuid)).content.decode()
    assert "Nobody has begun it yet" in page
