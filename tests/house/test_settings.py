"""The settings follow the environment, each read in a fresh process."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

PRINT = (
    "import json, sys; from commondesk.site import settings;"
    "print(json.dumps({name: getattr(settings, name) for name in sys.argv[1:]}, default=str))"
)

INCOMING = (
    *("LMTP", "RECEIVER_CERTIFICATE", "RECEIVER_KEY", "RECEIVER_NAME"),
    *("TRUSTED_RELAYS", "AUTHENTICATION_HOST", "DNS"),
)


def read(data: Path, *names: str, **environment: str) -> dict[str, Any]:
    outcome = subprocess.run(
        [sys.executable, "-c", PRINT, *names],
        env=surroundings(data, environment),
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stderr
    answer: dict[str, Any] = json.loads(outcome.stdout)
    return answer


def surroundings(data: Path, environment: dict[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if "COMMONDESK" not in name}
    return kept | {"COMMONDESK_DATA": str(data)} | environment


def test_a_desk_on_loopback(tmp_path: Path) -> None:
    found = read(tmp_path, "ORIGIN", "ALLOWED_HOSTS", "SESSION_COOKIE_SECURE", "DEBUG")
    assert found == {
        "ORIGIN": "http://127.0.0.1:8000",
        "ALLOWED_HOSTS": ["127.0.0.1", "[::1]", "localhost"],
        "SESSION_COOKIE_SECURE": False,
        "DEBUG": False,
    }


def test_a_desk_behind_https(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        *("ALLOWED_HOSTS", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_NAME", "SECURE_HSTS_SECONDS"),
        COMMONDESK_ORIGIN="https://desk.example.com/",
    )
    assert found == {
        "ALLOWED_HOSTS": ["127.0.0.1", "[::1]", "desk.example.com", "localhost"],
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_NAME": "__Host-csrf",
        "SECURE_HSTS_SECONDS": 31536000,
    }


def test_the_key_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    data = tmp_path / "data"
    first = read(data, "SECRET_KEY")
    assert len(first["SECRET_KEY"]) > 60
    assert read(data, "SECRET_KEY") == first
    assert stat.S_IMODE((data / "secret-key").stat().st_mode) == 0o600
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    assert [file.name for file in data.iterdir()] == ["secret-key"]


def test_sqlite_keeps_what_it_has_promised(tmp_path: Path) -> None:
    database = read(tmp_path, "DATABASES")["DATABASES"]["default"]
    assert database["NAME"] == str(tmp_path / "commondesk.sqlite3")
    assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "synchronous=FULL" in database["OPTIONS"]["init_command"]
    assert "ATOMIC_REQUESTS" not in database


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "postgres://ann:p%40ss@db.example.com:5433/desk",
            ["ann", "p@ss", "db.example.com", "5433"],
        ),
        ("postgres://ann@/desk?host=/run/postgresql", ["ann", "", "/run/postgresql", ""]),
    ],
)
def test_postgresql_by_its_address(tmp_path: Path, url: str, expected: list[str]) -> None:
    database = read(tmp_path, "DATABASES", COMMONDESK_DATABASE_URL=url)["DATABASES"]["default"]
    assert database["NAME"] == "desk"
    assert [database[name] for name in ("USER", "PASSWORD", "HOST", "PORT")] == expected


def test_outgoing_mail_by_its_address(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        *("EMAIL_HOST", "EMAIL_PORT", "EMAIL_HOST_PASSWORD", "EMAIL_USE_TLS", "EMAIL_USE_SSL"),
        COMMONDESK_SMTP_URL="smtp://desk:p%2Fw@mail.example.com:587?starttls=1",
    )
    assert found == {
        "EMAIL_HOST": "mail.example.com",
        "EMAIL_PORT": 587,
        "EMAIL_HOST_PASSWORD": "p/w",
        "EMAIL_USE_TLS": True,
        "EMAIL_USE_SSL": False,
    }


@pytest.mark.parametrize(
    ("origin", "asked", "content"),
    [
        ("http://127.0.0.1:8000", "", "http://localhost:8000"),
        ("http://localhost:8000", "", "http://127.0.0.1:8000"),
        ("https://desk.example.com", "", ""),
        ("https://desk.example.com", "https://mail.example.net/", "https://mail.example.net"),
    ],
)
def test_mail_is_shown_on_a_second_origin(
    tmp_path: Path, origin: str, asked: str, content: str
) -> None:
    found = read(
        tmp_path,
        *("CONTENT_ORIGIN", "ALLOWED_HOSTS"),
        COMMONDESK_ORIGIN=origin,
        COMMONDESK_CONTENT_ORIGIN=asked,
    )
    assert found["CONTENT_ORIGIN"] == content
    assert (urlsplit(content).hostname or "localhost") in found["ALLOWED_HOSTS"]


def test_mail_coming_in_until_told_otherwise(tmp_path: Path) -> None:
    found = read(tmp_path, *INCOMING)
    assert found.pop("RECEIVER_NAME")
    assert found == {
        "LMTP": "",
        "RECEIVER_CERTIFICATE": "",
        "RECEIVER_KEY": "",
        "TRUSTED_RELAYS": [],
        "AUTHENTICATION_HOST": "",
        "DNS": "",
    }


def test_mail_coming_in_as_it_is_told(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        *INCOMING,
        COMMONDESK_LMTP="unix:/run/desk/lmtp",
        COMMONDESK_RECEIVER_CERTIFICATE="desk.pem",
        COMMONDESK_RECEIVER_KEY="desk.key",
        COMMONDESK_RECEIVER_NAME="mx.example.com",
        COMMONDESK_TRUSTED_RELAYS="192.0.2.1, 2001:db8::/32,",
        COMMONDESK_AUTHENTICATION_HOST="MX.example.com",
        COMMONDESK_DNS="192.0.2.53",
    )
    assert found == {
        "LMTP": "unix:/run/desk/lmtp",
        "RECEIVER_CERTIFICATE": "desk.pem",
        "RECEIVER_KEY": "desk.key",
        "RECEIVER_NAME": "mx.example.com",
        "TRUSTED_RELAYS": ["192.0.2.1/32", "2001:db8::/32"],
        "AUTHENTICATION_HOST": "mx.example.com",
        "DNS": "192.0.2.53:53",
    }


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("COMMONDESK_DATABASE_URL", "mysql://desk"),
        ("COMMONDESK_SMTP_URL", "mail.example.com"),
        ("COMMONDESK_LMTP", "unix:relative"),
        ("COMMONDESK_RECEIVER_CERTIFICATE", "desk.pem"),
        ("COMMONDESK_TRUSTED_RELAYS", "192.0.2.1, the relay"),
        ("COMMONDESK_DNS", ":53"),
        ("COMMONDESK_CONTENT_ORIGIN", "http://127.0.0.1:9000"),
        ("COMMONDESK_CONTENT_ORIGIN", "content.example.com"),
        ("COMMONDESK_SECOND_FACTOR", "everybody"),
        ("COMMONDESK_PROXIES", "many"),
    ],
)
def test_a_wrong_address_is_refused_in_one_line(tmp_path: Path, variable: str, value: str) -> None:
    outcome = subprocess.run(
        [sys.executable, "-m", "commondesk.cli", "up"],
        env=surroundings(tmp_path, {variable: value}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 2
    assert outcome.stderr.startswith(f"commondesk: {variable}")
    assert len(outcome.stderr.splitlines()) == 1
