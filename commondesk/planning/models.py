"""Cases that are being thought over, and the plans that were kept on record."""

from __future__ import annotations

from django.db import models


class Case(models.Model):
    """A question of a company: what would each model cost and take. Working paper, off the record.

    version is the number of its newest version.
    """

    uuid = models.UUIDField(primary_key=True)
    company = models.UUIDField()
    title = models.CharField(max_length=200)
    version = models.PositiveIntegerField(default=1)
    created_at = models.BigIntegerField()
    changed_at = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["company", "-changed_at"], name="planning_cases")]

    def __str__(self) -> str:
        return f"case {self.uuid}"


class CaseVersion(models.Model):
    """What a case said once somebody had gone through it: a CASE.yaml as canonical JSON.

    What one person changes in one sitting is one version. by is the uuid of that person.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    document = models.TextField()
    by = models.UUIDField(null=True)
    began_at = models.BigIntegerField()
    changed_at = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="planning_one_a_number"),
        ]

    def __str__(self) -> str:
        return f"version {self.number} of {self.case_id}"


class KnownTeams(models.Model):
    """The teams of a case that were worked out as long work: values, no words in a language.

    question tells which question they answer; teams is the text of `staffing.remembered.Known`.
    """

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="known_teams")
    question = models.CharField(max_length=64)
    teams = models.TextField()
    made_at = models.BigIntegerField()

    def __str__(self) -> str:
        return f"teams of {self.case_id}"


class KeptPlan(models.Model):
    """A case that the company keeps as its plan: a projection of `plan.kept`.

    title and case are ids of words; figures is canonical JSON, which reviews compare with.
    """

    uuid = models.CharField(max_length=36, primary_key=True)
    company = models.UUIDField()
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=36)
    case = models.CharField(max_length=36)
    option = models.CharField(max_length=40)
    figures = models.TextField()
    kept_at = models.BigIntegerField()
    by = models.CharField(max_length=100)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="planning_one_plan"),
        ]

    def __str__(self) -> str:
        return f"plan {self.number}"
