"""Recurring incidents: tickets that say the same stand together, whatever order they come in."""

from __future__ import annotations

from collections.abc import Sequence
from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commondesk.core.metrics.recurring import FEW, LIKENESS, Matter, recurrences, words_of

DAY = 86_400_000_000


def matters_of(texts: Sequence[str], facts: Sequence[tuple[str, ...]] = ()) -> list[Matter]:
    return [
        Matter(
            f"T-{place}", text, facts[place] if facts else (), place * DAY, lost=60, is_open=True
        )
        for place, text in enumerate(texts)
    ]


MONTH = [
    "Printer on second floor is jammed again",
    "New laptop for the accounting trainee",
    "printers second floor: jammed",
    "VPN drops every few minutes at home",
    "Second floor printer jammed, third time this week",
    "Password of the payroll portal expired",
    "Monitor flickers",
    "VPN at home drops after minutes",
    "Door badge is not accepted",
    "Calendar does not open on the phone",
    "VPN drops, working from home",
    "Shared folder of the sales team is read only",
]


def test_a_recurring_matter_stands_together_with_what_it_cost() -> None:
    printer, vpn = sorted(recurrences(matters_of(MONTH)), key=lambda each: each.first_at)

    assert printer.tickets == ("T-0", "T-2", "T-4")
    assert {"printer", "jammed", "second", "floor"} <= set(printer.terms)
    assert printer.label in MONTH
    assert (printer.first_at, printer.last_at) == (0, 4 * DAY)
    assert (printer.lost, printer.still_open) == (180, 3)
    assert vpn.tickets == ("T-3", "T-7", "T-10")


def test_a_fact_that_is_shared_weighs_like_a_word() -> None:
    texts = [*(f"Screen black {word}" for word in ("twice today", "by noon", "all night")), *MONTH]

    def groups(items: Sequence[str]) -> set[tuple[str, ...]]:
        facts = [(f"item:{each}",) for each in items] + [()] * len(MONTH)
        return {each.tickets for each in recurrences(matters_of(texts, facts))}

    assert ("T-0", "T-1", "T-2") in groups(["SCR-7", "SCR-7", "SCR-7"])
    assert ("T-0", "T-1", "T-2") not in groups(["SCR-7", "SCR-8", "SCR-9"])


def test_tickets_without_words_of_their_own_are_in_no_group() -> None:
    assert recurrences(matters_of(["", " ", "…", "ok"] * 5, [("item:X",)] * 20)) == ()


def test_words_of_greeting_and_plural_say_nothing() -> None:
    assert words_of("Hello, please help: the PRINTERS are jammed. Thanks!") == {
        "printer",
        "jammed",
    }
    assert words_of("Error 0x80070005 on srv-12.example") == {
        "error",
        "0x80070005",
        "srv-12.example",
    }


WORDS = ["printer", "vpn", "mail", "slow", "door", "badge", "sap", "login", "disk", "full", "fan"]
TEXTS = st.lists(st.lists(st.sampled_from(WORDS), max_size=5).map(" ".join), max_size=40)


@given(TEXTS, st.randoms())
def test_the_order_does_not_matter(texts: list[str], random: object) -> None:
    matters = matters_of(texts)
    mixed = list(matters)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert recurrences(mixed) == recurrences(matters)


@given(TEXTS)
def test_no_ticket_is_in_two_groups_and_small_groups_are_not_told(texts: list[str]) -> None:
    found = recurrences(matters_of(texts))
    tickets = [ticket for each in found for ticket in each.tickets]
    assert len(tickets) == len(set(tickets))
    assert all(len(each.tickets) >= 3 for each in found)
    assert sum(each.lost for each in found) == 60 * len(tickets)


@given(TEXTS)
def test_equal_words_are_never_apart(texts: list[str]) -> None:
    """Whatever else: tickets that say exactly the same are in one group, or none of them is."""
    matters = matters_of(texts)
    group = {t: place for place, each in enumerate(recurrences(matters)) for t in each.tickets}
    said: dict[frozenset[str], set[int | None]] = {}
    for each in matters:
        said.setdefault(frozenset(words_of(each.words)), set()).add(group.get(each.ticket))
    assert all(len(groups) == 1 for groups in said.values())


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=5, unique=True), st.integers(3, 6))
def test_likeness_is_what_the_page_says(words: list[str], copies: int) -> None:
    """Copies of a text with one word more each are told together when the measure says so."""
    others = [f"unlike{place} nothing{place} else{place}" for place in range(40)]
    texts = [" ".join([*words, f"odd{place}"]) for place in range(copies)]
    count = len(texts) + len(others)
    common = sum(log(1 + count / copies) for _ in words)
    odd = log(1 + count) / 2
    is_alike = common / (common + 2 * odd) >= LIKENESS
    assert copies <= FEW

    found = [each for each in recurrences(matters_of([*texts, *others])) if "T-0" in each.tickets]

    if is_alike:
        (group,) = found
        assert set(group.tickets) >= {f"T-{place}" for place in range(copies)}


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_tickets_have_no_groups(count: int) -> None:
    assert recurrences(matters_of(MONTH[:count])) == ()
