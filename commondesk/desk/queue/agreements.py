"""What was agreed on the tickets of a page; read from the charters once, and once more when they
or the calendars change."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from uuid import UUID

from commondesk.core.service_level.agreement import Agreement
from commondesk.governance import charters
from commondesk.governance.models import CalendarVersion
from commondesk.ledger import tables

_MARK = (
    "SELECT COUNT(*), MAX(id)"  # noqa: S608
    f" FROM {CalendarVersion._meta.db_table} WHERE company = %s"
)


def agreements_of(company: UUID, wanted: Iterable[str]) -> dict[str, Agreement | None]:
    """The agreements of charters by uuid, as far as they are known."""
    some = sorted(set(wanted) - {""})
    if not some:
        return {}
    mark = tuple(tables.select(_MARK, company)[0])
    return {charter: _agreement(company, charter, mark) for charter in some}


@lru_cache(maxsize=1024)
def _agreement(company: UUID, charter: str, mark: tuple[object, ...]) -> Agreement | None:
    """A version of a charter never changes; the calendars it uses get newer versions."""
    return charters.agreement_by_id(company, charter)
