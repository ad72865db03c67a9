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
from typing import NamedTuple

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
ROUNDING = 1e-9
"""By so much two sums of the same weights may differ."""

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
    matters: Iterable[Matter],
    *,
    least: int = LEAST,
    likeness: float = LIKENESS,
    most: int | None = None,
) -> tuple[Recurrence, ...]:
    """The groups of `least` tickets or more, by working time lost, then by number of tickets.

    With `most` no more than so many: the first of them. Does not depend on the order of the tickets
    given. Tickets without words of their own are in no group: facts alone say where something
    happened, not what.
    """
    ordered = sorted(matters, key=lambda each: (each.opened_at, each.ticket))
    texts = _Terms(ordered)
    groups = _Groups(texts, likeness)
    for place, terms in enumerate(texts.of):
        if terms:
            groups.add(place, terms)
    found = [
        _Found(
            -sum(ordered[place].lost for place in places),
            -len(places),
            tuple(ordered[place].ticket for place in places),
            places,
        )
        for places in groups.joined(texts.of)
        if len(places) >= least
    ]
    return tuple(
        _recurrence(
            [ordered[place] for place in each.places],
            [texts.of[place] for place in each.places],
            texts,
        )
        for each in sorted(found)[:most]
    )


class _Found(NamedTuple):
    """A group, in the order in which groups are told: less comes first."""

    not_lost: int
    fewer: int
    tickets: tuple[str, ...]
    places: list[int]


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


Terms = tuple[int, ...]
"""The terms that a ticket is compared by, as their numbers: the rarest has the lowest."""


class _Terms:
    """The terms of each ticket, rarest first, and what each weighs.

    names and weights are by number; is_shared says whether more than one ticket has the term.
    Tickets that say the same share one tuple.
    """

    def __init__(self, matters: Sequence[Matter]) -> None:
        numbers = Counter((each.words, each.facts) for each in matters)
        met: dict[str, int] = {}
        counts: list[int] = []
        said: dict[str, Terms] = {}

        def numbered(terms: Iterable[str]) -> Terms:
            found = []
            for term in terms:
                number = met.setdefault(term, len(counts))
                if number == len(counts):
                    counts.append(0)
                found.append(number)
            return tuple(found)

        for (words, facts), count in numbers.items():
            if words not in said:
                said[words] = numbered(words_of(words))
            for number in (*said[words], *numbered(facts)):
                counts[number] += count
        most = max(FEW, COMMON * len(matters))
        weighed = {
            term: log(1 + len(matters) / counts[number]) * (0.5 if counts[number] == 1 else 1.0)
            for term, number in met.items()
            if counts[number] <= most
        }
        self.names = sorted(weighed, key=lambda term: (-weighed[term], term))
        self.weights = [weighed[term] for term in self.names]
        self.is_shared = [counts[met[term]] > 1 for term in self.names]
        ranks = [-1] * len(counts)
        for rank, term in enumerate(self.names):
            ranks[met[term]] = rank
        kept: dict[tuple[str, tuple[str, ...]], Terms] = {}
        for words, facts in numbers:
            known = {rank for number in said[words] if (rank := ranks[number]) >= 0}
            if known:
                known.update(rank for each in facts if (rank := ranks[met[each]]) >= 0)
            kept[words, facts] = tuple(sorted(known)[:WORDS])
        self.of = [kept[each.words, each.facts] for each in matters]


# ---- groups ---------------------------------------------------------------------------------


class _Groups:
    """Groups of tickets, each found by the terms of its leader."""

    def __init__(self, texts: _Terms, likeness: float) -> None:
        self._texts = texts
        self._weights = texts.weights
        self._likeness = likeness
        self._leaders: list[tuple[frozenset[int], float]] = []
        self._members: list[list[int]] = []
        self._by_term: defaultdict[int, list[int]] = defaultdict(list)
        self._exact: dict[Terms, int] = {}

    def add(self, place: int, terms: Terms) -> None:
        """Put a ticket into the group it is most like, or let it lead a new one."""
        self._members[self._group_of(terms)].append(place)

    def joined(self, of: Sequence[Terms]) -> list[list[int]]:
        """The groups, those made one whose members mostly say the same."""
        again = _Groups(self._texts, self._likeness)
        found: list[list[int]] = []
        by_group: dict[int, list[int]] = {}
        cores = [self._core([of[place] for place in places]) for places in self._members]
        order = sorted(range(len(cores)), key=lambda each: (-len(self._members[each]), each))
        for each in order:
            group = again._group_of(cores[each])
            if group not in by_group:
                by_group[group] = []
                found.append(by_group[group])
            by_group[group] += self._members[each]
        return [sorted(places) for places in found]

    def _core(self, members: Sequence[Terms]) -> Terms:
        """The terms of more than half of the members, rarest first."""
        if len(members) == 1:
            return members[0]
        counts = Counter(term for terms in members for term in terms)
        core = [term for term, count in counts.items() if 2 * count > len(members)]
        return tuple(sorted(core)[:WORDS]) if core else members[0]

    def _group_of(self, terms: Terms) -> int:
        group = self._exact.get(terms)
        if group is None:
            group = self._exact[terms] = self._nearest(terms)
        return group

    def _nearest(self, terms: Terms) -> int:
        """The group most like these terms, or a new one.

        Whatever a group found by a term shares, it shares from that term on: had it a rarer one,
        that had found it before. So groups that are too heavy for that are not looked into.
        """
        weights, leaders, is_shared = self._weights, self._leaders, self._texts.is_shared
        whole = rest = sum([weights[term] for term in terms])
        telling = terms[: self._prefix(terms, whole)]
        mine = frozenset(terms)
        best, nearest = self._likeness, -1
        seen: set[int] = set()
        for term in telling:
            most = min(whole / best, rest * (1 + 1 / best) - whole) + ROUNDING
            least = best * whole - ROUNDING
            rest -= weights[term]
            if len(seen) >= COMPARED or most < least:
                break
            if not is_shared[term]:
                continue
            for group in self._by_term.get(term, ()):
                if group in seen:
                    continue
                if len(seen) >= COMPARED:
                    break
                seen.add(group)
                leader, other = leaders[group]
                if other < least or other > most:
                    continue
                shared = sum([weights[each] for each in mine & leader])
                alike = shared / (whole + other - shared)
                if alike > best or (alike == best and (nearest < 0 or group < nearest)):
                    best, nearest = alike, group
        if nearest >= 0:
            return nearest
        leaders.append((mine, whole))
        self._members.append([])
        for term in telling:
            if is_shared[term]:
                self._by_term[term].append(len(leaders) - 1)
        return len(leaders) - 1

    def _prefix(self, terms: Sequence[int], whole: float) -> int:
        """How many of the rarest terms: two that share none of these cannot be alike enough."""
        rest, count = whole, 0
        for term in terms:
            if rest < self._likeness * whole:
                break
            rest -= self._weights[term]
            count += 1
        return count


# ---- what a group says ----------------------------------------------------------------------


def _recurrence(members: Sequence[Matter], terms: Sequence[Terms], texts: _Terms) -> Recurrence:
    names, weights = texts.names, texts.weights
    counts = Counter(term for some in terms for term in some)
    shared = [term for term, count in counts.items() if 2 * count > len(members)]
    shared.sort(key=lambda term: (-counts[term] * weights[term], names[term]))
    opened = [each.opened_at for each in members]
    return Recurrence(
        label=members[_middle(terms, counts, weights)].words,
        terms=tuple(names[term] for term in shared),
        tickets=tuple(each.ticket for each in members),
        first_at=min(opened),
        last_at=max(opened),
        lost=sum(each.lost for each in members),
        still_open=sum(each.is_open for each in members),
    )


def _middle(terms: Sequence[Terms], counts: Mapping[int, int], weights: Sequence[float]) -> int:
    """The first member whose terms the others have most, for what it says itself."""
    closeness: dict[Terms, float] = {}
    best, middle = -1.0, 0
    for place, said in enumerate(terms):
        if said in closeness:
            continue
        whole = sum(weights[term] for term in said)
        close = sum(weights[term] * counts[term] for term in said) / (whole + len(said))
        closeness[said] = close
        if close > best:
            best, middle = close, place
    return middle
