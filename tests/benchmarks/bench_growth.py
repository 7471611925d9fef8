"""Cost against size: seconds and peak memory from 10^2 images on, local and as Beam pipelines of one and two workers.

Up to 10^4 images; `WORKBENCH_GROWTH=100000` goes further. The peer of each row is the same way at a tenth of the
images: a ratio of 1 is growth in proportion (of seconds an image) and no growth at all (of memory).
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import growth_child
from bench_bulk import thumbnails_in
from ratio import Ratio
from rich.console import Console
from rich.table import Table

WAYS: Final = tuple(f"{what} {where}" for what in ("prepare", "predict") for where in ("local", "Beam 1", "Beam 2"))
SMALLEST: Final = 100
LARGEST: Final = int(os.environ.get("WORKBENCH_GROWTH", "10000"))


class Point(NamedTuple):
    """One measurement."""

    images: int
    seconds: float
    processor: float
    megabytes: float


def run() -> list[Ratio]:
    """Every way at every size; the table with the slopes goes to stderr."""
    sizes = [SMALLEST * 10**n for n in range(round(math.log10(LARGEST / SMALLEST)) + 1)]
    with tempfile.TemporaryDirectory() as folder:
        sets = {size: thumbnails_in(Path(folder) / f"images{size}", size, 48) for size in sizes}
        found = {way: [_measured(way, size, sets[size], Path(folder)) for size in sizes] for way in WAYS}
    Console(stderr=True, width=140).print(table(found))
    return [ratio for way, points in found.items() for ratio in _ratios(way, points)]


def _measured(way: str, size: int, images: Path, folder: Path) -> Point:
    with tempfile.TemporaryDirectory(dir=folder) as output:
        command = [sys.executable, growth_child.__file__, way, str(images), output]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    told = json.loads(done.stdout.splitlines()[-1])
    return Point(size, told["seconds"], told["processor"], told["megabytes"])


def _ratios(way: str, points: Sequence[Point]) -> list[Ratio]:
    before, last = points[-2:]
    peer = f"the same at {before.images:,}"
    each = [point.seconds / point.images * 1e6 for point in (last, before)]
    return [
        Ratio(step=f"{way}, {last.images:,} images", ours=each[0], peer=peer, peer_seconds=each[1], unit="us an image"),
        Ratio(
            step=f"{way}, {last.images:,} images",
            ours=last.megabytes,
            peer=peer,
            peer_seconds=before.megabytes,
            unit="MB at the peak",
        ),
    ]


def slope(points: Sequence[Point]) -> float:
    """The exponent that fits seconds against images, by least squares on the logarithms."""
    xs, ys = ([math.log(p[n]) for p in points] for n in (0, 1))
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True)) / sum((a - x) ** 2 for a in xs)


def table(found: dict[str, list[Point]]) -> Table:
    """Seconds and megabytes by size, and the exponent over all sizes and over the last two."""
    shown = Table(title="Cost against size: seconds / processor seconds with the start (peak MB)")
    shown.add_column("way")
    for point in next(iter(found.values())):
        shown.add_column(f"{point.images:,}", justify="right")
    for name in ("slope", "last two"):
        shown.add_column(name, justify="right")
    for way, points in found.items():
        cells = [f"{p.seconds:.2f} / {p.processor:.1f} ({p.megabytes:.0f})" for p in points]
        shown.add_row(way, *cells, f"{slope(points):.2f}", f"{slope(points[-2:]):.2f}")
    return shown


if __name__ == "__main__":
    for row in run():
        print(f"{row.step:32}{row.ours:10.1f} {row.unit:16}{row.peer:22}{row.peer_seconds:10.1f}  {row.ratio:.2f}")
