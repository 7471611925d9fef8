"""Judges a folder of random models in a process of its own: run as a script, one JSON line a file.

PYTHONPATH=tests python -m fuzz.judge_child FOLDER
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from pathlib import Path

from fuzz.judge import judge
from fuzz.records import read_records


def main() -> None:
    """Print each file's seed, the verdict and its text."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    warnings.simplefilter("ignore")
    for record in read_records(Path(sys.argv[1])):
        verdict = judge(record)
        print(json.dumps([record.seed, verdict.outcome, verdict.text]), flush=True)


if __name__ == "__main__":
    main()
