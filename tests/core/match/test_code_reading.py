"""Training code of many styles, and the project's lines that each one means; the functions named by Keras itself."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import numpy as np
import pytest

from workbench.core.lazy import tensorflow
from workbench.core.match.code_keras import APPLICATIONS
from workbench.core.match.code_reading import reading_from_code
from workbench.spec.errors import WorkbenchError
from workbench.spec.reading_found import FoundLine

SNIPPETS = sorted((Path(__file__).parent / "snippets").glob("*.py.txt"))


def expected(text: str) -> list[tuple[list[str], list[str]]]:
    """The lines of a snippet that say what it means: each reading's lines, and what is not understood of it."""
    readings: list[tuple[list[str], list[str]]] = [([], [])]
    for line in text.splitlines():
        if line == "#--":
            readings.append(([], []))
        elif line.startswith(("#= ", "#? ")):
            readings[-1][line.startswith("#? ")].append(line[3:])
    return readings


def told(line: FoundLine) -> str:
    """A found line as the snippets write it."""
    setting = f"step {line.value}" if line.name == "steps" else line.toml()
    return f"{setting} <- {line.source}".rstrip()


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda path: path.name.partition(".")[0])
def test_training_code_becomes_the_projects_lines_each_with_its_source_line(snippet: Path) -> None:
    text = snippet.read_text()
    found = reading_from_code(text)
    assert [[told(line) for line in r.lines] for r in found] == [lines for lines, _ in expected(text)]
    assert [list(dict.fromkeys(n.source for n in r.not_understood)) for r in found] == [m for _, m in expected(text)]


def test_a_notebooks_cells_are_read_and_its_shell_lines_left_out() -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# Cats"]},
        {"cell_type": "code", "source": ["%matplotlib inline\n", "!pip install keras\n", "from PIL import Image"]},
        {"cell_type": "code", "source": "x = Image.open('a.jpg').resize((8, 4), Image.BOX)\nmodel.predict(x)"},
    ]
    (found,) = reading_from_code(json.dumps({"cells": cells, "nbformat": 4}))
    assert found.settings == {"reader": "pillow:box", "size": "4x8", "scale": "0..255"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "NO_READING"),
        ("x = 1", "NO_READING"),
        ("def broken(:\n", "NOT_PYTHON"),
        ("\x00", "NOT_PYTHON"),
        ("(" * 5000, "NOT_PYTHON"),
        ("x" * 2_000_001, "NOT_PYTHON"),
        ('{"cells": []}', "NO_READING"),
    ],
)
def test_text_without_a_reading_is_refused_by_name(text: str, code: str) -> None:
    with pytest.raises(WorkbenchError) as refused:
        reading_from_code(text)
    assert refused.value.code == code
    assert refused.value.hint


READ = "import cv2\nx = cv2.resize(cv2.imread('a.jpg'), (8, 8))\nmodel.fit(x)\n"


@pytest.mark.parametrize(
    "hostile",
    [
        "n = 10 ** 10 ** 10 ** 10\n",
        "s = 'a' * 10 ** 12\n",
        "t = [0] * 10 ** 12\n",
        "def f(x):\n    return f(f(x)) + f(x)\nf(1)\n",
        "def f(x):\n    f(x); f(x); f(x); f(x)\nf(1)\n",
        "while True:\n    pass\n",
        "y = " + "-" * 900 + "1\n",
        "y = " + " + ".join(["1"] * 900) + "\n",
        "z = __import__('os').system('exit 3')\n",
        "class A:\n    def __init__(self):\n        self.a = A()\nA()\n",
        "l = []\nl.append(l)\n",
        "y = 1 / 0\ny[0:'a']\n'%d' % ()\n",
    ],
)
def test_code_is_read_to_its_end_without_being_run_whatever_it_would_do(hostile: str) -> None:
    (found,) = reading_from_code(hostile + READ)
    assert found.settings["size"] == "8x8"


def test_a_text_that_would_take_too_long_to_follow_says_so() -> None:
    calls = "".join(f"def f{n}(x):\n    return f{n + 1}(x), f{n + 1}(x), f{n + 1}(x), f{n + 1}(x)\n" for n in range(11))
    (found,) = reading_from_code(READ + calls + "f0(1)\n")
    assert ["too long" in told.text for told in found.not_understood] == [True]


@pytest.mark.parametrize("application", sorted(APPLICATIONS))
def test_the_mode_of_an_application_is_what_its_own_preprocess_input_does(application: str) -> None:
    tensorflow()
    pixels = np.random.default_rng(3).uniform(0, 255, (2, 2, 3)).astype("float32")
    try:
        module = importlib.import_module(f"keras.applications.{application}")
    except ModuleNotFoundError:
        module = importlib.import_module(f"tf_keras.applications.{application}")
    from keras.applications.imagenet_utils import preprocess_input

    mode = APPLICATIONS[application]
    wanted = preprocess_input(pixels.copy(), data_format="channels_last", mode=mode) if mode else pixels
    assert np.array_equal(module.preprocess_input(pixels.copy(), data_format="channels_last"), wanted)
