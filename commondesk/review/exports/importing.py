"""Importing the tickets of an export into the company's record: the command `commondesk import`.

The command runs as a process of its own, so that what a file holds can neither hang nor fill the
worker. It writes whole tickets, some hundred in a transaction, and passes over what is there.
"""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from commondesk.accounts.models import Company
from commondesk.accounts.works.doing import Stopped
from commondesk.accounts.works.kinds import CannotBeDone
from commondesk.desk import projections
from commondesk.desk.handed_exports import Export
from commondesk.review.exports import apart

CHECKING, WRITING = range(2)
LIMITS = apart.Limits(seconds=3 * 3600, memory=4 * apart.GIGABYTE)
MOST_PROBLEMS = 30
_CAN = re.compile(r"[\d,]+ rows of ([\d,]+) tickets can be read")
_AT = re.compile(r"([\d,]+) tickets are in the record")
_DONE = re.compile(r"imported: tickets ([\d,]+)")
_KNOWN = re.compile(r"passed over, in the record already: tickets ([\d,]+)")


@dataclass(slots=True)
class Outcome:
    """What an import did, or the problems for which it did nothing."""

    tickets: int = 0
    passed_over: int = 0
    problems: list[str] = field(default_factory=list)


def imported(export: Export, bench: Path, tell: Callable[[int, int, int], None]) -> Outcome:
    """Import the tickets of an export. tell may raise, and ends it: whole tickets stay.

    Raises CannotBeDone.
    """
    with TemporaryFile() as said, TemporaryFile() as errors:
        process = subprocess.Popen(
            command(export, bench), stdout=said, stderr=errors, start_new_session=True
        )
        try:
            _bound(process.pid)
            code = _waited(process, said, tell)
        except Stopped:
            apart.end(process)
            # What was written so far is shown, though nobody wants the rest.
            projections.rebuild(export.company)
            raise
        finally:
            apart.end(process)
        if code < 0:
            raise CannotBeDone("memory" if code in (-6, -11) else "time")
        if code:
            return Outcome(problems=_text_of(errors).splitlines()[:MOST_PROBLEMS])
        told = _text_of(said)
        return Outcome(_number(_DONE, told), _number(_KNOWN, told))


def command(export: Export, bench: Path) -> list[str]:
    """What runs. The mapping is laid on the bench. Raises CannotBeDone."""
    company = Company.objects.filter(uuid=export.company).first()
    if company is None:
        raise CannotBeDone("gone")
    terms = export.terms
    asked = ["--company", company.prefix]
    if terms.format:
        asked += ["--as", terms.format]
    if terms.zone:
        asked += ["--zone", terms.zone]
    if terms.mapping:
        mapping = bench / "mapping.yaml"
        mapping.write_text(terms.mapping, "utf-8")
        asked += ["--mapping", str(mapping)]
    files = [str(path) for _, path in export.paths]
    return [sys.executable, "-u", "-m", "commondesk.cli", "import", *asked, "--", *files]


def _bound(process: int) -> None:
    for what, most in (
        (resource.RLIMIT_AS, LIMITS.memory),
        (resource.RLIMIT_CPU, LIMITS.seconds),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.prlimit(process, what, (most, most))


def _waited(
    process: subprocess.Popen[bytes], said: IO[bytes], tell: Callable[[int, int, int], None]
) -> int:
    """How the process ended; tells meanwhile how far it is."""
    until = time.monotonic() + 2 * LIMITS.seconds
    while time.monotonic() < until:
        try:
            return process.wait(apart.LOOKED_EVERY)
        except subprocess.TimeoutExpired:
            told = _text_of(said)
            total, at = _number(_CAN, told), _number(_AT, told)
            tell(*((WRITING, at, total) if total else (CHECKING, 0, 1)))
    raise CannotBeDone("time")


def _text_of(file: IO[bytes]) -> str:
    """What a process wrote into a file so far; where it writes on is its own business."""
    size = os.fstat(file.fileno()).st_size
    return os.pread(file.fileno(), min(size, 1 << 20), max(0, size - (1 << 20))).decode(
        "utf-8", "replace"
    )


def _number(pattern: re.Pattern[str], text: str) -> int:
    found: Sequence[str] = pattern.findall(text)
    return int(found[-1].replace(",", "")) if found else 0
