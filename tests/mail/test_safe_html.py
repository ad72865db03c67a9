"""HTML of strangers: what gets through does nothing and fetches nothing."""

import re

import pytest

from commondesk.intake.mail import html_text
from commondesk.intake.mail.safe_html import safe_html

REMOTE = [
    '<img src="//spy.example/1.png">',
    '<img src="ftp://spy.example/1.png">',
    '<img src="data:image/svg+xml,http://spy.example">',
    '<img srcset="http://spy.example/1.png 2x">',
    '<img src="cid:ok" background="http://spy.example/1.png">',
    '<p style="background:url(http://spy.example/1.png)">x</p>',
    '<style>@import "http://spy.example/1.css"; p{background:url(//spy.example)}</style><p>x</p>',
    '<table background="http://spy.example/1.png"><tr><td>x</td></tr></table>',
    '<body background="http://spy.example/1.png">x</body>',
    '<link rel="stylesheet" href="http://spy.example/1.css">',
    '<link rel="prefetch" href="http://spy.example/1">',
    '<meta http-equiv="refresh" content="0;url=http://spy.example/">',
    '<video poster="http://spy.example/1.png" src="http://spy.example/v"></video>',
    '<object data="http://spy.example/o"></object>',
    '<iframe src="http://spy.example/"></iframe>',
    '<base href="http://spy.example/"><img src="1.png">',
    '<svg><image href="http://spy.example/1.png"/></svg>',
    '<input type="image" src="http://spy.example/1.png">',
]
ACTIVE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    '<a href="javascript:alert(1)">x</a>',
    '<a href=" jav\tascript:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '<a href="vbscript:x">x</a>',
    "<form action=http://evil.example><input name=password></form>",
    '<math><mtext><table><mglyph><style><img src=x onerror="alert(1)">',
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<textarea><script>alert(1)</script></textarea>",
    "<p onclick=alert(1) id=csrf class=button>x</p>",
    "<template><script>alert(1)</script></template>",
    "<!--[if gte mso 9]><script>alert(1)</script><![endif]-->",
    '<xml><a href="javascript:alert(1)">',
    "<details open ontoggle=alert(1)>x</details>",
]


@pytest.mark.parametrize("html", REMOTE)
def test_nothing_is_fetched(html: str) -> None:
    assert "spy.example" not in safe_html(html).html


@pytest.mark.parametrize("html", ACTIVE)
def test_nothing_runs(html: str) -> None:
    safe = safe_html(html).html
    assert not re.search(r"(?i)<(script|svg|form|input|textarea|style|math|iframe)", safe)
    assert not re.search(r"(?i)\son\w+\s*=|javascript:|vbscript:|data:|\s(id|class|name)=", safe)


def test_what_people_write_stays() -> None:
    html = (
        "<h1>Hi</h1><p>a <b>bold</b> <em>word</em></p><ul><li>one</li></ul>"
        '<table><tbody><tr><td colspan="2">cell</td></tr></tbody></table>'
        '<img src="cid:a@b" alt="map">'
    )
    assert safe_html(html).html == html


def test_links_open_safely_and_only_where_they_say() -> None:
    safe = safe_html('<a href="https://x.example/?a=b&c=d" target="_top">x</a>').html
    assert safe == (
        '<a href="https://x.example/?a=b&amp;c=d" rel="noopener noreferrer nofollow">x</a>'
    )


def test_pictures_that_lie_elsewhere_are_told_but_keep_their_address() -> None:
    remote = safe_html('<img alt="a>b" src="https://spy.example/1.png">')
    assert remote.has_remote_pictures
    assert 'src="https://spy.example/1.png"' in remote.html
    assert not safe_html('<img src="cid:a">').has_remote_pictures
    assert not safe_html("<p title='<img src=\"http:'> src=\"http:</p>").has_remote_pictures


def test_marks_of_quotes_do_not_reach_the_desk() -> None:
    safe = safe_html(
        '<div class="button gmail_quote" title="a class=&quot;x&quot;">x</div><p id=csrf>'
    )
    assert safe.html == '<div title="a class=&quot;x&quot;">x</div><p></p>'
    assert 'class="gmail_quote"' in safe.marked


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (
            "<style>p{}</style><p>Dear desk,</p><p>it is<br>broken.</p>",
            "Dear desk,\n\nit is\nbroken.",
        ),
        ("<p>a</p><ul><li>one</li><li>two</li></ul>", "a\n\n  * one\n  * two"),
        ("<ul><li>one<ul><li>inner</li></ul></li></ul>", "  * one\n\n    * inner"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a  b\nc"),
        ("<pre>  two\n   three</pre>", "  two\n   three"),
        ("one<div>two</div>three<div><br></div>four", "one\ntwo\nthree\n\nfour"),
        ("a  <b> b</b>\n c &amp; &lt;d&gt;&nbsp;e", "a b c & <d> e"),
        ("<h1>Big</h1>small<hr>below", "Big\n\nsmall\n\nbelow"),
        ("", ""),
        ("  \n", ""),
        ("<p></p><div> </div>", ""),
    ],
)
def test_its_text_reads_as_seen(html: str, text: str) -> None:
    assert html_text.text_of(safe_html(html).marked).text == text


@pytest.mark.parametrize(
    ("html", "quoted"),
    [
        ('<div>a</div><div class="gmail_quote">q<br>r</div>', {1, 2}),
        ('<div>a</div><blockquote type="cite">q</blockquote>b', {2}),
        ('<div>a</div><div id="divRplyFwdMsg">From: x</div><div>all</div>', {1, 2}),
        ('<div>a</div><div class="yahoo_quoted">q</div>', {1}),
        ("<div>a</div><blockquote>no mail's quote</blockquote>", set()),
    ],
)
def test_quotes_are_known_by_the_marks_of_mail_programs(html: str, quoted: set[int]) -> None:
    assert html_text.text_of(safe_html(html).marked).quoted == quoted
