"""Sizes in words, and answers told apart: what the window, the commands and the reports share."""

from __future__ import annotations

import math

import pytest

from workbench.spec.answer_distance import apart
from workbench.spec.size_text import size_text

NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (1440, "1.4 kB"),
        (9_940, "9.9 kB"),
        (9_960, "10 kB"),
        (76_312, "76 kB"),
        (287_344, "287 kB"),
        (999_400, "999 kB"),
        (999_600, "1.0 MB"),
        (9_300_000, "9.3 MB"),
        (1_500_000_000, "1.5 GB"),
        (2_048_000_000_000, "2048 GB"),
    ],
)
def test_a_size_has__at_most_and_the_unit_it_belongs_to(count: int, words: str) -> None:
    assert size_text(count) == words


@pytest.mark.parametrize(
    ("known", "given", "found"),
    [
        (0.5, 0.25, 0.25),
        (200.0, 100.0, 0.5),
        ([0.5, 1], [0.5, 1.5], 0.5),
        ({"a": [0.5], "b": "x"}, {"a": [0.75], "b": "x"}, 0.25),
        ([0.5], [0.5, 0.5], INF),
        ({"a": 1}, {"b": 1}, INF),
        ({"a": 1}, [1], INF),
        ("three", "three", 0.0),
        ("three", "four", INF),
        ("1", 1, INF),
        (True, 1, INF),
        (True, True, 0.0),
        (True, False, INF),
    ],
)
def test_answers_are_compared_number_by_number_and_what_is_not_alike_is_infinitely_apart(
    known: object, given: object, found: float
) -> None:
    assert apart(known, given) == found


@pytest.mark.parametrize(
    ("known", "given", "found"),
    [
        (NAN, NAN, 0.0),
        (NAN, 0.5, INF),
        (0.5, NAN, INF),
        ([0.1, NAN], [0.1, 0.2], INF),
        ([NAN, 0.1], [0.2, 0.1], INF),
        (INF, INF, 0.0),
        (INF, -INF, INF),
        (INF, 1e30, INF),
        (1.0, INF, INF),
        (None, NAN, 0.0),
        (INF, None, 0.0),
        (None, None, 0.0),
        (None, 0.5, INF),
        (None, "text", INF),
    ],
)
def test_no_number_agrees_with_nan_or_infinity_and_null_stands_for_both(
    known: object, given: object, found: float
) -> None:
    assert apart(known, given) == found


@pytest.mark.parametrize(
    ("known", "given", "found"),
    [
        ("\u00e4", {"b64": "w6Q="}, 0.0),
        ({"b64": "w6Q="}, "\u00e4", 0.0),
        ("\ufffd", {"b64": "/w=="}, INF),
        ({"b64": "/w=="}, {"b64": "/w=="}, 0.0),
        ({"b64": "/w=="}, {"b64": "/g=="}, INF),
        ({"b64": 3}, {"b64": 3}, 0.0),
        (["a"], [{"b64": "YQ=="}], 0.0),
    ],
)
def test_bytes_answered_as_text_are_that_text_and_other_bytes_are_themselves(
    known: object, given: object, found: float
) -> None:
    assert apart(known, given) == found
