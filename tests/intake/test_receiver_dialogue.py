"""The dialogue by itself: whatever the pieces in which bytes come, what is said is the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from commondesk.intake.smtp.content import Content
from commondesk.intake.smtp.dialogue import Dialogue, Rules, Wish

RULES = Rules("desk.example", largest=2000, most_recipients=3)
PIECES = (
    *(b"EHLO x\r\n", b"HELO y\r\n", b"MAIL FROM:<a@b.example>\r\n", b"RCPT TO:<c@d.example>\r\n"),
    *(b"DATA\r\n", b".\r\n", b"\r\n.\r\n", b"\n.\n", b"\r.\r", b"\r\n", b"..", b"\r", b"\n", b"."),
    *(b"hello\r\n", b"x" * 900, b"QUIT\r\n", b"RSET\r\n", b"\0", b"STARTTLS\r\n", b"\xff"),
)
WORDS = st.lists(st.sampled_from(PIECES), max_size=25).map(b"".join)


class Held:
    """A draft that remembers."""

    def __init__(self) -> None:
        self.content = bytearray()

    def write(self, content: bytes | bytearray) -> None:
        self.content += content

    def discard(self) -> None:
        self.content.clear()


def spoken(pieces: list[bytes]) -> tuple[bytes, list[bytes]]:
    """What is said to these pieces, and the mails that were to be kept."""
    dialogue, said, mails = Dialogue(RULES, Held), b"", []
    for piece in pieces:
        said += dialogue.take(piece)
        while dialogue.wish is Wish.KEEP:
            assert dialogue.letter is not None
            draft = dialogue.letter.draft
            assert isinstance(draft, Held)
            mails.append(bytes(draft.content))
            said += dialogue.kept("250 Kept")
    return said, mails


@given(WORDS)
def test_the_pieces_do_not_matter(words: bytes) -> None:
    whole = spoken([words])
    assert spoken([words[i : i + 1] for i in range(len(words))]) == whole
    assert spoken([words[i : i + 3] for i in range(0, len(words), 3)]) == whole


@given(st.lists(st.sampled_from(PIECES), max_size=25).map(b"".join), st.integers(1, 7))
def test_a_mail_comes_out_as_it_was_meant(body: bytes, step: int) -> None:
    """Sent as the standard asks, with dots doubled at the start of lines, it arrives unchanged."""
    mail = body + b"\r\n"
    wire = (b"\r\n" + mail).replace(b"\r\n.", b"\r\n..")[2:] + b".\r\nQUIT\r\n"
    content, got = Content(), b""
    for i in range(0, len(wire), step):
        if content.is_whole:
            break
        got += content.taken(wire[i : i + step])
    assert (content.is_whole, got) == (True, mail)
