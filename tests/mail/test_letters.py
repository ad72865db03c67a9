"""What the writer had to say, apart from quotes and signatures, in thirteen languages."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commondesk.intake.mail.letter.folds import Letter, letter_of, without
from commondesk.intake.mail.letter.languages import LANGUAGES
from commondesk.intake.mail.understood import Folded, Mailbox


@dataclass(frozen=True)
class Sample:
    """A letter with what is what in it: pieces of the kinds own, quote and signature."""

    language: str
    style: str
    subject: str
    pieces: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        return "\n".join(text for _, text in self.pieces)

    @property
    def own(self) -> str:
        return "\n".join(text for kind, text in self.pieces if kind == "own")

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.pieces if kind != "own"]


def read_samples(path: Path) -> list[Sample]:
    samples = []
    for block in re.split(r"^%% style ", path.read_text(), flags=re.MULTILINE)[1:]:
        style, _, rest = block.partition("\n")
        subject = "Re: x"
        if rest.startswith("%% subject "):
            subject, _, rest = rest.removeprefix("%% subject ").partition("\n")
        cut = re.split(r"^%% (\w+)\n", rest, flags=re.MULTILINE)[1:]
        pieces = tuple(
            (kind, text.removesuffix("\n")) for kind, text in zip(cut[::2], cut[1::2], strict=True)
        )
        samples.append(Sample(path.stem, style, subject, pieces))
    return samples


FOLDER = Path(__file__).parent / "letters"
SAMPLES = [each for path in sorted(FOLDER.glob("*.txt")) for each in read_samples(path)]


def closely(text: str) -> str:
    """Blank lines at the seams do not matter."""
    return re.sub(r"\n\s*\n+", "\n\n", text).strip()


def letter_in(sample: Sample) -> Letter:
    return letter_of(sample.text, subject=sample.subject, is_answer=True)


def test_every_language_has_at_least_eight_styles() -> None:
    for language in LANGUAGES:
        assert sum(sample.language == language for sample in SAMPLES) >= 8


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda each: f"{each.language} {each.style}")
def test_what_was_added_is_visible(sample: Sample) -> None:
    letter = letter_in(sample)
    assert closely(letter.visible) == closely(sample.own)
    assert [fold.kind for fold in letter.folds] == sample.kinds


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda each: f"{each.language} {each.style}")
def test_the_language_is_that_of_the_mail_program(sample: Sample) -> None:
    # Programs in some languages write English; and several languages share their few words.
    shared = {"sv": "da", "da": "sv"}
    assert letter_in(sample).language in (
        sample.language,
        "en",
        "",
        shared.get(sample.language, ""),
    )


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda each: f"{each.language} {each.style}")
def test_windows_line_ends_and_ends_of_lines_do_not_matter(sample: Sample) -> None:
    spaced = "\n".join(f"{line}  " if line else line for line in sample.text.split("\n"))
    assert closely(
        "\n".join(
            line.rstrip() for line in letter_of(spaced, subject=sample.subject).visible.split("\n")
        )
    ) == closely(letter_in(sample).visible)


@pytest.mark.parametrize(
    ("sample", "address"),
    [(each, "info@bank.example") for each in SAMPLES if each.style == "forwarded is content"],
    ids=lambda each: getattr(each, "language", ""),
)
def test_the_writer_of_what_was_forwarded_is_known(sample: Sample, address: str) -> None:
    writer = letter_in(sample).forwarded_from
    assert writer is not None
    assert writer.address == address


IN_DOUBT = {
    "a new matter": "A new matter.\n\nNothing is quoted.",
    "only a quote": "> only a quote",
    "nothing": "",
    "only a signature": "-- \nRita Kern\nAcme Ltd",
    "only a closing": "Thanks\nRita",
    "thanks is content": "It works.\n\nThanks\nRita",
    "a closing in the middle": "Best regards\n\nis what I wrote, and he was still angry with us.",
    "a postscript": "It works.\n\nKind regards\nRita\n\nP.S. The door is open.",
    "a log": "On Monday at 10:00 the server wrote:\nERROR disk full\nERROR again",
    "a form": "From: 10.03.2025\nTo: 12.03.2025\nSubject: holidays\n\nPlease approve.",
    "a list": "What we need:\n- paper\n- toner",
    "a long text after dashes": "First\n--\n" + "Second is a long story.\n" * 30,
    "a sentence that begins like a device's line": "Sent from my office in Rome it arrived late.",
    "an angle bracket in the text": "a\n    > b",
    "many lines": "line\n" * 20_000,
    "a diff": "--- a/file\n+++ b/file\n@@ -1 +1 @@\n-old\n+new",
    "a mail address before a colon": "Please write to ben@provider.example:\nhe knows the door.",
}


@pytest.mark.parametrize("name", IN_DOUBT)
def test_when_in_doubt_nothing_is_folded(name: str) -> None:
    letter = letter_of(IN_DOUBT[name], subject="Re: x")
    assert letter.folds == ()
    assert letter.visible == letter.text == IN_DOUBT[name]


def test_a_new_mail_with_another_mail_in_it_shows_both() -> None:
    text = (
        "See below.\n\nFrom: Ben <ben@p.example>\nSent: 10 March 2025\nTo: Rita\nSubject: x\n\nHi"
    )
    assert letter_of(text, subject="Help", is_answer=False).folds == ()
    assert letter_of(text, subject="Fw: x").folds == ()
    assert letter_of(text, subject="Re: x", is_answer=False).visible == "See below."


def test_only_the_quote_goes_where_nothing_but_a_signature_is_left() -> None:
    letter = letter_of(
        "Sent from my iPhone\n\nOn 10 Mar 2025 at 10:00, Ben <b@p.example> wrote:\n> a"
    )
    assert letter.visible == "Sent from my iPhone"


def test_inner_quotes_of_a_forward_stay() -> None:
    text = "Look\n\n---------- Forwarded message ---------\nFrom: Ben <ben@p.example>\n"
    text += "Date: today\nSubject: x\nTo: rita\n\nHello\n\n"
    text += "On 9 Mar 2025 at 09:00, R <r@x.example> wrote:\n> old"
    letter = letter_of(text, subject="Fwd: x")
    assert letter.folds == ()
    assert letter.forwarded_from == Mailbox("ben@p.example", "Ben")


LINE = st.sampled_from(
    [
        *("> a", ">> b", "own words", "", "-- ", "--", "Kind regards", "Rita Kern"),
        *("On 10 Mar 2025 at 10:00, Ben <ben@p.example> wrote:", "From: Ben <ben@p.example>"),
        *("Sent: 10 March 2025", "To: Rita", "Subject: x", "-----Original Message-----"),
        *("---------- Forwarded message ---------", "Sent from my iPhone", "\xa0", "写道：", ":"),
        *("________", "Tel. +49 30 1234567"),
    ]
)


@given(
    st.one_of(st.lists(LINE, max_size=30).map("\n".join), st.text(max_size=200)),
    st.sampled_from(["", "Re: x", "Fwd: x", "AW: x"]),
    st.booleans(),
)
def test_folds_lie_in_order_within_the_text(text: str, subject: str, is_answer: bool) -> None:
    letter = letter_of(text, subject=subject, is_answer=is_answer)
    assert letter.text == text
    at = 0
    for fold in letter.folds:
        assert at <= fold.start < fold.end <= len(text)
        at = fold.end
    assert letter.visible == without(letter.folds, text)
    assert bool(letter.visible.strip()) == bool(text.strip())


@given(st.lists(LINE, max_size=20).map("\n".join), st.integers(0, 20))
def test_quoted_lines_of_html_may_be_any(text: str, line: int) -> None:
    quoted = frozenset({line} & set(range(text.count("\n") + 1)))
    letter = letter_of(text, quoted=quoted)
    assert letter.visible == without(letter.folds, text)


HOSTILE = {
    "attributions": "On 10 Mar 2025 at 10:00, Ben wrote:\n",
    "wrapped attributions": "On 10 Mar 2025 Ben <ben@p.example>\nabc\ndef\nwrote:\n",
    "colons": "a:\n",
    "labels": "From: a\n",
    "blocks": "From: a\nSent: b\nTo: c\n\n",
    "runs": "> a\nb\n",
    "runs with blank lines": "> a\n\n\n",
    "blank lines": "\n",
    "spaces": " ",
    "delimiters": "-- \na\n> b\n",
    "closings": "Kind regards\nRita\n> b\n",
    "devices": "Sent from my iPhone\n\n",
    "rules": "________\n",
    "dashes": "- ",
    "dashes in lines": "- - - - - - - -\n",
    "announcements": "-----Forwarded\n",
    "digits": "1",
    "addresses": "a@b ",
    "one line of brackets": "<@>:",
    "wide": "写道",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_time_grows_with_the_text(name: str) -> None:
    text = HOSTILE[name] * (200_000 // len(HOSTILE[name]))
    began = time.process_time()
    letter_of(text, subject="Re: x")
    assert time.process_time() - began < 2.0


def test_structural_quotes_of_html() -> None:
    text = "Yes.\n\nBen, yesterday\n\nIs it warm?"
    letter = letter_of(text, quoted=frozenset({2, 4}))
    assert letter.folds == (Folded("quote", 4, len(text)),)
    assert letter.visible == "Yes."
