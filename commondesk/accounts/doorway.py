"""The one door to every page of a company: who visits, what they may do, what the page shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec, cast
from zoneinfo import ZoneInfo

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.functional import cached_property

from commondesk.accounts import policy, queries
from commondesk.accounts.doors import languages
from commondesk.accounts.models import Company, Person
from commondesk.accounts.policy import Right, Viewer
from commondesk.core.record.instant import Instant
from commondesk.ledger.now import instant_now

P = ParamSpec("P")


@dataclass(frozen=True)
class Visit:
    """One request of a member to their company: everything a view needs to answer it."""

    request: HttpRequest
    company: Company
    viewer: Viewer
    at: Instant

    @cached_property
    def zone(self) -> ZoneInfo:
        """The zone that times are shown in."""
        return ZoneInfo(self.company.zone)

    def may(self, right: Right) -> bool:
        return policy.may(self.viewer, right)

    def require(self, right: Right) -> None:
        """Raises Http404: what is not yours looks like what is not there."""
        if not self.may(right):
            raise Http404


@dataclass(frozen=True)
class Frame:
    """What surrounds every page of the desk."""

    prefix: str
    title: str
    person: str
    address: str
    others: tuple[Company, ...]
    sees_queue: bool
    sees_gaps: bool
    sees_figures: bool
    sees_plan: bool
    sees_charter: bool
    sees_people: bool
    is_sample: bool


View = Callable[Concatenate[Visit, P], HttpResponseBase]
Door = Callable[Concatenate[HttpRequest, str, P], HttpResponseBase]


def member(*needs: Right) -> Callable[[View[P]], Door[P]]:
    """Let in members of the company in the address who hold one of these rights.

    Whoever is not signed in is asked to; anybody else gets the same answer as for no such company.
    """

    def guarded(view: View[P]) -> Door[P]:
        @wraps(view)
        def door(
            request: HttpRequest, prefix: str, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            return view(visit_of(request, prefix, needs), *args, **kwargs)

        return cast(Door[P], door)

    return guarded


def visit_of(request: HttpRequest, prefix: str, needs: tuple[Right, ...]) -> Visit:
    """Raises Http404."""
    company = queries.company_of(prefix)
    viewer = policy.viewer_of(request.user, company) if company else None
    if company is None or viewer is None:
        raise Http404
    languages.at_company(request.user, company)
    visit = Visit(request, company, viewer, instant_now())
    if not any(visit.may(right) for right in needs):
        raise Http404
    return visit


def page(
    visit: Visit, template: str, context: Mapping[str, object], *, status: int = 200
) -> HttpResponse:
    """A page of this company, with its frame around it."""
    known = {
        "frame": frame_of(visit),
        "viewer": visit.viewer,
        "company": visit.company,
        "zone": visit.zone,
        "now": visit.at,
    }
    return render(visit.request, template, known | dict(context), status=status)


def frame_of(visit: Visit) -> Frame:
    person = visit.request.user
    assert isinstance(person, Person)
    companies = policy.visible_companies(person)
    return Frame(
        prefix=visit.company.prefix,
        title=visit.company.title,
        person=person.title,
        address=person.address or "",
        others=tuple(each for each in companies if each != visit.company),
        sees_queue=visit.may(Right.READ_TICKETS) or visit.may(Right.READ_OWN_TICKETS),
        sees_gaps=visit.may(Right.READ_BLACK_HOLES),
        sees_figures=visit.may(Right.READ_FIGURES),
        sees_plan=visit.may(Right.PLAN),
        sees_charter=visit.may(Right.READ_CHARTER),
        sees_people=visit.may(Right.READ_PEOPLE),
        is_sample=visit.company.is_sample,
    )
