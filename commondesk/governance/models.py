"""The charters and calendars of each company: projections of its own stream."""

from django.db import models


class CharterVersion(models.Model):
    """One version of a charter. until is when it was withdrawn; without signatures, a draft.

    provider is the uuid of whom it binds, empty where the company serves itself. ends_at is the
    end that was agreed when it was written.
    """

    uuid = models.CharField(max_length=36, primary_key=True)
    company = models.UUIDField()
    version = models.PositiveIntegerField()
    document = models.TextField()
    in_force_at = models.BigIntegerField()
    until = models.BigIntegerField(null=True, blank=True)
    ends_at = models.BigIntegerField(null=True, blank=True)
    provider = models.CharField(max_length=36, blank=True)
    signatures = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "version"], name="governance_one_charter_a_version"
            ),
        ]

    def __str__(self) -> str:
        return f"charter version {self.version}"


class CalendarVersion(models.Model):
    """One version of a calendar's holidays and exceptional days, known from entered_at on."""

    company = models.UUIDField()
    name = models.CharField(max_length=100)
    version = models.PositiveIntegerField()
    document = models.TextField()
    entered_at = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "name", "version"], name="governance_one_calendar_a_version"
            ),
        ]

    def __str__(self) -> str:
        return f"calendar {self.name} version {self.version}"


class CatalogueEntry(models.Model):
    """A site or configuration item that tickets name by its key."""

    company = models.UUIDField()
    kind = models.CharField(max_length=4)  # site, item
    key = models.CharField(max_length=100)
    title = models.CharField(max_length=200)
    criticality = models.PositiveSmallIntegerField(default=0)
    site = models.CharField(max_length=100, blank=True)
    service = models.CharField(max_length=100, blank=True)
    is_retired = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "kind", "key"], name="governance_one_entry_a_key"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
