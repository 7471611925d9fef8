"""Models that look words up: the table is in the export, filled by each loader's init op; truth is the live model."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from saved_models import LIBRARIES, library, saved

from workbench.core.export import export
from workbench.core.lazy import tensorflow
from workbench.core.model import inspect, load
from workbench.core.savedmodel.session import ServingSession
from workbench.spec.defaults import default_project
from workbench.spec.errors import WorkbenchError
from workbench.spec.project import Project
from workbench.spec.settings import Layout

WORDS = [f"wörd{i}" for i in range(40)]
TEXTS = np.array([["wörd3"], ["wörd39 wörd0 nothing"], [""], ["wörd0"]], dtype=object)
NUMBERS = np.array([[100], [7], [190], [0]], dtype="int64")

Make = Callable[[Any], Any]


def _text(keras: Any) -> Any:
    return keras.layers.Input((1,), dtype="string", name="given")


def _number(keras: Any) -> Any:
    return keras.layers.Input((1,), dtype="int64", name="given")


def _embedded(keras: Any, x: Any, looked: Any, most: int = 60) -> Any:
    flat = keras.layers.Flatten()(keras.layers.Embedding(most, 3)(looked))
    return keras.Model(x, keras.layers.Dense(2)(flat))


def words_to_numbers(keras: Any) -> Any:
    x = _text(keras)
    return _embedded(keras, x, keras.layers.StringLookup(vocabulary=WORDS, num_oov_indices=2)(x))


def words_weighed(keras: Any) -> Any:
    x = _text(keras)
    weights = [float(w) for w in np.linspace(0.1, 2, 40)]
    looked = keras.layers.StringLookup(vocabulary=WORDS, idf_weights=weights, output_mode="tf_idf")(x)
    return keras.Model(x, keras.layers.Dense(2)(looked))


def numbers_to_numbers(keras: Any) -> Any:
    x = _number(keras)
    looked = keras.layers.IntegerLookup(vocabulary=list(range(100, 400, 30)), output_mode="one_hot")(x)
    return keras.Model(x, keras.layers.Dense(2)(looked))


def numbers_to_words(keras: Any) -> Any:
    x = _number(keras)
    return keras.Model(x, keras.layers.StringLookup(vocabulary=WORDS, invert=True)(x))


def texts_to_numbers(keras: Any) -> Any:
    x = _text(keras)
    return _embedded(keras, x, keras.layers.TextVectorization(vocabulary=WORDS, output_sequence_length=5)(x))


def texts_counted(keras: Any) -> Any:
    x = _text(keras)
    layer = keras.layers.TextVectorization(vocabulary=[*WORDS, "wörd39 wörd0"], ngrams=2, output_mode="count")
    return keras.Model(x, keras.layers.Dense(2)(layer(x)))


def large_vocabulary(keras: Any) -> Any:
    x = _text(keras)
    return _embedded(
        keras, x, keras.layers.StringLookup(vocabulary=WORDS + [f"w{i}" for i in range(50_000)])(x), 50_050
    )


KINDS: tuple[Make, ...] = (
    words_to_numbers,
    words_weighed,
    numbers_to_numbers,
    numbers_to_words,
    texts_to_numbers,
    texts_counted,
    large_vocabulary,
)


def _project(path: Path, layout: Layout) -> Project:
    project = default_project(inspect(path), path.name)
    return msgspec.structs.replace(project, export=msgspec.structs.replace(project.export, layout=layout))


def _answers(folder: Path, columns: dict[str, Any]) -> Iterator[Any]:
    """What both of TensorFlow's loaders say, each in its own way filled."""
    tf = tensorflow()
    with closing(ServingSession(folder)) as session:
        yield session.run("serving_default", columns)
    loaded = tf.saved_model.load(str(folder))
    fed = {alias: tf.constant(value) for alias, value in columns.items()}
    yield {alias: y.numpy() for alias, y in loaded.signatures["serving_default"](**fed).items()}


@pytest.mark.parametrize("layout", ["frozen", "variables"])
@pytest.mark.parametrize("make", KINDS, ids=lambda m: m.__name__)
@pytest.mark.parametrize("name", LIBRARIES)
def test_a_lookup_answers_in_both_loaders_as_the_live_model_did(
    name: str, make: Make, layout: Layout, tmp_path: Path
) -> None:
    model = make(library(name))
    given = NUMBERS if make in (numbers_to_numbers, numbers_to_words) else TEXTS
    expected = np.asarray(model(tensorflow().constant(given), training=False))
    path = saved(model, tmp_path / "m.h5")
    assert inspect(path).problems == ()
    project = _project(path, layout)
    folder = Path(export(project, tmp_path).path)
    for answer in _answers(folder, {"given": given, "metadata": ["a", "b", "c", "d"]}):
        key = next(iter(answer.keys() - {"metadata"}))
        if expected.dtype.kind == "O":
            assert answer[key].tolist() == expected.tolist()
        else:
            np.testing.assert_allclose(answer[key], expected, atol=1e-6)


def test_two_exports_with_other_words_do_not_share_a_table(tmp_path: Path) -> None:
    keras, tf = library("keras"), tensorflow()
    loaded = []
    for number, words in enumerate((["a", "b"], ["b", "a"])):
        x = _text(keras)
        model = keras.Model(x, keras.layers.StringLookup(vocabulary=words, output_mode="one_hot")(x))
        path = tmp_path / str(number) / "m.keras"
        path.parent.mkdir()
        model.save(path)
        folder = export(_project(path, "frozen"), path.parent).path
        loaded.append(tf.saved_model.load(folder).signatures["serving_default"])
    fed = {"given": tf.constant([["a"]]), "metadata": tf.constant(["x"])}
    first, second = (next(v.numpy() for k, v in run(**fed).items() if k != "metadata") for run in loaded)
    assert (first.tolist(), second.tolist()) == ([[0, 1, 0]], [[0, 0, 1]])


def test_an_h5_without_the_vocabulary_is_refused_by_inspect_as_by_load(tmp_path: Path) -> None:
    keras = library("keras")  # tf_keras writes no such .h5.
    layer = keras.layers.StringLookup(name="words")
    layer.adapt(np.array(["a", "b", "b"]))
    x = _text(keras)
    path = saved(_embedded(keras, x, layer(x)), tmp_path / "m.h5")
    assert [p.code for p in inspect(path).problems] == ["NO_VOCABULARY"]
    with pytest.raises(WorkbenchError, match="words") as caught:
        load(path)
    assert caught.value.code == "NO_VOCABULARY"
    assert ".keras" in caught.value.hint


def test_a_vocabulary_that_was_learned_comes_along_in_a_keras_file(tmp_path: Path) -> None:
    keras = library("keras")
    layer = keras.layers.TextVectorization(output_sequence_length=3)
    layer.adapt(np.array(["red green", "green", "blue green red"]))
    x = _text(keras)
    model = _embedded(keras, x, layer(x))
    given = np.array([["green red"], ["purple"], ["blue"]], dtype=object)
    expected = np.asarray(model(tensorflow().constant(given)))
    model.save(tmp_path / "m.keras")
    folder = Path(export(_project(tmp_path / "m.keras", "frozen"), tmp_path).path)
    for answer in _answers(folder, {"given": given, "metadata": ["a", "b", "c"]}):
        np.testing.assert_allclose(answer[next(iter(answer.keys() - {"metadata"}))], expected, atol=1e-6)


def test_texts_come_in_by_json_and_by_examples(tmp_path: Path) -> None:
    from workbench.core.instances.examples import examples_of
    from workbench.spec.signature import compose

    keras = library("keras")
    model = texts_to_numbers(keras)
    expected = np.asarray(model(tensorflow().constant(TEXTS)))
    model.save(tmp_path / "m.keras")
    project = _project(tmp_path / "m.keras", "frozen")
    folder = Path(export(project, tmp_path).path)
    lines = "".join(json.dumps({"given": row, "metadata": "m"}) + "\n" for row in TEXTS.tolist())
    (tmp_path / "in.json").write_text(lines)
    rows = [json.loads(line) for line in (tmp_path / "in.json").read_text().splitlines()]
    columns: dict[str, Any] = {key: [row[key] for row in rows] for key in rows[0]}
    made = compose(inspect(tmp_path / "m.keras"), project)
    with closing(ServingSession(folder)) as session:
        by_json = session.run("serving_default", columns)
        by_example = session.run("tf_example", {"examples": examples_of(made.feeds, columns)})
    for answer in (by_json, by_example):
        np.testing.assert_allclose(answer[next(iter(answer.keys() - {"metadata"}))], expected, atol=1e-6)
