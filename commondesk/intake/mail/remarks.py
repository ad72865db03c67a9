"""What is remarked about a mail with something of its own in it: kept in English, see `reasons`."""

from commondesk.core.texts import gettext_noop

NO_ADDRESS = gettext_noop("%(written)s is no mail address")
UNUSUAL_NAME = gettext_noop("%(written)s has an unusual part before the @")
NO_FULL_DOMAIN = gettext_noop("%(written)s has no full domain")
UNUSUAL_DOMAIN = gettext_noop("%(written)s has an unusual domain")

A_REPORT = gettext_noop("a report: %(type)s")
OF_SENDER = gettext_noop("the sender is %(name)s")
IN_AN_ANSWER = gettext_noop("%(line)s, in an answer")

HIDES_WORDS = gettext_noop("its HTML hides words that a mail program would not show: %(words)s")
FOR_FEW_EYES = gettext_noop("its file %(name)s looks like one for few eyes: %(kind)s")

ALL = (
    NO_ADDRESS,
    UNUSUAL_NAME,
    NO_FULL_DOMAIN,
    UNUSUAL_DOMAIN,
    A_REPORT,
    OF_SENDER,
    IN_AN_ANSWER,
    HIDES_WORDS,
    FOR_FEW_EYES,
)
