"""What the writer added, without the conversation that the mail program put below it."""

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from mailparser_reply import EmailReplyParser  # type: ignore[import-untyped]

LANGUAGES = ["en", "de", "fr", "es", "it", "nl", "pl", "sv", "da", "cs", "ja", "ko", "zh"]
LONGEST = 60_000
LONGEST_SPAN = 2.0

_QUOTED = re.compile(r"[ \t]*>")
_PARSER = EmailReplyParser(languages=LANGUAGES)


class _TooSlow(Exception):
    pass


def visible_reply(text: str) -> str:
    """The added text; all of it wherever the cut would be doubtful."""
    if len(text) > LONGEST:
        return text
    try:
        with _time_limit(LONGEST_SPAN):
            added = len(_PARSER.read(text).replies[0].content.split("\n"))
    except (_TooSlow, LookupError, RecursionError):
        return text
    return _cut(text, added)


def _cut(text: str, added: int) -> str:
    """The parser's answer has lost its indents: its length is applied to the text itself."""
    lines = text.split("\n")
    kept, rest = lines[:added], lines[added:]
    while kept and (not kept[-1].strip() or _QUOTED.match(kept[-1])):
        rest.insert(0, kept.pop())
    if not kept or _has_answers_between(rest):
        return text
    return "\n".join(kept)


def _has_answers_between(rest: list[str]) -> bool:
    """True if quoted lines are followed by lines of the writer's own."""
    is_after_quote = False
    for line in rest:
        if _QUOTED.match(line):
            is_after_quote = True
        elif is_after_quote and line.strip():
            return True
    return False


@contextmanager
def _time_limit(span: float) -> Iterator[None]:
    """Python looks for signals even within a long search of a pattern."""

    def give_up(_signum: int, _frame: FrameType | None) -> None:
        raise _TooSlow

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, span)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
