"""Whatever is done to a chain of rows, in whatever combination, is noticed where it begins."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from commondesk.ledger import chain
from commondesk.ledger.chain_check import LOOK_AHEAD, ChainCheck, Found

COMPANY = UUID("00000000-0000-4000-8000-000000000001")
LENGTH = 40
Rows = list[chain.Row]
numbers = st.integers(1, LENGTH - 1)


def row(sequence: int, stream: int, position: int, at: int) -> chain.Row:
    name, actor = "ticket.resolved", '["machine","rule"]'
    return (sequence, f"s{stream}", position, name, 1, at, at, "observed", actor, "{}", "")


def whole(length: int = LENGTH) -> Rows:
    rows, previous = [], chain.GENESIS
    for index in range(length):
        bare = row(index + 1, index % 3, index // 3 + 1, index)
        previous = chain.digest_of(previous, chain.envelope_of(str(COMPANY), bare, index + 1))
        rows.append((*bare[:10], previous))
    return rows


def renumbered(rows: Rows) -> Rows:
    return [(index, *each[1:]) for index, each in enumerate(rows, 1)]


def found(rows: Rows, batch: int = 7) -> list[Found]:
    check = ChainCheck(COMPANY)
    for start in range(0, len(rows), batch):
        check.take(rows[start : start + batch])
    check.finish()
    return check.found


@given(st.integers(1, 50))
def test_a_whole_chain_has_no_fault_in_batches_of_any_size(batch: int) -> None:
    assert found(whole(), batch) == []


@given(st.sets(numbers, min_size=1), st.integers(0, 10))
def test_changes_are_noticed_where_they_begin(places: set[int], field: int) -> None:
    rows = whole()
    for place in places:
        other: tuple[object, ...] = ("x",) if isinstance(rows[place][field], str) else (-7,)
        if field:
            rows[place] = (*rows[place][:field], *other, *rows[place][field + 1 :])  # type: ignore[assignment]
        else:
            rows[place] = (*rows[place][:5], -7, *rows[place][6:])
    assert found(rows)[0].sequence == min(places) + 1


@given(st.sets(numbers, min_size=1, max_size=10))
def test_removals_are_noticed_where_they_begin(places: set[int]) -> None:
    rows = [each for index, each in enumerate(whole()) if index not in places]
    assert found(rows + whole(LENGTH + 1)[-1:])[0].sequence == min(places) + 1


@given(st.sets(numbers, min_size=1, max_size=10))
def test_removals_with_the_rest_renumbered_are_noticed(places: set[int]) -> None:
    rows = whole(LENGTH + 2)
    left = [each for index, each in enumerate(rows) if index not in places]
    assert found(renumbered(left))[0].sequence == min(places) + 1


@given(st.sets(numbers, min_size=1, max_size=10))
def test_insertions_are_noticed_where_they_begin(places: set[int]) -> None:
    rows = whole()
    for number, place in enumerate(sorted(places, reverse=True)):
        rows.insert(place, (*row(0, 10 + number, 1, 5)[:10], "e" * 64))
    assert found(renumbered(rows))[0].sequence == min(places) + 1


@given(st.permutations(range(LENGTH)))
def test_another_order_is_noticed_where_it_begins(order: list[int]) -> None:
    rows = whole()
    shuffled = renumbered([rows[index] for index in order])
    wrong = [index for index, each in enumerate(order) if index != each]
    if wrong:
        assert found(shuffled)[0].sequence == wrong[0] + 1
    else:
        assert found(shuffled) == []


@given(numbers, numbers)
def test_one_swap_is_one_fault(one: int, other: int) -> None:
    rows = whole()
    rows[one], rows[other] = rows[other], rows[one]
    told = [str(each.fault.place) for each in found(renumbered(rows))]
    first, second = sorted((one + 1, other + 1))
    assert told == ([f"entries {first} and {second}"] if one != other else [])


def test_a_chain_that_goes_wrong_for_good_is_given_up_in_one_sentence() -> None:
    rows = whole(300)
    for index in range(100, 300):
        rows[index] = (*rows[index][:5], -1, *rows[index][6:])
    (fault,) = (each.fault for each in found(rows))
    assert fault.place == "entry 101"
    assert fault.what == "and those after it do not follow from what stands before"


def test_faults_far_apart_are_each_named() -> None:
    rows = whole(1000)
    for index in range(0, 1000, 2 * LOOK_AHEAD):
        rows[index] = (*rows[index][:5], -1, *rows[index][6:])
    assert [each.sequence for each in found(rows)] == list(range(1, 1001, 2 * LOOK_AHEAD))
