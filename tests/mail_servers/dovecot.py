"""A private Dovecot on loopback: users with passwords, its own certificate, mail in a folder.

It runs as whoever runs the tests; root is not needed.
"""

from __future__ import annotations

import getpass
import grp
import imaplib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.mail_servers import certificates

READY_SPAN = 20.0
COMMAND = next(
    (str(path) for path in map(Path, ("/usr/sbin/dovecot", "/usr/bin/dovecot")) if path.exists()),
    "dovecot",
)


@dataclass
class Dovecot:
    """A server that may be stopped and started again."""

    folder: Path
    port: int
    tls_port: int
    users: Mapping[str, str]
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def authority(self) -> Path:
        """The certificate to trust."""
        return self.folder / "authority.pem"

    @property
    def log(self) -> str:
        file = self.folder / "log"
        return file.read_text(errors="replace") if file.exists() else ""

    def start(self) -> None:
        self._process = subprocess.Popen(
            [COMMAND, "-F", "-c", str(self.folder / "dovecot.conf")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # With its children in a group of their own, none of them outlives it.
            start_new_session=True,
        )
        self._wait()

    def stop(self) -> None:
        if self._process:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(10)
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def append(self, user: str, *mails: bytes, folder: str = "INBOX") -> None:
        with self.visited(user) as line:
            if folder != "INBOX":
                line.create(folder)
            for mail in mails:
                status, told = line.append(folder, "", "", mail)
                assert status == "OK", told

    def make_folder(self, user: str, folder: str) -> None:
        with self.visited(user) as line:
            line.create(folder)

    def flags(self, user: str, folder: str = "INBOX") -> list[str]:
        """The flags of each mail in the folder, in order."""
        with self.visited(user) as line:
            _, count = line.select(folder, readonly=True)
            if count == [b"0"]:
                return []
            _, told = line.fetch("1:*", "(FLAGS)")
            return [each.decode() for each in told if isinstance(each, bytes)]

    def renumber(self, user: str) -> None:
        """Another UIDVALIDITY: what was known of the mails by number is void."""
        for name in (
            "dovecot-uidlist",
            "dovecot-uidvalidity",
            "dovecot.index",
            "dovecot.index.log",
        ):
            for path in (self.folder / "mail" / user).rglob(f"{name}*"):
                path.unlink()
        # It is the second of its making.
        time.sleep(1.1)

    @contextmanager
    def visited(self, user: str) -> Iterator[imaplib.IMAP4]:
        line = imaplib.IMAP4("127.0.0.1", self.port, timeout=20)
        line.login(user, self.users[user])
        try:
            yield line
        finally:
            line.logout()

    def _wait(self) -> None:
        end = time.monotonic() + READY_SPAN
        while time.monotonic() < end:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1) as line:
                    if line.recv(4) == b"* OK":
                        return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(f"Dovecot does not answer: {self.log}")


@contextmanager
def running(users: Mapping[str, str], *, plugins: str = "") -> Iterator[Dovecot]:
    """A server with these users and passwords."""
    folder = Path(tempfile.mkdtemp(prefix="commondesk-dovecot-"))
    folder.chmod(0o755)
    server = Dovecot(folder, _free_port(), _free_port(), users)
    try:
        certificates.made_in(folder)
        _configure(server, plugins)
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def is_installed() -> bool:
    return Path(COMMAND).exists()


def trusting(server: Dovecot) -> Mapping[str, str]:
    """The environment in which its certificate is trusted."""
    return {"SSL_CERT_FILE": str(server.authority)}


def _configure(server: Dovecot, further: str) -> None:
    folder = server.folder
    user = getpass.getuser()
    group = grp.getgrgid(os.getgid()).gr_name
    # A mail's owner may not be root.
    owner, owners = ("nobody", "nogroup") if os.geteuid() == 0 else (user, group)
    (folder / "mail").mkdir()
    if os.geteuid() == 0:
        shutil.chown(folder / "mail", owner, owners)
    lines = [f"{name}:{{PLAIN}}{word}::::::" for name, word in server.users.items()]
    (folder / "users").write_text("\n".join(lines) + "\n")
    (folder / "users").chmod(0o644)
    quiet = user if os.geteuid() else "dovenull"
    inside = user if os.geteuid() else "dovecot"
    (folder / "dovecot.conf").write_text(
        f"""
base_dir = {folder}/run
state_dir = {folder}/state
instance_name = test-{server.port}
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
default_login_user = {quiet}
default_internal_user = {inside}
default_internal_group = {group if os.geteuid() else "dovecot"}
first_valid_uid = 1
first_valid_gid = 1
mail_uid = {owner}
mail_gid = {owners}
mail_home = {folder}/mail/%u
mail_location = maildir:~/Maildir
mail_max_userip_connections = 50
disable_plaintext_auth = no
ssl = yes
ssl_cert = <{folder}/server.pem
ssl_key = <{folder}/server.key
auth_mechanisms = plain login
auth_failure_delay = 0 secs
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
userdb {{
  driver = static
  args = uid={owner} gid={owners} home={folder}/mail/%u
}}
namespace inbox {{
  inbox = yes
}}
service imap-login {{
  {"chroot =" if os.geteuid() else ""}
  inet_listener imap {{
    port = {server.port}
  }}
  inet_listener imaps {{
    port = {server.tls_port}
    ssl = yes
  }}
}}
service anvil {{
  {"chroot =" if os.geteuid() else ""}
}}
service stats {{
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
{further}
"""
    )


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
