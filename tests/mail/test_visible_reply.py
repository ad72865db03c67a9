"""What the writer added, apart from what the mail program put below it."""

import pytest

from commondesk.intake.mail.understood import Understood
from commondesk.intake.mail.visible_reply import visible_reply

ADDED = "It works again.\n\n    indented code\n\nThanks\nRita"
BELOW = {
    "Gmail": "On Mon, 10 Mar 2025 at 10:00, Ben Agent <ben@p.example> wrote:\n> Warm?\n> Ben",
    "Gmail in German": (
        "Am Mo., 10. März 2025 um 10:00 Uhr schrieb Ben Agent <ben@p.example>:\n\n> Warm?"
    ),
    "French": "Le lun. 10 mars 2025 à 10:00, Ben Agent <ben@p.example> a écrit :\n> Chaud ?",
    "Outlook": (
        "From: Ben Agent <ben@p.example>\nSent: Monday, March 10, 2025 10:00\n"
        "To: Rita\nSubject: RE: x\n\nIs it warm?"
    ),
    "Outlook in German": (
        "Von: Ben Agent <ben@p.example>\nGesendet: Montag, 10. März 2025 10:00\n"
        "An: Rita\nBetreff: AW: x\n\nIst es warm?"
    ),
    "Outlook with a line": (
        "________________________________\nFrom: Ben <ben@p.example>\nSent: Monday\n"
        "To: Rita\nSubject: RE: x\n\nWarm?"
    ),
    "Plain quote": "> Is it warm?\n> Ben",
}


@pytest.mark.parametrize("program", BELOW)
def test_the_answer_alone_is_visible(program: str) -> None:
    assert visible_reply(f"{ADDED}\n\n{BELOW[program]}\n") == ADDED


@pytest.mark.parametrize("program", BELOW)
def test_the_whole_text_stays_with_the_rest_marked(program: str) -> None:
    text = f"{ADDED}\n\n{BELOW[program]}"
    folded = Understood(text=text, visible=visible_reply(text)).folded
    assert folded.startswith(f"{ADDED}\n\n> ")
    unmarked = "\n".join(line.removeprefix("> ") for line in folded.split("\n"))
    assert unmarked == "\n".join(line.removeprefix("> ") for line in text.split("\n"))


@pytest.mark.parametrize(
    "text",
    [
        "A new matter.\n\nNothing is quoted.",
        "On Mon, Ben wrote:\n> Is it warm?\nYes.\n> Is it loud?\nNo.",
        "> only a quote",
        "",
        "line\n" * 20_000,
    ],
)
def test_where_a_cut_is_doubtful_all_is_visible(text: str) -> None:
    assert visible_reply(text) == text
    assert Understood(text=text, visible=text).folded == text
