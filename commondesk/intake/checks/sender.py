"""Whether a mail is from the address in its From line, as far as its domain lets us know.

Passed: the domain signed it, or its own server sent it. Failed: the domain says how to know its
mail, and this is not it. Absent is all else: a domain that says nothing, a name service that is
silent, a relay that told us nothing. What is absent is not failed.
"""

from __future__ import annotations

import ipaddress
import logging
from dataclasses import dataclass

from django.conf import settings

from commondesk.core.record.events import SenderCheck
from commondesk.intake.mail.understood import Understood
from commondesk.intake.models import RawMail

from . import authentication_results, dkim, dmarc, spf
from .authentication_results import Result
from .dns import Inquiry, Silent
from .domains import is_aligned
from .finding import ABSENT, Finding

GIVEN = Finding(SenderCheck.PASSED, "given by its sender, who was signed in")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found about the domain in From; "" where it was not looked at."""

    spf: str = ""
    is_spf_aligned: bool = False
    dkim: str = ""
    has_policy: bool | None = None
    """None where the name service was silent."""
    dmarc: str = ""
    """What the trusted host says of it."""
    host: str = ""
    is_uncertain: bool = False
    """Something was not answered that could have spoken for it."""

    @property
    def is_shown(self) -> bool:
        return self.dkim == "pass" or (self.spf == "pass" and self.is_spf_aligned)


def check(mail: RawMail, said: Understood, content: bytes) -> Finding:
    """What speaks for or against the sender of a mail. Never raises; takes five seconds at most."""
    if said.sender is None:
        return ABSENT
    if mail.source == RawMail.Source.GIVEN:
        return GIVEN if said.sender.address.lower() == mail.envelope_from.lower() else ABSENT
    try:
        return judged(_evidence(mail, said, content))
    except Exception:
        # Whatever a stranger's mail or records did to us, they do not stop the others.
        log.exception("the sender of mail %s could not be checked", mail.sha256[:12])
        return Finding(SenderCheck.ABSENT, "the check could not be made")


def judged(found: Evidence) -> Finding:
    """What the evidence comes to."""
    return Finding(_result(found), _text(found))


def _result(found: Evidence) -> SenderCheck:
    if found.dmarc == "fail":
        return SenderCheck.FAILED
    if found.is_shown or _is_vouched_for(found):
        return SenderCheck.PASSED
    if found.has_policy is None or found.is_uncertain or not found.spf:
        return SenderCheck.ABSENT
    if found.has_policy or (found.spf == "fail" and found.is_spf_aligned):
        return SenderCheck.FAILED
    return SenderCheck.ABSENT


def _is_vouched_for(found: Evidence) -> bool:
    """The host says that it passed, and says nothing beside that contradicts it."""
    return found.dmarc == "pass" and not found.spf


def _text(found: Evidence) -> str:
    dmarc_says = found.dmarc
    if not dmarc_says and found.has_policy:
        failed = _result(found) is SenderCheck.FAILED
        dmarc_says = "pass" if found.is_shown else "fail" if failed else "unknown"
    words = [
        *([f"spf={found.spf}"] if found.spf else []),
        f"dkim={found.dkim or 'none'}",
        f"dmarc={dmarc_says or ('unknown' if found.has_policy is None else 'none')}",
        *([f"by {found.host}"] if found.host else []),
    ]
    return " ".join(words)


# ---- evidence -----------------------------------------------------------------------------


def _evidence(mail: RawMail, said: Understood, content: bytes) -> Evidence:
    domain = domain_of(said)
    inquiry = Inquiry()
    policy, has_policy = _policy(domain, inquiry)
    signed = _signed(domain, policy, content, inquiry, mail)
    if is_relayed(mail):
        return _relayed(mail, domain, policy, has_policy, signed, content)
    if signed == "pass":
        # A domain that signed it has spoken; its SPF could add nothing.
        return Evidence(dkim=signed, has_policy=has_policy)
    sent = spf.spf_of(mail.peer, mail.envelope_from, mail.helo, inquiry)
    is_strict = policy.is_spf_strict if policy else False
    return Evidence(
        spf=sent.result,
        is_spf_aligned=is_aligned(domain, sent.domain, is_strict=is_strict),
        dkim=signed,
        has_policy=has_policy,
        is_uncertain="temperror" in (signed, sent.result),
    )


def domain_of(said: Understood) -> str:
    """The domain in From as the name service knows it."""
    domain = said.sender.address.rpartition("@")[2].rstrip(".").lower() if said.sender else ""
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain


def _policy(domain: str, inquiry: Inquiry) -> tuple[dmarc.Policy | None, bool | None]:
    try:
        policy = dmarc.policy_of(domain, inquiry)
    except Silent:
        return None, None
    return policy, policy is not None


def _signed(
    domain: str, policy: dmarc.Policy | None, content: bytes, inquiry: Inquiry, mail: RawMail
) -> str:
    """The best that can be said of the domain's own signatures; "" without any."""
    is_strict = policy.is_dkim_strict if policy else False

    def is_wanted(signer: str) -> bool:
        return is_aligned(domain, signer, is_strict=is_strict)

    found = dkim.signatures_of(content, is_wanted, inquiry, at=mail.received_at)
    results = {each.result for each in found}
    return next((each for each in ("pass", "temperror", "fail", "policy") if each in results), "")


# ---- by way of another server -------------------------------------------------------------


def is_relayed(mail: RawMail) -> bool:
    """Whether the company's own mail server brought it: the peer is not who sent it, then."""
    if mail.source != RawMail.Source.SMTP:
        return True
    try:
        peer = ipaddress.ip_address(mail.peer.partition("%")[0])
    except ValueError:
        return False
    if isinstance(peer, ipaddress.IPv6Address) and peer.ipv4_mapped:
        peer = peer.ipv4_mapped
    return any(peer in network for network in settings.TRUSTED_RELAYS)


def trusted_host(mail: RawMail) -> str:
    """The host whose results are believed for this mail; "" where there is none."""
    if mail.source == RawMail.Source.IMAP:
        return mail.account.trusted_host.strip().lower() if mail.account else ""
    return str(settings.AUTHENTICATION_HOST).strip().lower()


def _relayed(
    mail: RawMail,
    domain: str,
    policy: dmarc.Policy | None,
    has_policy: bool | None,
    signed: str,
    content: bytes,
) -> Evidence:
    """The relay's word where it gave one. Without it, SPF is not known: nothing can fail."""
    host = trusted_host(mail)
    results = authentication_results.results_by(host, dkim.split(content)[0]) if host else ()
    spf_says = authentication_results.worst("spf", results)
    return Evidence(
        spf=spf_says,
        is_spf_aligned=_speaks_for(domain, policy, "spf", results),
        dkim="pass" if signed == "pass" or _is_signed(domain, policy, results) else signed,
        has_policy=has_policy,
        dmarc=_dmarc_of(domain, results),
        host=host if results else "",
        is_uncertain="temperror" in (signed, spf_says),
    )


def _dmarc_of(domain: str, results: tuple[Result, ...]) -> str:
    """What the host says about this very domain."""
    about = [
        each
        for each in results
        if each.method == "dmarc" and each.properties.get("header.from", domain).lower() == domain
    ]
    return authentication_results.worst("dmarc", about)


def _is_signed(domain: str, policy: dmarc.Policy | None, results: tuple[Result, ...]) -> bool:
    """Whether the host found a signature of the domain that holds. Others beside it may fail."""
    return any(
        each.result == "pass" and _speaks_for(domain, policy, "dkim", (each,))
        for each in results
        if each.method == "dkim"
    )


def _speaks_for(
    domain: str, policy: dmarc.Policy | None, method: str, results: tuple[Result, ...]
) -> bool:
    """Whether all that the host says of the method is about the domain in From."""
    is_dkim = method == "dkim"
    is_strict = bool(policy and (policy.is_dkim_strict if is_dkim else policy.is_spf_strict))
    named = [_domain_in(each, is_dkim) for each in results if each.method == method]
    return bool(named) and all(is_aligned(domain, each, is_strict=is_strict) for each in named)


def _domain_in(result: Result, is_dkim: bool) -> str:
    names = ("header.d", "header.i") if is_dkim else ("smtp.mailfrom", "smtp.helo")
    found = next((result.properties[name] for name in names if name in result.properties), "")
    return found.rpartition("@")[2].rstrip(".").lower()
