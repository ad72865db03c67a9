"""A process that lives for long looks seldom for circles, and never at what it began with."""

import gc
from collections.abc import Iterator

import pytest

from commondesk.ledger.collecting import NEW_OBJECTS, collect_seldom


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


def test_what_is_loaded_is_not_looked_at_again() -> None:
    loaded: list[dict[str, int]] = [{} for _ in range(1000)]
    collect_seldom()
    assert gc.get_freeze_count() > len(loaded)


def test_circles_that_come_later_still_go() -> None:
    collect_seldom()
    assert gc.isenabled()
    assert gc.get_threshold()[0] == NEW_OBJECTS
    circle: list[object] = []
    circle.append(circle)
    del circle
    assert gc.collect() >= 1
