"""The section `cost` of a case: numbers, risks, options and scenarios as a person writes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sized
from functools import partial

from ...record.codec import Json
from ...texts import gettext
from ..case.fields import Complaints, Part, Value, money_of, number_of, share_of, shown
from ..diagnosis.answers import Option
from . import costing as costing_of
from .costing import COVERAGES, Candidate, Costing, Risk, Role, Scenario
from .distributions import (
    MOST_EVENTS,
    BadRange,
    Discrete,
    Distribution,
    Fixed,
    LogNormal,
    Pert,
    Triangular,
    Uniform,
)
from .draws import MOST_DRAWS
from .inputs import DOLLAR, INPUTS, MOST_MONEY, MOST_PEOPLE, TYPED, Given, Input, Unit
from .lines import HONEST, LINES, OF_OPTION
from .options import ASPECTS

MOST_MONTHS = 120
MOST_OPTIONS = 24
MOST_SCENARIOS = 24
MOST_RISKS = 50
MOST_ROLES = 50
FEWEST_DRAWS = 100
_INNER = frozenset({"people_by_day"})
"""Numbers that only a scenario sets."""
_WRITTEN = {name: each for name, each in INPUTS.items() if name not in _INNER}
_EITHER = (("turnover_share", "separation_rate"), ("price_per_call", "hours_per_call"))
"""Numbers of which the one says what the other says."""


def read(part: Part, complaints: Complaints) -> Costing | None:
    """What is to be costed; None where no option can be read."""
    currency = part.currency or DOLLAR
    risks = _risks(part)
    read_numbers = _numbers(part)
    regions = {name: _only_numbers(each) for name, each in part.named("regions")}
    names = tuple(each.name for each in risks or ())
    candidates: list[Candidate] = []
    for key, inner in part.named("options"):
        if not _has_room(inner, candidates, MOST_OPTIONS):
            break
        if each := _candidate(key, inner, names, tuple(regions)):
            candidates.append(each)
    if not part.data.get("options"):
        part.wrong("options", gettext("is missing; name at least one option"))
    per_dollar = part.value("per_dollar", least=1e-6, most=1e6, unit=currency)
    scenarios = tuple(_scenarios(part, tuple(each.key for each in candidates)))
    found = Costing(
        tuple(candidates),
        read_numbers,
        regions,
        risks,
        currency,
        _fit(part, "per_dollar", per_dollar),
        scenarios,
        part.whole("seed", most=2**32 - 1, default=costing_of.SEED),
        part.whole("draws", least=FEWEST_DRAWS, most=MOST_DRAWS, default=costing_of.DRAWS),
        part.whole("months", least=1, most=MOST_MONTHS, default=costing_of.MONTHS),
    )
    part.end()
    return found if candidates else None


def costing_of_data(
    data: Mapping[str, Json], currency: str = DOLLAR
) -> tuple[Costing | None, Complaints]:
    """The costing of plain data, and what is wrong with it."""
    complaints = Complaints()
    return read(Part("cost", data, complaints, currency), complaints), complaints


# ---- numbers ------------------------------------------------------------------------------


def given_of(value: Value) -> Given:
    """A number as a case gives it, with its range and its source."""
    return Given(range_of(value), value.source or TYPED)


def range_of(value: Value) -> Distribution:
    """The range of a value that was read: its ends are in order already."""
    if not value.is_range:
        return Fixed(value.likely)
    match value.shape:
        case "uniform":
            return Uniform(value.low, value.high)
        case "triangular":
            return Triangular(value.low, value.likely, value.high)
        case "lognormal":
            return LogNormal(value.low, value.high)
        case _:
            return Pert(value.low, value.likely, value.high)


def _numbers(part: Part) -> dict[str, Given]:
    """The numbers of a part that go by the names of inputs."""
    found = {name: given for name, spec in _WRITTEN.items() if (given := _number(part, spec))}
    for names in _EITHER:
        part.one_of(*names)
    ramp, ripe = found.get("ramp_days"), found.get("maturity_days")
    if ramp and ripe and ripe.range.likely < ramp.range.likely:
        part.wrong(
            "maturity_days",
            gettext("comes before the %(days)s ramp_days end; give the later day")
            % {"days": f"{ramp.range.likely:g}"},
        )
    return found


def _only_numbers(part: Part) -> dict[str, Given]:
    found = _numbers(part)
    part.end()
    return found


def _number(part: Part, spec: Input, *, most: float | None = None) -> Given | None:
    data = part.data.get(spec.name)
    limit = spec.most if most is None else most
    kind = _kind(spec.unit, part.currency, limit)
    if isinstance(data, dict) and "values" in data:
        return _discrete(part, spec.name, spec.least, limit)
    value = part.value(
        spec.name, kind, least=spec.least, most=limit, unit=_unit(spec.unit, part.currency)
    )
    return _fit(part, spec.name, value)


def _fit(part: Part, name: str, value: Value | None) -> Given | None:
    """A value that was read, if it describes a range; what is wrong is complained of."""
    try:
        return None if value is None else given_of(value)
    except BadRange as bad:
        part.wrong(name, str(bad))
        return None


def _discrete(part: Part, name: str, least: float, most: float) -> Given | None:
    """One of a few numbers: `{values: [4, 4.2, 5], chances: [0.2, 0.6, 0.2]}`."""
    inner = part.part(name)
    if inner is None:
        return None
    values = inner.numbers("values", least=least, most=most)
    chances = inner.numbers("chances", most=1.0) or ()
    middle = inner.number("likely", least=least, most=most)
    source = inner.text("source", default=TYPED)
    inner.end()
    if values is None:
        return None
    try:
        return Given(Discrete(values, chances, middle), source)
    except BadRange as bad:
        part.wrong(name, str(bad))
        return None


def _kind(unit: Unit, currency: str, most: float) -> Callable[[Json], float]:
    if unit.is_money:
        return money_of(currency or DOLLAR)
    return share_of if unit is Unit.SHARE and most <= 10 else number_of


def _unit(unit: Unit, currency: str) -> str:
    return (currency or DOLLAR) if unit.is_money else ""


# ---- risks --------------------------------------------------------------------------------


def _risks(part: Part) -> tuple[Risk, ...] | None:
    """What may happen; None where nobody said, empty where nothing may."""
    if not part.has("risks"):
        return None
    found: dict[str, Risk] = {}
    for row in part.rows("risks"):
        if (risk := _risk(row)) and _has_room(row, found, MOST_RISKS):
            if risk.name in found:
                row.wrong("name", gettext("stands twice; give each risk a name of its own"))
            found.setdefault(risk.name, risk)
    return tuple(found.values())


def _risk(row: Part) -> Risk | None:
    name = row.text("name", needed=True, longest=200)
    rate = row.number("per_year", most=MOST_EVENTS, unit=gettext("a year"), needed=True)
    loss = _fit(row, "loss", row.money("loss", needed=True))
    source = row.text("source")
    row.end()
    if not name or rate is None or loss is None:
        return None
    return Risk(name, rate, loss.range, source or loss.source)


# ---- options ------------------------------------------------------------------------------


def _candidate(
    key: str, part: Part, risks: tuple[str, ...], regions: tuple[str, ...]
) -> Candidate | None:
    kinds = [each.value for each in Option]
    named = part.choice("option", kinds, needed=key not in kinds, default=key)
    found = partial(
        Candidate,
        key,
        inputs=_numbers(part),
        roles=tuple(_roles(part)),
        covered=_covered(part, risks),
        coverage=part.text("coverage", default=COVERAGES[0], longest=60),
        service_level=part.text("service_level", longest=400),
        scope=frozenset(part.texts("scope")),
        region=part.choice("region", regions) if regions else part.text("region", longest=60),
        title=part.text("title", longest=120),
        terms=_terms(part),
    )
    option = Option(named) if named in kinds else None
    amounts = _amounts(part, option)
    part.end()
    return None if option is None else found(option=option, amounts=amounts)


def _has_room(row: Part, found: Sized, most: int) -> bool:
    """Whether one more may come; the first that may not is complained of."""
    if len(found) == most:
        row.complaints.add(
            row.place, gettext("is one too many; at most %(most)s are read") % {"most": most}
        )
    return len(found) < most


def _roles(part: Part) -> Iterator[Role]:
    found: list[str] = []
    for row in part.rows("roles"):
        if not _has_room(row, found, MOST_ROLES):
            return
        found.append(row.place)
        name = row.text("name", needed=True, longest=120)
        people = _fit(row, "people", row.value("people", most=MOST_PEOPLE, needed=True))
        fee = _fit(row, "fee", row.money("fee", most=MOST_MONEY, needed=True))
        region = row.text("region", longest=60)
        row.end()
        if name and people and fee:
            yield Role(name, people, fee, region)


def _covered(part: Part, risks: tuple[str, ...]) -> dict[str, Given]:
    inner = part.part("covered")
    if inner is None:
        return {}
    found = {
        name: given
        for name in risks
        if (given := _fit(inner, name, inner.value(name, share_of, most=1.0)))
    }
    inner.end()
    return found


def _amounts(part: Part, option: Option | None) -> dict[str, Given]:
    """Lines that are priced whole: `lines: {outages: 0, overage: {low: 0, high: 5000}}`."""
    inner = part.part("lines")
    if inner is None:
        return {}
    own = OF_OPTION[option] if option else tuple(LINES.values())
    names = dict.fromkeys(each.name for each in (*own, *HONEST))
    found = {
        name: given
        for name in names
        if (given := _fit(inner, name, inner.money(name, most=MOST_MONEY)))
    }
    inner.end()
    return found


def _terms(part: Part) -> dict[str, str]:
    inner = part.part("terms")
    if inner is None:
        return {}
    found = {name: text for name in ASPECTS if (text := inner.text(name, longest=400))}
    inner.end()
    return found


# ---- scenarios ----------------------------------------------------------------------------


def _scenarios(part: Part, keys: tuple[str, ...]) -> Iterator[Scenario]:
    found: list[str] = []
    for index, row in enumerate(part.rows("scenarios"), 1):
        if not _has_room(row, found, MOST_SCENARIOS):
            return
        found.append(row.place)
        title = row.text("title", needed=True, longest=120)
        options = {
            key: _only_numbers(inner)
            for key, inner in row.named("options")
            if _is_of(row, key, keys)
        }
        values = row.part("values")
        key = f"own_{index}"
        scenario = Scenario(
            key,
            title,
            _moves(row, "times", least=0.0, most=1_000.0),
            _moves(row, "plus", least=-MOST_MONEY, most=MOST_MONEY),
            {} if values is None else _only_numbers(values),
            options,
            _worst(row),
            row.choice("coverage", COVERAGES),
        )
        row.end()
        if title:
            yield scenario


def _is_of(row: Part, key: str, keys: tuple[str, ...]) -> bool:
    if key in keys:
        return True
    row.wrong(
        f"options.{key}",
        gettext("is no option of this case; known: %(keys)s") % {"keys": ", ".join(keys)},
    )
    return False


def _moves(row: Part, name: str, *, least: float, most: float) -> dict[str, float]:
    inner = row.part(name)
    if inner is None:
        return {}
    found = {
        each: value
        for each in _WRITTEN
        if (value := inner.number(each, least=least, most=most)) is not None
    }
    inner.end()
    return found


def _worst(row: Part) -> tuple[str, ...]:
    names = row.texts("worst")
    for name in names:
        if name not in _WRITTEN:
            row.wrong("worst", gettext("%(name)s is no number of a case") % {"name": shown(name)})
    return tuple(each for each in names if each in _WRITTEN)
