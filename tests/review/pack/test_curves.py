"""Curves over columns of numbers: equal to those of the core."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commondesk.core.metrics import survival
from commondesk.review.pack import curves

SPANS = st.lists(st.integers(0, 40).map(lambda each: each * 60_000_000), max_size=60)


@given(SPANS, SPANS)
def test_curves_are_those_of_the_core(ended: list[int], still_open: list[int]) -> None:
    told = survival.curve_of(ended, still_open)
    found = curves.curve_of(np.array(ended, np.int64), np.array(still_open, np.int64))
    assert found.spans.tolist() == [point.span for point in told]
    assert found.shares.tolist() == [point.still_open for point in told]
    assert found.variances.tolist() == pytest.approx([point.variance for point in told])
    for percent in (50, 75, 90, 95):
        assert found.quantile(percent) == survival.quantile_of(told, percent)
    assert found.interval(50) == survival.quantile_interval(told, 50)


def test_a_mean_of_many_long_spans_does_not_overflow() -> None:
    spans = np.full(4, 1 << 62, np.int64)
    assert curves.Spans(spans, spans[:0]).mean == float(1 << 62)


def test_nothing_has_no_curve() -> None:
    none = np.array([], np.int64)
    empty = curves.curve_of(none, none)
    assert (empty.quantile(50), empty.interval(50), empty.solved_within(1)) == (None, None, 0.0)
    assert curves.Spans(none, none).mean is None
