"""Words of a desk's own: a mapping that says what states and priorities mean that nobody documents.

docs/readers.md shows one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import yaml

from commondesk.core.record import events as e
from commondesk.readers.export import Problem, UnusableExport
from commondesk.readers.records import broken
from commondesk.readers.telling import MEANINGS, Meaning
from commondesk.readers.times import Order

LONGEST = 1_000_000
"""Characters of a mapping."""
_PRIORITIES = {each.value: each for each in e.Priority}
_ORDERS = (Order.DAY_FIRST.value, Order.MONTH_FIRST.value)


@dataclass(frozen=True, slots=True)
class OwnWords:
    """What states and priorities mean, by their names in small letters, and how dates are written.

    dates: None where nobody said it.
    """

    states: Mapping[str, Meaning] = field(default_factory=dict)
    priorities: Mapping[str, e.Priority] = field(default_factory=dict)
    dates: Order | None = None


def own_words_of(text: str, *, has_dates: bool = False) -> OwnWords:
    """What a YAML text says; nothing if it is empty. Raises UnusableExport with every problem.

    has_dates: whether it may say, by `dates`, if the day or the month comes first.
    """
    if not text.strip():
        return OwnWords()
    data = parsed(text)
    dates = _dates(data) if has_dates else None
    choices: dict[str, Mapping[str, object]] = {"states": MEANINGS, "priorities": _PRIORITIES}
    problems = [*_wrongs(data, choices)]
    if problems:
        raise UnusableExport(problems)
    assert isinstance(data, dict)
    states, priorities = (data.get(name) or {} for name in ("states", "priorities"))
    return OwnWords(
        {name.lower(): MEANINGS[word] for name, word in states.items()},
        {name.lower(): _PRIORITIES[word] for name, word in priorities.items()},
        dates,
    )


def _dates(data: object) -> Order | None:
    """Take what is said of dates out of the data. Raises UnusableExport."""
    if not isinstance(data, dict) or "dates" not in data:
        return None
    said = data.pop("dates")
    if said not in _ORDERS:
        text = f"{said!r} means nothing; it is one of {', '.join(_ORDERS)}"
        raise UnusableExport([Problem(0, "dates", text)])
    return Order(said)


def parsed(text: str) -> object:
    """The data of a mapping, every word a text as it is written. Raises UnusableExport."""
    if len(text) > LONGEST:
        raise broken(0, f"the mapping is longer than {LONGEST:,} characters")
    try:
        # Words stay as they are written: `yes` and `1` are names, too.
        return yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - it makes texts only
    except (yaml.YAMLError, ValueError, RecursionError):
        raise broken(0, "the mapping is no YAML") from None


def _wrongs(data: object, choices: Mapping[str, Mapping[str, object]]) -> Iterator[Problem]:
    if not isinstance(data, dict):
        yield Problem(0, "", f"the mapping must have {' or '.join(choices)}")
        return
    for name, words in data.items():
        if name not in choices:
            text = f"the mapping has no such field; it has {', '.join(choices)}"
            yield Problem(0, str(name), text)
        elif words and not isinstance(words, dict):
            yield Problem(0, name, "wants names, each with what it means")
        else:
            for word, meaning in (words or {}).items():
                if not isinstance(meaning, str) or meaning not in choices[name]:
                    known = ", ".join(choices[name])
                    text = f"{meaning!r} means nothing; it is one of {known}"
                    yield Problem(0, f"{name}.{word}", text)
