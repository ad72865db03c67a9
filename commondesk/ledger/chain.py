"""The hash chain: each entry's digest covers its own text and, through the last one, all before."""

from hashlib import sha256
from json.encoder import encode_basestring as _quoted

GENESIS = "0" * 64
"""What stands before the first entry of a company."""

FIELDS = (
    "sequence",
    "stream",
    "position",
    "name",
    "version",
    "happened_at",
    "learnt_at",
    "certainty",
    "actor",
    "body",
    "digest",
)
Row = tuple[int, str, int, str, int, int, int, str, str, str, str]
"""An entry as the database gives it, in the order of FIELDS."""


def envelope_of(company: str, row: Row, sequence: int) -> str:
    """The canonical JSON list of an entry as the sequence-th of its company.

    Equal to codec.canonical of the list, which a test says; only quicker.
    """
    _, stream, position, name, version, happened_at, learnt_at, certainty, actor, body, _ = row
    return (
        f'["{company}",{sequence},{_quoted(stream)},{position},{_quoted(name)},{version},'
        f"{happened_at},{learnt_at},{_quoted(certainty)},{_quoted(actor)},{_quoted(body)}]"
    )


def digest_of(previous: str, envelope: str) -> str:
    """The digest of an entry that follows one with the previous digest."""
    return sha256((previous + envelope).encode()).hexdigest()


def follows(company: str, row: Row, previous: str, sequence: int | None = None) -> bool:
    """True if the row's digest is right after previous; as another one of the row, if given."""
    envelope = envelope_of(company, row, row[0] if sequence is None else sequence)
    return digest_of(previous, envelope) == row[10]
