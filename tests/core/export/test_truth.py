"""Across modules. The exports reproduce what the TF 1.15 reference pipeline answered, by every signature."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import REFERENCE

from workbench.core.lazy import tensorflow
from workbench.core.predict import Predictor
from workbench.core.savedmodel.session import ServingSession

MODELS = ["tiny_cnn", "image_and_features", "mobilenet"]
TOLERANCE = 1e-5

Export = Callable[[str], Path]


def recorded(name: str) -> dict[str, Any]:
    with np.load(REFERENCE / f"{name}_expected.npz") as file:
        return {key: file[key] for key in file.files}


def columns(record: dict[str, Any]) -> dict[str, Any]:
    """The serving inputs of a recording: bytes, ids, and features where the model has them."""
    found: dict[str, Any] = {
        "input": [(REFERENCE / "images" / n).read_bytes() for n in record["names"]],
        "metadata": [str(n) for n in record["names"]],
    }
    return found | ({"Features": record["features"]} if "features" in record else {})


@pytest.mark.parametrize("name", MODELS)
def test_a_plain_v1_session_gives_the_recorded_scores_and_ids(name: str, exported: Export) -> None:
    tf1, record, folder = tensorflow().compat.v1, recorded(name), exported(name)
    with tf1.Session(graph=tf1.Graph()) as session:
        meta = tf1.saved_model.loader.load(session, ["serve"], str(folder))
        signature = meta.signature_def["serving_default"]
        feeds = {signature.inputs[k].name: v for k, v in columns(record).items()}
        fetches = {k: v.name for k, v in signature.outputs.items()}
        answer = session.run(fetches, feeds)
    assert np.abs(answer["classes"] - record["classes"]).max() <= TOLERANCE
    assert [m.decode() for m in answer["metadata"]] == list(record["names"])


@pytest.mark.parametrize("name", MODELS)
def test_the_tf2_loader_gives_the_recorded_scores(name: str, exported: Export) -> None:
    tf, record = tensorflow(), recorded(name)
    serve = tf.saved_model.load(str(exported(name))).signatures["serving_default"]
    answer = serve(**{k: tf.constant(v) for k, v in columns(record).items()})
    assert set(answer) == {"classes", "metadata"}
    assert np.abs(answer["classes"].numpy() - record["classes"]).max() <= TOLERANCE


@pytest.mark.parametrize("name", MODELS)
def test_predict_gives_the_recorded_scores_in_order(name: str, exported: Export) -> None:
    record = recorded(name)
    predictor = Predictor(exported(name))
    paths = [REFERENCE / "images" / n for n in record["names"]]
    features = {}
    if "features" in record:
        features = {str(n): {"Features": v.tolist()} for n, v in zip(record["names"], record["features"], strict=True)}
    rows = predictor.predict_images(paths, features=features)
    predictor.close()
    assert [row.source for row in rows] == [str(p) for p in paths]
    assert [row.prediction["metadata"] for row in rows if row.prediction] == [str(p) for p in paths]
    scores = np.array([row.prediction["classes"] for row in rows if row.prediction])
    assert np.abs(scores - record["classes"]).max() <= TOLERANCE


def test_the_network_sees_the_recorded_pixels(exported: Export) -> None:
    record = recorded("tiny_cnn")
    session = ServingSession(exported("tiny_cnn"))
    pixels = session.fetch(["tensors/input:0"], "serving_default", columns(record))[0]
    session.close()
    assert np.abs(pixels[0] - record["pixels_first"]).max() <= 1e-6
    assert np.abs(pixels.mean((1, 2, 3)) - record["pixels_mean"]).max() <= 1e-5


def test_saved_model_cli_runs_it_to_the_recorded_scores(exported: Export, tmp_path: Path) -> None:
    record, folder = recorded("tiny_cnn"), exported("tiny_cnn")
    np.save(tmp_path / "input.npy", np.array(columns(record)["input"]))
    np.save(tmp_path / "metadata.npy", np.array([n.encode() for n in record["names"]]))
    inputs = f"input={tmp_path / 'input.npy'};metadata={tmp_path / 'metadata.npy'}"
    tool = [str(Path(sys.executable).with_name("saved_model_cli"))]
    select = ["--dir", str(folder), "--tag_set", "serve"]
    call = ["--signature_def", "serving_default", "--inputs", inputs, "--outdir", str(tmp_path / "out")]
    subprocess.run([*tool, "run", *select, *call], check=True, capture_output=True)
    assert np.abs(np.load(tmp_path / "out" / "classes.npy") - record["classes"]).max() <= TOLERANCE
