"""The texts of our samples of quotes and signatures, without their marks."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent.parent / "mail" / "letters"


def samples() -> list[str]:
    texts = (path.read_text() for path in sorted(FOLDER.glob("*.txt")))
    blocks = [block for text in texts for block in text.split("%% style ")[1:]]
    return [_without_marks(block) for block in blocks]


def _without_marks(block: str) -> str:
    return "\n".join(line for line in block.split("\n")[1:] if line[:3] != "%% ")
