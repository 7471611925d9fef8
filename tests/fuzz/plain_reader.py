"""What a Keras library itself makes of the files: run as a script, without the workbench, one JSON line a file.

PYTHONPATH=tests python -m fuzz.plain_reader FOLDER LIBRARY
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from fuzz.records import Record, read_records, worst
from fuzz.trees import fill, flatten


def main() -> None:
    """Print the file's seed and `right`, `wrong` or the error's type."""
    folder, library = sys.argv[1:]
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    warnings.simplefilter("ignore")
    keras = importlib.import_module(library)
    for record in read_records(Path(folder)):
        try:
            outcome, text = _outcome(keras, record), ""
        except Exception as err:  # noqa: BLE001 - what a library raises for a file is the answer
            outcome, text = f"fails ({type(err).__name__})", " ".join(str(err).split())[:300]
        print(json.dumps([record.seed, outcome, text]), flush=True)
        keras.backend.clear_session()


def _outcome(keras: Any, record: Record) -> str:
    model = keras.models.load_model(str(record.path), compile=False)
    answer = model.predict(fill(record.inputs, record.x.__getitem__), verbose=0)
    single = isinstance(record.outputs, list) and len(record.outputs) == 1
    by_path = dict(flatten([answer] if single and not isinstance(answer, list) else answer))
    for path, leaf in flatten(record.outputs):
        if path not in by_path or worst(np.asarray(by_path[path]), record.y[leaf]) > 1:
            return "wrong"
    return "right"


if __name__ == "__main__":
    main()
