"""Reviewing an export: figures, the pack, and what the file was like.

Runs in the process apart (`child`), as `commondesk review` does on a command line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from commondesk.core import texts
from commondesk.readers.export import Source

if TYPE_CHECKING:
    from commondesk.review.pack.figures import Figures

READING, TAKEN, WORKING, COUNTING, WRITING = range(5)
"""The phases that are told."""
_TICKETS = re.compile(r"([\d,]+) tickets read")


def review(
    task: Mapping[str, Any], sources: list[Source], tell: Callable[[int, int, int], None]
) -> dict[str, Any]:
    """Write the pack, the figures and what the file carries into the folder of the task.

    Raises UnusableExport.
    """
    from commondesk.review.pack import reading, sharing, working
    from commondesk.review.pack.figures import Figures
    from commondesk.review.pack.material import Material
    from commondesk.review.pack.terms import CharterError, UnknownLens, terms_of

    try:
        charter = Path(task["charter"]).read_bytes() if task["charter"] else None
        terms = terms_of(charter, task["lens"])
    except CharterError as wrong:
        lines = [f"{f'line {each.line}: ' if each.line else ''}{each}" for each in wrong.problems]
        return {"problems": [f"charter: {line}" for line in lines]}
    except UnknownLens as wrong:
        return {"problems": [str(wrong)]}

    def told(text: str) -> None:
        if found := _TICKETS.search(text):
            count = int(found[1].replace(",", ""))
            tell(TAKEN, count, count)

    with sharing.unswept():
        zone = ZoneInfo(task["zone"]) if task["zone"] else None
        exhibit = reading.exhibit_of(
            sources, zone, told, format=task["format"], mapping=task["mapping"]
        )
        if not exhibit.tickets:
            return {"problems": ["the export holds no tickets"]}
        tell(WORKING, 0, 1)
        facts = working.facts_of(exhibit.tickets, terms.agreement, terms.scheme, exhibit.at)
        tell(COUNTING, 0, 1)
        figures = Figures(Material(exhibit, terms, facts))
        tell(WRITING, 0, 1)
        return _written(figures, Path(task["out"]), task["language"])


def _written(figures: Figures, out: Path, language: str) -> dict[str, Any]:
    from commondesk import locale
    from commondesk.review.exports.measuring import measures_of
    from commondesk.review.pack.machine import document_of
    from commondesk.review.pack.page import page_of
    from commondesk.review.pack.sections.quality import carried_by

    locale.learn_all()
    document = document_of(figures)
    (out / "figures.json").write_text(json.dumps(document, indent=1, ensure_ascii=False), "utf-8")
    (out / "pack.html").write_text(page_of(figures, language=language), "utf-8")
    result = {
        "source": document["source"],
        "period": document["period"],
        "charter": document["charter"],
        "language": language,
        "headlines": {each: _headline(figures, each) for each in texts.LANGUAGES},
        "findings": document["quality"],
        "carried": [[str(support), title, why] for support, title, why in carried_by(figures)],
        "exact": _exact(figures),
        "measured": measures_of(figures.material),
    }
    (out / "result.json").write_text(json.dumps(result, ensure_ascii=False), "utf-8")
    return {"tickets": len(figures.material.exhibit.tickets)}


def _headline(figures: Figures, language: str) -> list[str]:
    from commondesk.review.pack.sentences import headline

    with texts.spoken(language):
        said = headline(figures)
    return [said.usual, said.lived, said.lead]


def _exact(figures: Figures) -> list[str]:
    """What can be counted exactly, by title, without the same again for each part of it."""
    from commondesk.readers.export import Support

    titles = (
        entry.figure.title
        for key, entry in figures.entries.items()
        if entry.support is Support.EXACT and not _is_part(key)
    )
    return list(dict.fromkeys(titles))


def _is_part(key: str) -> bool:
    begins = ("offender.", "recurring.", "bounces.between.", "part.")
    return key.startswith(begins) or ".month." in key or ".priority." in key
