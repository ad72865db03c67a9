"""HTML of strangers made harmless. Only what is on the lists gets through."""

import re
from dataclasses import dataclass
from html import unescape

import nh3

from . import charsets, html_text

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
    "*": {"dir", "lang", "title", "class", "id"},
    "a": {"href"},
    "img": {"alt", "src", "width", "height"},
    "td": {"colspan", "rowspan", "align", "valign"},
    "th": {"colspan", "rowspan", "align", "valign", "scope"},
    "col": {"span"},
    "colgroup": {"span"},
    "ol": {"start", "type"},
    "blockquote": {"type"},
}
PICTURE_SCHEMES = frozenset({"http", "https", "cid"})
LINK_SCHEMES = frozenset({"http", "https", "mailto", "tel"})

_QUOTING_IDS = html_text.QUOTING_IDS | html_text.IDS_ABOVE_A_QUOTE
_MARKED_TAG = re.compile(r'<[a-z0-9]+(?: [a-z-]+="[^"]*")*>')
_MARK = re.compile(r' (?:class|id)="[^"]*"')
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]*)")
_WHOLE_TAG = re.compile(r"<[^<>]*>")
_REMOTE_PICTURE = re.compile(r'<img(?: [a-z-]+="[^"]*")*? src="https?:', re.IGNORECASE)


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
    """HTML that does nothing, and whether it names pictures that lie elsewhere."""

    html: str
    has_remote_pictures: bool
    marked: str = ""
    """The same with the marks that mail programs put on quotes, for html_text.py alone."""


def safe_html(html: str) -> SafeHtml:
    """The HTML without scripts, styles, forms and frames.

    Pictures that lie elsewhere keep their address, which tells whoever fetches it that the mail
    is being read: the desk leaves them out, or fetches them itself, when it shows the mail.
    """
    cleaned = charsets.clean(_CLEANER.clean(html))
    return SafeHtml(
        _without_marks(cleaned),
        bool(_REMOTE_PICTURE.search(cleaned)),
        cleaned,
    )


def _without_marks(html: str) -> str:
    """The marks of quotes were only for html_text.py; nothing of the desk's styles is met."""
    if ' class="' not in html and ' id="' not in html:
        return html
    return _MARKED_TAG.sub(lambda tag: _MARK.sub("", tag[0]), html)


def _kept_value(tag: str, attribute: str, value: str) -> str | None:
    """A link never leads into the mail's files; a picture never is anything but a picture."""
    if attribute == "class":
        return " ".join(each for each in value.split() if each in html_text.QUOTING_CLASSES) or None
    if attribute == "id":
        return value if value in _QUOTING_IDS else None
    if attribute not in ("src", "href"):
        return value
    scheme = value.strip().partition(":")[0].lower()
    return value if scheme in (PICTURE_SCHEMES if tag == "img" else LINK_SCHEMES) else None


_CLEANER = nh3.Cleaner(
    tags=set(TAGS),
    clean_content_tags=set(DROPPED_WHOLE),
    attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
    attribute_filter=_kept_value,
    url_schemes=set(PICTURE_SCHEMES | LINK_SCHEMES),
    url_relative="deny",
    link_rel="noopener noreferrer nofollow",
    strip_comments=True,
)
