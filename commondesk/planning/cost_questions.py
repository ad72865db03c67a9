"""What the step on cost asks: what holds for all, which models, and the numbers that these need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from commondesk.core.planner.cost import formula, inputs, lines, options
from commondesk.core.planner.cost.inputs import DOLLAR, INPUTS, Unit
from commondesk.core.planner.diagnosis.answers import Option
from commondesk.core.planner.told import shown
from commondesk.core.record.codec import Json
from commondesk.core.texts import gettext_noop as _
from commondesk.planning import document as documents
from commondesk.planning.questions import Group, Kind, Question

_OF_ALL = ("tickets_per_month",)
_OWN = frozenset(
    {
        *("people", "salary", "benefit_rate", "tools_per_person", "training_per_person"),
        *("turnover_share", "separation_rate", "replacement_share", "coverage_gaps"),
        *("nights_staffed", "posts", "people_per_post", "shrinkage", "paid_hours_week"),
        *("tickets_per_agent_day", "workdays_per_month", "deflected_share", "own_share"),
    }
)
_LATER = ("days_until_covered", "contract_months", "exit_fee", "exit_work")
_RATES = ("wage_growth", "fee_growth", "discount_rate", "deflected_share")
_HOURS = (("8x5", _("office hours")), ("24x7", _("day and night")))
ROLES = RISKS = 3
"""How many rows a form has; a file may have more."""


def groups(document: Mapping[str, Json]) -> tuple[Group, ...]:
    """The questions for the models that were picked."""
    picked = picked_in(document)
    currency = _currency(document)
    wanted = _asked_of_all(document, picked) - set(_OF_ALL)
    honest = wanted & _HONEST
    own = wanted & _OWN
    fees = wanted - honest - own
    made = [_for_all(currency), _models(document, picked)]
    for title, names, says in (
        (_("Your own people"), own, ""),
        (_("Fees"), fees, ""),
        (
            _("What no invoice shows"),
            honest,
            _("These belong to every model. Nothing is assumed: type 0 where there is none."),
        ),
    ):
        if names and picked:
            asked = tuple(
                _number(each, f"cost.{each}", currency) for each in INPUTS if each in names
            )
            made.append(Group(title, asked, says))
    if picked:
        risks = tuple(_risk_names(document))
        made.append(_risks())
        made += [_of_model(document, key, option, risks) for key, option in picked.items()]
        later = tuple(_number(each, f"cost.{each}", currency) for each in _RATES)
        made.append(Group(_("Later years"), later, is_folded=True))
    return tuple(made)


def picked_in(document: Mapping[str, Json]) -> dict[str, Option]:
    """The models of a case by their keys, as far as a place can hold these."""
    listed = documents.at(document, "cost.options")
    kinds = {each.value: each for each in Option}
    found = {}
    for key, said in (listed if isinstance(listed, dict) else {}).items():
        named = said.get("option", key) if isinstance(said, dict) else key
        if isinstance(named, str) and named in kinds and not set(key) & set(".[]"):
            found[key] = kinds[named]
    return found


def _asked_of_all(document: Mapping[str, Json], picked: Mapping[str, Option]) -> frozenset[str]:
    """The numbers that some model needs and does not bring, or that are given for all already."""
    lacking = {
        name
        for key, option in picked.items()
        for name in numbers_of([option]) - _brought(document, key)
    }
    given = {
        each
        for each in numbers_of(picked.values())
        if documents.at(document, f"cost.{each}") is not None
    }
    return frozenset(lacking | given)


def _brought(document: Mapping[str, Json], key: str) -> frozenset[str]:
    """The numbers that a model brings itself: they count in place of those for all."""
    said = documents.at(document, f"cost.options.{key}")
    return frozenset(said if isinstance(said, dict) else ()) & INPUTS.keys()


def _title_of(document: Mapping[str, Json], key: str) -> str:
    """What a case calls a model; empty where it has no name of its own."""
    said = documents.at(document, f"cost.options.{key}.title")
    return said if isinstance(said, str) else ""


def numbers_of(picked: Iterable[Option]) -> frozenset[str]:
    """The numbers that the lines of these models are made of."""
    asked = (*(line for each in picked for line in lines.OF_OPTION[each]), *lines.HONEST)
    return frozenset(
        name for line in asked for name in formula.names(line.formula) if name in INPUTS
    )


_HONEST = frozenset(name for line in lines.HONEST for name in formula.names(line.formula))


def _currency(document: Mapping[str, Json]) -> str:
    said = documents.at(document, "company.currency")
    return said if isinstance(said, str) else DOLLAR


def _risk_names(document: Mapping[str, Json]) -> Iterator[str]:
    """The risks that a case names, as far as a place can hold their names."""
    listed = documents.at(document, "cost.risks")
    for row in listed if isinstance(listed, list) else []:
        name = row.get("name") if isinstance(row, dict) else None
        if isinstance(name, str) and name and not set(name) & set(".[]"):
            yield name


def _for_all(currency: str) -> Group:
    return Group(
        _("What holds for every model"),
        (
            Question("company.currency", _("Currency"), hint=_("Three letters, such as EUR.")),
            _number("users", "cost.users", currency),
            _number("tickets_per_month", "cost.tickets_per_month", currency),
            Question(
                "cost.per_dollar",
                _("Units of your currency for one US dollar"),
                Kind.RANGE,
                _("The sources print dollars: without a rate, none of their prices count."),
            ),
        ),
    )


def _models(document: Mapping[str, Json], picked: Mapping[str, Option]) -> Group:
    """A question for each kind of model, or for each model of it that the case has."""
    asked: list[Question] = []
    for option, name in options.NAMES.items():
        for key in [key for key, kind in picked.items() if kind is option] or [option.value]:
            title = _title_of(document, key)
            hint = name if title else ""
            asked.append(Question(f"cost.options.{key}", title or name, Kind.PICK, hint))
    return Group(
        _("Models to compare"),
        tuple(asked),
        _("Each that you pick brings the questions it needs."),
    )


def _number(name: str, place: str, currency: str) -> Question:
    spec = INPUTS[name]
    default = spec.default
    return Question(
        place,
        spec.label,
        Kind.RANGE,
        hint=default.source if default else spec.example,
        unit=inputs.unit_words(spec.unit, currency) if spec.unit in _TOLD else "",
        default=_default_words(default) if default else "",
    )


_TOLD = frozenset(
    each for each in Unit if each.is_money or each in (Unit.SHARE, Unit.DAYS, Unit.HOURS)
)
"""Units that the question itself does not say."""


def _default_words(default: inputs.Default) -> str:
    """`55,000–65,000`: what counts while nobody gives another number."""
    low, high = default.range.low, default.range.high
    return shown(low) if low == high else f"{shown(low)}–{shown(high)}"


def _risks() -> Group:
    rows: list[Question] = [
        Question(
            "cost.risks",
            _("Is there a loss that nobody covers, such as days without data?"),
            Kind.NONE,
        )
    ]
    for row in range(1, RISKS + 1):
        place = f"cost.risks[{row}]"
        rows += [
            Question(f"{place}.name", _("What may happen"), begins=True),
            Question(
                f"{place}.per_year", _("How often a year"), hint=_("0.1 is once in ten years")
            ),
            Question(f"{place}.loss", _("What one takes"), Kind.RANGE, unit=_("money")),
        ]
    return Group(
        _("Risks that nobody covers"),
        tuple(rows),
        _("The probability is yours to say: no source gives one."),
        is_folded=True,
    )


def _of_model(
    document: Mapping[str, Json], key: str, option: Option, risks: tuple[str, ...]
) -> Group:
    place, currency, title = f"cost.options.{key}", _currency(document), _title_of(document, key)
    asked = [
        Question(
            f"{place}.coverage",
            _("Hours in which somebody answers"),
            Kind.CHOICE,
            choices=_HOURS,
        ),
        Question(
            f"{place}.service_level", _("What is promised"), hint=_("In the same words for each.")
        ),
        Question(
            f"{place}.scope",
            _("Work that is included"),
            Kind.LIST,
            hint=_("With commas between: help desk, projects, on-site work"),
        ),
    ]
    if option is Option.FRACTIONAL_REMOTE_TEAM:
        for row in range(1, ROLES + 1):
            role = f"{place}.roles[{row}]"
            asked += [
                Question(f"{role}.name", _("Role"), begins=True),
                Question(f"{role}.people", _("People in it"), Kind.RANGE),
                Question(f"{role}.fee", _("Fee of one a month"), Kind.RANGE, unit=_("money")),
            ]
    always = (*_LATER, "oversight_hours_week")
    brought = _brought(document, key) - set(always)
    numbers = (*always, *(each for each in INPUTS if each in brought))
    asked += [_number(each, f"{place}.{each}", currency) for each in numbers]
    asked += [
        Question(
            f"{place}.covered.{name}", _("Share of a risk that it covers"), hint=name, unit="25 %"
        )
        for name in risks
    ]
    name = options.NAMES[option]
    return Group(title or name, tuple(asked), name if title else "", is_folded=True, key=key)
