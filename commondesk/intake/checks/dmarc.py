"""What a domain wants to be known by (RFC 7489)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .dns import Inquiry
from .domains import organisation_of

POLICIES = ("none", "quarantine", "reject")
MOST_TAGS = 30

_VERSION = re.compile(r"v[ \t]*=[ \t]*DMARC1[ \t]*(;|\Z)")


@dataclass(frozen=True, slots=True)
class Policy:
    """How strictly the other checks must name the very domain. What it asks for besides, such as
    to refuse mail, is for mail servers: here a person decides about what fails."""

    domain: str
    policy: str = "none"
    is_dkim_strict: bool = False
    is_spf_strict: bool = False


def policy_of(domain: str, inquiry: Inquiry) -> Policy | None:
    """The policy for mail of that domain: its own, or that of the organisation; None without.

    Raises Silent.
    """
    own = _policy_at(domain, inquiry)
    home = organisation_of(domain)
    return own if own or home == domain else _policy_at(home, inquiry)


def _policy_at(domain: str, inquiry: Inquiry) -> Policy | None:
    records = [
        record
        for record in inquiry.records(f"_dmarc.{domain}", "TXT")
        if _VERSION.match(record.strip())
    ]
    # Two of them say nothing: nobody can know which one is meant.
    return parsed(domain, records[0]) if len(records) == 1 else None


def parsed(domain: str, record: str) -> Policy | None:
    """The policy that a record states; None where it is no record of a policy."""
    tags = _tags(record)
    if tags.get("v") != "DMARC1":
        return None
    policy = tags.get("p", "").lower()
    if policy not in POLICIES:
        # Without a policy but with somewhere to report to, it stands for "none".
        if not tags.get("rua", "").lower().startswith("mailto:"):
            return None
        policy = "none"
    return Policy(
        domain,
        policy,
        is_dkim_strict=tags.get("adkim", "r").lower() == "s",
        is_spf_strict=tags.get("aspf", "r").lower() == "s",
    )


def _tags(record: str) -> dict[str, str]:
    tags: dict[str, str] = {}
    for part in record.split(";", MOST_TAGS)[:MOST_TAGS]:
        name, mark, value = part.partition("=")
        if mark:
            tags.setdefault(name.strip().lower(), value.strip())
    return tags
