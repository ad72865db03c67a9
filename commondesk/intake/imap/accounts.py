"""Mailboxes on other servers: taken on once they have been seen to work."""

from __future__ import annotations

from commondesk.intake import sealing
from commondesk.intake.models import MailAccount

from . import connection
from .connection import Opened, Unreachable


def add(account: MailAccount, password: str, *, is_only_new: bool = False) -> int:
    """Try the account, and fetch from it from now on. Tells how many mails lie in its folder.

    The same name and folder again is a change of what was known. Raises Unreachable.
    """
    account.sealed_password = sealing.sealed(password)
    known = MailAccount.objects.filter(
        host=account.host, port=account.port, username=account.username, folder=account.folder
    ).first()
    if known:
        account.pk, account.uid_validity, account.last_uid = (
            known.pk,
            known.uid_validity,
            known.last_uid,
        )
    with connection.opened(account) as opened:
        _ensure_folder(opened, account.done_folder)
        uids = [int(uid) for uid in opened.mailbox.uids()]
        if is_only_new:
            account.uid_validity, account.last_uid = opened.validity, max(uids, default=0)
    account.save()
    return len(uids)


def _ensure_folder(opened: Opened, folder: str) -> None:
    """The folder to move to exists, now if not before."""
    if not folder or opened.mailbox.folder.exists(folder):
        return
    opened.mailbox.folder.create(folder)
    if not opened.mailbox.folder.exists(folder):
        raise Unreachable(f"the folder {folder} cannot be made")
