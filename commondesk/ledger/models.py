"""The tables of the record: its entries, the head of each company's chain, and words."""

from typing import Any, NoReturn

from django.db import models


class ImmutableEntry(TypeError):
    """An entry of the record was to be changed or removed."""


class ChainHead(models.Model):
    """Where the chain of a company ends: how many entries, and the digest of the last."""

    company = models.UUIDField(primary_key=True)
    sequence = models.BigIntegerField()
    digest = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.company} at {self.sequence}"


class UnchangingEntries(models.QuerySet["Entry"]):
    """Entries can be read, and added by the store; nothing else."""

    def update(self, **kwargs: Any) -> NoReturn:
        raise ImmutableEntry("an entry of the record is never changed: append a correcting event")

    def delete(self) -> NoReturn:
        raise ImmutableEntry("an entry of the record is never removed")


class Entry(models.Model):
    """One event of a company's record, in the very text that its digest is made of."""

    company = models.UUIDField()
    sequence = models.BigIntegerField()
    stream = models.CharField(max_length=64)
    position = models.BigIntegerField()
    name = models.CharField(max_length=64)
    version = models.IntegerField()
    happened_at = models.BigIntegerField()
    learnt_at = models.BigIntegerField()
    certainty = models.CharField(max_length=16)
    actor = models.TextField()
    body = models.TextField()
    digest = models.CharField(max_length=64)

    objects = UnchangingEntries.as_manager()

    class Meta:
        verbose_name_plural = "entries"
        constraints = [
            models.UniqueConstraint(fields=["company", "sequence"], name="entry_sequence"),
            models.UniqueConstraint(fields=["company", "stream", "position"], name="entry_place"),
        ]

    def __str__(self) -> str:
        return f"{self.sequence}: {self.name} ({self.stream}, {self.position})"

    def save(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise ImmutableEntry("entries are written by ledger.store.append alone")

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise ImmutableEntry("an entry of the record is never removed")


class Words(models.Model):
    """What somebody wrote, or a file. Erased, only its id, place and kind are left."""

    id = models.CharField(primary_key=True, max_length=36)
    company = models.UUIDField()
    stream = models.CharField(max_length=64)
    kind = models.CharField(max_length=32)
    text = models.TextField(null=True)
    salt = models.BinaryField(null=True)
    has_file = models.BooleanField(default=False)
    erased_at = models.BigIntegerField(null=True)

    class Meta:
        verbose_name_plural = "words"
        indexes = [
            models.Index(fields=["company", "stream"], name="words_place"),
            models.Index(
                fields=["erased_at"],
                name="words_unremoved_files",
                condition=models.Q(has_file=True, erased_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"
