"""The sections `scoping` and `providers` of a case, as a person writes them."""

from __future__ import annotations

from collections.abc import Iterator

from ...charter.schema import CHANNELS
from ...service_level.calendar import CalendarError, parse_windows
from ...service_level.charter_data import days_of
from ...texts import gettext
from ..case.fields import Complaints, Part, number_of, shown
from .scorecard import BEST, CRITERIA, Provider, Scorecard, Scored
from .sheet import POINTS, End, Sheet


def read(part: Part, complaints: Complaints) -> Sheet | None:
    """The scoping sheet."""
    points = {name: part.text(name) for name in POINTS}
    sheet = Sheet(
        **points,
        outsourced=part.text("outsourced"),
        why=part.text("why"),
        kept_inside=part.text("kept_inside"),
        ends=tuple(_ends(part)),
        success=part.text("success"),
        channels=tuple(_channels(part)),
        zone=_zone(part),
        week=dict(_week(part)),
    )
    part.end()
    return sheet


def _ends(part: Part) -> Iterator[End]:
    for row in part.rows("ends"):
        where = row.text("where", needed=True)
        end = End(where, row.text("other_side"), row.text("handed_over"))
        row.end()
        if where:
            yield end


def _channels(part: Part) -> Iterator[str]:
    for index, name in enumerate(part.texts("channels"), 1):
        if name in CHANNELS:
            yield name
        else:
            part.wrong(
                f"channels[{index}]",
                gettext("%(name)s is no channel; known: %(known)s")
                % {"name": shown(name), "known": ", ".join(CHANNELS)},
            )


def _zone(part: Part) -> str:
    from zoneinfo import ZoneInfo

    name = part.text("zone")
    if not name:
        return ""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        part.wrong(
            "zone",
            gettext("%(name)s is no time zone such as Europe/Berlin") % {"name": shown(name)},
        )
        return ""
    return name


def _week(part: Part) -> Iterator[tuple[str, str]]:
    inner = part.part("week")
    for days in inner.data if inner else ():
        assert inner is not None
        hours = inner.text(days)
        try:
            days_of(days)
            parse_windows(hours)
        except (ValueError, CalendarError) as wrong:
            inner.wrong(days, str(wrong))
            continue
        yield days, hours


# ---- providers ----------------------------------------------------------------------------


def read_providers(part: Part, complaints: Complaints) -> Scorecard | None:
    """The providers, each with its scores and what is known of it."""
    weights = {each.name: each.weight for each in CRITERIA}
    if (inner := part.part("weights")) is not None:
        for each in CRITERIA:
            given = inner.number(each.name, most=1_000, default=each.weight)
            weights[each.name] = given
        inner.end()
        if not any(weights.values()):
            inner.wrong(CRITERIA[0].name, gettext("all weights are 0; give one that counts"))
            return None
    providers = tuple(_provider(name, each) for name, each in part.named("offers", needed=True))
    part.end()
    return Scorecard(weights, providers) if providers else None


def _provider(name: str, part: Part) -> Provider:
    provider = Provider(
        name=part.text("name") or name,
        scores=dict(_scores(part)),
        response_hours=part.hours("response_guarantee", most=1_000),
        guarantees_response=_is_guaranteed(part),
        references=part.whole("references_in_sector", most=1_000),
        names_lost_client=part.yes("names_lost_client"),
        lists_exclusions=part.yes("lists_exclusions"),
        has_hidden_fees=part.yes("has_hidden_fees"),
        gives_advice=part.yes("gives_advice"),
        areas=part.whole("areas_of_expertise", most=1_000),
        tier2_tenure_months=part.number("tier2_tenure_months", most=600),
        monthly_fee=part.money("monthly_fee"),
        own_flags=part.texts("red_flags"),
    )
    part.end()
    return provider


def _is_guaranteed(part: Part) -> bool | None:
    return part.yes("guarantees_response", default=True if part.has("response_guarantee") else None)


def _scores(part: Part) -> Iterator[tuple[str, Scored]]:
    inner = part.part("scores")
    if inner is None:
        return
    for each in CRITERIA:
        if not inner.has(each.name):
            continue
        row = inner.data[each.name]
        if isinstance(row, dict):
            cell = inner.part(each.name)
            assert cell is not None
            points = cell.number("score", number_of, most=BEST, needed=True)
            evidence = cell.text("evidence")
            cell.end()
        else:
            points, evidence = inner.number(each.name, most=BEST), ""
        if points is not None:
            yield each.name, Scored(points, evidence)
    inner.end()
