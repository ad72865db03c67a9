"""A strict reader of mail addresses: what is not surely one address is none.

Python's own reader takes `alice@a)b@evil` for alice@a (CVE-2023-27043), so it is not used.
"""

import re
from collections.abc import Iterator

from commondesk.core.texts import gettext_noop

from . import remarks
from .encoded_words import decoded
from .understood import Mailbox

LONGEST_ADDRESS = 254
LONGEST_LOCAL_PART = 64
MOST_ADDRESSES = 200
LONGEST_NAME = 200

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\u00a1-\ud7ff\uf900-\uffef-]+")
_LABEL = re.compile(
    r"[A-Za-z0-9\u00a1-\ud7ff](?:[A-Za-z0-9_\u00a1-\ud7ff-]{0,61}[A-Za-z0-9\u00a1-\ud7ff])?"
)
_MARK = re.compile(r'["(<)>,]')
_CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f\u2028\u2029]")


class Ambiguous(ValueError):
    """It cannot be said for sure which one address is meant; the text says why."""


def checked(address: str) -> str:
    """The address with its domain in lower case. Raises Ambiguous unless it is plainly one."""
    local, at, domain = address.rpartition("@")
    if not at or len(address) > LONGEST_ADDRESS or len(local) > LONGEST_LOCAL_PART:
        raise Ambiguous(remarks.NO_ADDRESS % {"written": repr(address[:80])})
    if not _LOCAL.fullmatch(local) or "=?" in local:
        raise Ambiguous(remarks.UNUSUAL_NAME % {"written": repr(address)})
    if "." not in domain and domain.lower() != "localhost":
        raise Ambiguous(remarks.NO_FULL_DOMAIN % {"written": repr(address)})
    if not all(_LABEL.fullmatch(label) for label in domain.split(".")):
        raise Ambiguous(remarks.UNUSUAL_DOMAIN % {"written": repr(address)})
    return f"{local}@{domain.lower()}"


def sole_mailbox(values: list[str]) -> Mailbox:
    """The one mailbox of all lines of a header. Raises Ambiguous for none, several or unclear."""
    if not values:
        raise Ambiguous(gettext_noop("there is no From line"))
    if len(values) > 1:
        raise Ambiguous(gettext_noop("there are several From lines"))
    if _CONTROL.search(values[0]):
        raise Ambiguous(gettext_noop("the From line holds control characters"))
    entries = list(_entries(values[0]))
    if len(entries) != 1:
        raise Ambiguous(
            gettext_noop("the From line names several addresses")
            if entries
            else gettext_noop("the From line has no address")
        )
    return _mailbox_of(*entries[0])


def mailboxes(values: list[str]) -> tuple[Mailbox, ...]:
    """Every mailbox that can be read for sure; the rest is left out."""
    found: dict[str, Mailbox] = {}
    for value in values:
        for mailbox in _readable(value):
            found.setdefault(mailbox.address.lower(), mailbox)
            if len(found) >= MOST_ADDRESSES:
                return tuple(found.values())
    return tuple(found.values())


def _readable(value: str) -> Iterator[Mailbox]:
    """The entries that read well, each judged alone."""
    pieces = _split(value)
    for piece in pieces if pieces is not None else value.split(","):
        try:
            for entry in _entries(_without_group(piece)):
                yield _mailbox_of(*entry)
        except Ambiguous:
            continue


def _without_group(piece: str) -> str:
    """An entry of a group such as `team: a@b.example, c@d.example;` without its frame."""
    label, colon, rest = piece.partition(":")
    is_group = colon and "@" not in label and "<" not in label and '"' not in label
    return (rest if is_group else piece).rstrip("; \t")


def _mailbox_of(address: str, name: str) -> Mailbox:
    return Mailbox(checked(address), " ".join(decoded(name).split())[:LONGEST_NAME])


def _entries(value: str) -> Iterator[tuple[str, str]]:
    """Address and written name of each entry. Raises Ambiguous at the first doubtful one."""
    pieces = _split(value)
    if pieces is None:
        raise Ambiguous(gettext_noop("its quotes or brackets do not close"))
    before = ""
    for piece in pieces:
        entry = _entry(f"{before}, {piece}" if before else piece)
        # A comma inside an unquoted name, as in `Doe, Jane <jane@a.example>`.
        before = piece if entry is None and piece.strip() else ""
        if entry:
            yield entry
    if before.strip():
        raise Ambiguous(remarks.NO_ADDRESS % {"written": repr(before.strip()[:80])})


def _entry(piece: str) -> tuple[str, str] | None:
    tokens = _tokens(piece)
    angles = [text for kind, text in tokens if kind == "angle"]
    names = [text for kind, text in tokens if kind in ("plain", "quoted") and text.strip()]
    if len(angles) > 1:
        raise Ambiguous(gettext_noop("it has several addresses in angle brackets"))
    if angles:
        if _has_text_after_angle(tokens):
            raise Ambiguous(gettext_noop("text follows the address"))
        return angles[0].strip(), " ".join(name.strip() for name in names)
    plain = "".join(text for kind, text in tokens if kind != "comment").strip()
    if "@" not in plain:
        return None
    comments = [text for kind, text in tokens if kind == "comment"]
    return plain, " ".join(comments)


def _has_text_after_angle(tokens: list[tuple[str, str]]) -> bool:
    kinds = [kind for kind, text in tokens if text.strip() or kind == "angle"]
    return any(kind != "comment" for kind in kinds[kinds.index("angle") + 1 :])


def _split(value: str) -> list[str] | None:
    """The entries between the commas that stand outside of quotes, comments and brackets."""
    pieces, start = [], 0
    for at, end, kind in _spans(value):
        if kind == "broken":
            return None
        if kind == "comma":
            pieces.append(value[start:at])
            start = end
    pieces.append(value[start:])
    return pieces


def _tokens(piece: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    start = 0
    for at, end, kind in _spans(piece):
        if kind == "comma":
            continue
        tokens.append(("plain", piece[start:at]))
        tokens.append((kind, _inside(piece[at + 1 : end - 1], kind)))
        start = end
    tokens.append(("plain", piece[start:]))
    return tokens


def _inside(text: str, kind: str) -> str:
    return text if kind == "angle" else re.sub(r"\\(.)", r"\1", text)


def _spans(value: str) -> Iterator[tuple[int, int, str]]:
    """Where quoted texts, comments, angle brackets and separating commas stand."""
    at = 0
    while mark := _MARK.search(value, at):
        start = mark.start()
        at, kind = _span_from(value, start, mark[0])
        yield start, at, kind


def _span_from(value: str, start: int, mark: str) -> tuple[int, str]:
    """Where what a mark begins ends, and what it is; broken to the end where it is not closed."""
    match mark:
        case ",":
            return start + 1, "comma"
        case '"':
            end, kind = _end_of_quote(value, start), "quoted"
        case "(":
            end, kind = _end_of_comment(value, start), "comment"
        case "<":
            end, kind = _end_of_angle(value, start), "angle"
        case _:
            end, kind = -1, "broken"
    return (end, kind) if end >= 0 else (len(value), "broken")


def _end_of_quote(value: str, start: int) -> int:
    at = start + 1
    while at < len(value):
        if value[at] == '"':
            return at + 1
        at += 2 if value[at] == "\\" else 1
    return -1


def _end_of_comment(value: str, start: int) -> int:
    depth, at = 0, start
    while at < len(value):
        if value[at] == "\\":
            at += 1
        elif value[at] in "()":
            depth += 1 if value[at] == "(" else -1
        if depth == 0:
            return at + 1
        at += 1
    return -1


def _end_of_angle(value: str, start: int) -> int:
    end = value.find(">", start)
    return -1 if end < 0 or "<" in value[start + 1 : end] else end + 1
