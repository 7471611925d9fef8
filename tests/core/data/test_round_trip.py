"""Across modules. What was prepared predicts as the images themselves do: in every format, here and in
saved_model_cli."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from support import REFERENCE, changed

from workbench.core import jobs
from workbench.core.export import export
from workbench.core.instances.online import predict
from workbench.core.lazy import tensorflow
from workbench.core.predict import Predictor
from workbench.spec.features import read_features
from workbench.spec.model import Row
from workbench.spec.project import Project, save_project

MODELS = ["tiny_cnn", "image_and_features"]
OUTPUTS: dict[str, dict[str, Any]] = {
    "a.jsonl": {},
    "b.jsonl.gz": {},
    "c.npz": {},
    "d.tfrecord": {},
    "e.tfrecord": {"gzip": True},
    "f.tfrecord": {"shards": 4},
    "g.jsonl": {"shards": 3, "gzip": True},
}
IMAGES = sorted((REFERENCE / "images").iterdir())

Export = Callable[[str], Path]


@pytest.fixture(scope="module")
def predictors(exported: Export) -> Iterator[dict[str, Predictor]]:
    found = {name: Predictor(exported(name)) for name in MODELS}
    yield found
    for predictor in found.values():
        predictor.close()


@pytest.fixture(scope="module")
def features(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A CSV with the features of every image, for each model."""
    path = tmp_path_factory.mktemp("features") / "f.csv"
    with np.load(REFERENCE / "image_and_features_expected.npz") as file, path.open("w", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["file", "Features"])
        rows.writerows((name, values.tolist()) for name, values in zip(file["names"], file["features"], strict=True))
    return {"tiny_cnn": {}, "image_and_features": read_features(path)}


def predictions(rows: list[Row]) -> list[Any]:
    assert [row.error for row in rows if row.error] == []
    return [row.prediction for row in rows]


@pytest.mark.parametrize("output", list(OUTPUTS))
@pytest.mark.parametrize("model", MODELS)
def test_prepared_images_give_exactly_the_predictions_of_the_images(
    predictors: dict[str, Predictor], features: Any, exported: Export, tmp_path: Path, model: str, output: str
) -> None:
    done = jobs.prepare(
        IMAGES, tmp_path / output, project=exported(model), values={}, features=features[model], **OUTPUTS[output]
    )
    expected = predictions(predictors[model].predict_images(IMAGES, features=features[model]))
    # Shards of one kind are read on as one stream: the batches are those of the images.
    assert predictions(predictors[model].predict_images(done.files)) == expected
    assert len(expected) == done.images == 9


@pytest.mark.parametrize("model", MODELS)
def test_the_lines_are_a_request_bodys_instances_as_they_stand(
    predictors: dict[str, Predictor], features: Any, exported: Export, tmp_path: Path, model: str
) -> None:
    jobs.prepare(IMAGES, tmp_path / "a.jsonl", project=exported(model), values={}, features=features[model])
    body = {"instances": [json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()]}
    expected = predictions(predictors[model].predict_images(IMAGES, features=features[model]))
    assert predict(predictors[model].session, body["instances"]) == expected


def test_saved_model_cli_runs_the_arrays_to_the_same_scores(
    predictors: dict[str, Predictor], features: Any, exported: Export, tmp_path: Path
) -> None:
    tensorflow()
    from tensorflow.python.tools import saved_model_cli

    model, folder = "image_and_features", exported("image_and_features")
    jobs.prepare(IMAGES, tmp_path / "inputs.npz", project=folder, values={}, features=features[model])
    place = tmp_path / "inputs.npz"
    inputs = ";".join(f"{key}={place}[{key}]" for key in ("input", "metadata", "Features"))
    # `saved_model_cli run`, without a process of its own.
    read = saved_model_cli.load_inputs_from_input_arg_string(inputs, "", "")
    saved_model_cli.run_saved_model_with_feed_dict(
        str(folder), "serve", "serving_default", read, str(tmp_path / "out"), overwrite_flag=False
    )
    expected = predictions(predictors[model].predict_images(IMAGES, features=features[model]))
    np.testing.assert_allclose(np.load(tmp_path / "out" / "classes.npy"), [p["classes"] for p in expected], atol=1e-6)
    ids = np.load(tmp_path / "out" / "metadata.npy", allow_pickle=True)
    assert [i.decode() for i in ids] == [str(p) for p in IMAGES]


def test_other_formats_are_converted_as_a_projects_or_an_exports_declaration_wants(
    reference_project: Callable[[str], Project], tmp_path: Path, kinds: dict[str, bytes]
) -> None:
    project = reference_project("tiny_cnn")
    declared = changed(project, formats="jpeg+png")
    project = msgspec.structs.replace(declared, model=str(REFERENCE / "tiny_cnn.h5"))
    save_project(project, tmp_path / "p.toml")
    names = ["a.jpg", "a.png", "palette.png", "a.webp", "a.tif", "palette.bmp"]
    for name in names:
        (tmp_path / name).write_bytes(kinds[name])
    images = [tmp_path / name for name in names]
    made = Path(export(project, tmp_path).path)
    for path in (tmp_path / "p.toml", made):
        done = jobs.prepare(images, tmp_path / "a.tfrecord", project=path, values={}, features={})
        assert (done.images, done.converted, done.errors) == (5, 2, 1)
        # TensorFlow, which this reader decodes with, takes a palette's numbers for levels.
        assert json.loads(Path(done.errors_file).read_text())["code"] == "UNDECLARED_FORMAT"
    predictor = Predictor(made)
    rows = predictor.predict_images(done.files)
    alike = predictor.predict_images([*images[:2], tmp_path / "a.png"])
    predictor.close()
    scores: list[Any] = [p["classes"] for p in predictions(rows)]
    same: list[Any] = [p["classes"] for p in predictions(alike)]
    # WebP without loss and TIFF hold the very pixels of the PNG.
    np.testing.assert_allclose([scores[n] for n in (0, 1, 3, 4)], [same[0], same[1], same[1], same[1]], atol=1e-6)


def test_pictures_of_several_inputs_go_into_each_instance(two_pictures: Path, tmp_path: Path) -> None:
    named = {p.name: {"right": other.name} for p, other in zip(IMAGES, reversed(IMAGES), strict=True)}
    predictor = Predictor(two_pictures)
    expected = predictions(predictor.predict_images(IMAGES, features=named))
    for output in ("a.jsonl", "a.npz", "a.tfrecord"):
        done = jobs.prepare(IMAGES, tmp_path / output, project=two_pictures, values={}, features=named)
        assert done.keys == ("input", "right", "metadata")
        assert predictions(predictor.predict_images(done.files)) == expected
    predictor.close()
    (tmp_path / "bad.jpg").write_text("text")
    bad = {**named, IMAGES[3].name: {"right": str(tmp_path / "bad.jpg")}}
    done = jobs.prepare(IMAGES, tmp_path / "b.jsonl", project=two_pictures, values={}, features=bad)
    (error,) = map(json.loads, Path(done.errors_file).read_text().splitlines())
    assert (error["source"], error["code"]) == (str(IMAGES[3]), "NOT_AN_IMAGE")
    assert error["message"].startswith("right: ")


def test_an_export_of_another_program_gives_its_own_keys(exported: Export, tmp_path: Path) -> None:
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "saved_model.pb").write_bytes((exported("tiny_cnn") / "saved_model.pb").read_bytes())
    done = jobs.prepare(IMAGES, tmp_path / "a.jsonl", project=foreign, values={}, features={})
    assert (done.keys, done.images) == (("input", "metadata"), 9)
