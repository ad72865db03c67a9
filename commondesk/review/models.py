"""What figures are made from, kept so that a page need not read the record: a projection of it.

All of it may be dropped and rebuilt. Rows hold the facts of core/metrics/facts.py, field by field.
"""

from __future__ import annotations

from django.db import models

NEVER = 1 << 62
"""Stands where an instant is not known yet, so that ranges need no second condition."""


class FactsMade(models.Model):
    """How far the facts of a company follow its record.

    version and scheme are what they were made by. redo_after: tickets opened after that place in
    the record are still to be made anew; null: none.
    """

    company = models.UUIDField(primary_key=True)
    sequence = models.BigIntegerField()
    version = models.PositiveIntegerField()
    scheme = models.TextField()
    redo_after = models.BigIntegerField(null=True, blank=True)

    def __str__(self) -> str:
        return f"facts of {self.company} to {self.sequence}"


class Member(models.Model):
    """To which thread a ticket belongs: tickets that could make one case under some lens."""

    ticket = models.CharField(max_length=64, primary_key=True)
    company = models.UUIDField()
    thread = models.CharField(max_length=64)

    class Meta:
        indexes = [models.Index(fields=["company", "thread"], name="review_members")]

    def __str__(self) -> str:
        return f"{self.ticket} in {self.thread}"


class Matter(models.Model):
    """What the tickets of a thread are about, and from when to when another may join them."""

    company = models.UUIDField()
    thread = models.CharField(max_length=64)
    key = models.CharField(max_length=64)
    begins_at = models.BigIntegerField()
    ends_at = models.BigIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["company", "key", "begins_at"], name="review_matters"),
            models.Index(fields=["company", "thread"], name="review_matter_thread"),
        ]

    def __str__(self) -> str:
        return f"{self.key} of {self.thread}"


class ClosedPeriod(models.Model):
    """A period whose figures are settled: a projection of `period.closed`.

    from_at and until_at are its begin and end; sequence is the place of the closing in the record.
    figures is canonical JSON, as in the event.
    """

    company = models.UUIDField()
    first = models.DateField()
    last = models.DateField()
    from_at = models.BigIntegerField()
    until_at = models.BigIntegerField()
    sequence = models.BigIntegerField()
    closed_at = models.BigIntegerField()
    by = models.CharField(max_length=100)
    figures = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "until_at", "from_at"], name="review_closed_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first} to {self.last}, closed"


class LateEvent(models.Model):
    """An event of a ticket that was learnt after a period was closed in which it happened."""

    company = models.UUIDField()
    sequence = models.BigIntegerField()
    stream = models.CharField(max_length=64)
    position = models.BigIntegerField()
    happened_at = models.BigIntegerField()
    learnt_at = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "sequence"], name="review_late_once"),
        ]

    def __str__(self) -> str:
        return f"late event {self.sequence}"


class Held(models.Model):
    """A fact with its thread, from when on it holds, and until when if nothing happens.

    settled_at: a period that begins after it has nothing of this row; NEVER while it is open.
    """

    company = models.UUIDField()
    thread = models.CharField(max_length=64)
    changed_at = models.BigIntegerField()
    stale_at = models.BigIntegerField(default=NEVER)
    settled_at = models.BigIntegerField(default=NEVER)

    class Meta:
        abstract = True


class TicketFact(Held):
    """core.metrics.facts.TicketFacts."""

    ticket = models.CharField(max_length=64, primary_key=True)
    requester = models.CharField(max_length=64)
    channel = models.CharField(max_length=10)
    kind = models.CharField(max_length=10)
    priority = models.CharField(max_length=2)
    service = models.TextField()
    item = models.TextField()
    site = models.TextField()
    opening = models.CharField(max_length=15)
    started_at = models.BigIntegerField()
    solved_at = models.BigIntegerField(null=True)
    first_resolved_at = models.BigIntegerField(null=True)
    is_alone = models.BooleanField()
    ownerless = models.BigIntegerField()
    ownerless_wall = models.BigIntegerField()
    lost = models.BigIntegerField()
    calendar = models.TextField()
    lost_calendar = models.TextField()
    owners = models.TextField()
    bounces = models.TextField()
    functional = models.PositiveIntegerField()
    hierarchical = models.PositiveIntegerField()
    reopens = models.TextField()
    thanks = models.TextField()
    joined = models.CharField(max_length=6)
    first_automatic = models.BigIntegerField(null=True)
    first_reply = models.CharField(max_length=10)
    hands = models.TextField()
    alike = models.TextField(default="")
    """The same text where tickets count alike: commondesk/review/alike.py."""

    class Meta:
        # What a page counts stands in an index whole: it reads no row.
        indexes = [
            models.Index(
                fields=["company", "settled_at", "started_at", "is_alone"], name="review_open"
            ),
            models.Index(fields=["company", "started_at"], name="review_begun"),
            models.Index(fields=["company", "solved_at"], name="review_solved"),
            models.Index(fields=["company", "alike", "started_at"], name="review_alike_begun"),
            models.Index(
                fields=["company", "alike", "first_resolved_at"], name="review_alike_solved"
            ),
            models.Index(
                fields=["company", "started_at", "first_automatic"],
                condition=models.Q(first_automatic__isnull=False),
                name="review_automatic",
            ),
            models.Index(
                fields=[
                    *("company", "is_alone", "calendar", "started_at", "opening"),
                    *("ownerless", "ownerless_wall"),
                ],
                name="review_alone",
            ),
            *(
                models.Index(
                    fields=[
                        *("company", kind, "lost_calendar", "started_at", "opening"),
                        *("settled_at", "lost"),
                    ],
                    name=f"review_lost_{kind}",
                )
                for kind in ("service", "item", "site", "requester")
            ),
            models.Index(fields=["company", "thread"], name="review_ticket_thread"),
            models.Index(fields=["company", "changed_at"], name="review_ticket_changed"),
            models.Index(
                fields=["company", "stale_at"],
                condition=models.Q(stale_at__lt=NEVER),
                name="review_ticket_stale",
            ),
        ]

    def __str__(self) -> str:
        return f"facts of {self.ticket}"


class OutcomeFact(Held):
    """core.metrics.outcome.Outcome."""

    ticket = models.CharField(max_length=64)
    others = models.TextField()
    clock = models.CharField(max_length=10)
    cycle = models.PositiveIntegerField()
    lenses = models.TextField()
    started_at = models.BigIntegerField()
    due_at = models.BigIntegerField(null=True)
    ended_at = models.BigIntegerField(null=True)
    holds_at = models.BigIntegerField(null=True)
    apart = models.CharField(max_length=15)
    is_paused = models.BooleanField()
    used = models.BigIntegerField()
    calendar = models.TextField()
    priority = models.CharField(max_length=2)
    flags = models.TextField()
    alike = models.TextField(default="")
    """The same text where units count alike: commondesk/review/alike.py."""

    class Meta:
        indexes = [
            models.Index(
                fields=["company", "alike", "due_at", "ended_at", "started_at"],
                name="review_alike_due",
            ),
            models.Index(
                fields=["company", "alike", "ended_at", "due_at"], name="review_alike_ended"
            ),
            models.Index(
                fields=["company", "alike", "started_at", "used", "calendar"],
                name="review_alike_used",
            ),
            models.Index(
                fields=["company", "alike", "holds_at", "due_at", "ended_at"],
                condition=models.Q(holds_at__isnull=False),
                name="review_alike_holds",
            ),
            models.Index(fields=["company", "settled_at"], name="review_outcomes"),
            models.Index(fields=["company", "thread"], name="review_outcome_thread"),
        ]

    def __str__(self) -> str:
        return f"{self.clock} of {self.ticket}"


class SignFact(models.Model):
    """core.metrics.signs.Sign, with the ticket that shows it and when that was opened."""

    company = models.UUIDField()
    thread = models.CharField(max_length=64)
    ticket = models.CharField(max_length=64)
    started_at = models.BigIntegerField()
    kind = models.CharField(max_length=20)
    at = models.BigIntegerField()
    until_at = models.BigIntegerField(default=NEVER)
    actor = models.TextField()

    class Meta:
        indexes = [
            models.Index(
                fields=["company", "kind", "started_at", "at", "until_at", "ticket"],
                name="review_signs_begun",
            ),
            models.Index(
                fields=["company", "kind", "at", "actor", "ticket"], name="review_signs_shown"
            ),
            models.Index(fields=["company", "thread"], name="review_sign_thread"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.ticket}"


class PartMade(models.Model):
    """A part of a page that takes long, as it was worked out last; dropped as one likes.

    key says what was asked. sequence is how far the facts were, took_ms how long it took, asked_at
    when somebody last wanted it. told holds numbers and keys, no words that people wrote.
    """

    company = models.UUIDField()
    part = models.CharField(max_length=20)
    key = models.CharField(max_length=120)
    sequence = models.BigIntegerField(default=-1)
    made_at = models.BigIntegerField(default=0)
    took_ms = models.PositiveIntegerField(default=0)
    asked_at = models.BigIntegerField(default=0)
    told = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "part", "key"], name="review_one_part_a_key")
        ]
        indexes = [models.Index(fields=["asked_at"], name="review_parts_asked")]

    def __str__(self) -> str:
        return f"{self.part} {self.key} of {self.company}"
