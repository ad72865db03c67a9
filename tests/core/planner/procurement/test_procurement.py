"""From the scoping sheet to a charter draft, a request for proposals and a scorecard."""

import re
from dataclasses import replace

import pytest

from commondesk.core.charter import reading, yaml_text
from commondesk.core.charter.points import unfilled_points
from commondesk.core.planner import document as documents
from commondesk.core.planner.case.fields import Complaints, Part
from commondesk.core.planner.diagnosis.answers import Answers, Coverage, InternalIt, Option
from commondesk.core.planner.procurement import charter_draft, request, section
from commondesk.core.planner.procurement.questions import QUESTIONS, questions_for
from commondesk.core.planner.procurement.scorecard import CRITERIA, Provider, Scorecard, Scored
from commondesk.core.planner.procurement.sheet import End, Sheet
from commondesk.core.record.codec import Json

SHEET = Sheet(
    criticality="Orders stop without the ERP",
    scope="All users; no projects",
    hours_channels="Office hours",
    documentation="Little",
    escalation="The contact of each team",
    internal_referent="Rita",
    outsourced="First and second line",
    why="One person is not enough",
    ends=(End("At the firewall", "The operator", "A ticket with its number"),),
    success="Nine of ten are content",
    channels=("mail", "phone"),
    zone="Europe/Paris",
    week={"mon-fri": "08:00-12:00, 13:00-17:00"},
)
ANSWERS = Answers(users=80, internal_it=InternalIt.GENERALIST)


def read_part(data: dict[str, Json]) -> tuple[Part, Complaints]:
    complaints = Complaints()
    return Part("scoping", data, complaints), complaints


# ---- the sheet ------------------------------------------------------------------------------


def test_points_and_questions_count_once_they_are_filled() -> None:
    assert SHEET.settled.missing == ()
    assert SHEET.unanswered == ()
    open_ = replace(SHEET, escalation="", why="", success="")
    assert open_.settled.missing == ("escalation",)
    assert open_.unanswered == ("what_and_why", "success")


def test_a_sheet_is_read_and_its_slips_are_told() -> None:
    part, complaints = read_part(
        {
            "scope": "Everything",
            "ends": [{"other_side": "them"}, {"where": "here"}],
            "channels": ["mail", "pigeon"],
            "zone": "Europe/Atlantis",
            "week": {"mon-fri": "9-17", "mon": "09:00-17:00"},
            "sucess": "x",
        }
    )
    sheet = section.read(part, complaints)
    assert sheet is not None
    assert (sheet.scope, sheet.ends, sheet.channels) == ("Everything", (End("here"),), ("mail",))
    assert [each.place for each in complaints.found] == [
        "scoping.ends[1].where",
        "scoping.channels[2]",
        "scoping.zone",
        "scoping.week.mon-fri",
        "scoping.sucess",
    ]


# ---- the charter ----------------------------------------------------------------------------


def test_a_draft_says_what_the_sheet_says_and_is_read_as_a_charter() -> None:
    found = yaml_text.from_yaml(yaml_text.yaml_of(charter_draft.document_of(SHEET, "For Acme")))
    assert found.about.title == "For Acme"
    assert found.scope.outsourced == SHEET.outsourced
    assert "Nine of ten" in found.scope.reason
    assert found.boundaries[0].other_side == "The operator"
    assert [each.channel for each in found.channels] == ["mail", "phone"]
    assert found.calendars[0].zone == "Europe/Paris"
    assert found.calendars[0].mon == "08:00-12:00, 13:00-17:00"
    assert found.calendars[0].sat == ""
    assert unfilled_points(found) == ()


def test_a_point_that_is_open_stays_open_in_the_draft() -> None:
    base = charter_draft.drafted(SHEET)
    found = charter_draft.drafted(replace(SHEET, escalation=""), base=base)
    assert unfilled_points(found) == ("escalation",)


def test_an_empty_sheet_is_a_draft_too() -> None:
    document = charter_draft.document_of(Sheet())
    assert reading.read_charter(document).problems == ()


@pytest.mark.parametrize("option", Option)
@pytest.mark.parametrize("coverage", Coverage)
def test_each_option_has_a_template(option: Option, coverage: Coverage) -> None:
    from commondesk.cli.plan import _TEMPLATES

    name = charter_draft.template_for(option, coverage)
    base = yaml_text.from_yaml((_TEMPLATES / f"{name}.yaml").read_bytes())
    assert charter_draft.document_of(SHEET, "For Acme", base)


# ---- the request ----------------------------------------------------------------------------


def test_the_five_questions_that_separate_are_always_asked() -> None:
    words = " ".join(each.words for each in questions_for(None, None))
    for part in ("fault behind many", "second line stay", "another vendor", "worse repair", "lost"):
        assert part in words


def test_questions_follow_the_answers() -> None:
    plain = questions_for(ANSWERS, Option.CO_MANAGED)
    pressed = questions_for(
        replace(
            ANSWERS,
            coverage=Coverage.ROUND_THE_CLOCK,
            regulated=True,
            managed_soc_required=True,
            backups_tested=False,
        ),
        Option.MSP_RETAINER,
    )
    words = " ".join(each.words for each in pressed)
    for part in ("03:00", "rules of our sector", "security operations", "restore from our backups"):
        assert part in words
        assert part not in " ".join(each.words for each in plain)
    assert "firewall rules" in " ".join(each.words for each in plain)


def test_each_question_is_asked_of_somebody_and_scored_somewhere() -> None:
    names = {each.name for each in CRITERIA}
    assert {each.criterion for each in QUESTIONS} <= names
    assert len({each.words for each in QUESTIONS}) == len(QUESTIONS)


def test_a_request_is_a_document_to_edit() -> None:
    found = request.request(SHEET, ANSWERS, Option.CO_MANAGED, "Acme")
    text = documents.markdown(found)
    assert text.startswith("# Request for proposals: IT support for Acme\n")
    assert "| At the firewall | The operator | A ticket with its number |" in text
    assert "red flag" not in text
    page = documents.html(found)
    assert page.count("<h2>") == len(found.chapters)
    assert "<script" not in page
    told = documents.markdown(request.guide(ANSWERS, Option.CO_MANAGED))
    assert "A red flag" in told


def test_what_people_wrote_becomes_no_markup() -> None:
    sheet = replace(SHEET, outsourced="<b>all</b> | *now* [x](http://e.example)\n# no")
    found = request.request(sheet)
    assert "<b>" not in documents.html(found)
    assert r"\<b\>all\</b\> \| \*now\* \[x\](http://e.example) \# no" in documents.markdown(found)


def test_a_terminal_gets_no_line_wider_than_it_is() -> None:
    text = documents.plain(request.request(SHEET, ANSWERS, Option.CO_MANAGED, "Acme"))
    assert max(map(len, text.splitlines())) <= documents.WIDTH


# ---- the scorecard --------------------------------------------------------------------------


def test_evidence_separates_what_is_proven_from_what_is_claimed() -> None:
    card = Scorecard(
        {"response": 3, "advice": 1, **{each.name: 0 for each in CRITERIA[4:]}}
        | {"references": 0, "transparency": 0},
        (
            Provider("A", {"response": Scored(4, "clause 7"), "advice": Scored(4)}),
            Provider("B", {"advice": Scored(2, "a call")}),
            Provider("C"),
        ),
    )
    told = {each.provider.name: each for each in card.totals()}
    assert (told["A"].proven, told["A"].claimed, told["A"].possible) == (0.75, 1.0, 1.0)
    assert (told["B"].proven, told["B"].claimed, told["B"].possible) == (0.125, 0.125, 0.875)
    assert told["C"].unscored == ("response", "advice")
    assert told["C"].possible == 1


def test_red_flags_are_raised_by_answers_and_not_by_silence() -> None:
    part, complaints = read_part(
        {
            "offers": {
                "Silent": {},
                "Open": {
                    "guarantees_response": False,
                    "references_in_sector": 0,
                    "lists_exclusions": False,
                    "has_hidden_fees": True,
                    "gives_advice": False,
                    "areas_of_expertise": 1,
                    "tier2_tenure_months": 11,
                    "names_lost_client": False,
                    "red_flags": ["Called us twice a day"],
                },
            }
        }
    )
    card = section.read_providers(part, complaints)
    assert card is not None
    assert complaints.found == ()
    silent, open_ = card.totals()
    assert silent.flags == ()
    assert len(open_.flags) == 9


def test_slips_in_a_scorecard_are_told() -> None:
    part, complaints = read_part(
        {
            "weights": {"response": -1, "advise": 2},
            "offers": {"A": {"scores": {"response": 5, "advice": {"evidence": "x"}, "spd": 1}}},
        }
    )
    section.read_providers(part, complaints)
    told = [re.sub(r"^scoping\.", "", str(each)) for each in complaints.found]
    assert [each.partition(":")[0] for each in told] == [
        "weights.response",
        "weights.advise",
        "offers.A.scores.response",
        "offers.A.scores.advice.score",
        "offers.A.scores.spd",
    ]
