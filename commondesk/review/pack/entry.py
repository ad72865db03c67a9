"""Entry: a figure of a pack with its key and group, and how far the export carries it."""

from __future__ import annotations

from dataclasses import dataclass

from commondesk.core.metrics.figure import Figure
from commondesk.readers.export import Support
from commondesk.review.pack import in_words

SPEED, PROMISE, FLOW, HANDS, QUALITY, CAUSES, SIGNALS, SOURCES = (
    *("speed", "promise", "flow", "hands", "quality", "causes", "signals", "sources"),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A figure of the pack: its key in addresses and files, and how far the export carries it."""

    key: str
    group: str
    figure: Figure
    support: Support = Support.EXACT
    reason: str = ""


def title_of(key: str, title: str) -> str:
    """What a figure is called in the language that is spoken; names from the file stay."""
    return title if key.startswith(_NAMED_BY_THE_FILE) else in_words.in_words(title)


_NAMED_BY_THE_FILE = ("offender.", "recurring.")
