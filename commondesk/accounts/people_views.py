"""The pages about people: who is on which side, inviting, placing, being away, and leaving."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Concatenate, ParamSpec, cast
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from commondesk.accounts import domains, people_forms, people_queries, policy, queries
from commondesk.accounts.arrangement import (
    absences,
    company,
    invitations,
    leaving,
    members,
    teams,
)
from commondesk.accounts.arrangement.arranging import NotAllowed, NotThere, UnfitArrangement
from commondesk.accounts.arrangement.invitations import Sent
from commondesk.accounts.arrangement.leaving import Leaving
from commondesk.accounts.arrangement.places import place_of
from commondesk.accounts.doors import resets
from commondesk.accounts.doorway import Visit, member, page
from commondesk.accounts.models import Company, Engagement, Membership, Team
from commondesk.accounts.policy import Right
from commondesk.core.texts import gettext

P = ParamSpec("P")
MOST_CHOICES = 100
"""More tickets than these go to one successor together."""

View = Callable[Concatenate[Visit, P], HttpResponse]


def arranging(view: View[P]) -> View[P]:
    """What is not there, or not this visitor's to arrange, gets the answer of no such page."""

    @wraps(view)
    def answered(visit: Visit, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(visit, *args, **kwargs)
        except (NotThere, NotAllowed):
            raise Http404 from None

    return cast(View[P], answered)


def home(visit: Visit, name: str = "people:list", *args: object) -> HttpResponse:
    return redirect(name, visit.company.prefix, *args)


def person_page(visit: Visit, person: UUID) -> HttpResponse:
    return home(visit, "people:person", person)


# ---- the list -----------------------------------------------------------------------------


@require_safe
@member(Right.READ_PEOPLE)
def people(visit: Visit) -> HttpResponse:
    """The people of both sides, and who waits to join."""
    given = visit.request.GET
    shelf, text = given.get("shelf", ""), given.get("q", "").strip()[:200]
    waiting = invitations.waiting(visit.company.uuid, visit.viewer)
    if shelf == people_queries.INVITED:
        return invited_page(visit)
    found = people_queries.people_page(
        visit.company,
        visit.viewer,
        shelf=shelf,
        text=text,
        after=given.get("after", ""),
        at=visit.at,
    )
    asked = {"shelf": shelf} | ({"q": text} if text else {})
    context = side_of(visit) | {
        "people": found,
        "text": text,
        "shelf": shelf,
        "waiting": len(waiting),
        "next": "?" + urlencode(asked | {"after": found.after}) if found.after else "",
        "first": "?" + urlencode(asked) if given.get("after") else "",
    }
    return page(visit, "accounts/people.html", context)


def side_of(visit: Visit) -> dict[str, object]:
    """What the visitor may arrange here."""
    return {
        "may_invite": visit.may(Right.ADD_PEOPLE) or visit.may(Right.ADD_OWN_PEOPLE),
        "may_engage": visit.may(Right.ENGAGE_PROVIDERS),
    }


# ---- one person ---------------------------------------------------------------------------


@require_safe
@member(Right.READ_PEOPLE)
def person(visit: Visit, uuid: UUID) -> HttpResponse:
    """What somebody is here, and what can be done about it."""
    return shown_person(visit, found_member(visit, uuid))


def found_member(visit: Visit, uuid: UUID) -> Membership:
    found = queries.membership_of(visit.company.uuid, uuid)
    if found is None or found.side not in policy.ROLES_OF_SIDE:
        raise Http404
    return found


def shown_person(
    visit: Visit,
    found: Membership,
    *,
    status: int = 200,
    **forms: object,
) -> HttpResponse:
    row = people_queries.person_row(visit.company, visit.viewer, found)
    is_self = found.person.uuid == visit.viewer.person_uuid
    is_away_known = Right.READ_TICKETS in policy.rights_of(found.roles, found.side)
    context: dict[str, object] = {
        "row": row,
        "is_self": is_self,
        "may_be_away": is_away_known and (row.may_arrange or is_self),
        "absences": people_queries.absences_ahead(visit.company.uuid, found.person.uuid, visit.at),
        "place": place_form(visit, found) if row.may_arrange else None,
        "absence": absence_form(visit, found),
        "copy": copy_form(visit, found),
        "link": "",
    }
    return page(visit, "accounts/people_person.html", context | forms, status=status)


def place_form(
    visit: Visit, found: Membership, given: Mapping[str, object] | None = None
) -> people_forms.PlaceForm:
    place = place_of(found)
    initial = {"place": people_forms.whereabouts_of(place).written, "roles": list(place.roles)}
    return people_forms.PlaceForm(
        given, initial=initial, company=visit.company, viewer=visit.viewer, prefix="place"
    )


def absence_form(
    visit: Visit, found: Membership, given: Mapping[str, object] | None = None
) -> people_forms.AbsenceForm:
    able = absences.deputies_of(visit.company.uuid, found)
    return people_forms.AbsenceForm(given, people=able, prefix="absence")


def copy_form(
    visit: Visit, found: Membership, given: Mapping[str, object] | None = None
) -> people_forms.CopyForm | None:
    """None where there is no other company to take them along to."""
    if str(found.provider_id or "") != visit.viewer.provider:
        return None
    choices = [
        (company.title, [(f"{company.prefix}:{team.slug}", team.title) for team in own])
        for company, viewer in others_of(visit)
        if not members.is_more_than_requester(company.uuid, found.person)
        and (own := teams_of(company.uuid, viewer.provider))
    ]
    return people_forms.CopyForm(given, choices=choices, prefix="copy") if choices else None


def others_of(visit: Visit) -> tuple[tuple[Company, policy.Viewer], ...]:
    if not visit.may(Right.ADD_OWN_PEOPLE):
        return ()
    return people_queries.other_companies(visit.request.user, visit.viewer)


def teams_of(company: UUID, provider: str) -> list[Team]:
    return [
        team for team in queries.serving_teams(company) if str(team.provider_id or "") == provider
    ]


@require_POST
@member(Right.ADD_PEOPLE, Right.ADD_OWN_PEOPLE)
@arranging
def change(visit: Visit, uuid: UUID) -> HttpResponse:
    """Make somebody something else here."""
    found = arrangeable(visit, uuid)
    form = place_form(visit, found, visit.request.POST)
    if form.is_valid():
        try:
            members.change_member(
                visit.company.uuid, uuid, at=visit.at, actor=visit.viewer.actor, **form.wanted
            )
        except UnfitArrangement as problem:
            form.blame(problem)
        else:
            messages.success(visit.request, changed_words(found.person.title))
            return person_page(visit, uuid)
    return shown_person(visit, found, place=form, status=422)


def changed_words(name: str) -> str:
    """What is said once somebody or a team was changed."""
    return gettext("%(name)s was changed.") % {"name": name}


def arrangeable(visit: Visit, uuid: UUID) -> Membership:
    """Raises Http404 for whom the visitor may not arrange."""
    found = found_member(visit, uuid)
    if not policy.may_arrange(visit.viewer, found.side, str(found.provider_id or "")):
        raise Http404
    return found


@require_POST
@member(Right.READ_TICKETS)
@arranging
def enter_absence(visit: Visit, uuid: UUID) -> HttpResponse:
    """Note that somebody is away, and who stands in."""
    found = found_member(visit, uuid)
    if uuid != visit.viewer.person_uuid:
        arrangeable(visit, uuid)
    form = absence_form(visit, found, visit.request.POST)
    if form.is_valid():
        from_at, until_at = form.span(visit.zone)
        try:
            absences.enter_absence(
                visit.company.uuid,
                uuid,
                at=visit.at,
                actor=visit.viewer.actor,
                from_at=from_at,
                until_at=until_at,
                deputy=UUID(form.cleaned_data["deputy"]),
            )
        except UnfitArrangement as problem:
            form.blame(problem)
        else:
            messages.success(
                visit.request, gettext("Entered. The deputy gets what needs somebody.")
            )
            return person_page(visit, uuid)
    return shown_person(visit, found, absence=form, status=422)


@require_POST
@member(Right.READ_TICKETS)
@arranging
def remove_absence(visit: Visit, uuid: UUID) -> HttpResponse:
    """Somebody is back, or does not go."""
    gone = absences.remove_absence(visit.company.uuid, uuid, at=visit.at, actor=visit.viewer.actor)
    told = gettext("Removed: %(name)s counts as present.") % {"name": gone.person.title}
    messages.success(visit.request, told)
    return person_page(visit, gone.person.uuid)


@require_POST
@member(Right.ADD_OWN_PEOPLE)
@arranging
def copy(visit: Visit, uuid: UUID) -> HttpResponse:
    """Take somebody along to another company that the provider serves."""
    found = arrangeable(visit, uuid)
    form = copy_form(visit, found, visit.request.POST)
    if form is None:
        raise Http404
    if form.is_valid():
        prefix, _, team = form.cleaned_data["place"].partition(":")
        target = next(each for each, _ in others_of(visit) if each.prefix == prefix)
        try:
            members.copy_member(
                uuid,
                source=visit.company.uuid,
                target=target.uuid,
                at=visit.at,
                actor=visit.viewer.actor,
                team=team,
            )
        except UnfitArrangement as problem:
            form.blame(problem)
        else:
            told = gettext("%(name)s works for %(company)s too, as an agent.") % {
                "name": found.person.title,
                "company": target.title,
            }
            messages.success(visit.request, told)
            return person_page(visit, uuid)
    return shown_person(visit, found, copy=form, status=422)


@require_POST
@member(Right.ADD_PEOPLE, Right.ADD_OWN_PEOPLE)
@arranging
def offer_password(visit: Visit, uuid: UUID) -> HttpResponse:
    """Let somebody who cannot sign in choose a password, by a link of their own."""
    found = arrangeable(visit, uuid)
    if uuid == visit.viewer.person_uuid:
        raise Http404
    try:
        link = resets.offer(found.person, visit.company.uuid, by=visit.viewer)
    except resets.CannotBeOffered as problem:
        messages.error(visit.request, str(problem))
        return person_page(visit, uuid)
    if link is None:
        told = gettext("%(name)s gets a mail with the link.") % {"name": found.person.title}
        messages.success(visit.request, told)
        return person_page(visit, uuid)
    return shown_person(visit, found, link=link)


# ---- leaving ------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@member(Right.ADD_PEOPLE, Right.ADD_OWN_PEOPLE)
@arranging
def leave(visit: Visit, uuid: UUID) -> HttpResponse:
    """All that somebody would leave behind, each with the choice of who gets it."""
    found = arrangeable(visit, uuid)

    def go(form: people_forms.LeaveForm) -> None:
        leaving.let_go(
            visit.company.uuid,
            uuid,
            at=visit.at,
            actor=visit.viewer.actor,
            successors=form.successors,
            for_all=form.usual,
        )

    context = {
        "who": found.person.title,
        "back": "people:person",
        "key": uuid,
        "provider": None,
        "is_self": uuid == visit.viewer.person_uuid,
    }
    done = gettext("%(name)s is nothing to %(company)s any more.") % {
        "name": found.person.title,
        "company": visit.company.title,
    }
    return going(visit, Leaving.of_person(uuid), go, context, done)


@require_http_methods(["GET", "HEAD", "POST"])
@member(Right.ENGAGE_PROVIDERS)
@arranging
def dismiss(visit: Visit, uuid: UUID) -> HttpResponse:
    """All that a provider would leave behind, each with the choice of who gets it."""
    served = Engagement.objects.filter(company=visit.company, provider=uuid, until__isnull=True)
    engagement = served.select_related("provider").first()
    if engagement is None:
        raise Http404
    gone, own = leaving.of_provider(visit.company.uuid, uuid)

    def go(form: people_forms.LeaveForm) -> None:
        leaving.dismiss_provider(
            visit.company.uuid,
            uuid,
            at=visit.at,
            actor=visit.viewer.actor,
            successors=form.successors,
            for_all=form.usual,
        )

    title = engagement.provider.title
    context = {
        "who": title,
        "back": "people:providers",
        "key": None,
        "provider": title,
        "people": own,
        "is_self": False,
    }
    done = gettext("%(provider)s serves %(company)s no longer.") % {
        "provider": title,
        "company": visit.company.title,
    }
    return going(visit, gone, go, context, done)


def going(
    visit: Visit,
    gone: Leaving,
    go: Callable[[people_forms.LeaveForm], None],
    context: Mapping[str, object],
    done: str,
) -> HttpResponse:
    burdens = leaving.burdens_of(visit.company.uuid, gone, visit.at)
    is_bound = visit.request.method == "POST"
    form = people_forms.LeaveForm(
        visit.request.POST if is_bound else None,
        company=visit.company.uuid,
        viewer=visit.viewer,
        leaving=gone,
        burdens=burdens,
    )
    if is_bound and form.is_valid():
        try:
            go(form)
        except UnfitArrangement as problem:
            form.blame(problem)
        else:
            messages.success(visit.request, done)
            return home(visit)
    shown = {"form": form, "count": len(burdens), "most": MOST_CHOICES, **context}
    status = 422 if is_bound else 200
    return page(visit, "accounts/people_leave.html", shown, status=status)


# ---- inviting -----------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@member(Right.ADD_PEOPLE, Right.ADD_OWN_PEOPLE)
@arranging
def invite(visit: Visit) -> HttpResponse:
    """Ask somebody by mail to join."""
    others = {str(company.uuid): company for company, _ in others_of(visit)}
    form = people_forms.InviteForm(
        visit.request.POST if visit.request.method == "POST" else None,
        company=visit.company,
        viewer=visit.viewer,
        others=tuple(others.values()),
    )
    if form.is_valid():
        try:
            sent = invitations.invite(
                visit.company.uuid,
                at=visit.at,
                actor=visit.viewer.actor,
                address=form.cleaned_data["address"],
                title=form.cleaned_data["name"],
                also_in=[others[each].uuid for each in form.cleaned_data["also_in"]],
                **form.wanted,
            )
        except UnfitArrangement as problem:
            form.blame(problem)
        else:
            return invited_page(visit, sent)
    status = 422 if form.is_bound else 200
    context = {"form": form, "others": others} | side_of(visit)
    return page(visit, "accounts/people_invite.html", context, status=status)


def invited_page(visit: Visit, sent: Sent | None = None) -> HttpResponse:
    """Who waits to join. A link that no mail takes is shown here, once."""
    waiting = invitations.waiting(visit.company.uuid, visit.viewer)
    context = side_of(visit) | {
        "sent": sent,
        "waiting": [(each, invitations.told_place(each)) for each in waiting],
    }
    return page(visit, "accounts/people_invited.html", context)


@require_POST
@member(Right.ADD_PEOPLE, Right.ADD_OWN_PEOPLE)
@arranging
def invite_again(visit: Visit, uuid: UUID) -> HttpResponse:
    """A new link; the old one opens nothing any more."""
    try:
        sent = invitations.send_again(
            visit.company.uuid, uuid, at=visit.at, actor=visit.viewer.actor
        )
    except UnfitArrangement as problem:
        messages.error(visit.request, str(problem))
        return waiting_list(visit)
    return invited_page(visit, sent)


@require_POST
@member(Right.ADD_PEOPLE, Right.ADD_OWN_PEOPLE)
@arranging
def withdraw(visit: Visit, uuid: UUID) -> HttpResponse:
    """Make an invitation void."""
    gone = invitations.withdraw(visit.company.uuid, uuid, at=visit.at, actor=visit.viewer.actor)
    told = gettext("Withdrawn: the link to %(address)s opens nothing.") % {"address": gone.address}
    messages.success(visit.request, told)
    return waiting_list(visit)


def waiting_list(visit: Visit) -> HttpResponse:
    response = home(visit)
    response["Location"] += f"?shelf={people_queries.INVITED}"
    return response


# ---- teams --------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@member(Right.READ_PEOPLE)
@arranging
def team_list(visit: Visit) -> HttpResponse:
    """Every team, and a form for another one."""
    may = side_of(visit)
    is_bound = visit.request.method == "POST"
    if is_bound and not may["may_invite"]:
        raise Http404
    form = people_forms.NewTeamForm(
        visit.request.POST if is_bound else None, company=visit.company, viewer=visit.viewer
    )
    if form.is_valid():
        try:
            team = teams.form_team(
                visit.company.uuid,
                at=visit.at,
                actor=visit.viewer.actor,
                title=form.cleaned_data["title"],
                tier=form.cleaned_data["tier"],
                provider=queries.uuid_of(form.cleaned_data["provider"]),
            )
        except UnfitArrangement as problem:
            form.blame(problem)
        else:
            told = gettext("%(team)s is there. Put somebody into it.") % {"team": team.title}
            messages.success(visit.request, told)
            return home(visit, "people:teams")
    context = {"teams": people_queries.team_rows(visit.company, visit.viewer), "form": form} | may
    return page(visit, "accounts/people_teams.html", context, status=422 if is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@member(Right.ADD_PEOPLE, Right.ADD_OWN_PEOPLE)
@arranging
def team(visit: Visit, slug: str) -> HttpResponse:
    """A team's name, tier and contact."""
    found = Team.objects.select_related("contact", "provider").filter(
        company=visit.company, slug=slug
    )
    one = found.first()
    provider = str(one.provider_id or "") if one else ""
    if one is None or not policy.may_arrange(visit.viewer, one.side, provider):
        raise Http404
    able = list(teams.able_contacts(one))
    contact = str(one.contact.uuid) if one.contact else ""
    if one.contact and all(each.person != one.contact for each in able):
        known = queries.membership_of(visit.company.uuid, one.contact.uuid)
        able += [known] if known else []
    is_bound = visit.request.method == "POST"
    form = people_forms.TeamForm(
        visit.request.POST if is_bound else None,
        initial={"title": one.title, "tier": one.tier, "contact": contact},
        people=able,
    )
    if form.is_valid():
        try:
            teams.change_team(
                visit.company.uuid,
                slug,
                at=visit.at,
                actor=visit.viewer.actor,
                title=form.cleaned_data["title"],
                tier=form.cleaned_data["tier"],
                contact=form.contact_uuid,
            )
        except UnfitArrangement as problem:
            form.blame(problem)
        else:
            messages.success(visit.request, changed_words(form.cleaned_data["title"]))
            return home(visit, "people:teams")
    context = {
        "team": one,
        "form": form,
        "whose": people_queries.whose_words(
            visit.company, one.side, one.provider.title if one.provider else ""
        ),
        "people": Membership.objects.filter(team=one, is_active=True).select_related("person"),
    }
    return page(visit, "accounts/people_team.html", context, status=422 if is_bound else 200)


# ---- providers and settings ---------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@member(Right.ENGAGE_PROVIDERS)
@arranging
def providers(visit: Visit) -> HttpResponse:
    """Who serves the company, and a form that asks another one to."""
    is_bound = visit.request.method == "POST"
    form = people_forms.InviteProviderForm(visit.request.POST if is_bound else None)
    if form.is_valid():
        try:
            sent = invitations.invite_provider(
                visit.company.uuid,
                at=visit.at,
                actor=visit.viewer.actor,
                provider_title=form.cleaned_data["provider_title"],
                address=form.cleaned_data["address"],
                title=form.cleaned_data["name"],
            )
        except UnfitArrangement as problem:
            form.blame(problem)
        else:
            return invited_page(visit, sent)
    rows = people_queries.provider_rows(visit.company)
    context = {"providers": rows, "form": form} | side_of(visit)
    return page(visit, "accounts/people_providers.html", context, status=422 if is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@member(Right.ADD_PEOPLE)
@arranging
def settings_page(visit: Visit) -> HttpResponse:
    """What the company is called, where it is, and how mail reaches it."""
    is_bound = visit.request.method == "POST"
    form = people_forms.CompanyForm(
        visit.request.POST if is_bound else None,
        initial={"title": visit.company.title, "language": visit.company.language},
    )
    if form.is_valid():
        try:
            company.change_company(
                visit.company.uuid, at=visit.at, actor=visit.viewer.actor, **form.cleaned_data
            )
        except UnfitArrangement as problem:
            form.blame(problem)
        else:
            messages.success(visit.request, gettext("The settings were changed."))
            return home(visit, "people:settings")
    context = {"domains": domains.of_company(visit.company.uuid), "form": form}
    status = 422 if is_bound else 200
    return page(visit, "accounts/people_settings.html", context, status=status)
