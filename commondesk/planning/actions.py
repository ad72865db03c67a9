"""Write cases: answer, rename, copy, take back, delete; and keep one as the plan, on record."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction

from commondesk.accounts import directory, policy
from commondesk.accounts.arrangement.arranging import viewer_of
from commondesk.accounts.policy import Right
from commondesk.core.record.arrangement import PlanKept
from commondesk.core.record.codec import Json, canonical
from commondesk.core.record.draft import Draft
from commondesk.core.record.event import COMPANY_STREAM, Actor, Side
from commondesk.core.record.instant import MINUTE, Instant, Span
from commondesk.core.texts import gettext, number
from commondesk.ledger import chance, memory, store, words
from commondesk.planning import document as documents
from commondesk.planning import projections
from commondesk.planning.document import Document
from commondesk.planning.models import Case, CaseVersion, KeptPlan

SITTING: Span = 30 * MINUTE
"""What one person changes without a longer rest than this is one version."""
MOST_CASES = 200
LONGEST_TITLE = 200


class UnfitCase(ValueError):
    """A case cannot be written so; the sentence says why."""


class NotAllowed(PermissionError):
    """The person lacks the right at the moment of the act. Callers answer as for no such thing."""


@transaction.atomic
def begin_case(
    company: UUID, *, at: Instant, by: UUID, title: str, document: Mapping[str, Json]
) -> Case:
    """A new case with its first version. Raises UnfitCase."""
    if Case.objects.filter(company=company).count() >= MOST_CASES:
        raise UnfitCase(
            gettext("There are %(most)s cases. Delete one that nobody needs any more.")
            % {"most": number(MOST_CASES)}
        )
    text = _fit_text(document)
    case = Case.objects.create(
        uuid=chance.uuid(), company=company, title=fit_title(title), created_at=at, changed_at=at
    )
    CaseVersion.objects.create(
        case=case, number=1, document=text, by=by, began_at=at, changed_at=at
    )
    return case


def fit_title(title: str) -> str:
    """A title on one line. Raises UnfitCase."""
    plain = " ".join(words.storable(title).split())
    if not plain:
        raise UnfitCase(gettext("Give it a name to find it by."))
    if len(plain) > LONGEST_TITLE:
        raise UnfitCase(
            gettext("A name has at most %(most)s characters.") % {"most": number(LONGEST_TITLE)}
        )
    return plain


def _fit_text(document: Mapping[str, Json]) -> str:
    text = words.storable(documents.text_of(document))
    if len(text.encode()) > documents.MOST_BYTES:
        raise UnfitCase(
            gettext("A case has at most %(most)s KB. Shorten its texts.")
            % {"most": number(documents.MOST_BYTES // 1024)}
        )
    return text


@transaction.atomic
def answer(case: UUID, *, at: Instant, by: UUID, answers: Mapping[str, Json]) -> Document:
    """Put answers at their places, None takes one away; the document as it is then.

    Only what is named changes: two people who answer different questions lose nothing. Raises
    UnfitCase, and Case.DoesNotExist when it was deleted meanwhile.
    """
    row, newest = _held(case)
    document = documents.of_text(newest.document)
    for place, value in answers.items():
        documents.put(document, place, value)
    _write(row, newest, document, at=at, by=by)
    return document


@transaction.atomic
def rewrite(
    case: UUID, *, at: Instant, by: UUID, document: Mapping[str, Json], is_new: bool = True
) -> None:
    """Say all of it anew, as a version of its own. Raises UnfitCase, Case.DoesNotExist."""
    row, newest = _held(case)
    _write(row, newest, document, at=at, by=by, is_new=is_new)


def _held(case: UUID) -> tuple[Case, CaseVersion]:
    row = Case.objects.select_for_update().get(uuid=case)
    return row, row.versions.get(number=row.version)


def _write(
    row: Case,
    newest: CaseVersion,
    document: Mapping[str, Json],
    *,
    at: Instant,
    by: UUID,
    is_new: bool = False,
) -> None:
    text = _fit_text(document)
    if text == newest.document:
        return
    is_same_sitting = newest.by == by and at - newest.changed_at < SITTING
    if is_same_sitting and not is_new:
        newest.document, newest.changed_at = text, at
        newest.save(update_fields=["document", "changed_at"])
    else:
        row.version += 1
        CaseVersion.objects.create(
            case=row, number=row.version, document=text, by=by, began_at=at, changed_at=at
        )
    row.changed_at = at
    row.save(update_fields=["version", "changed_at"])


def rename(case: Case, *, title: str, at: Instant) -> None:
    """Raises UnfitCase."""
    case.title, case.changed_at = fit_title(title), at
    case.save(update_fields=["title", "changed_at"])


def delete(case: Case) -> None:
    """Take the case away with all its versions. A plan that was kept of it stays on record."""
    case.delete()


@transaction.atomic
def keep_plan(
    company: UUID,
    *,
    at: Instant,
    actor: Actor,
    title: str,
    document: Mapping[str, Json],
    option: str,
    figures: Mapping[str, Json],
) -> str:
    """Keep a case as the plan that reviews compare with; the id of the plan.

    Raises UnfitCase, NotAllowed.
    """
    directory.hold_record(company)
    viewer = viewer_of(company, actor)
    if viewer is None or viewer.side != Side.COMPANY or not policy.may(viewer, Right.PLAN):
        raise NotAllowed(f"{actor.id} keeps no plan here")
    kept = words.keep_many(
        company,
        [
            (COMPANY_STREAM, projections.TITLE, fit_title(title)),
            (COMPANY_STREAM, projections.CASE, _fit_text(document)),
        ],
    )
    identity = str(chance.uuid())
    body = PlanKept(
        plan=identity,
        number=KeptPlan.objects.filter(company=company).count() + 1,
        title=kept[0],
        case=kept[1],
        option=option,
        figures=canonical(dict(figures)),
    )
    recorded = store.append(company, [Draft(COMPANY_STREAM, at, actor, body)], learnt_at=at)
    projections.apply(company, [each.event for each in recorded])
    memory.forget()
    return identity
