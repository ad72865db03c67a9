"""TEN-04: neither status, body, headers nor time tell whether something exists elsewhere."""

from __future__ import annotations

import statistics
import time

from django.test import Client
from django.urls import reverse

from .world import House, unknown

ASKED = 200
NOISE = 0.005


def test_time_tells_nothing(acme: House, bolt: House) -> None:
    client = Client()
    client.force_login(acme.people["provider's agent"])
    paths = {
        "foreign number": reverse("desk:ticket", args=[acme.prefix, bolt.ids["number"]]),
        "unknown number": reverse("desk:ticket", args=[acme.prefix, unknown("number")]),
        "foreign company": reverse("desk:ticket", args=[bolt.prefix, bolt.ids["number"]]),
        "unknown company": reverse("desk:ticket", args=[unknown("prefix"), bolt.ids["number"]]),
    }
    spent: dict[str, list[float]] = {name: [] for name in paths}
    for _ in range(ASKED):
        for name, path in paths.items():
            began = time.perf_counter()
            response = client.get(path)
            spent[name].append(time.perf_counter() - began)
            assert response.status_code == 404
    medians = {name: statistics.median(each) for name, each in spent.items()}
    assert abs(medians["foreign number"] - medians["unknown number"]) < NOISE, medians
    assert abs(medians["foreign company"] - medians["unknown company"]) < NOISE, medians
