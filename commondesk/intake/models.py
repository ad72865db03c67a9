"""The mails that came, each once, the addresses that they come to, and where they are fetched."""

from __future__ import annotations

import uuid

from django.db import models


class Mailbox(models.Model):
    """An address of a desk. Mail to it, with any `+tag`, is for that company.

    One without a company serves many: the sender's domain says which.
    """

    address = models.CharField(max_length=254, unique=True)
    company = models.UUIDField(null=True, blank=True)
    service = models.TextField(blank=True)
    """What mail to this address is about, unless something else is known."""

    def __str__(self) -> str:
        return self.address


class MailAccount(models.Model):
    """A mailbox on another server that mail is fetched from by IMAP. Times are microseconds."""

    class Security(models.TextChoices):
        TLS = "tls"
        STARTTLS = "starttls"
        NONE = "none"

    class Done(models.TextChoices):
        FLAG = "flag"
        MOVE = "move"

    mailbox = models.ForeignKey(Mailbox, models.CASCADE, related_name="accounts")
    host = models.CharField(max_length=253)
    port = models.PositiveIntegerField(default=993)
    security = models.CharField(max_length=8, choices=Security.choices, default=Security.TLS)
    username = models.CharField(max_length=254)
    sealed_password = models.TextField()
    """Encrypted with a key of this installation; never shown again."""
    folder = models.CharField(max_length=255, default="INBOX")
    done = models.CharField(max_length=4, choices=Done.choices, default=Done.FLAG)
    done_folder = models.CharField(max_length=255, blank=True)
    trusted_host = models.CharField(max_length=253, blank=True)
    """Whose Authentication-Results lines are believed: the name that server writes in them."""
    uid_validity = models.BigIntegerField(null=True, blank=True)
    last_uid = models.BigIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    is_guarded = models.BooleanField(default=False)
    """Entered on a page: its server is asked only where pages may have us ask (imap/reach.py)."""
    looked_at = models.BigIntegerField(null=True, blank=True)
    last_error = models.TextField(blank=True)
    """For whoever runs the installation: it may repeat what the server said."""
    last_why = models.CharField(max_length=16, blank=True)
    """The same in one word, for pages."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["host", "port", "username", "folder"], name="intake_one_account_a_folder"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.username} at {self.host}"


class RawMail(models.Model):
    """A mail as it came, and what became of it. Times are instants in microseconds."""

    class State(models.TextChoices):
        RECEIVED = "received"
        FILED = "filed"
        HELD = "held"
        FAILED = "failed"

    class Source(models.TextChoices):
        SMTP = "smtp"
        LMTP = "lmtp"
        IMAP = "imap"
        GIVEN = "given"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
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
    source = models.CharField(max_length=5, choices=Source.choices, default=Source.SMTP)
    account = models.ForeignKey(MailAccount, models.SET_NULL, null=True, blank=True)

    state = models.CharField(max_length=8, choices=State.choices, default=State.RECEIVED)
    reason = models.TextField(blank=True)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.BigIntegerField(null=True, blank=True)
    """None where nothing more is tried: it is done, or waits for a person."""

    held_as = models.CharField(max_length=14, blank=True)  # a HeldReason while it is held
    settled_as = models.CharField(max_length=9, blank=True)  # a MailDecision once it was decided
    check_result = models.CharField(max_length=6, blank=True)  # a SenderCheck
    check_finding = models.TextField(blank=True)
    subject = models.TextField(blank=True)
    likeness = models.CharField(max_length=64, blank=True)
    """A digest of its subject and text without digits: mails of one machine look alike."""

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
            models.Index(fields=["company", "state", "received_at"], name="intake_of_company"),
            models.Index(fields=["sender", "acknowledged_at"], name="intake_acknowledged"),
            models.Index(fields=["sender", "received_at"], name="intake_by_sender"),
            models.Index(fields=["words"], name="intake_by_words"),
        ]

    def __str__(self) -> str:
        return f"mail {self.sha256[:12]}"


class BlockedSender(models.Model):
    """An address whose mail is discarded. A projection of the stream of mail."""

    company = models.UUIDField()
    address = models.CharField(max_length=254)
    words = models.CharField(max_length=64)
    """The id of the address as words: erased there, it is wiped here."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "address"], name="intake_blocked_once"),
        ]
