"""A charter as a sheet of plain text, for a terminal or a mail."""

from __future__ import annotations

from collections.abc import Iterator

from commondesk.core.charter.schema import SECTIONS, Written
from commondesk.core.record.instant import Instant, iso_of
from commondesk.governance import charters, queries
from commondesk.governance.models import CharterVersion


def text_of(version: CharterVersion, at: Instant) -> str:
    """Every section that says anything, in the order of the charter."""
    return "\n".join(_lines(version, at))


def _lines(version: CharterVersion, at: Instant) -> Iterator[str]:
    charter = charters.whole(version)
    known = queries.Known(version.company, charter)
    yield charter.about.title or "Charter"
    standing = queries.standing_of(version, at)[0]
    yield f"{known.company_title}, version {version.version}: {standing}"
    for one in queries.signatures_of(version, known):
        signed = f"signed by {one.by}, {iso_of(one.at)}" if one.at is not None else "not signed"
        yield f"  {one.title}: {signed}"
    for section in SECTIONS:
        if section.key == "parties":
            continue
        if section.written is Written.TABLE:
            rows = getattr(charter, section.key)
            said = ["  " + " ".join(str(cell) for cell in row) for row in rows]
        elif section.is_rows:
            listing = queries.listing_of(section, charter, known)
            said = [
                "  "
                + "; ".join(
                    f"{head}: {cell}" for head, cell in zip(listing.heads, row, strict=True) if cell
                )
                for row in listing.rows
            ]
        else:
            said = [
                f"  {about}: {words}" for about, words in queries.fact_rows(section, charter, known)
            ]
        if said:
            yield ""
            yield section.title
            yield from said
