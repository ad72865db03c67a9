"""Mappings proposed for tables as other desks write them: read unchanged, right without help."""

import io
from typing import Any

import pytest
import yaml

from commondesk.core.record import events as e
from commondesk.readers import known, proposing, table_export
from commondesk.readers.export import Asked, ExportedTicket, Quality, Source, UnusableExport
from tests.readers.tables_made import ACME, read, source, spreadsheet, told


def csv_of(*rows: str) -> Source:
    return source("".join(f"{row}\n" for row in rows).encode())


def proposal(table: Source) -> dict[str, Any]:
    """What is proposed, every word as it is written."""
    found = yaml.load(table_export.proposed(table), Loader=yaml.BaseLoader)
    assert isinstance(found, dict)
    return found


def unchanged(table: Source) -> tuple[list[ExportedTicket], Quality]:
    """What is read with the mapping as it is proposed."""
    return read(table, table_export.proposed(table))


def when(ticket: ExportedTicket) -> list[str]:
    """The opening, the first words, the solution and the closing, without what is estimated."""
    named = ("ticket.opened", "message.written", "ticket.resolved", "ticket.closed")
    return [each[5:] for each in told(ticket) if each.split()[1] in named]


# ---- columns ----------------------------------------------------------------------------------

ENGLISH = csv_of(
    "Ticket ID,Subject,Status,Priority,Source,Type,Agent,Group,Created time,Due by Time,"
    "Resolved time,Closed time,Last update time,Initial response time,"
    "First response time (in hrs),Resolution status,Full name,Email",
    "7,Lamp,Closed,High,Email,Incident,Ann,Desk,2024-03-01 09:10,2024-03-03 09:10,"
    "2024-03-01 15:10,2024-03-04 15:10,2024-03-04 15:10,2024-03-01 09:40,00:30:00,Within SLA,"
    "Rita,rita@example.org",
    "8,Door,Pending,Urgent,Feedback Widget,Service Request,,Desk,2024-03-02 09:10,"
    "2024-03-03 09:10,,,2024-03-04 15:10,,,,Rob,rob@example.org",
)
FRENCH = source(
    '"ID";"Titre";"Statut";"Dernière modification";"Date d\'ouverture";"Priorité";'
    '"Demandeur - Demandeur";"Attribué à - Technicien";'
    '"Attribué à - Groupe de techniciens";"Catégorie";"Date de résolution";'
    '"Date de clôture";"Type";"Source de la demande"\n'
    '"1";"Lampe";"Clos";"15/03/2024 10:22";"13/03/2024 09:01";"Très haute";"Rita";"Ann";"N1";'
    '"Matériel";"14/03/2024 16:00";"15/03/2024 10:22";"Incident";"Téléphone"\n'
    '"2";"Porte";"En attente";"16/03/2024 10:22";"05/04/2024 09:11";"Basse";"Rob";"";"N1";'
    '"Réseau";"";"";"Demande";"Courriel"\n'.encode("cp1252")
)
GERMAN = source(
    "Vorgangsnummer;Eröffnungsdatum;Lösungsdatum;Abgeschlossen am;Zuständige Gruppe;"
    "Zugewiesen an;Gemeldet von;Bearbeitungsstatus;Priorität;Kategorie;Kurzbeschreibung\n"
    "V1;13.03.2024 10:00 Uhr;14.03.2024 10:00 Uhr;15.03.2024 10:00 Uhr;IT;Ann;Rita;"
    "erfolgreich geschlossen;5 sehr hoch;HW;Lampe\n"
    "V2;04.03.2024 10:00 Uhr;;;IT;Ann;Rob;warten auf Erinnerung;1 sehr niedrig;HW;Tür\n".encode()
)


def test_common_headings_are_known_in_english() -> None:
    found = proposal(ENGLISH)
    assert found["columns"] == {
        "number": "Ticket ID",
        "opened": "Created time",
        "updated": "Last update time",
        "state": "Status",
        "first_response": "Initial response time",
        "resolved": "Resolved time",
        "closed": "Closed time",
        "priority": "Priority",
        "team": "Group",
        "owner": "Agent",
        "requester": "Full name",
        "channel": "Source",
        "kind": "Type",
        "subject": "Subject",
        "sla": "Resolution status",
    }
    tickets, quality = unchanged(ENGLISH)
    assert when(tickets[0]) == [
        "03-01T09:10 ticket.opened",
        "03-01T09:40 message.written",
        "03-01T15:10 ticket.resolved",
        "03-04T15:10 ticket.closed",
    ]
    assert quality.findings["vendor_verdict"].text.startswith("tickets that the other desk's own")
    assert quality.count_of("vendor_verdict") == 0


def test_common_headings_are_known_in_french() -> None:
    found = proposal(FRENCH)
    assert found["columns"] == {
        "number": "ID",
        "opened": "Date d'ouverture",
        "updated": "Dernière modification",
        "state": "Statut",
        "resolved": "Date de résolution",
        "closed": "Date de clôture",
        "priority": "Priorité",
        "team": "Attribué à - Groupe de techniciens",
        "owner": "Attribué à - Technicien",
        "requester": "Demandeur - Demandeur",
        "channel": "Source de la demande",
        "kind": "Type",
        "category": "Catégorie",
        "subject": "Titre",
    }
    assert found["priorities"] == {"Très haute": "P1", "Basse": "P4"}
    assert [when(ticket) for ticket in unchanged(FRENCH)[0]] == [
        ["03-13T09:01 ticket.opened", "03-14T16:00 ticket.resolved", "03-15T10:22 ticket.closed"],
        ["04-05T09:11 ticket.opened"],
    ]


def test_common_headings_are_known_in_german() -> None:
    found = proposal(GERMAN)
    assert found["columns"] == {
        "number": "Vorgangsnummer",
        "opened": "Eröffnungsdatum",
        "state": "Bearbeitungsstatus",
        "resolved": "Lösungsdatum",
        "closed": "Abgeschlossen am",
        "priority": "Priorität",
        "team": "Zuständige Gruppe",
        "owner": "Zugewiesen an",
        "requester": "Gemeldet von",
        "category": "Kategorie",
        "subject": "Kurzbeschreibung",
    }
    assert found["states"] == {
        "erfolgreich geschlossen": "closed",
        "warten auf Erinnerung": "waiting date",
    }
    assert [when(ticket) for ticket in unchanged(GERMAN)[0]] == [
        ["03-13T10:00 ticket.opened", "03-14T10:00 ticket.resolved", "03-15T10:00 ticket.closed"],
        ["03-04T10:00 ticket.opened"],
    ]


@pytest.mark.parametrize(
    "table",
    [
        csv_of(
            "ID;Título;Status;Data de abertura;Data da solução;Última atualização;Prioridade;"
            "Requerente - Requerente;Atribuído - Técnico;Tipo;Categoria",
            "1;Luz;Em atendimento (atribuído);14/08/2024 11:49;;14/08/2024 11:52;Muito alta;Rita;"
            "Ann;Requisição;HW",
            "2;Porta;Fechado;14/08/2024 11:49;15/08/2024 11:49;14/09/2024 11:52;Baixa;Rob;Ann;"
            "Incidente;HW",
        ),
        csv_of(
            "ID;Título;Estado;Fecha de apertura;Fecha de solución;Última actualización;Prioridad;"
            "Solicitante;Asignado a;Tipo;Categoría",
            "1;Luz;En curso (asignada);14/08/2024 11:49;;14/08/2024 11:52;Muy alta;Rita;Ann;"
            "Solicitud;HW",
            "2;Puerta;Cerrado;14/08/2024 11:49;15/08/2024 11:49;14/09/2024 11:52;Baja;Rob;Ann;"
            "Incidencia;HW",
        ),
        csv_of(
            "ID;Titolo;Stato;Data di apertura;Data di soluzione;Ultimo aggiornamento;Priorità;"
            "Richiedente;Assegnato a;Tipo;Categoria",
            "1;Luce;In corso (assegnato);14/08/2024 11:49;;14/08/2024 11:52;Molto alta;Rita;Ann;"
            "Richiesta;HW",
            "2;Porta;Chiuso;14/08/2024 11:49;15/08/2024 11:49;14/09/2024 11:52;Bassa;Rob;Ann;"
            "Incidente;HW",
        ),
    ],
    ids=["Portuguese", "Spanish", "Italian"],
)
def test_usual_headings_and_words_are_known_in_three_more_languages(table: Source) -> None:
    found = proposal(table)
    assert {*found["columns"]} == {
        *("number", "subject", "state", "opened", "resolved", "updated", "priority"),
        *("requester", "owner", "kind", "category"),
    }
    assert [*found["states"].values()] == ["open", "closed"]
    assert [*found["priorities"].values()] == ["P1", "P4"]
    assert [*found["kinds"].values()] == ["request", "incident"]
    assert [when(ticket) for ticket in unchanged(table)[0]] == [
        ["08-14T11:49 ticket.opened"],
        ["08-14T11:49 ticket.opened", "08-15T11:49 ticket.resolved"],
    ]


def test_a_heading_that_only_seems_to_name_a_number_counts_if_no_value_comes_twice() -> None:
    rows = ("B-1,9,2024-03-01 10:00", "B-2,9,2024-03-02 10:00")
    columns = proposal(csv_of("Bug ID,Company ID,Opened", *rows))["columns"]
    assert columns["number"] == "Bug ID"
    assert "number: ???" in table_export.proposed(
        csv_of("Sprint ID,Opened", *(row[4:] for row in rows))
    )
    assert "number: ???" in table_export.proposed(
        csv_of("Company ID,Opened", *(row[:3] + row[5:] for row in rows))
    )


def test_a_day_and_its_hour_that_stand_apart_are_proposed_as_one_time() -> None:
    table = csv_of(
        "ID,Created Date,Created Time,Closed Date,Closed Time,Due Time",
        "1,14/03/2024,09:12 AM,15/03/2024,02:10 PM,16/03/2024 10:00",
        "2,03/04/2024,10:00 PM,,,16/03/2024 10:00",
    )
    columns = proposal(table)["columns"]
    assert columns["opened"] == "Created Date + Created Time"
    assert columns["closed"] == "Closed Date + Closed Time"
    assert "# Not used: Due Time\n" in table_export.proposed(table)
    assert [when(ticket)[0] for ticket in unchanged(table)[0]] == [
        "03-14T09:12 ticket.opened",
        "04-03T22:00 ticket.opened",
    ]
    outline = proposing.outline_of(table, columns)
    assert outline.columns["opened"] == "Created Date + Created Time"
    assert proposal(csv_of("ID,Created Date,Created Time", "1,2024-03-14,quick"))["columns"] == {
        "number": "ID",
        "opened": "Created Date",
    }


def test_a_bare_date_is_the_opening_if_nothing_else_is() -> None:
    rows = ("1,2024-03-14 10:00,2024-03-15 10:00",)
    assert proposal(csv_of("ID,Date,Closed", *rows))["columns"]["opened"] == "Date"
    assert proposal(csv_of("ID,Date,Created", *rows))["columns"]["opened"] == "Created"


def test_a_column_that_names_an_agreement_is_no_verdict() -> None:
    rows = ("1,2024-03-14 10:00,Gold 8x5",)
    assert "sla" not in proposal(csv_of("ID,Created,SLA", *rows))["columns"]


def test_of_a_thing_its_name_is_taken_before_its_id_and_of_a_time_its_bare_value() -> None:
    table = source(
        b'{"id": 1, "status": {"id": "4", "name": "Open"}, "user": {"id": 7, "login": "rita"},'
        b' "opened_at": {"display_value": "03/01/2024 10:00", "value": "2024-03-01 09:00:00"}}\n'
    )
    columns = proposal(table)["columns"]
    assert columns["state"] == "status.name"
    assert columns["requester"] == "user.login"
    assert columns["opened"] == "opened_at.value"


def test_numbers_of_states_are_known_where_the_table_is_of_servicenow() -> None:
    rows = ("1,2024-03-01 10:00,7,2024-03-02 10:00", "2,2024-03-01 10:00,3,2024-03-02 10:00")
    assert proposal(csv_of("number,opened_at,state,sys_updated_on", *rows))["states"] == {
        "7": "closed",
        "3": "waiting",
    }
    assert proposal(csv_of("number,opened_at,state,changed", *rows))["states"] == {
        "7": "unknown",
        "3": "unknown",
    }


def test_names_of_inner_fields_count_with_the_outer_ones() -> None:
    table = source(
        b'{"id": 1, "status": {"name": "Open"}, "requester": {"name": "Rita"},'
        b' "created_at": "2024-03-01T10:00:00Z"}\n'
    )
    columns = proposal(table)["columns"]
    assert (columns["state"], columns["requester"]) == ("status.name", "requester.name")
    assert "subject" not in columns


def test_a_column_that_is_called_so_and_holds_something_else_is_named() -> None:
    text = table_export.proposed(csv_of("Ticket ID,Created", "1,long ago", "2,last week"))
    assert "opened: ???" in text
    assert "not Created, whose values are something else: long ago, last week" in text


# ---- words --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "meaning"),
    [
        ("Awaiting Assignment", "open"),
        ("Waiting for support", "open"),
        ("Not resolved", "open"),
        ("Reopened", "open"),
        ("Approved", "unknown"),
        ("Awaiting approval", "waiting approval"),
        ("On hold - 3rd party", "waiting vendor"),
        ("En attente fournisseur", "waiting vendor"),
        ("Rückfrage beim Kunden", "waiting requester"),
        ("Pending auto close+", "waiting date"),
        ("Resolved, awaiting confirmation", "resolved"),
        ("Closed - Unresolved", "closed"),
        ("Abgebrochen", "closed"),
        ("not_resolved", "open"),
        ("WaitingForCustomer", "waiting requester"),
        ("em_andamento", "open"),
        ("En cours (planifié)", "open"),
        ("Pendiente de asignar", "open"),
        ("Aguardando fornecedor", "waiting vendor"),
        ("In attesa di risposta", "waiting requester"),
        ("Não resolvido", "open"),
        ("Concluído", "resolved"),
        ("Annullato", "closed"),
    ],
)
def test_what_states_seem_to_mean(word: str, meaning: str) -> None:
    table = csv_of("id;opened;state", f"1;2024-03-01 10:00;{word}")
    assert proposal(table)["states"] == {word: meaning}


@pytest.mark.parametrize(
    ("words", "meanings"),
    [
        (("5 sehr hoch", "4 hoch", "1 sehr niedrig"), ("P1", "P2", "P4")),
        (("1 - Critical", "2 - High", "5 - Planning"), ("P1", "P2", "P4")),
        (("Sev 1", "sev2", "P3", "Prio 4"), ("P1", "P2", "P3", "P4")),
        (("Not urgent", "Urgent"), ("P4", "P1")),
        (("1", "2", "4"), ("???", "???", "???")),
    ],
)
def test_what_priorities_seem_to_mean(words: tuple[str, ...], meanings: tuple[str, ...]) -> None:
    rows = [f"{place};2024-03-01 10:00;{word}" for place, word in enumerate(words)]
    found = proposal(csv_of("id;opened;priority", *rows))["priorities"]
    assert found == dict(zip(words, meanings, strict=True))


def test_priorities_in_numbers_are_known_beside_impact_and_urgency() -> None:
    table = csv_of("id;opened;impact;urgency;priority", "1;2024-03-01 10:00;4;4;4")
    assert proposal(table)["priorities"] == {"4": "P4"}


def test_a_flag_of_breaches_says_met_by_its_no() -> None:
    table = csv_of("id;opened;SLA breached", "1;2024-03-01 10:00;No", "2;2024-03-01 10:00;Yes")
    assert proposal(table)["sla_met"] == ["No"]
    assert unchanged(table)[1].count_of("vendor_verdict") == 1


def test_a_verdict_in_numbers_is_one_or_nought() -> None:
    table = csv_of("id;opened;SLA met", "1;2024-03-01 10:00;1.0", "2;2024-03-01 10:00;0.0")
    assert proposal(table)["sla_met"] == ["1.0"]
    table = csv_of("id;opened;Overdue", "1;2024-03-01 10:00;1", "2;2024-03-01 10:00;0")
    assert proposal(table)["sla_met"] == ["0"]


def test_words_for_never_in_a_column_of_times_are_missing() -> None:
    table = csv_of(
        "id;opened;closed;state",
        "1;2024-03-01 10:00;not yet;Open",
        "2;2024-03-01 10:00;2024-03-02 10:00;Closed",
        "3;2024-03-01 10:00;9999-12-31 00:00:00;Open",
        "4;2024-03-01 10:00;0001-01-01T00:00:00;Open",
    )
    assert proposal(table)["missing"] == ["not yet"]
    tickets, quality = unchanged(table)
    assert [len(when(ticket)) for ticket in tickets] == [1, 3, 1, 1]
    assert quality.count_of("missing_marks") == 3


def test_words_for_nobody_and_no_priority_are_missing() -> None:
    table = csv_of(
        "Request ID,Created,Technician,Priority,Type",
        "1,2024-03-01 10:00,Not Assigned,Not Assigned,Failure",
        "2,2024-03-01 10:00,Ann,High,Odd",
    )
    found = proposal(table)
    assert found["missing"] == ["Not Assigned"]
    assert found["priorities"] == {"High": "P2"}
    assert found["kinds"] == {"Failure": "incident", "Odd": "incident"}
    assert "ticket.taken" not in " ".join(told(unchanged(table)[0][0]))


def test_headings_of_well_known_desks_are_known() -> None:
    redmine = csv_of("#,Status,Created,Assignee", "12,New,2024-03-01 10:00,Ann")
    topdesk = csv_of(
        "Call Number,Operator,Operator Group,Creation Date,Completed,Date Completed",
        "I 1,Ann,L1,24-03-2024 09:00,Yes,25-03-2024 10:00",
    )
    salesforce = csv_of("Case Number,Case Owner,Date/Time Opened", "1,Ann,2024-03-01 10:00")
    assert proposal(redmine)["columns"]["number"] == "#"
    assert proposal(topdesk)["columns"] == {
        "number": "Call Number",
        "opened": "Creation Date",
        "resolved": "Date Completed",
        "team": "Operator Group",
        "owner": "Operator",
    }
    assert proposal(salesforce)["columns"]["owner"] == "Case Owner"


def test_a_table_in_which_no_row_fits_is_refused() -> None:
    with pytest.raises(UnusableExport, match="no row has the 2 cells of the header"):
        table_export.proposed(csv_of("id,opened", "1,Mar 4, 2024", "2,Mar 5, 2024"))


# ---- rows ---------------------------------------------------------------------------------------


def test_an_event_log_is_one_row_an_update() -> None:
    table = csv_of(
        "Case ID,Activity,Resource,Complete Timestamp",
        "Case 1,Assign seriousness,Value 1,2012/10/09 14:50:17.000",
        "Case 1,Take in charge ticket,Value 1,2012/10/09 14:51:01.000",
        "Case 1,Wait,Value 2,2012/10/12 15:02:56.000",
        "Case 1,Resolve ticket,Value 1,2012/10/25 11:54:26.000",
        "Case 1,Closed,Value 3,2012/11/09 12:54:39.000",
    )
    found = proposal(table)
    assert found["rows"] == "update"
    assert found["columns"]["updated_by"] == "Resource"
    assert found["states"]["Assign seriousness"] == "unknown"
    assert [each[5:] for each in told(unchanged(table)[0][0])] == [
        "10-09T14:50 ticket.opened",
        "10-12T15:02 wait.begun",
        "10-25T11:54 wait.ended",
        "10-25T11:54 ticket.resolved",
        "11-09T12:54 ticket.closed",
    ]


def test_a_finer_state_is_taken_where_it_says_it_all() -> None:
    header = "SR Number;Change Date+Time;Status;Sub Status;Owner First Name"
    first = "1-36;2010-03-31T15:59:42+01:00;Accepted;In Progress;Fred"
    last = "1-36;2010-04-01T15:59:42+01:00;Accepted;Wait - User;Siebel"
    whole = proposal(csv_of(header, first, last))
    assert whole["columns"]["state"] == "Sub Status"
    assert whole["machines"] == ["Siebel"]
    assert proposal(csv_of(header, first.replace("In Progress", ""), last))["columns"]["state"] == (
        "Status"
    )


def test_rows_of_a_join_are_no_updates() -> None:
    table = csv_of(
        "Ticket ID,Created,Updated,Status,Comment",
        "1,2024-03-01 10:00,2024-03-02 10:00,Open,a",
        "1,2024-03-01 10:00,2024-03-02 10:00,Open,b",
        "2,2024-03-01 10:00,2024-03-03 10:00,Open,b",
    )
    assert proposal(table)["rows"] == "ticket"
    assert unchanged(table)[1].count_of("repeated_rows") == 1


def test_dates_are_still_asked() -> None:
    table = csv_of("Ticket ID,Created,Status", "1,03/04/2024 10:00,Open")
    assert proposal(table)["dates"] == "???"
    with pytest.raises(UnusableExport, match="asks what this means; say one of day-first"):
        unchanged(table)


def test_without_rows_nothing_can_be_proposed() -> None:
    with pytest.raises(UnusableExport, match="no row below the header"):
        table_export.proposed(csv_of("Ticket ID,Created,Status"))


# ---- files --------------------------------------------------------------------------------------


def test_the_sheet_with_most_cells_is_proposed_and_the_others_told() -> None:
    import xlsxwriter

    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        book.add_worksheet("Cover").write(0, 0, "Tickets of March")
        sheet = book.add_worksheet("Data")
        for place, row in enumerate((("Ticket ID", "Created"), ("1", "2024-03-01 10:00"))):
            sheet.write_row(place, 0, row)
    table = source(file.getvalue())
    assert proposal(table)["sheet"] == "Data"
    tickets, quality = unchanged(table)
    assert len(tickets) == 1
    assert quality.findings["further_sheets"].examples == ["Cover"]
    assert proposing.outline_of(table).sheet == "Data"
    assert "sheet" not in proposal(source(spreadsheet([["id", "opened"], ["1", "2024-03-01"]])))


def test_an_answer_of_an_interface_is_the_list_in_it() -> None:
    table = source(
        b'{"count": 2, "tickets": [{"id": 1, "created_at": "2024-03-01T10:00:00Z"},'
        b' {"id": 2, "created_at": "2024-03-02T10:00:00Z", "tags": [{"a": 1}]}]}'
    )
    assert [ticket.number for ticket in unchanged(table)[0]] == ["1", "2"]


def test_files_that_lack_columns_are_told() -> None:
    files = [
        csv_of("Ticket ID,Created,Status", "1,2024-01-01 10:00,Open"),
        csv_of("Ticket ID,Created", "2,2024-02-01 10:00"),
        csv_of("Read me first"),
    ]
    mapping = "columns: {number: Ticket ID, opened: Created, state: Status}\nstates: {Open: open}\n"
    quality = Quality()
    guess = known.reader_of(files, "table")
    assert len(list(known.tickets_of(guess, files, Asked(ACME, None, mapping), quality))) == 2
    quality.require_sound()
    assert quality.findings["lacking_columns"].examples == ["Status in table.csv"]
    assert quality.count_of("strange_files") == 1


def test_sums_rulers_and_remarks_are_no_tickets() -> None:
    table = csv_of(
        "Ticket ID;Created;Status",
        "---------;-------;------",
        "1;2024-01-01 10:00;Open",
        "Total;;",
        "",
        "(1 row affected)",
    )
    tickets, quality = unchanged(table)
    assert [ticket.number for ticket in tickets] == ["1"]
    assert [quality.count_of(code) for code in ("ruler", "numberless", "remarks")] == [1, 1, 1]
    assert quality.count_of("broken_off") == 0


def test_a_few_tickets_without_their_opening_are_left_out_and_many_refused() -> None:
    whole = [f"{place};2024-01-01 10:00;Open" for place in range(30)]
    few = csv_of("Ticket ID;Created;Status", *whole, "A;;Open", "B;;Closed")
    tickets, quality = unchanged(few)
    assert len(tickets) == 30
    assert quality.findings["timeless"].examples == ["row 32", "row 33"]
    many = csv_of("Ticket ID;Created;Status", *whole, *(f"A{place};;Open" for place in range(21)))
    with pytest.raises(UnusableExport, match="column Created: is missing: nothing else tells"):
        unchanged(many)


def test_updates_without_their_time_are_left_out() -> None:
    mapping = "rows: update\ncolumns: {number: id, updated: at, state: state}\n"
    mapping += "states: {New: open, Done: closed}\n"
    table = csv_of("id,at,state", "1,2024-01-01 10:00,New", "1,,Done", "1,2024-01-02 10:00,Done")
    tickets, quality = read(table, mapping)
    assert [draft.body.NAME for draft in tickets[0].drafts][-1] == e.TicketClosed.NAME
    assert quality.count_of("timeless") == 1
