"""Which mail domains belong to which company."""

from __future__ import annotations

import re
from uuid import UUID

from commondesk.accounts.models import Company, Domain
from commondesk.core.texts import gettext

_PUBLIC = """
126.com 163.com 189.cn aim.com alice.it aol.com arcor.de att.net bigpond.com bluewin.ch
bol.com.br btinternet.com charter.net comcast.net cox.net daum.net duck.com earthlink.net
email.com fastmail.com fastmail.fm foxmail.com free.fr freenet.de gmail.com gmx.at gmx.ch
gmx.com gmx.de gmx.net googlemail.com hanmail.net hey.com home.nl hotmail.be hotmail.ch
hotmail.co.uk hotmail.com hotmail.de hotmail.es hotmail.fr hotmail.it hotmail.nl hushmail.com
icloud.com inbox.com inbox.lv inbox.ru kpnmail.nl laposte.net libero.it list.ru live.be live.ca
live.co.uk live.com live.de live.fr live.it live.nl mac.com mail.com mail.de mail.ee mail.ru
mailbox.org mailfence.com me.com msn.com naver.com neuf.fr o2.pl onet.pl online.de online.no
op.pl orange.fr outlook.be outlook.com outlook.com.br outlook.de outlook.es outlook.fr
outlook.it outlook.jp outlook.kr planet.nl pm.me posteo.de posteo.net protonmail.ch
protonmail.com proton.me qq.com rambler.ru rediffmail.com riseup.net rocketmail.com runbox.com
sapo.pt sbcglobal.net seznam.cz sfr.fr shaw.ca sina.cn sina.com sky.com skynet.be sohu.com
sympatico.ca t-online.de talktalk.net telenet.be telia.com terra.com.br tiscali.it tuta.com
tuta.io tutanota.com tutanota.de ukr.net uol.com.br verizon.net virgilio.it virginmedia.com
vodafone.it wanadoo.fr web.de wp.pl xs4all.nl ya.ru yahoo.ca yahoo.co.in yahoo.co.jp
yahoo.co.uk yahoo.com yahoo.com.au yahoo.com.br yahoo.de yahoo.es yahoo.fr yahoo.in yahoo.it
yandex.com yandex.ru yeah.net ymail.com ziggo.nl zoho.com zohomail.com
"""
PUBLIC_PROVIDERS = frozenset(_PUBLIC.split())
"""Anybody can have an address there, so whoever writes from it belongs to nobody's company."""

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
LONGEST = 253


class UnfitDomain(ValueError):
    """The domain cannot be a company's as asked. The text says why, in a sentence for people."""


def add(company: Company, written: str) -> Domain:
    """Whoever writes from this domain to a shared address is the company's. Raises UnfitDomain."""
    name = name_of(written)
    if name in PUBLIC_PROVIDERS:
        raise UnfitDomain(
            gettext(
                "%(domain)s is a public mail provider: anybody can have an address there,"
                " so it cannot stand for one company."
            )
            % {"domain": name}
        )
    known = Domain.objects.filter(name=name).select_related("company").first()
    if known and known.company != company:
        raise UnfitDomain(
            gettext("%(domain)s belongs to %(company)s already. Remove it there first.")
            % {"domain": name, "company": known.company.title}
        )
    return known or Domain.objects.create(name=name, company=company)


def remove(written: str) -> Domain:
    """Let the domain stand for no company any more. Raises UnfitDomain."""
    name = name_of(written)
    found = Domain.objects.filter(name=name).select_related("company").first()
    if found is None:
        raise UnfitDomain(f"No company has the domain {name}.")  # not for readers
    Domain.objects.filter(pk=found.pk).delete()
    return found


def name_of(written: str) -> str:
    """The domain as mail servers write it. Raises UnfitDomain."""
    plain = written.strip().lower().removeprefix("@").rstrip(".")
    try:
        name = plain.encode("idna").decode() if not plain.isascii() else plain
    except UnicodeError:
        name = ""
    labels = name.split(".")
    is_fit = len(labels) > 1 and len(name) <= LONGEST and all(map(_LABEL.fullmatch, labels))
    if not is_fit or labels[-1].isdigit():
        raise UnfitDomain(
            gettext("%(domain)s is no mail domain, such as acme.example.")
            % {"domain": repr(written.strip()[:80])}
        )
    return name


def of_company(company: UUID) -> tuple[str, ...]:
    """The domains of a company, by name."""
    rows = Domain.objects.filter(company_id=company).order_by("name")
    return tuple(rows.values_list("name", flat=True))
