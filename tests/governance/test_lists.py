"""The pages of the catalogue and of lists: who gets in, what they show, what stays behind."""

from __future__ import annotations

import hashlib
import os
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from commondesk.accounts.importing import kept
from commondesk.accounts.importing.kept import Gone
from commondesk.accounts.models import Membership, Person
from commondesk.core.record.arrangement import CatalogueKind
from commondesk.core.record.event import Actor, Side
from commondesk.core.record.events import Kind
from commondesk.core.record.instant import HOUR, SECOND
from commondesk.desk import actions as desk
from commondesk.governance import entering
from commondesk.governance.models import CatalogueEntry
from commondesk.ledger import store
from tests.desk.cast import MONDAY, Cast

MACHINE = Actor("command-line", Side.MACHINE)
PEOPLE = "mail,name\nzoe@acme.example,Zoé\n<script>alert(1)</script>,<img src=x>\n"


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def url(cast: Cast, name: str, *args: object) -> str:
    return reverse(f"governance:{name}", args=[cast.company.prefix, *args])


def upload(cast: Cast, person: Person, text: str | bytes, kind: str = "people") -> Any:
    content = text if isinstance(text, bytes) else text.encode()
    file = SimpleUploadedFile("=cmd|'x'.csv", content)
    return signed_in(person).post(url(cast, "list-upload", kind), {"file": file})


def seen_in(answer: Any) -> str:
    found = re.search(r'name="seen" value="([0-9a-f]{64})"', answer.content.decode())
    assert found, answer.content.decode()
    return found[1]


def kept_files() -> list[Path]:
    return list((settings.DATA / "imports").glob("*/*/*"))


@pytest.fixture(autouse=True)
def _no_files_left() -> None:
    for file in kept_files():
        file.unlink()


# ---- lists --------------------------------------------------------------------------------


def test_a_file_is_looked_at_first_and_imported_then(cast: Cast) -> None:
    client = signed_in(cast.referent)
    before = store.head_of(cast.uuid)
    answer = upload(cast, cast.referent, PEOPLE)
    assert answer.status_code == 302
    assert store.head_of(cast.uuid) == before
    page = client.get(answer.url)
    text = unescape(page.content.decode())
    assert "1 person new, 0 changed, 1 wrong" in text
    assert "“<script>alert(1)</script>” is no mail address" in text
    refused = client.post(answer.url, {"seen": seen_in(page)})
    assert refused.status_code == 409
    assert "Nothing was imported. Mend the wrong rows" in unescape(refused.content.decode())
    assert store.head_of(cast.uuid) == before
    done = client.post(answer.url, {"seen": seen_in(refused), "leave_out": "yes"}, follow=True)
    assert "People imported: 1 new, 0 changed, 1 wrong left out." in done.content.decode()
    assert Membership.objects.filter(person__address="zoe@acme.example").exists()
    assert kept_files() == []


def test_nothing_of_a_file_becomes_markup(cast: Cast) -> None:
    heading = "mail,name,<svg onload=alert(1)>\n"
    answer = upload(cast, cast.referent, heading + PEOPLE.split("\n", 1)[1])
    for show in ("wrong", "new"):
        page = signed_in(cast.referent).get(answer.url, {"show": show}).content.decode()
        assert "<script>alert" not in page
        assert "<img" not in page
        assert "<svg onload" not in page
    refused = upload(cast, cast.referent, "<script>alert(1)</script>,b\n1,2\n")
    assert refused.status_code == 422
    assert "<script>alert" not in refused.content.decode()
    assert "&lt;script&gt;" in refused.content.decode()


def test_what_changed_since_the_look_is_looked_at_again(cast: Cast) -> None:
    answer = upload(cast, cast.referent, "mail\nzoe@acme.example\n")
    client = signed_in(cast.referent)
    seen = seen_in(client.get(answer.url))
    upload_of_another = upload(cast, cast.referent, "mail\nzoe@acme.example\nbob@acme.example\n")
    assert client.post(answer.url, {"seen": seen}).status_code == 404  # kept in its stead
    again = client.post(upload_of_another.url, {"seen": seen})
    assert again.status_code == 409
    assert "Something changed here since you looked" in again.content.decode()
    assert client.post(upload_of_another.url, {"seen": seen_in(again)}).status_code == 302


@pytest.mark.parametrize(
    "content", [b"", b"\x1f\x8b\x08", b"PK\x03\x04", b"mail\n\0", b"name\nx", b"," * 100_000]
)
def test_a_file_that_is_no_table_is_refused_in_a_sentence(cast: Cast, content: bytes) -> None:
    answer = upload(cast, cast.referent, content)
    assert answer.status_code == 422
    assert "It cannot be used as it is." in answer.content.decode()
    assert kept_files() == []


def test_a_file_is_kept_for_one_person_of_one_company_and_not_for_long(cast: Cast) -> None:
    content = b"mail\nzoe@acme.example\n"
    digest = hashlib.sha256(content).hexdigest()
    me, other = cast.referent.uuid, cast.outsider.uuid
    assert kept.keep(cast.uuid, me, "people", content, at=MONDAY) == digest
    (file,) = kept_files()
    assert file.stat().st_mode & 0o077 == 0
    assert kept.recall(cast.uuid, me, "people", digest, at=MONDAY) == content
    for company, person, kind, key, at in (
        (other, me, "people", digest, MONDAY),
        (cast.uuid, other, "people", digest, MONDAY),
        (cast.uuid, me, "items", digest, MONDAY),
        (cast.uuid, me, "people", "0" * 64, MONDAY),
        (cast.uuid, me, "people", "../" + digest, MONDAY),
        (cast.uuid, me, "people", digest, MONDAY + 3 * HOUR),
    ):
        with pytest.raises(Gone):
            kept.recall(company, person, kind, key, at=at)
    file.write_bytes(b"mail\nmallory@acme.example\n")
    with pytest.raises(Gone):
        kept.recall(cast.uuid, me, "people", digest, at=MONDAY)
    os.utime(file, (MONDAY // SECOND, MONDAY // SECOND))
    assert kept.tidy(MONDAY + HOUR) == 0
    assert kept.tidy(MONDAY + 3 * HOUR) == 1
    assert kept_files() == []


def test_samples_and_exports_can_be_imported(cast: Cast) -> None:
    client = signed_in(cast.referent)
    entering.enter(
        cast.uuid, at=MONDAY, actor=MACHINE, kind=CatalogueKind.SITE, key="hq", title="=HQ"
    )
    for kind in ("people", "sites", "items"):
        for name in ("list-sample", "list-export"):
            answer = client.get(url(cast, name, kind))
            assert answer["Content-Disposition"].startswith("attachment;")
            content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
            assert content.startswith("\ufeff".encode())
            if kind != "items" or name == "list-sample":
                assert upload(cast, cast.referent, content, kind).status_code == 302
    assert b"'=HQ" in b"".join(client.get(url(cast, "entries-export", "sites")))


# ---- who gets in --------------------------------------------------------------------------


def test_lists_are_there_for_those_who_steer_alone(cast: Cast) -> None:
    digest = upload(cast, cast.referent, PEOPLE).url.rstrip("/").rpartition("/")[2]
    places = [
        url(cast, "lists"),
        *(url(cast, "list-sample", kind) for kind in ("people", "sites", "items")),
        *(url(cast, "list-export", kind) for kind in ("people", "sites", "items")),
        url(cast, "list", "people", digest),
        url(cast, "entry-new", "sites"),
    ]
    for person in (cast.requester, cast.agent, cast.expert, cast.outsider):
        client = signed_in(person)
        for place in places:
            assert client.get(place).status_code == 404, (person.title, place)
        assert upload(cast, person, PEOPLE).status_code == 404
        assert client.post(url(cast, "list", "people", digest), {"seen": ""}).status_code == 404
        assert client.post(url(cast, "entry-retire", "sites"), {"key": "x"}).status_code == 404
    for place in places:
        assert Client().get(place).status_code == 302
        assert signed_in(cast.referent).get(place).status_code == 200, place


def test_a_kept_file_is_nothing_to_a_colleague(cast: Cast) -> None:
    place = upload(cast, cast.referent, PEOPLE).url
    Membership.objects.filter(person=cast.colleague).update(side="company", roles=["referent"])
    answer = signed_in(cast.colleague).get(place)
    assert answer.status_code == 404
    assert "The file is here no longer" in answer.content.decode()


def test_an_unknown_kind_or_key_is_not_there(cast: Cast) -> None:
    client = signed_in(cast.referent)
    for place in (
        url(cast, "list-sample", "cats"),
        url(cast, "entries", "cats"),
        url(cast, "entry", "sites") + "?key=nowhere",
        url(cast, "entry", "sites") + "?key=%00",
        url(cast, "entry", "sites"),
    ):
        assert client.get(place).status_code == 404, place


def test_a_request_from_elsewhere_imports_nothing(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.referent)
    place = upload(cast, cast.referent, PEOPLE).url
    assert client.post(place, {"seen": "", "leave_out": "yes"}).status_code == 403


# ---- the catalogue ------------------------------------------------------------------------


def test_an_item_is_entered_found_changed_and_retired(cast: Cast) -> None:
    client = signed_in(cast.referent)
    client.post(url(cast, "entry-new", "sites"), {"key": "plant/2?", "title": "Plant 2"})
    given = {"key": "PRESS-4", "title": "Press <4>", "criticality": "1", "site": "plant/2?"}
    answer = client.post(url(cast, "entry-new", "items"), given, follow=True)
    text = unescape(answer.content.decode())
    assert "Press <4> is kept." in text
    assert "<4>" not in answer.content.decode()
    assert "critical" in text
    assert "?view=all&item=PRESS-4" in text
    wrong = client.post(url(cast, "entry-new", "items"), given)
    assert wrong.status_code == 422
    assert "There is PRESS-4 already" in wrong.content.decode()
    place = url(cast, "entry", "items") + "?key=press-4"
    assert client.post(place, {"title": "Press four", "site": "plant/2?"}).status_code == 302
    row = CatalogueEntry.objects.get(key="PRESS-4")
    assert (row.title, row.criticality) == ("Press four", 0)
    assert client.post(place, {"title": "X", "site": "nowhere"}).status_code == 422
    refused = client.post(url(cast, "entry-retire", "sites"), {"key": "plant/2?"})
    assert "1 item is still at Plant 2" in refused.content.decode()
    client.post(url(cast, "entry-retire", "items"), {"key": "PRESS-4"})
    assert "No items yet" in client.get(url(cast, "entries", "items")).content.decode()
    shown = client.get(url(cast, "entries", "items"), {"retired": "yes"}).content.decode()
    assert "Press four" in shown


def test_tickets_are_found_by_the_item_they_name(cast: Cast) -> None:
    about, other = cast.open(), cast.open(subject="Something else")
    cast.does(cast.agent, about, desk.classify, MONDAY)(kind=Kind.INCIDENT, item="PRESS-4")
    place = reverse("desk:queue", args=[cast.company.prefix])
    client = signed_in(cast.agent)
    page = client.get(place, {"view": "all", "item": "press-4"}).content.decode()
    assert (cast.row(about).subject in page, cast.row(other).subject in page) == (True, False)


def test_the_catalogue_is_read_by_both_technical_sides(cast: Cast) -> None:
    for person, status in (
        (cast.referent, 200),
        (cast.agent, 200),
        (cast.requester, 404),
        (cast.outsider, 404),
    ):
        for place in (
            url(cast, "catalogue"),
            url(cast, "entries", "sites"),
            url(cast, "entries", "items"),
            url(cast, "entries-export", "items"),
        ):
            assert signed_in(person).get(place).status_code == status, (person.title, place)
    page = signed_in(cast.agent).get(url(cast, "entries", "sites")).content.decode()
    assert "New site" not in page
    assert "Import a list" not in page


def test_a_list_page_asks_as_often_for_many_rows_as_for_one(
    cast: Cast, django_assert_max_num_queries: Any
) -> None:
    for count in (1, 40):
        for number in range(count):
            CatalogueEntry.objects.get_or_create(
                company=cast.uuid, kind="item", key=f"X-{number}", defaults={"title": "X"}
            )
        client = signed_in(cast.agent)
        client.get(url(cast, "entries", "items"))
        with django_assert_max_num_queries(20):
            client.get(url(cast, "entries", "items"))
