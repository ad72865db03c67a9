"""The child that reads mails, as it would be if our parser had a fault that a mail can reach.

What is in the subject of a mail, `poison: hang`, happens to whoever reads it.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from commondesk.intake.mail import child, reading
from tests.faults.fellable import replaced

MARK = b"Subject: poison: "


def hang() -> None:
    time.sleep(3600)


def spin() -> None:
    while True:
        pass


def eat() -> None:
    bytearray(2 * 1024**3)


def crash() -> None:
    ctypes.string_at(0)


def stumble() -> None:
    raise RuntimeError("a fault of ours")


POISONS = {"hang": hang, "spin": spin, "memory": eat, "segfault": crash, "exception": stumble}


def poisoned(read: Callable[..., Any]) -> Callable[..., Any]:
    def read_or_suffer(content: bytes, folder: Path, envelope_from: str | None) -> Any:
        if MARK in content:
            POISONS[content.partition(MARK)[2].split(b"\r\n")[0].decode()]()
        return read(content, folder, envelope_from)

    return read_or_suffer


def main() -> None:
    # Both: what breaks the full reading alone is read by its headers, and filed.
    replaced(child, "understand", poisoned(reading.understand))
    replaced(child, "understand_little", poisoned(reading.understand_little))
    child.main()


if __name__ == "__main__":
    main()
