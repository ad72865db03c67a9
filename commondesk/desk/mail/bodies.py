"""The two bodies of a mail, from one content: a line above, the words, and what stands below.

The HTML is plain paragraphs: no table, no picture, nothing from elsewhere, and no colour that a
dark screen could swallow. All words are escaped here, at the last moment, wherever they came from.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape

_GREY = "color:#767676;font-size:0.875em"
_PAGE = (
    "margin:0 auto;padding:1em;max-width:42em;"
    "font-family:system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;line-height:1.5"
)
_WORDS = "margin:0 0 1em;overflow-wrap:anywhere"


@dataclass(frozen=True, slots=True)
class Content:
    """What a mail says. link is an address of ours that may be pressed where it stands alone."""

    language: str
    title: str
    above: str
    words: str
    below: str
    link: str = ""


def text_of(content: Content) -> str:
    """The content as plain text."""
    return f"{content.above}\n\n{_trimmed(content.words)}\n\n-- \n{_trimmed(content.below)}\n"


def html_of(content: Content) -> str:
    """The same as HTML, with its lines and indents kept; markup in it stays text.

    Lines by <br> and indents by hard spaces: some programs for mail know no `white-space`.
    """
    paragraphs = "\n".join(
        f'<p style="{_WORDS}">{_pressable(part, content.link)}</p>'
        for part in re.split(r"\n{2,}", _trimmed(content.words))
    )
    return (
        f'<!doctype html>\n<html lang="{escape(content.language)}"><head>'
        '<meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        '<meta name="color-scheme" content="light dark">'
        '<meta name="supported-color-schemes" content="light dark">'
        f"<title>{escape(content.title)}</title></head>\n"
        f'<body style="{_PAGE}">\n'
        f'<p style="margin:0 0 1em;{_GREY}">{escape(content.above)}</p>\n'
        f"{paragraphs}\n"
        f'<p style="margin:1.5em 0 0;{_GREY}">{_lines(_trimmed(content.below))}</p>\n'
        "</body></html>\n"
    )


def _trimmed(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")


def _lines(text: str) -> str:
    spaced = text.replace("\t", "    ").replace("  ", "\u00a0 ").replace("\n ", "\n\u00a0")
    return escape(spaced).replace("\n", "<br>\n")


def _pressable(text: str, link: str) -> str:
    """The lines; one that is nothing but our own link can be pressed."""
    shown = escape(link)
    lines = _lines(text.strip("\n")).split("<br>\n")
    return "<br>\n".join(
        f'<a href="{shown}">{shown}</a>' if link and line == shown else line for line in lines
    )
