"""The first answer of a fresh process, and answers once loaded: the C API's session beside TensorFlow's Python.

`python tests/benchmarks/bench_start.py --against PATH/TO/.venv` sets an older checkout's predictions beside ours as
well: the interpreter of its virtual environment, run in the folder that holds it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any, Final, NamedTuple

import numpy as np
from models import mobilenet_v2
from ratio import Ratio, repeats

from workbench.core.export.resolve import export_for
from workbench.core.savedmodel.native_session import NativeSession
from workbench.core.savedmodel.opening import Session
from workbench.spec.resources import resource

HERE: Final = Path(__file__).resolve().parent
REPOSITORY: Final = HERE.parents[1]
BATCHES: Final = (1, 16, 64)
SECONDS: Final = 4.0
"""How long a batch size is measured."""

# A fresh process: import, load, predict one picture. argv: the export, the picture. The modules in older checkouts too.
FIRST: Final = """
import sys
from pathlib import Path
try:
    from workbench.core.savedmodel.{module} import {name}
except ImportError:
    from workbench.core.predict.{module} import {name}
session = {name}(Path(sys.argv[1]), optimise=False)
answer = session.run("serving_default", {{"input": [Path(sys.argv[2]).read_bytes()], "metadata": ["a"]}})
print({{key: array.tolist() for key, array in answer.items()}})
"""
NATIVE: Final = FIRST.format(module="native_session", name="NativeSession")
PYTHON: Final = FIRST.format(module="session", name="ServingSession")


class Cost(NamedTuple):
    """What a whole process took: processor seconds of all its threads, and seconds on the clock."""

    processor: float
    wall: float


def run(against: Path | None = None) -> list[Ratio]:
    """A first answer on the sample's export by every way there is; then batches of two models in one process."""
    sample = export_for(Path(str(resource("sample", "project.toml"))))
    image = sorted(Path(str(resource("sample", "images"))).iterdir())[0]
    with tempfile.TemporaryDirectory() as folder:
        rows = [*_first_answers(sample, image, Path(folder), against)]
        models = {"sample's CNN": sample, "MobileNetV2": export_for(mobilenet_v2(Path(folder)))}
    return rows + [row for name, directory in models.items() for row in _loaded(name, directory)]


def _first_answers(export: Path, image: Path, folder: Path, against: Path | None) -> Iterator[Ratio]:
    here = REPOSITORY / ".venv"
    peers = {
        "saved_model_cli run": _saved_model_cli(here, export, folder),
        "Python's Session": _script(here, PYTHON, export, image),
    }
    if against:
        peers["older: Session"] = _script(against, PYTHON, export, image)
        older = folder / "older"
        _process(against, ["-m", "workbench", "export", str(resource("sample", "project.toml")), "-o", str(older)])()
        peers["older: workbench predict"] = _predict(against, older, image)
    ours = {
        "first answer, C API": _script(here, NATIVE, export, image),
        "workbench predict": _predict(here, export, image),
    }
    costs = _in_turns(ours | peers)
    for step in ours:
        for peer in peers:
            mine, theirs = costs[step], costs[peer]
            yield Ratio(step=step, ours=mine.processor, peer=peer, peer_seconds=theirs.processor, unit="s processor")
            yield Ratio(step=step, ours=mine.wall, peer=peer, peer_seconds=theirs.wall, unit="s wall")


Process = Callable[[], object]


def _process(environment: Path, arguments: Sequence[str]) -> Process:
    command = [str(environment / "bin" / "python"), *arguments]
    return lambda: subprocess.run(command, check=True, capture_output=True, cwd=environment.resolve().parent)


def _script(environment: Path, script: str, export: Path, image: Path) -> Process:
    return _process(environment, ["-c", script, str(export), str(image)])


def _predict(environment: Path, export: Path, image: Path) -> Process:
    return _process(environment, ["-m", "workbench", "predict", str(export), str(image)])


def _saved_model_cli(environment: Path, export: Path, folder: Path) -> Process:
    """On the floats of the picture, for it cannot be given a file's bytes."""
    session = NativeSession(export)
    spec = session.signatures["tensor"].inputs["input"]
    session.close()
    np.save(folder / "input.npy", np.ones((1, *(spec.shape or ())[1:]), "float32"))
    main = "from tensorflow.python.tools.saved_model_cli import main; main()"
    inputs = ["--inputs", f"input={folder / 'input.npy'}", "--input_exprs", "metadata=['a']"]
    return _process(
        environment,
        ["-c", main, "run", "--dir", str(export), "--tag_set", "serve", "--signature_def", "tensor", *inputs],
    )


def _in_turns(processes: dict[str, Process]) -> dict[str, Cost]:
    """Medians of some runs of each, one after the other and all again: a busy minute meets them all."""
    costs: dict[str, list[Cost]] = {name: [] for name in processes}
    for name in [*processes] * repeats():
        costs[name].append(_cost(processes[name]))
    return {name: Cost(*(median(side) for side in zip(*found, strict=True))) for name, found in costs.items()}


def _cost(process: Process) -> Cost:
    before, start = os.times(), time.perf_counter()
    process()
    after = os.times()
    processor = after.children_user - before.children_user + after.children_system - before.children_system
    return Cost(processor, time.perf_counter() - start)


def _loaded(model: str, export: Path) -> Iterator[Ratio]:
    """Each batch size in a process of its own, where both sessions take turns at the very same batch."""
    for batch in BATCHES:
        command = [sys.executable, str(HERE / "bench_start.py"), "--child", str(export), str(batch)]
        done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=REPOSITORY)
        ours, theirs = json.loads(done.stdout)
        yield Ratio(
            step=f"{model}, batch {batch}",
            ours=ours * 1000,
            peer="Python's Session",
            peer_seconds=theirs * 1000,
            unit="ms",
        )


def child(export: Path, batch: int) -> list[float]:
    """Median seconds of a batch of floats, by the C API's session and by Python's."""
    from workbench.core.savedmodel.session import ServingSession

    sessions: list[Session] = [NativeSession(export), ServingSession(export)]
    spec = sessions[0].signatures["tensor"].inputs["input"]
    floats = np.random.default_rng(0).random((batch, *(spec.shape or ())[1:])).astype("float32")
    columns: dict[str, Any] = {"input": floats, "metadata": ["a"] * batch}
    for session in sessions * 3:
        session.run("tensor", columns)
    seconds: list[list[float]] = [[], []]
    end = time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        for session, taken in zip(sessions, seconds, strict=True):
            start = time.perf_counter()
            session.run("tensor", columns)
            taken.append(time.perf_counter() - start)
    return [median(taken) for taken in seconds]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--against", type=Path, metavar="VENV", help="an older checkout's virtual environment")
    parser.add_argument("--child", nargs=2, metavar=("EXPORT", "BATCH"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        print(json.dumps(child(Path(args.child[0]), int(args.child[1]))))
        return
    for row in run(args.against and args.against.absolute()):
        values = f"{row.ours:9.3f} {row.peer_seconds:9.3f} {row.unit:12}"
        print(f"{row.step:26}{row.peer:28}{values}{row.ratio:6.2f}")


if __name__ == "__main__":
    main()
