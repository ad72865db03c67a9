"""Where sessions lie: in Django's table, read by plain SQL, as each request asks for one."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

from commondesk.ledger import tables

_LIVING = (
    f"SELECT session_data FROM {Session._meta.db_table}"  # noqa: S608
    " WHERE session_key = %s AND expire_date > %s"
)


class SessionStore(db.SessionStore):
    """A session of the database. Nothing of it is kept between requests: ended is ended."""

    def load(self) -> dict[str, Any]:
        """What the session holds; nothing for one that is over or was never there."""
        now = connection.ops.adapt_datetimefield_value(timezone.now())
        found = tables.select(_LIVING, self.session_key, now)
        if not found:
            self._session_key = None
            return {}
        return dict(self.decode(found[0][0]))
