"""Bodies to JSON and back, by the types of their fields; canonical, so that it can be hashed."""

from __future__ import annotations

import inspect
import json
import types
import typing
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields, is_dataclass
from enum import StrEnum
from functools import cache

from . import arrangement, events
from .event import Actor, Body, Side, WordsRef

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
_Reader = Callable[[Json], object]
_DECODER = json.JSONDecoder()
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


class UnreadableEvent(ValueError):
    """A stored event does not fit its kind; the text names the kind and the field."""


def text_of(body: Body) -> str:
    """The canonical JSON of a body: sorted keys, no spaces, fields at their default left out."""
    return canonical(_plain_of(body))


def body_of(name: str, version: int, text: str) -> Body:
    """The typed body of a stored event.

    Raises UnreadableEvent when the kind or version is unknown, or a field does not fit.
    """
    shape = _SHAPES.get((name, version))
    if shape is None:
        raise UnreadableEvent(f"no event {name!r} of version {version} is known")
    try:
        data, end = _DECODER.raw_decode(text)
    except ValueError:
        raise UnreadableEvent(f"{name}: the body is no JSON") from None
    if end != len(text):
        raise UnreadableEvent(f"{name}: the body has more than one JSON value")
    return typing.cast(Body, shape.read(data))


def actor_text_of(actor: Actor) -> str:
    """The canonical text of an actor: side, id and, if any, on whose behalf."""
    return canonical(
        [actor.side.value, actor.id, *([actor.on_behalf_of] * bool(actor.on_behalf_of))]
    )


def actor_of(text: str) -> Actor:
    """The actor of a canonical text. Raises UnreadableEvent."""
    try:
        side, identity, *rest = json.loads(text)
        return Actor(identity, Side(side), rest[0] if rest else "")
    except (ValueError, TypeError):
        raise UnreadableEvent(f"no actor: {text}") from None


def canonical(data: Json) -> str:
    """The one JSON text of these data."""
    return _ENCODER.encode(data)


def known_bodies() -> tuple[type[Body], ...]:
    """Every kind of event, in the order of the modules that define them."""
    return tuple(
        each
        for module in (events, arrangement)
        for each in vars(module).values()
        if inspect.isclass(each) and issubclass(each, Body) and each is not Body
    )


def _plain_of(value: object) -> Json:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, tuple):
        return [_plain_of(each) for each in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {
            name: _plain_of(getattr(value, name))
            for name, default in _defaults_of(type(value))
            if default is MISSING or getattr(value, name) != default
        }
    raise TypeError(f"{type(value).__name__} has no JSON form in an event")


_PLAIN = (str, int, bool)
"""Types that need no reading: what JSON gives is what the field wants."""


@cache
def _defaults_of(cls: type) -> tuple[tuple[str, object], ...]:
    return tuple((field.name, field.default) for field in fields(cls))


@dataclass(frozen=True, slots=True)
class _Shape:
    """How to read one dataclass: its fields with their readers."""

    cls: type
    label: str
    readers: dict[str, _Reader]
    plain: dict[str, type]
    required: frozenset[str]

    def read(self, data: Json) -> object:
        if not isinstance(data, dict):
            raise UnreadableEvent(f"{self.label}: an object is wanted, not {data!r}")
        plain, values = self.plain, dict[str, object]()
        try:
            for name, value in data.items():
                is_plain = plain.get(name) is type(value)
                values[name] = value if is_plain else self.readers[name](value)
        except KeyError as stranger:
            raise UnreadableEvent(f"{self.label}: unknown field {stranger}") from None
        except (ValueError, TypeError) as wrong:
            raise UnreadableEvent(f"{self.label}: {wrong}") from None
        if not self.required <= values.keys():
            missing = ", ".join(sorted(self.required - values.keys()))
            raise UnreadableEvent(f"{self.label}: {missing} is missing")
        return self.cls(**values)


def _shape_of(cls: type) -> _Shape:
    hints = typing.get_type_hints(cls)
    label = getattr(cls, "NAME", "") or cls.__name__
    own = fields(cls)
    return _Shape(
        cls,
        label,
        {field.name: _reader_of(hints[field.name], field.name) for field in own},
        {field.name: hints[field.name] for field in own if hints[field.name] in _PLAIN},
        frozenset(field.name for field in own if field.default is MISSING),
    )


def _reader_of(kind: object, name: str) -> _Reader:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is types.UnionType:
        inner = next(each for each in arguments if each is not type(None))
        return _optional(_reader_of(inner, name))
    if origin is tuple:
        return _many(_reader_of(arguments[0], name), name)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return _choice(kind, name)
    if kind is WordsRef:
        return _words_ref(_shape_of(WordsRef))
    if isinstance(kind, type) and is_dataclass(kind):
        return _shape_of(kind).read
    if kind is float:
        return _exact((int, float), name)
    if isinstance(kind, type):
        return _exact((kind,), name)
    raise TypeError(f"no reader for {kind}")


def _words_ref(shape: _Shape) -> _Reader:
    """The most frequent shape, read without a detour; what does not fit goes the long way."""

    def read(value: Json) -> object:
        if isinstance(value, dict) and len(value) == 2:
            identity, digest = value.get("id"), value.get("digest")
            if type(identity) is str and type(digest) is str:
                return WordsRef(identity, digest)
        return shape.read(value)

    return read


def _optional(reader: _Reader) -> _Reader:
    return lambda value: None if value is None else reader(value)


def _many(reader: _Reader, name: str) -> _Reader:
    def read(value: Json) -> object:
        if not isinstance(value, list):
            raise TypeError(f"{name} wants a list, not {value!r}")
        return tuple(reader(each) for each in value)

    return read


def _choice(kind: type[StrEnum], name: str) -> _Reader:
    choices: dict[str, StrEnum] = {each.value: each for each in kind}

    def read(value: Json) -> object:
        if not isinstance(value, str) or value not in choices:
            raise ValueError(f"{name} is one of {', '.join(choices)}, not {value!r}")
        return choices[value]

    return read


def _exact(kinds: tuple[type, ...], name: str) -> _Reader:
    def read(value: Json) -> object:
        if type(value) not in kinds:
            wanted = " or ".join(kind.__name__ for kind in kinds)
            raise TypeError(f"{name} wants {wanted}, not {value!r}")
        return value

    return read


_SHAPES: dict[tuple[str, int], _Shape] = {
    (each.NAME, each.VERSION): _shape_of(each) for each in known_bodies()
}
