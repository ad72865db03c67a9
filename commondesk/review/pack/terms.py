"""Terms: by which agreement and lenses an export is read."""

from __future__ import annotations

from dataclasses import dataclass, replace

from commondesk.core.charter.writing import document_of
from commondesk.core.charter.yaml_text import from_yaml
from commondesk.core.metrics.scheme import CONTRACT, LIVED, USUAL, Scheme
from commondesk.core.service_level.agreement import Agreement
from commondesk.core.service_level.calendar import SINCE_EVER, CalendarVersions, always_open
from commondesk.core.service_level.charter_data import CharterError, HolidaySource, agreement_of
from commondesk.core.service_level.lens import PRESETS, Lens
from commondesk.core.texts import gettext_noop

UNSIGNED = gettext_noop("the charter was given with the export: its signatures were not checked")
NO_CHARTER = gettext_noop("no charter was given: nothing is promised")


class UnknownLens(ValueError):
    """No lens has that name."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What rules the tickets. Without targets only the presets are read, and nothing is judged."""

    agreement: Agreement
    scheme: Scheme
    has_targets: bool
    title: str
    caveats: tuple[str, ...]


def terms_of(
    charter: bytes | None, lens: str = "", *, holidays_of: HolidaySource | None = None
) -> Terms:
    """The terms of a charter's YAML, or of none. Raises CharterError and UnknownLens."""
    if charter is None:
        _known(lens, PRESETS)
        return Terms(_no_agreement(), Scheme(PRESETS, LIVED), False, "", (NO_CHARTER,))
    agreement, title = _agreement(charter, holidays_of)
    named = {CONTRACT: agreement.lens, **PRESETS}
    usual = _known(lens, named) or CONTRACT
    has_targets = any(span for row in agreement.rows for span in row.spans.values())
    caveats = (
        (UNSIGNED,)
        if has_targets
        else (gettext_noop("the charter has no targets: nothing is judged"),)
    )
    scheme = Scheme(named, usual if has_targets else LIVED)
    return Terms(agreement, scheme, has_targets, title, caveats)


def _agreement(charter: bytes, holidays_of: HolidaySource | None) -> tuple[Agreement, str]:
    read = from_yaml(charter)
    document = document_of(read)
    calendars = document.get("calendars")
    agreement = agreement_of(
        document["charter"], calendars, identity="charter", holidays_of=holidays_of
    )
    return replace(agreement, is_signed=False), read.about.title


def _no_agreement() -> Agreement:
    every_hour = CalendarVersions(((SINCE_EVER, always_open()),))
    return Agreement("none", {"24/7": every_hour}, (), "24/7")


def _known(lens: str, named: dict[str, Lens]) -> str:
    if lens and lens not in named:
        raise UnknownLens(f"no lens is named {lens!r}; there are {', '.join(named)}")
    return lens


__all__ = ["USUAL", "CharterError", "Terms", "UnknownLens", "terms_of"]
