"""Across modules. Image files of every kind are read as each library reads them, or refused by name: by the graph, by
`prepare` and on the training path alike. The outcomes are the table in docs/image-files.md."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from image_kinds import every_kind
from reading_sweep import WAYS, outcome

pytestmark = pytest.mark.filterwarnings("ignore:Palette images with Transparency")
"""Pillow's warning, which training's code has had, too."""

TABLE: Final = Path(__file__).parents[3] / "docs" / "image-files.md"
PLAIN: Final = ("JPEG sampling 420", "JPEG CMYK", "PNG half transparent palette", "GIF transparent", "BMP 32 bits")
"""A kind of each sort of outcome, looked at in every run of the tests."""


def rows_told() -> Iterator[tuple[list[str], list[str]]]:
    """The kinds and the outcomes of each row of the table."""
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line.startswith(("| JPEG:", "| PNG:", "| GIF:", "| BMP:")):
            first, *cells = (cell.strip() for cell in line.strip("|").split("|"))
            form, _, kinds = first.partition(": ")
            yield [f"{form} {kind}" for kind in kinds.split("; ")], [cell.replace("`", "") for cell in cells]


def told() -> dict[str, list[str]]:
    return {kind: cells for kinds, cells in rows_told() for kind in kinds}


def test_the_table_tells_of_every_kind_and_every_way() -> None:
    assert set(told()) == set(every_kind())
    assert {len(cells) for cells in told().values()} == {len(WAYS)}


@pytest.mark.parametrize("way", ["Pillow", "grey by imread"])
def test_files_of_the_usual_kinds_are_read_as_the_table_says(way: str) -> None:
    kinds, place = every_kind(), list(WAYS).index(way)
    found = {kind: outcome(kinds[kind], WAYS[way]) for kind in PLAIN}
    assert found == {kind: told()[kind][place] for kind in PLAIN}


@pytest.mark.heavy
@pytest.mark.parametrize("way", WAYS)
def test_files_of_every_kind_are_read_as_the_table_says(way: str) -> None:
    place, table = list(WAYS).index(way), told()
    found = {kind: outcome(data, WAYS[way]) for kind, data in every_kind().items()}
    assert found == {kind: table[kind][place] for kind in found}
