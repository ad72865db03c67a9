"""Public holidays by country, from the library that knows them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from commondesk.core.texts import gettext


def holidays_of(country: str, subdivision: str, years: Iterable[int]) -> tuple[date, ...]:
    """The public holidays of these years, in order; none where the country is not known.

    Raises ValueError for a subdivision that the country does not have.
    """
    import holidays

    known = holidays.list_supported_countries(include_aliases=True)
    if country not in known:
        return ()
    if subdivision and subdivision not in known[country]:
        no_part = gettext("%(country)s has no part %(part)s: %(parts)s")
        raise ValueError(
            no_part
            % {
                "country": country,
                "part": repr(subdivision),
                "parts": ", ".join(known[country]),
            }
        )
    found = holidays.country_holidays(country, subdiv=subdivision or None, years=list(years))
    return tuple(sorted(found))
