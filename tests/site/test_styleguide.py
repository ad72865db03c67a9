"""The style guide shows every component and token, and its colours can be told apart."""

from __future__ import annotations

import re
from pathlib import Path

from django.test import Client
from django.urls import reverse
from jinja2 import nodes

from commondesk.site import jinja, styleguide

FOLDER = Path(jinja.__file__).parent
TEMPLATES = FOLDER / "jinja2"


def test_every_macro_is_on_it() -> None:
    parse = jinja.environment().parse
    parts = parse((TEMPLATES / "parts.html").read_text())
    macros = {macro.name for macro in parts.find_all(nodes.Macro)}
    guide = parse((TEMPLATES / "styleguide.html").read_text())
    used = {
        each.node.name for each in guide.find_all(nodes.Call) if isinstance(each.node, nodes.Name)
    }
    # Explanations stand at the foot of a page with words to explain; an icon is drawn by `icon`.
    assert "icon" in used
    assert macros - used - {"meaning", "drawn_icon"} == set()


def test_it_needs_nobody_and_no_company(db: None, client: Client) -> None:
    page = client.get(reverse("styleguide"))
    assert page.status_code == 200
    shown = page.content.decode()
    assert "aria-invalid" in shown and "February has 28 days." in shown
    assert 'class="meaning"' in shown


def test_every_token_and_icon_is_on_it(db: None, client: Client) -> None:
    shown = client.get(reverse("styleguide")).content.decode()
    css = (FOLDER / "static" / "commondesk.css").read_text()
    for name in styleguide.colours():
        assert f'class="tone {name}"' in shown, name
        assert f".tone.{name} {{" in css, name
    for name in styleguide.sizes():
        assert re.search(rf'class="(size|space) {name}"', shown), name
    for name in styleguide.icons():
        assert f"#{name}" in shown, name
    assert len(styleguide.colours()) > 15 and len(styleguide.icons()) > 30


def test_text_and_borders_stand_out_in_both_themes() -> None:
    for one in styleguide.contrasts():
        assert min(*one.light, *one.dark) >= one.needed, one


def test_contrast_is_that_of_wcag() -> None:
    assert round(styleguide.ratio("#000000", "#ffffff"), 2) == 21
    assert round(styleguide.ratio("#767676", "#ffffff"), 2) == 4.54
