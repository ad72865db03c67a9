"""A whole desk for journeys: the real command, a mail server of ours, and a browser."""

from __future__ import annotations

import os
import re
import signal
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import TypeVar

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from playwright.sync_api import Page

ROOT = Path(__file__).parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
CHROMIUM = "/usr/bin/chromium"
# Without these, Chromium asks hosts of its own at every start.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
KEPT_PICTURES = "JOURNEY_PICTURES"
PATIENCE = 60.0
WIDTHS = (360, 1280, 1920)
CHECKED = (360, 1280)
T = TypeVar("T")


@dataclass
class Sink:
    """A mail server that keeps what it is given."""

    mails: list[EmailMessage] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        self.mails.append(message_from_bytes(content, policy=policy.default))
        return "250 kept"

    def mail(self, fits: Callable[[EmailMessage], bool]) -> EmailMessage:
        """The first mail that fits, once it is there."""
        return until(lambda: next((each for each in self.mails if fits(each)), None))


@dataclass
class Desk:
    """A running desk: where its pages are, where it takes mail, and the link it printed."""

    origin: str
    receiver: tuple[str, int]
    setup_link: str
    sink: Sink
    process: subprocess.Popen[str]
    environment: dict[str, str]

    def send(self, mail: EmailMessage, to: str) -> None:
        """Give a raw mail to the built-in receiver."""
        with smtplib.SMTP(*self.receiver, timeout=20) as server:
            server.sendmail(str(mail["From"]), [to], mail.as_bytes(policy=policy.SMTP))


@contextmanager
def running_desk(folder: Path, settings: Mapping[str, str] | None = None) -> Iterator[Desk]:
    """The real command in a folder of its own, with further settings."""
    web, receiver, out = free_port(), free_port(), free_port()
    sink = Sink()
    server = Controller(sink, hostname="127.0.0.1", port=out)
    server.start()
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("COMMONDESK_")
    } | {
        "COMMONDESK_DATA": str(folder / "data"),
        "COMMONDESK_WEB": f"127.0.0.1:{web}",
        "COMMONDESK_RECEIVER": f"127.0.0.1:{receiver}",
        "COMMONDESK_SMTP_URL": f"smtp://127.0.0.1:{out}",
        "PYTHONUNBUFFERED": "1",
        **(settings or {}),
    }
    log = folder / "up.log"
    with log.open("w") as writer:
        process = subprocess.Popen(
            [sys.executable, "-m", "commondesk.cli", "up"],
            cwd=ROOT,
            env=environment,
            stdout=writer,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
    try:
        link = until(lambda: printed_link(log, process), 2 * PATIENCE)
        until(lambda: answers(receiver) or None)
        origin = f"http://127.0.0.1:{web}"
        yield Desk(origin, ("127.0.0.1", receiver), link, sink, process, environment)
    finally:
        stop(process)
        server.stop()


def printed_link(log: Path, process: subprocess.Popen[str]) -> str | None:
    text = log.read_text()
    assert process.poll() is None, f"the desk ended by itself:\n{text}"
    found = re.search(r"http://\S+/setup/\S+", text)
    return found[0] if found else None


def stop(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    try:
        process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        raise


def answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def until(look: Callable[[], T | None], patience: float = PATIENCE) -> T:
    """What a look finds, as soon as it finds something."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        found = look()
        if found is not None:
            return found
        time.sleep(0.2)
    raise AssertionError(f"nothing came within {patience} s")


def until_shown(page: Page, text: str) -> None:
    """Load the page again until it shows the text."""

    def look() -> bool | None:
        page.reload()
        return True if page.get_by_text(text).count() else None

    until(look)


def looked_at(page: Page, name: str, pictures: Path) -> None:
    """Look at the page at three widths in both themes; it must fit, and pass every axe rule.

    Pictures are taken if somebody wants to keep them.
    """
    before = page.viewport_size
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            settle(page)
            if os.environ.get(KEPT_PICTURES):
                page.screenshot(path=pictures / f"{name}-{width}-{theme}.png", full_page=True)
            needed = page.evaluate("document.documentElement.scrollWidth")
            assert needed <= width, f"{name} needs {needed} px at {width}"
            if width in CHECKED:
                assert faults(page) == [], f"{name} at {width}, {theme}"
    page.emulate_media(color_scheme="light", reduced_motion="no-preference")
    if before:
        page.set_viewport_size(before)


def settle(page: Page) -> None:
    """Wait until a change of size or theme is drawn; where motion is reduced no colour fades."""
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def faults(page: Page) -> list[str]:
    """What axe finds wrong, of any level. What strangers wrote stands in frames: it is not ours.

    For one rule, about sound that plays by itself, axe would fetch every file of the page again.
    Ours have no sound, and are held to that instead.
    """
    if not page.evaluate("'axe' in window"):
        # The policy of the page forbids foreign scripts; evaluate is the debugger's way in.
        page.evaluate(AXE.read_text())
    asked = "axe.run(document, {resultTypes: ['violations'], preload: false, iframes: false})"
    found = page.evaluate(asked)["violations"]
    if page.locator("audio, video").count():
        found.append({"id": "it has sound", "nodes": []})
    return [f"{each['id']}: {[node['target'] for node in each['nodes']]}" for each in found]
