"""Which minutes a calendar is open, found by walking through local wall-clock time."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from tests.oracle.reading import DAY, EPOCH, Calendar, Version, Windows

Minutes = NDArray[np.int32]
Flags = NDArray[np.bool_]

CHUNK = 32 * DAY
STEP = 15  # no zone of our century moves its clock, or differs from UTC, by less


def open_minutes(calendar: Calendar, known_at: int | None, start: int, end: int) -> Flags:
    """One flag a minute from `start` to `end`: is the calendar open then?"""
    version = calendar.version_at(known_at)
    first, last = start // CHUNK, (end - 1) // CHUNK
    chunks = [_chunk(calendar.zone, calendar.week, version, n) for n in range(first, last + 1)]
    return np.concatenate(chunks)[start - first * CHUNK : end - first * CHUNK]


@lru_cache(maxsize=2048)
def _chunk(zone: str, week: tuple[Windows, ...], version: Version, number: int) -> Flags:
    minutes = bytearray()
    for begin in range(number * CHUNK, (number + 1) * CHUNK, DAY):
        is_changed = _offset(zone, begin) != _offset(zone, begin + DAY)
        step = STEP if is_changed else DAY
        for each in range(begin, begin + DAY, step):
            minutes += _local(week, version, each + _offset(zone, each), step)
    return np.frombuffer(bytes(minutes), dtype=np.bool_)


def _local(week: tuple[Windows, ...], version: Version, start: int, length: int) -> bytes:
    """So many minutes of wall-clock time from one on."""
    day, minute_of_day = divmod(start, DAY)
    both = _local_day(week, version, day) + _local_day(week, version, day + 1)
    return both[minute_of_day : minute_of_day + length]


@lru_cache(maxsize=200_000)
def _offset(zone: str, at: int) -> int:
    moment = (EPOCH + timedelta(minutes=at)).astimezone(ZoneInfo(zone))
    offset = moment.utcoffset()
    assert offset is not None
    return offset // timedelta(minutes=1)


def _local_day(week: tuple[Windows, ...], version: Version, day: int) -> bytes:
    """The minutes of one local date: its own windows and what reaches over from before."""
    minutes = bytearray(DAY)
    for shift, date in ((0, day), (DAY, day - 1)):
        for start, end in _windows_on(week, version, date):
            first, last = max(start - shift, 0), max(min(end - shift, DAY), 0)
            minutes[first:last] = b"\x01" * max(last - first, 0)
    return bytes(minutes)


def _windows_on(week: tuple[Windows, ...], version: Version, day: int) -> Windows:
    for exceptional, windows in version.exceptional:
        if exceptional == day:
            return windows
    return () if day in version.holidays else week[(day + 3) % 7]
