"""Sessions as each request reads them: ended is ended, over is over."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from commondesk.accounts.doors.session_store import SessionStore

pytestmark = pytest.mark.django_db


def kept(**values: object) -> str:
    store = SessionStore()
    store.update(values)
    store.create()
    assert store.session_key is not None
    return str(store.session_key)


def test_what_a_session_holds_is_read_again() -> None:
    key = kept(began_at=5, methods=[{"method": "password"}])
    found = SessionStore(key)
    assert dict(found.items()) == {"began_at": 5, "methods": [{"method": "password"}]}
    assert found.session_key == key


def test_a_session_that_was_ended_is_empty_at_once() -> None:
    key = kept(began_at=5)
    SessionStore(key).delete()
    found = SessionStore(key)
    assert not list(found.keys())
    assert found.session_key is None


def test_a_session_that_is_over_is_empty() -> None:
    key = kept(began_at=5)
    Session.objects.filter(pk=key).update(expire_date=timezone.now() - timedelta(seconds=1))
    assert not list(SessionStore(key).keys())


def test_what_was_tampered_with_holds_nothing() -> None:
    key = kept(began_at=5)
    Session.objects.filter(pk=key).update(session_data="bm90aGluZw:1abc:forged")
    assert not list(SessionStore(key).keys())
