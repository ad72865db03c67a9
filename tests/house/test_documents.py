"""Every event has its heading, with every field of it, in docs/events.md."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from commondesk.core.record import codec
from commondesk.core.record.event import Body
from commondesk.core.service_level.lens import Lens

DOCS = Path(__file__).parents[2] / "docs"


def sections() -> dict[str, str]:
    parts = re.split(r"^## (.+)$", (DOCS / "events.md").read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize("body", codec.known_bodies(), ids=lambda body: body.NAME)
def test_event_is_described(body: type[Body]) -> None:
    section = sections().get(body.NAME)
    assert section is not None, f"docs/events.md has no heading {body.NAME}"
    missing = [field.name for field in fields(body) if f"| `{field.name}` |" not in section]
    assert missing == [], f"{body.NAME} in docs/events.md says nothing of {missing}"


def test_no_heading_without_an_event() -> None:
    assert set(sections()) == {body.NAME for body in codec.known_bodies()}


def test_every_lens_setting_is_fixed_in_the_page_on_clocks() -> None:
    page = (DOCS / "clocks.md").read_text()
    assert [field.name for field in fields(Lens) if f"{field.name}:" not in page] == []
