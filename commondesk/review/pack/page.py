"""The page: one HTML file with its style, scripts and data inside, which asks no server."""

from __future__ import annotations

import base64
import hashlib
import json
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from commondesk import __version__
from commondesk.core import texts
from commondesk.core.texts import gettext, gettext_noop
from commondesk.review import lenses
from commondesk.review.pack import baseline, charts, columns, telling
from commondesk.review.pack.baseline import Baseline
from commondesk.review.pack.blocks import Section
from commondesk.review.pack.entry import title_of
from commondesk.review.pack.figures import Figures
from commondesk.review.pack.machine import Plain, document_of
from commondesk.review.pack.scripted import words_of_script
from commondesk.review.pack.sections.in_order import sections
from commondesk.review.pack.sentences import headline
from commondesk.review.pack.sharing import beside

_HERE = Path(__file__).parent
STATIC = _HERE.parents[1] / "site" / "static"
VENDOR = STATIC / "vendor"
SCRIPTS = ("vega/vega.min.js", "vega/vega-lite.min.js", "vega/vega-embed.min.js")
LETTERS = "inter/files/inter-latin-wght-normal.woff2"


class FilesMissing(RuntimeError):
    """The files for the browser are not there."""


def page_of(
    figures: Figures, before: Baseline | None = None, *, language: str = texts.ENGLISH
) -> str:
    """The pack as HTML, beside the figures of an older one if given. Raises FilesMissing."""
    with texts.spoken(texts.ENGLISH):
        # Worked out once, in the words that are kept, and before another process begins with them.
        assert figures.entries
        data = _data(figures)
    with texts.spoken(language):
        return _page(figures, before, data)


def _page(figures: Figures, before: Baseline | None, data_: dict[str, Plain]) -> str:
    style = Markup(_style())  # noqa: S704 (our own file, with nothing of the export in it)
    scripts = [Markup(each) for each in (*_vendored(), _own("pack.js"))]  # noqa: S704
    told = {**data_, "figures": _titles(figures)}
    says = words_of_script(data_)
    # The other process must not ask the database: it has no part of its threads.
    with beside(lambda: columns.packed(told)) as data:
        parts = sections(figures)
        if before is not None:
            parts.insert(1, baseline.section(figures, before))
        return _rendered(figures, style, scripts, parts, data(), says)


def _data(figures: Figures) -> dict[str, Plain]:
    """All that the page knows of tickets and figures, in the words that are kept."""
    data = columns.columns_of(figures)
    data["figures"] = {}
    data["document"] = dict(document_of(figures))
    return data


def _rendered(
    figures: Figures,
    style: Markup,
    scripts: list[Markup],
    parts: list[Section],
    data: str,
    says: dict[str, Plain],
) -> str:
    material = figures.material
    return _templates().get_template("pack.html").render(
        style=style,
        scripts=scripts,
        policy=policy_of(style, scripts),
        version=__version__,
        exhibit=material.exhibit,
        language=texts.language(),
        title=gettext("Review of %(file)s") % {"file": material.exhibit.name},
        about=_about(figures),
        headline=headline(figures),
        sections=parts,
        short=_SHORT,
        specs=Markup(_json(_specs(parts))),  # noqa: S704 (escaped below)
        says=Markup(_json(says)),  # noqa: S704 (escaped below)
        data=data,
        bound=bound_of(figures),
    )  # fmt: skip


def bound_of(figures: Figures) -> str:
    """What the page says where it does not hold every ticket; empty where it does."""
    if columns.holds_all(figures):
        return ""
    told = gettext(
        "The figures count all %(all)s tickets. So that this file can be opened, it lists of each"
        " figure the %(named)s tickets with the longest time in it, or the latest where it has no"
        " times, and their events. All tickets and events are in the tables that --parquet DIR"
        " writes."
    )
    return told % {
        "all": texts.number(len(figures.material.exhibit.tickets)),
        "named": texts.number(columns.NAMED),
    }


def policy_of(style: str, scripts: list[Markup]) -> str:
    """The content security policy: its own style and scripts by their hashes, and no network."""
    hashes = " ".join(f"'{_hash(each)}'" for each in scripts)
    return (
        f"default-src 'none'; script-src {hashes}; style-src '{_hash(style)}'; font-src data:;"
        " img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")


def _about(figures: Figures) -> str:
    material = figures.material
    terms = material.terms
    opened = gettext("opened from %(first)s, read to %(last)s")
    charter = gettext("charter: %(title)s") if terms.title else gettext("no charter")
    told = [
        telling.tickets(len(material.exhibit.tickets)),
        opened
        % {
            "first": telling.day(material.day(material.period.start)),
            "last": telling.day(material.day(material.at)),
        },
        charter % {"title": terms.title} if terms.title else charter,
    ]
    if terms.has_targets:
        both = {"usual": lenses.name(figures.usual), "lived": lenses.name(figures.lived)}
        told.append(gettext("lens %(usual)s beside %(lived)s") % both)
    return " · ".join(told)


def _titles(figures: Figures) -> dict[str, Plain]:
    """What each figure is called where its tickets are listed, with its value in words, and how
    many it opens."""
    return {
        key: [
            title_of(key, each.figure.title),
            telling.value_of(each.figure, each.figure.value),
            each.figure.units,
        ]
        for key, each in figures.entries.items()
    }


def _specs(parts: list[Section]) -> dict[str, Plain]:
    drawn = [chart for part in parts for chart in (*part.charts, *part.pairs)]
    return {
        "config": charts.CONFIG,
        "charts": {chart.key: chart.spec for chart in drawn},
    }


def _json(data: dict[str, Plain]) -> str:
    """JSON in which nothing can end the element that it stands in."""
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


_SHORT = {
    "figures": gettext_noop("Glance"),
    "before": gettext_noop("Before"),
    "quality": gettext_noop("The file"),
    "promise": gettext_noop("Promise"),
    "speed": gettext_noop("Speed"),
    "flow": gettext_noop("Flow"),
    "hands": gettext_noop("Hands"),
    "causes": gettext_noop("Causes"),
    "signals": gettext_noop("Signs"),
    "sources": gettext_noop("Also"),
    "method": gettext_noop("Method"),
}
"""What sections are called in the list of them at the top."""


@lru_cache(maxsize=1)
def _templates() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_HERE / "jinja2"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    # A text may be written over several lines.
    made.policies["ext.i18n.trimmed"] = True
    made.install_gettext_callables(  # type: ignore[attr-defined]
        gettext, texts.ngettext, newstyle=True, pgettext=texts.pgettext
    )
    return made


def _style() -> str:
    letters = base64.b64encode(_bytes(VENDOR / LETTERS)).decode("ascii")
    face = (
        '@font-face{font-family:"Inter Variable";font-weight:100 900;font-style:normal;'
        f"src:url(data:font/woff2;base64,{letters}) format('woff2')}}"
    )
    own = _own("pack.css")
    return "\n".join((face, (STATIC / "commondesk.css").read_text("utf-8"), own))


def _vendored() -> list[str]:
    """The drawing library, without the address of its sources, which are not in the file."""
    return [
        _bytes(VENDOR / name).decode("utf-8").partition("\n//# sourceMappingURL")[0]
        for name in SCRIPTS
    ]


def _own(name: str) -> str:
    return (_HERE / "jinja2" / name).read_text("utf-8")


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise FilesMissing(f"a file for the browser is missing: {path.name}") from None
