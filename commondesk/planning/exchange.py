"""Cases as files: YAML and JSON, out and in."""

from __future__ import annotations

import json
from typing import cast

from commondesk.core.charter.yaml_text import yaml_of
from commondesk.core.planner.case import yaml_text as case_text
from commondesk.core.planner.case.fields import shown
from commondesk.core.texts import gettext
from commondesk.planning import document as documents
from commondesk.planning.document import Document


class Unreadable(ValueError):
    """A text that is no case. line: where that is known."""

    def __init__(self, sentence: str, line: int | None = None) -> None:
        super().__init__(sentence)
        self.line = line


def from_text(text: str | bytes) -> Document:
    """The document of a YAML or JSON text, whatever it says. Raises Unreadable."""
    try:
        data, _lines = case_text.plain(text)
    except case_text.NoCase as wrong:
        raise Unreadable(wrong.complaint.what, wrong.complaint.line) from None
    if not isinstance(data, dict):
        raise Unreadable(
            gettext("A case is names with values, such as “company:”; this is %(found)s.")
            % {"found": shown(data)}
        )
    return cast(Document, documents.tidied(data))


def title_in(document: Document) -> str:
    """What a case calls itself; empty if it does not."""
    said = documents.at(document, "company.title") or documents.at(document, "company.name")
    return said if isinstance(said, str) else ""


def yaml_text(document: Document) -> str:
    return yaml_of(document)


def json_text(document: Document) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
