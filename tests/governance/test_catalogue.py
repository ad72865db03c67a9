"""Sites and items: entered, found, retired, brought along in lists, restored from the record."""

from __future__ import annotations

from functools import partial

import pytest

from commondesk.accounts import policy
from commondesk.accounts.importing.plan import Done, HasWrongRows
from commondesk.accounts.models import Person
from commondesk.core.record.arrangement import CatalogueEntered, CatalogueKind
from commondesk.core.record.event import COMPANY_STREAM, Actor, Side
from commondesk.governance import (
    actions,
    catalogue,
    catalogue_importing,
    catalogue_list,
    charters,
    entering,
)
from commondesk.governance import projections as governance
from commondesk.governance.catalogue_importing import CataloguePlan
from commondesk.governance.catalogue_list import Asked
from commondesk.governance.entering import NoSuchEntry, NotAllowed, UnfitEntry
from commondesk.governance.models import CatalogueEntry
from commondesk.ledger import store
from tests.accounts.sides import make_sides as two_providers
from tests.desk.cast import FOUNDED, MONDAY, Cast

SITE, ITEM = CatalogueKind.SITE, CatalogueKind.ITEM
MACHINE = Actor("command-line", Side.MACHINE)


def enter(cast: Cast, kind: CatalogueKind, key: str, title: str = "", **more: object) -> bool:
    step = partial(entering.enter, cast.uuid, at=MONDAY, actor=cast.actor(cast.referent))
    return step(kind=kind, key=key, title=title or key.title(), **more)  # type: ignore[arg-type]


def keys(cast: Cast, kind: CatalogueKind, **more: object) -> list[str]:
    asked = Asked(kind, **more)  # type: ignore[arg-type]
    return [each.key for each in catalogue_list.page(cast.uuid, None, asked, MONDAY).entries]


def a_service(cast: Cast, **more: object) -> str:
    """A charter in force that lists a service, and perhaps more."""
    document = charters.document_of(charters.versions_of(cast.uuid)[-1])
    charter = document["charter"]
    assert isinstance(charter, dict)
    listed = {"services": [{"key": "presses", "title": "Presses", "criticality": 1}]} | more
    charter.update(listed)  # type: ignore[arg-type]
    actions.draft_charter(cast.uuid, at=FOUNDED + 1, actor=MACHINE, document=document)
    return "presses"


# ---- entering -----------------------------------------------------------------------------


def test_what_is_entered_is_on_the_record_and_in_the_table(cast: Cast) -> None:
    service = a_service(cast)
    assert enter(cast, SITE, "plant-2", "Plant  2", criticality=1)
    assert enter(cast, ITEM, "PRESS-4", "Press 4", site="plant-2", service=service, criticality=2)
    last = store.history(cast.uuid, COMPANY_STREAM)[-1]
    assert last.body == CatalogueEntered(ITEM, "PRESS-4", "Press 4", 2, "plant-2", service)
    assert last.actor == cast.actor(cast.referent)
    assert [each.title for each in catalogue.sites(cast.uuid, MONDAY)] == ["Plant 2"]
    assert catalogue.criticality_of(cast.uuid, MONDAY, item="PRESS-4", site="plant-2") == 1


def test_the_same_again_writes_nothing(cast: Cast) -> None:
    enter(cast, SITE, "plant-2")
    before = store.head_of(cast.uuid)
    assert not enter(cast, SITE, "PLANT-2", "Plant-2")
    assert store.head_of(cast.uuid) == before


def test_a_key_keeps_its_spelling(cast: Cast) -> None:
    enter(cast, SITE, "plant-2")
    assert enter(cast, SITE, "PLANT-2", "Other")
    assert keys(cast, SITE) == ["plant-2"]
    with pytest.raises(UnfitEntry, match="There is plant-2 already"):
        enter(cast, SITE, "Plant-2", is_new=True)


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("key", {"key": " "}),
        ("key", {"key": "a,b"}),
        ("key", {"key": "a" * 101}),
        ("key", {"key": "a\x07"}),
        ("title", {"title": "\u202egnp.exe"}),
        ("title", {"title": "a" * 201}),
        ("criticality", {"criticality": 5}),
        ("criticality", {"criticality": -1}),
        ("site", {"site": "nowhere"}),
        ("service", {"service": "nothing"}),
    ],
)
def test_what_does_not_fit_is_named(cast: Cast, field: str, given: dict[str, object]) -> None:
    wanted: dict[str, object] = {"key": "PRESS-4", "title": "Press"} | given
    before = store.head_of(cast.uuid)
    with pytest.raises(UnfitEntry) as unfit:
        enter(cast, ITEM, **wanted)  # type: ignore[arg-type]
    assert unfit.value.field == field
    assert store.head_of(cast.uuid) == before


def test_a_site_is_retired_once_nothing_is_there(cast: Cast) -> None:
    enter(cast, SITE, "plant-2")
    enter(cast, ITEM, "PRESS-4", site="plant-2")
    retire = partial(entering.retire, cast.uuid, at=MONDAY, actor=cast.actor(cast.referent))
    with pytest.raises(UnfitEntry, match="1 item is still at"):
        retire(kind=SITE, key="plant-2")
    retire(kind=ITEM, key="PRESS-4")
    retire(kind=SITE, key="plant-2")
    assert (keys(cast, SITE), keys(cast, SITE, is_retired=True)) == ([], ["plant-2"])
    with pytest.raises(UnfitEntry):
        enter(cast, ITEM, "PRESS-5", site="plant-2")
    with pytest.raises(NoSuchEntry):
        retire(kind=ITEM, key="PRESS-9")
    assert enter(cast, SITE, "plant-2", "Plant-2")
    assert keys(cast, SITE) == ["plant-2"]


def test_only_who_steers_enters(cast: Cast) -> None:
    before = store.head_of(cast.uuid)
    for person in (cast.requester, cast.agent, cast.expert):
        with pytest.raises(NotAllowed):
            entering.enter(
                cast.uuid,
                at=MONDAY,
                actor=cast.actor(person),
                kind=SITE,
                key="x",
                title="X",
            )
    with pytest.raises(NotAllowed):
        entering.retire(
            cast.uuid,
            at=MONDAY,
            actor=Actor(str(cast.outsider.uuid), Side.COMPANY),
            kind=SITE,
            key="x",
        )
    assert store.head_of(cast.uuid) == before


def test_the_table_comes_out_of_the_record_as_it_was(cast: Cast) -> None:
    enter(cast, SITE, "plant-2", criticality=1)
    enter(cast, ITEM, "PRESS-4", site="plant-2")
    enter(cast, ITEM, "PRESS-4", "Press four", site="plant-2")
    entering.retire(cast.uuid, at=MONDAY, actor=MACHINE, kind=ITEM, key="PRESS-4")
    rows = CatalogueEntry.objects.order_by("kind", "key")
    told = list(rows.values_list("company", "kind", "key", "title", "site", "is_retired"))
    CatalogueEntry.objects.update(title="tampered", is_retired=False)
    governance.rebuild(cast.uuid)
    names = ("company", "kind", "key", "title", "site", "is_retired")
    assert list(rows.all().values_list(*names)) == told


# ---- the list -----------------------------------------------------------------------------


def test_pages_follow_one_another_without_gap_or_repeat(cast: Cast) -> None:
    text = "key,name\n" + "\n".join(f"Ä{n:03},Thing {n}" for n in range(60))
    text += "\n" + "\n".join(f"b{n:03},Thing {n}" for n in range(60))
    table = catalogue_importing.read(ITEM, text.encode())
    done = catalogue_importing.import_entries(cast.uuid, ITEM, table, at=MONDAY, actor=MACHINE)
    assert done == Done(120, 0, 0)
    seen: list[str] = []
    after = ""
    while True:
        page = catalogue_list.page(cast.uuid, None, Asked(ITEM, after=after), MONDAY)
        assert page.count == 120
        seen += [each.key for each in page.entries]
        if not page.next:
            break
        after = page.next
    assert seen == sorted(row.cells["key"] for row in table.rows)
    assert keys(cast, ITEM, words="thing 59") == ["b059", "Ä059"]
    assert keys(cast, ITEM, words="100% _") == []


def test_what_charters_name_is_in_the_list_until_it_is_entered(cast: Cast) -> None:
    a_service(
        cast,
        sites=[{"key": "plant-2", "title": "Plant 2", "criticality": 1}],
        items=[{"key": "press-4", "title": "Press 4", "service": "presses", "site": "plant-2"}],
    )
    enter(cast, ITEM, "a-1", site="plant-2")
    assert keys(cast, ITEM) == ["a-1", "press-4"]
    assert keys(cast, ITEM, service="presses") == keys(cast, ITEM, words="PRESS") == ["press-4"]
    enter(cast, ITEM, "press-4", "Old press", service="presses")
    assert keys(cast, ITEM, after="a-1") == ["press-4"]
    entering.retire(cast.uuid, at=MONDAY, actor=MACHINE, kind=ITEM, key="press-4")
    assert keys(cast, ITEM) == ["a-1"]
    assert [each.key for each in catalogue.items(cast.uuid, MONDAY)] == ["a-1"]


def test_a_provider_sees_nothing_that_belongs_to_another_ones_services(db: None) -> None:
    sides = two_providers()
    cast = sides.cast
    document = charters.document_of(charters.versions_of(cast.uuid)[-1])
    charter = document["charter"]
    assert isinstance(charter, dict)
    charter["services"] = [{"key": "network", "title": "Network"}]
    actions.draft_charter(
        cast.uuid,
        at=FOUNDED + 1,
        actor=MACHINE,
        document=document,
        provider=str(sides.others.uuid),
    )
    enter(cast, ITEM, "switch-1", service="network")
    enter(cast, ITEM, "lamp-1")

    def seen(person: Person) -> list[str]:
        viewer = policy.viewer_of(person, cast.company)
        assert viewer is not None
        page = catalogue_list.page(cast.uuid, viewer, Asked(ITEM), MONDAY)
        export = "".join(catalogue_importing.exported(cast.uuid, viewer, ITEM, MONDAY))
        found = [each.key for each in page.entries]
        assert ("switch-1" in export) == ("switch-1" in found)
        assert (catalogue_list.find(cast.uuid, ITEM, "switch-1", MONDAY, viewer) is None) == (
            "switch-1" not in found
        )
        return [*found, *(each.key for each in catalogue_list.services_for(viewer, MONDAY))]

    assert seen(sides.agent) == ["lamp-1"]
    assert seen(sides.stranger) == ["lamp-1", "switch-1", "network"]
    assert seen(cast.referent) == ["lamp-1", "switch-1", "network"]


# ---- lists brought along ------------------------------------------------------------------


def looked(cast: Cast, kind: CatalogueKind, text: str) -> CataloguePlan:
    table = catalogue_importing.read(kind, text.encode())
    return catalogue_importing.look(cast.uuid, kind, table, at=MONDAY)


def imported(cast: Cast, kind: CatalogueKind, text: str, **more: object) -> Done:
    table = catalogue_importing.read(kind, text.encode())
    options: dict[str, object] = {"at": MONDAY, "actor": cast.actor(cast.referent)}
    return catalogue_importing.import_entries(cast.uuid, kind, table, **(options | more))  # type: ignore[arg-type]


def told(plan: CataloguePlan) -> str:
    return "\n".join(
        f"{row.number} {each.column}: {each.sentence}" for row in plan.rows for each in row.findings
    )


def test_a_list_of_items_comes_in_whole(cast: Cast) -> None:
    service = a_service(cast)
    imported(cast, SITE, "Kennung;Bezeichnung;Kritikalität\nplant-2;Werk 2;kritisch\n")
    text = f"clé;nom;criticité;lieu;service\nPRESS-4;Presse 4;1;WERK 2;{service}\nX-1;X;;;\n"
    assert imported(cast, ITEM, text) == Done(2, 0, 0)
    press = CatalogueEntry.objects.get(key="PRESS-4")
    assert (press.site, press.service, press.criticality) == ("plant-2", service, 1)
    before = store.head_of(cast.uuid)
    assert imported(cast, ITEM, text) == Done(0, 0, 0)
    assert store.head_of(cast.uuid) == before


def test_a_left_out_column_keeps_and_an_empty_cell_empties(cast: Cast) -> None:
    imported(cast, SITE, "key,name\nplant-2,Plant 2\n")
    imported(cast, ITEM, "key,name,site,criticality\nX-1,X,plant-2,critical\n")
    assert imported(cast, ITEM, "key,name\nx-1,Ex\n") == Done(0, 1, 0)
    assert CatalogueEntry.objects.get(key="X-1").site == "plant-2"
    plan = looked(cast, ITEM, "key,site\nX-1,\n")
    assert [(c.column, c.before, c.after) for c in plan.rows[0].changes] == [
        ("site", "plant-2", "none")
    ]


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (",X,,,,", "key: Give a key"),
        ('"a,b",X,,,,', "key: A key is a short name"),
        ("X-1,,,,,", "name: Give a name"),
        ("X-1,X,urgent,,,", "criticality: “urgent” is no level. Write one of: critical (1)"),
        ("X-1,X,,nowhere,,", "site: There is no site “nowhere”. Enter it first; known: plant-2."),
        ("X-1,X,,,nothing,", "service: There is no service “nothing”"),
        ("X-1,X,,,,perhaps", "retired: “perhaps” is neither yes nor no"),
    ],
)
def test_a_wrong_row_says_where_and_what_to_do(cast: Cast, row: str, sentence: str) -> None:
    enter(cast, SITE, "plant-2")
    text = f"key,name,criticality,site,service,retired\n{row}\n"
    assert f"2 {sentence}" in told(looked(cast, ITEM, text))
    with pytest.raises(HasWrongRows):
        imported(cast, ITEM, text)
    assert imported(cast, ITEM, text + "OK-1,Fine,,,,no\n", leave_out=True) == Done(1, 0, 1)


def test_keys_that_differ_in_case_alone_are_the_same(cast: Cast) -> None:
    plan = looked(cast, ITEM, "key,name\nx-1,X\nX-1,Y\n")
    assert "Rows 2, 3 have the same key and differ" in told(plan)


def test_a_list_retires_no_site_that_is_in_use(cast: Cast) -> None:
    enter(cast, SITE, "plant-2")
    enter(cast, ITEM, "PRESS-4", site="plant-2")
    assert "1 item is still there" in told(looked(cast, SITE, "key,retired\nplant-2,yes\n"))


def test_an_export_imported_again_changes_nothing(cast: Cast) -> None:
    enter(cast, SITE, "plant-2", "=SUM(A1)", criticality=1)
    enter(cast, ITEM, "-PRESS-4", "Press", site="plant-2", service=a_service(cast))
    entering.retire(cast.uuid, at=MONDAY, actor=MACHINE, kind=ITEM, key="-PRESS-4")
    for kind in CatalogueKind:
        text = "".join(catalogue_importing.exported(cast.uuid, None, kind, MONDAY))
        assert "'=SUM(A1)" in text or "'-PRESS-4" in text
        plan = looked(cast, kind, text)
        assert {str(row.state) for row in plan.rows} == {"unchanged"}, told(plan)


def test_only_who_steers_imports(cast: Cast) -> None:
    for person in (cast.requester, cast.agent):
        with pytest.raises(NotAllowed):
            imported(cast, SITE, "key,name\nx,X\n", actor=cast.actor(person))
