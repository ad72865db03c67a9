"""Every field of the charter is described."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from commondesk.core.charter.schema import SECTIONS, Enforced, Section, fields_of

PAGE = (Path(__file__).parents[3] / "docs" / "charter.md").read_text(encoding="utf-8")
SAYS = {
    Enforced.YES: "Enforced.",
    Enforced.SHOWN: "enforced in a later version.",
    Enforced.WORDS: "For people to read.",
}


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.key)
def test_every_field_stands_on_the_page(section: Section) -> None:
    parts = re.split(r"^### (.+)$", PAGE, flags=re.MULTILINE)
    described = dict(zip(parts[1::2], parts[2::2], strict=True))[section.title]
    missing = [
        each.name for each in fields_of(section.shape) if f"| `{each.name}` |" not in described
    ]
    assert missing == []
    assert SAYS[section.enforced] in described
    for each in fields_of(section.shape):
        assert each.told.label and each.told.meaning
