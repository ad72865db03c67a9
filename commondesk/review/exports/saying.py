"""Saying what a table means: a mapping as the fields of a form, and as the YAML that is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

WORDS = ("states", "priorities", "channels", "kinds")
"""The fields of a mapping that say what words mean."""
LISTS = ("missing", "machines", "sla_met")
LAYOUT = ("encoding", "separator", "sheet")


@dataclass(frozen=True, slots=True)
class Said:
    """What a mapping says; docs/readers.md describes each field."""

    rows: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    dates: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    layout: Mapping[str, str] = field(default_factory=dict)

    def text(self) -> str:
        """The mapping as YAML."""
        import yaml

        told: dict[str, Any] = {"rows": self.rows, "columns": _filled(self.columns)}
        told |= {name: _filled(self.words.get(name, {})) for name in WORDS}
        told["dates"] = _filled(self.dates)
        told |= {name: list(self.lists.get(name, ())) for name in LISTS}
        told |= {name: self.layout.get(name, "") for name in LAYOUT}
        filled = {name: value for name, value in told.items() if value}
        return yaml.safe_dump(filled, allow_unicode=True, sort_keys=False, width=1000)


def _filled(pairs: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in pairs.items() if value}


def said_of(text: str) -> Said | None:
    """What a mapping's YAML says; None where a form cannot show it: it is shown as text then."""
    from commondesk.readers.export import UnusableExport
    from commondesk.readers.mapping import FIELDS, plain_fields

    try:
        told = plain_fields(text)
    except UnusableExport:
        return None
    if set(told) - set(FIELDS):
        return None
    dates = told.get("dates", "")
    if isinstance(dates, str):
        dates = dict.fromkeys(("opened", "updated", "resolved", "closed"), dates) if dates else {}
    return Said(
        rows=_text(told.get("rows")),
        columns=_pairs(told.get("columns")),
        words={name: _pairs(told.get(name)) for name in WORDS},
        dates=_pairs(dates),
        lists={name: _list(told.get(name)) for name in LISTS},
        layout={name: _text(told.get(name)) for name in LAYOUT},
    )


def proposal_of(outline: Mapping[str, Any]) -> Said:
    """What an outline of a table (readers/proposing.py, as JSON) proposes.

    What it only asks is left out.
    """
    return Said(
        rows=outline["rows"],
        columns=dict(outline["columns"]),
        words={
            name: {word["text"]: word["meaning"] for word in words if word["meaning"]}
            for name, words in outline["words"].items()
        },
        lists={
            "missing": tuple(outline["missing"]),
            "machines": tuple(outline["machines"]),
            "sla_met": tuple(outline["sla_met"]),
        },
        layout={"sheet": outline["sheet"]},
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _pairs(value: object) -> dict[str, str]:
    return dict(value) if isinstance(value, dict) else {}


def _list(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,) if value else ()
    return tuple(value) if isinstance(value, list) else ()
