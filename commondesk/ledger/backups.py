"""Which backups were made, and until when they are to be kept: words erased live on in them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from commondesk.core.record.instant import Instant, iso_of, parse_instant


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made here, and when it is to be deleted."""

    path: Path
    taken_at: Instant
    delete_at: Instant


def note(made: Backup) -> None:
    """Remember a backup."""
    told = {
        "path": str(made.path),
        "taken_at": iso_of(made.taken_at),
        "delete_at": iso_of(made.delete_at),
    }
    descriptor = os.open(_list(), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(json.dumps(told) + "\n")
        file.flush()
        os.fsync(file.fileno())


def remembered(at: Instant) -> tuple[Backup, ...]:
    """The backups whose time has not come, and those beyond it that still lie where they were."""
    return tuple(each for each in _noted() if each.delete_at > at or each.path.exists())


def _noted() -> Iterator[Backup]:
    if not _list().exists():
        return
    for line in _list().read_text(errors="replace").splitlines():
        try:
            told = json.loads(line)
            yield Backup(
                Path(told["path"]),
                parse_instant(told["taken_at"]),
                parse_instant(told["delete_at"]),
            )
        except (ValueError, TypeError, KeyError):
            # A line that was torn off: of that backup nobody was told that it is done.
            continue


def _list() -> Path:
    return Path(settings.DATA) / "backups.jsonl"
