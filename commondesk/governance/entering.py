"""Enter sites and items beside what charters name: each change is an event on the record."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence
from uuid import UUID

from commondesk.accounts import directory, policy
from commondesk.accounts.arrangement.arranging import viewer_of
from commondesk.accounts.policy import Right
from commondesk.core.record.arrangement import CatalogueEntered, CatalogueKind
from commondesk.core.record.draft import Draft
from commondesk.core.record.event import COMPANY_STREAM, Actor
from commondesk.core.record.instant import Instant
from commondesk.core.record.priority import CRITICALITY_WORDS
from commondesk.core.texts import gettext, ngettext, number
from commondesk.governance import catalogue_list, projections
from commondesk.governance.actions import NotAllowed
from commondesk.ledger import memory, store
from commondesk.readers.table_file import is_turning

LONGEST_KEY, LONGEST_TITLE = 100, 200


class UnfitEntry(ValueError):
    """Something cannot be entered as asked: a sentence for people, and the field it is about."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


class NoSuchEntry(LookupError):
    """The catalogue has no such site or item."""


def enter(
    company: UUID,
    *,
    at: Instant,
    actor: Actor,
    kind: CatalogueKind,
    key: str,
    title: str,
    criticality: int = 0,
    site: str = "",
    service: str = "",
    is_new: bool = False,
) -> bool:
    """Enter a site or item, or what became of it; False if it was so already.

    is_new says that nothing of that key may be there yet. Raises NotAllowed and UnfitEntry.
    """
    with memory.atomic(), memory.remembering():
        hold(company, actor)
        key, title = fit_key(key), fit_title(title)
        known = catalogue_list.find(company, kind, key, at)
        if known is not None and is_new:
            told = {"key": known.key, "title": known.title}
            there = gettext("There is %(key)s already, “%(title)s”. Change that.") % told
            raise UnfitEntry(there, "key")
        refuse_unfit_level(criticality)
        if kind is CatalogueKind.SITE:
            site = service = ""
        body = CatalogueEntered(
            kind=kind,
            key=known.key if known else key,
            title=title,
            criticality=criticality,
            site=_fit_site(company, at, site),
            service=_fit_service(company, at, service),
        )
        if known is not None and known.is_as(body):
            return False
        record(company, [body], at=at, actor=actor)
        return True


def retire(company: UUID, *, at: Instant, actor: Actor, kind: CatalogueKind, key: str) -> None:
    """Offer something no more; tickets that name it keep it.

    Raises NotAllowed, NoSuchEntry, and UnfitEntry for a site that items are still at.
    """
    with memory.atomic(), memory.remembering():
        hold(company, actor)
        known = catalogue_list.find(company, kind, key, at)
        if known is None:
            raise NoSuchEntry(key)
        if known.is_retired:
            return
        if kind is CatalogueKind.SITE and (count := catalogue_list.count_at(company, known.key)):
            still = ngettext(
                "%(count)s item is still at %(site)s. Move or retire them first.",
                "%(count)s items are still at %(site)s. Move or retire them first.",
                count,
            )
            raise UnfitEntry(still % {"count": number(count), "site": known.title})
        record(company, [known.body(is_retired=True)], at=at, actor=actor)


def hold(company: UUID, actor: Actor) -> None:
    """Begin an act on the catalogue, with the rights of this moment. Raises NotAllowed.

    Commands act for whoever runs the installation.
    """
    directory.hold_record(company)
    viewer = viewer_of(company, actor) if actor.is_person else None
    if actor.is_person and not policy.may(viewer, Right.ENTER_CATALOGUE):
        raise NotAllowed(f"{actor.id} may not enter sites and items here")


def record(company: UUID, bodies: Sequence[CatalogueEntered], *, at: Instant, actor: Actor) -> None:
    """Put entries on the record and into the table, within the caller's transaction."""
    drafts = [Draft(COMPANY_STREAM, at, actor, body) for body in bodies]
    recorded = store.append(company, drafts, learnt_at=at)
    projections.apply(company, [each.event for each in recorded])
    memory.forget()


# ---- what fits ----------------------------------------------------------------------------


def fit_key(text: str) -> str:
    """A key on one line, as charters take it too. Raises UnfitEntry."""
    key = " ".join(text.split())
    if not key:
        raise UnfitEntry(gettext("Give a key: what tickets call it, such as PRESS-4."), "key")
    if len(key) > LONGEST_KEY or "," in key or _is_unreadable(key):
        said = gettext("A key is a short name of at most %(most)s characters, without commas.")
        raise UnfitEntry(said % {"most": LONGEST_KEY}, "key")
    return key


def fit_title(text: str) -> str:
    """A name on one line. Raises UnfitEntry."""
    title = " ".join(text.split())
    if not title:
        raise UnfitEntry(gettext("Give a name that people know it by."), "title")
    if len(title) > LONGEST_TITLE:
        raise UnfitEntry(
            gettext("Keep the name below %(most)s characters.") % {"most": LONGEST_TITLE}, "title"
        )
    if _is_unreadable(title):
        raise UnfitEntry(
            gettext("The name holds characters that nobody can see. Type it anew."), "title"
        )
    return title


def _is_unreadable(text: str) -> bool:
    return is_turning(text) or any(unicodedata.category(each) in ("Cc", "Cs") for each in text)


def refuse_unfit_level(criticality: int) -> None:
    """Raises UnfitEntry."""
    if criticality and criticality not in CRITICALITY_WORDS:
        raise UnfitEntry(gettext("Choose how critical it is from the list."), "criticality")


def _fit_site(company: UUID, at: Instant, site: str) -> str:
    return _one_of(site, catalogue_list.offered_sites(company, at), "site")


def _fit_service(company: UUID, at: Instant, service: str) -> str:
    return _one_of(service, catalogue_list.listed_services(company, at), "service")


def _one_of(key: str, known: Collection[str], field: str) -> str:
    if key and key not in known:
        is_site = field == "site"
        raise UnfitEntry(
            gettext("Choose a site from the list.")
            if is_site
            else gettext("Choose a service from the list."),
            field,
        )
    return key


__all__ = ["NoSuchEntry", "NotAllowed", "UnfitEntry", "enter", "hold", "record", "retire"]
