"""Random functional models of both libraries and formats: opened and exported to what their writer predicted."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fuzz.bench import CHUNK, KERAS2, Outcomes, judged, write
from fuzz.judge import judge
from fuzz.records import Record
from fuzz.trees import fill, flatten

from workbench.core.export.cache import CACHE_VARIABLE

pytestmark = pytest.mark.filterwarnings("ignore:When providing `inputs` as a dict, all keys in the dict must match")

FIRST, COUNT = 0, 40
"""The seeds of every run."""

HEAVY_FIRST, HEAVY_COUNT = 10_000, 2000
"""The seeds of `make test-all`."""


def faults(records: list[Record], outcomes: Outcomes) -> Iterator[str]:
    """The files that are not right."""
    for record in records:
        verdict, text = outcomes[record.seed]
        if verdict != "right":
            yield f"{record.seed} ({record.source}, drawn {record.drawn}, {record.kinds}): {verdict}: {text}"


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> list[Record]:
    """Forty models, by one process that has no workbench in it."""
    return write(tmp_path_factory.mktemp("models"), FIRST, COUNT)


def test_forty_random_models_are_right(records: list[Record], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    outcomes = {}
    for record in records:
        verdict = judge(record)
        outcomes[record.seed] = (verdict.outcome, verdict.text)
    assert list(faults(records, outcomes)) == []


def test_the_forty_hold_every_kind_of_structure_and_writer(records: list[Record]) -> None:
    kinds = {kind for record in records for kind in record.kinds}
    assert {
        f"{side}: {kind}" for side in ("inputs", "outputs") for kind in ("single", "list", "dict, unsorted")
    } <= kinds
    assert len({record.source for record in records}) == 4


def test_exchanged_recordings_are_told_as_wrong(
    records: list[Record], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The judge sees what it is there to see: two outputs, or two inputs, of a recording exchanged."""
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    sure = [record for record in records if record.source in ("keras 3.15 .keras", "tf_keras 2.21 .h5")]
    heads = next(record for record in sure if "equal heads" in record.kinds)
    verdict = judge(replace(heads, y=[heads.y[1], heads.y[0], *heads.y[2:]]))
    assert verdict.outcome == "wrong"
    assert "it is the answer of" in verdict.text
    pair = next(r for r in sure if len(r.x) > 1 and r.x[0].shape == r.x[1].shape and r.x[0].dtype == r.x[1].dtype)
    assert judge(replace(pair, x=[pair.x[1], pair.x[0], *pair.x[2:]])).outcome == "wrong"


def test_paths_follow_the_authors_own_structure() -> None:
    tree = {"zebra": [0, {"b": 2, "a": 1}], "apple": 3}
    assert list(flatten(tree)) == [("zebra/0", 0), ("zebra/1/b", 2), ("zebra/1/a", 1), ("apple", 3)]
    assert fill(tree, str) == {"zebra": ["0", {"b": "2", "a": "1"}], "apple": "3"}


@pytest.mark.heavy
@pytest.mark.parametrize("first", range(HEAVY_FIRST, HEAVY_FIRST + HEAVY_COUNT, CHUNK))
def test_two_thousand_random_models_are_right(first: int, tmp_path: Path) -> None:
    found = write(tmp_path, first, CHUNK)
    assert list(faults(found, judged(tmp_path))) == []


@pytest.mark.heavy
@pytest.mark.parametrize("first", range(20_000, 20_200, CHUNK))
def test_models_of_keras_2_15_are_right(first: int, tmp_path: Path) -> None:
    python = os.environ.get(KERAS2)
    if not python:
        pytest.skip(f"{KERAS2} names no Python with TensorFlow 2.15")
    found = write(tmp_path, first, CHUNK, keras2=python)
    assert list(faults(found, judged(tmp_path))) == []
