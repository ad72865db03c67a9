"""A list of sites or items: checked against the catalogue, then entered whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from uuid import UUID

from commondesk.accounts.importing.plan import (
    Change,
    Checked,
    Done,
    Phase,
    Plan,
    State,
    pieces,
    refuse_repeated,
    require,
    telling,
)
from commondesk.accounts.policy import Viewer
from commondesk.accounts.works.kinds import Tell, quiet
from commondesk.core.record.arrangement import CatalogueEntered, CatalogueKind
from commondesk.core.record.event import Actor
from commondesk.core.record.instant import Instant
from commondesk.core.record.priority import CRITICALITY_WORDS
from commondesk.core.texts import gettext, ngettext, number, pgettext
from commondesk.governance import catalogue_list, entering
from commondesk.governance.catalogue_list import Entry
from commondesk.governance.entering import UnfitEntry
from commondesk.ledger import memory
from commondesk.readers import table_file
from commondesk.readers.table_file import Names, Row, Table, plain_of

KEY, NAME, CRITICALITY, SITE, SERVICE, RETIRED = (
    *("key", "name", "criticality"),
    *("site", "service", "retired"),
)
COLUMNS = {
    CatalogueKind.SITE: (KEY, NAME, CRITICALITY, RETIRED),
    CatalogueKind.ITEM: (KEY, NAME, CRITICALITY, SITE, SERVICE, RETIRED),
}
_NAMES: Names = {
    KEY: (
        *("id", "code", "asset tag", "asset", "tag", "asset number", "inventory number"),
        *("clé", "identifiant", "numéro d'inventaire", "Schlüssel", "Kennung", "Inventarnummer"),
    ),
    NAME: ("title", "nom", "libellé", "désignation", "Bezeichnung"),
    CRITICALITY: ("critical", "criticité", "Kritikalität", "Wichtigkeit"),
    SITE: ("location", "place", "lieu", "emplacement", "Standort", "Ort"),
    SERVICE: ("services", "Dienst"),
    RETIRED: ("out of use", "retiré", "hors service", "ausgemustert", "außer Betrieb"),
}
_LEVELS = {
    1: ("critique", "kritisch"),
    2: ("important", "importante", "wichtig"),
    3: ("utile", "nützlich"),
    4: ("confort", "de confort", "pratique", "bequem"),
}
_BY_WORD = {
    plain_of(word): level
    for level, others in _LEVELS.items()
    for word in (str(level), CRITICALITY_WORDS[level], *others)
}
_YES = frozenset(map(plain_of, ("yes", "true", "x", "1", "oui", "ja", "retired")))
_NO = frozenset(map(plain_of, ("no", "false", "0", "non", "nein", "")))
SAMPLES = {
    CatalogueKind.SITE: (
        ("plant-2", "Plant 2, Lyon", "critical", "no"),
        ("office", "Head office", "important", "no"),  # not for readers
    ),
    CatalogueKind.ITEM: (
        ("PRESS-4", "Press 4", "critical", "plant-2", "", "no"),
        ("PRN-0117", "Printer by the door", "useful", "office", "", "no"),  # not for readers
    ),
}

CataloguePlan = Plan[CatalogueEntered]
_Checked = Checked[CatalogueEntered]


def read(kind: CatalogueKind, content: bytes) -> Table:
    """The rows of a file of sites or items. Raises UnusableFile."""
    return table_file.read(content, {column: _NAMES[column] for column in COLUMNS[kind]})


def look(
    company: UUID, kind: CatalogueKind, table: Table, *, at: Instant, tell: Tell = quiet
) -> CataloguePlan:
    """What the list would do now. Nothing is written."""
    return _Checking(company, kind, table, at).plan(tell)


def import_entries(
    company: UUID,
    kind: CatalogueKind,
    table: Table,
    *,
    at: Instant,
    actor: Actor,
    seen: str | None = None,
    leave_out: bool = False,
    tell: Tell = quiet,
) -> Done:
    """Make the catalogue what the list says, rows that are wrong left out if so said.

    seen is the fingerprint of the plan that somebody looked at. Raises NotAllowed, and Refused
    when nothing was done; what tell raises undoes all of it.
    """
    with memory.atomic(), memory.remembering():
        entering.hold(company, actor)
        plan = look(company, kind, table, at=at, tell=tell)
        require(plan, seen, leave_out=leave_out)
        wanted = [*plan.of(State.NEW), *plan.of(State.CHANGED)]
        bodies = [row.wanted for row in wanted if row.wanted]
        done = 0
        for some in pieces(bodies):
            entering.record(company, some, at=at, actor=actor)
            done += len(some)
            tell(Phase.RECORD, done, len(bodies))
        return Done(
            new=plan.counts[State.NEW],
            changed=plan.counts[State.CHANGED],
            left_out=plan.counts[State.WRONG],
        )


def exported(
    company: UUID, viewer: Viewer | None, kind: CatalogueKind, at: Instant
) -> Iterator[str]:
    """Lines of CSV: all sites or items that the viewer may see, by key."""
    entries = catalogue_list.everything(company, viewer, kind, at)
    return table_file.written(COLUMNS[kind], map(_cells, entries))


def _cells(entry: Entry) -> tuple[str, ...]:
    start, retired = (entry.key, entry.title, entry.level), "yes" if entry.is_retired else "no"
    if entry.kind is CatalogueKind.SITE:
        return (*start, retired)
    return (*start, entry.site, entry.service, retired)


def sample(kind: CatalogueKind) -> Iterator[str]:
    """The same with two that do not exist."""
    return table_file.written(COLUMNS[kind], SAMPLES[kind])


class _Checking:
    """One list beside the catalogue of this moment."""

    def __init__(self, company: UUID, kind: CatalogueKind, table: Table, at: Instant) -> None:
        self.kind = kind
        self.table = table
        known = catalogue_list.everything(company, None, kind, at)
        self.known = {each.key.casefold(): each for each in known}
        self.sites = _by_name(catalogue_list.offered_sites(company, at))
        self.services = _by_name(catalogue_list.listed_services(company, at))
        self.company = company

    def plan(self, tell: Tell) -> CataloguePlan:
        rows = tuple(map(self._row, telling(self.table.rows, tell, Phase.LOOK)))
        refuse_repeated(self.table, rows, gettext("key"), KEY)
        return Plan(self.table, rows)

    def _row(self, row: Row) -> _Checked:
        cells = row.cells
        checked = Checked[CatalogueEntered](row.number, cells.get(KEY, ""), cells.get(NAME, ""))
        if row.problem:
            checked.blame("", row.problem)
            return checked
        try:
            checked.key = entering.fit_key(checked.key)
        except UnfitEntry as unfit:
            checked.blame(KEY, str(unfit))
            return checked
        known = self.known.get(checked.key.casefold())
        wanted = self._wanted(checked, known, cells)
        if wanted is not None:
            checked.wanted, checked.title = wanted, wanted.title
            self._compare(checked, known, wanted)
        return checked

    def _wanted(
        self, checked: _Checked, known: Entry | None, cells: Mapping[str, str]
    ) -> CatalogueEntered | None:
        body = (
            known.body(is_retired=known.is_retired)
            if known
            else CatalogueEntered(self.kind, checked.key, "")
        )
        if not known or cells.get(NAME):
            try:
                body = replace(body, title=entering.fit_title(cells.get(NAME, "")))
            except UnfitEntry as unfit:
                checked.blame(NAME, str(unfit))
        if CRITICALITY in cells:
            body = replace(body, criticality=_level(checked, cells[CRITICALITY]))
        if RETIRED in cells:
            body = replace(body, is_retired=_is_retired(checked, cells[RETIRED]))
        if SITE in cells:
            site = _one_of(checked, SITE, cells[SITE], self.sites, body.site)
            body = replace(body, site=site)
        if SERVICE in cells:
            service = _one_of(checked, SERVICE, cells[SERVICE], self.services, body.service)
            body = replace(body, service=service)
        self._refuse_needed(checked, known, body)
        return None if checked.findings else body

    def _refuse_needed(
        self, checked: _Checked, known: Entry | None, body: CatalogueEntered
    ) -> None:
        if self.kind is not CatalogueKind.SITE or not body.is_retired:
            return
        if known is None or known.is_retired:
            return
        if count := catalogue_list.count_at(self.company, known.key):
            checked.blame(
                RETIRED,
                ngettext(
                    "%(count)s item is still there. Move or retire them first.",
                    "%(count)s items are still there. Move or retire them first.",
                    count,
                )
                % {"count": number(count)},
            )

    def _compare(self, checked: _Checked, known: Entry | None, wanted: CatalogueEntered) -> None:
        if known is None:
            checked.is_new = True
            return
        before = known.body(is_retired=known.is_retired)
        for column, was, becomes in _told(before, wanted):
            if was != becomes:
                none = pgettext("a value of the list", "none")
                checked.changes.append(Change(column, was or none, becomes or none))


def _by_name(titles: Mapping[str, str]) -> dict[str, str]:
    """Keys by name and by key, in whatever case; a name that two have means neither."""
    found: dict[str, str] = {}
    for key, title in titles.items():
        name = title.casefold()
        found[name] = "" if name in found else key
    return found | {key.casefold(): key for key in titles}


def _level(checked: _Checked, cell: str) -> int:
    if not cell:
        return 0
    level = _BY_WORD.get(plain_of(cell), 0)
    if not level:
        checked.blame(
            CRITICALITY,
            gettext("“%(cell)s” is no level. Write one of: %(levels)s.")
            % {"cell": table_file.shown(cell), "levels": level_words()},
        )
    return level


def level_words() -> str:
    """The levels as they can be written: `critical (1), important (2), …`."""
    return ", ".join(f"{gettext(word)} ({level})" for level, word in CRITICALITY_WORDS.items())


def _is_retired(checked: _Checked, cell: str) -> bool:
    word = plain_of(cell)
    if word not in _YES | _NO:
        checked.blame(
            RETIRED, gettext("“%(cell)s” is neither yes nor no.") % {"cell": table_file.shown(cell)}
        )
    return word in _YES


def _one_of(
    checked: _Checked, column: str, cell: str, known: Mapping[str, str], before: str
) -> str:
    if not cell or cell == before:
        # What it is already may stay, whatever became of that.
        return cell
    found = known.get(cell.casefold(), "")
    if not found:
        keys = sorted(set(filter(None, known.values())))
        listed = ", ".join(keys[:8])
        if len(keys) > 8:
            listed = gettext("%(names)s and more") % {"names": listed}
        unknown = (
            gettext("There is no site “%(cell)s”. Enter it first; known: %(known)s.")
            if column == SITE
            else gettext(
                "There is no service “%(cell)s”. Services stand in charters; known: %(known)s."
            )
        )
        none = pgettext("what is known", "none yet")
        told = {"cell": table_file.shown(cell), "known": listed or none}
        checked.blame(column, unknown % told)
    return found


def _told(before: CatalogueEntered, after: CatalogueEntered) -> Iterable[tuple[str, str, str]]:
    """What each column was and becomes."""
    return zip(
        (NAME, SITE, SERVICE, CRITICALITY, RETIRED), _words(before), _words(after), strict=True
    )


def _words(body: CatalogueEntered) -> tuple[str, ...]:
    word = CRITICALITY_WORDS.get(body.criticality, "")
    level = gettext(word) if word else ""
    retired = gettext("yes") if body.is_retired else gettext("no")
    return body.title, body.site, body.service, level, retired
