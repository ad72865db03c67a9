"""Fills the gaps of a wording. `{subject}` is a gap; there is nothing else to learn, or to abuse.

What is filled in is never looked at again: a subject that reads `{link}` stays just that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set

_GAP = re.compile(r"\{([^{}\n]{0,60})\}")


class UnfitWording(ValueError):
    """A wording names a gap that nothing fills. The text says which, and in which line."""


def gaps_of(text: str) -> list[str]:
    """The names in braces, in order."""
    return _GAP.findall(text)


def refuse_unknown(text: str, known: Set[str], *, first_line: int = 1) -> None:
    """Raise UnfitWording for the first gap that is not among those known."""
    for number, line in enumerate(text.split("\n"), first_line):
        for name in gaps_of(line):
            if name not in known:
                raise UnfitWording(
                    f"line {number}: {{{name}}} is no placeholder here; "
                    f"there are {', '.join(f'{{{each}}}' for each in sorted(known))}"
                )


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its gaps filled; a line whose gaps all stay empty goes, and its gap with it."""
    return re.sub(r"\n{3,}", "\n\n", "\n".join(_filled_lines(text, values))).strip("\n")


def filled_line(text: str, values: Mapping[str, str]) -> str:
    """One line with its gaps filled."""
    return _GAP.sub(lambda found: values.get(found[1], ""), text)


def _filled_lines(text: str, values: Mapping[str, str]) -> Iterator[str]:
    for line in text.split("\n"):
        names = gaps_of(line)
        if not names or any(values.get(name) for name in names):
            yield filled_line(line, values)
