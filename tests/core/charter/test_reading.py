"""Charters from data: each problem with its place and what to do; a round trip loses nothing."""

from __future__ import annotations

import string
from dataclasses import fields
from importlib import resources
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commondesk.core.charter import comparing, points, reading, schema, writing, yaml_text
from commondesk.core.charter.leaf import Leaf, Wants
from commondesk.core.charter.schema import SECTIONS, Charter, Record, Section, Written
from commondesk.core.record.codec import Json
from commondesk.core.service_level.charter_data import CharterError, agreement_of

HOURS: Json = {"office": {"zone": "UTC", "week": {"mon-fri": "09:00-17:00"}}}


def problems(charter: Json, calendars: Json = HOURS) -> list[str]:
    found = reading.read_charter({"charter": charter, "calendars": calendars})
    return [str(each) for each in found.problems]


def test_what_is_misspelt_is_told_with_what_was_meant() -> None:
    (told,) = problems({"titel": "x"})
    assert told.startswith("charter.titel: is not known here; did you mean 'title'?")
    (told,) = problems({"services": [{"key": "a", "criticalty": 1}]})
    assert told.startswith("charter.services row 1 criticalty: ")
    assert "did you mean 'criticality'?" in told


@pytest.mark.parametrize(
    ("charter", "place", "says"),
    [
        ({"targets": [{"response": 30}]}, "charter.targets row 1 response", "needs a unit"),
        ({"targets": [{"response": "0m"}]}, "charter.targets row 1 response", "0 is no target"),
        ({"targets": [{"response": "0bd"}]}, "charter.targets row 1 response", "business days"),
        ({"targets": [{"priority": "P9"}]}, "charter.targets row 1 priority", "P1, P2, P3, P4"),
        ({"targets": "none"}, "charter.targets", "wants a list"),
        ({"targets": [{"calendar": "offce"}]}, "charter.targets row 1 calendar", "'office'"),
        ({"hold_period": "7"}, "charter.hold_period", "needs a unit"),
        ({"ramp_up": {"days": 181}}, "charter.ramp_up.days", "outside 0 to 180"),
        ({"ramp_up": {"days": True}}, "charter.ramp_up.days", "whole number"),
        ({"fees": {"per_month": -1}}, "charter.fees.per_month", "from 0"),
        ({"fees": {"per_month": 1.999}}, "charter.fees.per_month", "two decimals"),
        ({"fees": {"currency": "Euro"}}, "charter.fees.currency", "EUR"),
        ({"services": [{"title": "x"}]}, "charter.services row 1 key", "is missing"),
        ({"services": [{"key": "a", "criticality": 5}]}, "charter.services row 1", "1 (critical)"),
        ({"services": [{"key": "a"}, {"key": "a"}]}, "charter.services row 2 key", "twice"),
        ({"impact": [[1, 2]]}, "charter.impact", "four rows of four"),
        ({"matrix": [["P1"] * 4] * 3}, "charter.matrix", "four rows of four"),
        ({"lens": {"reopen": "sometimes"}}, "charter.lens.reopen", "changes_nothing"),
        ({"lens": {"disguised": "often"}}, "charter.lens.disguised", "or off"),
        ({"words": {"urgency": ["a", "b"]}}, "charter.words urgency", "four different"),
        ({"escalation": [{"contact": "x"}]}, "charter.escalation step 1 percent", "is missing"),
        ({"until": "soon"}, "charter.until", "2025-04-01"),
        (
            {"in_force_at": "2025-02-01T00:00Z", "until": "2025-01-01T00:00Z"},
            "charter.until",
            "not after",
        ),
        ({"signatures": []}, "charter", "page for signing"),
        (
            {"decision_rights": [{"topic": "x", "decides": "boss"}]},
            "charter.decision_rights row 1 decides",
            "decision_maker",
        ),
        (
            {"decision_rights": [{"topic": "x", "decides": "referent", "limit": "little"}]},
            "charter.decision_rights row 1 limit",
            "up to 500 EUR",
        ),
        ({"title": "a\x00b"}, "charter.title", "plain text"),
        ({"title": "a" * 201}, "charter.title", "at most 200"),
        ({"title": ["a"]}, "charter.title", "wants words"),
        ({"calendar": "other"}, "charter.calendar", "office"),
    ],
)
def test_each_problem_has_its_place_and_says_what_to_do(
    charter: Json, place: str, says: str
) -> None:
    (told,) = problems(charter)
    assert told.startswith(f"{place}"), told
    assert says in told


@pytest.mark.parametrize(
    ("calendars", "place"),
    [
        ({}, "calendars"),
        ({"a": {"week": {}}}, "calendars.a zone"),
        ({"a": {"zone": "Mars/Olympus", "week": {}}}, "calendars.a zone"),
        ({"a": {"zone": "UTC", "week": {"mo": "09:00-17:00"}}}, "calendars.a.week mo"),
        ({"a": {"zone": "UTC", "week": {"mon": "nine"}}}, "calendars.a.week mon"),
        ({"a": {"zone": "UTC", "week": {}, "holidays": ["Easter"]}}, "calendars.a holidays"),
        ({"a": {"zone": "UTC", "holidays_of": {"country": "DE"}}}, "calendars.a.holidays_of"),
    ],
)
def test_calendars_are_checked_too(calendars: Json, place: str) -> None:
    assert any(told.startswith(f"{place}: ") for told in problems({}, calendars))


def test_all_problems_are_told_at_once() -> None:
    wrong: Json = {"title": ["x"], "targets": [{"response": 0}, {"kind": "wish"}], "fees": 3}
    assert len(problems(wrong)) == 4


def test_short_ways_to_write_are_read() -> None:
    charter: Json = {"channels": ["mail"], "escalation_window": "45m", "compliance": ["GDPR"]}
    found = reading.charter_of({"charter": charter, "calendars": HOURS})
    assert found.channels[0].channel == "mail"
    assert (found.escalation_window.P1, found.escalation_window.P4) == ("45m", "45m")
    assert found.compliance[0].regime == "GDPR"


def test_the_six_points() -> None:
    assert points.unfilled_points(Charter()) == points.POINTS
    assert len(points.POINTS) == 6


# ---- YAML ---------------------------------------------------------------------------------


def templates() -> list[str]:
    folder = resources.files("commondesk.governance") / "templates"
    return [each.read_text(encoding="utf-8") for each in folder.iterdir()]


@pytest.mark.parametrize("text", templates())
def test_templates_go_out_and_come_back(text: str) -> None:
    charter = yaml_text.from_yaml(text)
    assert yaml_text.from_yaml(yaml_text.to_yaml(charter)) == charter


def test_problems_name_their_line() -> None:
    text = "charter:\n  title: x\n  targets:\n    - {priority: P1}\n    - {response: 30}\n"
    found, _ = yaml_text.read_yaml(text + "calendars: {a: {zone: UTC, week: {all: 9-5}}}\n")
    assert [each.line for each in found.problems] == [5, 6]
    text = "charter:\n  title: x\n  services:\n    - key: a\n      criticalty: 3\n"
    found, _ = yaml_text.read_yaml(text + "calendars: {a: {zone: UTC, weak: {}}}\nmore: 1\n")
    assert [each.line for each in found.problems] == [5, 6, 7]


@pytest.mark.parametrize(
    "text",
    [
        "a: &x [1]\nb: *x",
        "a: !!python/object/apply:os.system [ls]",
        "a: 1\na: 2",
        "---\na: 1\n---\nb: 2",
        "[" * 100 + "]" * 100,
        "- a\n" * 30_000,
        "",
        "{",
        "a: \x00",
        "x" * (yaml_text.MOST_BYTES + 1),
    ],
)
def test_tricks_are_refused(text: str) -> None:
    with pytest.raises(CharterError):
        yaml_text.from_yaml(text)


@pytest.mark.parametrize("written", ["off", "no", "NO", "1_000", "9:30", "0x1f", "2025-01-01", "~"])
def test_only_plain_numbers_and_truths_are_no_words(written: str) -> None:
    text = f"charter: {{title: {written}}}\ncalendars: {{a: {{zone: UTC, week: {{}}}}}}"
    assert yaml_text.from_yaml(text).about.title == written.replace("~", "")


# ---- any charter --------------------------------------------------------------------------

LETTERS = st.text(string.ascii_letters + string.digits + " äß:#'\"{}[]&*!|>%@`-?~é", max_size=20)
SPANS = st.sampled_from(["15m", "90m", "4h", "1h30m", "7d"])
PEOPLE = st.sampled_from(["3f0e7a52-0c0f-4f5a-9f5a-0f4ad0a0a0a0", ""])
WINDOWS = ["", "09:00-17:00", "22:00-06:00", "08:30-12:00, 13:00-17:00"]
LEAVES: dict[Wants, st.SearchStrategy[Leaf]] = {
    Wants.TEXT: LETTERS.map(str.strip),
    Wants.LONG: LETTERS.map(str.strip),
    Wants.SPAN: SPANS,
    Wants.TARGET: st.sampled_from(["", "15m", "4h", "3bd"]),
    Wants.LEVEL: st.integers(1, 4),
    Wants.AMOUNT: st.sampled_from([0, 12, 12.5, 4200.75]),
    Wants.YES: st.booleans(),
    Wants.TEXTS: st.just(()),
    Wants.LIMIT: st.sampled_from(["any", "up to 500", "up to 9.50 EUR", "up to low risk"]),
    Wants.DECIDER: st.sampled_from(["referent", "person 3f0e7a52-0c0f-4f5a-9f5a-0f4ad0a0a0a0"]),
    Wants.PERSON: st.just("3f0e7a52-0c0f-4f5a-9f5a-0f4ad0a0a0a0"),
    Wants.INSTANT: st.just(""),
    Wants.SPAN_OR_OFF: st.sampled_from(["off", "7d"]),
    Wants.WINDOWS: st.sampled_from(WINDOWS),
    Wants.ZONE: st.sampled_from(["UTC", "Europe/Berlin"]),
    Wants.DATES: st.sampled_from([(), ("2025-12-25",), ("2025-12-25", "2026-01-01")]),
    Wants.DAYS_WITH_HOURS: st.sampled_from([(), ("2025-12-24 09:00-12:00",)]),
    Wants.CURRENCY: st.sampled_from(["", "EUR"]),
}
REFERRING = ("service", "site", "team", "calendar")


def leaf(about: schema.FieldOf, number: int) -> st.SearchStrategy[Leaf]:
    told = about.told
    if about.name in REFERRING:
        return st.just("")
    if told.wants is Wants.KEY or (told.is_needed and told.wants is Wants.TEXT):
        return LETTERS.map(lambda text: f"{text.strip().replace(',', '')}x{number}")
    if told.wants is Wants.CHOICE:
        return st.sampled_from(told.choices)
    if told.wants is Wants.CHOICES:
        return st.sets(st.sampled_from(told.choices)).map(
            lambda chosen: tuple(each for each in told.choices if each in chosen)
        )
    if told.wants is Wants.NUMBER:
        return st.integers(told.least, told.most)
    if told.is_needed and told.wants is Wants.LONG:
        return LETTERS.map(lambda text: f"{text}x".strip())
    return LEAVES[told.wants]


def record(shape: type[Record], number: int = 0) -> st.SearchStrategy[Record]:
    made = {each.name: leaf(each, number) for each in schema.fields_of(shape)}
    return cast(st.SearchStrategy[Record], st.builds(shape, **made))


@st.composite
def rows(draw: st.DrawFn, section: Section) -> tuple[Record, ...]:
    made = [draw(record(section.shape, number)) for number in range(draw(st.integers(0, 3)))]
    if section.key == "calendars" and not made:
        made = [draw(record(section.shape))]
    keyed = {tuple(getattr(row, name) for name in section.keys): row for row in made}
    return tuple(made if section.is_ordered else keyed.values())


TABLES = st.lists(st.tuples(*[st.integers(1, 4)] * 4), min_size=4, max_size=4).map(tuple)


def part(section: Section) -> st.SearchStrategy[object]:
    if section.written is Written.TABLE:
        return TABLES
    return rows(section) if section.is_rows else record(section.shape)


def whole() -> st.SearchStrategy[Charter]:
    made = {section.key: part(section) for section in SECTIONS}
    about = st.builds(
        schema.About, title=LETTERS.map(str.strip), hold_period=SPANS, close_after=SPANS
    )
    return st.builds(Charter, **(made | {"about": about}))


@settings(max_examples=60, deadline=None)
@given(whole())
def test_any_charter_goes_out_as_yaml_and_comes_back(charter: Charter) -> None:
    text = yaml_text.to_yaml(charter)
    assert yaml_text.from_yaml(text) == charter
    document = writing.document_of(charter)
    again = reading.charter_of(document)
    assert again == charter
    assert writing.document_of(again) == document


@settings(max_examples=60, deadline=None)
@given(whole(), whole())
def test_what_changed_is_exact_and_complete(old: Charter, new: Charter) -> None:
    assert comparing.compare(old, old) == ()
    changes = comparing.compare(old, new)
    changed = {each.title for each in SECTIONS if getattr(old, each.key) != getattr(new, each.key)}
    assert {each.section for each in changes} == changed
    back = comparing.compare(new, old)
    assert sorted((each.section, each.row, each.before, each.after) for each in changes) == sorted(
        (each.section, each.row, each.after, each.before) for each in back
    )


def test_each_changed_value_of_a_row_is_told() -> None:
    old = schema.Target(priority="P1", response="1h", resolution="4h")
    for each in schema.fields_of(schema.Target):
        if each.name in schema.BY_KEY["targets"].keys:
            continue
        new = schema.Target(
            **{field.name: getattr(old, field.name) for field in fields(old)} | {each.name: "9h"}
        )
        (change,) = comparing.compare(Charter(targets=(old,)), Charter(targets=(new,)))
        assert (change.field, change.after, change.row) == (each.told.label, "9h", "P1")


def test_the_order_of_targets_matters() -> None:
    one, two = schema.Target(priority="P1"), schema.Target(priority="P2")
    (change,) = comparing.compare(Charter(targets=(one, two)), Charter(targets=(two, one)))
    assert change.how is comparing.How.MOVED
    assert str(change)


def test_the_clocks_read_the_same_from_what_is_written_back() -> None:
    for text in templates():
        _, data = yaml_text.read_yaml(text)
        assert isinstance(data, dict)
        before = agreement_of(data["charter"], data["calendars"])
        written = writing.document_of(yaml_text.from_yaml(text))
        after = agreement_of(written["charter"], written["calendars"])
        for name in ("rows", "default_calendar", "matrix", "lens", "steps", "criticality"):
            assert getattr(after, name) == getattr(before, name)
