"""HTML of strangers: what gets through does nothing and fetches nothing."""

import re

import pytest

from commondesk.intake.mail.safe_html import safe_html, text_of

REMOTE = [
    '<img src="http://spy.example/1.png">',
    '<img src="//spy.example/1.png">',
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


def test_it_says_when_pictures_were_left_out() -> None:
    assert safe_html(REMOTE[0]).has_remote_pictures
    assert safe_html(REMOTE[1]).has_remote_pictures
    assert not safe_html('<img src="cid:a">').has_remote_pictures


def test_text_of_it_reads_as_seen() -> None:
    html = "<style>p{}</style><p>Dear desk,</p><p>it is<br>broken.</p>"
    html += "<ul><li>one</li><li>two</li></ul>"
    assert text_of(safe_html(html).html) == "Dear desk,\n\nit is\nbroken.\n\n  * one\n  * two"
    assert text_of("") == text_of("  \n") == ""
