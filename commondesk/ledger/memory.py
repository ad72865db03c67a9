"""What a transaction has read once and need not read again while it holds the record.

Every writer takes the head of a company's chain before anything else, so nothing about that company
changes under whoever holds it. The memory ends with the transaction: rights, charters and people
are read anew by the next one. What fails is forgotten at once, as the database undoes it too.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar, cast

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class _Here(threading.local):
    known: dict[Hashable, Any] | None = None


_here = _Here()


@contextmanager
def remembering() -> Iterator[None]:
    """Remember until the end of the block; blocks inside share what is known.

    Belongs directly inside transaction.atomic(), around all that the transaction does.
    """
    is_outermost = _here.known is None
    if is_outermost:
        _here.known = {}
    try:
        yield
    except BaseException:
        forget()
        raise
    finally:
        if is_outermost:
            _here.known = None


def forget() -> None:
    """Read everything anew from here on: something was changed, or undone."""
    if _here.known is not None:
        _here.known.clear()


def note(key: Hashable, value: object) -> None:
    """Remember what is known without reading it."""
    if _here.known is not None:
        _here.known[key] = value


def known(key: Hashable) -> Any:
    """What is remembered under a key; None if nothing is."""
    return None if _here.known is None else _here.known.get(key)


def recalled(key: Hashable, read: Callable[[], Value]) -> Value:
    """What is remembered under a key, or else is read now."""
    if _here.known is None:
        return read()
    if key not in _here.known:
        _here.known[key] = read()
    return cast(Value, _here.known[key])


def recalled_each(
    kind: str, keys: Collection[Key], read: Callable[[Collection[Key]], Mapping[Key, Value]]
) -> dict[Key, Value]:
    """The same for many keys of a kind: only those not remembered are read. None means unknown."""
    if _here.known is None:
        return dict(read(keys))
    missing = [each for each in keys if (kind, each) not in _here.known]
    if missing:
        found = read(missing)
        _here.known.update(((kind, each), found.get(each)) for each in missing)
    return {each: value for each in keys if (value := _here.known[(kind, each)]) is not None}
