"""What makes two mails the same but for their numbers: how a storm of them is recognised."""

import hashlib
import re

LONGEST = 4_000
"""Characters of the text that count: below them, mails of one machine differ in what they carry."""

_ANSWER_MARK = re.compile(r"(?:(?:re|aw|fwd?|wg|sv|antw|rif|odp|r|tr|vs|res|ref)\s?:\s*)+")
_MARK_OF_REFERENCE = re.compile(r"\d|@|://")
_NO_WORD = re.compile(r"[\W_]+")


def of(subject: str, text: str) -> str:
    """Equal for equal subject and text once numbers, references, links and layout are taken off."""
    return hashlib.sha256(f"{_kernel(subject)}\n{_kernel(text[:LONGEST])}".encode()).hexdigest()


def _kernel(text: str) -> str:
    plain = _ANSWER_MARK.sub("", text.lower().strip(), count=1)
    words = plain
    if _MARK_OF_REFERENCE.search(plain):
        words = " ".join(each for each in plain.split() if not _MARK_OF_REFERENCE.search(each))
    return _NO_WORD.sub(" ", words).strip()
