"""What every page tells the browser."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_pages_run_nothing_foreign_and_stay_out_of_caches_and_frames(client: Client) -> None:
    headers = client.get("/no-such-page/").headers
    policy = dict(
        directive.strip().split(" ", 1)
        for directive in headers["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_a_foreign_host_name_is_refused(client: Client) -> None:
    answer = client.get("/no-such-page/", headers={"host": "desk.attacker.example"})
    assert answer.status_code == 400
