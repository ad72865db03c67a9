"""The case as two pages of PDF for a board."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from commondesk.core.record.codec import Json

_PAGES = Path(__file__).parent / "board.typ"


def board_pdf(data: Mapping[str, Json]) -> bytes:
    """The two pages as PDF, of what `core.planner.report.board` says. The same data give the same
    bytes."""
    import typst

    found = typst.compile(
        _PAGES,
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        timestamp=0,
    )
    assert isinstance(found, bytes)
    return found
