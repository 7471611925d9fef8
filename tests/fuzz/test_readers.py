"""Every reader takes its corpus, and answers what was once found by damaging it with a typed error or success."""

from __future__ import annotations

from pathlib import Path

import pytest
from fuzz.readers import READERS

from workbench.spec.errors import WorkbenchError

SEEDS = sorted((Path(__file__).parent / "seeds").iterdir())
"""Small inputs, named after their reader; none of them harms software of others."""


def outcome(name: str, place: Path) -> str:
    """`READ`, or the code of the error of ours; anything else ends the test."""
    try:
        READERS[name].read(place)
    except WorkbenchError as err:
        return err.code
    return "READ"


@pytest.mark.parametrize("seed", SEEDS, ids=lambda path: path.name)
def test_what_was_found_once_is_bad_input_or_read(seed: Path, tmp_path: Path) -> None:
    name = seed.name.partition("--")[0]
    place = tmp_path / f"input{READERS[name].ending}"
    place.write_bytes(seed.read_bytes())
    assert outcome(name, place).replace("_", "").isupper()


SLOW = ("http",)
"""Those whose corpus takes longer than the fast tests have."""


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.heavy) if n in SLOW else n for n in READERS])
def test_the_files_that_are_damaged_are_whole_to_begin_with(name: str, tmp_path: Path) -> None:
    reader = READERS[name]
    place = tmp_path / f"input{reader.ending}"
    found = []
    for data in reader.corpus():
        place.write_bytes(data)
        found.append(outcome(name, place))
    assert "READ" in found
