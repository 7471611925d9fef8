"""The order of TensorFlow releases, and what a project's formats ask for."""

from __future__ import annotations

from itertools import pairwise

import pytest

from workbench.spec.errors import WorkbenchError
from workbench.spec.preprocess import FORMATS, Formats, Preprocess
from workbench.spec.runtime import FORMAT_RUNTIME, compare_releases, oldest_runtime, release_key


def test_releases_are_ordered_by_their_numbers_and_not_as_text() -> None:
    ordered = ["1.15", "1.15.5", "2.1", "2.4", "2.9", "2.10", "2.10.1", "2.21"]
    assert sorted(["2.10", "1.15.5", "2.9", "2.21", "2.1", "2.10.1", "1.15", "2.4"], key=release_key) == ordered
    for older, newer in pairwise(ordered):
        assert (compare_releases(older, newer), compare_releases(newer, older)) == (-1, 1)
        assert compare_releases(older, older) == 0


def test_what_follows_the_numbers_does_not_count() -> None:
    assert compare_releases("2.16.0rc1", "2.16.0") == 0
    assert compare_releases(" 2.15.1+cpu", "2.15.1") == 0


@pytest.mark.parametrize("text", ["", "2", "nightly", "v2.4", "-1.2", "99999.1"])
def test_what_is_no_release_is_said_so(text: str) -> None:
    with pytest.raises(WorkbenchError) as caught:
        release_key(text)
    assert caught.value.code == "BAD_RELEASE"


@pytest.mark.parametrize(("formats", "release"), [("jpeg", "1.15"), ("jpeg+png", "1.15"), ("any", "2.4")])
def test_the_formats_decide_the_oldest_runtime(formats: Formats, release: str) -> None:
    assert oldest_runtime(Preprocess(size=(8, 8), formats=formats)) == release


def test_every_choice_of_formats_has_a_release() -> None:
    assert set(FORMAT_RUNTIME) == set(FORMATS)
