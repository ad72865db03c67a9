"""Mutated mails through the limited child: each is understood, or said to be unreadable and kept.

`python -m tests.fuzz.mutants [--count 50000] [--seed 20250310]` prints one JSON line; it ends with
1 if a mail was lost or hung. The mails are our samples, and with COMMONDESK_REAL_DATA the archive
of real ones. A mail that breaks a promise is left in --keep, by its number.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import re
import sys
import tarfile
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from commondesk.intake import parse
from commondesk.intake.mail.understood import Understood

from . import letters

SAMPLES = Path(__file__).parent.parent / "mail" / "samples"
LONGEST_SPAN = 5.0
"""Seconds by the clock; a machine that tests is busy."""

CHARSETS = (b"utf-8", b"utf-7", b"utf-16", b"hz", b"iso-2022-jp", b"big5", b"x-none", b"\xff", b"")
TRANSFERS = (b"base64", b"quoted-printable", b"x-uuencode", b"8bit", b"binary", b"none", b"")
KINDS = (
    *(b"text/plain", b"text/html", b"multipart/mixed", b"multipart/report", b"message/rfc822"),
    *(b"multipart/alternative", b"message/delivery-status", b"text/calendar", b"image/png", b"/"),
)
PIECES = (
    *(b"\r\n", b"\n", b"\r", b'"', b"(", b"<", b">", b"=?utf-8?b?", b"?=", b"--", b"\x00", b";"),
    *(
        b"> ",
        b"On 1 Jan 2025 at 10:00, A <a@b.example> wrote:\n",
        b"-- \n",
        b"<div>",
        b"</",
        b"&#x",
    ),
    *(b"From: a@b.example\n", b"\n\n", b"\xe2\x80\xae", b"=\n", b"=ZZ", b"{", b"<!--", b"<style>"),
)

Mutation = Callable[[bytearray, random.Random], None]


def flip_bits(raw: bytearray, draw: random.Random) -> None:
    for _ in range(draw.randrange(1, 20)):
        raw[draw.randrange(len(raw))] ^= 1 << draw.randrange(8)


def cut(raw: bytearray, draw: random.Random) -> None:
    at = draw.randrange(len(raw))
    del raw[at : at + draw.choice((1, 7, 80, 1000))]


def cut_end(raw: bytearray, draw: random.Random) -> None:
    del raw[draw.randrange(len(raw)) :]


def double(raw: bytearray, draw: random.Random) -> None:
    at = draw.randrange(len(raw))
    piece = raw[at : at + draw.randrange(1, 400)]
    raw[at:at] = piece * draw.choice((1, 1, 1, 3, 40))


def insert(raw: bytearray, draw: random.Random) -> None:
    at = draw.randrange(len(raw) + 1)
    raw[at:at] = draw.choice(PIECES) * draw.choice((1, 1, 1, 5, 200))


def swap_lines(raw: bytearray, draw: random.Random) -> None:
    lines = bytes(raw).split(b"\n")
    one, other = draw.randrange(len(lines)), draw.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    raw[:] = b"\n".join(lines)


def shuffle_headers(raw: bytearray, draw: random.Random) -> None:
    head, blank, body = bytes(raw).partition(b"\n\n" if b"\n\n" in raw else b"\r\n\r\n")
    lines = head.split(b"\n")
    draw.shuffle(lines)
    raw[:] = b"\n".join(lines) + blank + body


def trick_boundary(raw: bytearray, draw: random.Random) -> None:
    marks = re.findall(rb'boundary="?([^"\s;]+)', raw)
    if not marks:
        return insert(raw, draw)
    mark = draw.choice(marks)
    new = draw.choice((mark[:-1], mark + b"x", b"", mark.upper(), mark + b"--", b'"', mark * 20))
    raw[:] = bytes(raw).replace(mark, new, draw.choice((1, 2, -1)))
    return None


def swap_value(pattern: bytes, values: tuple[bytes, ...]) -> Mutation:
    def swap(raw: bytearray, draw: random.Random) -> None:
        raw[:] = re.sub(
            pattern, lambda hit: hit[1] + draw.choice(values), bytes(raw), flags=re.IGNORECASE
        )

    return swap


def wrap(raw: bytearray, draw: random.Random) -> None:
    """The mail in a mail, now and then many times."""
    for _ in range(draw.choice((1, 1, 2, 30))):
        raw[0:0] = draw.choice(
            (
                b"Content-Type: message/rfc822\n\n",
                b"Content-Type: multipart/digest; boundary=w\n\n--w\n\n",
                b"From: a@b.example\nContent-Type: multipart/mixed; boundary=w\n\n--w\n",
            )
        )


MUTATIONS: tuple[Mutation, ...] = (
    flip_bits,
    cut,
    cut_end,
    double,
    insert,
    swap_lines,
    shuffle_headers,
    trick_boundary,
    wrap,
    swap_value(rb'(charset="?)[^"\s;]*', CHARSETS),
    swap_value(rb"(content-transfer-encoding:\s*)[^\s;]*", TRANSFERS),
    swap_value(rb"(content-type:\s*)[^\s;]*", KINDS),
)


def originals() -> list[bytes]:
    """The mails that are mutated: always in the same order."""
    found = [path.read_bytes() for path in sorted(SAMPLES.glob("*.eml"))]
    found += [f"From: a@b.example\nSubject: Re: x\n\n{text}".encode() for text in letters.samples()]
    if folder := os.environ.get("COMMONDESK_REAL_DATA"):
        with tarfile.open(Path(folder) / "mail-fixtures" / "mikel-mail.tar.gz") as archive:
            files = sorted(
                (
                    each
                    for each in archive.getmembers()
                    if each.isfile() and "/emails/" in each.name
                ),
                key=lambda each: each.name,
            )
            found += [file.read() for each in files if (file := archive.extractfile(each))]
    return found


def mutant(mails: list[bytes], seed: int, number: int) -> bytes:
    """The mail of that number: the same for the same seed, whatever came before it."""
    draw = random.Random(f"{seed} {number}")
    raw = bytearray(draw.choice(mails))
    for _ in range(draw.choice((1, 1, 2, 3, 5, 12))):
        if raw:
            draw.choice(MUTATIONS)(raw, draw)
        del raw[400_000:]
    return bytes(raw)


def trouble_with(mail: Understood, raw: bytes, path: Path, files: Path) -> str:
    """Which promise is broken; empty if none is."""
    if path.read_bytes() != raw:
        return "the kept mail was changed"
    if sorted(path.name for path in files.iterdir()) != sorted(x.place for x in mail.attachments):
        return "the files are not those that were told"
    for file in mail.attachments:
        content = (files / file.place).read_bytes()
        if (len(content), hashlib.sha256(content).hexdigest()) != (file.size, file.sha256):
            return "a file is not as it was told"
    for text in (mail.subject, mail.text, mail.visible, mail.html, *mail.notes):
        if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
            return "a text cannot be stored"
    if mail.text.strip() and not mail.visible.strip():
        return "nothing of it is shown"
    if bool(mail.sender) == bool(mail.sender_trouble):
        return "it has neither a sender nor a reason for none, or both"
    return ""


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--count", type=int, default=50_000)
    asked.add_argument("--seed", type=int, default=20250310)
    asked.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "mutants")
    args = asked.parse_args()
    mails, counts, troubles = originals(), Counter[str](), dict[str, str]()
    worst, worst_number, began = 0.0, -1, time.monotonic()
    reader = parse.reader()
    with tempfile.TemporaryDirectory() as folder:
        path, files = Path(folder) / "mail", Path(folder) / "files"
        files.mkdir()
        for number in range(args.count):
            raw = mutant(mails, args.seed, number)
            path.write_bytes(raw)
            for left in files.iterdir():
                left.unlink()
            start = time.monotonic()
            try:
                mail = reader.parse(path, files, "" if number % 50 == 0 else None)
            except parse.Unreadable as wrong:
                counts["unreadable"] += 1
                trouble = "" if path.read_bytes() == raw else f"lost: {wrong}"
            else:
                is_little = any("could not be taken apart" in note for note in mail.notes)
                counts["by its headers" if is_little else "understood"] += 1
                trouble = trouble_with(mail, raw, path, files)
                if is_little:
                    troubles.setdefault(f"mutant {number}", "read by its headers alone")
            span = time.monotonic() - start
            if span > worst:
                worst, worst_number = span, number
            if span > LONGEST_SPAN:
                trouble = trouble or f"it took {span:.1f} s"
            if trouble:
                counts["broken promises"] += 1
                troubles[f"mutant {number}"] = trouble
                args.keep.mkdir(parents=True, exist_ok=True)
                (args.keep / f"{number}.eml").write_bytes(raw)
    reader.stop()
    print(
        json.dumps(
            {
                "fuzz": "mutants",
                "seed": args.seed,
                "originals": len(mails),
                "mails": args.count,
                **{name: counts[name] for name in ("understood", "by its headers", "unreadable")},
                "broken_promises": counts["broken promises"],
                "worst_seconds": round(worst, 3),
                "worst": worst_number,
                "seconds": round(time.monotonic() - began, 1),
                "troubles": dict(list(troubles.items())[:20]),
            }
        )
    )
    return 1 if counts["broken promises"] else 0


if __name__ == "__main__":
    sys.exit(main())
