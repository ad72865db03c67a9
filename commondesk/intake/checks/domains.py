"""Which domains belong together: those below one that somebody registered."""

from __future__ import annotations

from functools import lru_cache

from publicsuffixlist import PublicSuffixList


def is_aligned(domain: str, other: str, *, is_strict: bool) -> bool:
    """Whether the second domain may speak for the first."""
    if not domain or not other:
        return False
    if is_strict or domain == other:
        return domain == other
    return organisation_of(domain) == organisation_of(other)


@lru_cache(maxsize=10_000)
def organisation_of(domain: str) -> str:
    """`acme.co.uk` of `mail.acme.co.uk`: the part that somebody registered."""
    return str(_suffixes().privatesuffix(domain) or domain)


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
