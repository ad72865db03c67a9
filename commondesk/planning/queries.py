"""Cases and plans as the pages show them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from commondesk.accounts.models import ERASED, Person
from commondesk.core.record.instant import Instant
from commondesk.core.texts import gettext
from commondesk.ledger import words
from commondesk.planning import document as documents
from commondesk.planning.document import Document
from commondesk.planning.models import Case, CaseVersion, KeptPlan


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case in a list: who changed it last, and when."""

    uuid: UUID
    title: str
    version: int
    changed_at: Instant
    by: str


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version of a case."""

    number: int
    by: str
    began_at: Instant
    changed_at: Instant


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan as it was kept. title and case are empty once their words were erased."""

    uuid: str
    number: int
    title: str
    option: str
    figures: Document
    kept_at: Instant
    by: str
    case: Document | None


def case_of(company: UUID, uuid: UUID) -> Case | None:
    """The case of that id; None for no such case of this company."""
    return Case.objects.filter(company=company, uuid=uuid).first()


def document_of(case: Case, version: int = 0) -> Document | None:
    """What a version says, the newest where none is named; None for no such version."""
    found = case.versions.filter(number=version or case.version).first()
    return documents.of_text(found.document) if found else None


def cases(company: UUID) -> list[CaseRow]:
    """Every case of a company, the one changed last first."""
    rows = list(Case.objects.filter(company=company).order_by("-changed_at", "uuid"))
    newest = CaseVersion.objects.filter(case__in=rows)
    by = {(each.case_id, each.number): each.by for each in newest.only("case_id", "number", "by")}
    names = _names(by.values())
    return [
        CaseRow(
            row.uuid,
            row.title,
            row.version,
            row.changed_at,
            names.get(by.get((row.uuid, row.version)), ""),
        )
        for row in rows
    ]


def versions(case: Case) -> list[VersionRow]:
    """Every version of a case, the newest first."""
    rows = list(case.versions.order_by("-number").defer("document"))
    names = _names(each.by for each in rows)
    return [
        VersionRow(each.number, names.get(each.by, ""), each.began_at, each.changed_at)
        for each in rows
    ]


def plans(company: UUID) -> list[Plan]:
    """Every plan that was kept, the newest first."""
    rows = list(KeptPlan.objects.filter(company=company).order_by("-number"))
    said = words.texts([each.title for each in rows], company=company)
    names = _names(_uuid(each.by) for each in rows)
    return [_plan(each, said, names, None) for each in rows]


def plan_of(company: UUID, uuid: UUID) -> Plan | None:
    """A plan with its case; None for no such plan of this company."""
    row = KeptPlan.objects.filter(company=company, uuid=str(uuid)).first()
    if row is None:
        return None
    said = words.texts([row.title, row.case], company=company)
    case = said.get(row.case)
    return _plan(row, said, _names([_uuid(row.by)]), documents.of_text(case) if case else None)


def _plan(
    row: KeptPlan,
    said: Mapping[str, str | None],
    names: Mapping[UUID | None, str],
    case: Document | None,
) -> Plan:
    return Plan(
        uuid=row.uuid,
        number=row.number,
        title=said.get(row.title) or gettext(ERASED),
        option=row.option,
        figures=documents.of_text(row.figures),
        kept_at=row.kept_at,
        by=names.get(_uuid(row.by), ""),
        case=case,
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _names(people: Iterable[UUID | None]) -> dict[UUID | None, str]:
    wanted = {each for each in people if each is not None}
    return dict(Person.objects.filter(uuid__in=wanted).values_list("uuid", "title"))
