"""Verify the record of a company: chain, positions, anchors, events and words."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from commondesk.core.record.instant import Instant, iso_of

from . import anchors, store
from .anchors import Anchor
from .chain_check import NAMED, ChainCheck, Fault, Found, Matter
from .models import Words
from .words_check import WordsCheck

__all__ = ["Fault", "Report", "verify"]


@dataclass(frozen=True, slots=True)
class Report:
    """What verifying found. Faults stand in the order of the record; remarks are no faults."""

    company: UUID
    entries: int
    head: store.Head
    faults: tuple[Fault, ...] = ()
    further_faults: int = 0
    remarks: tuple[str, ...] = ()
    anchors: int = 0
    words_checked: int = 0
    words_erased: int = 0

    @property
    def is_sound(self) -> bool:
        """True if nothing was found wrong."""
        return not self.faults


def verify(
    company: UUID, *, is_quick: bool = False, lines: Sequence[anchors.Line] | None = None
) -> Report:
    """Check the record of a company. Quick: chain, positions and anchors, but no words.

    lines are anchors kept elsewhere; without them the company's own file is used.
    """
    lines = anchors.of_company(company) if lines is None else lines
    known = sorted((each.anchor for each in lines if each.anchor), key=lambda each: each.sequence)
    head = store.head_of(company)
    walk = ChainCheck(company, {head.sequence, *(each.sequence for each in known)})
    kept = None if is_quick else WordsCheck(company)
    since = _walk_along(company, walk, kept, known)
    found = [
        *walk.found,
        *(kept.found if kept else ()),
        *_faults_of_head(walk, head, store.head_of(company)),
        *_faults_of_anchors(walk, known),
        *_faults_of_lines(walk, lines),
    ]
    faults = [each.fault for each in sorted(found)]
    return Report(
        company=company,
        entries=walk.entries,
        head=store.Head(walk.last, walk.digest),
        faults=tuple(faults[:NAMED]),
        further_faults=len(faults[NAMED:]),
        remarks=(*_unanchored(walk, known, since), *_unremoved(company)),
        anchors=len(known),
        words_checked=kept.checked if kept else 0,
        words_erased=kept.erased if kept else 0,
    )


def _walk_along(
    company: UUID, walk: ChainCheck, kept: WordsCheck | None, known: Sequence[Anchor]
) -> Instant | None:
    """Take every row; returns when we learnt of the first entry that no anchor covers."""
    anchored = known[-1].sequence if known else 0
    since = None
    for batch in store.batches(company):
        walk.take(batch)
        if kept:
            kept.take(batch)
        if since is None and batch[-1][0] > anchored:
            since = next(row[6] for row in batch if row[0] > anchored)
    walk.finish()
    if kept:
        kept.finish()
    return since


def _faults_of_head(walk: ChainCheck, before: store.Head, after: store.Head) -> list[Found]:
    """Compare with the head row as it was before and after the walk: others may have appended."""
    if before.sequence > walk.last:
        what = f"the head row knows {before.sequence} entries: the last ones were removed"
        return [_at_end(walk, what)]
    if after.sequence < walk.last:
        place = f"entry {after.sequence + 1}"
        what = f"was added behind the head row, which knows {after.sequence} entries"
        return [Found(after.sequence + 1, Matter.END, Fault(place, what))]
    # Broken before: that the last digest differs follows from that.
    if not walk.found and walk.seen.get(before.sequence, before.digest) != before.digest:
        place = f"entry {before.sequence}"
        what = "has another digest than the head row holds"
        return [Found(before.sequence, Matter.END, Fault(place, what))]
    return []


def _faults_of_anchors(walk: ChainCheck, known: Sequence[Anchor]) -> list[Found]:
    """The first anchor that the chain does not contain, if any."""
    broken_from = min((each.sequence for each in walk.found), default=None)
    agreed = 0
    for each in known:
        if each.sequence > walk.last:
            what = f"{iso_of(each.at)} it was anchored with {each.sequence} entries: truncated"
            return [_at_end(walk, f"on {what}")]
        if broken_from is not None and broken_from <= each.sequence:
            # Told already where it is broken; that the anchor differs follows from that.
            continue
        if walk.seen.get(each.sequence) != each.digest:
            place = f"entries {agreed + 1} to {each.sequence}"
            what = f"were rewritten: they differ from the anchor of {iso_of(each.at)}"
            return [Found(agreed + 1, Matter.END, Fault(place, what))]
        agreed = each.sequence
    return []


def _at_end(walk: ChainCheck, what: str) -> Found:
    return Found(walk.last + 1, Matter.END, Fault(f"end, after entry {walk.last}", what))


def _faults_of_lines(walk: ChainCheck, lines: Sequence[anchors.Line]) -> list[Found]:
    return [
        Found(walk.last + 2, Matter.END, Fault(f"line {each.number} of the anchors", each.problem))
        for each in lines
        if each.problem
    ]


def _unanchored(
    walk: ChainCheck, known: Sequence[Anchor], since: Instant | None
) -> tuple[str, ...]:
    if since is None:
        return ()
    first = known[-1].sequence + 1 if known else 1
    return (f"tail not anchored since {iso_of(since)}: entries {first} to {walk.last}",)


def _unremoved(company: UUID) -> tuple[str, ...]:
    due = Words.objects.filter(company=company, has_file=True, erased_at__isnull=False).count()
    return (f"{due} files of erased words are still to be removed",) if due else ()
