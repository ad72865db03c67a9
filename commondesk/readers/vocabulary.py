"""What desks call the columns of a table and the words in them.

Known are English, French and German, and the usual words of Spanish, Portuguese and Italian.

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
        "caseidnodeid", "incident", "case", "displayid", "id", "nr", "no", "chamado", "iddochamado",
        "idchamado", "numerodochamado", "numerochamado", "nchamado", "nodechamado", "protocolo",
        "idticket", "iddelticket", "numerodelticket", "numerodecaso", "iddelcaso", "idincidencia",
        "idsolicitud", "idsolicitacao",
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
        "casestarttime", "abertura", "aberto", "abertoem", "criado", "criadoem", "criacao",
        "registrado", "registro", "apertura", "abierto", "abiertoel", "creado", "creadoel",
        "creacion", "aperto", "apertoil", "creato", "creatoil", "creazione",

    ),
    "updated": (
        "sysupdatedat", "sysupdatedon", "updatedat", "updated", "updatedon", "update", "updatedate",
        "change", "changed", "changedate", "changedatetime", "changedat", "event", "eventtime",
        "datestamp", "timetimestamp", "complete", "activity", "lastupdated", "lastupdate",
        "modified", "modifiedon", "lastmodified", "lastmodifieddate", "lastchanged", "lastchange",
        "modification", "modifie", "modifiele", "misajour", "miseajour", "dernieremodification",
        "dernieremiseajour", "geandert", "anderungs", "anderung", "letzteanderung",
        "zuletztgeandert", "aktualisiert", "letzteaktualisierung", "zuletztaktualisiert",
        "timestamp", "zeitstempel", "horodatage", "atualizado", "atualizadoem", "atualizacao",
        "ultimaatualizacao", "ultimaalteracao", "ultimamodificacao", "modificado", "actualizado",
        "actualizacion", "ultimaactualizacion", "ultimamodificacion", "aggiornato",
        "ultimoaggiornamento", "ultimamodifica",
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
        "aktivitat", "activite", "event", "action", "estado", "situacao", "situacion", "stato",
        "statusdochamado", "estadodochamado", "estadodelticket", "estadodelcaso", "statodelticket",
    ),
    "first_response": (
        "firstresponseat", "firstresponse", "firstresponsetime", "firstresponseon",
        "firstrespondedat", "firstresponded", "firstreply", "firstreplied", "firstreplyat",
        "initialresponse", "initialreply", "responded", "respondedat", "response",
        "firstresponsedate", "responsedate", "firstcontact", "firstpublicreply", "acknowledged",
        "acknowledgedat", "acknowledgement", "premierereponse", "reponse", "priseencharge",
        "prisencharge", "ersteantwort", "erstantwort", "erstreaktion", "erstereaktion", "reaktions",
        "reaktion", "antwort", "primeiraresposta", "primerarespuesta", "primarisposta",
    ),
    "resolved": (
        "resolvedat", "resolved", "resolvedon", "resolveddate", "resolution", "resolutiondate",
        "dateresolved", "lastresolved", "resolve", "solvedat", "solved", "solution", "fixed",
        "fixedat", "completed", "completedat", "completion", "finished", "resolu", "resolule",
        "solutionne", "solutionnele", "termine", "traite", "traitele", "gelost", "losungs",
        "losung", "behoben", "erledigt", "erledigungs", "fertiggestellt", "resolvido",
        "resolvidoem", "resolucao", "solucionado", "solucao", "resuelto", "resueltoel",
        "resolucion", "solucion", "risolto", "risoltoil", "risoluzione", "soluzione",
    ),
    "closed": (
        "closedat", "closed", "closedon", "closeddate", "close", "closing", "closure", "dateclosed",
        "lastclosed", "cloture", "cloturele", "ferme", "fermele", "fermeture", "clos",
        "geschlossen", "abschluss", "abgeschlossen", "schliess", "schliessungs", "schliessung",
        "enddate", "ended", "end", "ende", "fin", "fechado", "fechadoem", "fechamento", "encerrado",
        "encerramento", "cerrado", "cerradoel", "cierre", "chiuso", "chiusoil", "chiusura",
        "completed",
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
        "schweregrad", "criticality", "criticite", "prioridade", "prioridad", "priorita",
        "severidade", "severidad", "gravidade", "gravedad", "criticidade", "criticidad",
    ),
    "impact": (
        "impact", "srlatestimpact", "auswirkung", "impacto", "impatto",
    ),
    "urgency": (
        "urgency", "urgence", "dringlichkeit", "urgencia", "urgenza",
    ),
    "team": (
        "assignmentgroup", "assignedgroup", "groupassigned", "teamassigned", "team", "assignedteam",
        "supportgroup", "group", "groupname", "queue", "queuename", "supportteam", "operatorgroup",
        "resolvergroup", "ownergroup", "groupe", "groupedetechniciens", "groupeaffecte",
        "groupeassigne", "groupedaffectation", "equipe", "equipesupport", "equipeassignee",
        "filedattente", "file", "gruppe", "bearbeitergruppe", "bearbeitungsgruppe",
        "zugewiesenegruppe", "zustandigegruppe", "warteschlange", "orggroup", "involvedst",
        "department", "abteilung", "groupid", "teamid", "queueid", "fila", "cola", "coda", "grupo",
        "gruppo", "grupotecnico", "grupodeatendimento", "grupoasignado", "atribuidogrupo",
        "gruppoassegnato",
    ),
    "owner": (
        "assignedto", "assignee", "assigneename", "agentassigned", "owner", "ownername", "agent",
        "agentname", "assignedagent", "technician", "technicianname", "assignedtechnician",
        "assigned", "responder", "handler", "analyst", "engineer", "technicien", "affectea",
        "affecte", "assignea", "assigne", "attribuea", "intervenant", "responsable", "bearbeiter",
        "besitzer", "zugewiesen", "zugewiesenan", "zustandig", "techniker", "verantwortlicher",
        "sachbearbeiter", "ownerfirstname", "caseowner", "ticketowner", "incidentowner", "operator",
        "operatorname", "assigneeid", "assignedtoid", "responderid", "ownerid", "agentid",
        "atendenteproprietario", "atendente", "atribuidoa", "atribuidopara", "tecnico",
        "tecnicoresponsavel", "asignadoa", "asignado", "agente", "analista", "assegnatoa",
        "assegnato", "proprietario", "atribuido", "responsavel",
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
        "requerente", "solicitante", "richiedente", "usuariocliente", "solicitadopor", "utente",
        "usuario", "cliente", "requestor", "requestors", "from", "fromname",
    ),
    "opener": (
        "openedby", "createdby", "creator", "author", "loggedby", "enteredby", "submittedby",
        "creepar", "ouvertpar", "erstelltdurch", "saisipar", "redacteur", "erstelltvon",
        "angelegtvon", "eroffnetvon", "erfasstvon", "abertopor", "criadopor", "creadopor",
        "apertoda", "creatoda", "autor", "autore",
    ),
    "channel": (
        "contacttype", "channel", "source", "via", "origin", "caseorigin", "requestmode", "medium",
        "ticketsource", "requestsource", "reportedsource", "callsource", "entry", "contactmethod",
        "mode", "canal", "sourcedelademande", "origine", "moyendecontact", "kanal", "quelle",
        "herkunft", "eingangskanal", "kontaktart", "meldeweg", "ticketchannel", "origem", "origen",
        "origemdochamado", "canaldeatendimento", "canale", "fuente",
    ),
    "kind": (
        "type", "tickettype", "issuetype", "kind", "recordtype", "requesttype", "incidenttype",
        "calltype", "worktype", "typedeticket", "typeticket", "tickettyp", "tickettypen", "typ",
        "vorgangstyp", "vorgangsart", "ticketart", "art", "tipo", "tipodechamado", "tipochamado",
        "tipodeticket",        "tipodesolicitacao", "tipoticket", "tracker",
    ),
    "category": (
        "category", "categoryname", "categorie", "kategorie", "topic", "problemtype", "helptopic",
        "thema", "theme", "subcategory", "souscategorie", "unterkategorie", "categoria",
    ),
    "service": (
        "service", "businessservice", "serviceaffected", "affectedservice", "servicename", "dienst",
        "serviceconcerne", "application", "anwendung", "servico", "servicio", "servizio",
    ),
    "item": (
        "cmdbci", "configurationitem", "ci", "ciname", "asset", "assetname", "device", "item",
        "equipement", "materiel", "gerat", "elementsassocies", "elementosasociados", "cinameaff",
    ),
    "site": (
        "location", "site", "office", "building", "lieu", "localisation", "agence", "standort",
        "ort", "gebaude", "localizacao", "localizacion", "ubicacion", "sede",
    ),
    "subject": (
        "subject", "summary", "shortdescription", "title", "tickettitle", "ticketsubject",
        "briefdescription", "headline", "titre", "sujet", "objet", "resume", "intitule", "libelle",
        "betreff", "titel", "kurzbeschreibung", "kurztext", "zusammenfassung", "name",
        "description", "beschreibung", "issuesummary", "titulo", "assunto", "asunto", "titolo",
        "oggetto", "resumo", "resumen", "riepilogo", "descricao", "descripcion", "descrizione",
    ),
    "sla": (
        "madesla", "slamet", "slastatus", "sla", "resolutionslamet", "slabreached", "withinsla",
        "resolutionstatus", "resolutionslastatus", "slaviolated", "hasbreached", "breached",
        "slaerfullt", "slaeingehalten", "slarespecte", "inverletzung", "timetoresolveexceeded",
        "tempsderesolutiondepasse", "tempopararesolverexcedido", "sesuperoeltiempoderesolucion",
        "overduestatus", "overdue",
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
        "data", "fecha", "hora", "horario", "ora", "da", "do", "del", "della", "di", "el", "em",
        "en", "il", "e", "chamado",
    }
)  # fmt: skip
"""Words that say no more than that a column holds a time of a ticket."""
_COMPOUND = re.compile(r"(.{3,}?)(zeitpunkt|uhrzeit|datum|zeit|datetime|date|time)$")
_SIGNS_OF_NUMBER = ("#", "№", "N°", "Nº")
_NUMBERED = re.compile(r"(?:[\s_.-](?i:id|no|nr|num|number|key)|[a-z]I[dD]|#)\.?$")
_OF_OTHERS = re.compile(
    r"user|contact|compan|employee|client|account|asset|device|order|product|organi|session|parent|"
    r"phone|serial|vendor|creator|author|resource",
    re.IGNORECASE,
)
_BARE = ("date", "datetime", "timestamp", "datum", "data", "fecha")
BARE_DATE = 8_000
"""Where a heading says no more than that it holds a time: of the opening, if nothing else is."""
BY_VALUES = 9_000
"""Where a heading only seems to name a number: it counts if no two rows have the same value."""
_OF_ANYTHING = frozenset(
    {"id", "name", "value", "label", "key", "displayname", "displayvalue", "login"}
)
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
    _prefer_inner(heading, found)
    if not found and plain_of(heading) in _BARE:
        found["opened"] = BARE_DATE
    if not found and _NUMBERED.search(heading.strip()) and not _OF_OTHERS.search(heading):
        found["number"] = BY_VALUES
    return found


def _prefer_inner(heading: str, found: dict[str, int]) -> None:
    """Of the parts of one thing its name says more than its id; of a time, the bare value does."""
    outer, _, inner = heading.rpartition(".")
    if not outer:
        return
    inner = plain_of(inner)
    for name in found:
        lesser = ("displayvalue", "displayname") if name in TIMES else ("id", "value", "key")
        found[name] += 500 * (inner in lesser)


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
    tokens = re.findall(r"[a-z0-9]+", _without_accents(_apart(heading)))
    left = [_without_compound(each) for each in tokens if each not in _FILLERS]
    core = "".join(each for each in left if each not in _FILLERS)
    yield core
    yield _without_umlauts(core)


def _apart(heading: str) -> str:
    """The words of a heading, apart, without what stands in brackets."""
    apart = re.sub(r"(?<=[a-zà-ÿ])(?=[A-Z])", " ", heading.rpartition(".")[2])
    return re.sub(r"[(\[].*?[)\]]", "", apart)


_DAY = re.compile(r"(date|datum|data|fecha|jour|giorno|dia|day)$")
_HOUR = re.compile(r"(time|zeit|heure|hora|horario|hour|ora)$")


def half_of(heading: str) -> tuple[str, str] | None:
    """Of a heading that names a day or an hour alone: which, and of what; None of any other."""
    tokens = re.findall(r"[a-z0-9]+", _without_accents(_apart(heading)))
    is_day = any(_DAY.search(each) for each in tokens)
    is_hour = any(_HOUR.search(each) for each in tokens)
    if is_day == is_hour:
        return None
    return ("day" if is_day else "hour"), next(_cores(heading))


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
        r"attente.*(affect|attrib|assign|prise en charge)|wart.*(zuweisung|bearbeit|zuordnung)|"
        r"(aguard|pend|espera|attesa).*(atend|atrib|triag|asign|assegn|agente|tecnic|analista)|"
        r"(processing|en cours|em atendimento|en curso|in corso).*(plan|program)",
    ),
    ("closed", r"^(auto[ -]?)?clos(ed|e)\b|^auto[ -]?clos"),
    (
        "open",
        r"\b(un|not |non |nicht )(re)?solved|non resolu|(nicht|un)[ -]?gelo(e)?st|"
        r"\b(nao |no |non )(resol|soluc|resuel|risol)|"
        r"re-?open|rouvert|wieder(er|ge)?offnet|reabert|reabiert|riapert",
    ),
    (
        "resolved",
        r"^(resolved|solved|resolu|gelost|geloest|behoben|resolvid|solucionad|resuelt|risolt)",
    ),
    (
        "waiting vendor",
        r"vendor|supplier|third|3rd|extern|fournisseur|prestataire|\btiers\b|editeur|lieferant|"
        r"hersteller|dritt|dienstleister|fornecedor|terceir|proveedor|tercer|fornitor",
    ),
    (
        "waiting approval",
        r"approval|to (be )?approve|(await|wait|pend).*(approv|authori[sz])|authori[sz]ation|"
        r"(attente|pour|demande).*(validation|approbation)|a valider|genehmigung|freigabe|"
        r"(aguard|pend|espera|attesa|em |en |in ).*(aprova|aproba|approva|autoriza|valida[cz])",
    ),
    (
        "waiting requester",
        r"(await|wait|pend|hold|attente|wart|ruckfrage|need|more).*(user|customer|caller|requester|"
        r"client|info|reporter|utilisateur|demandeur|kunde|anwender|melder|benutzer|reply|response|"
        r"feedback|antwort|reponse)|ruckfrage|"
        r"(aguard|pend|espera|attesa).*(usuario|cliente|solicitante|requerente|respost|respuest|"
        r"retorno|rispost|utente|richiedente|informa)",
    ),
    (
        "waiting date",
        r"schedul|planned|planifi|geplant|until|snooze|postpon|deferr|report(e|é)\b|remind|rappel|"
        r"erinnerung|wiedervorlage|pending auto|terminiert|agendad|planejad|programad|pianificat",
    ),
    (
        "waiting",
        r"await|waiting|\bwait\b|pending|hold|suspend|attente|wart|zuruckgestellt|angehalten|"
        r"block|paus|standby|^feedback$|aguard|pendent|pendient|espera|attesa|suspens|sospes|\bstalled\b",
    ),
    (
        "closed",
        r"\bclos(e|ed|ure|ing)\b|\bclos\b|ferme|clotur|archiv|geschlossen|schliessen|cancel|annul|"
        r"abgebrochen|storniert|reject|refus|abgelehnt|rejet|withdrawn|duplic|zusammengefasst|merged|"
        r"fechad|encerrad|cerrad|chius|annullat|rejeitad|rechazad|rifiutat",
    ),
    (
        "resolved",
        r"resolved|solved|\b(re)?solve\b|fixed|\bdone\b|complete|finish|resolu|gelost|geloest|"
        r"erledigt|behoben|abgeschlossen|fertig|termine\b|traite\b|solutionne|"
        r"resolvid|solucionad|resuelt|risolt|conclu(id|s)|finaliz|complet|terminad|\bverified\b",
    ),
    (
        "open",
        r"new|open|active|assign|progress|work|to ?do|start|nouve|ouvert|cours|neu|offen|arbeit|"
        r"register|accepted|queued|triage|escalat|review|logged|insert|take in charge|attribu|"
        r"affect|erfasst|zugewiesen|angenommen|eskaliert|\ben charge|investigat|diagnos|qualif|"
        r"confirmed|processing|processando|proceso|aberto|aberta|abiert|\bapert[oa]\b|\bnov[oa]\b|nuev|nuov|andamento|"
        r"atendimento|\b(curso|corso)\b|analis|asignad|assegnat|lavorazione",
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
SERVICENOW: Signs = (
    ("open", r"^[12]$"),
    ("waiting", r"^[345]$"),
    ("resolved", r"^6$"),
    ("closed", r"^[78]$"),
)
"""States of ServiceNow's incidents by number, as the product ships them (docs/readers.md)."""
PRIORITIES: Signs = (
    ("P4", r"\b(not|non|nicht|pas|nao|no) (urgent|dringend|critic)"),
    ("P3", r"^(standard|normal)"),
    (
        "P1",
        r"critical|urgent|emergency|critique|critic[oa]|kritisch|highest|blocker|show.?stopper|"
        r"(muito|muy|molto) alt|altissim|\b(mayor|maior)\b|imediat|inmediat|"
        r"(very|extremely) high|sehr hoch|hochste|tres (haut|elev|urgent)|immediate|immediat|"
        r"sofort|dringend|notfall|severe|majeure|\bvip\b",
    ),
    ("P2", r"\bhigh|major|haut|elev|\bhoch|important|wichtig|\balt[ao]\b"),
    (
        "P3",
        r"medium|moderat|normal|standard|moyen|mittel|average|regular|mid\b|\bmedi[ao]\b|moderad",
    ),
    (
        "P4",
        r"\blow|minor|planning|\bbas|faible|niedrig|trivial|gering|mineur|(very|tres) (low|bas)|"
        r"\bbaix|\bbaj[ao]\b",
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
    ("mail", r"mail|courriel|correo"),
    ("phone", r"phone|call|ivr|tele|voice|anruf"),
    ("chat", r"chat|messag|teams|slack|whatsapp|virtual agent|bot\b"),
    (
        "portal",
        r"portal|web|self|catalog|form|portail|site|widget|helpdesk|help ?cent|selbst|mobile",
    ),
    ("monitoring", r"monitor|event|alert|nagios|zabbix|system|uberwach|supervis"),
    ("walk_in", r"walk|person|counter|guichet|desk side|^direct$|vor ort|sur place|presencial"),
    ("api", r"\bapi\b|integration|import"),
)
KINDS: Signs = (
    (
        "request",
        r"request|demande|anfrage|anforderung|change|order|task|bestell|auftrag|wunsch|feature|"
        r"requisic|solicit|pedido|peticion|requerim|richiest",
    ),
    ("question", r"question|how|frage|\binfo|duvida|pregunta|domanda|consulta"),
    ("alert", r"alert|event|monitor|alarm"),
    (
        "incident",
        r"inciden|problem|\bbug\b|stor|fault|fail|outage|disrupt|issue|panne|fehler|vorfall|defect|anomal|"
        r"\berr(or|o|ore|eur)?\b|falh|\bfalla\b|guast|avaria",
    ),
)
SAID_MET = re.compile(
    r"(true|yes|y|1([.,]0+)?|met|within.*|achieved|oui|ja|j|o|ok|"
    r"not (breached|violated|missed)|in sla|on ?time|respecte|tenu|eingehalten|erfullt|"
    r"sim|si|sí|dentro.*)",
    re.IGNORECASE,
)
"""What seems to say that a target was met."""
SAID_MISSED = re.compile(
    r"(false|no|n|0([.,]0+)?|non|nein|não|nao|not met|"
    r"(.* )?(missed|breached|violated|overdue|late)|"
    r"out(side)?( of)? .*|depasse|non respecte|verletzt|uberschritten|fora.*|fuera.*)",
    re.IGNORECASE,
)
"""What seems to say that a target was missed."""
UNSET = re.compile(
    r"none|unassigned|not (assigned|set|defined|specified)|undefined|aucune?|"
    r"non (assigne|affecte|defini)e?|keine?|nicht (zugewiesen|gesetzt|definiert)|unzugewiesen|"
    r"nobody(@.*| in particular)?|nao atribuid[oa]|sem responsavel|nenhuma?|sin asignar|"
    r"ningun[oa]?|non assegnat[oa]|nessun[oa]?"
)
"""Words in columns of priorities and hands that seem to say that there is none."""
SAYS_MISSED = (
    "slabreached", "slaviolated", "hasbreached", "breached", "inverletzung",
    "overduestatus", "overdue", "timetoresolveexceeded", "tempsderesolutiondepasse",
    "tempopararesolverexcedido", "sesuperoeltiempoderesolucion",
)  # fmt: skip
"""Columns whose yes says that it was missed."""


def says_none(word: str) -> bool:
    """Whether a word seems to say that no priority, team or owner is set."""
    return UNSET.fullmatch(_without_accents(word).strip(" -()<>")) is not None


def meaning_of(word: str, signs: Signs) -> str:
    """What a word seems to mean; empty where nothing shows it."""
    apart = re.sub(r"(?<=[a-zà-ÿ])(?=[A-Z][a-z])", " ", word).replace("_", " ")
    plain = _without_accents(apart)
    return next((meaning for meaning, sign in signs if re.search(sign, plain)), "")
