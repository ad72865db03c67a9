"""People, the companies whose desk this is, their teams, and who belongs where."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

ERASED = "[erased]"


def address_of(text: str) -> str:
    """The one form of a mail address that we store and compare."""
    return text.strip().lower()


class People(BaseUserManager["Person"]):
    """Finds people whichever way their address is written."""

    def get_by_natural_key(self, username: str | None) -> Person:
        return self.get(address=address_of(username or ""))


class Person(AbstractBaseUser):
    """Somebody who signs in, or who wrote to a desk. title is the name that people read."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    address = models.EmailField(max_length=254, unique=True, null=True, blank=True)
    title = models.CharField(max_length=200)
    is_active = models.BooleanField(default=True)
    language = models.CharField(max_length=2, blank=True)
    """What mails to them are written in; empty: what the company writes in."""
    manager = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+")

    USERNAME_FIELD = "address"
    EMAIL_FIELD = "address"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["title"]
    objects: ClassVar[People] = People()

    def __str__(self) -> str:
        return self.title

    def save(self, *args: object, **kwargs: object) -> None:
        if self.address is not None:
            self.address = address_of(self.address) or None
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    @property
    def is_anonymous(self) -> bool:  # type: ignore[override]
        return False


class Company(models.Model):
    """A company that keeps its record here. prefix begins its ticket numbers (`ACME-1042`)."""

    uuid = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.CharField(max_length=200)
    prefix = models.CharField(max_length=6, unique=True)
    zone = models.CharField(max_length=64)
    country = models.CharField(max_length=2, blank=True)
    desk_address = models.EmailField(max_length=254, blank=True)
    language = models.CharField(max_length=2, default="en")
    is_sample = models.BooleanField(default=False)
    """Made up: it may be removed whole, and no mail of it goes out. Its founding event says so."""
    is_playing = models.BooleanField(default=False)
    """A sample that is being written, at instants of the past: time brings nothing about in it."""

    def __str__(self) -> str:
        return self.title


class Domain(models.Model):
    """A mail domain of a company: whoever writes from it to a shared desk address is its."""

    name = models.CharField(max_length=253, unique=True)
    company = models.ForeignKey(Company, models.CASCADE, related_name="domains")

    def __str__(self) -> str:
        return self.name


class Provider(models.Model):
    """An organisation that supports companies. One installation may hold several."""

    uuid = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.CharField(max_length=200, unique=True)

    def __str__(self) -> str:
        return self.title


class Engagement(models.Model):
    """A provider serves a company, from an instant until another. A projection."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="engagements")
    provider = models.ForeignKey(Provider, models.CASCADE, related_name="engagements")
    since = models.BigIntegerField()
    until = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "provider"], name="accounts_one_engagement_a_provider"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} for {self.company}"


class Team(models.Model):
    """People of one side who take tickets of one tier. contact is accountable while nobody owns.

    provider is whose team it is, None for the company's own; it never changes.
    """

    company = models.ForeignKey(Company, models.CASCADE, related_name="teams")
    slug = models.SlugField(max_length=50)
    title = models.CharField(max_length=200)
    tier = models.CharField(max_length=8)
    side = models.CharField(max_length=10)
    provider = models.ForeignKey(
        Provider, models.PROTECT, null=True, blank=True, related_name="teams"
    )
    contact = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "slug"], name="accounts_one_team_a_slug"),
        ]

    def __str__(self) -> str:
        return self.title


class Membership(models.Model):
    """What a person is to a company. Without one, a company and all in it do not exist for them."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="memberships")
    company = models.ForeignKey(Company, models.CASCADE, related_name="memberships")
    side = models.CharField(max_length=10)
    roles = models.JSONField(default=list)
    team = models.ForeignKey(
        Team, models.SET_NULL, null=True, blank=True, related_name="memberships"
    )
    provider = models.ForeignKey(
        Provider, models.PROTECT, null=True, blank=True, related_name="memberships"
    )
    is_active = models.BooleanField(default=True)
    proven_at = models.BigIntegerField(null=True, blank=True)
    """When it was first shown that they have their address: an instant in microseconds."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "company"], name="accounts_one_membership_a_company"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} at {self.company}"


class Absence(models.Model):
    """Somebody is away, and who stands in for them. A projection. Times are in microseconds."""

    uuid = models.UUIDField(primary_key=True)
    company = models.ForeignKey(Company, models.CASCADE, related_name="+")
    person = models.ForeignKey(Person, models.CASCADE, related_name="absences")
    deputy = models.ForeignKey(Person, models.CASCADE, related_name="+")
    from_at = models.BigIntegerField()
    until_at = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["company", "until_at"], name="accounts_absent_until")]


class Invitation(models.Model):
    """Somebody was asked to join. The link in the mail works once; only a hash of it is kept."""

    uuid = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(Company, models.CASCADE, related_name="invitations")
    address = models.EmailField(max_length=254)
    title = models.CharField(max_length=200, blank=True)
    side = models.CharField(max_length=10)
    roles = models.JSONField(default=list)
    team = models.ForeignKey(Team, models.CASCADE, null=True, blank=True, related_name="+")
    provider = models.ForeignKey(Provider, models.CASCADE, null=True, blank=True, related_name="+")
    provider_title = models.CharField(max_length=200, blank=True)
    """What a provider that is new here calls itself; it is engaged when this is accepted."""
    digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(Person, models.CASCADE, related_name="+")
    created_at = models.BigIntegerField()
    expires_at = models.BigIntegerField()
    accepted_at = models.BigIntegerField(null=True, blank=True)
    withdrawn_at = models.BigIntegerField(null=True, blank=True)


class ApiToken(models.Model):
    """A person's key for programs, for one company. Only a hash of it is kept."""

    uuid = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(Company, models.CASCADE, related_name="+")
    person = models.ForeignKey(Person, models.CASCADE, related_name="tokens")
    title = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    created_at = models.BigIntegerField()
    expires_at = models.BigIntegerField()
    last_used_at = models.BigIntegerField(null=True, blank=True)
    revoked_at = models.BigIntegerField(null=True, blank=True)


class Work(models.Model):
    """Something that takes long, asked for by somebody. Times are instants in microseconds.

    It stays until whoever asked puts it away. It is about a screen and no fact about the desk: what
    it did stands in the record.
    """

    class State(models.TextChoices):
        ASKED = "asked"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        STOPPED = "stopped"

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    company = models.UUIDField()
    person = models.UUIDField()
    kind = models.CharField(max_length=20)
    given = models.JSONField(default=dict)
    """What was asked for: plain values, no words in a language."""
    language = models.CharField(max_length=2, default="en")
    """What the person read when they asked."""
    state = models.CharField(max_length=7, choices=State.choices, default=State.ASKED)
    attempts = models.PositiveIntegerField(default=0)
    """How often it was begun; who began it last has its number."""
    asked_at = models.BigIntegerField()
    began_at = models.BigIntegerField(null=True, blank=True)
    ended_at = models.BigIntegerField(null=True, blank=True)
    result = models.JSONField(default=dict)
    why = models.CharField(max_length=20, blank=True)
    """In one word why it failed."""

    class Meta:
        indexes = [
            models.Index(
                fields=["asked_at"],
                condition=models.Q(state__in=["asked", "running"]),
                name="accounts_work_to_do",
            ),
            models.Index(fields=["company", "person", "asked_at"], name="accounts_work_of_person"),
        ]

    def __str__(self) -> str:
        return f"work: {self.kind}, {self.state}"


class SetupToken(models.Model):
    """The one way in before there is a company; only a hash of it is kept."""

    digest = models.CharField(max_length=64, unique=True)
