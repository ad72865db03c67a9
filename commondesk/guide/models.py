"""Who put the first steps aside."""

from __future__ import annotations

from django.db import models


class PutAside(models.Model):
    """Somebody does not want to be reminded of the first steps at a company. It binds nobody else.

    A wish about a screen and no fact about the desk: it stands outside of the record.
    """

    company = models.UUIDField()
    person = models.UUIDField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "person"], name="guide_put_aside_once"),
        ]

    def __str__(self) -> str:
        return f"put aside by {self.person}"
