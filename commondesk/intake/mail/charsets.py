"""Bytes to text for every name a mail may give its encoding, without ever failing."""

import codecs
import re

# Names that mails use and Python lacks, or for which a wider sister reads what is really sent.
SISTERS = {
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "korean": "cp949",
    "euc-kr": "cp949",
    "iso-8859-1": "cp1252",
    "latin-1": "cp1252",
    "latin1": "cp1252",
    "iso-8859-9": "cp1254",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-6-i": "iso-8859-6",
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "windows-874": "cp874",
    "utf8": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
}
WESTERN = "cp1252"
# A text in one of these is hardly ever valid UTF-8 by chance: then it is UTF-8 wrongly labelled.
SINGLE_BYTE = frozenset({"cp1252", "iso8859-1", "iso8859-15", "cp1254"})
# Python's inner codecs: not for text from outside, and some take quadratic time.
NOT_FOR_MAIL = frozenset(
    {
        "idna",
        "mbcs",
        "oem",
        "punycode",
        "raw_unicode_escape",
        "undefined",
        "unicode_escape",
        "utf-7",
    }
)
_ASCII = frozenset({"", "us-ascii", "ascii", "ansi_x3.4-1968", "8bit", "7bit"})
# Neither characters nor layout: nothing that people wrote. NUL cannot be stored either.
_INVISIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufeff]")


def text_of(content: bytes, charset: str) -> str:
    """The text in its declared encoding, or else in the likeliest one."""
    name = charset.strip(" \t\"'").lower()
    codec = "" if name in _ASCII else _codec_of(name)
    if codec and codec not in SINGLE_BYTE:
        try:
            return clean(content.decode(codec))
        except UnicodeError:
            return _nearest(content, codec)
    return guessed(content, codec or WESTERN)


def guessed(content: bytes, likely: str = WESTERN) -> str:
    """The text of bytes that came without a name of their encoding, or with an unknown one."""
    for codec in ("utf-8", likely):
        try:
            return clean(content.decode(codec))
        except UnicodeError:
            continue
    return clean(content.decode("latin-1"))


def clean(text: str) -> str:
    """Without what can neither be shown nor stored, with plain line ends."""
    return _INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _nearest(content: bytes, codec: str) -> str:
    """Declared but not kept to: UTF-8 if it is, else the declared one with the bad bytes marked."""
    try:
        return clean(content.decode("utf-8"))
    except UnicodeError:
        return clean(content.decode(codec, "replace"))


def _codec_of(name: str) -> str:
    try:
        found = codecs.lookup(SISTERS.get(name, name))
    except (LookupError, ValueError):
        return ""
    is_text = getattr(found, "_is_text_encoding", False)
    return found.name if is_text and found.name not in NOT_FOR_MAIL else ""
