"""Mail on hold for a reader of French: the pages, and sentences that were kept in English."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse

from commondesk.accounts.models import Person
from commondesk.core import texts
from commondesk.core.record.events import HeldReason
from commondesk.intake import reasons
from commondesk.intake.mail import addresses
from commondesk.intake.mail.addresses import Ambiguous
from commondesk.intake.models import RawMail

from .holding import FINDING, on_hold
from .letters import AGENT, OUTSIDER, REQUESTER, Acme, filed, written
from .test_screens_held import body_of, client_of, content_of, decide

NO_BREAK = "\N{NO-BREAK SPACE}"


@pytest.fixture
def agent(acme: Acme) -> Client:
    Person.objects.filter(address=AGENT).update(language="fr")
    return client_of(Person.objects.get(address=AGENT))


@pytest.fixture
def in_french() -> Iterator[None]:
    with texts.spoken("fr"):
        yield


def test_the_pages_of_held_mail(acme: Acme, agent: Client) -> None:
    _, shown = body_of(agent, "intake:held", "ACME")
    assert '<html lang="fr"' in shown and "Aucun courriel n’est retenu" in shown
    mail = on_hold(acme, HeldReason.CHECK_FAILED, finding=FINDING)
    _, shown = body_of(agent, "intake:held", "ACME")
    assert "Échec du contrôle de l’expéditeur" in shown
    assert "Celui-ci ne porte pas de signature et vient d’un serveur qui n’a pas le droit" in shown
    _, shown = body_of(agent, "intake:view", "ACME", mail.pk)
    assert "De la part de qui" in shown and f"{REQUESTER}, comme le dit le courriel" in shown
    answer = decide(agent, mail, "discard", block="on")
    assert f"Les nouveaux courriels de {REQUESTER} sont désormais écartés." in content_of(answer)
    assert "Toutes les adresses sont jointes" in body_of(agent, "intake:unreachable", "ACME")[1]
    _, shown = body_of(agent, "intake:held", "ACME", state="decided")
    assert "Courriels traités" in shown and "Écarté" in shown


def test_what_the_filer_kept_in_english_is_read_in_french(acme: Acme, agent: Client) -> None:
    mail = filed(written(sender="no address at all"))
    assert mail.reason.startswith("It cannot be said who sent it: ")
    _, shown = body_of(agent, "intake:view", "ACME", mail.pk)
    assert f"On ne peut pas dire qui l’a envoyé{NO_BREAK}:" in shown
    assert RawMail.objects.get(pk=mail.pk).reason == mail.reason


def test_a_refusal_is_told_in_french(acme: Acme, agent: Client) -> None:
    mail = on_hold(acme, is_unclear=True)
    answer = decide(agent, mail, "open")
    assert answer.status_code == 422 and "Choisissez une réponse." in content_of(answer)


def test_machines_are_counted_as_french_counts(acme: Acme, agent: Client) -> None:
    on_hold(acme, HeldReason.LOOP, sender=OUTSIDER)
    _, shown = body_of(agent, "intake:held", "ACME")
    assert f"réponses{NO_BREAK}: 1 courriel est retenu" in shown
    place = reverse("intake:sender", args=["ACME", "block"])
    answer = agent.post(place, {"address": OUTSIDER}, follow=True)
    assert f"Écartés{NO_BREAK}: 1. {OUTSIDER} est bloqué." in content_of(answer)


# ---- sentences that were kept ----------------------------------------------------------------


@pytest.mark.usefixtures("in_french")
@pytest.mark.parametrize("pattern", reasons.PATTERNS)
def test_each_kept_sentence_is_known_again(pattern: str) -> None:
    names = re.findall(r"%\((\w+)\)s", pattern)
    told = {name: f"x{place}@a.example" for place, name in enumerate(names)}
    assert reasons.in_words(pattern % told) == texts.gettext(pattern) % told
    assert texts.gettext(pattern) != pattern or pattern.startswith("%(line)s")


@pytest.mark.usefixtures("in_french")
def test_a_sentence_within_a_sentence_is_french_too() -> None:
    with pytest.raises(Ambiguous) as doubt:
        addresses.checked("nobody")
    told = reasons.in_words(reasons.UNCLEAR % {"trouble": doubt.value})
    assert told.endswith(f"{NO_BREAK}: 'nobody' n’est pas une adresse de courriel.")
    proven = reasons.in_words(reasons.ANSWER % {"proof": "its reply address"})
    assert proven == "Une réponse, reconnue à l’adresse de réponse du ticket."


@pytest.mark.usefixtures("in_french")
@pytest.mark.parametrize("kept", ["", "OSError: no space left", "550 5.1.1 User unknown"])
def test_what_is_no_sentence_of_ours_stays_as_it_is(kept: str) -> None:
    assert reasons.in_words(kept) == kept


def test_a_reader_of_english_reads_what_was_kept() -> None:
    kept = reasons.ANSWER % {"proof": "its reply address"}
    assert reasons.in_words(kept) == kept
