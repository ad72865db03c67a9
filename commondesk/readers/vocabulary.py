"""What desks call the columns of a table and the words in them: English, French and German.

It only proposes. A name that may mean several things stands under none of them, or ranks last; what
no word shows is left to a person.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

NAMES: dict[str, tuple[str, ...]] = {
    "number": (
        "number", "ticketid", "ticketnumber", "ticketno", "ticketnr", "ticket", "incidentid",
        "incidentnumber", "incidentno", "casenumber", "caseid", "requestid", "requestnumber",
        "issuekey", "key", "srnumber", "callid", "callref", "callnumber", "taskid", "workorderid",
        "reference", "ref", "numero", "numerodeticket", "numeroticket", "nticket", "nodeticket",
        "identifiant", "numeroincident", "numerodemande", "nincident", "ticketnummer",
        "vorgangsnummer", "vorgangsnr", "vorgang", "nummer", "kennung", "storungsnummer",
        "anfragenummer", "fallnummer", "auftragsnummer", "meldungsnummer", "caseconceptname",
        "caseidnodeid", "incident", "case", "displayid", "id", "nr", "no",
    ),
    "opened": (
        "openedat", "opened", "openedon", "opentime", "created", "createdat", "createdon",
        "createdate", "createddate", "createtime", "creation", "creationdate", "datecreated",
        "open", "opening", "logged", "raised", "reported", "submitted", "submit", "submission",
        "registered", "requested", "received", "entered", "loggedat", "startdate", "ouverture",
        "ouvert", "ouvertle", "cree", "creele", "emission", "soumission", "declaration",
        "signalement", "saisie", "eroffnet", "eroffnungs", "eroffnung", "erstellt", "erstell",
        "erstellungs", "erstellung", "angelegt", "anlage", "gemeldet", "melde", "meldungs",
        "eingang", "eingangs", "erfasst", "erfassungs", "erfassung", "aufgenommen", "start",
        "casestarttime",
    ),
    "updated": (
        "sysupdatedat", "sysupdatedon", "updatedat", "updated", "updatedon", "update", "updatedate",
        "change", "changed", "changedate", "changedatetime", "changedat", "event", "eventtime",
        "datestamp", "timetimestamp", "complete", "activity", "lastupdated", "lastupdate",
        "modified", "modifiedon", "lastmodified", "lastmodifieddate", "lastchanged", "lastchange",
        "modification", "modifie", "modifiele", "misajour", "miseajour", "dernieremodification",
        "dernieremiseajour", "geandert", "anderungs", "anderung", "letzteanderung",
        "zuletztgeandert", "aktualisiert", "letzteaktualisierung", "zuletztaktualisiert",
        "timestamp", "zeitstempel", "horodatage",
    ),
    "updated_by": (
        "sysupdatedby", "updatedby", "modifiedby", "changedby", "lastmodifiedby", "lastupdatedby",
        "actor", "performedby", "modifiepar", "misajourpar", "geandertvon", "aktualisiertvon",
        "orgresource", "resource", "by",
    ),
    "update": (
        "sysmodcount", "updatecount", "revision", "sequence", "updatenumber", "sequencenumber",
        "incidentactivitynumber",
    ),
    "state": (
        "substatus", "state", "status", "incidentstate", "ticketstatus", "ticketstate",
        "currentstatus", "incidentstatus", "casestatus", "requeststatus", "statusname", "etat",
        "statut", "etatticket", "statutticket", "statutduticket", "zustand", "bearbeitungsstatus",
        "ticketzustand", "statuslabel", "phase", "activity", "conceptname", "incidentactivitytype",
        "aktivitat", "activite", "event", "action",
    ),
    "first_response": (
        "firstresponseat", "firstresponse", "firstresponsetime", "firstresponseon",
        "firstrespondedat", "firstresponded", "firstreply", "firstreplied", "firstreplyat",
        "initialresponse", "initialreply", "responded", "respondedat", "response",
        "firstresponsedate", "responsedate", "firstcontact", "firstpublicreply", "acknowledged",
        "acknowledgedat", "acknowledgement", "premierereponse", "reponse", "priseencharge",
        "prisencharge", "ersteantwort", "erstantwort", "erstreaktion", "erstereaktion", "reaktions",
        "reaktion", "antwort",
    ),
    "resolved": (
        "resolvedat", "resolved", "resolvedon", "resolveddate", "resolution", "resolutiondate",
        "dateresolved", "lastresolved", "resolve", "solvedat", "solved", "solution", "fixed",
        "fixedat", "completed", "completedat", "completion", "finished", "resolu", "resolule",
        "solutionne", "solutionnele", "termine", "traite", "traitele", "gelost", "losungs",
        "losung", "behoben", "erledigt", "erledigungs", "fertiggestellt",
    ),
    "closed": (
        "closedat", "closed", "closedon", "closeddate", "close", "closing", "closure", "dateclosed",
        "lastclosed", "cloture", "cloturele", "ferme", "fermele", "fermeture", "clos",
        "geschlossen", "abschluss", "abgeschlossen", "schliess", "schliessungs", "schliessung",
        "enddate", "ended", "end", "ende", "fin",
    ),
    "reopened": (
        "reopenedat", "reopened", "reopenedon", "reopen", "reopening", "reouverture", "rouvert",
        "wiedereroffnet", "wiedereroffnungs", "wiedergeoffnet",
    ),
    "reopens": (
        "reopencount", "reopens", "reopenings", "reopenedcount", "noofreopens", "numberofreopens",
        "nombredereouvertures", "reouvertures", "anzahlwiedereroffnungen", "wiedereroffnungen",
    ),
    "reassignments": (
        "reassignmentcount", "reassignments", "noofreassignments", "numberofreassignments",
        "nombredereaffectations", "reaffectations", "assignmentcount", "anzahlweiterleitungen",
        "weiterleitungen",
    ),
    "priority": (
        "priority", "prio", "priorite", "prioritat", "prioritaet", "ticketpriority",
        "prioritylevel", "dringlichkeitsstufe", "severity", "sev", "severite", "gravite",
        "schweregrad", "criticality", "criticite",
    ),
    "impact": ("impact", "srlatestimpact", "auswirkung"),
    "urgency": ("urgency", "urgence", "dringlichkeit"),
    "team": (
        "assignmentgroup", "assignedgroup", "groupassigned", "team", "assignedteam", "supportgroup",
        "group", "groupname", "queue", "queuename", "supportteam", "operatorgroup", "resolvergroup",
        "ownergroup", "groupe", "groupedetechniciens", "groupeaffecte", "groupeassigne",
        "groupedaffectation", "equipe", "equipesupport", "equipeassignee", "filedattente", "file",
        "gruppe", "bearbeitergruppe", "bearbeitungsgruppe", "zugewiesenegruppe", "zustandigegruppe",
        "warteschlange", "orggroup", "involvedst", "department", "abteilung", "groupid", "teamid",
        "queueid",
    ),
    "owner": (
        "assignedto", "assignee", "assigneename", "owner", "ownername", "agent", "agentname",
        "assignedagent", "technician", "technicianname", "assignedtechnician", "assigned",
        "responder", "handler", "analyst", "engineer", "technicien", "affectea", "affecte",
        "assignea", "assigne", "attribuea", "intervenant", "responsable", "bearbeiter", "besitzer",
        "zugewiesen", "zugewiesenan", "zustandig", "techniker", "verantwortlicher",
        "sachbearbeiter", "ownerfirstname", "caseowner", "ticketowner", "incidentowner", "operator",
        "operatorname", "assigneeid", "assignedtoid", "responderid", "ownerid", "agentid",
    ),
    "requester": (
        "requester", "requestername", "callerid", "caller", "callername", "requestedfor",
        "reporter", "reportername", "requestedby", "raisedby", "submitter", "affecteduser",
        "enduser", "customer", "customername", "contact", "contactname", "fullname", "user",
        "username", "client", "demandeur", "appelant", "utilisateur", "nomdudemandeur", "emetteur",
        "declarant", "beneficiaire", "melder", "gemeldetvon", "gemeldetdurch", "signalepar",
        "declarepar", "anforderer", "antragsteller", "anwender", "benutzer", "kunde",
        "kundenbenutzer", "kundenname", "anrufer", "ersteller", "auftraggeber", "requesteremail",
        "customeremail", "email", "requesterid", "callerid", "customerid", "reporterid",
    ),
    "opener": (
        "openedby", "createdby", "creator", "author", "loggedby", "enteredby", "submittedby",
        "creepar", "ouvertpar", "erstelltdurch", "saisipar", "redacteur", "erstelltvon",
        "angelegtvon", "eroffnetvon", "erfasstvon",
    ),
    "channel": (
        "contacttype", "channel", "source", "via", "origin", "caseorigin", "requestmode", "medium",
        "ticketsource", "requestsource", "reportedsource", "callsource", "entry", "contactmethod",
        "mode", "canal", "sourcedelademande", "origine", "moyendecontact", "kanal", "quelle",
        "herkunft", "eingangskanal", "kontaktart", "meldeweg",
    ),
    "kind": (
        "type", "tickettype", "issuetype", "kind", "recordtype", "requesttype", "incidenttype",
        "calltype", "worktype", "typedeticket", "typeticket", "tickettyp", "tickettypen", "typ",
        "vorgangstyp", "vorgangsart", "ticketart", "art",
    ),
    "category": (
        "category", "categoryname", "categorie", "kategorie", "topic", "problemtype", "helptopic",
        "thema", "theme", "subcategory", "souscategorie", "unterkategorie",
    ),
    "service": (
        "service", "businessservice", "serviceaffected", "affectedservice", "servicename", "dienst",
        "serviceconcerne", "application", "anwendung",
    ),
    "item": (
        "cmdbci", "configurationitem", "ci", "ciname", "asset", "assetname", "device", "item",
        "equipement", "materiel", "gerat", "elementsassocies", "cinameaff",
    ),
    "site": (
        "location", "site", "office", "building", "lieu", "localisation", "agence", "standort",
        "ort", "gebaude",
    ),
    "subject": (
        "subject", "summary", "shortdescription", "title", "tickettitle", "ticketsubject",
        "briefdescription", "headline", "titre", "sujet", "objet", "resume", "intitule", "libelle",
        "betreff", "titel", "kurzbeschreibung", "kurztext", "zusammenfassung", "name",
        "description", "beschreibung",
    ),
    "sla": (
        "madesla", "slamet", "slastatus", "sla", "resolutionslamet", "slabreached", "withinsla",
        "resolutionstatus", "resolutionslastatus", "slaviolated", "hasbreached", "breached",
        "slaerfullt", "slaeingehalten", "slarespecte", "inverletzung",
    ),
}  # fmt: skip
"""What columns are called, without case, accents and signs; the surest first."""

_STEPS = frozenset(
    {"activity", "conceptname", "incidentactivitytype", "aktivitat", "activite", "event", "action"}
)
TIMES = frozenset({"opened", "updated", "first_response", "resolved", "closed", "reopened"})
_FILLERS = frozenset(
    {
        "date", "datetime", "time", "timestamp", "at", "on", "dt", "d", "de", "du", "des", "le",
        "la", "les", "l", "am", "um", "der", "die", "das", "the", "of", "utc", "gmt", "local",
        "ticket", "tickets", "incident", "incidents", "case", "issue", "request", "sys", "u",
        "datum", "zeit", "uhrzeit", "zeitpunkt", "heure", "horodatage", "et", "und", "and",
        "actual", "y", "h", "mm", "stamp", "zeitstempel", "demande", "vorgang", "anfrage",
    }
)  # fmt: skip
"""Words that say no more than that a column holds a time of a ticket."""
_COMPOUND = re.compile(r"(.{3,}?)(zeitpunkt|uhrzeit|datum|zeit|datetime|date|time)$")
_SIGNS_OF_NUMBER = ("#", "№", "N°", "Nº")
_OF_ANYTHING = frozenset({"id", "name", "value", "label", "key", "displayname", "displayvalue"})
"""Names of inner fields that say nothing without the outer one: `status.name`."""


@lru_cache(maxsize=4096)
def meanings_of(heading: str) -> Mapping[str, int]:
    """What a column may mean by its heading: our names, the surest with the smallest number."""
    found: dict[str, int] = {"number": 0} if heading.strip() in _SIGNS_OF_NUMBER else {}
    for step, plain in enumerate(_readings(heading)):
        for name, others in NAMES.items():
            if name not in found and plain in others:
                found[name] = step * 1000 + others.index(plain)
    for step, core in enumerate(_cores(heading), 4):
        for name in TIMES:
            if name not in found and core in NAMES[name]:
                found[name] = step * 1000 + NAMES[name].index(core)
    return found


def names_steps(heading: str) -> bool:
    """Whether a column holds names of steps rather than of states."""
    return any(each in _STEPS for each in _readings(heading))


def _readings(heading: str) -> Iterator[str]:
    """What a heading says: all of it, its last part, and both with umlauts written out."""
    outer, _, inner = heading.rpartition(".")
    whole = plain_of(heading if not outer or plain_of(inner) in _OF_ANYTHING else inner)
    if outer and plain_of(inner) in _OF_ANYTHING:
        whole = plain_of(outer.rpartition(".")[2])
    yield whole
    yield plain_of(re.sub(r"[(\[].*?[)\]]", "", heading))
    parts = [each for each in re.split(r"\s+[-–/|>]\s+|: ?", heading) if each.strip()]
    yield plain_of(parts[-1]) if len(parts) > 1 else whole
    yield _without_umlauts(whole)


def _cores(heading: str) -> Iterator[str]:
    """What is left of a heading without the words that any column of times has."""
    apart = re.sub(r"(?<=[a-zà-ÿ])(?=[A-Z])", " ", heading.rpartition(".")[2])
    apart = re.sub(r"[(\[].*?[)\]]", "", apart)
    tokens = re.findall(r"[a-z0-9]+", _without_accents(apart))
    left = [_without_compound(each) for each in tokens if each not in _FILLERS]
    core = "".join(each for each in left if each not in _FILLERS)
    yield core
    yield _without_umlauts(core)


def _without_compound(word: str) -> str:
    found = _COMPOUND.match(word)
    return found[1] if found else word


def _without_umlauts(plain: str) -> str:
    return plain.replace("oe", "o").replace("ue", "u").replace("ae", "a")


def _without_accents(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text).casefold()
    return "".join(each for each in apart if not unicodedata.combining(each))


def plain_of(text: str) -> str:
    """Letters and digits alone, without case and accents."""
    return "".join(each for each in _without_accents(text) if each.isascii() and each.isalnum())


# ---- words ----------------------------------------------------------------------------------

Signs = Sequence[tuple[str, str]]
"""Meanings, each with a pattern of the words that show it; the first that fits counts."""

STATES: Signs = (
    ("unknown", r"^(unknown|unmatched|undefined|none|inconnu|unbekannt)$"),
    (
        "open",
        r"(await|wait|pend).*(assign|agent|support|dispatch|pick.?up|technician|analyst|triage)|"
        r"attente.*(affect|attrib|assign|prise en charge)|wart.*(zuweisung|bearbeit|zuordnung)",
    ),
    ("closed", r"^(auto[ -]?)?clos(ed|e)\b|^auto[ -]?clos"),
    (
        "open",
        r"\b(un|not |non |nicht )(re)?solved|non resolu|(nicht|un)[ -]?gelo(e)?st|"
        r"re-?open|rouvert|wieder(er|ge)?offnet",
    ),
    ("resolved", r"^(resolved|solved|resolu|gelost|geloest|behoben)"),
    (
        "waiting vendor",
        r"vendor|supplier|third|3rd|extern|fournisseur|prestataire|\btiers\b|editeur|lieferant|"
        r"hersteller|dritt|dienstleister",
    ),
    (
        "waiting approval",
        r"approval|to (be )?approve|(await|wait|pend).*(approv|authori[sz])|authori[sz]ation|"
        r"(attente|pour|demande).*(validation|approbation)|a valider|genehmigung|freigabe",
    ),
    (
        "waiting requester",
        r"(await|wait|pend|hold|attente|wart|ruckfrage|need|more).*(user|customer|caller|requester|"
        r"client|info|reporter|utilisateur|demandeur|kunde|anwender|melder|benutzer|reply|response|"
        r"feedback|antwort|reponse)|ruckfrage",
    ),
    (
        "waiting date",
        r"schedul|planned|planifi|geplant|until|snooze|postpon|deferr|report(e|é)\b|remind|rappel|"
        r"erinnerung|wiedervorlage|pending auto|terminiert",
    ),
    (
        "waiting",
        r"await|waiting|\bwait\b|pending|hold|suspend|attente|wart|zuruckgestellt|angehalten|"
        r"block|paus|standby",
    ),
    (
        "closed",
        r"\bclos(e|ed|ure|ing)\b|\bclos\b|ferme|clotur|archiv|geschlossen|schliessen|cancel|annul|"
        r"abgebrochen|storniert|reject|refus|abgelehnt|rejet|withdrawn|duplic|zusammengefasst|merged",
    ),
    (
        "resolved",
        r"resolved|solved|\b(re)?solve\b|fixed|\bdone\b|complete|finish|resolu|gelost|geloest|"
        r"erledigt|behoben|abgeschlossen|fertig|termine\b|traite\b|solutionne",
    ),
    (
        "open",
        r"new|open|active|assign|progress|work|to ?do|start|nouve|ouvert|cours|neu|offen|arbeit|"
        r"register|accepted|queued|triage|escalat|review|logged|insert|take in charge|attribu|"
        r"affect|erfasst|zugewiesen|angenommen|eskaliert|\ben charge|investigat|diagnos|qualif",
    ),
)
STEPS: Signs = (
    ("open", r"re-?open|^(open|create|insert)"),
    (
        "unknown",
        r"updat|communicat|\bmail\b|comment|note|analys|research|indicator|assign|caused by|notify|"
        r"impact|urgency|priority|dial|vendor reference|external update|callback|contact|escalat",
    ),
    ("closed", r"^auto[ -]?clos|\bclosed?\b"),
    *STATES,
)
"""Of the names of steps rather than states: most of them change nothing."""
PRIORITIES: Signs = (
    ("P4", r"\b(not|non|nicht|pas) (urgent|dringend|critical)"),
    ("P3", r"^(standard|normal)"),
    (
        "P1",
        r"critical|urgent|emergency|critique|kritisch|highest|blocker|show.?stopper|"
        r"(very|extremely) high|sehr hoch|hochste|tres (haut|elev|urgent)|immediate|immediat|"
        r"sofort|dringend|notfall|severe|majeure|\bvip\b",
    ),
    ("P2", r"\bhigh|major|haut|elev|\bhoch|important|wichtig"),
    ("P3", r"medium|moderate|normal|standard|moyen|mittel|average|regular|mid\b"),
    (
        "P4",
        r"\blow|minor|planning|\bbas|faible|niedrig|trivial|gering|mineur|(very|tres) (low|bas)",
    ),
    *(
        (
            meaning,
            rf"^(p|prio|priority|priorite|prioritat|sev|severity|s|level|niveau)[ -]*{digits}\b",
        )
        for meaning, digits in (("P1", "[01]"), ("P2", "2"), ("P3", "3"), ("P4", "[45]"))
    ),
)
LEVELS: Signs = (("P1", r"^1\b"), ("P2", r"^2\b"), ("P3", r"^3\b"), ("P4", r"^[45]\b"))
"""Of priorities that are numbers alone: of some desks 1 is the most urgent, of others the least."""
CHANNELS: Signs = (
    ("mail", r"mail|courriel"),
    ("phone", r"phone|call|ivr|tele|voice|anruf"),
    ("chat", r"chat|messag|teams|slack|whatsapp|virtual agent|bot\b"),
    (
        "portal",
        r"portal|web|self|catalog|form|portail|site|widget|helpdesk|help ?cent|selbst|mobile",
    ),
    ("monitoring", r"monitor|event|alert|nagios|zabbix|system|uberwach|supervis"),
    ("walk_in", r"walk|person|counter|guichet|desk side|^direct$|vor ort|sur place"),
    ("api", r"\bapi\b|integration|import"),
)
KINDS: Signs = (
    (
        "request",
        r"request|demande|anfrage|anforderung|change|order|task|bestell|auftrag|wunsch|feature",
    ),
    ("question", r"question|how|frage|\binfo"),
    ("alert", r"alert|event|monitor|alarm"),
    (
        "incident",
        r"incident|problem|\bbug\b|stor|fault|fail|outage|disrupt|issue|panne|fehler|vorfall|defect|anomal",
    ),
)
SAID_MET = re.compile(
    r"(true|yes|y|1|met|within.*|achieved|oui|ja|j|o|ok|not (breached|violated|missed)|in sla|"
    r"on ?time|respecte|tenu|eingehalten|erfullt)",
    re.IGNORECASE,
)
"""What seems to say that a target was met."""
UNSET = re.compile(
    r"none|unassigned|not (assigned|set|defined|specified)|undefined|aucune?|"
    r"non (assigne|affecte|defini)e?|keine?|nicht (zugewiesen|gesetzt|definiert)|unzugewiesen"
)
"""Words in columns of priorities and hands that seem to say that there is none."""
SAYS_MISSED = ("slabreached", "slaviolated", "hasbreached", "breached", "inverletzung")
"""Columns whose yes says that it was missed."""


def says_none(word: str) -> bool:
    """Whether a word seems to say that no priority, team or owner is set."""
    return UNSET.fullmatch(_without_accents(word).strip(" -()<>")) is not None


def meaning_of(word: str, signs: Signs) -> str:
    """What a word seems to mean; empty where nothing shows it."""
    plain = _without_accents(word)
    return next((meaning for meaning, sign in signs if re.search(sign, plain)), "")
