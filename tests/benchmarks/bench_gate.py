"""The whole release gate on a MobileNetV2 with 200 pictures, beside predicting these pictures twice.

Both are whole processes: TensorFlow's start, and for the gate the Keras model and two fresh processes more. Seconds
by the clock and of the processors, since the two cores may have other work.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench_export import photo
from ratio import Ratio

from workbench.core.lazy import legacy_keras

IMAGES: Final = 200
GOAL: Final = 3
"""Times that predicting twice may be taken by the gate."""


def run() -> list[Ratio]:
    """Two ratios: by the clock, and of processor time."""
    with tempfile.TemporaryDirectory(prefix="workbench-bench-") as beside:
        folder = Path(beside)
        _prepare(folder)
        twice = [_command(folder, "predict", "m.toml", "images", "--format", "jsonl", "-o", f"o{n}") for n in range(2)]
        gate = _command(folder, "check", "m.toml", "--images", "images", "-o", "gate.html")
        wall, processor = (sum(run[n] for run in twice) for n in (0, 1))
        peer = f"predicting {IMAGES} pictures twice (at most {GOAL} times)"
        return [
            Ratio(step="the whole gate, by the clock", ours=gate[0], peer=peer, peer_seconds=wall),
            Ratio(step="the whole gate, processor time", ours=gate[1], peer=peer, peer_seconds=processor),
        ]


def _prepare(folder: Path) -> None:
    keras = legacy_keras()
    keras.utils.set_random_seed(1)
    keras.applications.MobileNetV2(weights=None).save(folder / "m.h5")
    (folder / "images").mkdir()
    for number in range(IMAGES):
        photo(folder / "images" / f"{number:03}.jpg", number)
    _command(folder, "init", "m.h5", "--reader", "load_img:bilinear", "--scale", "-1..1")
    _command(folder, "export", "m.toml", "-o", "made")


def _command(folder: Path, *arguments: str) -> Sequence[float]:
    """Seconds by the clock and of the processors. A verdict of no (1) is an answer as well: the weights are random."""
    before, start = _spent(), time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "workbench", *arguments], cwd=folder, capture_output=True, check=False)
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stderr.decode())
    return time.perf_counter() - start, _spent() - before


def _spent() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
