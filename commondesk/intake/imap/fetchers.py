"""One thread for each mailbox on another server: it looks, waits for news, and comes back."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field

from django.db import DatabaseError, close_old_connections, connections

from commondesk.intake.models import MailAccount
from commondesk.ledger.now import instant_now

from . import connection, idle, rounds
from .connection import Opened, Unreachable
from .rounds import NotKept, Told

LOOK_SECONDS = 60.0
ACCOUNTS_SECONDS = 5.0
FIRST_PAUSE_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 300.0

log = logging.getLogger(__name__)


@dataclass
class Fetchers:
    """Follows the accounts as they are added, changed and removed."""

    _is_ending: threading.Event = field(default_factory=threading.Event)
    _running: dict[int, Fetcher] = field(default_factory=dict)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="mail-accounts", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._is_ending.set()
        if self._thread:
            self._thread.join(10)

    def _run(self) -> None:
        try:
            while not self._is_ending.is_set():
                self._follow()
                self._is_ending.wait(ACCOUNTS_SECONDS)
        finally:
            for fetcher in self._running.values():
                fetcher.ask_to_stop()
            for fetcher in self._running.values():
                fetcher.join()
            connections.close_all()

    def _follow(self) -> None:
        try:
            close_old_connections()
            wanted = {each.pk: _way_of(each) for each in MailAccount.objects.filter(is_active=True)}
        except DatabaseError as error:
            log.error("the mail accounts cannot be read: %s", error)
            connections.close_all()
            return
        for key, fetcher in list(self._running.items()):
            if wanted.get(key) != fetcher.way:
                fetcher.ask_to_stop()
                if not fetcher.is_alive():
                    del self._running[key]
        for key in wanted.keys() - self._running.keys():
            self._running[key] = Fetcher(key, wanted[key])
            self._running[key].start()


class Fetcher(threading.Thread):
    """The thread of one account."""

    def __init__(self, account: int, way: tuple[object, ...]) -> None:
        super().__init__(name=f"mail-account-{account}", daemon=True)
        self.account, self.way = account, way
        self._is_ending = threading.Event()
        self._pause = FIRST_PAUSE_SECONDS

    def ask_to_stop(self) -> None:
        self._is_ending.set()

    def run(self) -> None:
        try:
            while not self._is_ending.is_set():
                self._stay_connected()
                self._is_ending.wait(self._pause)
                self._pause = min(self._pause * 2, LONGEST_PAUSE_SECONDS)
        finally:
            connections.close_all()

    def _stay_connected(self) -> None:
        """Look again and again, until something fails: that is told, and tried again later."""
        try:
            close_old_connections()
            account = MailAccount.objects.select_related("mailbox").get(pk=self.account)
            with connection.opened(account) as opened:
                while not self._is_ending.is_set():
                    look_and_tell(opened, account)
                    self._pause = FIRST_PAUSE_SECONDS
                    self._wait(opened)
        except MailAccount.DoesNotExist:
            self._is_ending.set()
        except (Unreachable, NotKept) as error:
            tell(self.account, str(error), why_of(error))
        except Exception as error:
            # A row or a disk that refuses: the mails stay on their server until it heals.
            log.exception("a mailbox could not be fetched")
            connections.close_all()
            tell(self.account, f"mail could not be stored: {type(error).__name__}", "not_kept")

    def _wait(self, opened: Opened) -> None:
        if idle.is_offered(opened.mailbox):
            idle.wait_for_news(opened.mailbox, LOOK_SECONDS, self._is_ending.is_set)
        else:
            self._is_ending.wait(LOOK_SECONDS)


def look_once(account: MailAccount) -> Told:
    """Connect, look and leave. Raises Unreachable, NotKept; the account's row is told as well."""
    try:
        with connection.opened(account) as opened:
            return look_and_tell(opened, account)
    except (Unreachable, NotKept) as error:
        tell(account.pk, str(error), why_of(error))
        raise


def look_and_tell(opened: Opened, account: MailAccount) -> Told:
    told = rounds.look(opened, account)
    tell(account.pk, told.trouble, told.why)
    return told


def why_of(error: Unreachable | NotKept) -> str:
    """In one word what went wrong."""
    return error.why if isinstance(error, Unreachable) else "not_kept"


def tell(account: int, error: str, why: str = "") -> None:
    """Note when we looked, and what went wrong; lists show it."""
    try:
        MailAccount.objects.filter(pk=account).update(
            looked_at=instant_now(), last_error=error, last_why=why if error else ""
        )
    except DatabaseError as trouble:
        log.error("the state of a mail account cannot be noted: %s", trouble)
        connections.close_all()


def _way_of(account: MailAccount) -> tuple[object, ...]:
    """What a running connection depends on: changed, it begins anew."""
    return (
        *(account.mailbox_id, account.host, account.port, account.security, account.username),
        *(account.sealed_password, account.folder, account.done, account.done_folder),
        account.is_guarded,
    )
