"""Tables made for tests: a source of bytes, spreadsheets, and what reading gives."""

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from commondesk.core.record import events as e
from commondesk.core.record.instant import iso_of
from commondesk.readers import known
from commondesk.readers.export import Asked, ExportedTicket, Quality, Source

SAMPLES = Path(__file__).parent / "samples"
ACME = UUID("aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa")


def source(content: bytes, name: str = "table.csv") -> Source:
    return Source(name, io.BytesIO(content))


def sample(name: str) -> Source:
    return source((SAMPLES / name).read_bytes(), name)


def read(
    table: Source, mapping: str, zone: ZoneInfo | None = None
) -> tuple[list[ExportedTicket], Quality]:
    """All tickets of a table. Raises UnusableExport for any problem."""
    quality = Quality()
    guess = known.reader_of([table], "table")
    tickets = list(known.tickets_of(guess, [table], Asked(ACME, zone, mapping), quality))
    quality.require_sound()
    return tickets, quality


def told(ticket: ExportedTicket) -> list[str]:
    """What happened, without the traces of rows: when and what."""
    return [
        f"{iso_of(draft.happened_at)[:16]} {draft.body.NAME}"
        for draft in ticket.drafts
        if not isinstance(draft.body, e.RowImported)
    ]


def spreadsheet(rows: Sequence[Sequence[str]], *, more: str = "") -> bytes:
    """An XLSX of one sheet with texts; more is XML of further rows."""
    lines = "".join(f"<row>{''.join(map(_cell, row))}</row>" for row in rows)
    return packed(
        f'<worksheet xmlns="{_MAIN}"><sheetData>{lines}{more}</sheetData></worksheet>'.encode()
    )


def _cell(text: str) -> str:
    return f'<c t="inlineStr"><is><t>{escape(text)}</t></is></c>'


_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def packed(sheet: bytes) -> bytes:
    """A sheet's XML as XLSX."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{_PACKAGE}/content-types">'
            '<Default Extension="xml" ContentType="application/xml"/></Types>',
        )
        file.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
            f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        file.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
            '<sheet name="Tickets" sheetId="1" r:id="rId1"/></sheets></workbook>',
        )
        file.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
            f'Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        )
        file.writestr("xl/worksheets/sheet1.xml", sheet)
    return out.getvalue()
