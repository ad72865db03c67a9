"""Charters, to read: the sheet in force, all versions, what changed, and signing."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from commondesk.accounts import policy
from commondesk.accounts import queries as people
from commondesk.accounts.doorway import Visit, member, page
from commondesk.accounts.policy import Right
from commondesk.core.charter.comparing import compare
from commondesk.core.texts import gettext
from commondesk.governance import actions, charters, queries, sharing
from commondesk.governance.models import CharterVersion


@require_safe
@member(Right.READ_CHARTER)
def charter(visit: Visit) -> HttpResponse:
    """The charter in force, as one sheet: one's own provider's, else the default one."""
    ruling = [
        each
        for each in charters.ruling_versions(visit.company.uuid, visit.at)
        if policy.may_read_charter(visit.viewer, each.provider)
    ]
    own = [each for each in ruling if each.provider and each.provider == visit.viewer.provider]
    version = next(iter(own), None) or charters.default_of(visit.company.uuid, ruling, visit.at)
    return sheet_page(visit, version)


@require_safe
@member(Right.READ_CHARTER)
def version(visit: Visit, number: int) -> HttpResponse:
    """Any version, as one sheet."""
    return sheet_page(visit, found(visit, number))


def sheet_page(visit: Visit, version: CharterVersion | None, *, status: int = 200) -> HttpResponse:
    sheet = queries.version_sheet(version, visit.at) if version else None
    others = [
        each
        for each in charters.ruling_versions(visit.company.uuid, visit.at)
        if version and each != version and policy.may_read_charter(visit.viewer, each.provider)
    ]
    context = {
        "sheet": sheet,
        "may_edit": visit.may(Right.EDIT_CHARTER),
        "may_withdraw": version is not None and may_withdraw(visit, version),
        "may_sign": version is not None and is_to_sign(visit, version),
        "others": [(each.version, title_of(visit, each)) for each in others],
        "has_charters": bool(readable(visit)),
    }
    return page(visit, "governance/charter.html", context, status=status)


def title_of(visit: Visit, version: CharterVersion) -> str:
    titles = people.provider_titles(visit.company.uuid)
    return titles.get(version.provider, gettext("the company itself"))


def readable(visit: Visit) -> tuple[CharterVersion, ...]:
    """The versions that the visitor may read, oldest first."""
    return tuple(
        each
        for each in charters.versions_of(visit.company.uuid)
        if policy.may_read_charter(visit.viewer, each.provider)
    )


def found(visit: Visit, number: int) -> CharterVersion:
    """The version of that number. Raises Http404 for what is not there, or not to be read."""
    for each in readable(visit):
        if each.version == number:
            return each
    raise Http404


# ---- all versions -------------------------------------------------------------------------


@require_safe
@member(Right.READ_CHARTER)
def versions(visit: Visit) -> HttpResponse:
    """Every version of every line, by whom it binds."""
    seen = readable(visit)
    context = {
        "lines": queries.lines(visit.company.uuid, visit.at, seen),
        "may_edit": visit.may(Right.EDIT_CHARTER),
        "can_compare": len(seen) > 1,
    }
    return page(visit, "governance/versions.html", context)


@require_safe
@member(Right.READ_CHARTER)
def changes(visit: Visit) -> HttpResponse:
    """What changed from one version to another."""
    seen = {each.version: each for each in readable(visit)}
    old, new = asked(visit, "old"), asked(visit, "new")
    if not old and not new and len(seen) > 1:
        old, new = sorted(seen)[-2:]
    if any(number and number not in seen for number in (old, new)):
        raise Http404
    changes = None
    if old and new:
        changed = compare(charters.whole(seen[old]), charters.whole(seen[new]))
        named = sharing.with_names(visit.company.uuid, changed)
        changes = tuple(map(sharing.shown, named))
    label = gettext("Version %(number)s · %(party)s")
    choices = [
        (number, label % {"number": number, "party": title_of(visit, each)})
        for number, each in seen.items()
    ]
    context = {"choices": choices, "old": old, "new": new, "changes": changes}
    return page(visit, "governance/changes.html", context)


def asked(visit: Visit, name: str) -> int:
    text = visit.request.GET.get(name, "")
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 9 else 0


@require_safe
@member(Right.READ_CHARTER)
def export(visit: Visit, number: int) -> HttpResponse:
    """A version as YAML, to keep or to change elsewhere."""
    text = sharing.yaml_of(found(visit, number))
    name = f"charter-{visit.company.prefix}-version-{number}.yaml"
    return HttpResponse(
        text,
        content_type="text/yaml; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


# ---- signing and withdrawing --------------------------------------------------------------


def may_sign(visit: Visit, version: CharterVersion) -> bool:
    return actions.may_sign(visit.viewer, version, visit.viewer.side) and (
        visit.viewer.side in charters.parties_of(version)
    )


def is_to_sign(visit: Visit, version: CharterVersion) -> bool:
    """Whether the page offers it: a signature is still missing, and could still count."""
    has_signed = any(each["party"] == visit.viewer.side for each in version.signatures)
    return may_sign(visit, version) and not has_signed and version.until is None


@require_http_methods(["GET", "HEAD", "POST"])
@member(Right.SIGN_CHARTER)
def sign(visit: Visit, number: int) -> HttpResponseBase:
    """Say what signing means, and sign for one's own side."""
    version = found(visit, number)
    if not may_sign(visit, version):
        raise Http404
    party = visit.viewer.side
    problem = actions.why_unsignable(version, party, visit.at)
    if visit.request.method == "POST":
        try:
            actions.sign_charter(
                visit.company.uuid,
                at=visit.at,
                actor=visit.viewer.actor,
                charter=version.uuid,
                party=party,
            )
        except actions.NotAllowed:
            raise Http404 from None
        except actions.UnfitStep as unfit:
            problem = str(unfit)
        else:
            messages.success(
                visit.request, gettext("You have signed version %(number)s.") % {"number": number}
            )
            return redirect("governance:version", visit.company.prefix, number)
    context = {
        "sheet": queries.version_sheet(version, visit.at),
        "party": party,
        "problem": problem,
        "missing": actions.unfilled_points(charters.document_of(version)),
        "may_edit": visit.may(Right.EDIT_CHARTER),
    }
    status = 422 if visit.request.method == "POST" else 200
    return page(visit, "governance/sign.html", context, status=status)


def may_withdraw(visit: Visit, version: CharterVersion) -> bool:
    right = Right.SIGN_CHARTER if version.signatures else Right.EDIT_CHARTER
    return version.until is None and visit.viewer.side == "company" and visit.may(right)


@require_http_methods(["GET", "HEAD", "POST"])
@member(Right.EDIT_CHARTER)
def withdraw(visit: Visit, number: int) -> HttpResponseBase:
    """Say what withdrawing changes and what it does not, and withdraw."""
    version, problem = found(visit, number), ""
    if not may_withdraw(visit, version) and version.until is None:
        raise Http404
    if visit.request.method == "POST":
        try:
            actions.withdraw_charter(
                visit.company.uuid,
                at=visit.at,
                actor=visit.viewer.actor,
                charter=version.uuid,
            )
        except actions.NotAllowed:
            raise Http404 from None
        except actions.UnfitStep as unfit:
            problem = str(unfit)
        else:
            messages.success(
                visit.request, gettext("Version %(number)s is withdrawn.") % {"number": number}
            )
            return redirect("governance:version", visit.company.prefix, number)
    after = sharing.ruling_without(version, visit.at)
    context = {
        "sheet": queries.version_sheet(version, visit.at),
        "problem": problem
        or (gettext("It was withdrawn already.") if version.until is not None else ""),
        "after": after.version if after else 0,
        "rules_now": any(
            each == version for each in charters.ruling_versions(visit.company.uuid, visit.at)
        ),
    }
    status = 422 if visit.request.method == "POST" else 200
    return page(visit, "governance/withdraw.html", context, status=status)
