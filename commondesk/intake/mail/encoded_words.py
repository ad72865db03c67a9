"""Header texts with encoded words (RFC 2047), read as people meant them, broken ones too."""

import binascii
import re

from . import charsets

_WORD = re.compile(r"=\?([^?\s]{1,40})\?([bBqQ])\?([^\r\n]*?)\?=")
_GAP_BETWEEN_WORDS = re.compile(r"(\?=)[ \t\r\n]+(?==\?[^?\s]{1,40}\?[bBqQ]\?)")
_NOT_OF_BASE64 = bytes(
    code for code in range(256) if not (chr(code).isalnum() and code < 128) and code not in b"+/="
)
_FOLD = re.compile(r"\s*[\r\n]+\s*")


def decoded(value: str) -> str:
    """One line of text. value may hold raw bytes as surrogates, as Python's parser leaves them."""
    line = _FOLD.sub(" ", _GAP_BETWEEN_WORDS.sub(r"\1", value))
    texts, run, run_charset, at = [], b"", "", 0
    for word in _WORD.finditer(line):
        charset = word[1].partition("*")[0].lower()
        if run and (word.start() > at or charset != run_charset):
            texts.append(charsets.text_of(run, run_charset))
            run = b""
        texts.append(raw_text(line[at : word.start()]))
        # A letter of several bytes may be cut between two words: they are read as one.
        run, run_charset, at = run + _content(word[2], word[3]), charset, word.end()
    if run:
        texts.append(charsets.text_of(run, run_charset))
    texts.append(raw_text(line[at:]))
    return " ".join(charsets.clean("".join(texts)).split())


def raw_text(value: str) -> str:
    """Text whose bytes outside ASCII came without an encoding."""
    return charsets.guessed(value.encode("utf-8", "surrogateescape"))


def _content(encoding: str, text: str) -> bytes:
    raw = text.encode("utf-8", "surrogateescape")
    if encoding in "bB":
        return base64_content(raw)
    return binascii.a2b_qp(raw.replace(b" ", b"=20"), header=True)


def base64_content(raw: bytes) -> bytes:
    """What can be read of base64, with whatever stands between, several of them in a row too."""
    letters = raw.translate(None, _NOT_OF_BASE64)
    return b"".join(_base64_run(run) for run in re.split(rb"=+", letters))


def _base64_run(letters: bytes) -> bytes:
    usable = len(letters) - (len(letters) % 4 == 1)
    return binascii.a2b_base64(letters[:usable] + b"=" * (-usable % 4))
