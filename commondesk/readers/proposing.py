"""A mapping proposed from the data of a table, each line with its reason, for a person to correct.

Only what the names of columns and their values show is proposed. What nothing shows is left as a
question, in a line that cannot be read until somebody has answered it.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from commondesk.readers import tables
from commondesk.readers.export import Quality, Source
from commondesk.readers.mapping import COLUMNS, TIMES
from commondesk.readers.signs import looks_like_machine
from commondesk.readers.times import AmbiguousTimes, Evidence, reading_of

LOOKED_AT = 1_000_000
"""Rows that a proposal is made from."""
MOST_VALUES = 2_000_000
"""Different values of a column that are kept apart."""
MOST_WORDS = 60
"""A column of more different values than this holds no words that one could list."""
ASK = "???"

_NAMES: dict[str, tuple[str, ...]] = {
    "number": (
        "number", "ticketid", "ticketnumber", "ticketno", "ticket", "incidentid", "incidentnumber",
        "caseid", "casenumber", "requestid", "issuekey", "key", "id", "reference", "ref", "numero",
        "numerodeticket", "nticket", "ticketnummer", "vorgangsnummer", "nummer", "incident",
        "srnumber", "caseidnodeid", "case", "kennung",
    ),
    "opened": (
        "openedat", "opened", "openedon", "opentime", "createdat", "created", "createdon",
        "createdate", "createddate", "createtime", "creationdate", "datecreated", "dateopened",
        "opendate", "reportedat", "reporteddate", "submitdate", "datedecreation", "creele",
        "dateouverture", "ouvertle", "erstelltam", "erstellt", "eroffnet", "eroffnetam", "angelegt",
        "startdate", "logged", "loggeddate", "createddatetime",
    ),
    "updated": (
        "sysupdatedat", "updatedat", "updated", "updatedon", "lastupdated", "lastupdate",
        "modified", "modifiedon", "lastmodified", "changedat", "eventtime", "timestamp",
        "misajourle", "datedemodification", "modifiele", "geandertam", "aktualisiert",
        "updatedate", "datestamp", "sysupdatedon", "changedate",
    ),
    "updated_by": ("sysupdatedby", "updatedby", "modifiedby", "changedby", "actor", "modifiepar"),
    "update": ("sysmodcount", "updatecount", "revision", "sequence", "updatenumber"),
    "state": (
        "state", "status", "incidentstate", "ticketstatus", "ticketstate", "etat", "statut",
        "zustand", "incidentstatus", "currentstatus",
    ),
    "first_response": (
        "firstresponse", "firstresponseat", "firstresponsetime", "firstresponseon",
        "firstrespondedat", "firstreply", "firstreplyat", "respondedat", "respondeddate",
        "premierereponse", "datepremierereponse", "ersteantwort", "initialresponse",
        "firstresponsedate", "responsedate", "acknowledgedat",
    ),
    "resolved": (
        "resolvedat", "resolved", "resolvedon", "resolveddate", "resolutiondate", "dateresolved",
        "resolvedtime", "solvedat", "solved", "fixedat", "dateresolution", "datederesolution",
        "resolule", "gelostam", "gelost", "geloest", "geloestam", "solveddate", "completedat",
        "resolvetime", "completiondate",
    ),
    "closed": (
        "closedat", "closed", "closedon", "closeddate", "dateclosed", "closetime", "closuredate",
        "closedate", "closedtime", "datedecloture", "datecloture", "cloturele", "fermele",
        "geschlossenam", "geschlossen", "enddate",
    ),
    "reopened": ("reopenedat", "reopened", "reopenedon", "reopentime", "reopeneddate"),
    "reopens": ("reopencount", "reopens", "reopenings", "noofreopens", "reopenedcount"),
    "reassignments": (
        "reassignmentcount", "reassignments", "noofreassignments", "assignmentcount",
    ),
    "priority": ("priority", "prio", "priorite", "prioritat", "prioritaet", "severity"),
    "impact": ("impact",),
    "urgency": ("urgency", "urgence", "dringlichkeit"),
    "team": (
        "assignmentgroup", "assignedgroup", "team", "group", "queue", "supportgroup", "groupe",
        "groupeaffecte", "equipe", "gruppe", "bearbeitergruppe", "assignedteam", "groupname",
    ),
    "owner": (
        "assignedto", "assignee", "owner", "agent", "technician", "technicien", "affectea",
        "assignea", "bearbeiter", "assignedagent", "responder", "resource",
    ),
    "requester": (
        "requester", "callerid", "caller", "customer", "reporter", "requestedfor", "user",
        "contact", "submitter", "affecteduser", "demandeur", "appelant", "utilisateur", "melder",
        "anforderer", "requestername", "requestedby", "contactname", "raisedby",
    ),
    "opener": ("openedby", "createdby", "creator", "loggedby", "creepar", "erstelltvon"),
    "channel": (
        "contacttype", "channel", "source", "via", "origin", "canal", "kanal", "requestmode",
        "medium", "ticketsource",
    ),
    "kind": ("type", "tickettype", "issuetype", "kind", "recordtype", "typedeticket", "tickettyp"),
    "category": ("category", "categorie", "kategorie", "subcategory", "topic", "problemtype"),
    "service": ("service", "businessservice", "serviceaffected", "dienst", "application"),
    "item": ("cmdbci", "ci", "configurationitem", "asset", "device", "item", "ciname"),
    "site": ("location", "site", "lieu", "standort", "office", "building"),
    "subject": (
        "subject", "summary", "shortdescription", "title", "titre", "sujet", "objet", "betreff",
        "titel", "kurzbeschreibung", "ticketsubject", "name",
    ),
    "sla": (
        "madesla", "slamet", "slastatus", "sla", "resolutionslamet", "slabreached", "withinsla",
        "resolutionstatus",
    ),
}  # fmt: skip
"""What columns are called, without case, accents and signs; the surest first."""

_STATE_SIGNS = (
    ("waiting vendor", r"vendor|supplier|third|3rd|external|fournisseur|lieferant|hersteller"),
    ("waiting approval", r"approv|authori[sz]|validation|genehmig"),
    (
        "waiting requester",
        r"(await|wait|pend|hold|attente|wart).*(user|customer|caller|requester|client|info|"
        r"utilisateur|kunde|anwender|reply|response)",
    ),
    ("waiting date", r"schedul|planned|planifi|geplant|until|snooze|postpon"),
    ("closed", r"^(closed|closed .*|ferme|clos|cloture|geschlossen|cancel.*|annul.*|abgebrochen)"),
    (
        "resolved",
        r"(?<!un)resolved|(?<!un)solved|fixed|^done|complete|resolu|gelost|geloest|erledigt",
    ),
    ("waiting", r"await|waiting|pending|hold|suspend|attente|wartend|zuruckgestellt|blocked"),
    (
        "open",
        r"new|open|active|assigned|progress|work|to ?do|nouveau|ouvert|cours|neu|offen|arbeit|"
        r"registered|accepted|queued|triage|escalat|review",
    ),
)
_PRIORITY_SIGNS = (
    ("P1", r"^p?1\b|^p1|critical|urgent|critique|kritisch|highest|blocker|very high"),
    ("P2", r"^p?2\b|^p2|high|major|haut|elev|hoch"),
    ("P3", r"^p?3\b|^p3|medium|moderate|normal|standard|moyen|mittel"),
    ("P4", r"^p?4\b|^p4|^p?5\b|low|minor|planning|bas|faible|niedrig|trivial|lowest"),
)
_CHANNEL_SIGNS = (
    ("mail", r"mail|courriel"),
    ("phone", r"phone|call|ivr|tele|voice|anruf"),
    ("chat", r"chat|messag|teams|slack|whatsapp"),
    ("portal", r"portal|web|self|service catalog|form|portail|site"),
    ("monitoring", r"monitor|event|alert|nagios|zabbix|system"),
    ("walk_in", r"walk|person|counter|guichet|desk side"),
    ("api", r"api|integration|import"),
)
_KIND_SIGNS = (
    ("request", r"request|demande|anfrage|anforderung|change|order|task|bestell"),
    ("question", r"question|how|frage|info"),
    ("alert", r"alert|event|monitor"),
    ("incident", r"incident|problem|bug|stor|fault|issue|panne|fehler"),
)
_SAID_MET = r"^(true|yes|1|met|within.*|achieved|oui|ja|ok|not breached|in sla)$"


def proposed(source: Source) -> str:
    """A mapping for a table as YAML, with reasons and questions. Raises UnusableExport."""
    return "\n".join(_Proposal(_looked_at(source)).lines()) + "\n"


# ---- what the table shows -------------------------------------------------------------------


@dataclass(slots=True)
class _Column:
    """What a column shows in the rows that were looked at."""

    heading: str
    names: Sequence[str]
    """What it may mean by its name."""
    may_be_time: bool
    filled: int = 0
    values: Counter[str] = field(default_factory=Counter)
    evidence: Evidence = field(default_factory=lambda: Evidence(""))

    def hear(self, value: str, row: int) -> None:
        """Take a cell into account."""
        if value in _MISSING or value in ("0", "0000-00-00 00:00:00"):
            if value == "0":
                self.values[value] += 1
            return
        self.filled += 1
        if self.may_be_time:
            self.evidence.hear(value, row)
        if len(self.values) < MOST_VALUES or value in self.values:
            self.values[value] += 1

    @property
    def words(self) -> list[str]:
        """Its words, the most frequent first."""
        return [value for value, count in self.values.most_common() if count]


_MISSING = frozenset({"", "?", "#N/B", "#N/A", "#MULTIVALUE", "NULL", "null", "NaN", "nan", "\\N"})


def _column(heading: str) -> _Column:
    plain = plain_of(heading.rpartition(".")[2])
    names = [name for name, others in _NAMES.items() if plain in others]
    may_be_time = any(name in TIMES for name in names)
    return _Column(heading, names, may_be_time, evidence=Evidence(heading))


@dataclass(frozen=True, slots=True)
class _Looked:
    rows: int
    columns: list[_Column]


def _looked_at(source: Source) -> _Looked:
    columns: dict[str, _Column] = {}
    count = 0
    for row, values in islice(tables.rows_of(source, Quality()), LOOKED_AT):
        count += 1
        for heading, value in values.items():
            column = columns.get(heading)
            if column is None:
                column = columns[heading] = _column(heading)
            if column.names:
                column.hear(value, row)
    return _Looked(count, [*columns.values()])


def plain_of(text: str) -> str:
    """Letters and digits alone, without case and accents."""
    apart = unicodedata.normalize("NFKD", text).casefold()
    return "".join(each for each in apart if each.isascii() and each.isalnum())


# ---- what is proposed -----------------------------------------------------------------------


class _Proposal:
    """Puts the lines of a mapping together."""

    def __init__(self, looked: _Looked) -> None:
        self._looked = looked
        self._chosen = self._choices()
        self._is_update = self._has_updates()

    def lines(self) -> Iterator[str]:
        """The mapping, line by line."""
        yield "# Proposed from the data: read each line, and correct what is wrong."
        yield f"# A line with {ASK} is a question that nothing in the table answers."
        yield from self._rows()
        yield "columns:"
        for name in COLUMNS:
            yield self._column(name)
        others = [each.heading for each in self._looked.columns if not self._is_taken(each)]
        if others:
            yield f"# Not used: {_on_one_line(', '.join(others))}"
        yield from self._words("states", "state", _STATE_SIGNS)
        yield from self._words("priorities", "priority", _PRIORITY_SIGNS)
        yield from self._words("channels", "channel", _CHANNEL_SIGNS)
        yield from self._words("kinds", "kind", _KIND_SIGNS)
        yield from self._machines()
        yield from self._verdict()
        yield from self._dates()
        yield from self._zone()

    def _choices(self) -> dict[str, _Column]:
        """The column for each meaning, by its name first, and only if its values agree."""
        found: dict[str, tuple[int, _Column]] = {}
        for column in self._looked.columns:
            plain = plain_of(column.heading.rpartition(".")[2])
            for name in column.names:
                if column.filled and self._agrees(name, column):
                    rank = _NAMES[name].index(plain)
                    if name not in found or rank < found[name][0]:
                        found[name] = (rank, column)
        return {name: column for name, (_, column) in found.items()}

    def _agrees(self, name: str, column: _Column) -> bool:
        return name not in TIMES or column.evidence.is_time

    def _is_taken(self, column: _Column) -> bool:
        return any(each is column for each in self._chosen.values())

    def _has_updates(self) -> bool:
        """Whether tickets come in several rows that differ in the time of their update."""
        number, updated = self._chosen.get("number"), self._chosen.get("updated")
        return bool(number and updated and number.filled > 1.2 * len(number.values))

    def _rows(self) -> Iterator[str]:
        number = self._chosen.get("number")
        rows = self._looked.rows
        if number is None:
            yield f"rows: {ASK}  # ticket or update: which column names the ticket?"
            return
        several = f"{len(number.values):,} tickets in the {rows:,} rows looked at"
        yield f"rows: {'update' if self._is_update else 'ticket'}  # {several}"

    def _column(self, name: str) -> str:
        column = self._chosen.get(name)
        needed = ("number", "updated", "state") if self._is_update else ("number", "opened")
        if column is None:
            mark = f"{name}: {ASK}" if name in needed else f"# {name}:"
            return f"  {mark}  # {COLUMNS[name]}"
        share = column.filled / max(1, self._looked.rows)
        return f"  {name}: {_quoted(column.heading)}  # {COLUMNS[name]}; filled in {share:.0%}"

    def _words(self, field_: str, name: str, signs: Sequence[tuple[str, str]]) -> Iterator[str]:
        column = self._chosen.get(name)
        if column is None:
            return
        words = column.words
        if len(words) > MOST_WORDS:
            yield f"# {field_}: column {_on_one_line(column.heading)} has {len(words):,} values"
            words = words[:MOST_WORDS]
        yield f"{field_}:"
        for word in words:
            count = column.values[word]
            yield f"  {_quoted(word)}: {_meaning_of(word, signs)}  # {count:,} rows"

    def _machines(self) -> Iterator[str]:
        found: dict[str, None] = {}
        for name in ("owner", "updated_by", "opener"):
            column = self._chosen.get(name)
            for word in column.words if column else ():
                if looks_like_machine(word):
                    found[word] = None
        if found:
            listed = ", ".join(_quoted(word) for word in list(found)[:MOST_WORDS])
            yield f"machines: [{listed}]  # names of programs, by their look: nobody's work"

    def _verdict(self) -> Iterator[str]:
        column = self._chosen.get("sla")
        if column is None or len(column.values) > MOST_WORDS:
            return
        met = [word for word in column.words if re.match(_SAID_MET, word, re.IGNORECASE)]
        if met:
            listed = ", ".join(_quoted(word) for word in met)
            yield f"sla_met: [{listed}]  # reported beside our figures, never used in them"

    def _dates(self) -> Iterator[str]:
        evidence = {name: column.evidence for name, column in self._chosen.items() if name in TIMES}
        for name, each in evidence.items():
            heading = _on_one_line(each.column)
            others = {other: one for other, one in evidence.items() if other != name}
            try:
                reading = reading_of(each, None, others)
            except AmbiguousTimes as question:
                yield f"# {heading}: {_on_one_line(str(question))}"
                yield f"dates: {ASK}"
                return
            yield f"# {heading}: {reading.order}, since {_on_one_line(reading.why)}"

    def _zone(self) -> Iterator[str]:
        columns = [column for name, column in self._chosen.items() if name in TIMES]
        if any(column.evidence.offsets[None] for column in columns):
            yield f"zone: {ASK}  # times name none; where did the clock stand? Such as Europe/Paris"


def _meaning_of(word: str, signs: Sequence[tuple[str, str]]) -> str:
    plain = unicodedata.normalize("NFKD", word).casefold()
    plain = "".join(each for each in plain if not unicodedata.combining(each))
    return next((meaning for meaning, sign in signs if re.search(sign, plain)), ASK)


def _quoted(text: str) -> str:
    """A text that YAML reads as it is, in double quotes unless it is plain."""
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9_ .-]*[A-Za-z0-9_]", text):
        return text
    escaped = "".join(_escaped(each) for each in text)
    return f'"{escaped}"'


def _escaped(letter: str) -> str:
    if letter in '"\\':
        return f"\\{letter}"
    if letter.isprintable():
        return letter
    code = ord(letter)
    return (
        f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"
    )


def _on_one_line(text: str) -> str:
    return "".join(each if each.isprintable() else " " for each in text)[:1000]
