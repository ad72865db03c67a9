"""Sharing: work that several processes do side by side."""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from commondesk.engine.processes import processes
from commondesk.readers.export import Source

T = TypeVar("T")


@contextmanager
def unswept() -> Iterator[None]:
    """Nothing that is kept is garbage: looking for it among millions would take the most time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def is_worth_it(sources: Sequence[Source], least: int) -> bool:
    """Whether several processes should read: files on disk that they can open, large enough."""
    if processes() < 2 or len(sources) != 1:
        return False
    path = _path_of(sources[0].file)
    return path is not None and path.stat().st_size >= least


def reopened(source: Source) -> Source:
    """The same file with a place of its own to read from."""
    path = _path_of(source.file)
    assert path is not None
    return Source(source.name, path.open("rb"))


def _path_of(file: BinaryIO) -> Path | None:
    name = getattr(file, "name", None)
    return Path(name) if isinstance(name, str | Path) and Path(name).is_file() else None


def in_turns(work: Callable[[int, int], Iterator[T]], meanwhile: Callable[[], None]) -> Iterator[T]:
    """What work(number, processes) gives in each process: the first of each, the second of each...

    Whatever one raises is raised here. `meanwhile` is done by this process while they begin.
    """
    count = processes()
    with ExitStack() as stack:
        ends: list[Connection] = []
        for number in range(count):
            ends.append(_started(partial(work, number, count), ends, stack))
        meanwhile()
        running = list(ends)
        while running:
            for end in list(running):
                kind, told = _received(end)
                if kind == "failed":
                    raise told
                if kind == "done":
                    running.remove(end)
                else:
                    yield told


@contextmanager
def beside(work: Callable[[], T]) -> Iterator[Callable[[], T]]:
    """Let another process work; what is given waits for it, and tells the result.

    Where there is one processor alone, the work is done when its result is asked for.
    """
    if processes() < 2:
        yield work
        return
    with ExitStack() as stack:
        end = _started(lambda: iter([work()]), [], stack)

        def told() -> T:
            kind, result = _received(end)
            if kind == "failed":
                raise result
            done: T = result
            return done

        yield told


def _started(
    work: Callable[[], Iterator[Any]], others: Sequence[Connection], stack: ExitStack
) -> Connection:
    """A process that sends what the work gives; it ends with the stack."""
    context = multiprocessing.get_context("fork")
    receiving, sending = context.Pipe(duplex=False)
    gc.freeze()
    one = context.Process(target=_do, args=(work, sending, [*others, receiving]), daemon=True)
    one.start()
    gc.unfreeze()
    stack.callback(_end, one)
    stack.callback(receiving.close)
    sending.close()
    return receiving


def _received(end: Connection) -> tuple[str, Any]:
    try:
        told: tuple[str, Any] = end.recv()
        return told
    except EOFError:
        return "failed", RuntimeError("a process that shared the work ended before it was done")


def _end(process: Any) -> None:
    process.terminate()
    process.join()


def _do(
    work: Callable[[], Iterator[Any]], sending: Connection, others: Sequence[Connection]
) -> None:
    gc.disable()
    for each in others:
        each.close()
    try:
        try:
            for one in work():
                sending.send(("given", one))
            sending.send(("done", None))
        except BrokenPipeError:
            raise
        except Exception as problem:
            sending.send(("failed", problem))
    except BrokenPipeError:
        os._exit(1)
