"""Long lists, imported by the worker instead of while somebody waits for a page."""

from __future__ import annotations

from uuid import UUID

from django.urls import reverse

from commondesk.accounts.arrangement.arranging import NotAllowed as MayNotArrange
from commondesk.accounts.importing import kept
from commondesk.accounts.importing.plan import Done, HasWrongRows, Moved, Refused
from commondesk.accounts.works.kinds import CannotBeDone, Doing, Given, Kind
from commondesk.core.texts import gettext, gettext_noop, number
from commondesk.governance.entering import NotAllowed
from commondesk.governance.lists import LISTS, BroughtList, Errand
from commondesk.readers.table_file import Table, UnusableFile

NAME = "list"
MANY = 2000
"""A list of more rows than this is imported by the worker."""
WHYS = {
    "moved": gettext_noop(
        "Something changed here since you looked, so nothing was imported. Look again, then import."
    ),
    "wrong_rows": gettext_noop(
        "Some rows are wrong, so nothing was imported. Mend them in your file and choose it again,"
        " or say that they are to be left out."
    ),
    "refused": gettext_noop("A row cannot be carried out, so nothing was imported. Look again."),
    "unusable": gettext_noop("The file cannot be read any more. Choose it again."),
}


def asked(chosen: BroughtList, digest: str, seen: str, *, leave_out: bool) -> Given:
    """What is asked for: a list that was looked at."""
    return {"list": chosen.name, "digest": digest, "seen": seen, "leave_out": leave_out}


def told(chosen: BroughtList, done: Done) -> str:
    """What an import did, in words."""
    counts = {"new": number(done.new), "changed": number(done.changed)}
    words = gettext("%(new)s new, %(changed)s changed") % counts
    if done.left_out:
        wrong = gettext("%(told)s, %(count)s wrong left out")
        words = wrong % {"told": words, "count": number(done.left_out)}
    return chosen.imported(words)


def _prepare(doing: Doing) -> Table:
    try:
        return _list(doing.given).read(doing.content)
    except UnusableFile:
        raise CannotBeDone("unusable") from None


def _do(doing: Doing, table: Table) -> Given:
    errand = Errand(
        company=doing.company,
        actor=doing.actor,
        at=doing.at,
        seen=str(doing.given["seen"]),
        leave_out=bool(doing.given["leave_out"]),
        tell=doing.tell,
    )
    try:
        done = _list(doing.given).carry_out(errand, table)
    except (NotAllowed, MayNotArrange):
        raise CannotBeDone("not_allowed") from None
    except Moved:
        raise CannotBeDone("moved") from None
    except HasWrongRows:
        raise CannotBeDone("wrong_rows") from None
    except Refused:
        raise CannotBeDone("refused") from None
    kept.forget(
        doing.company, UUID(doing.actor.id), str(doing.given["list"]), str(doing.given["digest"])
    )
    return {"new": done.new, "changed": done.changed, "left_out": done.left_out}


def _result(given: Given, result: Given) -> str:
    return told(_list(given), Done(result["new"], result["changed"], result["left_out"]))


def _onward(prefix: str, given: Given) -> tuple[str, str]:
    if given["list"] == "people":
        return reverse("people:list", args=[prefix]), gettext("See the people")
    shelf = str(given["list"])
    return reverse("governance:entries", args=[prefix, shelf]), gettext("See the catalogue")


def _again(prefix: str, given: Given) -> tuple[str, str]:
    address = reverse("governance:list", args=[prefix, given["list"], given["digest"]])
    return address, gettext("Look at the rows again")


def _list(given: Given) -> BroughtList:
    return LISTS[str(given["list"])]


LONG_LIST = Kind(
    name=NAME,
    prepare=_prepare,
    do=_do,
    title=lambda given: _list(given).heading,
    counted=lambda given, count: _list(given).counted(count),
    phases=(
        gettext_noop("Looking at the rows: %(done)s of %(all)s"),
        gettext_noop("Writing: %(done)s of %(all)s"),
        gettext_noop("Putting it on the record: %(done)s of %(all)s"),
    ),
    result=_result,
    onward=_onward,
    again=_again,
    whys=WHYS,
)
