"""Every word of the glossary that heads or labels something explains itself, in one tap."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import reverse
from jinja2 import Environment, StrictUndefined
from pytest_django import Settings

from commondesk.accounts.models import Person
from commondesk.site import jinja
from commondesk.site.glossary import PARTS, TERMS
from commondesk.site.meanings import by_form, found_in
from tests.isolation.routes import ROUTES, Route
from tests.isolation.world import House, house

from .page import Node, is_folded, parsed

HEADS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "label", "th", "dt", "legend", "caption"})
NO_PROSE = frozenset({"a", "summary", "code", "kbd", "select", "svg", "option"})

SEEN_AS = ("founder", "own agent", "provider's lead", "requester")


@pytest.fixture
def acme(db: None, settings: Settings, tmp_path: Path) -> House:
    settings.DATA = tmp_path
    settings.EMAIL_HOST = ""
    made = house("Acme Presses", "acme.example", 2)
    # Nobody explains the names of people.
    Person.objects.update(title="Robin Quell")
    return made


# ---- the words ----------------------------------------------------------------------------


def test_every_word_is_explained_in_two_sentences_at_most() -> None:
    for term in TERMS.values():
        sentences = re.findall(r"[.!?](?=\s|$)", term.meaning)
        assert 1 <= len(sentences) <= 2, term.word
        assert len(term.meaning) <= 200 and term.where, term.word
        assert set(term.see) <= TERMS.keys() - {term.key}, term.word


def test_no_form_means_two_things() -> None:
    forms = [form for term in TERMS.values() for form in term.all_forms]
    assert len(forms) == len(set(forms)) == len(by_form())
    assert all(form == form.lower() for form in forms)
    assert len(TERMS) == sum(len(terms) for _, terms in PARTS)


def test_the_longer_of_two_words_counts() -> None:
    told = [(match[0], term.key) for match, term in found_in("First human response, or response")]
    assert told == [
        ("First human response", "first-human-response"),
        ("response", "first-human-response"),
    ]
    assert not list(found_in("overdue, ownership, n-th"))


def test_the_page_of_words_has_all_of_them(client: Client) -> None:
    page = client.get(reverse("glossary")).content.decode()
    assert re.findall(r'<div id="([a-z-]+)">', page) == list(TERMS)


# ---- in templates -------------------------------------------------------------------------


def made(source: str) -> str:
    """What a page of one template becomes, its feet after a bar."""
    environment = jinja.environment(undefined=StrictUndefined)
    assert isinstance(environment, Environment)
    from django.conf import settings
    from jinja2 import DictLoader

    folder = Path(jinja.__file__).parent / "jinja2"
    environment.loader = DictLoader(
        {
            "parts.html": (folder / "parts.html").read_text(),
            "page": "{{ begin_page() }}" + source + "|{{ meanings() }}",
            "part": source,
        }
    )
    assert settings.configured
    return environment.get_template("page").render(said="the due lens", name="<b>")


def test_a_word_is_tapped_where_it_first_stands() -> None:
    page = made("<h2>The lens</h2><table><th>Lens</th></table>")
    said, _, feet = page.partition("|")
    assert said.count("<button") == 1
    assert '<h2><span>The <button type="button" class="term" popovertarget="word-lens">' in said
    assert "<th>Lens</th>" in said
    assert feet.count("popover") == 1 and TERMS["lens"].meaning in feet


def test_what_is_folded_away_does_not_count_as_explained() -> None:
    said = made("<details><summary>More</summary><h3>Lens</h3></details><h2>Lens</h2>")
    assert said.partition("|")[0].count("<button") == 2


def test_a_label_keeps_its_words_and_has_a_question_beside_it() -> None:
    said = made('<label for="p">Provider</label>').partition("|")[0]
    label, _, beside = said.partition("</label>")
    assert "<button" not in label
    assert 'aria-label="What does “provider” mean?"' in beside


def test_two_questions_beside_one_label_say_which_is_which() -> None:
    for source in (
        '<label for="p">Provider and charter</label>',
        '{{ "Provider and charter" | questions }}',
    ):
        said = made(source).partition("|")[0]
        assert ">provider?<" in said and ">charter?<" in said
    assert made('<h2>Charter</h2><label for="p">Provider, charter</label>').count("charter?") == 0


def test_links_hidden_words_and_keys_are_left_alone() -> None:
    for source in (
        '<h2><a href="#">Lens</a></h2>',
        '<th class="sr">Lens</th>',
        '<th><span class="sr">Lens</span></th>',
        "<dt><code>lens:</code></dt>",
    ):
        assert made(source) == source + "|"


def test_words_from_elsewhere_go_through_a_filter_and_are_escaped() -> None:
    said = made("<p>{{ said | explained }}, {{ name | explained }}</p>").partition("|")[0]
    assert said.count("<button") == 2 and "&lt;b&gt;" in said


# ---- on pages -----------------------------------------------------------------------------


@pytest.mark.timeout(300)
@pytest.mark.parametrize("persona", SEEN_AS)
def test_each_word_on_each_page_is_one_tap_from_its_meaning(persona: str, acme: House) -> None:
    client = Client()
    client.force_login(person_of(acme, persona))
    unexplained = {
        f"{name}: {word}"
        for name, html in pages(client, acme)
        for word in words_without_meaning(parsed(html))
    }
    assert "\n".join(sorted(unexplained)) == ""


def person_of(acme: House, persona: str) -> Person:
    return acme.founder if persona == "founder" else acme.people[persona]


def pages(client: Client, acme: House) -> Iterator[tuple[str, str]]:
    """Every page of the company that this person may read, by the name of its route."""
    read = 0
    for name, route in ROUTES.items():
        if not route.gets or route.reach is None:
            continue
        query = {field: acme.ids[kind] for field, kind in route.query.items()}
        answer = client.get(reverse(name, kwargs=dict(parts_of(route, acme))), query)
        if answer.status_code == 200 and is_page(answer):
            read += 1
            yield name, answer.content.decode()
    assert read > 2


def parts_of(route: Route, acme: House) -> Mapping[str, str]:
    return {
        part: kind[1:].split("|")[0] if kind[0] == "=" else acme.ids[kind]
        for part, kind in route.ids.items()
    }


def is_page(answer: HttpResponseBase) -> bool:
    return not answer.streaming and answer.get("Content-Type", "").startswith("text/html")


def words_without_meaning(page: Node) -> Iterator[str]:
    nodes = list(page.walk())
    meanings = {
        each.attributes["id"]: each.text() for each in nodes if "popover" in each.attributes
    }
    explained = {
        key
        for each in nodes
        if each.tag == "button" and not is_folded(each)
        for key, term in TERMS.items()
        if term.meaning in meanings.get(each.attributes.get("popovertarget", ""), "")
    }
    for each in nodes:
        if (each.tag in HEADS or "meta" in each.classes) and not is_folded(each):
            for _, term in found_in(each.text(NO_PROSE)):
                if term.key not in explained:
                    yield f"{term.key} in <{each.tag}> {' '.join(each.text().split())[:80]}"
