"""Whose address it is: surely one, or none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commondesk.intake.mail import addresses
from commondesk.intake.mail.addresses import Ambiguous
from commondesk.intake.mail.understood import Mailbox

CLEAR = {
    "rita@acme.example": ("rita@acme.example", ""),
    "Rita <rita@ACME.example>": ("rita@acme.example", "Rita"),
    '"Requester, Rita" <rita@acme.example>': ("rita@acme.example", "Requester, Rita"),
    "Requester, Rita <rita@acme.example>": ("rita@acme.example", "Requester, Rita"),
    "rita@acme.example (Rita Requester)": ("rita@acme.example", "Rita Requester"),
    '"victim@acme.example" <x@evil.example>': ("x@evil.example", "victim@acme.example"),
    "victim@acme.example <x@evil.example>": ("x@evil.example", "victim@acme.example"),
    "x@evil.example (victim@acme.example)": ("x@evil.example", "victim@acme.example"),
    "=?utf-8?q?victim=40acme=2Eexample?= <x@evil.example>": (
        "x@evil.example",
        "victim@acme.example",
    ),
    "=?UTF-8?B?SsO8cmdlbg==?= <j@acme.example>": ("j@acme.example", "Jürgen"),
    "dots..twice@docomo.example": ("dots..twice@docomo.example", ""),
    "jdöe@mächine.example": ("jdöe@mächine.example", ""),
    '"a \\"quoted\\" name" <a@b.example>': ("a@b.example", 'a "quoted" name'),
    "(a (nested) comment) a@b.example": ("a@b.example", "a (nested) comment"),
    "Rita Requ\udce9rante <rita@acme.example>": ("rita@acme.example", "Rita Requérante"),
    "<a@b.example>": ("a@b.example", ""),
    "a@b.example,": ("a@b.example", ""),
}
UNCLEAR = [
    "",
    "Rita",
    "a@b.example, c@d.example",
    "A <a@b.example>, C <c@d.example>",
    "victim@acme.example)x@evil.example",
    "victim@acme.example x@evil.example",
    "<victim@acme.example> <x@evil.example>",
    "<victim@acme.example> x@evil.example",
    "<victim@acme.example",
    "victim@acme.example>",
    "<<victim@acme.example>>",
    "<victim@acme.example<x@evil.example>>",
    '"victim@acme.example <x@evil.example>',
    "victim@acme.example(unclosed",
    "=?utf-8?q?victim=40acme=2Eexample?=@evil.example",
    "=?utf-8?q?victim=40acme=2Eexample?=",
    "team: victim@acme.example;",
    "?from:?;",
    "<@relay.example:victim@acme.example>",
    "victim@@acme.example",
    "victim@acme.example@evil.example",
    "victim@acme",
    "victim@-acme.example",
    "victim@acme..example",
    "victim@[192.0.2.1]",
    '"vic tim"@acme.example',
    "victim@acme.example\x00",
    "victim@acme.example\x01X: y",
    "victim@acme.example\u2028",
    f"{'x' * 65}@acme.example",
    f"victim@{'x' * 250}.example",
    "victim@acme.example\ufffd",
    "v\udce9ctim@acme.example",
    "victim@acm\udce9.example",
]


@pytest.mark.parametrize("written", CLEAR)
def test_a_clear_sender_is_read(written: str) -> None:
    assert addresses.sole_mailbox([written]) == Mailbox(*CLEAR[written])


@pytest.mark.parametrize("written", UNCLEAR)
def test_an_unclear_sender_is_nobody(written: str) -> None:
    with pytest.raises(Ambiguous):
        addresses.sole_mailbox([written])


def test_two_lines_are_unclear_and_so_is_none() -> None:
    for lines in ([], ["a@b.example", "a@b.example"]):
        with pytest.raises(Ambiguous):
            addresses.sole_mailbox(lines)


def test_of_many_recipients_those_that_can_be_read_are() -> None:
    line = (
        'A <a@b.example>, broken@, "C, D" <c@d.example>, team: e@f.example, g@h.example;'
        ", A@B.example"
    )
    found = [each.address for each in addresses.mailboxes([line])]
    assert found == ["a@b.example", "c@d.example", "e@f.example", "g@h.example"]


def test_no_more_than_two_hundred_are_read() -> None:
    line = ", ".join(f"p{count}@acme.example" for count in range(3000))
    assert len(addresses.mailboxes([line])) == addresses.MOST_ADDRESSES


@given(st.text(alphabet='ab@.<>(),"\\:; =?é\x00', max_size=40))
def test_whatever_is_written_is_read_or_refused(written: str) -> None:
    try:
        address = addresses.sole_mailbox([written]).address
    except Ambiguous:
        return
    assert address.count("@") == 1
    assert address.lower() in written.lower()
    addresses.mailboxes([written])
