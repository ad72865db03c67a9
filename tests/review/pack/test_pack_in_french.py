"""The pack in French: every sentence of it, and not a word of what machines read."""

from __future__ import annotations

import argparse
import base64
import html
import json
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from commondesk import locale
from commondesk.cli import review
from commondesk.core import texts
from commondesk.review.pack import in_words as known
from commondesk.review.pack.entry import title_of
from commondesk.review.pack.figures import Figures
from commondesk.review.pack.in_words import in_words
from commondesk.review.pack.machine import document_of
from commondesk.review.pack.page import page_of
from commondesk.review.pack.sections.quality import carried_by
from commondesk.review.pack.telling import percent, span
from tests.review.pack.exports import figures_of, plain_log
from tests.review.pack.test_pack_figures import CHARTER

NO_BREAK, NARROW = "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}"
AREAS = ("review-pack", "readers", "core-metrics", "desk-times")
"""Where texts stand that a pack shows."""


@pytest.fixture(scope="module")
def figures() -> Figures:
    locale.learn_all()
    return figures_of(plain_log(), CHARTER.read_bytes())


@pytest.fixture(scope="module")
def page(figures: Figures) -> str:
    return page_of(figures, language="fr")


def element(page: str, name: str) -> str:
    found = re.search(rf'<script type="[\w/]+" id="{name}">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    return found[1]


def said(page: str) -> str:
    """All that the page says: its text, its labels, its charts and the words of its script."""
    shown = re.sub(r"<style>.*?</style>|<script.*?</script>", "", page, flags=re.DOTALL)
    labels = " | ".join(re.findall(r'(?:aria-label|placeholder)="([^"]*)"', shown))
    says = json.loads(element(page, "says"))
    words = [*says["texts"].values()]
    for some in (*says["counted"].values(), *(each.values() for each in says["data"].values())):
        words += some
    specs = json.dumps(json.loads(element(page, "specs")), ensure_ascii=False)
    return "\n".join((html.unescape(re.sub(r"<[^>]+>", " | ", shown)), labels, specs, *words))


# ---- what people read ---------------------------------------------------------------------


def test_a_french_page_says_so_and_speaks_it(page: str) -> None:
    assert '<html lang="fr">' in page
    text = said(page)
    for words in (
        "Revue de log.csv · 4 tickets · ouverts à partir du 10 mars 2025",
        "sur 100 comme on l’a vécu.",
        "Les chiffres en un coup d’œil",
        f"95 %{NO_BREAK}: ".replace(" ", NO_BREAK, 1),
        "1 encore ouvert",
        "Objectifs tenus selon chaque lecture",
        "A et B",
        "Résolution à temps, P3, selon le contrat",
        f"De A à B et retour{NO_BREAK}: 1 ticket",
        "lun.",
        "heure de la journée",
    ):
        assert words in text, words


def test_no_english_sentence_of_the_catalogue_is_left(page: str) -> None:
    text = said(page)
    left = [words for words in english_words() if words in text]
    assert left == []


def english_words() -> Iterator[str]:
    """Of every English text that a pack may show: a piece of some words that French has not."""
    for file in locale.parts("fr"):
        for each in locale.read(file, "fr") if file.stem in AREAS else ():
            first = each.id if isinstance(each.id, str) else each.id[0]
            piece = max(re.split(r"%\(\w+\)s|%%", first), key=len).strip()
            if len(piece.split()) > 2 and piece not in str(each.string):
                yield piece


def test_every_sentence_of_a_figure_is_known_again(figures: Figures) -> None:
    kept = {
        *(each.figure.title for each in figures.entries.values() if each.group != "causes"),
        *(caveat for each in figures.entries.values() for caveat in each.figure.caveats),
        *(each.reason for each in figures.entries.values()),
        *(each.text for each in figures.material.exhibit.quality.findings.values()),
        *(each.reason for each in figures.material.exhibit.quality.carries.values()),
    } - {""}
    with texts.spoken("fr"):
        assert [words for words in sorted(kept) if in_words(words) == words] == []
        french = {words for _, *both in carried_by(figures) for words in both}
    english = {words for _, *both in carried_by(figures) for words in both}
    assert len(french) == len(english) > 5
    assert french & english == set()


def test_a_name_from_the_file_is_never_put_into_french() -> None:
    with texts.spoken("fr"):
        assert title_of("offender.category.Reopened", "Reopened") == "Reopened"
        assert title_of("recurring.1", "no data") == "no data"
        assert title_of("reopens", "Reopened") == "Rouverts"
        told = known.PING_PONG_BETWEEN % {"one": "Reopened", "other": "no data"}
        assert in_words(told) == "Ping-pong entre Reopened et no data"


def test_sentences_with_something_in_them_are_known_again() -> None:
    french = locale.merged("fr")
    for pattern in known.PATTERNS:
        names = re.findall(r"%\((\w+)\)s", pattern)
        kept = pattern % {name: kept_in(name) for name in names}
        entry = french.get(pattern)
        assert entry is not None and isinstance(entry.string, str)
        with texts.spoken("fr"):
            assert in_words(kept) == entry.string % {name: told_in(name) for name in names}
        assert in_words(kept) == kept


def kept_in(name: str) -> str:
    return "1,234" if name in ("count", "all") else "Ab (c)"


def told_in(name: str) -> str:
    return f"1{NARROW}234" if name in ("count", "all") else "Ab (c)"


def test_numbers_in_what_is_kept_are_set_as_french_is() -> None:
    kept = (
        "tickets that the other desk's own flag calls missed: 36.6% of 24,918. The flag has its own"
        " rules; no figure here uses it"
    )
    with texts.spoken("fr"):
        told = in_words(kept)
        assert percent(0.366) == f"36,6{NO_BREAK}%"
        assert span(6.1 * 24 * 3600 * 1_000_000) == f"6,1{NO_BREAK}jours"
    assert f"36,6{NO_BREAK}% sur 24{NARROW}918" in told
    assert told.endswith(f"a ses propres règles{NO_BREAK}; aucun chiffre ici ne l’utilise")


# ---- what machines read -------------------------------------------------------------------


def test_what_is_saved_from_a_french_page_is_english(figures: Figures, page: str) -> None:
    french, english = (
        json.loads(zlib.decompress(base64.b64decode(element(one, "data"))))
        for one in (page, page_of(figures))
    )
    assert french["document"] == json.loads(json.dumps(document_of(figures)))
    assert french.pop("figures") != english.pop("figures")
    assert french == english


def test_the_command_is_told_what_the_page_speaks(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_bytes(plain_log())
    made = {}
    for language in ("en", "fr"):
        parser = argparse.ArgumentParser()
        review.arguments(parser)
        page, figures = tmp_path / f"{language}.html", tmp_path / f"{language}.json"
        asked = (str(tmp_path / "log.csv"), "--out", str(page), "--json", str(figures))
        review.run(parser.parse_args([*asked, "--language", language]))
        made[language] = page.read_text("utf-8"), figures.read_bytes()
    assert [f'<html lang="{each}">' in made[each][0] for each in made] == [True, True]
    assert made["en"][1] == made["fr"][1]
