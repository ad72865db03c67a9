"""What a program was told already, so that asking again does nothing twice."""

from __future__ import annotations

from django.db import models


class IdempotentAnswer(models.Model):
    """The answer to a request that carried an Idempotency-Key. It holds no words of people."""

    company = models.UUIDField()
    person = models.UUIDField()
    key = models.CharField(max_length=200)
    request = models.CharField(max_length=64)
    """A keyed hash of the request: of what was asked nothing can be read back."""
    answer = models.TextField()
    expires_at = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "person", "key"], name="api_one_answer_a_key"
            ),
        ]
        indexes = [models.Index(fields=["expires_at"], name="api_answer_over")]
