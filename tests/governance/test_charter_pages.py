"""The pages of the charter: who sees them, what they keep, and what they refuse."""

from __future__ import annotations

import re

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from commondesk.accounts.models import Person
from commondesk.core.charter import yaml_text
from commondesk.governance import charters
from commondesk.governance.models import CalendarVersion, CharterVersion
from tests.desk.cast import MONDAY
from tests.governance.sides import Sides

PAGES = ("charter", "versions", "changes", "calendars")
WRITES = ("begin", "write", "import")


def url(sides: Sides, name: str, *more: object) -> str:
    return reverse(f"governance:{name}", args=[sides.cast.company.prefix, *more])


def get(client: Client, person: Person, address: str) -> HttpResponse:
    client.force_login(person)
    return client.get(address)  # type: ignore[return-value]


def text_of(response: HttpResponse) -> str:
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", response.content.decode()))


def test_whoever_works_reads_and_only_the_company_writes(client: Client, sides: Sides) -> None:
    cast = sides.cast
    for person in (cast.referent, sides.boss, cast.agent):
        for name in PAGES:
            assert get(client, person, url(sides, name)).status_code == 200, name
    for person, status in ((cast.referent, 200), (sides.boss, 404), (cast.agent, 404)):
        for name in WRITES:
            assert get(client, person, url(sides, name)).status_code == status, name
    for person in (cast.requester, cast.outsider):
        for name in (*PAGES, *WRITES):
            assert get(client, person, url(sides, name)).status_code == 404, name


def test_a_charter_with_another_provider_does_not_exist(client: Client, sides: Sides) -> None:
    number = sides.number(sides.draft(provider=str(sides.others), title="A secret price"))
    for name in ("version", "export", "sign"):
        assert get(client, sides.boss, url(sides, name, number)).status_code == 404
        assert get(client, sides.rival, url(sides, name, number)).status_code == 200
    for name in ("charter", "versions", "changes"):
        assert "secret price" not in text_of(get(client, sides.boss, url(sides, name)))
    assert (
        get(client, sides.boss, url(sides, "changes") + f"?old=1&new={number}").status_code == 404
    )
    assert get(client, sides.rival, url(sides, "version", 99)).status_code == 404


def test_each_side_signs_on_its_own_page(client: Client, sides: Sides) -> None:
    charter = sides.draft(provider=str(sides.helpers))
    address = url(sides, "sign", sides.number(charter))
    assert get(client, sides.rival, address).status_code == 404
    assert get(client, sides.cast.agent, address).status_code == 404
    for person in (sides.cast.referent, sides.boss):
        assert "cannot be taken back" in text_of(get(client, person, address))
        assert client.post(address).status_code == 302
        assert client.post(address).status_code == 422
    version = CharterVersion.objects.get(uuid=charter)
    assert [each["party"] for each in version.signatures] == ["company", "provider"]
    sheet = get(client, sides.boss, url(sides, "charter"))
    assert address not in sheet.content.decode()
    page = text_of(sheet)
    assert "Signed by all parties" in page
    assert "Rita Ferent" in page and "Bo Sshelper" in page


def test_nobody_signs_while_a_point_is_empty(client: Client, sides: Sides) -> None:
    charter = sides.draft(points={"scope": "said"})
    address = url(sides, "sign", sides.number(charter))
    page = text_of(get(client, sides.cast.referent, address))
    assert "Fill these points before you sign" in page
    assert client.post(address).status_code == 422
    assert CharterVersion.objects.get(uuid=charter).signatures == []


def form_of(response: HttpResponse) -> dict[str, list[str]]:
    """What a browser would send back, as the page stands."""
    html = response.content.decode()
    sent: dict[str, list[str]] = {}
    form = html[html.index('<form id="charter-form"') :]
    for tag in re.findall(r"<input[^>]*>", form):
        name = re.search(r'name="([^"]+)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if name and ("checkbox" not in tag or " checked" in tag):
            sent.setdefault(name[1], []).append(unescape(value[1]) if value else "on")
    for name, body in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', form, re.S):
        sent[name] = [unescape(body)]
    for name, body in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r"<option([^>]*) selected>([^<]*)", body)
        first = re.search(r"<option([^>]*)>([^<]*)", body)
        option = chosen or first
        assert option
        value = re.search(r'value="([^"]*)"', option[1])
        sent[name] = [value[1] if value else option[2]]
    return sent


def unescape(text: str) -> str:
    from html import unescape as plain

    return plain(text)


def test_the_form_gives_back_what_it_was_given(client: Client, sides: Sides) -> None:
    charter = sides.draft(
        template="co-managed",
        services=[{"key": "erp", "title": "ERP & <more>", "criticality": 1, "in_scope": False}],
        fees={"currency": "EUR", "per_month": 4200.5},
        escalation=[{"clock": "response", "percent": 50, "contact": "L1"}],
    )
    number = sides.number(charter)
    page = get(client, sides.cast.referent, url(sides, "write") + f"?version={number}")
    answer = client.post(url(sides, "write"), form_of(page))
    assert answer.status_code == 302, text_of(answer)  # type: ignore[arg-type]
    versions = CharterVersion.objects.filter(company=sides.cast.uuid)
    old, new = versions.get(uuid=charter), versions.latest("version")
    assert charters.document_of(new) == charters.document_of(old)
    assert old.until is not None  # an unsigned draft gives way to its copy


def test_rows_come_and_go_without_losing_a_word(client: Client, sides: Sides) -> None:
    page = get(client, sides.cast.referent, url(sides, "write"))
    sent = form_of(page) | {"scope.reason": ["Because <we> can"], "add": ["services"]}
    more = client.post(url(sides, "write"), sent)
    assert more.status_code == 200
    assert 'name="services.1.key"' in more.content.decode()
    sent = form_of(more) | {"services.1.key": ["erp"], "services.1.title": ["Orders"]}  # type: ignore[arg-type]
    assert sent["scope.reason"] == ["Because <we> can"]
    less = client.post(url(sides, "write"), sent | {"remove": ["targets.1"]})
    html = less.content.decode()
    assert html.count('name="targets.6.priority"') == 0
    assert 'value="Orders"' in html
    assert CharterVersion.objects.filter(company=sides.cast.uuid).count() == 1


def test_what_is_wrong_stands_at_its_field(client: Client, sides: Sides) -> None:
    page = get(client, sides.cast.referent, url(sides, "write"))
    wrong = {
        "targets.2.response": ["soon"],
        "about.hold_period": ["7"],
        "calendars.1.mon": ["9 to 5"],
        "fees.per_month": ["a lot"],
        "scope.reason": ["kept <all> the same"],
    }
    answer = client.post(url(sides, "write"), form_of(page) | wrong)
    assert answer.status_code == 422
    html = answer.content.decode()
    for box in ("f-targets-2-response", "f-about-hold_period", "f-calendars-1-mon"):
        assert re.search(rf'id="{box}"[^>]*aria-invalid="true"', html), box
        assert f'id="{box}-error"' in html
    assert "4 things need another look" in html
    assert "kept &lt;all&gt; the same" in html
    assert 'value="soon"' in html
    assert CharterVersion.objects.filter(company=sides.cast.uuid).count() == 1


def test_a_version_comes_and_goes_as_yaml(client: Client, sides: Sides) -> None:
    charter = sides.draft(provider=str(sides.helpers), title="Grüße: “neu”")
    exported = get(client, sides.cast.referent, url(sides, "export", sides.number(charter)))
    assert exported["Content-Type"].startswith("text/yaml")
    assert "attachment" in exported["Content-Disposition"]
    answer = client.post(
        url(sides, "import"), {"text": exported.content.decode(), "provider": "read"}
    )
    assert answer.status_code == 302
    versions = CharterVersion.objects.filter(company=sides.cast.uuid)
    old, new = versions.get(uuid=charter), versions.latest("version")
    assert new.uuid != old.uuid
    assert charters.document_of(new) == charters.document_of(old)
    assert new.provider == str(sides.helpers)


HOSTILE = (
    "a: &a [x]\nb: [*a, *a]",
    "charter: !!python/object/apply:os.system ['true']",
    "charter: {titel: x}\ncalendars: {}",
    "[" * 5000,
    "charter: {title: <script>alert(1)</script>, targets: no}\ncalendars: []",
    "charter: {title: a, title: b}",
    "? [a]\n: b",
    "%YAML 9.9\n---\na: b",
    "--- a\n--- b",
    "",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_yaml_is_told_and_not_written(client: Client, sides: Sides, text: str) -> None:
    client.force_login(sides.cast.referent)
    answer = client.post(url(sides, "import"), {"text": text, "provider": "read"})
    assert answer.status_code == 422
    html = answer.content.decode()
    assert "another look" in html
    assert "<script>alert" not in html
    assert CharterVersion.objects.filter(company=sides.cast.uuid).count() == 1


def test_a_provider_that_serves_others_cannot_be_named(client: Client, sides: Sides) -> None:
    client.force_login(sides.cast.referent)
    text = yaml_text.yaml_of(charters.template("small-business"))
    strange = "9d7e3a52-0c0f-4f5a-9f5a-0f4ad0a0a0a0"
    answer = client.post(url(sides, "import"), {"text": text, "provider": strange})
    assert answer.status_code == 404
    assert client.get(url(sides, "write") + f"?provider={strange}").status_code == 404


def test_what_changed_is_told_in_words(client: Client, sides: Sides) -> None:
    first = sides.draft()
    second = sides.draft(MONDAY + 1, ramp_up={"days": 90})
    numbers = [sides.number(each) for each in (first, second)]
    address = url(sides, "changes") + f"?old={numbers[0]}&new={numbers[1]}"
    page = text_of(get(client, sides.cast.referent, address))
    assert "Ramp-up" in page and "90" in page
    same = url(sides, "changes") + f"?old={numbers[0]}&new={numbers[0]}"
    assert "say the same" in text_of(get(client, sides.cast.referent, same))


def test_withdrawing_says_what_it_changes(client: Client, sides: Sides) -> None:
    number = sides.number(sides.signed(sides.helpers))
    address = url(sides, "withdraw", number)
    assert get(client, sides.boss, address).status_code == 404
    assert "keep it for good" in text_of(get(client, sides.cast.referent, address))
    assert client.post(address).status_code == 302
    assert client.post(address).status_code == 422
    page = text_of(get(client, sides.cast.referent, url(sides, "version", number)))
    assert "This version was withdrawn" in page


def test_holidays_are_looked_at_before_they_are_entered(client: Client, sides: Sides) -> None:
    client.force_login(sides.cast.referent)
    address, before = url(sides, "calendars"), CalendarVersion.objects.count()
    typed = {"calendar": "office", "holidays": "2025-03-14", "country": "de", "year": "2025"}
    looked = client.post(address, typed | {"take": "yes"})
    assert "2025-10-03" in looked.content.decode()
    assert CalendarVersion.objects.count() == before
    for wrong in ({"holidays": "Easter"}, {"exceptional": "2025-03-14 nine"}):
        assert client.post(address, typed | wrong).status_code == 422
    assert client.post(address, typed | {"calendar": "no such"}).status_code == 404
    assert CalendarVersion.objects.count() == before
    assert client.post(address, typed).status_code == 302
    said = text_of(client.get(address))  # type: ignore[arg-type]
    assert "2025-03-14 lies in the past" in said
    assert CalendarVersion.objects.count() == before + 1
    client.force_login(sides.boss)
    assert client.post(address, typed).status_code == 404


def test_a_sheet_shows_the_whole_schema(client: Client, sides: Sides) -> None:
    number = sides.number(
        sides.draft(
            template="follow-the-sun",
            provider=str(sides.helpers),
            services=[
                {"key": "erp", "title": "Orders", "criticality": 1, "provider_contact": "Ada"}
            ],
            sites=[{"key": "lyon", "title": "Lyon works", "criticality": 2}],
            items=[{"key": "press-4", "title": "Press four", "service": "erp", "site": "lyon"}],
            fees={"currency": "EUR", "per_ticket": 12.5},
            internal_hours={"per_month": 20},
            compliance=["GDPR"],
            contacts=[{"team": "", "person": str(sides.boss.uuid)}],
            criticality={"furnace": 1},
            words={"urgency": ["dead", "slow", "odd", "fine"]},
        )
    )
    page = text_of(get(client, sides.cast.referent, url(sides, "version", number)))
    for words in (
        *("Helpers Ltd", "Orders", "Lyon works", "Press four", "12.5 EUR", "20", "GDPR", "furnace"),
        *(
            "Bo Sshelper",
            "dead, slow, odd, fine",
            "At the end of a region",
            "60 days",
            "1 · critical",
        ),
        *("up to medium risk", "decision maker", "What cannot wait", "in a later version"),
    ):
        assert words in page, words
