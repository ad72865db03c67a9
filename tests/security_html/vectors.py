"""Markup that wants to run or to fetch, in our own words: every shape that comes to mind, crossed.

A vector names the canary wherever it could be asked for something, and carries its own number, so
that a finding names its cause.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from itertools import product
from urllib.parse import quote

PER_MAIL = 100

TAGS = """
    a abbr address article audio b bdi body blockquote br button canvas caption center col
    custom-tag datalist details dialog div embed fieldset font form frameset h1 hr html iframe
    image img input isindex keygen label legend li link map marquee menu meter nav object ol
    optgroup option output p picture pre progress ruby s section select slot source span sub
    summary svg table tbody td template textarea th time title tr track u ul var video wbr xss
""".split()  # noqa: SIM905 - a list of words reads best as one
EVENTS = """
    onabort onafterprint onanimationend onanimationstart onauxclick onbeforecopy onbeforeinput
    onbeforematch onbeforeprint onbeforetoggle onbeforeunload onbegin onblur onbounce oncanplay
    onchange onclick oncontentvisibilityautostatechange oncopy oncuechange ondblclick ondrag
    onend onerror onfinish onfocus onfocusin onformdata ongotpointercapture onhashchange oninput
    oninvalid onkeydown onload onloadedmetadata onloadend onloadstart onmessage onmouseenter
    onmouseover onmousewheel onpageshow onpaste onplay onpointerenter onpointermove
    onpointerrawupdate onpopstate onprogress onratechange onreadystatechange onrepeat onreset
    onresize onscroll onscrollend onscrollsnapchange onsearch onsecuritypolicyviolation onseeked
    onselect onselectionchange onshow onslotchange onstart onsubmit ontimeupdate ontoggle
    ontouchstart ontransitionend ontransitionrun onunhandledrejection onvolumechange
    onwebkitanimationstart onwheel
""".split()  # noqa: SIM905
SEPARATORS = (" ", "/", "\n", "\t", "\x0c", " x=1 ", "//", " / ", '"', "' ")
URL_PLACES = (
    '<a href="{}">x</a>',
    "<a href='{}'>x</a>",
    "<a href={}>x</a>",
    '<a xlink:href="{}">x</a>',
    '<a ping="{}" href="#">x</a>',
    '<area href="{}">',
    '<base href="{}">',
    '<blockquote cite="{}">x</blockquote>',
    '<body background="{}">',
    '<button formaction="{}">x</button>',
    '<embed src="{}">',
    '<form action="{}"><input type=submit autofocus></form>',
    '<frameset><frame src="{}"></frameset>',
    '<iframe src="{}"></iframe>',
    '<image src="{}">',
    '<img src="{}">',
    "<img src={}>",
    '<img srcset="{} 2x">',
    '<img longdesc="{}">',
    '<img lowsrc="{}" dynsrc="{}">',
    '<img usemap="{}">',
    '<input type=image src="{}">',
    '<isindex action="{}">',
    '<link rel=stylesheet href="{}">',
    '<link rel=icon href="{}">',
    '<link rel="import" href="{}">',
    '<link rel=preload as=image href="{}">',
    '<link rel=modulepreload href="{}">',
    '<math href="{}"><mtext>x</mtext></math>',
    '<math><maction actiontype="statusline#{}" xlink:href="{}">x</maction></math>',
    '<meta http-equiv=refresh content="0;url={}">',
    '<object data="{}"></object>',
    '<object codebase="{}" classid="{}"></object>',
    '<param name=movie value="{}">',
    '<picture><source srcset="{}"><img></picture>',
    '<script src="{}"></script>',
    '<svg><a href="{}"><text y=9>x</text></a></svg>',
    '<svg><image href="{}"/></svg>',
    '<svg><use href="{}"/></svg>',
    '<svg><script href="{}"></script></svg>',
    '<svg><animate attributeName=href values="{}"/></svg>',
    '<svg><feImage href="{}"/></svg>',
    '<table background="{}"><tr><td background="{}">x</table>',
    '<video poster="{}" src="{}"></video>',
    '<audio src="{}"><track default src="{}"></audio>',
)
STYLES = (
    "background:url({})",
    "background:url('{}')",
    'background:url( "{}" )',
    "background-image:image-set('{}' 1x)",
    "background:ur\\6c({})",
    "background:u/**/rl({})",
    "list-style:url({})",
    "content:url({})",
    "cursor:url({}),auto",
    "border-image:url({}) 1",
    "mask:url({})",
    "filter:url({}#f)",
    "shape-outside:url({})",
    "behavior:url({})",
    "-moz-binding:url({})",
    "width:expression(fetch('{}'))",
    "@import '{}'",
    "src:url({})",
    "offset-path:url({})",
    "clip-path:url({}#c)",
    "background:-webkit-cross-fade(url({}),url({}),50%)",
    "--x:url({});background:var(--x)",
    "animation:x 1s;background:url({})",
    "position:fixed;inset:0;background:url({})",
)
STYLE_PLACES = (
    '<p style="{}">x</p>',
    "<div style='{}'>x</div>",
    '<img style="{}">',
    "<style>*{{{}}}</style>",
    "<style>@media all{{body{{{}}}}}</style>",
    "<svg><style>*{{{}}}</style></svg>",
    '<td style="{}">x</td>',
    "<style>/*</style>*/p{{{}}}</style>",
    '<font style="{}">x</font>',
)
# What runs, if it is let. R stands for a script, U for the canary, U2 and U3 for parts of it.
RUNNERS = (
    "<img src=x onerror=R>",
    "<svg onload=R>",
    "<script>R</script>",
    '<iframe srcdoc="<script>R</script>"></iframe>',
    "<details open ontoggle=R>x</details>",
    "<img src=U>",
    "<input autofocus onfocus=R>",
    "<video><source onerror=R></video>",
    "<style onload=R></style>",
    "<a href=javascript:R>x</a>",
)
# Places that parsers read differently the second time: X stands for something that runs.
SHAPES = (
    "<noscript><p title='</noscript>X'></noscript>",
    "<noscript><style></noscript>X</style></noscript>",
    "<noembed><p title='</noembed>X'>",
    "<noframes><p title='</noframes>X'>",
    "<xmp><p title='</xmp>X'>",
    "<title><p title='</title>X'>",
    "<textarea><p title='</textarea>X'>",
    "<style><a title='</style>X'>",
    "<script><!--<script></script>X",
    "<iframe><p title='</iframe>X'>",
    "<svg><style><p title='</style>X'>",
    "<svg><p><style><g title='</style>X'>",
    "<svg></p><style><a id='</style>X'>",
    "<svg><desc><style><a id='</style>X'></desc>",
    "<svg><title><style><a id='</style>X'></title>",
    "<svg><foreignObject><style><a id='</style>X'></foreignObject>",
    "<math><mtext><table><mglyph><style><!--</style>X",
    "<math><mtext><table><mglyph><style><math>X",
    "<math><mi><table><malignmark><style><p id='</style>X'>",
    "<math><annotation-xml encoding='text/html'><style><p id='</style>X'>",
    "<form><math><mtext></form><form><mglyph><style></math>X",
    "<form><input><form>X",
    "<select><option><style></select>X</style>",
    "<select><template>X</template></select>",
    "<template><style></template>X</style></template>",
    "<template>X</template>",
    "<template shadowrootmode=open>X</template>",
    "<table><td><table>X</table>",
    "<table>X<td>",
    "<table><caption><svg><table>X",
    "<p><table><p>X",
    "<a><a><p>X</a>",
    "<b><p></b>X",
    "<ruby><rtc><rt>X",
    "<option><select>X",
    "<button><button>X",
    "<frameset>X</frameset>",
    "<head>X</head>",
    "<body>X</body>",
    "<html>X</html>",
    "<!--><p>X-->",
    "<!--->X-->",
    "<!-- --!>X<!-- -->",
    "<!--<p title='-->X'>-->",
    "<!-->X",
    "<![CDATA[X]]>",
    "<svg><![CDATA[><p title=']]>X'>]]></svg>",
    "<math><![CDATA[X]]></math>",
    "<?xml version='1.0'?>X",
    "<?x <p title='?>X'>",
    "<!doctype html [<!entity x 'y'>]>X",
    "</p title='X'>X",
    "</ >X",
    "<%<p title='%>X'>%>",
    '<p title=""X">',
    "<p title='a'b='X'>X",
    "<p/title=X>X",
    "<p <p>X",
    "<<p>X",
    "<p\x00>X",
    "<\x00p>X",
    "<p title=`a`>X",
    "<b x='`' y='`>X'>",
    "<svg/onload=1><p>X",
    "<math><x xlink:href=a>X",
    "<svg><set attributeName=onmouseover to='X'/></svg>X",
    "<svg><handler>X</handler></svg>",
    "<svg><foreignObject>X</foreignObject></svg>",
    "<object><param>X</object>",
    "<video>X</video>",
    "<dialog open>X</dialog>",
    "<details open><summary>X</summary></details>",
    "<marquee>X</marquee>",
    "<custom-tag is=x>X</custom-tag>",
    "<p is='custom-tag'>X",
    "<div contenteditable>X</div>",
    "<div popover>X</div>",
    "<slot>X</slot>",
)
# Other ways to write a script's address.
SCRIPT_ADDRESSES = (
    "javascript:R",
    "JaVaScRiPt:R",
    "java\tscript:R",
    "java\nscript:R",
    "java\rscript:R",
    " javascript:R",
    "\x01javascript:R",
    "\u00a0javascript:R",
    "\ufeffjavascript:R",
    "&#106;avascript:R",
    "&#x6A;avascript:R",
    "&#0000106avascript:R",
    "java&Tab;script:R",
    "java&NewLine;script:R",
    "javascript&colon;R",
    "javascript&#58;R",
    "javascript:/*-/*`/*'/**/R//",
    "javascript://%0aR",
    "vbscript:R",
    "livescript:R",
    "view-source:javascript:R",
    "feed:javascript:R",
    "jar:javascript:R!/",
    "data:text/html,<script>R</script>",
    "data:text/html;base64,PHNjcmlwdD5jb25zb2xlLmxvZygnUkFOIDAnKTwvc2NyaXB0Pg==",
    "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='R'/>",
    "data:application/xhtml+xml,<x:script xmlns:x='http://www.w3.org/1999/xhtml'>R</x:script>",
    "data:;,<script>R</script>",
    "blob:R",
    "filesystem:R",
    "about:blank#R",
    'cid:a" onerror="R',
    'mailto:a@b.example"onclick="R',
)
ADDRESSES = (
    "U",
    " U",
    "\nU",
    "&#32;U",
    "HTTP:U2",
    "U2",
    "/\\U3",
    "\\\\U3",
    "///U3",
    "http:\\\\U3",
    "http:U3",
    "ht\ntp:U2",
    "U#x",
    "U?a=b&c=d",
    "ws:U2",
    "ftp:U2",
)


@dataclass(frozen=True, slots=True)
class Vector:
    """One piece of markup, with the number that its traces would bear."""

    number: int
    html: str


def vectors(canary: str) -> list[Vector]:
    """All of them; canary is `host:port`."""
    found: dict[str, None] = dict.fromkeys(_shapes())
    return [Vector(each, numbered(html, each, canary)) for each, html in enumerate(found)]


def _shapes() -> Iterator[str]:
    yield from _handlers()
    for place, address in product(URL_PLACES, SCRIPT_ADDRESSES):
        if (len(place) + len(address)) % 2:
            yield place.replace("{}", address)
    for index, place in enumerate(URL_PLACES):
        for step in range(4):
            yield place.replace("{}", ADDRESSES[(index + step * 5) % len(ADDRESSES)])
    for place, style in product(STYLE_PLACES, STYLES):
        yield place.format(style.replace("{}", "U"))
    for index, shape in enumerate(SHAPES):
        for step in range(6):
            yield shape.replace("X", RUNNERS[(index + step) % len(RUNNERS)])
    for runner in RUNNERS:
        yield from (runner, escape(runner), quote(runner), runner.replace("<", "<\x00"))
        yield runner.replace("=", " = ")


def _handlers() -> Iterator[str]:
    for index, event in enumerate(EVENTS):
        for step in range(6):
            tag = TAGS[(index * 7 + step * 11) % len(TAGS)]
            gap = SEPARATORS[(index + step) % len(SEPARATORS)]
            yield f"<{tag}{gap}{event}=R autofocus tabindex=1>x</{tag}>"
    for index, tag in enumerate(TAGS):
        event = EVENTS[(index * 3) % len(EVENTS)]
        yield f'<{tag} src=x onerror="R" {event.upper()}=\'R\' style="display:block">x</{tag}>'


def numbered(html: str, number: int, canary: str) -> str:
    """The vector with its script, its canary and its number in place."""
    stands_for = {
        "R": f"console.log(`RAN-{number}`)",
        "U": f"http://{canary}/{number}",
        "U2": f"//{canary}/{number}",
        "U3": f"{canary}/{number}",
    }
    return re.sub(r"\b(?:R|U[23]?)\b", lambda found: stands_for[found[0]], html)


# ---- into mails ---------------------------------------------------------------------------

# Whatever a vector opened is shut behind it, so that the next one stands in the open.
SHUT = (
    "\"'>--></script></style></textarea></title></noscript></noembed></noframes></xmp></iframe>"
    "</template></select></svg></math></form></table></object></video></audio>"
)


def page_of(some: list[Vector]) -> str:
    """Many vectors as one document, each followed by a mark that can be looked for."""
    return "\n".join(f"{one.html}{SHUT}{shut(one.html)}<p>mark-{one.number}.</p>" for one in some)


def shut(html: str) -> str:
    opened = re.findall(r"<([a-zA-Z][\w-]*)", html)
    return "".join(f"</{tag}>" for tag in reversed(opened))


def batches(all_of_them: list[Vector]) -> list[list[Vector]]:
    return [all_of_them[at : at + PER_MAIL] for at in range(0, len(all_of_them), PER_MAIL)]
