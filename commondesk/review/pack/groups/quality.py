"""Quality: tickets that came back, and updates that the file lacks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from commondesk.core.metrics import reopens
from commondesk.core.metrics.counting import AFTER_THE_FACT
from commondesk.core.metrics.facts import LIKELY, SURE
from commondesk.core.texts import gettext_noop
from commondesk.readers.export import Support
from commondesk.review.pack import counting
from commondesk.review.pack.entry import QUALITY, Entry
from commondesk.review.pack.material import Material
from commondesk.review.pack.tables import Behind, by_stream, open_at


def entries(material: Material) -> Iterator[Entry]:
    """What came back, and what the file lacks."""
    facts, period, tables = material.facts, material.period, material.tables
    figure = counting.share(
        material, "reopens > 0", tables.count("len(resolved_ats) > 0 OR closed_at IS NOT NULL"),
        name="reopens", title=gettext_noop("Reopened"),
        caveats=(gettext_noop("any return from resolved or closed"),),
    )  # fmt: skip
    yield Entry("reopens", QUALITY, figure)
    for kind in reopens.KINDS:
        by = reopens.reopened(facts, kind, period)
        back = _back(material, f"by_{kind} = 1 AND {material.within('first_resolved_at')}")
        yield Entry(f"reopens.{kind}", QUALITY, replace(by, behind=back))
    for with_likely in (False, True):
        disguised = reopens.disguised(facts, period, with_likely=with_likely)
        kinds = f"('{SURE}', '{LIKELY}')" if with_likely else f"('{SURE}')"
        back = _back(material, f"joined IN {kinds} AND {material.within('started_at')}")
        has_services = tables.count("service <> ''") > 0
        support = Support.EXACT if has_services else Support.NONE
        reason = "" if has_services else gettext_noop("the file names no services to compare")
        yield Entry(disguised.name, QUALITY, replace(disguised, behind=back), support, reason)
    if tables.count("missing > 0"):
        figure = counting.share(
            material, "missing > 0", len(material.exhibit.tickets), name="missing_updates",
            title=gettext_noop("Tickets with updates missing from the file"), value="missing",
            caveats=(gettext_noop("by gaps in the source’s own count of updates"),),
        )  # fmt: skip
        yield Entry("missing_updates", QUALITY, figure)


def _back(material: Material, where: str) -> Behind:
    verdict = f"CASE WHEN {open_at(material.at)} THEN 'open again' ELSE 'solved again' END"
    return by_stream(
        material.tables, f"opening <> '{AFTER_THE_FACT}' AND {where}",
        table="ticket_facts", verdict=verdict, value="",
    )  # fmt: skip
