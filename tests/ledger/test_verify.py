"""Whoever tampers with the record is found, and the place is named."""

from uuid import UUID

import pytest

from commondesk.core.record.events import TicketResolved
from commondesk.core.record.instant import HOUR
from commondesk.ledger import anchors, chain, files, store, verify
from commondesk.ledger.models import ChainHead, Words
from tests.ledger import record
from tests.ledger.record import AGENT, MONDAY, faults, places

CHANGED = "was changed, or the one before it was changed together with its digest"


def test_a_record_left_alone_is_sound(company: UUID) -> None:
    record.record(company)
    report = verify.verify(company)
    assert report.is_sound
    assert report.faults == ()
    assert report.entries == 22
    assert report.head == store.head_of(company)
    assert report.words_checked == 3 + 4 * 5


def test_an_empty_record_is_sound(company: UUID) -> None:
    assert verify.verify(company).is_sound
    assert verify.verify(company).remarks == ()


# ---- one event changed --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("happened_at", MONDAY - HOUR),
        ("learnt_at", MONDAY - HOUR),
        ("actor", '["provider","33333333-3333-4333-8333-333333333333"]'),
        ("certainty", "estimated"),
        ("name", "ticket.closed"),
        ("version", 2),
        ("body", '{"by_reply":true}'),
        ("stream", "another"),
        ("digest", "0" * 64),
    ],
)
@pytest.mark.parametrize("sequence", [1, 9, 20])
def test_a_changed_event_is_found(company: UUID, field: str, value: object, sequence: int) -> None:
    record.interleaved(company, 20)
    record.change(company, sequence, **{field: value})
    assert places(company)[0] == f"entry {sequence}"


def test_a_change_is_told_once_and_plainly(company: UUID) -> None:
    record.interleaved(company, 20)
    record.change(company, 9, happened_at=MONDAY - HOUR)
    assert faults(company, is_quick=True) == [("entry 9", CHANGED)]


def test_two_changes_are_two_faults_in_order(company: UUID) -> None:
    record.interleaved(company, 20)
    record.change(company, 15, happened_at=MONDAY - HOUR)
    record.change(company, 4, happened_at=MONDAY - HOUR)
    assert places(company) == ["entry 4", "entry 15"]


def test_a_change_hidden_by_a_new_digest_shows_at_the_next_entry(company: UUID) -> None:
    record.interleaved(company, 20)
    record.change(company, 9, happened_at=MONDAY - HOUR)
    row = next(row for row in next(store.batches(company)) if row[0] == 9)
    previous = next(row[10] for row in next(store.batches(company)) if row[0] == 8)
    digest = chain.digest_of(previous, chain.envelope_of(str(company), row, 9))
    record.change(company, 9, digest=digest)
    assert faults(company, is_quick=True) == [("entry 10", CHANGED)]


def test_changed_positions_are_found(company: UUID) -> None:
    record.interleaved(company, 20)
    record.exchange(company, 5, 7, "position")
    told = faults(company, is_quick=True)
    assert [place for place, what in told if "changed" in what] == ["entry 5", "entry 7"]


def test_changing_everything_does_not_flood(company: UUID) -> None:
    record.interleaved(company, 200)
    record.entries(company).update(happened_at=MONDAY)
    told = faults(company, is_quick=True)
    assert told == [("entry 2", "and those after it do not follow from what stands before")]


def test_many_changes_are_counted_after_the_first_twenty(company: UUID) -> None:
    record.interleaved(company, 100)
    for sequence in range(10, 100, 3):
        record.change(company, sequence, happened_at=MONDAY - HOUR)
    report = verify.verify(company, is_quick=True)
    assert report.faults[0].place == "entry 10"
    assert (len(report.faults), report.further_faults) == (20, 10)


# ---- removed ------------------------------------------------------------------------------


def test_a_removed_event_is_found(company: UUID) -> None:
    first, _ = record.interleaved(company, 20)
    record.remove(company, [9])
    assert faults(company, is_quick=True) == [
        ("entry 9", "is missing"),
        ("entry 11", f"stream {first} goes from position 4 to 6"),
    ]


def test_a_removed_stretch_is_found(company: UUID) -> None:
    record.interleaved(company, 20)
    record.remove(company, [9, 10, 11])
    assert faults(company, is_quick=True)[0] == ("entries 9 to 11", "are missing")


def test_the_first_events_removed_are_found(company: UUID) -> None:
    record.interleaved(company, 20)
    record.remove(company, [1, 2])
    assert faults(company, is_quick=True)[0] == ("entries 1 to 2", "are missing")


@pytest.mark.parametrize("count", [1, 3])
def test_a_removal_with_the_rest_renumbered_is_found(company: UUID, count: int) -> None:
    record.interleaved(company, 20)
    record.remove(company, range(9, 9 + count))
    record.renumber(company, 9 + count, -count)
    place, what = faults(company, is_quick=True)[0]
    assert place == "entry 9"
    assert what.endswith("removed before it, and the later ones renumbered")


def test_a_hole_in_a_stream_is_told_although_the_chain_is_whole(company: UUID) -> None:
    """As a mistaken program would write it; the chain alone would not see it."""
    first, _ = record.interleaved(company, 20)
    record.change(company, 20, position=12)
    record.change(company, 19, position=12)
    record.rewrite(company, 19)
    assert faults(company, is_quick=True)[0] == (
        "entry 19",
        f"stream {first} goes from position 9 to 12",
    )


# ---- swapped ------------------------------------------------------------------------------


@pytest.mark.parametrize(("one", "other"), [(9, 10), (9, 11), (4, 17), (1, 20), (19, 20), (1, 2)])
def test_swapped_events_are_found(company: UUID, one: int, other: int) -> None:
    record.interleaved(company, 20)
    record.exchange(company, one, other)
    assert faults(company, is_quick=True) == [(f"entries {one} and {other}", "were swapped")]


@pytest.mark.parametrize(("one", "other"), [(9, 10), (4, 17)])
def test_swapped_contents_are_found(company: UUID, one: int, other: int) -> None:
    """The digests stay where they are, everything else changes places."""
    record.interleaved(company, 20)
    contents = ("stream", "position", "happened_at", "learnt_at", "actor", "body", "name")
    record.exchange(company, one, other, *contents)
    assert faults(company, is_quick=True) == [(f"entries {one} and {other}", "were swapped")]


# ---- inserted -----------------------------------------------------------------------------


@pytest.mark.parametrize("sequence", [2, 9, 20])
def test_an_inserted_event_is_found(company: UUID, sequence: int) -> None:
    record.interleaved(company, 20)
    record.renumber(company, sequence, 1)
    record.insert(company, sequence)
    assert faults(company, is_quick=True)[0] == (f"entry {sequence}", "was inserted")


def test_two_inserted_events_are_found(company: UUID) -> None:
    record.interleaved(company, 20)
    record.renumber(company, 9, 2)
    record.insert(company, 9)
    record.insert(company, 10)
    assert faults(company, is_quick=True)[0] == ("entries 9 to 10", "were inserted")


def test_an_inserted_event_with_a_fitting_digest_is_found(company: UUID) -> None:
    record.interleaved(company, 20)
    record.renumber(company, 9, 1)
    record.insert(company, 9)
    rows = {row[0]: row for row in next(store.batches(company))}
    digest = chain.digest_of(rows[8][10], chain.envelope_of(str(company), rows[9], 9))
    record.change(company, 9, digest=digest)
    assert faults(company, is_quick=True)[0] == ("entry 9", "was inserted")


def test_an_event_added_behind_the_head_is_found(company: UUID) -> None:
    record.interleaved(company, 20)
    record.insert(company, 21)
    told = faults(company, is_quick=True)
    assert ("entry 21", "was added behind the head row, which knows 20 entries") in told


@pytest.mark.parametrize("sequence", [0, -5])
def test_an_event_before_the_first_is_found(company: UUID, sequence: int) -> None:
    record.interleaved(company, 20)
    record.insert(company, sequence)
    assert str(sequence) in places(company)[0]


# ---- truncated ----------------------------------------------------------------------------


def test_a_cut_end_is_found_by_the_head_row(company: UUID) -> None:
    record.interleaved(company, 20)
    record.cut(company, 15, is_head_adjusted=False)
    assert faults(company, is_quick=True) == [
        ("end, after entry 15", "the head row knows 20 entries: the last ones were removed")
    ]


def test_a_cut_end_with_the_head_adjusted_is_found_by_the_anchor(company: UUID) -> None:
    record.interleaved(company, 20)
    anchors.write(company, at=MONDAY)
    record.cut(company, 15, is_head_adjusted=True)
    assert faults(company, is_quick=True) == [
        (
            "end, after entry 15",
            "on 2025-03-10T09:00:00Z it was anchored with 20 entries: truncated",
        )
    ]


def test_a_record_removed_whole_is_found_by_the_anchor(company: UUID) -> None:
    record.interleaved(company, 20)
    anchors.write(company, at=MONDAY)
    record.remove(company, range(1, 21))
    ChainHead.objects.all().delete()
    assert anchors.companies() == (company,)
    assert places(company) == ["end, after entry 0"]


def test_what_was_cut_after_the_last_anchor_cannot_be_found(company: UUID) -> None:
    """The limit of the method, which is why the tail is remarked on."""
    record.interleaved(company, 15)
    anchors.write(company, at=MONDAY)
    record.add(company, "one", TicketResolved())
    record.cut(company, 15, is_head_adjusted=True)
    assert faults(company) == []


def test_a_changed_head_row_is_found(company: UUID) -> None:
    record.interleaved(company, 20)
    ChainHead.objects.update(digest="0" * 64)
    assert faults(company, is_quick=True) == [
        ("entry 20", "has another digest than the head row holds")
    ]


def test_a_removed_head_row_is_found(company: UUID) -> None:
    record.interleaved(company, 20)
    ChainHead.objects.all().delete()
    assert places(company) == ["entry 1"]


# ---- a chain made anew --------------------------------------------------------------------


def test_a_chain_made_anew_is_found_by_the_anchors(company: UUID) -> None:
    record.interleaved(company, 10)
    anchors.write(company, at=MONDAY)
    record.interleaved(company, 10)
    anchors.write(company, at=MONDAY + HOUR)
    record.change(company, 14, happened_at=MONDAY - HOUR)
    record.rewrite(company, 14)
    assert faults(company, is_quick=True) == [
        (
            "entries 11 to 20",
            "were rewritten: they differ from the anchor of 2025-03-10T10:00:00Z",
        )
    ]


# ---- events and words ---------------------------------------------------------------------


def test_an_event_that_cannot_be_read_is_found(company: UUID) -> None:
    record.interleaved(company, 20)
    record.change(company, 9, body='{"unheard":1}')
    record.rewrite(company, 9)
    assert faults(company) == [
        ("entry 9", "cannot be read: ticket.resolved: unknown field 'unheard'")
    ]


def test_an_event_of_an_unknown_kind_is_found(company: UUID) -> None:
    record.interleaved(company, 20)
    record.change(company, 9, name="ticket.vanished")
    record.rewrite(company, 9)
    assert faults(company)[0][1].startswith("cannot be read: no event 'ticket.vanished'")


def test_changed_words_are_found(company: UUID) -> None:
    stream = record.record(company)[1]
    subject = Words.objects.get(stream=stream, kind="subject")
    record.keep_instead(subject.id, "Nothing is wrong")
    assert faults(company) == [
        ("entry 8", f"names words {subject.id}: they are not what the entry was made with")
    ]


def test_missing_words_are_found(company: UUID) -> None:
    stream = record.record(company)[1]
    subject = Words.objects.get(stream=stream, kind="subject")
    identity = subject.id
    subject.delete()
    assert faults(company) == [("entry 8", f"names words {identity}: they are missing")]


def test_wiped_words_that_no_entry_calls_erased_are_found(company: UUID) -> None:
    stream = record.record(company)[1]
    words = Words.objects.filter(stream=stream, kind="subject")
    identity = words.get().id
    words.update(text=None, salt=None, erased_at=MONDAY)
    assert faults(company) == [
        ("entry 8", f"names words {identity}: wiped, but no entry says erased")
    ]


def test_a_changed_file_is_found(company: UUID) -> None:
    stream = record.record(company)[1]
    file = Words.objects.get(stream=stream, kind="file")
    files.path_of(file.id).write_bytes(b"another photo")
    assert faults(company) == [
        ("entry 9", f"names words {file.id}: they are not what the entry was made with")
    ]


def test_a_missing_file_is_found(company: UUID) -> None:
    stream = record.record(company)[1]
    file = Words.objects.get(stream=stream, kind="file")
    files.path_of(file.id).unlink()
    assert faults(company) == [("entry 9", f"names words {file.id}: their file is missing")]


def test_words_of_another_company_do_not_count(company: UUID) -> None:
    stream = record.record(company)[1]
    words = Words.objects.filter(stream=stream, kind="subject")
    words.update(company=UUID(int=1))
    assert [place for place, _ in faults(company)] == ["entry 8"]


def test_the_quick_check_leaves_words_out(company: UUID) -> None:
    record.record(company)
    Words.objects.update(text="other words")
    report = verify.verify(company, is_quick=True)
    assert report.is_sound
    assert report.words_checked == 0


# ---- remarks ------------------------------------------------------------------------------


def test_a_tail_without_anchor_is_a_remark_and_no_fault(company: UUID) -> None:
    record.interleaved(company, 10)
    assert verify.verify(company).remarks == (
        "tail not anchored since 2025-03-10T09:00:00Z: entries 1 to 10",
    )
    anchors.write(company, at=MONDAY)
    assert verify.verify(company).remarks == ()
    record.add(company, "one", TicketResolved(), actor=AGENT, at=MONDAY + HOUR)
    assert verify.verify(company).remarks == (
        "tail not anchored since 2025-03-10T10:00:00Z: entries 11 to 11",
    )


def test_the_state_of_one_company_says_nothing_of_another(company: UUID) -> None:
    other = UUID(int=7)
    record.interleaved(company, 20)
    record.interleaved(other, 20)
    record.change(other, 9, happened_at=0)
    assert faults(company) == []
    assert places(other) == ["entry 9"]
