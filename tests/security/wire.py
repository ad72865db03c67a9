"""Mail as an attacker sends it: over a connection, from a host that may send for some domains.

The world has these domains: `client.example` says who may send for it and what signs it, and wants
all else refused; so does `provider.example`. `open.example` says nothing. Everybody connects from
127.0.0.1: what a domain says of that address makes the difference.
"""

from __future__ import annotations

import smtplib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from commondesk.core.record.instant import SECOND
from commondesk.intake import filing, receiver
from commondesk.intake.models import RawMail
from commondesk.intake.receiver import Receiver
from commondesk.ledger.now import instant_now
from tests.intake.letters import DESK
from tests.intake.signing import key_record, zone_of

CLIENT = "client.example"
PROVIDER = "provider.example"
OPEN = "open.example"
USER = f"u@{CLIENT}"
AGENT = f"ben@{PROVIDER}"
ATTACKER = "attacker@evil.example"
POLICY = "v=DMARC1; p=reject"
NOT_US = "v=spf1 ip4:192.0.2.1 -all"
US = "v=spf1 ip4:127.0.0.1 -all"


def records() -> dict[str, dict[str, list[str]]]:
    """What the name service knows."""
    zone: dict[str, dict[str, list[str]]] = {}
    for domain in (CLIENT, PROVIDER):
        zone |= zone_of(domain, spf=NOT_US, dmarc=POLICY, key=key_record(name=domain))
    return zone | zone_of("evil.example", spf=US, key=key_record(name="evil"))


@dataclass
class Wire:
    """The open receiver, and the mails that came through it."""

    running: Receiver
    seen: set[int] = field(default_factory=set)

    @classmethod
    @contextmanager
    def opened(cls) -> Iterator[Wire]:
        running = receiver.start("127.0.0.1:0", is_filing=False)
        try:
            yield cls(running)
        finally:
            running.stop()

    def send(
        self, raw: bytes, *, sender: str = ATTACKER, to: Sequence[str] = (DESK,)
    ) -> list[RawMail]:
        """Hand a mail over and file it; what became of it."""
        with smtplib.SMTP("127.0.0.1", self.running.port, timeout=20) as server:
            server.sendmail(sender, list(to), raw)
        return self.filed()

    def filed(self) -> list[RawMail]:
        """File what waits; what became of it, in order."""
        while filing.file_waiting(instant_now() + SECOND):
            pass
        new = [mail for mail in RawMail.objects.order_by("id") if mail.pk not in self.seen]
        self.seen |= {mail.pk for mail in new}
        return new
