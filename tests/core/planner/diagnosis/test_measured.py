"""Signals measured from tickets."""

from commondesk.core.planner.diagnosis.answers import BY_NAME
from commondesk.core.planner.diagnosis.measured import Handled, Touch, signals
from commondesk.core.record.instant import DAY, HOUR, MINUTE


def handled(count: int, every: int = DAY, **more: object) -> list[Handled]:
    return [Handled(f"T{at}", at * every, **more) for at in range(count)]  # type: ignore[arg-type]


def test_nothing_says_nothing() -> None:
    assert signals([]) == ()


def test_a_short_time_has_no_figure_a_month() -> None:
    assert [each.name for each in signals(handled(10, resolved_by="a"))] == ["key_person"]


def test_incidents_a_month_are_counted() -> None:
    found = {each.name: each for each in signals(handled(61, resolved_by="a"))}
    assert found["incidents_per_month"].suggests == 30.94
    assert found["volume"].suggests is None
    assert found["volume"].words == "+3 % in the second half of the time against the first"


def test_rare_incidents_are_told_so() -> None:
    found = {each.name: each for each in signals(handled(3, every=60 * DAY))}
    assert found["incidents_per_month"].words == "0.8 incidents a month: fewer than one a month"


def test_what_comes_back_is_found_without_being_told() -> None:
    alike = [
        Handled(f"A{at}", at * DAY, words="VPN drops every morning at gateway", lost=2 * HOUR)
        for at in range(3)
    ]
    other = [Handled("B", 5 * DAY, words="Printer toner empty")]
    (found,) = [each for each in signals(alike + other) if each.name == "repeated_incidents"]
    assert found.suggests is True
    assert found.words == (
        "1 matter came back at least 3 times: 75 % of tickets, 6 working hours lost"
    )
    (found,) = [each for each in signals(other) if each.name == "repeated_incidents"]
    assert found.suggests is False


def test_one_person_for_all_is_a_signal_from_four_fifths_on() -> None:
    both = handled(8, resolved_by="a") + handled(2, resolved_by="b")
    assert [each.suggests for each in signals(both)] == [True]
    both = handled(7, resolved_by="a") + handled(3, resolved_by="b")
    assert [each.suggests for each in signals(both)] == [False]


def test_turning_from_ticket_to_ticket_is_counted_by_person_and_day() -> None:
    minutes = (0, 10, 20, 80)
    touches = [Touch("a", f"T{at % 2}", at * 7 + m * MINUTE) for at, m in enumerate(minutes)]
    (found,) = signals(handled(1), touches)
    assert (found.name, found.suggests, found.tickets) == ("team_overloaded", None, 2)
    assert found.words == (
        "a person turns to another ticket 3.0 times a day (median);"
        " the longest stretch without one is 60 minutes"
    )


def test_each_signal_answers_a_question() -> None:
    both = handled(61, resolved_by="a", words="VPN drops at gateway")
    assert {each.name for each in signals(both, [Touch("a", "T", 0)])} <= set(BY_NAME)
