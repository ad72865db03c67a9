"""A private Postfix on loopback: the mail server of a company, as Debian ships it.

It needs root, as Postfix always does: its master starts its services under other names.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

NAME = "mx.mail.example"
READY_SPAN = 20.0

SERVICES = (
    "pickup unix n - n 60 1 pickup",
    "cleanup unix n - n - 0 cleanup",
    "qmgr unix n - n 1 1 qmgr",
    "tlsmgr unix - - n 1000? 1 tlsmgr",
    "rewrite unix - - n - - trivial-rewrite",
    "bounce unix - - n - 0 bounce",
    "defer unix - - n - 0 bounce",
    "trace unix - - n - 0 bounce",
    "verify unix - - n - 1 verify",
    "flush unix n - n 1000? 0 flush",
    "proxymap unix - - n - - proxymap",
    "proxywrite unix - - n - 1 proxymap",
    "smtp unix - - n - - smtp",
    "relay unix - - n - - smtp",
    "error unix - - n - - error",
    "retry unix - - n - - error",
    "discard unix - - n - - discard",
    "lmtp unix - - n - - lmtp",
    "anvil unix - - n - 1 anvil",
    "scache unix - - n - 1 scache",
    "postlog unix-dgram n - n - 1 postlogd",
)


@dataclass(frozen=True)
class Postfix:
    """A running server: where it takes mail, and what it tells."""

    port: int
    folder: Path

    @property
    def log(self) -> str:
        file = self.folder / "log" / "mail.log"
        return file.read_text(errors="replace") if file.exists() else ""

    def hand_over_deferred(self) -> None:
        """Try at once what was put off."""
        _told(self.folder, "postqueue", "-f")


@contextmanager
def running(
    *,
    transports: Mapping[str, str],
    domains: Sequence[str] = (),
    prepended: Mapping[str, str] | None = None,
) -> Iterator[Postfix]:
    """A Postfix that hands each domain or address on by a transport, such as `lmtp:inet:[::1]:24`.

    domains are those it answers for. prepended names, by envelope sender, a header line that it
    puts on top of a mail, in the way a filter behind it would (Authentication-Results).
    """
    # The services run under another name and must reach the queue: a folder open to look through.
    folder = Path(tempfile.mkdtemp(prefix="commondesk-postfix-"))
    folder.chmod(0o755)
    port = _free_port()
    try:
        _configure(folder, port, transports, domains, prepended or {})
        _told(folder, "postfix", "start")
        _wait_for(port, folder)
        yield Postfix(port, folder)
    finally:
        subprocess.run(["postfix", "-c", str(folder / "etc"), "abort"], capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)


def _configure(
    folder: Path,
    port: int,
    transports: Mapping[str, str],
    domains: Sequence[str],
    prepended: Mapping[str, str],
) -> None:
    for name in ("etc", "queue", "data", "log"):
        (folder / name).mkdir()
        (folder / name).chmod(0o755)
    shutil.chown(folder / "data", "postfix")
    settings = {
        "compatibility_level": "3.6",
        "queue_directory": str(folder / "queue"),
        "data_directory": str(folder / "data"),
        "maillog_file": str(folder / "log" / "mail.log"),
        "maillog_file_prefixes": str(folder / "log"),
        "myhostname": NAME,
        "mydestination": "",
        "local_recipient_maps": "",
        "alias_maps": "",
        "inet_interfaces": "127.0.0.1",
        "inet_protocols": "ipv4",
        "mynetworks": "127.0.0.0/8",
        "smtpd_relay_restrictions": "permit_mynetworks, reject",
        "smtpd_sender_restrictions": f"check_sender_access texthash:{folder}/etc/senders",
        "relay_domains": ", ".join(domains),
        "transport_maps": f"texthash:{folder}/etc/transports",
        "default_transport": "error:5.1.2 there is no such domain here",
        "smtp_dns_support_level": "disabled",
        "recipient_delimiter": "+",
        "propagate_unmatched_extensions": "",
        "smtputf8_enable": "yes",
        "message_size_limit": str(40 * 1024 * 1024),
        "biff": "no",
        "notify_classes": "",
    }
    text = "".join(f"{name} = {value}\n" for name, value in settings.items())
    (folder / "etc" / "main.cf").write_text(text)
    listening = f"127.0.0.1:{port} inet n - n - - smtpd"
    (folder / "etc" / "master.cf").write_text("\n".join([listening, *SERVICES]) + "\n")
    _write_map(folder / "etc" / "transports", transports)
    senders = {sender: f"PREPEND {line}" for sender, line in prepended.items()}
    _write_map(folder / "etc" / "senders", senders)


def _write_map(file: Path, entries: Mapping[str, str]) -> None:
    file.write_text("".join(f"{key} {value}\n" for key, value in entries.items()))


def _told(folder: Path, command: str, *words: str) -> None:
    asked = [command, "-c", str(folder / "etc"), *words]
    # Its services run under other names: what it makes must not be for us alone.
    done = subprocess.run(asked, capture_output=True, text=True, timeout=60, umask=0o022)
    if done.returncode:
        log = folder / "log" / "mail.log"
        told = log.read_text(errors="replace") if log.exists() else ""
        raise RuntimeError(f"{' '.join(asked)} failed: {done.stdout}{done.stderr}{told}")


def _wait_for(port: int, folder: Path) -> None:
    end = time.monotonic() + READY_SPAN
    while time.monotonic() < end:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as line:
                if line.recv(3) == b"220":
                    return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"Postfix does not answer: {(folder / 'log' / 'mail.log').read_text()}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def is_possible() -> bool:
    """Postfix must be started by root."""
    return os.geteuid() == 0
