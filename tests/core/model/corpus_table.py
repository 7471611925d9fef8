"""How many corpus models open, and open right: ours against the plain loaders. Run as a script for the table.

.venv/bin/python tests/core/model/corpus_table.py
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

ROOT = Path(__file__).parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from workbench.core.lazy import legacy_keras, tensorflow  # noqa: E402
from workbench.core.model.load import load  # noqa: E402
from workbench.spec.errors import WorkbenchError  # noqa: E402

CORPUS = ROOT.parent / "shared" / "corpus"
REFERENCE = ROOT / "tests" / "data" / "reference"
TOLERANCE = 1e-4

Predict = Callable[[Sequence[Any]], list[Any]]


class Entry(msgspec.Struct, frozen=True):
    """One model file with the inputs and outputs recorded where it came from, if any were."""

    path: Path
    recorded: Path | None
    masked: bool = False

    def pairs(self) -> tuple[list[Any], list[Any]]:
        assert self.recorded is not None
        # Data of our own making: some recordings hold lists of arrays.
        with np.load(self.recorded, allow_pickle=True) as file:
            return [[file[k] for k in sorted(file.files) if k.startswith(letter)] for letter in "xy"]  # type: ignore[return-value]


def entries() -> list[Entry]:
    """The whole corpus: real and made models of the index, then the one-layer probes."""
    index = CORPUS / "index.json"
    listed: list[dict[str, Any]] = json.loads(index.read_text()) if index.is_file() else []
    found = [Entry(CORPUS / e["file"], CORPUS / e["expected"] if e.get("expected") else None) for e in listed]
    return found + [Entry(p, p.with_suffix(".npz")) for p in sorted((CORPUS / "probes").glob("*.h5"))]


def largest_difference(entry: Entry, predict: Predict) -> float:
    """The largest difference to the recording, over 1 + |recorded|, so absolute and relative at once."""
    given, expected = entry.pairs()
    answers = predict(given)
    if [np.shape(a) for a in answers] != [np.shape(e) for e in expected]:
        return float("inf")
    differences = [np.abs(a - e) / (1 + np.abs(e)) for a, e in zip(answers, expected, strict=True)]
    return max((float(d.max()) for d in differences if d.size), default=0.0)


def verdict(entry: Entry, loader: Callable[[Path], Predict]) -> str:
    """`right`, `WRONG`, `opened` (nothing recorded), `cannot run`, or the code of the refusal."""
    try:
        predict = loader(entry.path)
    except WorkbenchError as err:
        return err.code
    except Exception as err:  # noqa: BLE001 - a plain loader may raise anything; the kind is the answer.
        return f"fails ({type(err).__name__})"
    if entry.recorded is None:
        return "opened"
    try:
        return "right" if largest_difference(entry, predict) <= TOLERANCE else "WRONG"
    except Exception as err:  # noqa: BLE001 - as above.
        return f"cannot run ({type(err).__name__})"


def ours(path: Path) -> Predict:
    return load(path).predict


def _plain(library: Any) -> Callable[[Path], Predict]:
    def loader(path: Path) -> Predict:
        model = library.models.load_model(str(path), compile=False)
        return lambda given: [
            np.asarray(y)
            for y in tensorflow().nest.flatten(model.predict(given[0] if len(given) == 1 else list(given), verbose=0))
        ]

    return loader


def main() -> None:
    """Print one row a loader, and every file that ours refuses."""
    tensorflow()
    import keras

    loaders = {"workbench": ours, "keras.models": _plain(keras), "tf_keras.models": _plain(legacy_keras())}
    listed = entries()
    print(f"{len(listed)} files, {sum(e.recorded is not None for e in listed)} with recorded outputs")
    for name, loader in loaders.items():
        verdicts = {entry.path.name: verdict(entry, loader) for entry in listed}
        counts = Counter(v.split(" ")[0] for v in verdicts.values())
        opened = counts["right"] + counts["WRONG"] + counts["opened"] + counts["cannot"]
        print(f"\n{name}: opened {opened}, right {counts['right']}, wrong {counts['WRONG']}")
        for what, count in Counter(v for v in verdicts.values() if v not in ("right", "opened")).most_common():
            print(f"  {what}: {count}")
        if name == "workbench" or counts["WRONG"]:
            for file, what in sorted(verdicts.items()):
                if what not in ("right", "opened") and (name == "workbench" or what == "WRONG"):
                    print(f"    {what:14} {file}")


if __name__ == "__main__":
    main()
