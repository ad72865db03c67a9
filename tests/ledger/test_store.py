"""Appending to the record, and reading it."""

import hashlib
import uuid
from collections.abc import Callable
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from commondesk.core.record import codec
from commondesk.core.record.draft import Draft
from commondesk.core.record.event import Certainty
from commondesk.core.record.events import (
    TicketClosed,
    TicketReleased,
    TicketResolved,
    TicketRestored,
)
from commondesk.ledger import chain, guard, store
from commondesk.ledger.models import Entry, ImmutableEntry
from tests.ledger import record
from tests.ledger.record import AGENT, MONDAY

ONE, OTHER = "one", "other"


def test_entries_are_numbered_through_and_positions_count_within_their_stream(
    company: UUID,
) -> None:
    record.add(company, ONE, TicketResolved(), TicketClosed())
    record.add(company, OTHER, TicketResolved())
    recorded = record.add(company, ONE, TicketRestored())
    assert [(each.sequence, each.event.position) for each in recorded] == [(4, 3)]
    everything = store.read_on(company, after=0, limit=10)
    assert [(each.sequence, each.event.stream, each.event.position) for each in everything] == [
        (1, ONE, 1),
        (2, ONE, 2),
        (3, OTHER, 1),
        (4, ONE, 3),
    ]


def test_drafts_of_one_append_may_be_of_several_streams(company: UUID) -> None:
    drafts = [Draft(stream, MONDAY, AGENT, TicketResolved()) for stream in (ONE, OTHER, ONE)]
    with transaction.atomic():
        recorded = store.append(company, drafts, learnt_at=MONDAY)
    assert [each.event.position for each in recorded] == [1, 1, 2]


def test_what_is_read_is_what_was_appended(company: UUID) -> None:
    draft = Draft(ONE, MONDAY - 5, AGENT, TicketRestored(is_workaround=True), Certainty.ESTIMATED)
    with transaction.atomic():
        (recorded,) = store.append(company, [draft], learnt_at=MONDAY)
    (event,) = store.history(company, ONE)
    assert event == recorded.event
    assert (event.body, event.actor, event.certainty) == (
        draft.body,
        AGENT,
        Certainty.ESTIMATED,
    )
    assert (event.happened_at, event.learnt_at, event.position) == (MONDAY - 5, MONDAY, 1)


def test_reading_on_begins_after_and_ends_at_the_limit(company: UUID) -> None:
    record.interleaved(company, 10)
    read = store.read_on(company, after=3, limit=4)
    assert [each.sequence for each in read] == [4, 5, 6, 7]
    assert list(store.read_on(company, after=10, limit=4)) == []


def test_batches_reach_over_their_size(company: UUID) -> None:
    record.interleaved(company, 10)
    assert [len(batch) for batch in store.batches(company, size=4)] == [4, 4, 2]


def test_the_history_of_an_unknown_stream_is_empty(company: UUID) -> None:
    assert store.history(company, "nothing") == ()
    assert store.position_of(company, "nothing") == 0


def test_companies_have_chains_of_their_own(company: UUID) -> None:
    other = uuid.uuid4()
    record.interleaved(company, 4)
    (recorded,) = record.add(other, ONE, TicketResolved())
    assert recorded.sequence == 1
    assert set(store.companies()) == {company, other}
    assert store.head_of(other).digest != store.head_of(company).digest
    assert store.head_of(uuid.uuid4()) == store.Head(0, chain.GENESIS)


def test_a_company_is_found_by_prefix_and_uuid(company: UUID) -> None:
    record.found(company, prefix="ACME")
    assert store.company_of("acme") == store.company_of(str(company)) == company
    with pytest.raises(store.UnknownCompany, match="'ACM'; known: ACME"):
        store.company_of("ACM")
    with pytest.raises(store.UnknownCompany):
        store.company_of("")


def test_an_expected_position_that_holds_lets_the_write_pass(company: UUID) -> None:
    record.add(company, ONE, TicketResolved())
    draft = Draft(ONE, MONDAY, AGENT, TicketClosed())
    with transaction.atomic():
        store.append(company, [draft], learnt_at=MONDAY, expected={ONE: 1, OTHER: 0})
    assert store.position_of(company, ONE) == 2


def test_a_stale_write_is_refused_and_names_stream_and_positions(company: UUID) -> None:
    record.add(company, ONE, TicketResolved(), TicketClosed())
    draft = Draft(ONE, MONDAY, AGENT, TicketClosed())
    with pytest.raises(store.StaleWrite) as refusal, transaction.atomic():
        store.append(company, [draft], learnt_at=MONDAY, expected={ONE: 1})
    problem = refusal.value
    assert (problem.stream, problem.expected, problem.actual) == (ONE, 1, 2)
    assert store.head_of(company).sequence == 2


def test_a_stream_that_is_only_watched_can_be_stale_too(company: UUID) -> None:
    record.add(company, OTHER, TicketResolved())
    draft = Draft(ONE, MONDAY, AGENT, TicketResolved())
    told = "other was expected at position 0 and is at 1"
    with pytest.raises(store.StaleWrite, match=told), transaction.atomic():
        store.append(company, [draft], learnt_at=MONDAY, expected={OTHER: 0})


def test_many_streams_at_once_keep_their_positions(company: UUID) -> None:
    streams = [f"stream {index}" for index in range(30)]
    for _ in range(2):
        drafts = [Draft(stream, MONDAY, AGENT, TicketResolved()) for stream in streams]
        with transaction.atomic():
            store.append(company, drafts, learnt_at=MONDAY)
    assert [store.position_of(company, stream) for stream in streams] == [2] * 30


@pytest.mark.django_db(transaction=True)
def test_appending_outside_a_transaction_is_refused(company: UUID) -> None:
    draft = Draft(ONE, MONDAY, AGENT, TicketResolved())
    with pytest.raises(store.OutsideTransaction, match=r"inside transaction\.atomic"):
        store.append(company, [draft], learnt_at=MONDAY)


def test_a_body_that_could_not_be_read_back_never_gets_in(company: UUID) -> None:
    wrong = TicketReleased(owner=None)  # type: ignore[arg-type]
    draft = Draft(ONE, MONDAY, AGENT, wrong)
    with pytest.raises(codec.UnreadableEvent, match="owner"), transaction.atomic():
        store.append(company, [draft], learnt_at=MONDAY)
    assert store.head_of(company).sequence == 0


def test_half_a_character_in_a_body_is_refused_plainly(company: UUID) -> None:
    draft = Draft(ONE, MONDAY, AGENT, TicketReleased(owner="\ud800"))
    with pytest.raises(codec.UnreadableEvent, match=r"ticket\.released"), transaction.atomic():
        store.append(company, [draft], learnt_at=MONDAY)


def test_a_zero_character_in_a_body_survives(company: UUID) -> None:
    record.add(company, ONE, TicketReleased(owner="a\0b"))
    assert store.history(company, ONE)[0].body == TicketReleased(owner="a\0b")


def test_an_append_that_is_rolled_back_leaves_nothing(company: UUID) -> None:
    record.add(company, ONE, TicketResolved())
    before = store.head_of(company)
    with pytest.raises(RuntimeError), transaction.atomic():
        store.append(company, [Draft(ONE, MONDAY, AGENT, TicketClosed())], learnt_at=MONDAY)
        raise RuntimeError
    assert store.head_of(company) == before
    assert len(store.history(company, ONE)) == 1


# ---- immutability -------------------------------------------------------------------------


def test_models_refuse_to_change_entries(company: UUID) -> None:
    record.add(company, ONE, TicketResolved())
    entry = Entry.objects.get()
    attempts: list[Callable[[], object]] = [
        entry.save,
        entry.delete,
        lambda: Entry.objects.all().delete(),
        lambda: Entry.objects.update(name="x"),
        lambda: Entry.objects.create(company=company, sequence=2),
    ]
    for attempt in attempts:
        with pytest.raises(ImmutableEntry):
            attempt()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entry SET name = 'ticket.closed'",
        "DELETE FROM ledger_entry",
    ],
)
def test_the_database_itself_refuses(company: UUID, statement: str) -> None:
    record.add(company, ONE, TicketResolved())
    told = pytest.raises(DatabaseError, match="never changed or removed")
    with told, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert len(store.history(company, ONE)) == 1


def test_the_table_cannot_be_emptied(company: UUID) -> None:
    record.add(company, ONE, TicketResolved())
    by_one_word = connection.vendor == "postgresql"
    told = pytest.raises(DatabaseError, match="never changed or removed")
    with told, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE ledger_entry" if by_one_word else "DELETE FROM ledger_entry")
    assert len(store.history(company, ONE)) == 1


def test_the_guard_can_be_set_up_twice(company: UUID) -> None:
    steps: list[Callable[..., None]] = [guard.set_up, guard.set_up, guard.lift, guard.lift]
    for step in (*steps, guard.set_up):
        step(connection)


# ---- the text that is hashed --------------------------------------------------------------

words = st.text(st.characters(exclude_categories=["Cs"]))
numbers = st.integers(-(2**63), 2**63 - 1)


@given(
    company=st.uuids().map(str),
    row=st.tuples(
        numbers, words, numbers, words, numbers, numbers, numbers, words, words, words, words
    ),
)
def test_the_envelope_is_the_canonical_list(company: str, row: chain.Row) -> None:
    wanted = codec.canonical([company, row[0], *row[1:10]])
    assert chain.envelope_of(company, row, row[0]) == wanted


def test_the_first_digest_follows_from_nothing_but_the_entry() -> None:
    """Worked by hand, so that the format cannot change unnoticed."""
    company = "00000000-0000-4000-8000-000000000001"
    row: chain.Row = (
        1,
        "company",
        1,
        "ticket.resolved",
        1,
        1741597200000000,
        1741597200000001,
        "observed",
        '["machine","rule"]',
        "{}",
        "",
    )
    text = (
        '["00000000-0000-4000-8000-000000000001",1,"company",1,"ticket.resolved",1,'
        '1741597200000000,1741597200000001,"observed","[\\"machine\\",\\"rule\\"]","{}"]'
    )
    assert chain.envelope_of(company, row, 1) == text
    assert (
        chain.digest_of(chain.GENESIS, text)
        == hashlib.sha256(("0" * 64 + text).encode()).hexdigest()
    )
