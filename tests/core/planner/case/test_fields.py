"""Fields of a case: what is read, and what each kind of nonsense is answered with."""

import math

import pytest

from commondesk.core.planner.case.fields import (
    Complaints,
    Part,
    Value,
    hours_of,
    money_of,
    number_of,
    share_of,
)
from commondesk.core.record.codec import Json


def part(**data: Json) -> tuple[Part, Complaints]:
    complaints = Complaints()
    return Part("demand", data, complaints, "USD"), complaints


def complaint(complaints: Complaints) -> str:
    (only,) = complaints.found
    return str(only)


@pytest.mark.parametrize(
    ("text", "hours"),
    [("30 min", 0.5), ("4 h", 4), ("1 h 30 min", 1.5), ("2 days", 48), ("90s", 0.025), (0, 0)],
)
def test_a_duration_has_its_unit(text: Json, hours: float) -> None:
    assert hours_of(text) == pytest.approx(hours)


@pytest.mark.parametrize(
    ("given", "share"), [("30 %", 0.3), ("30%", 0.3), (0.3, 0.3), (1, 1), ("0.5", 0.5)]
)
def test_a_share_is_a_part_or_percent(given: Json, share: float) -> None:
    assert share_of(given) == pytest.approx(share)


def test_a_number_may_be_a_range_or_have_a_source() -> None:
    read, complaints = part(
        a=5,
        b={"value": 5, "source": "our books"},
        c={"low": 4, "likely": 5, "high": 8, "shape": "triangular"},
        d={"low": "1 h", "high": "4 h", "shape": "lognormal"},
    )
    assert read.value("a") == Value.sure(5)
    assert read.value("b") == Value.sure(5, "our books")
    assert read.value("c") == Value(5, 4, 8, shape="triangular")
    spread = read.value("d", hours_of)
    assert spread is not None
    assert spread.likely == pytest.approx(2)
    assert complaints.found == ()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (-3, "-3 tickets a month is less than 0 tickets a month"),
        (1e9, "1 000 000 000 tickets a month is more than 10 000 000 tickets a month"),
        (math.nan, "is no number that can be reckoned with"),
        (math.inf, "is no number that can be reckoned with"),
        ("1,200", "without commas or spaces, such as 1200"),
        ("many", "wants a number, not 'many'"),
        (True, "wants a number, not yes"),
        ([], "wants a number, not a list"),
        (None, "is missing; give it a value"),
        ({"low": 4, "high": 8}, "is missing; a range is low, likely and high"),
        ({"low": 9, "likely": 5, "high": 8}, "5 does not lie between low, 9, and high, 8"),
        ({"value": 5, "low": 4}, "keep the one or the other"),
        ({"valeu": 5}, "did you mean value?"),
    ],
)
def test_nonsense_is_told_with_its_field_and_remedy(given: Json, says: str) -> None:
    read, complaints = part(tickets=given)
    found = read.value("tickets", most=1e7, unit="tickets a month", needed=True)
    assert found is None or "valeu" in says
    told = " ".join(str(each) for each in complaints.found).replace("\u202f", " ")
    assert told.startswith("demand.tickets")
    assert says in told


@pytest.mark.parametrize(
    ("kind", "given", "says"),
    [
        (share_of, 30, "write 30 % or 0.3"),
        (hours_of, 30, "write 30 min, 30 h or 30 days"),
        (hours_of, "30 parsecs", "'parsecs' is no unit of time"),
        (hours_of, "soon", "such as 30 min, 4 h or 2 days"),
        (money_of("USD"), "8000 EUR", "is in EUR, and the case is in USD"),
        (number_of, {"a": 1}, "names with values"),
    ],
)
def test_a_unit_is_never_guessed(kind, given: Json, says: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=says.replace("(", r"\(")):
        kind(given)


def test_money_may_name_the_currency_of_the_case() -> None:
    read, complaints = part(fee="8000 USD", other={"low": 1, "likely": 2, "high": "3 USD"})
    assert read.money("fee") == Value.sure(8000)
    assert read.money("other") == Value(2, 1, 3)
    assert complaints.found == ()


def test_a_name_nobody_asked_for_is_told_with_the_likely_one() -> None:
    read, complaints = part(arivals=3, note="ours")
    assert read.number("arrivals") is None
    read.end()
    assert complaint(complaints) == (
        "demand.arivals: is not known here; did you mean arrivals? Known: arrivals"
    )


def test_two_ways_to_say_one_thing_are_a_contradiction() -> None:
    read, complaints = part(per_week=10, per_month=50)
    assert read.one_of("per_week", "per_month") == "per_week"
    assert "says again what per_week says" in complaint(complaints)


def test_one_of_several_may_be_needed() -> None:
    read, complaints = part()
    assert read.one_of("per_week", "per_month", is_needed=True) is None
    assert complaint(complaints) == "demand.per_week: is missing; give per_week or per_month"


def test_rows_and_names_tell_their_place() -> None:
    read, complaints = part(
        regions=[{"zone": "UTC"}, {"zone": 4.5, "zonne": 1}, "x"], options={"msp": {"fee": -1}}
    )
    for row in read.rows("regions"):
        row.text("zone")
        row.end()
    for name, option in read.named("options"):
        assert name == "msp"
        option.money("fee")
    assert [each.place for each in complaints.found] == [
        "demand.regions[2].zonne",
        "demand.regions[3]",
        "demand.options.msp.fee",
    ]


def test_words_choices_and_truths() -> None:
    read, complaints = part(name="  A ", kind="phne", on="maybe", off="no", many=[1, "b"])
    assert read.text("name") == "A"
    assert read.choice("kind", ("phone", "mail"), default="mail") == "mail"
    assert read.yes("on") is None
    assert read.yes("off") is False
    assert read.texts("many") == ("1", "b")
    assert read.whole("none", default=7) == 7
    assert [each.place for each in complaints.found] == ["demand.kind", "demand.on"]
    assert "did you mean phone?" in complaints.found[0].what


def test_a_list_of_numbers_has_its_length() -> None:
    read, complaints = part(week=[1, 2], day=[1, "x"])
    assert read.numbers("week", count=7) is None
    assert read.numbers("day") is None
    assert read.numbers("week") == (1, 2)
    assert [each.place for each in complaints.found] == ["demand.week", "demand.day[2]"]
