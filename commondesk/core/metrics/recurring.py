"""Recurring incidents: tickets whose words and facts say the same, found without being told.

Two tickets are alike by the weighted Jaccard measure of their terms: what they share over all that
either says, each term weighing the more the fewer tickets have it; one that a single ticket has
weighs half, since it cannot be shared. A ticket joins the group whose
first member it is most like; groups that keep saying the same are then made one. Only groups that
share rare terms are compared at all (the prefix filter of Chaudhuri, Ganti and Kaushik, ICDE 2006),
and of those a bounded number, so that the work grows with the tickets and not with their square.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log

from ..record.instant import Instant, Span

LEAST = 3
"""How many tickets make a group."""
LIKENESS = 0.5
"""From which likeness on two tickets are about the same."""
WORDS = 24
"""How many terms of a ticket are looked at: the rarest."""
COMMON = 0.2
FEW = 20
"""A word that more than this share of the tickets has, and more than so many, says nothing."""
COMPARED = 120
"""With how many groups a ticket is compared at most: those first that share its rarest terms."""

_WORD = re.compile(r"[^\W_]+(?:[-./:@][^\W_]+)*")
_EMPTY = frozenset(
    _WORD.findall(
        "the and for with not from that this have has had was were are you your our can cannot "
        "could please hello dear regards thanks thank kind best need help when what who all any "
        "but its they les des une est pas pour sur dans avec que qui vous nous mon mes bonjour "
        "merci cordialement der die das und ist nicht mit für von auf ein eine ich wir sie bitte "
        "hallo danke"
    )
)
"""Words of greeting and grammar: English, French, German."""


@dataclass(frozen=True, slots=True)
class Matter:
    """What a ticket is about: its words, and facts such as `item:PRN-2`; what it cost so far."""

    ticket: str
    words: str
    facts: tuple[str, ...]
    opened_at: Instant
    lost: Span = 0
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Recurrence:
    """Tickets about the same. label is the words of the one most like all others; terms are what
    most of them share, the most telling first. lost is their working time together."""

    label: str
    terms: tuple[str, ...]
    tickets: tuple[str, ...]
    first_at: Instant
    last_at: Instant
    lost: Span
    still_open: int


def recurrences(
    matters: Iterable[Matter], *, least: int = LEAST, likeness: float = LIKENESS
) -> tuple[Recurrence, ...]:
    """The groups of `least` tickets or more, by working time lost, then by number of tickets.

    Does not depend on the order of the tickets given. Tickets without words of their own are in no
    group: facts alone say where something happened, not what.
    """
    ordered = sorted(matters, key=lambda each: (each.opened_at, each.ticket))
    texts = _Terms(ordered)
    groups = _Groups(texts.weights, likeness)
    for place, terms in enumerate(texts.of):
        if terms:
            groups.add(place, terms)
    found = [
        _recurrence(
            [ordered[place] for place in places],
            [texts.of[place] for place in places],
            texts.weights,
        )
        for places in groups.joined(texts.of)
        if len(places) >= least
    ]
    return tuple(sorted(found, key=lambda each: (-each.lost, -len(each.tickets), each.tickets)))


# ---- terms ----------------------------------------------------------------------------------


def words_of(text: str) -> set[str]:
    """The words of a text that may tell something: no greetings, no single letters, no plural s."""
    found = set()
    for word in _WORD.findall(text.casefold()):
        if len(word) < 3 or word in _EMPTY:
            continue
        is_plural = len(word) > 4 and word.endswith("s") and not word.endswith("ss")
        found.add(word[:-1] if is_plural and word.isalpha() else word)
    return found


class _Terms:
    """The terms of each ticket, rarest first, and what each weighs."""

    def __init__(self, matters: Sequence[Matter]) -> None:
        said: dict[str, set[str]] = {}
        each_words = [said.setdefault(each.words, words_of(each.words)) for each in matters]
        counts: Counter[str] = Counter()
        for matter, words in zip(matters, each_words, strict=True):
            counts.update(words)
            counts.update(matter.facts)
        most = max(FEW, COMMON * len(matters))
        self.weights = {
            term: log(1 + len(matters) / count) * (0.5 if count == 1 else 1.0)
            for term, count in counts.items()
            if count <= most
        }
        self.of = [
            self._kept(words, matter.facts)
            for matter, words in zip(matters, each_words, strict=True)
        ]

    def _kept(self, words: set[str], facts: Sequence[str]) -> tuple[str, ...]:
        if not any(word in self.weights for word in words):
            return ()
        known = [term for term in {*words, *facts} if term in self.weights]
        return tuple(sorted(known, key=lambda term: (-self.weights[term], term))[:WORDS])


# ---- groups ---------------------------------------------------------------------------------


class _Groups:
    """Groups of tickets, each found by the terms of its leader."""

    def __init__(self, weights: Mapping[str, float], likeness: float) -> None:
        self._weights = weights
        self._likeness = likeness
        self._leaders: list[tuple[frozenset[str], float]] = []
        self._members: list[list[int]] = []
        self._by_term: defaultdict[str, list[int]] = defaultdict(list)
        self._exact: dict[tuple[str, ...], int] = {}

    def add(self, place: int, terms: tuple[str, ...]) -> None:
        """Put a ticket into the group it is most like, or let it lead a new one."""
        group = self._exact.get(terms)
        if group is None:
            group = self._exact[terms] = self._nearest(terms)
        self._members[group].append(place)

    def joined(self, of: Sequence[tuple[str, ...]]) -> list[list[int]]:
        """The groups, those made one whose members mostly say the same."""
        again = _Groups(self._weights, self._likeness)
        found: list[list[int]] = []
        by_group: dict[int, list[int]] = {}
        cores = [self._core([of[place] for place in places]) for places in self._members]
        order = sorted(range(len(cores)), key=lambda each: (-len(self._members[each]), each))
        for each in order:
            group = again._exact.get(cores[each])
            if group is None:
                group = again._exact[cores[each]] = again._nearest(cores[each])
            if group not in by_group:
                by_group[group] = []
                found.append(by_group[group])
            by_group[group] += self._members[each]
        return [sorted(places) for places in found]

    def _core(self, members: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
        """The terms of more than half of the members, rarest first."""
        counts = Counter(term for terms in members for term in terms)
        core = [term for term, count in counts.items() if 2 * count > len(members)]
        chosen = core or members[0]
        return tuple(sorted(chosen, key=lambda term: (-self._weights[term], term))[:WORDS])

    def _nearest(self, terms: tuple[str, ...]) -> int:
        weights = self._weights
        whole = sum(weights[term] for term in terms)
        telling = terms[: self._prefix(terms, whole)]
        mine = frozenset(terms)
        best, nearest = self._likeness, -1
        seen: set[int] = set()
        for term in telling:
            for group in self._by_term[term]:
                if group in seen:
                    continue
                if len(seen) >= COMPARED:
                    break
                seen.add(group)
                leader, other = self._leaders[group]
                if min(whole, other) < best * max(whole, other):
                    continue
                shared = sum(weights[each] for each in mine & leader)
                alike = shared / (whole + other - shared)
                if alike > best or (alike == best and (nearest < 0 or group < nearest)):
                    best, nearest = alike, group
        if nearest >= 0:
            return nearest
        self._leaders.append((mine, whole))
        self._members.append([])
        for term in telling:
            self._by_term[term].append(len(self._leaders) - 1)
        return len(self._leaders) - 1

    def _prefix(self, terms: Sequence[str], whole: float) -> int:
        """How many of the rarest terms: two that share none of these cannot be alike enough."""
        rest, count = whole, 0
        for term in terms:
            if rest < self._likeness * whole:
                break
            rest -= self._weights[term]
            count += 1
        return count


# ---- what a group says ----------------------------------------------------------------------


def _recurrence(
    members: Sequence[Matter], terms: Sequence[tuple[str, ...]], weights: Mapping[str, float]
) -> Recurrence:
    counts = Counter(term for some in terms for term in some)
    shared = [term for term, count in counts.items() if 2 * count > len(members)]
    shared.sort(key=lambda term: (-counts[term] * weights[term], term))
    opened = [each.opened_at for each in members]
    return Recurrence(
        label=members[_middle(terms, counts, weights)].words,
        terms=tuple(shared),
        tickets=tuple(each.ticket for each in members),
        first_at=min(opened),
        last_at=max(opened),
        lost=sum(each.lost for each in members),
        still_open=sum(each.is_open for each in members),
    )


def _middle(
    terms: Sequence[tuple[str, ...]], counts: Mapping[str, int], weights: Mapping[str, float]
) -> int:
    """The member whose terms the others have most, for what it says itself."""

    def closeness(place: int) -> float:
        said = terms[place]
        whole = sum(weights[term] for term in said)
        return sum(weights[term] * counts[term] for term in said) / (whole + len(said))

    return max(range(len(terms)), key=lambda place: (closeness(place), -place))
