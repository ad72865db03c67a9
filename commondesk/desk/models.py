"""What the screens read: projections of the record, and mail that waits to go out.

Everything here but OutgoingMail, MailRef and NumberCounter may be dropped and rebuilt.
"""

from __future__ import annotations

from uuid import UUID

from django.db import models


class TicketRow(models.Model):
    """A ticket as it stands after its latest event. Times are instants in microseconds."""

    uuid = models.UUIDField(primary_key=True)
    company = models.UUIDField()
    number = models.PositiveIntegerField()
    position = models.PositiveIntegerField()

    subject = models.TextField()
    requester = models.UUIDField()
    requester_title = models.TextField()
    kind = models.CharField(max_length=10)
    service = models.TextField(blank=True)
    item = models.TextField(blank=True)
    site = models.TextField(blank=True)
    category = models.TextField(blank=True)
    channel = models.CharField(max_length=10)
    opening = models.CharField(max_length=15)

    status = models.CharField(max_length=10)
    waits_on = models.TextField(blank=True)  # reasons with commas between them
    priority = models.CharField(max_length=2)
    is_priority_provisional = models.BooleanField(default=False)
    impact = models.PositiveSmallIntegerField(default=0)
    urgency = models.PositiveSmallIntegerField(default=0)

    owner = models.UUIDField(null=True, blank=True)
    owner_title = models.TextField(blank=True)
    team = models.TextField(blank=True)
    tier = models.CharField(max_length=8, blank=True)
    accountable = models.UUIDField(null=True, blank=True)
    accountable_title = models.TextField(blank=True)
    offered_to = models.TextField(blank=True)  # a person's uuid, or a team
    offered_at = models.BigIntegerField(null=True, blank=True)
    is_offer_lapsed = models.BooleanField(default=False)
    unowned_since = models.BigIntegerField(null=True, blank=True)  # while nobody has it
    providers = models.TextField(blank=True)  # ",uuid,uuid,": all whose hands it was offered to
    leg_charter = models.CharField(max_length=36, blank=True)  # another provider's, while it has it
    vendor = models.TextField(blank=True)  # who has a part of it now
    vendor_since = models.BigIntegerField(null=True, blank=True)
    vendor_due_at = models.BigIntegerField(null=True, blank=True)

    opened_at = models.BigIntegerField()
    updated_at = models.BigIntegerField()
    restored_at = models.BigIntegerField(null=True, blank=True)
    resolved_at = models.BigIntegerField(null=True, blank=True)
    closed_at = models.BigIntegerField(null=True, blank=True)
    reopens = models.PositiveIntegerField(default=0)
    merged_into = models.UUIDField(null=True, blank=True)
    copies = models.JSONField(default=list)  # the uuids of the people on copy
    time_spent = models.BigIntegerField(default=0)

    last_word = models.TextField(blank=True)
    last_word_by = models.TextField(blank=True)
    has_unread = models.BooleanField(default=False)

    charter = models.CharField(max_length=36, blank=True)
    due_clock = models.CharField(max_length=10, blank=True)
    due_at = models.BigIntegerField(null=True, blank=True)
    due_state = models.CharField(max_length=7, default="none")  # running, paused, missed, none
    used_share = models.IntegerField(null=True, blank=True)  # percent, when updated
    missed_at = models.BigIntegerField(null=True, blank=True)  # the first miss that was recorded
    wakes_at = models.BigIntegerField(null=True, blank=True)  # when the sweep must look at it
    shelf = models.PositiveSmallIntegerField(null=True, blank=True)  # queries.Shelf; none: not open
    shelf_at = models.BigIntegerField(default=0)  # its place on the shelf

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="desk_one_ticket_a_number"),
        ]
        indexes = [
            models.Index(
                fields=["company", "shelf", "shelf_at", "number"],
                condition=models.Q(shelf__isnull=False),
                name="desk_queue",
            ),
            models.Index(
                fields=["company", "owner", "shelf", "shelf_at", "number"],
                condition=models.Q(shelf__isnull=False),
                name="desk_owned",
            ),
            models.Index(
                fields=["company", "team", "shelf", "shelf_at", "number"],
                condition=models.Q(shelf__isnull=False),
                name="desk_of_team",
            ),
            models.Index(
                fields=["company", "offered_to"],
                condition=~models.Q(offered_to=""),
                name="desk_offered",
            ),
            models.Index(
                fields=["company", "vendor_due_at"],
                condition=models.Q(vendor_since__isnull=False),
                name="desk_with_vendor",
            ),
            models.Index(
                fields=["company", "offered_to", "shelf", "shelf_at", "number"],
                condition=models.Q(shelf__isnull=False),
                name="desk_offered_shelf",
            ),
            models.Index(
                fields=["company", "shelf", "shelf_at", "number"],
                condition=models.Q(shelf__isnull=False, vendor_since__isnull=False),
                name="desk_vendor_shelf",
            ),
            models.Index(
                fields=["company", "shelf", "shelf_at", "number"],
                condition=models.Q(shelf__isnull=False, status="waiting"),
                name="desk_waiting_shelf",
            ),
            models.Index(
                fields=["company", "resolved_at", "number", "status"],
                condition=models.Q(resolved_at__isnull=False),
                name="desk_solved",
            ),
            models.Index(fields=["company", "updated_at", "number"], name="desk_by_change"),
            models.Index(
                fields=["wakes_at"], condition=models.Q(wakes_at__isnull=False), name="desk_wakes"
            ),
            models.Index(fields=["company", "requester", "number"], name="desk_requester"),
        ]

    def __str__(self) -> str:
        return f"ticket {self.number}"


class MessageRow(models.Model):
    """A message or note of a ticket. Times are instants in microseconds."""

    id = models.CharField(max_length=64, primary_key=True)
    ticket = models.ForeignKey(TicketRow, models.CASCADE, related_name="messages")
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=8)  # received, written, note, vendor (written to one)
    author = models.CharField(max_length=64)  # a person's uuid, or a machine's name
    author_title = models.TextField()
    side = models.CharField(max_length=10)
    audience = models.CharField(max_length=10)  # everyone, both_teams, own_team
    provider = models.CharField(max_length=36, blank=True)  # whose team wrote a note
    leg = models.CharField(max_length=64, blank=True)  # the vendor's, for words to or from one
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    happened_at = models.BigIntegerField()
    delivered_at = models.BigIntegerField(null=True, blank=True)
    is_automatic = models.BooleanField(default=False)
    is_templated = models.BooleanField(default=False)
    asks = models.BooleanField(default=False)
    channel = models.CharField(max_length=10, blank=True)
    to = models.JSONField(default=list)
    copies = models.JSONField(default=list)  # the uuids of people who got it beside them
    copied = models.TextField(blank=True)  # other addresses that a mail went to, one a line
    folds = models.JSONField(default=list)  # [{kind, start, end}] of text, in order
    check_result = models.CharField(max_length=6, blank=True)  # a SenderCheck, for what came in
    attachments = models.JSONField(default=list)  # [{id, name, media_type, size}]
    bounced = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["ticket", "position"], name="desk_conversation")]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class MailRef(models.Model):
    """A Message-ID that belongs to a message of a ticket. emitted: we made it ourselves."""

    company = models.UUIDField()
    message_id = models.CharField(max_length=998)
    ticket = models.UUIDField()
    message = models.CharField(max_length=64, blank=True)
    emitted = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "message_id"], name="desk_one_message_a_mail_id"
            ),
        ]
        indexes = [models.Index(fields=["ticket"], name="desk_mail_of_ticket")]


NOTHING = UUID(int=0)
"""Stands where a letter names no ticket, or no company."""


class OutgoingMail(models.Model):
    """A mail on its way out, with how far it has come."""

    class State(models.TextChoices):
        QUEUED = "queued"
        SENDING = "sending"
        SENT = "sent"
        FAILED = "failed"

    class Kind(models.TextChoices):
        MESSAGE = "message"
        NOTICE = "notice"
        LETTER = "letter"  # to a person, about no ticket: an invitation, a forgotten password

    company = models.UUIDField()  # of a letter that is about no company: NOTHING
    ticket = models.UUIDField()  # of a letter: NOTHING
    kind = models.CharField(max_length=7, choices=Kind.choices, default=Kind.MESSAGE)
    message = models.CharField(max_length=64, blank=True)  # empty for a notice
    mail_from = models.TextField()
    envelope_to = models.JSONField(default=list)
    message_id = models.CharField(max_length=998)
    content = models.BinaryField()
    state = models.CharField(max_length=7, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.BigIntegerField()
    last_error = models.TextField(blank=True)
    created_at = models.BigIntegerField()
    sent_at = models.BigIntegerField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["state", "next_attempt_at"], name="desk_mail_due"),
            models.Index(fields=["ticket"], name="desk_outgoing_of_ticket"),
        ]


class SuppressedAddress(models.Model):
    """An address that mail failed for, for good. A projection of the stream of mail."""

    company = models.UUIDField()
    address = models.CharField(max_length=254)
    words = models.CharField(max_length=64)
    """The id of the address as words: erased there, it is wiped here."""
    reason = models.TextField(blank=True)
    since = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "address"], name="desk_suppressed_once"),
        ]


class MailTemplate(models.Model):
    """How a company words a mail of its desk. A projection of the company's own stream."""

    company = models.UUIDField()
    template = models.CharField(max_length=30)
    language = models.CharField(max_length=2)
    subject = models.TextField()
    text = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "template", "language"], name="desk_one_template_a_language"
            ),
        ]


class CannedReply(models.Model):
    """A reply that agents use again and again. provider: whose it is. A projection."""

    uuid = models.UUIDField(primary_key=True)
    company = models.UUIDField()
    provider = models.CharField(max_length=36, blank=True)
    title = models.CharField(max_length=200)
    text = models.TextField()
    words = models.CharField(max_length=64)
    """The id of the text as words: erased there, it is wiped here."""

    class Meta:
        indexes = [models.Index(fields=["company", "provider"], name="desk_canned_of")]


class SearchTicket(models.Model):
    """A ticket's number in the index of words: the later it is known, the higher."""

    id = models.BigAutoField(primary_key=True)
    ticket = models.UUIDField(unique=True)


class SearchEntry(models.Model):
    """A document of the index of words. id: see search.BITS; message: empty for a bare ticket."""

    id = models.BigIntegerField(primary_key=True)
    message = models.CharField(max_length=64, blank=True)


class SearchWaiting(models.Model):
    """A ticket with messages that are in no index yet: search.catch_up takes them in."""

    company = models.UUIDField()
    ticket = models.UUIDField()


class RowsMade(models.Model):
    """By which version of our code the rows of a company were made last."""

    company = models.UUIDField(primary_key=True)
    version = models.PositiveIntegerField()


class NumberCounter(models.Model):
    """The last ticket number given out in a company; numbers are never used twice."""

    company = models.UUIDField(primary_key=True)
    last = models.PositiveIntegerField(default=0)
