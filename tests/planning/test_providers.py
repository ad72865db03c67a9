"""Providers on a page: typed, scored with evidence, side by side, kept with the case."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from commondesk.accounts.models import Person
from commondesk.core.record.codec import Json
from commondesk.planning import document as documents
from commondesk.planning import provider_questions, queries
from commondesk.planning.models import Case
from tests.desk.cast import Cast
from tests.planning.test_pages import at, filled, saved, text_of

pytestmark = pytest.mark.database
FIRST = "providers.offers.provider 1"


def said(case: Case) -> documents.Document:
    case.refresh_from_db()
    return queries.document_of(case) or {}


def named(planner: Client, cast: Cast, case: Case, *names: str) -> None:
    for name in names:
        answer = planner.post(at("change", cast, case.uuid, "provider"), {"name": name})
        assert answer.headers["Location"] == at("step", cast, case.uuid, "providers")


def scored(planner: Client, cast: Cast, case: Case, **answers: str) -> bytes:
    sent = {f"{FIRST}.{name.replace('__', '.')}": value for name, value in answers.items()}
    answer = planner.post(
        at("step", cast, case.uuid, "providers"), sent, headers={"hx-request": "true"}
    )
    assert answer.status_code == 200
    return answer.content


def test_a_provider_is_named_and_scored_and_kept_with_the_case(
    cast: Cast, planner: Client, case: Case
) -> None:
    empty = planner.get(at("step", cast, case.uuid, "providers")).content
    assert "No offer yet" in text_of(empty)
    named(planner, cast, case, "Acme Inc. [North]", "Borealis")
    shown = planner.get(at("step", cast, case.uuid, "providers")).content
    assert b'name="providers.offers.provider 1.scores.response.score"' in shown
    told = text_of(scored(planner, cast, case, scores__response__score="4"))
    assert "Acme Inc. [North]" in told
    assert "no evidence yet" in told
    assert documents.at(said(case), f"{FIRST}.scores.response") == {"score": 4}


def test_a_score_counts_as_proven_once_something_proves_it(
    cast: Cast, planner: Client, case: Case
) -> None:
    named(planner, cast, case, "Acme")

    def proven(html: bytes) -> str:
        row = re.search(r"Proven, of the best possible(.*?)</tr>", html.decode(), re.DOTALL)
        assert row
        return text_of(row[1].encode())

    claimed = scored(planner, cast, case, scores__response__score="4")
    assert proven(claimed).startswith("0 %")
    weights = {"response": "1", "references": "1"} | dict.fromkeys(
        (
            *("transparency", "advice", "breadth", "tenure", "boundaries", "honesty"),
            *("lost_client", "knowledge", "security", "leaving"),
        ),
        "0",
    )
    sent = {f"providers.weights.{name}": value for name, value in weights.items()}
    planner.post(at("step", cast, case.uuid, "providers"), sent)
    told = scored(planner, cast, case, scores__response__evidence="Clause 4")
    assert proven(told).startswith("50 %")
    assert "4 ÷ 8 = 0.5" in proven(told)


def test_red_flags_are_told(cast: Cast, planner: Client, case: Case) -> None:
    named(planner, cast, case, "Acme")
    told = scored(planner, cast, case, guarantees_response="no", red_flags="late twice, rude")
    shown = text_of(told)
    assert "guarantees no response time" in shown
    assert "rude" in shown
    assert "4,200" in text_of(scored(planner, cast, case, monthly_fee="4200"))
    wrong = scored(planner, cast, case, tier2_tenure_months="-4")
    assert b'class="wrong"' in wrong


def test_a_provider_is_renamed_and_taken_out(cast: Cast, planner: Client, case: Case) -> None:
    named(planner, cast, case, "Acme", "Borealis")
    assert "Acme Ltd" in text_of(scored(planner, cast, case, name="Acme Ltd"))
    drop = at("change", cast, case.uuid, "drop-provider")
    planner.post(drop, {"provider": "provider 1"})
    assert provider_questions.offers_in(said(case)) == {"provider 2": "Borealis"}
    saved(planner, cast, case, "providers", providers__weights__response="5")
    planner.post(drop, {"provider": "provider 2"})
    assert "providers" not in said(case)
    assert planner.post(drop, {"provider": "provider 2"}).status_code == 404


def test_no_more_than_a_page_can_show(cast: Cast, planner: Client, case: Case) -> None:
    names = [f"Provider of {each}" for each in range(provider_questions.MOST + 1)]
    named(planner, cast, case, *names)
    assert len(provider_questions.offers_in(said(case))) == provider_questions.MOST
    planner.post(at("change", cast, case.uuid, "provider"), {"name": "  "})
    assert len(provider_questions.offers_in(said(case))) == provider_questions.MOST


def test_providers_of_a_file_keep_their_names(
    cast: Cast, planner: Client, case: Case, decider: Person
) -> None:
    offers: dict[str, Json] = {
        "Acme Inc.": {"scores": {"response": {"score": 3, "evidence": "Clause 2"}}},
        "Borealis": {"scores": {"response": 2}},
    }
    filled(case, decider, providers={"offers": offers})
    shown = planner.get(at("step", cast, case.uuid, "providers")).content
    assert "Acme Inc." in text_of(shown)
    assert b"providers.offers.Borealis.name" in shown
    assert b"providers.offers.Acme" not in shown
    saved(planner, cast, case, "providers", **{
        "providers__offers__Borealis__scores__response__evidence": "Clause 7"
    })  # fmt: skip
    scores = documents.at(said(case), "providers.offers.Borealis.scores")
    assert scores == {"response": {"score": 2, "evidence": "Clause 7"}}
    planner.post(at("change", cast, case.uuid, "drop-provider"), {"provider": "Borealis"})
    assert documents.at(said(case), "providers.offers") == {"Acme Inc.": offers["Acme Inc."]}
