"""Apart: having an export read by a process of its own, with bounds, watched and stopped at will.

The process knows nothing of our surroundings: no secret, no database.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from commondesk.accounts.works.kinds import CannotBeDone

LOOKED_EVERY = 0.2
LARGEST_LINE = 32 * 1024 * 1024
GIGABYTE = 1024**3
log = logging.getLogger(__name__)

Tell = Callable[[int, int, int], None]


@dataclass(frozen=True, slots=True)
class Limits:
    """seconds of a processor, bytes of memory, and bytes of the largest file that it may write."""

    seconds: int
    memory: int
    disk: int = 16 * GIGABYTE


LOOKING = Limits(seconds=900, memory=3 * GIGABYTE)
REVIEWING = Limits(seconds=3 * 3600, memory=6 * GIGABYTE)


def done_apart(
    task: Mapping[str, Any], folder: Path, limits: Limits, tell: Tell
) -> Mapping[str, Any]:
    """What the process answers to a task; its temporary files lie in the folder.

    tell may raise, and ends the process then. Raises CannotBeDone where it took too long or too
    much, or broke.
    """
    given = {**task, "memory": limits.memory, "seconds": limits.seconds, "disk": limits.disk}
    command = [sys.executable, "-P", "-m", "commondesk.review.exports.child"]
    with TemporaryFile() as errors:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=_around(folder),
            cwd=folder,
            start_new_session=True,
        )
        try:
            assert process.stdin is not None and process.stdout is not None
            process.stdin.write(f"{json.dumps(given)}\n".encode())
            process.stdin.close()
            answer = _heard(process.stdout, tell, time.monotonic() + 2 * limits.seconds)
            code = process.wait(LOOKED_EVERY * 50) if answer is None else 0
        except (BrokenPipeError, subprocess.TimeoutExpired):
            answer, code = None, 1
        finally:
            end(process)
        if answer is None:
            raise CannotBeDone(_ended(code, errors))
    if lack := answer.get("lacks"):
        raise CannotBeDone(str(lack))
    return answer


def _heard(pipe: IO[bytes], tell: Tell, until: float) -> Mapping[str, Any] | None:
    """The answer; None where the process ended without one.

    Raises CannotBeDone, and whatever tell raises.
    """
    at = (0, 0, 1)
    for line in _lines(pipe, until):
        if line:
            said = json.loads(line)
            if "answer" in said:
                answer = said["answer"]
                assert isinstance(answer, dict)
                return answer
            phase, done, total = said["at"]
            at = (int(phase), int(done), int(total))
        tell(*at)
    return None


def _lines(pipe: IO[bytes], until: float) -> Iterator[bytes]:
    """The lines as they come, and an empty one whenever there was none for a while."""
    rest = b""
    while time.monotonic() < until:
        if not select.select([pipe], [], [], LOOKED_EVERY)[0]:
            yield b""
            continue
        block = os.read(pipe.fileno(), 1 << 20)
        if not block:
            return
        *lines, rest = (rest + block).split(b"\n")
        yield from lines
        if len(rest) > LARGEST_LINE:
            raise CannotBeDone("broke_off")
    raise CannotBeDone("time")


def end(process: subprocess.Popen[Any]) -> None:
    """End a process that leads a session, with all that it began."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None and not pipe.closed:
            pipe.close()
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _ended(code: int, errors: IO[bytes]) -> str:
    """In a word why it ended without an answer: its time, its memory, or something of ours."""
    errors.seek(0, os.SEEK_END)
    errors.seek(max(0, errors.tell() - 4000))
    said = errors.read().decode("utf-8", "replace")
    if code in (-signal.SIGXCPU, -signal.SIGKILL):
        return "time"
    if code in (-signal.SIGABRT, -signal.SIGSEGV, -signal.SIGBUS) or _lacked_memory(said):
        return "memory"
    if code == -signal.SIGXFSZ or "File too large" in said:  # not for readers
        return "disk"
    log.error("reading an export apart broke, code %s: %s", code, _place_in(said))
    return "broke_off"


def _place_in(said: str) -> str:
    """Where it broke, and on what kind of error, without a word of the export."""
    places = re.findall(r'File "[^"]*/(commondesk/[^"]+)", line (\d+)', said)  # not for readers
    kind = re.match(r"[\w.]+", said.rstrip().rpartition("\n")[2])
    place = ":".join(places[-1]) if places else "an unknown place"
    return f"{kind[0] if kind else 'no word'} in {place}"


# What Python, C++, Rust and the loader of libraries say where there is no memory left.
NO_MEMORY = (
    "MemoryError",
    "bad_alloc",
    "memory allocation",
    "Cannot allocate memory",  # not for readers
    "failed to map",
)


def _lacked_memory(said: str) -> bool:
    return any(sign in said for sign in NO_MEMORY)


def _around(folder: Path) -> dict[str, str]:
    """Nothing of our own surroundings: no secret, no address of a database."""
    return {
        "PATH": "",
        "LANG": "C.UTF-8",
        "TMPDIR": str(folder),
        "PYTHONPATH": _places(sys.path),
    }


def _places(path: Sequence[str]) -> str:
    return ":".join(each for each in path if each and Path(each).is_dir())
