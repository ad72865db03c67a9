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

from django.db import transaction

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class _Here(threading.local):
    known: dict[Hashable, Any] | None = None
    is_whole = False


_here = _Here()
_UNKNOWN = object()


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


@contextmanager
def whole() -> Iterator[None]:
    """A transaction, or a savepoint in one, for all that happens within: if any of it fails,
    nothing of it stays.

    What is atomic() within needs no savepoint of its own then. Nobody may catch its failure inside
    and go on.
    """
    before = _here.is_whole
    with transaction.atomic(), remembering():
        _here.is_whole = True
        try:
            yield
        finally:
            _here.is_whole = before


@contextmanager
def atomic() -> Iterator[None]:
    """A transaction, or a part of one that is undone by itself; within whole(), with the rest."""
    if not _here.is_whole:
        with transaction.atomic():
            yield
        return
    try:
        yield
    except BaseException:
        # Whoever caught it inside all the same gets no further.
        transaction.set_rollback(True)
        raise


def forget() -> None:
    """Read everything anew from here on: something was changed, or undone."""
    if _here.known is not None:
        _here.known.clear()


def note(key: Hashable, value: object) -> None:
    """Remember what is known without reading it."""
    if _here.known is not None:
        _here.known[key] = value


def drop(key: Hashable) -> None:
    """Read this anew: it was changed."""
    if _here.known is not None:
        _here.known.pop(key, None)


def known(key: Hashable) -> Any:
    """What is remembered under a key; None if nothing is."""
    return None if _here.known is None else _here.known.get(key)


def recalled(key: Hashable, read: Callable[[], Value]) -> Value:
    """What is remembered under a key, or else is read now."""
    if _here.known is None:
        return read()
    # Looked up once: keys hold uuids, and Python takes long to compare those.
    found = _here.known.get(key, _UNKNOWN)
    if found is _UNKNOWN:
        found = _here.known[key] = read()
    return cast(Value, found)


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
