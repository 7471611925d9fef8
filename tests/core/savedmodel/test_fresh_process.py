"""Across modules. Fresh processes: TensorFlow's Python is not imported for a prediction, and may be, before or
after."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

NATIVE = """
from pathlib import Path
from workbench.core.savedmodel.opening import open_session
from workbench.core.savedmodel.native_tensors import live_tensors
session = open_session(Path(sys.argv[1]))
runs.append(session.run("sums", {"x": [[1, 2, 3, 4]]})["y"].tolist())
runs.append(session.run("bfloat16", {"x": [0.5]})["y"].tolist())
light = "tensorflow" not in sys.modules
"""
PYTHON = """
import tensorflow as tf
with tf.compat.v1.Session(graph=tf.Graph()) as theirs:
    tf.compat.v1.saved_model.loader.load(theirs, ["serve"], sys.argv[1])
    runs.append(theirs.run("sums:0", {"rows:0": [[1, 2, 3, 4]]}).tolist())
runs.append((tf.constant([1.0, 2.0]) * 2).numpy().tolist())
"""
LATER = """
runs.append(session.run("sums", {"x": [[1, 2, 3, 5]]})["y"].tolist())
"""
GROWN = """
import resource
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
def repeat(count):
    for _ in range(count):
        assert len(session.run("string", {"x": [b"x" * 1_000_000]})["y"][0]) == 1_000_000
        assert session.run("float32", {"x": [[1.0] * 250_000]})["y"].shape == (1, 250_000)
repeat(20)
before = peak()
repeat(200)
runs.append(peak() - before < 100e6)
"""
CLOSE = """
session.close()
"""
TELL = """
maps = Path("/proc/self/maps")
lines = maps.read_text().splitlines() if maps.exists() else ["libtensorflow_cc"]
libraries = {line.split()[-1] for line in lines if "libtensorflow_cc" in line}
print(json.dumps({"runs": runs, "light": light, "live": live_tensors(), "libraries": len(libraries)}))
"""
START = "import json, sys\nruns = []\n"


def child(*parts: str, model: Path) -> tuple[dict[str, Any], str]:
    command = [sys.executable, "-c", "".join((START, *parts, TELL)), str(model)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr


@pytest.mark.parametrize("ending", [CLOSE, ""], ids=["closed", "left open"])
def test_a_prediction_needs_no_tensorflow_in_python_and_says_nothing(identities: Path, ending: str) -> None:
    found, stderr = child(NATIVE, ending, model=identities)
    assert found == {"runs": [[10], [0.5]], "light": True, "live": 0, "libraries": 1}
    assert stderr == ""


def test_two_hundred_megabytes_of_strings_and_as_many_of_numbers_are_freed(identities: Path) -> None:
    found, _ = child(NATIVE, GROWN, model=identities)
    assert found["runs"][-1] is True


def test_tensorflows_python_may_come_after(identities: Path) -> None:
    found, _ = child(NATIVE, PYTHON, LATER, model=identities)
    assert found == {"runs": [[10], [0.5], [10], [2, 4], [11]], "light": True, "live": 0, "libraries": 1}


def test_tensorflows_python_may_come_before(identities: Path) -> None:
    found, _ = child(PYTHON, NATIVE, LATER, model=identities)
    assert found == {"runs": [[10], [2, 4], [10], [0.5], [11]], "light": False, "live": 0, "libraries": 1}


def test_a_thread_predicts_while_another_imports_tensorflows_python(identities: Path) -> None:
    """And standard error is where it was, though both keep it to themselves at their start."""
    together = """
import threading
from workbench.core.lazy import tensorflow
other = threading.Thread(target=tensorflow)
other.start()
"""
    found, stderr = child(
        together, NATIVE, "other.join()\n", LATER, "print('still here', file=sys.stderr)\n", model=identities
    )
    assert found["runs"] == [[10], [0.5], [11]]
    assert stderr == "still here\n"
