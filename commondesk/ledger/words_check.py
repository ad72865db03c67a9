"""Check that events can be read, and that the words they name are the words that are kept."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from commondesk.core.record import codec
from commondesk.core.record.event import Body
from commondesk.core.record.events import WordsErased

from . import chain, files, store, words
from .chain_check import Fault, Found, Matter
from .claims import Claim, claims_of
from .models import Words

Kept = tuple[str, str | None, bytes | None, bool, int | None]
"""Kind, text, salt, whether it is a file, when it was erased."""

_PLAIN = "kind", "text", "salt", "has_file", "erased_at"


class WordsCheck:
    """Takes the rows of a record a batch at a time; then finish, then read `found`."""

    def __init__(self, company: UUID) -> None:
        self.company = company
        self.found: list[Found] = []
        self.checked = 0
        self.erased = 0
        self._wiped: dict[str, int] = {}
        self._declared: dict[str, int] = {}

    def take(self, rows: Sequence[chain.Row]) -> None:
        """Read the events of these rows and check the words that they name."""
        claims: list[tuple[int, Claim]] = []
        for row in rows:
            try:
                body = _body_of(row)
            except codec.UnreadableEvent as problem:
                self._tell(row[0], f"cannot be read: {problem}", Matter.BODY)
            else:
                claims.extend((row[0], claim) for claim in self._claims(row[0], body))
        self._check(claims)

    def finish(self) -> None:
        """Compare what is gone with what the record says was erased."""
        self.erased = len(self._declared)
        for identity, sequence in self._wiped.items():
            if identity not in self._declared:
                self._tell(sequence, f"names words {identity}: wiped, but no entry says erased")
        for some in words.sliced(self._declared):
            for row in Words.objects.filter(id__in=some).exclude(text=None, salt=None):
                sequence = self._declared[row.id]
                self._tell(sequence, f"says words {row.id} are erased: they are still there")

    def _claims(self, sequence: int, body: Body) -> Iterable[Claim]:
        if isinstance(body, WordsErased):
            self._declared.update(dict.fromkeys(body.words, sequence))
        return claims_of(body)

    def _check(self, claims: list[tuple[int, Claim]]) -> None:
        kept = self._kept(claim.id for _, claim in claims)
        for sequence, claim in claims:
            self._compare(sequence, claim, kept.get(claim.id))

    def _kept(self, ids: Iterable[str]) -> dict[str, Kept]:
        kept: dict[str, Kept] = {}
        for some in words.sliced(dict.fromkeys(ids)):
            # By id alone: the company beside it would lead the database to another index.
            rows = Words.objects.filter(id__in=some).values_list("company", "id", *_PLAIN)
            kept.update((row[1], row[2:]) for row in rows if row[0] == self.company)
        return kept

    def _compare(self, sequence: int, claim: Claim, kept: Kept | None) -> None:
        if kept is None:
            self._tell(sequence, f"names words {claim.id}: they are missing")
        elif kept[4] is not None or kept[2] is None:
            self._wiped[claim.id] = sequence
        elif problem := problem_of(claim, kept):
            self._tell(sequence, f"names words {claim.id}: {problem}")
        else:
            self.checked += 1

    def _tell(self, sequence: int, what: str, matter: Matter = Matter.WORDS) -> None:
        self.found.append(Found(sequence, matter, Fault(f"entry {sequence}", what)))


def _body_of(row: chain.Row) -> Body:
    store.certainty_of(row[7])
    store.actor_of(row[8])
    return codec.body_of(row[3], row[4], row[9])


def problem_of(claim: Claim, kept: Kept) -> str:
    """Why kept words are not the claimed ones; empty if they are."""
    kind, text, salt, has_file, _ = kept
    start = words.start_of(bytes(salt or b""), kind)
    try:
        content = files.blocks(claim.id) if has_file else [(text or "").encode()]
        is_same = files.digest_of(start, content) == claim.digest
    except FileNotFoundError:
        return "their file is missing"
    return "" if is_same else "they are not what the entry was made with"
