"""Every event, lens setting, figure and setting from the environment is described."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from uuid import UUID

import pytest

from commondesk.core.metrics.facts import Facts
from commondesk.core.metrics.figure import Period
from commondesk.core.metrics.scheme import scheme_of
from commondesk.core.record import codec
from commondesk.core.record.event import Body
from commondesk.core.service_level.lens import Lens
from commondesk.review.figures import Sheet, makers

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


def test_every_figure_has_its_heading() -> None:
    sheet = Sheet(UUID(int=0), Period(0, 1), 1, Facts(scheme_of(None), 1, (), ()), ())
    names = {make().name for make in makers(sheet).values()}
    names |= {"offender.service", "part.resolution", "flow"}
    page = (DOCS / "metrics.md").read_text()
    headings = set(re.findall(r"^## (.+)$", page, flags=re.MULTILINE))
    for name in names:
        assert headings & {name, name.rpartition(".")[0], name.split(".")[0]}, name


def test_every_setting_stands_in_the_readme() -> None:
    root = DOCS.parent
    settings = (root / "commondesk" / "site" / "settings.py").read_text()
    named = set(re.findall(r"COMMONDESK_[A-Z_]+", settings))
    assert named, "the settings read nothing from the environment"
    readme = (root / "README.md").read_text()
    assert [name for name in sorted(named) if name not in readme] == []
