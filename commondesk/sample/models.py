"""A play that somebody asked for on a page. The row goes when the play is over."""

from __future__ import annotations

from django.db import models


class Play(models.Model):
    """There is one at most: its key is always 1. Times are instants in microseconds."""

    class State(models.TextChoices):
        ASKED = "asked"
        PLAYING = "playing"
        FAILED = "failed"

    ONE = 1

    state = models.CharField(max_length=7, choices=State.choices, default=State.ASKED)
    person = models.UUIDField()
    """Who asked for it, and will look at it."""
    asked_at = models.BigIntegerField()
    beat_at = models.BigIntegerField()
    """When it was last heard of."""
    day = models.PositiveIntegerField(default=0)
    days = models.PositiveIntegerField(default=0)
    tickets = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"a play, {self.state}"
