"""The mails that came, each once, and the addresses that they come to."""

from __future__ import annotations

from django.db import models


class Mailbox(models.Model):
    """An address of a desk. Mail to it, with any `+tag`, is for that company."""

    address = models.CharField(max_length=254, unique=True)
    company = models.UUIDField()
    service = models.TextField(blank=True)
    """What mail to this address is about, unless something else is known."""

    def __str__(self) -> str:
        return self.address


class RawMail(models.Model):
    """A mail as it came, and what became of it. Times are instants in microseconds."""

    class State(models.TextChoices):
        RECEIVED = "received"
        FILED = "filed"
        HELD = "held"
        FAILED = "failed"

    sha256 = models.CharField(max_length=64)
    scope = models.CharField(max_length=64)
    """Within this the same bytes are the same mail: a company, or else the recipients' hash."""
    company = models.UUIDField(null=True, blank=True)
    received_at = models.BigIntegerField()
    path = models.TextField(blank=True)
    """Below the data folder; empty once the words of the record hold it."""
    words = models.CharField(max_length=64, blank=True)
    size = models.PositiveBigIntegerField()
    envelope_from = models.TextField(blank=True)
    envelope_to = models.JSONField(default=list)
    peer = models.CharField(max_length=64, blank=True)
    helo = models.TextField(blank=True)

    state = models.CharField(max_length=8, choices=State.choices, default=State.RECEIVED)
    reason = models.TextField(blank=True)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.BigIntegerField(null=True, blank=True)
    """None where nothing more is tried: it is done, or waits for a person."""

    sender = models.TextField(blank=True)
    automatic = models.TextField(blank=True)
    ticket = models.UUIDField(null=True, blank=True)
    message = models.CharField(max_length=64, blank=True)
    acknowledged_at = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sha256", "scope"], name="intake_each_mail_once"),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=models.Q(next_attempt_at__isnull=False),
                name="intake_waiting",
            ),
            models.Index(fields=["state", "received_at"], name="intake_by_state"),
            models.Index(fields=["sender", "acknowledged_at"], name="intake_acknowledged"),
            models.Index(fields=["words"], name="intake_by_words"),
        ]

    def __str__(self) -> str:
        return f"mail {self.sha256[:12]}"
