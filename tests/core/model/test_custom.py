"""Custom objects: from the file the user names, for the library that loads the model, its errors with a line."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from workbench.core import jobs
from workbench.core.consent import TRUST_VARIABLE
from workbench.core.lazy import legacy_keras, tensorflow
from workbench.core.model import load
from workbench.core.model.custom import names_in, objects_in
from workbench.core.model.load_permission import options_for, scan
from workbench.core.model.named_code import permit_custom
from workbench.core.model.options import LoadOptions
from workbench.core.model.trust import forget, remember, trusted_models
from workbench.spec.errors import WorkbenchError
from workbench.spec.model import ModelExtras

TWICE = """
{imports}

class Twice({base}):
    def call(self, x):
        return 2 * x

def _helper(): pass

def third(x):
    return x / 3
"""

IMPORTS = {
    "import keras": "keras.layers.Layer",
    "from keras import layers": "layers.Layer",
    "from keras.layers import Layer": "Layer",
    "import keras.layers as kl": "kl.Layer",
    "from keras.engine.base_layer import Layer": "Layer",
    "import tensorflow as tf": "tf.keras.layers.Layer",
    "from tensorflow import keras": "keras.layers.Layer",
    "from tensorflow.keras.layers import Layer": "Layer",
    "import tensorflow.keras.backend as K\nimport tf_keras": "tf_keras.layers.Layer",
}


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Keras 2 model with a layer of its author's own."""
    keras = legacy_keras()

    class Twice(keras.layers.Layer):  # type: ignore[misc, name-defined]
        def call(self, x: object) -> object:
            return 2 * x  # type: ignore[operator]

    path = tmp_path_factory.mktemp("twice") / "twice.h5"
    model = keras.Sequential([keras.layers.Input((3,)), Twice(name="t"), keras.layers.Dense(1, name="d")])
    with pytest.warns(UserWarning, match="HDF5"):
        model.save(path)
    return path


def write(folder: Path, text: str) -> Path:
    (folder / "objects.py").write_text(text)
    return folder / "objects.py"


def problems(path: Path, custom: Path | None) -> list[str]:
    return [p.code for p in scan(path, ModelExtras(custom)).problems]


@pytest.mark.parametrize("imports", IMPORTS)
def test_a_class_written_against_any_keras_2_import_loads(twice: Path, tmp_path: Path, imports: str) -> None:
    custom = write(tmp_path, TWICE.format(imports=imports, base=IMPORTS[imports]))
    before = {name: module for name, module in sys.modules.items() if name.partition(".")[0] in ("keras", "tensorflow")}
    permit_custom(custom)
    facts = scan(twice, ModelExtras(custom))
    assert (facts.problems, facts.custom_code) == ((), "allowed")
    model = load(twice, options=options_for(facts, ModelExtras(custom)))
    weights = model.keras_model.get_weights()
    given = np.ones((2, 3), "float32")
    np.testing.assert_allclose(model.predict([given])[0], given @ weights[0] * 2 + weights[1], atol=1e-6)
    assert {name: sys.modules.get(name) for name in before} == before


def test_without_the_file_the_class_is_a_problem_and_refused(twice: Path, tmp_path: Path) -> None:
    assert "CUSTOM_CLASS" in problems(twice, None)
    assert "CUSTOM_CLASS" in problems(twice, write(tmp_path, "class Other: pass"))
    with pytest.raises(WorkbenchError) as caught:
        load(twice)
    assert caught.value.code == "CUSTOM_CLASS"
    assert "Twice" in str(caught.value)


def test_scanning_reads_the_file_and_does_not_run_it(twice: Path, tmp_path: Path) -> None:
    canary = tmp_path / "ran"
    custom = write(tmp_path, f"open({str(canary)!r}, 'w')\nclass Twice: pass")
    assert "CUSTOM_CLASS" not in problems(twice, custom)
    assert not canary.exists()


def test_names_are_the_public_ones_and_those_registered(tmp_path: Path) -> None:
    text = """
from keras.layers import Layer
from mine import Helper
import keras
try:
    class Guarded: pass
except ImportError:
    pass
@keras.saving.register_keras_serializable(package="Me", name="OtherName")
class Registered: pass
class _Hidden: pass
swish2 = lambda x: x
"""
    assert names_in(write(tmp_path, text)) == {"Helper", "Guarded", "Registered", "OtherName", "swish2"}


@pytest.mark.parametrize("library", ["tf_keras", "keras"])
def test_what_a_file_registers_is_taken_and_leaves_no_trace(tmp_path: Path, library: str) -> None:
    text = """
import keras
@keras.saving.register_keras_serializable(package="Me")
class _Mine(keras.layers.Layer): pass
def act(x): return x
"""
    tensorflow()
    import keras
    import tf_keras

    found = objects_in(write(tmp_path, text), library)  # type: ignore[arg-type]
    assert set(found) == {"act", "Me>_Mine"}
    own, other = (tf_keras, keras) if library == "tf_keras" else (keras, tf_keras)
    assert issubclass(found["Me>_Mine"], own.layers.Layer)
    assert not issubclass(found["Me>_Mine"], other.layers.Layer)
    assert not any("_Mine" in name for name in own.saving.get_custom_objects())
    # Edited and read again, as an engine that stays does.
    assert set(objects_in(write(tmp_path, text + "\nclass Later: pass"), library)) == {"act", "Me>_Mine", "Later"}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("class A:\n  def (", 2, "SyntaxError"),
        ("x = 1\nimport nothing_of_that_name", 2, "nothing_of_that_name"),
        ("def f():\n    return 1 / 0\n\nf()\n", 2, "ZeroDivisionError"),
        ("raise SystemExit('bye')", 1, "bye"),
    ],
)
def test_a_fault_in_the_file_is_told_with_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    custom = write(tmp_path, text)
    with pytest.raises(WorkbenchError) as caught:
        objects_in(custom, "tf_keras")
    assert caught.value.code == "CUSTOM_FILE"
    assert f"{custom}:{line}" in str(caught.value)
    assert words in str(caught.value)


def test_a_file_that_is_not_there_or_no_text_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "binary.py").write_bytes(b"\x00\xff")
    for name in ("none.py", "binary.py", "."):
        with pytest.raises(WorkbenchError) as caught:
            names_in(tmp_path / name)
        assert caught.value.code == "CUSTOM_FILE"


def test_prints_of_the_file_do_not_reach_stdout(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    objects_in(write(tmp_path, "print('hello')"), "tf_keras")
    assert capsys.readouterr().out == ""


def test_a_file_may_import_its_neighbours(tmp_path: Path) -> None:
    (tmp_path / "neighbour_of_objects.py").write_text("class Near: pass")
    found = objects_in(write(tmp_path, "from neighbour_of_objects import Near"), "tf_keras")
    assert set(found) == {"Near"}
    assert str(tmp_path) not in sys.path


def test_consent_is_for_this_very_content_and_can_be_taken_back(tmp_path: Path) -> None:
    keras = legacy_keras()
    model = keras.Sequential(
        [keras.layers.Input((2,)), keras.layers.Lambda(lambda x: x * x, name="square"), keras.layers.Dense(1)]
    )
    path = tmp_path / "m.h5"
    with pytest.warns(UserWarning, match="HDF5"):
        model.save(path)
    assert not jobs.inspect(path).trusted
    assert [p.code for p in jobs.inspect(path).problems] == ["LAMBDA"]
    facts = jobs.trust(path)
    assert (facts.trusted, facts.problems) == (True, ())
    given = np.full((1, 2), 3.0, "float32")
    allowed = load(path, options=options_for(facts))
    np.testing.assert_allclose(allowed.predict([given])[0], model.predict(given, verbose=0), atol=1e-6)
    copy = tmp_path / "copy.h5"
    copy.write_bytes(path.read_bytes())
    assert jobs.inspect(copy).trusted
    with copy.open("ab") as file:
        file.write(b"\0")
    assert not jobs.inspect(copy).trusted
    assert not jobs.trust(path, allow=False).trusted
    assert options_for(facts) == LoadOptions()


def test_a_damaged_trust_file_allows_nothing_and_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TRUST_VARIABLE, str(tmp_path / "deep" / "trusted.json"))
    assert trusted_models() == {}
    remember(tmp_path, "a" * 64, ("square",))
    assert list(trusted_models()) == ["a" * 64]
    (tmp_path / "deep" / "trusted.json").write_text("{ damaged")
    assert trusted_models() == {}
    remember(tmp_path, "b" * 64, ())
    forget("c" * 64)
    assert list(trusted_models()) == ["b" * 64]
    forget("b" * 64)
    assert trusted_models() == {}
