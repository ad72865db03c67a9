"""Finding tickets by words: what is found, by whom, and how it is kept and forgotten."""

from __future__ import annotations

import random
import threading
import time
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection, connections, transaction
from hypothesis import given
from hypothesis import strategies as st

from commondesk.accounts import policy
from commondesk.accounts.models import Membership, Person, Provider
from commondesk.cli import worker
from commondesk.core.record import events as e
from commondesk.core.record.event import COMPANY_STREAM, Actor, Side
from commondesk.core.record.instant import DAY, MINUTE
from commondesk.desk import actions, projections, search
from commondesk.desk.models import RowsMade, SearchEntry, SearchTicket, SearchWaiting, TicketRow
from commondesk.desk.queue import pages, selection
from commondesk.desk.queue.asked import Asked, Field, Term, View, asked, is_since, parted, since
from commondesk.desk.queue.reach import Reach
from commondesk.ledger import store, words
from tests.desk.cast import MONDAY, Cast, make_cast, on

LATER = on(10, "10:00")
TEST = Actor("test", Side.MACHINE)


def found(cast: Cast, text: str, person: Person | None = None) -> list[int]:
    """The numbers of the tickets that somebody finds, the newest first."""
    viewer = policy.viewer_of(person or cast.agent, cast.company)
    assert viewer is not None
    terms, _ = parted(text)
    places = [
        each for some in search.walk(search.scopes_of(viewer), terms, place=None) for each in some
    ]
    tickets = dict(SearchTicket.objects.filter(id__in=places).values_list("id", "ticket"))
    return [TicketRow.objects.get(uuid=tickets[each]).number - 1000 for each in places]


# ---- what is found ------------------------------------------------------------------------


def test_words_of_subject_message_requester_file_and_number(cast: Cast) -> None:
    cast.open(subject="Label printer", text="It grinds.", requester=cast.colleague.uuid)
    press = cast.open(subject="Press 4 stands still", text="Ölpumpe läuft heiß – ZÜRICH, Halle 3.")
    file = actions.keep_attachment(
        cast.uuid, press, name="pump-protocol_v2.pdf", media_type="application/pdf", content=b"%"
    )
    cast.writes(press, LATER, "See file.", attachments=[file])
    cast.replies(press, LATER + MINUTE, "We send somebody with a gasket.")
    for text, expected in {
        "printer": [1],
        "PRINTER": [1],
        "print": [1],
        "carla": [1],
        "printer carla": [1],
        "printer paul": [],
        "press": [2],
        "still press": [2],
        "zurich": [2],
        "Zürich": [2],
        "olpumpe": [2],
        "heiß": [2],
        "gasket": [2],
        "gasket press": [2],
        "protocol": [2],
        "pump-protocol_v2.pdf": [2],
        "1002 press": [2],
        '"stands still"': [2],
        '"still stands"': [],
        '"press 4" still': [2],
        "grinds": [1],
        "rinds": [],
        "it": [1],
        "nothing of this": [],
        "%": [],
        "*": [],
        "": [],
    }.items():
        assert found(cast, text) == expected, text


def test_a_half_typed_last_word_is_enough_and_a_whole_one_stands(cast: Cast) -> None:
    cast.open(subject="Printers everywhere")
    assert found(cast, "printer") == [1]
    assert found(cast, "pri") == [1]
    assert found(cast, "pr") == []
    cast.open(subject="One printer")
    assert found(cast, "printer") == [2]
    assert found(cast, "printer one") == [2]
    assert found(cast, '"print"') == []


def test_the_newest_ticket_comes_first_and_each_once(cast: Cast) -> None:
    tickets = [cast.open(on(10, f"09:0{each}"), subject="Press") for each in range(4)]
    for ticket in tickets[:2]:
        cast.writes(ticket, LATER, "The press again.")
    assert found(cast, "press") == [4, 3, 2, 1]


def test_more_documents_than_one_look_takes(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "FIRST_LOOK", 2)
    for each in range(5):
        ticket = cast.open(on(10, f"09:0{each}"), subject="Press")
        cast.writes(ticket, LATER, "The press again.")
        cast.writes(ticket, LATER + MINUTE, "And again.")
    assert found(cast, "press") == [5, 4, 3, 2, 1]
    reach = Reach(cast.company, policy.viewer_of(cast.agent, cast.company) or pytest.fail())
    page = pages.queue_page([reach], asked({"q": "press owner:none"}), at=LATER)
    assert [row.number - 1000 for row in page.groups[0].rows] == [5, 4, 3, 2, 1]


@pytest.mark.parametrize("few", [0, 4, 2000])
@pytest.mark.parametrize("jump", [1, 300])
@pytest.mark.parametrize("seed", range(3))
def test_a_filter_finds_what_a_look_at_each_ticket_finds(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, seed: int, jump: int, few: int
) -> None:
    dice = random.Random(seed)
    tickets = [cast.open(on(10, "09:00"), subject="Press") for _ in range(12)]
    for ticket in tickets:
        owner, is_open = dice.choice([None, cast.agent.uuid]), dice.random() < 0.6
        TicketRow.objects.filter(uuid=ticket).update(
            status=dice.choice(["open", "waiting"]) if is_open else "resolved",
            shelf=(1 if owner else 0) if is_open else None,
            owner=owner,
            updated_at=dice.choice([LATER, LATER - DAY]),
        )
    monkeypatch.setattr(search, "FIRST_LOOK", 2)
    monkeypatch.setattr(search, "JUMP", jump)
    monkeypatch.setattr(selection, "FEW", few)
    reach = Reach(cast.company, policy.viewer_of(cast.agent, cast.company) or pytest.fail())
    for narrowing in NARROWINGS:
        for view in ("all", "unowned", "mine", "due"):
            # Without words no index of words is asked.
            bare, _ = pages.selected([reach], asked({"q": narrowing, "view": view}), LATER)
            wanted = sorted((row.number for row in bare.read(100)), reverse=True)
            given = asked({"q": f"press {narrowing}", "view": view})
            assert turned_through([reach], given) == wanted, (narrowing, view)


NARROWINGS = (
    "status:open",
    "status:open owner:none",
    "status:waiting,open owner:me",
    "status:open owner:none,me",
    "requester:nobody@home.example changed:1h",
    "changed:1h",
    "status:solved owner:none",
)


def turned_through(reaches: list[Reach], given: Asked) -> list[int]:
    """The tickets of a list, page by page to the end; the same come on the way back."""
    selected, _ = pages.selected(reaches, given, LATER)
    there: list[int] = []
    key: tuple[int | str, ...] | None = None
    while rows := selected.read(2, key=key):
        there += [row.number for row in rows]
        key = (rows[-1].place,)
    back: list[int] = []
    key = (0,)
    while rows := selected.read(2, key=key, backwards=True):
        back = [row.number for row in rows] + back
        key = (rows[0].place,)
    assert back == there
    return there


def test_a_ticket_that_nobody_wrote_on_is_found_by_its_subject(cast: Cast) -> None:
    first = cast.open(subject="Silent press")
    row = cast.row(first)
    search.remove(first, [search.Document(each.id, each.position) for each in cast.messages(first)])
    row.messages.all().delete()
    search.later(cast.uuid, first)
    assert found(cast, "silent") == [1]
    projections.refresh(cast.uuid, str(first))
    assert found(cast, "silent") == [1]
    assert projections.differences(cast.uuid) == []


# ---- by whom ------------------------------------------------------------------------------


def test_nobody_finds_a_ticket_by_words_they_may_not_read(cast: Cast) -> None:
    helpers = Provider.objects.create(title="Helpers")
    Membership.objects.filter(company=cast.company, side="provider").update(provider=helpers)
    ticket = cast.open(subject="Press", text="publicly")
    at = LATER
    for person, audience, text in (
        (cast.agent, e.Audience.OWN_TEAM, "ownofagent"),
        (cast.referent, e.Audience.OWN_TEAM, "ownofreferent"),
        (cast.agent, e.Audience.BOTH_TEAMS, "betweenteams"),
    ):
        cast.does(person, ticket, actions.write_note, at)(text=text, audience=audience)
    readers = {
        "publicly": {"agent", "expert", "referent", "requester"},
        "press": {"agent", "expert", "referent", "requester"},
        "betweenteams": {"agent", "expert", "referent"},
        "ownofagent": {"agent", "expert"},
        "ownofreferent": {"referent"},
    }
    everybody = ("agent", "expert", "referent", "requester", "colleague")
    for text, allowed in readers.items():
        for name in everybody:
            expected = [1] if name in allowed else []
            assert found(cast, text, getattr(cast, name)) == expected, (text, name)
            if len(text) > 5:
                assert found(cast, text[:-2], getattr(cast, name)) == expected, (text, name)


def test_a_second_provider_reads_no_note_of_the_first(cast: Cast) -> None:
    first, second = (Provider.objects.create(title=each) for each in ("First", "Second"))
    own = Membership.objects.filter(company=cast.company)
    own.filter(person=cast.agent).update(provider=first)
    own.filter(person=cast.expert).update(provider=second)
    ticket = cast.open()
    write = cast.does(cast.agent, ticket, actions.write_note, LATER)
    write(text="firstsown", audience=e.Audience.OWN_TEAM)
    assert found(cast, "firstsown") == [1]
    assert found(cast, "firstsown", cast.expert) == []


def test_two_companies_share_an_index_and_nothing_else(cast: Cast) -> None:
    cast.open(subject="Onlyinacme")
    viewer = policy.viewer_of(cast.outsider, cast.outsider.memberships.get().company)
    assert viewer is not None
    terms = (Term("onlyinacme"),)
    assert list(search.walk(search.scopes_of(viewer), terms, place=None)) == []
    marks = f"c{cast.uuid.hex}e"
    assert list(search.walk(search.scopes_of(viewer), (Term(marks),), place=None)) == []


def test_a_mark_that_somebody_writes_opens_nothing(cast: Cast) -> None:
    ticket = cast.open()
    write = cast.does(cast.agent, ticket, actions.write_note, LATER)
    marks = f"c{cast.uuid.hex}e r{cast.requester.uuid.hex}"
    write(text=f"canary {marks}", audience=e.Audience.OWN_TEAM)
    assert found(cast, "canary") == [1]
    assert found(cast, "canary", cast.requester) == []
    assert found(cast, "canary", cast.referent) == []


# ---- kept, forgotten, made anew -----------------------------------------------------------


def erase(cast: Cast, *ids: str) -> None:
    words.erase(cast.uuid, ids, ground="asked", actor=TEST, at=LATER)


def test_erased_words_find_nothing(cast: Cast) -> None:
    ticket = cast.open(subject="Canarysubject", text="Canarytext here")
    file = actions.keep_attachment(
        cast.uuid, ticket, name="canaryfile.pdf", media_type="application/pdf", content=b"%"
    )
    cast.writes(ticket, LATER, "Othertext.", attachments=[file])
    opened, received = cast.history(ticket)[0].body, first_message(cast, ticket)
    assert isinstance(opened, e.TicketOpened)
    erase(cast, received.text.id)
    assert (found(cast, "canarytext"), found(cast, "canarysubject")) == ([], [1])
    erase(cast, file.name.id)
    assert (found(cast, "canaryfile"), found(cast, "othertext")) == ([], [1])
    erase(cast, opened.subject.id)
    assert (found(cast, "canarysubject"), found(cast, "othertext")) == ([], [1])
    assert projections.differences(cast.uuid) == []


def first_message(cast: Cast, ticket: UUID) -> e.MessageReceived:
    return next(
        event.body for event in cast.history(ticket) if isinstance(event.body, e.MessageReceived)
    )


def test_an_erased_person_is_found_no_more(cast: Cast) -> None:
    cast.open()
    assert found(cast, "paul") == [1]
    introduced = next(
        event.body
        for event in store.history(cast.uuid, COMPANY_STREAM)
        if isinstance(event.body, e.PersonIntroduced)
        and event.body.person == str(cast.requester.uuid)
    )
    erase(cast, introduced.title.id)
    assert found(cast, "paul") == []
    assert projections.differences(cast.uuid) == []


@pytest.mark.django_db(transaction=True)
def test_erased_words_leave_no_trace_in_the_files_of_the_database() -> None:
    cast = make_cast()
    for each in range(40):
        cast.open(on(10, f"09:{each:02}"), text=f"filler{each} words so that segments form")
    ticket = cast.open(subject="Press", text="Its name is qxjzkwvqcanary.")
    assert found(cast, "qxjzkwvqcanary") == [41]
    if connection.vendor == "sqlite":
        assert b"zkwvqcanary" in on_disk()
    erase(cast, first_message(cast, ticket).text.id)
    assert found(cast, "qxjzkwvqcanary") == []
    if connection.vendor == "sqlite":
        assert b"zkwvqcanary" not in on_disk()
    assert projections.differences(cast.uuid) == []


def on_disk() -> bytes:
    name = Path(str(connection.settings_dict["NAME"]))
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return b"".join(path.read_bytes() for path in name.parent.glob(f"{name.name}*"))


def test_the_index_is_made_anew_with_the_rows(cast: Cast) -> None:
    tickets = [cast.open(on(10, f"09:0{each}"), subject=f"Press {each}") for each in range(3)]
    cast.does(cast.agent, tickets[0], actions.merge, LATER)(into=tickets[1])
    other = cast.outsider.memberships.get().company
    actions.open_ticket(
        company=other.uuid,
        at=MONDAY,
        requester=cast.outsider.uuid,
        actor=Actor(str(cast.outsider.uuid), Side.COMPANY),
        channel=e.Channel.MAIL,
        subject="Elsewhere",
        text="Elsewhere.",
    )
    before = found(cast, "press")
    assert before == [3, 2, 1]
    assert projections.rebuild(cast.uuid) == 3
    assert found(cast, "press") == before
    assert projections.differences(cast.uuid) == []
    assert projections.differences(other.uuid) == []
    assert SearchTicket.objects.count() == 4
    TicketRow.objects.filter(company=other.uuid).exists()
    projections.rebuild(other.uuid)
    assert found(cast, "press") == before


def test_a_difference_between_words_and_index_is_told(cast: Cast) -> None:
    ticket = cast.open()
    assert projections.differences(cast.uuid) == []
    search.catch_up()
    assert projections.differences(cast.uuid) == []
    SearchEntry.objects.all().delete()
    assert any("cannot be found" in each for each in projections.differences(cast.uuid))
    projections.rebuild(cast.uuid)
    assert projections.differences(cast.uuid) == []
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE desk_messagerow SET text = 'Other words' WHERE ticket_id = %s", [ticket.hex]
        )
    assert any(each.startswith("search:") for each in projections.differences(cast.uuid))


def test_rows_of_an_older_version_are_made_anew_once(
    cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    ticket = cast.open()
    assert projections.catch_up() == ()
    TicketRow.objects.update(shelf=None, shelf_at=0, providers="?")
    SearchEntry.objects.all().delete()
    SearchTicket.objects.all().delete()
    RowsMade.objects.filter(company=cast.uuid).update(version=1)
    with caplog.at_level("INFO"):
        assert projections.catch_up() == (cast.uuid,)
    assert "made anew" in caplog.text
    assert cast.row(ticket).shelf is not None
    assert found(cast, "press") == [1]
    assert projections.differences(cast.uuid) == []
    assert projections.catch_up() == ()
    RowsMade.objects.all().delete()
    assert set(projections.catch_up()) == set(store.companies())


# ---- what waits for the index -------------------------------------------------------------


def waiting() -> int:
    return SearchWaiting.objects.count()


def test_a_step_waits_for_no_index_and_a_search_finds_it_all_the_same(cast: Cast) -> None:
    ticket = cast.open(subject="Press")
    cast.writes(ticket, LATER, "A gasket is missing.")
    assert (waiting(), SearchEntry.objects.count()) == (2, 0)
    assert found(cast, "gasket press") == [1]
    assert (waiting(), SearchEntry.objects.count()) == (0, 2)
    assert search.catch_up() == 0


@pytest.mark.django_db(transaction=True)
def test_the_worker_takes_in_what_waits() -> None:
    cast = make_cast()
    for each in range(3):
        cast.open(on(10, f"09:0{each}"), subject=f"Press {each}")
    stop = threading.Event()
    indexer = threading.Thread(target=worker.index, args=(stop,))
    indexer.start()
    deadline = time.monotonic() + 60
    while waiting() and time.monotonic() < deadline:
        time.sleep(0.05)
    stop.set()
    indexer.join()
    assert waiting() == 0
    assert projections.differences(cast.uuid) == []
    assert found(cast, "press") == [3, 2, 1]


def test_what_changes_while_it_waits_is_indexed_as_it_is_then(cast: Cast) -> None:
    one, other = (cast.open(on(10, f"09:0{each}"), subject="Canarysubject") for each in range(2))
    received = first_message(cast, one)
    erase(cast, received.text.id)
    cast.does(cast.agent, one, actions.merge, LATER)(into=other)
    assert SearchEntry.objects.count() == 0
    search.catch_up()
    assert projections.differences(cast.uuid) == []
    cast.writes(other, LATER + MINUTE, "Latertext.")
    opened = cast.history(other)[0].body
    assert isinstance(opened, e.TicketOpened)
    erase(cast, opened.subject.id)
    # The first message was indexed and is taken out; the second waits, and never was.
    assert projections.differences(cast.uuid) == []
    assert found(cast, "latertext") == [2]
    assert found(cast, "canarysubject") == [1]
    assert projections.differences(cast.uuid) == []


def test_many_are_taken_in_some_at_a_time(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "AT_ONCE", 2)
    for each in range(5):
        cast.open(on(10, f"09:0{each}"), subject=f"Press {each}")
    assert search.catch_up(3) == 3
    assert waiting() == 2
    monkeypatch.setattr(search, "MOST_AT_A_SEARCH", 1)
    assert found(cast, "press") == [4, 3, 2, 1]
    assert search.catch_up() == 1
    assert found(cast, "press") == [5, 4, 3, 2, 1]


def test_what_waits_is_made_anew_with_the_rows(cast: Cast) -> None:
    cast.open(subject="Press")
    assert projections.rebuild(cast.uuid) == 1
    assert waiting() == 0
    assert found(cast, "press") == [1]
    search.later(cast.uuid, UUID(int=1))  # of a ticket that is there no more
    assert search.catch_up() == 1
    assert projections.differences(cast.uuid) == []


def test_a_step_that_is_undone_leaves_nothing_to_index(cast: Cast) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        cast.open(subject="Press")
        raise ZeroDivisionError
    assert waiting() == 0


@pytest.mark.django_db(transaction=True)
def test_a_search_waits_for_nobody_who_writes() -> None:
    cast = make_cast()
    cast.open(subject="Press")
    assert found(cast, "press") == [1]
    cast.open(on(10, "09:05"), subject="Press")
    is_writing, may_end = threading.Event(), threading.Event()

    def write() -> None:
        try:
            with transaction.atomic():
                store.hold(cast.uuid)
                is_writing.set()
                may_end.wait(30)
        finally:
            connections.close_all()

    writer = threading.Thread(target=write)
    writer.start()
    assert is_writing.wait(30)
    try:
        began = time.monotonic()
        assert found(cast, "press") == [1]
        assert time.monotonic() - began < 10
    finally:
        may_end.set()
        writer.join()
    assert found(cast, "press") == [2, 1]


# ---- what people type ---------------------------------------------------------------------


def test_operators() -> None:
    wanted = asked({"q": 'status:open owner:me priority:1 "vpn tunnel" printer'})
    assert wanted.filters == {
        Field.STATUS: ("open",),
        Field.OWNER: ("me",),
        Field.PRIORITY: ("P1",),
    }
    assert wanted.terms == (Term("vpn tunnel"), Term("printer", is_open=True))
    assert wanted.view is View.ALL
    assert wanted.text == '"vpn tunnel" printer'
    assert asked({"q": 'requester:"Paul Press"'}).filters == {Field.REQUESTER: ("Paul Press",)}
    assert asked({"q": "http://x.example/a?b"}).terms[0].text == "http://x.example/a?b"
    assert asked({"q": "unknown:thing"}).terms[0].text == "unknown:thing"
    assert asked({"view": "mine", "q": "press"}).view is View.MINE


@given(st.text(max_size=300))
def test_whatever_is_typed_is_understood_somehow(text: str) -> None:
    wanted = asked({"q": text})
    assert isinstance(wanted, Asked)
    assert len(wanted.terms) <= 8
    for term in wanted.terms:
        assert '"' not in term.text
        assert any(each.isalnum() for each in term.text)


pieces = st.one_of(
    st.sampled_from(
        ["status:open", "owner:me", "priority:2", "kind:alert", "team:L1", "opened:7d"]
    ),
    st.from_regex(r"[a-zäöü0-9]{1,12}", fullmatch=True),
    st.from_regex(r'"[a-z0-9:]{1,8} [a-z0-9]{1,8}"', fullmatch=True),
)


@given(st.lists(pieces, max_size=8))
def test_an_address_asks_for_the_same_again(some: list[str]) -> None:
    from urllib.parse import parse_qsl

    wanted = asked({"q": " ".join(some)})
    again = asked(dict(parse_qsl(wanted.address().removeprefix("?"))))
    assert again.filters == wanted.filters
    assert again.view == wanted.view
    assert [each.text for each in again.terms] == [each.text for each in wanted.terms]
    assert again.address() == wanted.address()


@given(st.text(max_size=20))
def test_since_is_an_instant_before_the_far_future(text: str) -> None:
    from zoneinfo import ZoneInfo

    if is_since(text):
        assert isinstance(since(text, ZoneInfo("Europe/Berlin"), MONDAY), int)


def test_since_when() -> None:
    from zoneinfo import ZoneInfo

    zone = ZoneInfo("Europe/Berlin")
    assert since("7d", zone, MONDAY) == MONDAY - 7 * DAY
    assert since("2025-03-10", zone, MONDAY) == on(9, "23:00")
    assert since("today", zone, MONDAY) == on(9, "23:00")
    assert since("yesterday", zone, MONDAY) == on(8, "23:00")
    assert not any(map(is_since, ("0d", "7", "d7", "7m", "2025-02-30", "٣d", "", "2025-3-1")))


hostile = st.text(alphabet=st.sampled_from("ab \"*^():{}+-~\\/%_'\0<>&|!.,;\n\tÄß😀ﬀ"), max_size=40)


@pytest.mark.django_db
def test_hostile_words_never_break_the_question() -> None:
    cast = make_cast()
    cast.open(subject="ab", text="Äß a-b")

    @given(hostile)
    def asks(text: str) -> None:
        assert found(cast, text) in ([], [1])

    asks()
