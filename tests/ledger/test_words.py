"""Keeping words and files, and erasing them for good."""

import hashlib
import time
import uuid
from pathlib import Path
from uuid import UUID

import pytest
from django.apps import apps
from django.db import connection, transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from commondesk.core.record.event import COMPANY_STREAM, WordsRef
from commondesk.core.record.events import HandoverDeclined, WordsErased
from commondesk.core.record.instant import DAY, SECOND
from commondesk.ledger import claims, files, store, verify, words
from commondesk.ledger.models import Words
from commondesk.ledger.now import instant_now
from tests.ledger import record
from tests.ledger.record import AGENT, ANNA, BEN, MONDAY

GROUND = "asked for under article 17"


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rooms above have copies of their own to forget; here it is about the ledger."""
    monkeypatch.setattr(words, "_forgetters", [])


def keep(company: UUID, text: str, kind: str = "message") -> WordsRef:
    return words.keep(company, stream="one", kind=kind, text=text)


def erase(company: UUID, *ids: str) -> tuple[str, ...]:
    return words.erase(company, ids, ground=GROUND, actor=AGENT, at=MONDAY)


# ---- keeping ------------------------------------------------------------------------------


def test_words_come_back(company: UUID) -> None:
    ref = keep(company, "Grüße aus Köln 🖨")
    assert words.text(ref) == "Grüße aus Köln 🖨"
    assert words.texts([ref.id]) == {ref.id: "Grüße aus Köln 🖨"}
    assert words.text(None) is None


def test_the_digest_is_salted_and_covers_the_kind(company: UUID) -> None:
    refs = [keep(company, "yes"), keep(company, "yes"), keep(company, "yes", kind="note")]
    assert len({ref.digest for ref in refs}) == 3
    row = Words.objects.get(id=refs[0].id)
    wanted = hashlib.sha256(words.salt_of(row) + b"message\0" + b"yes").hexdigest()
    assert refs[0].digest == wanted
    assert len(words.salt_of(row)) == 16


@pytest.mark.parametrize(
    ("text", "stored"),
    [("a\0b", "a\ufffdb"), ("a\ud800b", "a\ufffdb"), ("\udce4", "\ufffd"), ("", ""), ("🖨", "🖨")],
)
def test_what_no_database_holds_becomes_a_replacement(
    company: UUID, text: str, stored: str
) -> None:
    ref = keep(company, text)
    assert words.text(ref) == stored
    record.add(company, "one", HandoverDeclined(ref))
    assert verify.verify(company).is_sound


def test_many_words_at_once(company: UUID) -> None:
    many = [("one", "message", f"text {index}") for index in range(1200)]
    refs = words.keep_many(company, many)
    texts = words.texts(ref.id for ref in refs)
    assert [texts[ref.id] for ref in refs] == [text for _, _, text in many]


def test_a_file_comes_back(company: UUID) -> None:
    ref = words.keep_file(company, stream="one", kind="file", content=b"\0\xff photo")
    with words.open_file(ref.id) as file:
        assert file.read() == b"\0\xff photo"
    path = files.path_of(ref.id)
    assert path.parent.name == ref.id[:2]
    assert path.stat().st_mode & 0o777 == 0o600


def test_unknown_words_are_none_and_an_unknown_file_is_an_error(company: UUID) -> None:
    unknown = str(uuid.uuid4())
    assert words.texts([unknown]) == {unknown: None}
    with pytest.raises(words.UnknownWords):
        words.open_file(unknown)
    with pytest.raises(words.UnknownWords, match="is no file"):
        words.open_file(keep(company, "text").id)


def test_given_a_company_those_of_another_are_unknown(company: UUID) -> None:
    ref = keep(company, "secret")
    file = words.keep_file(company, stream="one", kind="file", content=b"secret")
    other = uuid.uuid4()
    assert words.texts([ref.id], company=other) == {ref.id: None}
    assert words.texts([ref.id], company=company) == {ref.id: "secret"}
    with pytest.raises(words.UnknownWords):
        words.open_file(file.id, company=other)
    with pytest.raises(words.UnknownWords):
        erase(other, ref.id)


@pytest.mark.parametrize("identity", ["../../secret-key", "/etc/passwd", "", "ab"])
def test_an_id_is_never_a_path(identity: str) -> None:
    with pytest.raises(ValueError, match="is no id of a file"):
        files.path_of(identity)


# ---- erasing ------------------------------------------------------------------------------


def test_erasing_leaves_the_record_sound_and_says_so_in_it(company: UUID) -> None:
    stream = record.record(company)[0]
    ids = words.of_stream(company, stream)
    assert erase(company, *ids) == ids
    report = verify.verify(company)
    assert report.is_sound
    assert report.words_erased == len(ids) == 5
    event = store.history(company, COMPANY_STREAM)[-1]
    assert event.body == WordsErased(words=ids, ground=GROUND)
    assert event.actor == AGENT


def test_erased_words_file_and_salt_are_gone(
    company: UUID, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    ref = keep(company, "text")
    file = words.keep_file(company, stream="one", kind="file", content=b"content")
    with django_capture_on_commit_callbacks(execute=True):
        erase(company, ref.id, file.id)
    assert words.texts([ref.id]) == {ref.id: None}
    assert not files.path_of(file.id).exists()
    with pytest.raises(words.ErasedWords):
        words.open_file(file.id)
    for row in Words.objects.all():
        assert (row.text, row.salt, row.has_file, row.erased_at) == (None, None, False, MONDAY)


def test_the_file_stays_until_the_transaction_is_through(company: UUID) -> None:
    file = words.keep_file(company, stream="one", kind="file", content=b"content")
    with pytest.raises(RuntimeError), transaction.atomic():
        erase(company, file.id)
        raise RuntimeError
    assert files.path_of(file.id).read_bytes() == b"content"
    assert verify.verify(company).is_sound


def test_a_file_that_was_left_behind_is_remarked_on_and_removed_later(company: UUID) -> None:
    file = words.keep_file(company, stream="one", kind="file", content=b"content")
    erase(company, file.id)
    report = verify.verify(company)
    assert report.is_sound
    assert "1 files of erased words are still to be removed" in report.remarks
    assert words.tidy(instant_now()) == 1
    assert not files.path_of(file.id).exists()
    assert words.tidy(instant_now()) == 0


def test_what_a_failed_transaction_left_is_removed_after_a_day(company: UUID) -> None:
    kept = words.keep_file(company, stream="one", kind="file", content=b"kept")
    with pytest.raises(RuntimeError), transaction.atomic():
        lost = words.keep_file(company, stream="one", kind="file", content=b"lost")
        raise RuntimeError
    assert files.path_of(lost.id).exists()
    foreign = files.folder() / "ab" / "notes.txt"
    foreign.parent.mkdir(exist_ok=True)
    foreign.touch()
    now = instant_now()
    assert words.tidy(now) == 0
    assert words.tidy(now + DAY + SECOND) == 1
    assert not files.path_of(lost.id).exists()
    assert files.path_of(kept.id).read_bytes() == b"kept"
    assert foreign.exists()


def test_erasing_twice_tells_it_once(company: UUID) -> None:
    ref = keep(company, "text")
    assert erase(company, ref.id, ref.id) == (ref.id,)
    assert erase(company, ref.id) == ()
    assert len(store.history(company, COMPANY_STREAM)) == 1


def test_unknown_words_are_refused_and_nothing_is_erased(company: UUID) -> None:
    ref = keep(company, "text")
    with pytest.raises(words.UnknownWords):
        erase(company, ref.id, "unheard-of")
    assert words.text(ref) == "text"


def test_a_ground_is_needed(company: UUID) -> None:
    ref = keep(company, "text")
    with pytest.raises(ValueError, match="ground"):
        words.erase(company, [ref.id], ground=" ", actor=AGENT, at=MONDAY)


def test_other_rooms_forget_in_the_same_transaction(company: UUID) -> None:
    told: list[tuple[UUID, tuple[str, ...], bool]] = []

    @words.on_erase
    def forget(owner: UUID, ids: tuple[str, ...]) -> None:
        told.append((owner, ids, connection.in_atomic_block))

    words.on_erase(forget)
    ref = keep(company, "text")
    erase(company, ref.id)
    assert told == [(company, (ref.id,), True)]


def test_if_another_room_cannot_forget_nothing_is_erased(company: UUID) -> None:
    @words.on_erase
    def forget(owner: UUID, ids: tuple[str, ...]) -> None:
        raise RuntimeError

    ref = keep(company, "text")
    with pytest.raises(RuntimeError):
        erase(company, ref.id)
    assert words.text(ref) == "text"
    assert store.head_of(company).sequence == 0


def test_many_words_are_erased_in_portions(company: UUID) -> None:
    refs = words.keep_many(company, [("one", "message", str(n)) for n in range(1100)])
    erased = erase(company, *(ref.id for ref in refs))
    assert len(erased) == 1100
    sizes = [
        len(event.body.words)
        for event in store.history(company, COMPANY_STREAM)
        if isinstance(event.body, WordsErased)
    ]
    assert sizes == [500, 500, 100]


def test_nothing_of_the_words_is_left_in_any_table(company: UUID) -> None:
    stream = record.record(company)[0]
    subject = "Printer 1 is on fire"
    assert is_anywhere(subject)
    erase(company, *words.of_stream(company, stream))
    assert not is_anywhere(subject)
    assert is_anywhere("Printer 2 is on fire")


def is_anywhere(text: str) -> bool:
    tables = [model._meta.db_table for model in apps.get_models()]
    with connection.cursor() as cursor:
        for table in set(tables) & set(connection.introspection.table_names()):
            cursor.execute(f"SELECT * FROM {table}")
            if any(text in str(row) for row in cursor.fetchall()):
                return True
    return False


@pytest.mark.django_db(transaction=True)
def test_nothing_of_the_words_is_left_in_the_files_of_the_database(
    company: UUID, data: Path
) -> None:
    canary = "canary-7f3a9c51"
    others = [keep(company, f"{index} {'x' * 300}") for index in range(200)]
    ref = keep(company, canary * 30)
    secret = words.keep_file(company, stream="one", kind="file", content=canary.encode())
    assert is_on_disk(canary, data)
    erase(company, ref.id, secret.id, *(other.id for other in others[:150]))
    assert not is_on_disk(canary, data)
    assert words.text(others[-1]) is not None


def is_on_disk(text: str, data: Path) -> bool:
    database = Path(connection.settings_dict["NAME"])
    beside = list(database.parent.glob(f"{database.name}*"))
    kept = [path for path in data.rglob("*") if path.is_file()]
    return any(text.encode() in path.read_bytes() for path in (*beside, *kept))


# ---- whose words --------------------------------------------------------------------------


def test_the_words_of_a_person_are_those_they_wrote_and_their_name(company: UUID) -> None:
    record.record(company, tickets=2)
    ids = claims.ids_of(company, ANNA)
    erase(company, *ids)
    left = Words.objects.filter(erased_at__isnull=True).values_list("kind", "text")
    assert sorted(left) == [
        ("message", "Water is on its way, 1."),
        ("message", "Water is on its way, 2."),
        ("name", "Acme & Sons"),
    ]
    assert verify.verify(company).is_sound


def test_the_words_of_an_agent_are_their_answers(company: UUID) -> None:
    record.record(company, tickets=2)
    ids = claims.ids_of(company, BEN)
    kinds = Words.objects.filter(id__in=ids).values_list("kind", "text")
    assert sorted(kinds) == [
        ("message", "Water is on its way, 1."),
        ("message", "Water is on its way, 2."),
    ]


def test_now_is_now() -> None:
    before = time.time_ns() // 1000
    assert before <= instant_now() <= time.time_ns() // 1000
