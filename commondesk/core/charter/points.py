"""The six points that must be filled before anybody signs."""

from __future__ import annotations

from .schema import Charter, Points, fields_of

POINTS = tuple(each.name for each in fields_of(Points))


def unfilled_points(charter: Charter) -> tuple[str, ...]:
    """Which of the six are still empty."""
    return tuple(name for name in POINTS if not getattr(charter.points, name).strip())
