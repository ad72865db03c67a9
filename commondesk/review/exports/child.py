"""The process that reads an export that somebody handed over. It may be killed at any time.

A task comes as one line of JSON. How far it is goes back as lines of JSON, the last is the answer.
It touches no database and no network; what it makes goes into the folder that the task names.
"""

from __future__ import annotations

import io
import json
import os
import resource
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

from commondesk.readers import packed
from commondesk.readers.export import Source, UnusableExport
from commondesk.review.exports import looking, reviewing

Tell = Callable[[int, int, int], None]
NICENESS = 10
BLOCK = 1024 * 1024
WORKS: Mapping[str, Callable[[Mapping[str, Any], list[Source], Tell], dict[str, Any]]] = {
    "look": looking.look,
    "review": reviewing.review,
}


def main() -> None:
    task = json.loads(sys.stdin.readline())
    # What a library prints is no answer.
    line, sys.stdout = sys.stdout, sys.stderr
    limit(int(task["memory"]), int(task["seconds"]), int(task["disk"]))
    say(line, {"answer": answer_to(task, lambda *at: say(line, {"at": at}))})


def say(line: IO[str], told: Mapping[str, Any]) -> None:
    line.write(f"{json.dumps(told)}\n")
    line.flush()


def limit(memory: int, seconds: int, disk: int) -> None:
    """So many bytes of memory and seconds of work, no file of more bytes than disk, no core."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (disk, disk))
    os.nice(NICENESS)


def answer_to(task: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    """What came of a task: what its work gives, or the problems of the files."""
    try:
        with opened(task["files"], tell) as sources:
            return WORKS[task["do"]](task, sources, tell)
    except UnusableExport as problem:
        return {"problems": str(problem).splitlines()}
    except MemoryError:
        return {"lacks": "memory"}
    except Exception:
        # Where memory ends within a library, it may raise anything.
        if memory_is_used_up(int(task["memory"])):
            return {"lacks": "memory"}
        raise


def memory_is_used_up(memory: int) -> bool:
    """Whether we ever held nearly as many bytes as we may; no where the system does not tell."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        peak = next(line for line in status.splitlines() if line.startswith("VmPeak:"))
        return int(peak.split()[1]) * 1024 > memory - BLOCK * 4
    except MemoryError:
        return True
    except OSError:
        return False


@contextmanager
def opened(files: list[tuple[str, str]], tell: Tell) -> Iterator[list[Source]]:
    """The files, open, those of a ZIP each by itself. Raises UnusableExport."""
    watch = _Watch(sum(Path(path).stat().st_size for _, path in files), tell)
    with ExitStack() as stack:
        sources = []
        for name, path in files:
            raw = stack.enter_context(_Watched(path, watch))
            sources.append(Source(name, io.BufferedReader(raw, BLOCK)))
            watch.before += Path(path).stat().st_size
        yield stack.enter_context(packed.spread(sources))


class _Watch:
    """Tells how far the files were read, the farthest that it ever was, in megabytes."""

    def __init__(self, total: int, tell: Tell) -> None:
        self.before = 0
        self._total = max(1, total // BLOCK)
        self._told = -1
        self._tell = tell

    def reached(self, place: int) -> None:
        if place // BLOCK > self._told:
            self._told = place // BLOCK
            self._tell(0, min(self._told, self._total), self._total)


class _Watched(io.FileIO):
    """A file that tells how far it was read."""

    def __init__(self, path: str, watch: _Watch) -> None:
        super().__init__(path)
        self._watch, self._before = watch, watch.before

    def readinto(self, buffer: Any) -> int | None:
        count = super().readinto(buffer)
        self._watch.reached(self._before + self.tell())
        return count


if __name__ == "__main__":
    main()
