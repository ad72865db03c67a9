"""Long work on exports, done by the worker: looking at one, reviewing it, importing its tickets."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse

from commondesk.accounts import policy
from commondesk.accounts.models import Person, Work
from commondesk.accounts.policy import Right
from commondesk.accounts.works import asking, kinds
from commondesk.accounts.works.kinds import CannotBeDone, Doing, Given, Kind
from commondesk.core import texts
from commondesk.core.record.instant import Instant
from commondesk.core.texts import gettext, gettext_noop, number
from commondesk.desk import handed_exports as handed
from commondesk.desk.handed_exports import FIGURES, LOOK, PACK, RESULT, Export
from commondesk.governance import charters, sharing
from commondesk.review.exports import apart
from commondesk.review.exports.importing import Outcome, imported

LOOKING, REVIEWING, IMPORTING = "export_look", "export_review", "export_import"
OWN_FILE = "file"
CHARTER = "charter.yaml"
WHYS = {
    "gone": gettext_noop("The export is here no longer."),
    "unreadable": gettext_noop("It cannot be read as it is. The page of the export says why."),
    "time": gettext_noop(
        "It took longer than it may on this page. The command “commondesk review” has no such"
        " limit."
    ),
    "memory": gettext_noop(
        "It needs more memory than it may on this page. Hand over fewer months at a time."
    ),
    "disk": gettext_noop("The disk is full, or what it unpacks to is too large."),
    "charter": gettext_noop("The charter that was chosen is there no longer. Choose another."),
}


def ask(kind: str, export: Export, person: UUID, *, at: Instant) -> Work:
    """Have it done soon; what ended before about the same export is put away.

    What it makes to be read speaks the language that is spoken now: that of who asked.

    Raises asking.TooMany, and OSError when the disk is full.
    """
    put_away(export)
    given = {"export": str(export.uuid), "title": export.title, "language": texts.language()}
    return asking.ask(export.company, person, kind, given, at=at)


def put_away(export: Export) -> None:
    """Put away all that has ended about an export."""
    _about(export).exclude(state__in=asking.OPEN).delete()


def latest(export: Export) -> Work | None:
    """What was asked for last about an export and is not put away, by anybody."""
    return _about(export).order_by("-asked_at", "-pk").first()


def _about(export: Export) -> QuerySet[Work]:
    return Work.objects.filter(
        company=export.company,
        kind__in=(LOOKING, REVIEWING, IMPORTING),
        given__export=str(export.uuid),
    )


# ---- doing it -------------------------------------------------------------------------------


def _look(doing: Doing) -> Mapping[str, Any]:
    export = _export(doing)
    with _workbench(export) as bench:
        told = apart.done_apart(_task(export, "look", bench), bench, apart.LOOKING, doing.tell)
    return told


def _looked(doing: Doing, told: Mapping[str, Any]) -> Given:
    _require(doing, Right.REVIEW_EXPORTS)
    _put(_export(doing), {LOOK: told})
    return {"problems": len(told.get("problems", ()))}


def _review(doing: Doing) -> Mapping[str, Any]:
    export = _export(doing)
    with _workbench(export) as bench:
        language = str(doing.given.get("language", texts.ENGLISH))
        task = {**_task(export, "review", bench), "language": language}
        told = apart.done_apart(task, bench, apart.REVIEWING, doing.tell)
        if not told.get("problems"):
            _require_there(export)
            handed.put(export, {each: bench / each for each in (RESULT, PACK, FIGURES)})
    return told


def _reviewed(doing: Doing, told: Mapping[str, Any]) -> Given:
    _require(doing, Right.REVIEW_EXPORTS)
    if problems := told.get("problems"):
        _refuse(_export(doing), problems)
        return {"problems": len(problems)}
    return {"tickets": told["tickets"]}


def _import(doing: Doing) -> Outcome:
    _require(doing, Right.IMPORT_TICKETS)
    export = _export(doing)
    with _workbench(export) as bench:
        return imported(export, bench, doing.tell)


def _was_imported(doing: Doing, outcome: Outcome) -> Given:
    if outcome.problems:
        _refuse(_export(doing), outcome.problems)
        return {"problems": len(outcome.problems)}
    return {"tickets": outcome.tickets, "known": outcome.passed_over}


def _refuse(export: Export, problems: list[str]) -> None:
    """Keep why it cannot be read beside what is known of it."""
    _put(export, {LOOK: {**(export.made(LOOK) or {}), "problems": problems}})


def _task(export: Export, do: str, bench: Path) -> dict[str, Any]:
    terms = export.terms
    return {
        "do": do,
        "files": [[name, str(path)] for name, path in export.paths],
        "format": terms.format,
        "zone": terms.zone,
        "mapping": terms.mapping,
        "lens": terms.lens,
        "charter": _charter(export, bench) if do == "review" else "",
        "out": str(bench),
    }


def _charter(export: Export, bench: Path) -> str:
    """Where the charter lies by which it is reviewed; empty: none. Raises CannotBeDone."""
    chosen = export.terms.charter
    if not chosen:
        return ""
    if chosen == OWN_FILE:
        return str(export.folder / CHARTER)
    versions = (
        each for each in charters.versions_of(export.company) if str(each.version) == chosen
    )
    version = next(versions, None)
    if version is None:
        raise CannotBeDone("charter")
    place = bench / CHARTER
    place.write_text(sharing.yaml_of(version), "utf-8")
    return str(place)


@contextmanager
def _workbench(export: Export) -> Iterator[Path]:
    """A folder for what is made, and for what is laid aside meanwhile."""
    try:
        bench = Path(mkdtemp(prefix="half-", dir=export.folder))
    except OSError:
        raise CannotBeDone("gone") from None
    try:
        yield bench
    finally:
        shutil.rmtree(bench, ignore_errors=True)


def _put(export: Export, made: Mapping[str, object]) -> None:
    with _workbench(export) as bench:
        for what, told in made.items():
            (bench / what).write_text(json.dumps(told), "utf-8")
        handed.put(export, {what: bench / what for what in made})


def _export(doing: Doing) -> Export:
    """Raises CannotBeDone."""
    found = handed.export_of(doing.company, UUID(str(doing.given["export"])))
    if found is None:
        raise CannotBeDone("gone")
    return found


def _require_there(export: Export) -> None:
    if handed.export_of(export.company, export.uuid) is None:
        raise CannotBeDone("gone")


def _require(doing: Doing, right: Right) -> None:
    """Raises CannotBeDone: rights are those of this moment."""
    person = Person.objects.filter(uuid=doing.actor.id).first()
    if not policy.may(policy.viewer_of(person, doing.company), right):
        raise CannotBeDone("not_allowed")


# ---- telling it -----------------------------------------------------------------------------


def _address(prefix: str, given: Given) -> tuple[str, str]:
    return reverse("exports:export", args=[prefix, given["export"]]), gettext("Open the export")


def _megabytes(given: Given, count: int) -> str:
    return gettext("%(count)s MB") % {"count": number(count)}


def _tickets(given: Given, count: int) -> str:
    return number(count)


def _told(words: Callable[[Given], str]) -> Callable[[Given, Given], str]:
    def told(given: Given, result: Given) -> str:
        return gettext(WHYS["unreadable"]) if result.get("problems") else words(result)

    return told


def _kind(name: str, title: str, **more: Any) -> Kind:
    return Kind(
        name=name,
        title=lambda given: (
            gettext("%(what)s: %(about)s")
            % {"what": gettext(title), "about": given.get("title", "")}
        ),
        onward=_address,
        again=_address,
        whys=WHYS,
        **more,
    )


KINDS = (
    _kind(
        LOOKING,
        gettext_noop("Look at an export"),
        prepare=_look,
        do=_looked,
        counted=_megabytes,
        phases=(
            gettext_noop("Reading: %(done)s of %(all)s"),
            gettext_noop("Reading the first tickets…"),
        ),
        result=_told(lambda result: gettext("It was looked at.")),
    ),
    _kind(
        REVIEWING,
        gettext_noop("Review an export"),
        prepare=_review,
        do=_reviewed,
        counted=_megabytes,
        phases=(
            gettext_noop("Reading: %(done)s of %(all)s"),
            gettext_noop("Tickets read so far: %(done)s"),
            gettext_noop("Working out each ticket under every lens…"),
            gettext_noop("Counting the figures…"),
            gettext_noop("Writing the pack…"),
        ),
        result=_told(
            lambda result: (
                gettext("%(count)s tickets reviewed.") % {"count": number(result["tickets"])}
            )
        ),
    ),
    _kind(
        IMPORTING,
        gettext_noop("Import the tickets of an export"),
        prepare=_import,
        do=_was_imported,
        counted=_tickets,
        phases=(
            gettext_noop("Checking all of it before anything is written…"),
            gettext_noop("In the record: %(done)s of %(all)s tickets"),
        ),
        result=_told(
            lambda result: (
                gettext("%(count)s tickets imported, %(known)s were there already.")
                % {"count": number(result["tickets"]), "known": number(result["known"])}
            )
        ),
        stopped=gettext_noop(
            "Stopped. The tickets that were written by then stay; import it again to go on."
        ),
        meanwhile=gettext_noop("Tickets are written a few hundred at a time, each of them whole."),
    ),
)


def learn() -> None:
    """Have works of these kinds done and told from now on."""
    for kind in KINDS:
        kinds.learn(kind)
