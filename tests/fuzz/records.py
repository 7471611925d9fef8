"""What a writer recorded of a random model, read back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from fuzz.trees import Tree

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Leaf:
    """One tensor of a model as its writer knows it: its place in the structure, and the layer it comes from."""

    path: str
    layer: str
    dtype: str
    shape: list[int | None]


@dataclass(frozen=True)
class Record:
    """One file with its writer's own inputs and answers, both by leaf number."""

    path: Path
    seed: int
    drawn: str
    library: str
    kinds: list[str]
    inputs: Tree
    outputs: Tree
    given: list[Leaf]
    answered: list[Leaf]
    x: list[Array]
    y: list[Array]

    @property
    def source(self) -> str:
        """Who wrote it, in which format."""
        return f"{self.library.rpartition('.')[0]} .{self.path.suffix[1:]}"


def read_record(file: Path) -> Record:
    """The record of a writer's `SEED.json`."""
    told = json.loads(file.read_text())
    given, answered = ([Leaf(**leaf) for leaf in told.pop(key)] for key in ("given", "answered"))
    with np.load(file.with_suffix(".npz")) as arrays:
        x = [arrays[f"x{place}"] for place in range(len(given))]
        y = [arrays[f"y{place}"] for place in range(len(answered))]
    return Record(path=file.with_name(told.pop("file")), given=given, answered=answered, x=x, y=y, **told)


def read_records(folder: Path) -> list[Record]:
    """All records in a folder, in the order of their seeds."""
    return [read_record(file) for file in sorted(folder.glob("*.json"))]


def worst(got: Array, expected: Array) -> float:
    """How far an answer is from the recorded one, in units of what its dtype can keep; infinite for another shape or
    dtype. At most 1 is right.

    Whole numbers are cut off from floats, so that one next to a whole number may fall to either side.
    """
    if got.shape != expected.shape or got.dtype != expected.dtype:
        return float("inf")
    limit = {"float16": 1e-2, "bool": 0.5, "float32": 1e-4, "float64": 1e-4}.get(expected.dtype.name, 1.0)
    one, other = got.astype("float64"), expected.astype("float64")
    scale = 1 + np.abs(other) if expected.dtype.kind == "f" else 1.0
    return float(np.max(np.abs(one - other) / scale, initial=0.0) / limit)
