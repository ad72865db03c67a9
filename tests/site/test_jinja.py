"""What our templates remember between pages, and what they must not mistake for each other."""

import uuid

from django.urls import reverse, set_script_prefix
from jinja2 import DictLoader, Environment

from commondesk.accounts import models
from commondesk.core import texts
from commondesk.desk import rows
from commondesk.site import jinja


def environment(**templates: str) -> Environment:
    return jinja.environment(loader=DictLoader(templates))


def test_a_macro_of_plain_values_is_run_once() -> None:
    runs: list[str] = []
    made = environment(
        parts="{% macro mark(name) %}{{ note(name) }}<b>{{ name }}</b>{% endmacro %}",
        page='{% from "parts" import mark %}{% for it in all %}{{ kept(mark, it) }}{% endfor %}',
    )

    def note(name: str) -> str:
        runs.append(name)
        return ""

    made.globals["note"] = note
    a, b = (uuid.uuid4().hex for _ in "ab")
    told = made.get_template("page").render(all=[a, a, b])
    assert told == f"<b>{a}</b><b>{a}</b><b>{b}</b>"
    assert runs == [a, b]
    assert made.get_template("page").render(all=[a, a, b]) == told
    assert runs == [a, b]


def test_macros_of_one_name_in_two_templates_are_two() -> None:
    made = environment(
        bold="{% macro mark(name) %}<b>{{ name }}</b>{% endmacro %}",
        slanted="{% macro mark(name) %}<i>{{ name }}</i>{% endmacro %}",
        one='{% from "bold" import mark %}{{ kept(mark, "x") }}',
        other='{% from "slanted" import mark %}{{ kept(mark, "x") }}',
    )
    assert made.get_template("one").render() == "<b>x</b>"
    assert made.get_template("other").render() == "<i>x</i>"


def test_what_is_kept_is_escaped_once() -> None:
    made = environment(
        parts="{% macro mark(name) %}<b>{{ name }}</b>{% endmacro %}",
        page='{% from "parts" import mark %}{{ kept(mark, "<script>") }}',
    )
    assert made.get_template("page").render() == "<b>&lt;script&gt;</b>"


def test_words_that_were_erased_are_said_so_in_the_language_of_the_page() -> None:
    made = environment(
        page="{{ name }}, {{ gone }}, {% trans who=gone %}{{ who }} wrote.{% endtrans %}"
    )
    assert jinja.ERASED == models.ERASED == rows.ERASED
    told = {"gone": models.ERASED, "name": "Rita"}
    assert made.get_template("page").render(told) == "Rita, [erased], [erased] wrote."
    with texts.spoken("fr"):
        assert made.get_template("page").render(told) == "Rita, [effacé], [effacé] wrote."


def test_addresses_are_those_of_the_resolver() -> None:
    assert jinja.url("desk:queue", args=["ACME"]) == reverse("desk:queue", args=["ACME"])
    assert jinja.url("desk:queue", args=["WORKS"]) == "/c/WORKS/queue/"
    set_script_prefix("/below/")
    try:
        assert jinja.url("desk:queue", args=["ACME"]) == "/below/c/ACME/queue/"
    finally:
        set_script_prefix("/")
