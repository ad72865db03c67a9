"""The page that one shift leaves to the next, and what it hands over from there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from commondesk.accounts import queries as people
from commondesk.accounts.doorway import Visit, member, page
from commondesk.accounts.policy import Right
from commondesk.core.record.instant import HOUR
from commondesk.core.texts import gettext
from commondesk.desk import actions, ticket_queries
from commondesk.desk import shift as queries
from commondesk.ledger.store import StaleWrite

MOST_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one ticket of a selection."""

    code: str
    number: int
    is_offered: bool
    text: str


@require_http_methods(["GET", "HEAD", "POST"])
@member(Right.WORK_TICKETS)
def shift(visit: Visit) -> HttpResponse:
    """What the next shift must know; tickets that are chosen are offered to it."""
    results: tuple[Result, ...] = ()
    trouble = ""
    if visit.request.method == "POST":
        trouble = _trouble(visit)
        results = () if trouble else tuple(_offered(visit))
    return _page(visit, results, trouble)


def _page(visit: Visit, results: tuple[Result, ...], trouble: str) -> HttpResponse:
    given = visit.request.GET
    back, ahead = queries.hours(given.get("back", "")), queries.hours(given.get("ahead", ""))
    teams = people.teams(visit.company.uuid)
    team = given.get("team", "")
    team = team if team in {each.slug for each in teams} else ""
    found = queries.shift_page(
        visit.company, visit.viewer, back=back, ahead=ahead, team=team, at=visit.at
    )
    chosen = {text.partition(":")[0] for text in visit.request.POST.getlist("ticket")}
    context = {
        "shift": found,
        "back": back // HOUR,
        "ahead": ahead // HOUR,
        "spans": queries.SPANS,
        "team": team,
        "teams": teams,
        "givable": _givable(visit),
        "to": visit.request.POST.get("to", ""),
        "reason": visit.request.POST.get("reason", ""),
        "chosen": chosen if trouble else set(),
        "results": results,
        "trouble": trouble,
    }
    return page(visit, "desk/shift.html", context, status=422 if trouble else 200)


def _givable(visit: Visit) -> tuple[tuple[str, str], ...]:
    return ticket_queries.givable(visit.company.uuid, visit.viewer.provider)


# ---- handing over -------------------------------------------------------------------------


def _trouble(visit: Visit) -> str:
    """What is missing before anything can be offered; nothing is done then."""
    given = visit.request.POST
    if not given.getlist("ticket"):
        return gettext("Choose at least one ticket.")
    if len(given.getlist("ticket")) > MOST_AT_ONCE:
        return gettext("Choose at most %(most)s tickets at once.") % {"most": MOST_AT_ONCE}
    if given.get("to", "") not in dict(_givable(visit)):
        return gettext("Say to whom they are offered.")
    return ""


def _offered(visit: Visit) -> Iterator[Result]:
    """Offer each ticket by itself: one that cannot be offered keeps no other."""
    for text in dict.fromkeys(visit.request.POST.getlist("ticket")):
        number, _, position = text.partition(":")
        if _is_number(number) and _is_number(position):
            yield _offer(visit, int(number), int(position))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def _offer(visit: Visit, number: int, position: int) -> Result:
    code = f"{visit.company.prefix}-{number}"
    row = ticket_queries.find_ticket(visit.company, visit.viewer, number)
    if row is None:
        return Result(code, 0, False, gettext("There is no such ticket here."))
    kind, _, value = visit.request.POST["to"].partition(":")
    try:
        actions.offer_handover(
            visit.company.uuid,
            row.uuid,
            at=visit.at,
            actor=visit.viewer.actor,
            expected=position,
            team=value if kind == "team" else "",
            person=UUID(value) if kind == "person" else None,
            reason=visit.request.POST.get("reason", ""),
        )
    except actions.IllegalStep as refused:
        return Result(code, number, False, str(refused))
    except StaleWrite:
        return Result(
            code, number, False, gettext("It changed meanwhile. Look at it, then offer it.")
        )
    except (actions.NotAllowed, actions.NoSuchTicket):
        return Result(code, 0, False, gettext("There is no such ticket here."))
    return Result(code, number, True, gettext("Offered."))
