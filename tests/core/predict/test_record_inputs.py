"""Across modules. Predicting from JSON lines, numpy's files and TFRecords: the answers of the images, and each error
in its place."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from support import REFERENCE

from workbench.core.export import export
from workbench.core.instances.examples import example_of
from workbench.core.instances.image_instances import make_instance, to_json
from workbench.core.lazy import tensorflow
from workbench.core.predict import Predictor
from workbench.spec.errors import WorkbenchError
from workbench.spec.model import Row
from workbench.spec.project import Project

Features = dict[str, dict[str, object]]
Open = Callable[..., Predictor]
IMAGES = [REFERENCE / "images" / f"img0{n}.jpg" for n in range(3)]


def instances(predictor: Predictor, features: Features) -> list[dict[str, Any]]:
    return [make_instance(predictor.form, str(path), {}, features) for path in IMAGES]


def write_lines(path: Path, values: Sequence[object]) -> Path:
    path.write_text("".join(f"{v if isinstance(v, str) else json.dumps(v)}\n" for v in values))
    return path


def write_records(path: Path, records: Sequence[bytes]) -> Path:
    with tensorflow().io.TFRecordWriter(str(path)) as writer:
        for record in records:
            writer.write(record)
    return path


def answers(rows: Sequence[Row]) -> list[object]:
    """Predictions, and the codes of errors."""
    return [row.error.code if row.error else row.prediction for row in rows]


def scores(row: Row) -> Any:
    assert row.prediction is not None, row.error
    return row.prediction["classes"]


def savez(path: Path, arrays: dict[str, Any]) -> Path:
    np.savez(path, **arrays)
    return path


def pixels(predictor: Predictor, given: Sequence[dict[str, Any]]) -> Any:
    """What the network sees of the instances' pictures."""
    columns = {key: [instance[key] for instance in given] for key in given[0]}
    return predictor.session.fetch([f"tensors/{predictor.form.image_alias}:0"], "serving_default", columns)[0]


def test_every_kind_of_file_among_images_answers_in_its_place(
    with_features: Predictor, features: Features, tmp_path: Path
) -> None:
    given = instances(with_features, features)
    lines = write_lines(tmp_path / "a.jsonl", [to_json(given[0])])
    records = write_records(tmp_path / "a.tfrecord", [example_of(with_features.form.inputs, i) for i in given[1:]])
    columns = {key: np.array([i[key] for i in given[:2]]) for key in given[0]}
    savez(tmp_path / "a.npz", columns)
    savez(tmp_path / "t.npz", {**columns, "input": pixels(with_features, given[:2])})
    inputs = [IMAGES[2], lines, records, tmp_path / "a.npz", IMAGES[0], tmp_path / "t.npz"]
    rows = with_features.predict_images(inputs, features=features)
    alone = {path: with_features.predict_images([path], features=features)[0] for path in IMAGES}
    one, two, three = IMAGES
    for row, path in zip(rows, [three, one, two, three, one, two, one, one, two], strict=True):
        assert scores(row) == pytest.approx(scores(alone[path]), abs=1e-6)
        assert row.prediction is not None
        assert row.prediction["metadata"] == str(path)
    places = ["a.jsonl:1", "a.tfrecord:1", "a.tfrecord:2", "a.npz:1", "a.npz:2", "t.npz:1", "t.npz:2"]
    named = [str(tmp_path / place) for place in places]
    assert [r.source for r in rows] == [str(three), *named[:5], str(one), *named[5:]]


def test_a_line_that_is_no_instance_costs_its_own_row(
    with_features: Predictor, features: Features, tmp_path: Path
) -> None:
    good = to_json(instances(with_features, features)[0])
    bad: dict[str, tuple[object, str, str]] = {
        "no JSON": ("{broken", "NOT_JSON", "is not JSON"),
        "bare": ("just text", "NOT_JSON", "is not JSON"),
        "no object": ([1, 2], "PREDICTION_FAILED", "must be an object"),
        "unknown key": ({**good, "shop": 1}, "PREDICTION_FAILED", "Unexpected tensor name: shop"),
        "missing key": ({k: v for k, v in good.items() if k != "metadata"}, "PREDICTION_FAILED", "Input metadata was"),
        "no base64": ({**good, "input": {"b64": "***"}}, "BAD_INSTANCE", "not base64"),
        "text for an image": ({**good, "input": "cat"}, "NOT_AN_IMAGE", "contains text"),
        "too few features": ({**good, "Features": [1]}, "PREDICTION_FAILED", "running the graph"),
        "null": ({**good, "metadata": None}, "PREDICTION_FAILED", "running the graph"),
    }
    path = write_lines(tmp_path / "a.jsonl", [good, *(line for line, _, _ in bad.values()), good])
    rows = with_features.predict_images([path])
    assert scores(rows[-1]) == pytest.approx(scores(rows[0]))
    for row, (name, (_, code, words)) in zip(rows[1:-1], bad.items(), strict=True):
        assert row.error is not None, name
        assert (row.error.code, words in row.error.message) == (code, True), (name, row.error)


def test_values_that_are_set_stand_in_for_what_a_record_lacks_and_for_nothing_else(
    with_features: Predictor, features: Features, tmp_path: Path
) -> None:
    good = instances(with_features, features)[0]
    bare = {k: v for k, v in to_json(good).items() if k == "input"}
    path = write_lines(tmp_path / "a.jsonl", [bare, {**bare, "metadata": "own"}])
    np.save(tmp_path / "a.npy", np.array([good["input"]]))
    rows = with_features.predict_images([path], values={"Features": [0.0] * 8, "metadata": "set"})
    assert [r.prediction["metadata"] for r in rows if r.prediction] == ["set", "own"]
    filled = with_features.predict_images([tmp_path / "a.npy"], values={"Features": [0.0] * 8})[0]
    assert filled.prediction is not None
    assert filled.prediction["metadata"] == str(tmp_path / "a.npy:1")


def test_a_bad_example_costs_its_own_row_and_says_why(
    with_features: Predictor, features: Features, tmp_path: Path
) -> None:
    inputs = with_features.form.inputs
    good = instances(with_features, features)[0]
    without = {alias: tensor for alias, tensor in inputs.items() if alias != "Features"}
    text = {**inputs, "Features": inputs["metadata"]}
    records = [
        example_of(inputs, good),
        b"\xff\xff no message",
        b"",
        example_of(without, good),
        example_of(inputs, {**good, "input": b"hello"}),
        example_of(text, {**good, "Features": "text"}),
        example_of(inputs, good),
    ]
    rows = with_features.predict_images([write_records(tmp_path / "a.tfrecord", records)])
    first, *_, last = rows
    assert scores(last) == pytest.approx(scores(first))
    assert answers(rows[1:-1]) == [
        "NOT_AN_EXAMPLE", "NOT_AN_EXAMPLE", "MISSING_VALUE", "NOT_AN_IMAGE", "PREDICTION_FAILED",
    ]  # fmt: skip
    assert rows[3].error is not None
    assert rows[3].error.message == "The Example has no feature 'Features'; it has: input, metadata."


def test_a_damaged_tfrecord_ends_in_an_error_row_and_the_next_input_follows(
    with_features: Predictor, features: Features, tmp_path: Path
) -> None:
    record = example_of(with_features.form.inputs, instances(with_features, features)[0])
    path = write_records(tmp_path / "a.tfrecord", [record, record])
    path.write_bytes(path.read_bytes()[:-7])
    rows = with_features.predict_images([path, IMAGES[0]], features=features)
    assert [(r.source, r.error.code if r.error else "") for r in rows] == [
        (f"{path}:1", ""), (f"{path}:2", "BAD_TFRECORD"), (str(IMAGES[0]), ""),
    ]  # fmt: skip


def test_a_named_signature_takes_images_and_records_in_its_own_way(
    exported: Callable[[str], Path], with_features: Predictor, features: Features, opened: Open, tmp_path: Path
) -> None:
    expected = answers(with_features.predict_images(IMAGES, features=features))
    given = instances(with_features, features)
    examples = opened(exported("image_and_features"), signature="tf_example")
    assert answers(examples.predict_images(IMAGES, features=features)) == expected
    serialized = [example_of(with_features.form.inputs, i) for i in given]
    np.save(tmp_path / "examples.npy", np.array(serialized))
    lines = write_lines(tmp_path / "a.jsonl", [to_json({"examples": data}) for data in serialized])
    for path in (tmp_path / "examples.npy", lines):
        assert answers(examples.predict_images([path])) == expected
    serving = opened(exported("image_and_features"), signature="serving_default")
    records = write_records(tmp_path / "a.tfrecord", serialized)
    assert answers(serving.predict_images([records])) == expected
    tensor = opened(exported("image_and_features"), signature="tensor")
    floats = [{**i, "input": p} for i, p in zip(given, pixels(with_features, given), strict=True)]
    assert answers(tensor.predict_images([write_lines(tmp_path / "t.jsonl", [to_json(i) for i in floats])])) == expected
    with pytest.raises(WorkbenchError) as caught:
        tensor.predict_images(IMAGES, features=features)
    assert caught.value.code == "NO_IMAGE_INPUT"
    with pytest.raises(WorkbenchError) as caught:
        opened(exported("image_and_features"), signature="other")
    assert caught.value.code == "NO_SIGNATURE"


def misfits(predictor: Predictor, features: Features) -> dict[str, tuple[dict[str, Any], str, str]]:
    """Arrays that cannot be for this export, with the code and some words of the refusal."""
    given = instances(predictor, features)
    good = {key: np.array([i[key] for i in given]) for key in given[0]}
    size = pixels(predictor, given)[0].shape
    return {
        "unknown key": ({**good, "shop": np.ones(3)}, "UNKNOWN_KEY", "shop"),
        "missing": ({k: v for k, v in good.items() if k != "Features"}, "MISSING_VALUE", "--set Features="),
        "pixel values": ({**good, "input": np.zeros((3, *size), "uint8")}, "BAD_ARRAY", "uint8"),
        "other size": ({**good, "input": np.zeros((3, 5, 5, 3), "float32")}, "BAD_ARRAY", "[3, 5, 5, 3]"),
        "text for an image": ({**good, "input": np.array(["a", "b", "c"])}, "BAD_ARRAY", "<U1"),
        "wide features": ({**good, "Features": np.zeros((3, 9))}, "BAD_ARRAY", "[3, 9]"),
        "text features": ({**good, "Features": np.array([[b"1"] * 8] * 3)}, "BAD_ARRAY", "Features"),
        "complete, of two lengths": ({**good, "metadata": np.array([b"x"])}, "BAD_ARRAY", "different numbers"),
    }


MISFITS = [
    "unknown key", "missing", "pixel values", "other size", "text for an image", "wide features", "text features",
    "complete, of two lengths",
]  # fmt: skip


@pytest.mark.parametrize("case", MISFITS)
def test_arrays_that_fit_no_signature_are_refused_by_what_is_nearest(
    with_features: Predictor, features: Features, tmp_path: Path, case: str
) -> None:
    arrays, code, words = misfits(with_features, features)[case]
    savez(tmp_path / "a.npz", arrays)
    with pytest.raises(WorkbenchError) as caught:
        with_features.predict_images([tmp_path / "a.npz"])
    assert (caught.value.code, caught.value.where) == (code, str(tmp_path / "a.npz"))
    assert words in str(caught.value)


def test_an_export_without_a_signature_for_examples_says_how_to_get_one(
    reference_project: Callable[[str], Project], opened: Open, tmp_path: Path
) -> None:
    project = reference_project("tiny_cnn")
    signature = msgspec.structs.replace(project.signature, tf_example="")
    predictor = opened(Path(export(msgspec.structs.replace(project, signature=signature), REFERENCE).path))
    with pytest.raises(WorkbenchError, match="tf_example") as caught:
        predictor.predict_images([write_records(tmp_path / "a.tfrecord", [b"x"])])
    assert caught.value.code == "NO_EXAMPLE_SIGNATURE"


def test_another_programs_export_is_asked_by_its_signature_alone(
    exported: Callable[[str], Path], with_features: Predictor, features: Features, opened: Open, tmp_path: Path
) -> None:
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "saved_model.pb").write_bytes((exported("image_and_features") / "saved_model.pb").read_bytes())
    expected = answers(with_features.predict_images(IMAGES, features=features))
    predictor = opened(foreign)
    assert answers(predictor.predict_images(IMAGES, features=features)) == expected
    records = [example_of(predictor.form.inputs, i) for i in instances(predictor, features)]
    assert answers(predictor.predict_images([write_records(tmp_path / "a.tfrecord", records)])) == expected


VALUES: dict[str, object] = {"shop": 2**62 + 1, "flag": True, "box": [[1, 2.5], [3, 4]], "words": ["a", "Köln"]}


def test_keys_of_any_dtype_and_shape_come_back_as_they_were_sent_and_renamed(
    with_keys: Path, opened: Open, tmp_path: Path
) -> None:
    predictor = opened(with_keys)
    rows = predictor.predict_images(IMAGES, values=VALUES)
    for row, path in zip(rows, IMAGES, strict=True):
        assert row.prediction is not None
        kept = {key: value for key, value in row.prediction.items() if key != "classes"}
        assert kept == {
            "metadata": str(path), "shop": 2**62 + 1, "flag": True, "crop": [[1, 2.5], [3, 4]], "words": ["a", "Köln"],
        }  # fmt: skip
    given = [make_instance(predictor.form, str(path), VALUES, {}) for path in IMAGES]
    lines = write_lines(tmp_path / "a.jsonl", [to_json(i) for i in given])
    records = write_records(tmp_path / "a.tfrecord", [example_of(predictor.form.inputs, i) for i in given])
    savez(tmp_path / "a.npz", {key: np.array([i[key] for i in given]) for key in given[0]})
    for path in (lines, records, tmp_path / "a.npz"):
        assert answers(predictor.predict_images([path])) == answers(rows)


def test_a_key_that_is_no_text_has_to_be_given(with_keys: Path, opened: Open) -> None:
    with pytest.raises(WorkbenchError, match="--set shop=VALUE"):
        opened(with_keys).predict_images(IMAGES, values={k: v for k, v in VALUES.items() if k != "shop"})
    rows = opened(with_keys).predict_images(IMAGES[:1], values={**VALUES, "box": [1, 2]})
    assert rows[0].error is not None
    assert (rows[0].error.code, "[2, 2]" in rows[0].error.message) == ("BAD_VALUE", True)


def test_a_second_picture_is_named_by_a_value_beside_the_first_or_by_its_path(
    pair: Path, opened: Open, tmp_path: Path
) -> None:
    predictor = opened(pair)
    assert predictor.form.images == ("input", "right")
    rows = predictor.predict_images(IMAGES, values={"right": str(IMAGES[2])})
    named = {p.name: {"right": other.name} for p, other in zip(IMAGES, reversed(IMAGES), strict=True)}
    by_file = predictor.predict_images(IMAGES, features=named)
    assert len({tuple(scores(row)[:3]) for row in rows}) == 3
    assert len({tuple(scores(row)[3:]) for row in rows}) == 1
    assert scores(by_file[0]) == scores(rows[0])
    assert scores(by_file[2])[3:] != scores(rows[2])[3:]
    given = [make_instance(predictor.form, str(p), {}, named) for p in IMAGES]
    lines = write_lines(tmp_path / "a.jsonl", [to_json(i) for i in given])
    records = write_records(tmp_path / "a.tfrecord", [example_of(predictor.form.inputs, i) for i in given])
    savez(tmp_path / "a.npz", {key: np.array([i[key] for i in given]) for key in given[0]})
    for path in (lines, records, tmp_path / "a.npz"):
        assert answers(predictor.predict_images([path])) == answers(by_file)


def test_a_bad_second_picture_is_the_rows_own_error(pair: Path, opened: Open, tmp_path: Path) -> None:
    (tmp_path / "bad.jpg").write_text("no picture")
    files = {IMAGES[0].name: tmp_path / "bad.jpg", IMAGES[1].name: IMAGES[2], IMAGES[2].name: tmp_path / "gone.jpg"}
    named = {name: {"right": str(path)} for name, path in files.items()}
    rows = opened(pair).predict_images(IMAGES, features=named)
    assert [r.error.code if r.error else "" for r in rows] == ["NOT_AN_IMAGE", "", "CANNOT_READ"]


def test_a_model_without_pictures_is_fed_by_records_and_refuses_images(
    vectors: Path, opened: Open, tmp_path: Path
) -> None:
    predictor = opened(vectors)
    numbers = np.arange(6, dtype="float64").reshape(2, 3)
    np.save(tmp_path / "a.npy", numbers)
    np.savez(tmp_path / "a.npz", numbers=numbers.astype("int32"), metadata=np.array(["x", "y"]))
    np.savez(tmp_path / "one.npz", numbers)
    lines = write_lines(tmp_path / "a.jsonl", [{"numbers": n.tolist(), "metadata": "m"} for n in numbers])
    records = [example_of(predictor.form.inputs, {"numbers": n, "metadata": "m"}) for n in numbers]
    files = [*(tmp_path / n for n in ("a.npy", "a.npz", "one.npz")), lines, write_records(tmp_path / "r", records)]
    rows = predictor.predict_images(files)
    assert [r.prediction["classes"] for r in rows if r.prediction] == [[3.0], [12.0]] * 5
    keys = [r.prediction["metadata"] for r in rows if r.prediction]
    assert keys[:4] == [str(tmp_path / "a.npy:1"), str(tmp_path / "a.npy:2"), "x", "y"]
    with pytest.raises(WorkbenchError, match="has no image input") as caught:
        predictor.predict_images([IMAGES[0]])
    assert caught.value.code == "NO_IMAGE_INPUT"


def test_the_bad_instances_of_a_model_without_pictures_have_their_own_rows(
    vectors: Path, opened: Open, tmp_path: Path
) -> None:
    lines = [{"numbers": [1, 2, 3], "metadata": "a"}, {"numbers": "x", "metadata": "b"}, {"metadata": "c"}]
    rows = opened(vectors).predict_images([write_lines(tmp_path / "a.jsonl", lines)])
    assert answers(rows)[1:] == ["PREDICTION_FAILED", "PREDICTION_FAILED"]
    assert rows[0].prediction == {"classes": [6.0], "metadata": "a"}


def test_an_array_without_a_name_is_refused_where_several_inputs_need_values(
    pair: Path, opened: Open, tmp_path: Path
) -> None:
    np.save(tmp_path / "a.npy", np.array([IMAGES[0].read_bytes()]))
    with pytest.raises(WorkbenchError, match=r"Save an \.npz with: ") as caught:
        opened(pair).predict_images([tmp_path / "a.npy"])
    assert caught.value.code == "NO_KEY"
