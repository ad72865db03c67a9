"""People as long work: the worker tries the teams, and what it finds is kept with the case."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse

from commondesk.accounts.doorway import Visit
from commondesk.accounts.models import Work
from commondesk.accounts.works import asking
from commondesk.accounts.works.kinds import CannotBeDone, Doing, Given, Kind
from commondesk.accounts.works_views import Shown, shown_work
from commondesk.core.planner import case_file
from commondesk.core.planner.queueing.limits import NonsenseError
from commondesk.core.planner.staffing import remembered
from commondesk.core.planner.staffing.plan import plan
from commondesk.core.planner.staffing.question import Question
from commondesk.core.planner.staffing.remembered import Known
from commondesk.core.record.instant import Instant
from commondesk.core.texts import gettext, gettext_noop
from commondesk.planning import queries, staffed
from commondesk.planning.models import Case, KnownTeams
from commondesk.planning.staffed import Answer

NAME = "people"
USUAL_TEAMS = 12
"""About so many teams are tried."""
WHYS = {
    "gone": gettext_noop("The case is not there any more, or does not say enough of its demand."),
}


def answer_of(case: Case, question: Question | None) -> Answer | None:
    """What is known of a question of a case; None where it is to be worked out first."""
    if question is None:
        return None
    if found := staffed.known(question):
        return found
    row = KnownTeams.objects.filter(case=case).first()
    if row is None or row.question != staffed.mark_of(question):
        return None
    return staffed.answered(question, remembered.of_text(row.teams))


def answer_now(case: Case, question: Question | None) -> Answer | None:
    """The same, worked out while the page waits where that is quick."""
    found = answer_of(case, question)
    if found is None and question is not None and staffed.is_quick(question):
        return staffed.answered(question)
    return found


# ---- asking for it --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Waiting:
    """An answer that is not there yet. work: what was asked for last and is not put away;
    is_mine: whether this person may stop it; was_known: an answer to other numbers is there."""

    work: Shown | None
    is_mine: bool
    was_known: bool


def waiting(visit: Visit, case: Case) -> Waiting:
    """What is under way for a case, whoever asked."""
    row = latest(case)
    shown = shown_work(visit, row) if row else None
    if shown and not shown.is_open and shown.state != Work.State.FAILED:
        shown = None
    is_mine = row is not None and row.person == visit.viewer.person_uuid
    return Waiting(shown, is_mine, KnownTeams.objects.filter(case=case).exists())


def latest(case: Case) -> Work | None:
    """What anybody asked for last."""
    of_case = Work.objects.filter(company=case.company, kind=NAME, given__case=str(case.uuid))
    return of_case.order_by("-asked_at", "-pk").first()


def ask(case: Case, person: UUID, *, at: Instant) -> Work:
    """Have the teams tried; who asks while that goes on looks at it. Raises asking.TooMany."""
    under_way = latest(case)
    if under_way and under_way.state in asking.OPEN:
        return under_way
    asking.own(case.company, person).filter(kind=NAME, given__case=str(case.uuid)).delete()
    given = {"case": str(case.uuid), "title": case.title}
    return asking.ask(case.company, person, NAME, given, at=at)


def stop(case: Case, person: UUID) -> None:
    """Wish that it stops, where this person asked for it."""
    under_way = latest(case)
    if under_way and under_way.person == person:
        asking.stop(under_way)


# ---- doing it -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Found:
    question: str
    teams: str


def _prepare(doing: Doing) -> _Found:
    """Try the teams outside of any transaction. Raises CannotBeDone."""
    case = _case(doing)
    document = queries.document_of(case)
    question = case_file.read(dict(document)).case.staffing if document else None
    if question is None:
        raise CannotBeDone("gone")

    def tell(tried: int) -> None:
        doing.tell(0, tried, max(USUAL_TEAMS, tried + 1))

    tell(0)
    teams = Known(tried=tell)
    with suppress(NonsenseError):  # its sentence is found anew in the language of whoever reads
        plan(question, known=teams)
    return _Found(staffed.mark_of(question), teams.text())


def _do(doing: Doing, found: _Found) -> Given:
    KnownTeams.objects.update_or_create(
        case=_case(doing),
        defaults={"question": found.question, "teams": found.teams, "made_at": doing.at},
    )
    return {}


def _case(doing: Doing) -> Case:
    case = queries.case_of(doing.company, UUID(str(doing.given["case"])))
    if case is None:
        raise CannotBeDone("gone")
    return case


def _onward(prefix: str, given: Given) -> tuple[str, str]:
    return _address(prefix, given), gettext("See how many people it takes")


def _again(prefix: str, given: Given) -> tuple[str, str]:
    return _address(prefix, given), gettext("Back to the case")


def _address(prefix: str, given: Given) -> str:
    return reverse("planning:step", args=[prefix, given["case"], "demand"])


PEOPLE = Kind(
    name=NAME,
    prepare=_prepare,
    do=_do,
    title=lambda given: gettext("People for “%(title)s”") % {"title": given["title"]},
    counted=lambda _given, count: str(count),
    phases=(gettext_noop("Trying one team after the other: %(done)s of about %(all)s"),),
    result=lambda _given, _result: gettext("The teams are worked out."),
    onward=_onward,
    again=_again,
    whys=WHYS,
)
