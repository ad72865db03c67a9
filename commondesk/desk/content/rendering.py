"""HTML of a stranger made fit to be shown: by lists of what may pass, once more at every showing.

Intake makes it harmless when it files it, and the record keeps that. This is the second wall: it
trusts nothing that is stored, and it is what decides about pictures.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import nh3

TAGS = frozenset(
    """
    a abbr address b bdo big blockquote br caption center cite code col colgroup dd del dfn div dl
    dt em font h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small span strike
    strong sub sup table tbody td tfoot th thead tr tt u ul var
    """.split()  # noqa: SIM905 - a list of words reads best as one
)
# Elements that go with all they hold, not only with their tags.
DROPPED_WHOLE = frozenset(
    """
    applet audio embed frame frameset head iframe math noembed noframes noscript object option
    plaintext script select style svg template textarea title video xml xmp
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
}
LINK_SCHEMES = frozenset({"http", "https", "mailto", "tel"})
PICTURE_SCHEMES = frozenset({"http", "https", "cid"})
MOST_PICTURES = 100
"""How many remote pictures one showing of a mail may load."""
LONGEST_ADDRESS = 2000

Inline = Callable[[str], str | None]
Remote = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Rendered:
    """HTML to show, and how many pictures were kept out of it because they lie elsewhere."""

    html: str
    kept_out: int


def rendered(html: str, *, inline: Inline, remote: Remote | None = None) -> Rendered:
    """The HTML without anything that runs, styles, sends or fetches.

    `inline` gives the address of a picture that came with the mail, by its content id; `remote`
    that of one which lies elsewhere. Without `remote` those are kept out.
    """
    pictures = _Pictures(inline, remote)
    cleaned = nh3.clean(
        html,
        tags=set(TAGS),
        clean_content_tags=set(DROPPED_WHOLE),
        attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
        attribute_filter=pictures.kept_value,
        url_schemes=set(LINK_SCHEMES | PICTURE_SCHEMES),
        url_relative="deny",
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
        strip_comments=True,
    )
    return Rendered(cleaned, pictures.kept_out)


class _Pictures:
    """Decides about each address in the HTML, and counts the pictures that are kept out."""

    def __init__(self, inline: Inline, remote: Remote | None) -> None:
        self.inline, self.remote = inline, remote
        self.kept_out = self.loaded = 0

    def kept_value(self, tag: str, attribute: str, value: str) -> str | None:
        if attribute == "href":
            return value if scheme_of(value) in LINK_SCHEMES else None
        if attribute == "src":
            return self.picture(value.strip())
        if attribute in ("width", "height"):
            return value if value.isascii() and value.isdigit() and len(value) < 5 else None
        return value

    def picture(self, address: str) -> str | None:
        scheme = scheme_of(address)
        if scheme == "cid":
            return self.inline(address[len("cid:") :])
        if scheme not in ("http", "https"):
            return None
        if self.remote is None or len(address) > LONGEST_ADDRESS or self.loaded >= MOST_PICTURES:
            self.kept_out += 1
            return None
        self.loaded += 1
        return self.remote(address)


def scheme_of(address: str) -> str:
    try:
        return urlsplit(address.strip()).scheme.lower()
    except ValueError:
        return ""
