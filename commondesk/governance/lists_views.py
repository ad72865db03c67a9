"""Bringing lists along: choose a file, look at every row, then import all of it or nothing."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from commondesk.accounts.arrangement.arranging import NotAllowed as MayNotArrange
from commondesk.accounts.doorway import Visit, member, page
from commondesk.accounts.importing import kept
from commondesk.accounts.importing.kept import Gone
from commondesk.accounts.importing.plan import Plan, Refused, State
from commondesk.accounts.policy import Right
from commondesk.accounts.works import asking
from commondesk.accounts.works_views import shown_works
from commondesk.core.texts import gettext, gettext_noop
from commondesk.governance import long_lists
from commondesk.governance.catalogue_views import as_csv
from commondesk.governance.entering import NotAllowed
from commondesk.governance.lists import LISTS, BroughtList, Errand
from commondesk.governance.long_lists import MANY
from commondesk.readers.table_file import (
    MOST_BYTES,
    MOST_ROWS,
    SEPARATOR_WORDS,
    Table,
    UnusableFile,
)

NEEDS = (Right.ADD_PEOPLE, Right.ENTER_CATALOGUE)
ON_A_PAGE = 100
OVER = gettext_noop("The file is here no longer: it is kept for two hours. Choose it again.")


@require_safe
@member(*NEEDS)
def lists(visit: Visit) -> HttpResponse:
    """What can be imported, and the first form for it."""
    wanted = visit.request.GET.get("kind", "")
    first = next((each for each in LISTS.values() if visit.may(each.right)), None)
    known = LISTS.get(wanted)
    chosen = known if known and visit.may(known.right) else first
    assert chosen is not None
    return _choose(visit, chosen)


def _chosen(visit: Visit, name: str) -> BroughtList:
    """Raises Http404."""
    if name not in LISTS:
        raise Http404
    visit.require(LISTS[name].right)
    return LISTS[name]


def _choose(
    visit: Visit, chosen: BroughtList, refusal: str = "", *, status: int = 422
) -> HttpResponse:
    context = {
        "chosen": chosen,
        "lists": [each for each in LISTS.values() if visit.may(each.right)],
        "refusal": refusal,
        "most_rows": MOST_ROWS,
        "most_bytes": MOST_BYTES,
        "sees_catalogue": visit.may(Right.READ_CHARTER),
        "works": shown_works(visit, 3),
    }
    return page(visit, "governance/lists.html", context, status=status if refusal else 200)


@require_POST
@member(*NEEDS)
def upload(visit: Visit, name: str) -> HttpResponse:
    """Take a file, and lead to what it would do."""
    chosen = _chosen(visit, name)
    file = visit.request.FILES.get("file")
    if file is None or not file.size:
        return _choose(visit, chosen, gettext("Choose a file that is not empty."))
    if file.size > MOST_BYTES:
        larger = gettext("The file is larger than %(most)s MB. Split it.")
        return _choose(visit, chosen, larger % {"most": MOST_BYTES // 1024**2})
    content = file.read()
    try:
        chosen.read(content)
    except UnusableFile as unusable:
        return _choose(visit, chosen, str(unusable))
    digest = kept.keep(
        visit.company.uuid, visit.viewer.person_uuid, chosen.name, content, at=visit.at
    )
    return redirect("governance:list", visit.company.prefix, chosen.name, digest)


@require_http_methods(["GET", "HEAD", "POST"])
@member(*NEEDS)
def preview(visit: Visit, name: str, digest: str) -> HttpResponse:
    """What a kept file would do now; posted, it is done."""
    chosen = _chosen(visit, name)
    try:
        content = kept.recall(
            visit.company.uuid, visit.viewer.person_uuid, chosen.name, digest, at=visit.at
        )
        table = chosen.read(content)
    except Gone:
        # Somebody else's, or one that never was, looks the same.
        return _choose(visit, chosen, gettext(OVER), status=404)
    except UnusableFile as unusable:
        return _choose(visit, chosen, str(unusable))
    if visit.request.method == "POST":
        return _import(visit, chosen, table, content, digest)
    return _preview(visit, chosen, chosen.look(visit, table))


def _import(
    visit: Visit, chosen: BroughtList, table: Table, content: bytes, digest: str
) -> HttpResponse:
    seen = visit.request.POST.get("seen", "")
    leave_out = visit.request.POST.get("leave_out") == "yes"
    if len(table.rows) > MANY:
        return _hand_over(visit, chosen, content, digest, seen, leave_out)
    errand = Errand(visit.company.uuid, visit.viewer.actor, visit.at, seen, leave_out)
    try:
        done = chosen.carry_out(errand, table)
    except Refused as refused:
        return _preview(visit, chosen, chosen.look(visit, table), refusal=str(refused))
    except (NotAllowed, MayNotArrange):
        raise Http404 from None
    kept.forget(visit.company.uuid, visit.viewer.person_uuid, chosen.name, digest)
    messages.success(visit.request, long_lists.told(chosen, done))
    return redirect("governance:lists", visit.company.prefix)


def _hand_over(
    visit: Visit, chosen: BroughtList, content: bytes, digest: str, seen: str, leave_out: bool
) -> HttpResponse:
    """Have the worker do it, and show how far it is."""
    given = long_lists.asked(chosen, digest, seen, leave_out=leave_out)
    company, person = visit.company.uuid, visit.viewer.person_uuid
    try:
        work = asking.ask(company, person, long_lists.NAME, given, at=visit.at, content=content)
    except asking.TooMany:
        messages.warning(
            visit.request, gettext("You have several long imports under way. Wait for one to end.")
        )
        return redirect("works:list", visit.company.prefix)
    return redirect("works:work", visit.company.prefix, work.uuid)


def _preview(
    visit: Visit, chosen: BroughtList, plan: Plan[Any], *, refusal: str = ""
) -> HttpResponse:
    shown = _shown(visit, plan)
    rows = list(plan.of(shown))
    start = _start(visit, len(rows))
    table = plan.table
    context = {
        "chosen": chosen,
        "plan": plan,
        "counts": {str(state): count for state, count in plan.counts.items()},
        "shown": str(shown),
        "rows": [(row, chosen.tell(row)) for row in rows[start : start + ON_A_PAGE]],
        "start": start,
        "total": len(rows),
        "next": start + ON_A_PAGE if start + ON_A_PAGE < len(rows) else 0,
        "refusal": refusal,
        "separator": gettext(SEPARATOR_WORDS[table.separator]),
        "is_long": len(table.rows) > MANY,
    }
    return page(visit, "governance/lists_preview.html", context, status=409 if refusal else 200)


def _shown(visit: Visit, plan: Plan[Any]) -> State:
    """The state whose rows to show: the one asked for, else what needs eyes first."""
    asked = visit.request.GET.get("show", "")
    if asked in list(State):
        return State(asked)
    order = (State.WRONG, State.CHANGED, State.NEW, State.UNCHANGED)
    return next((each for each in order if plan.counts[each]), State.UNCHANGED)


def _start(visit: Visit, count: int) -> int:
    asked = visit.request.GET.get("from", "")
    start = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 0
    return start if start < count else 0


@require_safe
@member(*NEEDS)
def sample(visit: Visit, name: str) -> StreamingHttpResponse:
    """A file of that kind to begin with."""
    chosen = _chosen(visit, name)
    return as_csv(chosen.sample(), f"sample-{chosen.name}.csv")


@require_safe
@member(*NEEDS)
def export(visit: Visit, name: str) -> StreamingHttpResponse:
    """All that is here, in the form in which it can be imported."""
    chosen = _chosen(visit, name)
    return as_csv(chosen.export(visit), f"{visit.company.prefix.lower()}-{chosen.name}.csv")
