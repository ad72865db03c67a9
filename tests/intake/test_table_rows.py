"""The table by itself: every combination of the facts has one row, and some rows can never be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import product

import pytest

from commondesk.core.record.events import HeldReason, SenderCheck
from commondesk.intake.mail.understood import Mailbox, Report, Understood
from commondesk.intake.table import Becomes, Facts, Limit, Row, Standing, row_for

PROOF = "its reply address"
SENDER = Mailbox("rita@acme.example")
PUBLIC = {Becomes.AGENT_REPLY, Becomes.MESSAGE, Becomes.STILL_MESSAGE}
ON_A_TICKET = {*PUBLIC, Becomes.VENDOR_ANSWER}
OPENS = {Becomes.TICKET, Becomes.ALERT}

MAILS = {
    f"{sender and 'sender'} {kind} {code}": Understood(
        sender=sender,
        sender_trouble="" if sender else "two From lines",
        report=Report() if kind == "report" else None,
        automatic="List-Id" if kind in ("automatic", "alert", "report") else "",
        is_alert=kind == "alert",
        is_secret_code=bool(code),
    )
    for sender, kind, code in product(
        (SENDER, None), ("person", "automatic", "alert", "report"), ("", "code")
    )
}


def all_facts() -> Iterator[Facts]:
    yes_or_no = (False, True)
    for said, check, standing, proof, on, leg, own, agent, blocked, limit in product(
        MAILS.values(),
        SenderCheck,
        Standing,
        ("", PROOF),
        yes_or_no,
        yes_or_no,
        yes_or_no,
        yes_or_no,
        yes_or_no,
        Limit,
    ):
        yield Facts(
            said=said,
            check=check,
            standing=standing,
            proof=proof,
            is_on_ticket=on,
            is_on_leg=leg,
            is_own_matter=own,
            is_agent_here=agent,
            is_blocked=blocked,
            limit=limit,
        )


ROWS: list[tuple[Facts, Row]] = [(facts, row_for(facts)) for facts in all_facts()]


def rows_that_become(*becomes: Becomes) -> list[Facts]:
    return [facts for facts, row in ROWS if row.becomes in becomes]


def test_every_combination_has_a_row_with_a_reason() -> None:
    assert len(ROWS) == 16 * 3 * 5 * 2 * 2 * 2 * 2 * 2 * 2 * 4
    assert all(
        row.reason.endswith(".") for _, row in ROWS if row.becomes is not Becomes.STILL_MESSAGE
    )
    assert {row.becomes for _, row in ROWS} == set(Becomes)


def test_what_is_held_says_as_what_and_nothing_else_does() -> None:
    assert all((row.becomes is Becomes.HELD) == (row.held_as is not None) for _, row in ROWS)
    of_filing = set(HeldReason) - {HeldReason.WHOSE, HeldReason.UNREADABLE}
    assert {row.held_as for _, row in ROWS} - {None} == of_filing


def test_nobody_acts_as_an_agent_unless_the_check_passed() -> None:
    found = rows_that_become(Becomes.AGENT_REPLY)
    assert {facts.check for facts in found} == {SenderCheck.PASSED}
    assert {facts.standing for facts in found} == {Standing.TECHNICAL}
    assert all(facts.proof and facts.is_agent_here for facts in found)
    assert not any(facts.said.is_automatic for facts in found)


def test_whoever_works_tickets_writes_nothing_unless_the_check_passed() -> None:
    found = rows_that_become(*ON_A_TICKET, *OPENS)
    technical = [facts for facts in found if facts.standing is Standing.TECHNICAL]
    assert {facts.check for facts in technical} == {SenderCheck.PASSED}


def test_a_check_that_failed_never_writes_anything() -> None:
    found = rows_that_become(*ON_A_TICKET, *OPENS)
    assert SenderCheck.FAILED not in {facts.check for facts in found}


def test_nothing_comes_onto_a_ticket_without_proof() -> None:
    assert all(facts.proof for facts in rows_that_become(*ON_A_TICKET))


def test_what_answers_a_vendors_mail_is_never_public_and_nothing_else_is_the_vendors() -> None:
    assert not any(facts.is_on_leg for facts in rows_that_become(*PUBLIC))
    answers = rows_that_become(Becomes.VENDOR_ANSWER)
    assert all(facts.is_on_leg and facts.is_on_ticket and facts.proof for facts in answers)
    assert SenderCheck.FAILED not in {facts.check for facts in answers}


def test_nobody_but_an_agent_writes_to_a_ticket_that_is_not_theirs() -> None:
    found = rows_that_become(Becomes.MESSAGE, Becomes.STILL_MESSAGE)
    assert all(facts.is_on_ticket for facts in found)


@pytest.mark.parametrize("standing", [Standing.DESK])
def test_nobody_writes_as_the_desk(standing: Standing) -> None:
    found = rows_that_become(*ON_A_TICKET, *OPENS)
    assert standing not in {facts.standing for facts in found}


def test_an_unclear_or_blocked_sender_writes_nothing() -> None:
    found = rows_that_become(*ON_A_TICKET, *OPENS)
    assert all(facts.said.sender for facts in found)
    assert not any(facts.is_blocked for facts in found)


def test_a_secret_code_is_shown_to_nobody_on_a_ticket() -> None:
    found = rows_that_become(*ON_A_TICKET, *OPENS)
    assert not any(facts.said.is_secret_code for facts in found)


def test_a_machine_changes_no_state_and_opens_only_alerts() -> None:
    found = rows_that_become(Becomes.MESSAGE, Becomes.TICKET, Becomes.AGENT_REPLY)
    assert not any(facts.said.is_automatic for facts in found)
    assert all(facts.said.is_alert for facts in rows_that_become(Becomes.ALERT))


def test_beyond_a_cap_nothing_comes_through() -> None:
    found = rows_that_become(*ON_A_TICKET, *OPENS)
    assert {facts.limit for facts in found} == {Limit.NONE, Limit.REOPENS}
    assert Limit.REOPENS not in {facts.limit for facts in rows_that_become(Becomes.MESSAGE)}


def test_a_report_is_never_anything_else() -> None:
    reports = {row.becomes for facts, row in ROWS if facts.said.report}
    assert reports == {Becomes.BOUNCE}
    assert all(facts.said.report for facts in rows_that_become(Becomes.BOUNCE))


def test_mail_is_only_put_away_unseen_if_a_machine_or_a_blocked_sender_sent_it() -> None:
    found = rows_that_become(Becomes.NOTHING, Becomes.DISCARDED)
    assert all(facts.said.is_automatic or facts.is_blocked for facts in found)


def facts(**given: object) -> Facts:
    return Facts(**{"said": Understood(sender=SENDER), **given})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "becomes", "held_as"),
    [
        (facts(), Becomes.TICKET, None),
        (facts(check=SenderCheck.PASSED), Becomes.TICKET, None),
        (facts(check=SenderCheck.FAILED), Becomes.HELD, HeldReason.CHECK_FAILED),
        (facts(proof=PROOF), Becomes.HELD, HeldReason.UNVERIFIED),
        (facts(proof=PROOF, is_on_ticket=True), Becomes.MESSAGE, None),
        (
            facts(proof=PROOF, is_on_ticket=True, check=SenderCheck.FAILED),
            Becomes.HELD,
            HeldReason.CHECK_FAILED,
        ),
        (
            facts(proof=PROOF, is_on_ticket=True, standing=Standing.VENDOR),
            Becomes.MESSAGE,
            None,
        ),
        (facts(standing=Standing.TECHNICAL), Becomes.HELD, HeldReason.CLAIMS_AGENT),
        (
            facts(standing=Standing.TECHNICAL, check=SenderCheck.PASSED, is_agent_here=True),
            Becomes.TICKET,
            None,
        ),
        (
            facts(
                standing=Standing.TECHNICAL,
                check=SenderCheck.PASSED,
                is_agent_here=True,
                proof=PROOF,
            ),
            Becomes.AGENT_REPLY,
            None,
        ),
        (
            # Of another company: what they may do there is nothing here.
            facts(standing=Standing.TECHNICAL, check=SenderCheck.PASSED, proof=PROOF),
            Becomes.HELD,
            HeldReason.UNVERIFIED,
        ),
        (
            facts(
                standing=Standing.TECHNICAL,
                check=SenderCheck.PASSED,
                is_agent_here=True,
                proof=PROOF,
                is_on_ticket=True,
                is_own_matter=True,
            ),
            Becomes.MESSAGE,
            None,
        ),
        (facts(standing=Standing.DESK), Becomes.HELD, HeldReason.CLAIMS_DESK),
        (facts(limit=Limit.LOOP), Becomes.HELD, HeldReason.LOOP),
        (facts(limit=Limit.STORM), Becomes.HELD, HeldReason.STORM),
        (
            facts(proof=PROOF, is_on_ticket=True, limit=Limit.REOPENS),
            Becomes.STILL_MESSAGE,
            None,
        ),
        (facts(is_blocked=True), Becomes.DISCARDED, None),
    ],
)
def test_a_row_by_hand(given: Facts, becomes: Becomes, held_as: HeldReason | None) -> None:
    row = row_for(given)
    assert (row.becomes, row.held_as) == (becomes, held_as)


def test_most_combinations_are_held_or_put_away() -> None:
    """Safety by weight: of all combinations, few let anything through."""
    counts = Counter(row.becomes for _, row in ROWS)
    assert sum(counts[each] for each in (*ON_A_TICKET, *OPENS)) < len(ROWS) / 10
