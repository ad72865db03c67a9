"""Names: what the things that figures are about are called."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from commondesk.accounts import queries as people
from commondesk.core.metrics.figure import Figure
from commondesk.core.record.instant import Instant
from commondesk.core.texts import gettext
from commondesk.governance import catalogue
from commondesk.review.parts import part_title


def titles(company: UUID, kind: str, keys: Collection[str], at: Instant) -> dict[str, str]:
    """What services, items, sites or requesters are called, by key; the key where nothing is."""
    if kind == "requester":
        return {**dict.fromkeys(keys, gettext("somebody")), **people.titles(keys)}
    known = {}
    if kind == "service":
        known = {each.key: each.title for each in catalogue.services(company, at)}
    elif kind == "item":
        known = {each.key: each.title for each in catalogue.items(company, at)}
    elif kind == "site":
        known = {each.key: each.title for each in catalogue.sites(company, at)}
    return {key: known.get(key, key) for key in keys}


def title_of(company: UUID, figure: Figure, of: str, at: Instant) -> str:
    """The title of a figure, with what it is about."""
    kind, _, name = figure.name.partition(".")
    if kind == "offender":
        about = titles(company, name, [of], at)[of]
        return gettext("%(title)s: %(about)s") % {"title": figure.title, "about": about}
    if kind == "part":
        return part_title(figure.title)
    return figure.title
