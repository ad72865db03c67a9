"""Coverage-guided fuzzing of the reader of mails, with atheris.

`python -m tests.fuzz.atheris_mail FOLDER [libFuzzer options such as -max_total_time=3600]`
Atheris is not among our dependencies; without it the command says how to get it. New inputs go to
FOLDER/corpus. What breaks the reader is left in FOLDER as crash-…, slow-unit-… or timeout-….
"""

from __future__ import annotations

import importlib
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

try:
    atheris: Any = importlib.import_module("atheris")
except ImportError:
    sys.exit(
        "atheris is missing. Make an environment of its own for it:\n"
        "  python -m venv /tmp/fuzz && /tmp/fuzz/bin/pip install -r requirements.txt atheris\n"
        "  /tmp/fuzz/bin/python -m tests.fuzz.atheris_mail /tmp/fuzz-mail -max_total_time=3600"
    )

with atheris.instrument_imports(include=["commondesk.intake.mail", "email"]):
    from commondesk.intake.mail.reading import understand, understand_little
    from commondesk.intake.mail.understood import json_of, understood_of

from . import letters, mutants

SAMPLES = Path(__file__).parent.parent / "mail" / "samples"
LONGEST_SPAN = 2.0
"""Seconds of computing for one input; they are of a few kilobytes."""
FILES = Path(tempfile.mkdtemp(prefix="fuzz-mail-"))


class Wrong(Exception):
    """The reader broke a promise."""


def test_one(data: bytes) -> None:
    for left in FILES.iterdir():
        left.unlink()
    began = time.process_time()
    mail = understand(data, FILES, None if len(data) % 2 else "rita@acme.example")
    if time.process_time() - began > LONGEST_SPAN:
        raise Wrong("it took too long")
    if understood_of(json_of(mail)) != mail:
        raise Wrong("it does not go through JSON and back")
    for text in (mail.subject, mail.text, mail.visible, mail.html, *mail.notes):
        text.encode()
        if "\x00" in text:
            raise Wrong("it holds what cannot be stored")
    if sorted(file.place for file in mail.attachments) != sorted(p.name for p in FILES.iterdir()):
        raise Wrong("a file is missing")
    if mail.text.strip() and not mail.visible.strip():
        raise Wrong("nothing of it is shown")
    understand_little(data, FILES)


def mutated(data: bytes, max_size: int, seed: int) -> bytes:
    """Changed as a mail is spoilt, or byte by byte as libFuzzer does, each half of the times."""
    draw = random.Random(seed)
    if draw.random() < 0.5 and data:
        raw = bytearray(data)
        draw.choice(mutants.MUTATIONS)(raw, draw)
        return bytes(raw[:max_size])
    changed: bytes = atheris.Mutate(data, max_size)
    return changed


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp())
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for sample in SAMPLES.glob("*.eml"):
        shutil.copy(sample, corpus / sample.name)
    for count, letter in enumerate(letters.samples()):
        (corpus / f"letter-{count}").write_text(f"From: a@b.example\nSubject: Re: x\n\n{letter}")
    options = [f"-artifact_prefix={folder}/", "-timeout=20", "-rss_limit_mb=2048"]
    # Mails of all lengths from the start: a part within a part needs room.
    options += ["-max_len=16384", "-len_control=0"]
    words = [sys.argv[0], *options, *sys.argv[2:], str(corpus)]
    atheris.Setup(words, test_one, custom_mutator=mutated)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
