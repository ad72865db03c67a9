"""The process that receives and the one that files: woken across, and one receiver a folder."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from pytest_django import Settings

from commondesk.cli import worker
from commondesk.intake import wake
from commondesk.intake.envelopes import sender_of
from commondesk.intake.models import RawMail
from commondesk.intake.wake import Listener
from tests.house import running
from tests.mail_servers import certificates

RECEIVE = [sys.executable, "-m", "commondesk.cli", "receive"]


@pytest.fixture(params=["short", "long"])
def folder(request: pytest.FixtureRequest, settings: Settings, tmp_path: Path) -> Path:
    """A data folder; a long one is longer than the name of a socket may be."""
    folder = tmp_path / ("x" * 120 if request.param == "long" else "x")
    folder.mkdir()
    settings.DATA = folder
    return folder


def waited(listener: Listener, seconds: float) -> float:
    began = time.monotonic()
    listener.wait(seconds)
    return time.monotonic() - began


def test_a_listener_is_woken_at_once_and_once(folder: Path) -> None:
    wake.tell()
    listener = Listener()
    assert waited(listener, 0.2) >= 0.19
    threading.Timer(0.1, wake.tell).start()
    assert waited(listener, 5) < 2
    for _ in range(1000):
        wake.tell()
    assert waited(listener, 5) < 1
    assert waited(listener, 0.2) >= 0.19
    listener.close()
    wake.tell()


def test_the_latest_listener_is_heard(folder: Path) -> None:
    first, second = Listener(), Listener()
    wake.tell()
    assert waited(second, 5) < 1
    assert waited(first, 0.1) >= 0.09
    first.close()
    second.close()


def test_without_a_socket_there_is_a_look_each_second(settings: Settings, tmp_path: Path) -> None:
    settings.DATA = tmp_path / "missing"
    wake.tell()
    assert 0.9 < waited(Listener(), 30) < 3


def test_the_worker_passes_it_on(folder: Path) -> None:
    woken, stop = threading.Event(), threading.Event()
    ear = threading.Thread(target=worker.listen, args=(woken.set, stop))
    ear.start()
    end = time.monotonic() + 5
    while not woken.is_set() and time.monotonic() < end:
        wake.tell()
        time.sleep(0.01)
    assert woken.is_set()
    stop.set()
    ear.join(5)
    assert not ear.is_alive()


def test_one_process_receives_for_a_folder(tmp_path: Path) -> None:
    environment = running.surroundings(tmp_path, {})
    prepare(environment)
    first = subprocess.Popen(RECEIVE, env=environment, cwd=tmp_path)
    try:
        lock = tmp_path / "data" / "receive.lock"
        end = time.monotonic() + 30
        while not lock.exists() and time.monotonic() < end:
            time.sleep(0.05)
        other = environment | {"COMMONDESK_RECEIVER": f"127.0.0.1:{running.free_port()}"}
        refused = subprocess.run(RECEIVE, env=other, capture_output=True, text=True, timeout=60)
        assert refused.returncode == 2
        assert "receives mail for" in refused.stderr
    finally:
        first.send_signal(signal.SIGTERM)
        assert first.wait(30) == 0


@pytest.mark.parametrize("trouble", ["port", "certificate", "key"])
def test_what_keeps_it_from_receiving_is_one_line(tmp_path: Path, trouble: str) -> None:
    made = certificates.made_in(tmp_path)
    given = {
        "port": {"COMMONDESK_RECEIVER": "192.0.2.1:25"},
        "certificate": {
            "COMMONDESK_RECEIVER_CERTIFICATE": str(tmp_path / "none.pem"),
            "COMMONDESK_RECEIVER_KEY": str(made.key),
        },
        "key": {
            "COMMONDESK_RECEIVER_CERTIFICATE": str(made.certificate),
            "COMMONDESK_RECEIVER_KEY": str(made.authority),
        },
    }[trouble]
    environment = running.surroundings(tmp_path, given)
    prepare(environment)
    refused = subprocess.run(RECEIVE, env=environment, capture_output=True, text=True, timeout=60)
    assert refused.returncode == 2
    assert refused.stderr.startswith("commondesk: ")
    assert len(refused.stderr.splitlines()) == 1


def prepare(environment: dict[str, str]) -> None:
    subprocess.run(
        [sys.executable, "-m", "django", "migrate", "-v0", "--skip-checks"],
        env=environment | {"DJANGO_SETTINGS_MODULE": "commondesk.site.settings"},
        check=True,
        timeout=120,
    )


@pytest.mark.parametrize(
    ("source", "said", "expected"),
    [
        ("smtp", "", ""),
        ("lmtp", "a@b.example", "a@b.example"),
        ("imap", "", None),
        ("given", "", None),
    ],
)
def test_only_a_server_that_spoke_with_us_can_say_nobody(
    source: str, said: str, expected: str | None
) -> None:
    assert sender_of(RawMail(source=source, envelope_from=said)) == expected
