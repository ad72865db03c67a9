"""HTML of strangers made harmless, and its text. Only what is on the lists gets through."""

import re
from dataclasses import dataclass
from html import unescape

import nh3
from inscriptis import get_text  # type: ignore[import-untyped]
from inscriptis.css_profiles import CSS_PROFILES  # type: ignore[import-untyped]
from inscriptis.model.config import ParserConfig  # type: ignore[import-untyped]

LARGEST = 2 * 1024 * 1024
DEEPEST = 200
# Elements that hold nothing, or that the next of their kind ends: they do not nest by themselves.
NOT_NESTING = frozenset(
    """
    area base br col colgroup dd dt embed hr img input li link meta option p param source tbody td
    tfoot th thead tr track wbr
    """.split()  # noqa: SIM905 - a list of words reads best as one
)

TAGS = frozenset(
    """
    a abbr address b bdo big blockquote br caption center cite code col colgroup dd del details
    dfn div dl dt em font h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small span
    strike strong sub summary sup table tbody td tfoot th thead tr tt u ul var
    """.split()  # noqa: SIM905
)
# Elements that go with all they hold, not only with their tags.
DROPPED_WHOLE = frozenset(
    """
    applet audio embed frameset head iframe math noframes noscript object option script select
    style svg template textarea title video xml
    """.split()  # noqa: SIM905
)
ATTRIBUTES = {
    "*": {"dir", "lang", "title"},
    "a": {"href"},
    "img": {"alt", "src", "width", "height"},
    "td": {"colspan", "rowspan", "align", "valign"},
    "th": {"colspan", "rowspan", "align", "valign", "scope"},
    "col": {"span"},
    "colgroup": {"span"},
    "ol": {"start", "type"},
    "blockquote": {"type"},
}
SCHEMES = frozenset({"http", "https", "mailto", "tel", "cid"})

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]*)")
_WHOLE_TAG = re.compile(r"<[^<>]*>")
_PICTURE_WITHOUT_SOURCE = re.compile(r"<img(?![^<>]* src=)")
_TEXT_CONFIG = ParserConfig(css=CSS_PROFILES["strict"])


def is_too_deep(html: str) -> bool:
    """True for what would take both readers of HTML time without end: they go by its depth."""
    depth = 0
    for closing, name in _TAG.findall(html):
        if name.lower() not in NOT_NESTING:
            depth = max(0, depth - 1) if closing else depth + 1
        if depth > DEEPEST:
            return True
    return False


def bare_text_of(html: str) -> str:
    """The text of HTML that is not taken apart: all but its tags."""
    return unescape(_WHOLE_TAG.sub(" ", html))


@dataclass(frozen=True, slots=True)
class SafeHtml:
    """HTML that can be shown, and whether pictures that lie elsewhere were left out of it."""

    html: str
    has_remote_pictures: bool


def safe_html(html: str) -> SafeHtml:
    """The HTML without scripts, styles, forms, frames, and without pictures that lie elsewhere."""
    cleaned = nh3.clean(
        html,
        tags=set(TAGS),
        clean_content_tags=set(DROPPED_WHOLE),
        attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
        attribute_filter=_kept_value,
        url_schemes=set(SCHEMES),
        url_relative="deny",
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )
    return SafeHtml(cleaned, bool(_PICTURE_WITHOUT_SOURCE.search(cleaned)))


def text_of(html: str) -> str:
    """What a person would read of safe HTML, as plain text."""
    if not html.strip():
        return ""
    lines = [line.rstrip() for line in get_text(f"<div>{html}</div>", _TEXT_CONFIG).split("\n")]
    return "\n".join(lines).strip("\n")


def _kept_value(tag: str, attribute: str, value: str) -> str | None:
    """A picture is shown only if it came with the mail: fetching others tells that it was read."""
    if attribute not in ("src", "href"):
        return value
    is_of_mail = value.strip().lower().startswith("cid:")
    return value if is_of_mail == (tag == "img") else None
