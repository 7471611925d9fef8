"""What needs no window: drops, values, features files, scores, texts, model names."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from support import IMAGE, facts

from workbench.gui.dropped_files import sort_out
from workbench.gui.folder_scanner import image_files as files_in
from workbench.gui.texts import json_text, number_text, seconds_text, size_text
from workbench.gui.values import describe, describe_feed, example, fills_itself, read_value
from workbench.spec.defaults import default_project
from workbench.spec.errors import WorkbenchError
from workbench.spec.features import match, read_features
from workbench.spec.reply_keys import ReplyKeys, first_lines
from workbench.spec.signature import compose
from workbench.spec.target import KINDS
from workbench.spec.tensors import FeedKind, SignatureInput, TensorSpec


def feed(dtype: str, *inner: int, kind: FeedKind = "tensor") -> SignatureInput:
    """A request key of one instance's shape."""
    return SignatureInput("k", kind, "k", TensorSpec(dtype, (-1, *inner), "k:0"))


TEXT = feed("DT_STRING", kind="passthrough")
TEXTS = feed("DT_STRING", 2, kind="passthrough")
VECTOR = feed("DT_FLOAT", 3)
NUMBER = feed("DT_FLOAT")
WHOLE = feed("DT_INT64", 2)
SWITCH = feed("DT_BOOL")
MATRIX = feed("DT_FLOAT", 2, -1)
PICTURE = feed("DT_STRING", kind="image")


def test_dropped_files_are_told_apart_by_their_names(tmp_path: Path) -> None:
    paths = ["a.H5", "b.keras", "p.toml", "i.JPG", "v.csv", "l.txt", "x.doc", str(tmp_path)]
    dropped = sort_out(paths)
    assert dropped.to_open == "p.toml"
    assert dropped.inputs == ("i.JPG", str(tmp_path))
    assert (dropped.features, dropped.labels, dropped.strange) == ("v.csv", "l.txt", ("x.doc",))
    assert not sort_out(["x.doc"]).welcome


def test_json_lines_are_values_where_they_name_files_and_instances_elsewhere(tmp_path: Path) -> None:
    kinds = {
        "values.jsonl": ('{"file": "a.jpg", "k": 1}', "features"),
        "requests.jsonl": ('{"input": {"b64": "/9j/"}, "file": "a.jpg"}', "inputs"),
        "vectors.json": ('{"x": [1, 2]}', "inputs"),
        "broken.ndjson": ('{"x": [1', "inputs"),
        "a.npz": ("", "inputs"),
        "b.tfrecord-00000-of-00005": ("", "inputs"),
        "c.jsonl.gz": ("", "inputs"),
    }
    for name, (text, kind) in kinds.items():
        (tmp_path / name).write_text(text)
        assert getattr(sort_out([str(tmp_path / name)]), kind), name


def test_a_folder_with_a_saved_model_is_one_and_so_is_the_file_in_it(tmp_path: Path) -> None:
    (tmp_path / "saved_model.pb").touch()
    for path in (tmp_path, tmp_path / "saved_model.pb"):
        assert sort_out([str(path)]).saved_model == str(tmp_path)


def test_a_folder_with_the_parts_of_a_model_is_a_model_and_one_with_pictures_is_pictures(tmp_path: Path) -> None:
    for name in ("config.json", "metadata.json", "model.weights.h5"):
        assert sort_out([str(tmp_path)]).inputs == (str(tmp_path),)
        (tmp_path / name).touch()
    assert sort_out([str(tmp_path)]).to_open == str(tmp_path)


def test_folders_give_their_images_sorted_and_files_are_left_as_they_are(tmp_path: Path) -> None:
    for name in ("b/2.jpg", "b/1.PNG", "a/z.webp", "a/readme.md", "0.jpeg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = [str(Path(p).relative_to(tmp_path)) for p in files_in([str(tmp_path / "b/2.jpg"), str(tmp_path)])]
    assert found == ["b/2.jpg", "0.jpeg", "a/z.webp", "b/1.PNG", "b/2.jpg"]


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("[1, 2, 3.5]", VECTOR, [1, 2, 3.5]),
        ("4", NUMBER, 4),
        ("[[1], [2]]", MATRIX, [[1], [2]]),
        ("plain words", TEXT, "plain words"),
        ('"quoted"', TEXT, "quoted"),
        ("7", TEXT, "7"),
        ("[1]", TEXT, "[1]"),
        ('["a", "b"]', TEXTS, ["a", "b"]),
        ("true", SWITCH, True),
        ("[1, 2]", WHOLE, [1, 2]),
        ("masks/1.png", PICTURE, "masks/1.png"),
    ],
)
def test_typed_values_become_what_the_request_carries(text: str, key: SignatureInput, value: object) -> None:
    assert read_value(text, key) == value


@pytest.mark.parametrize(
    ("text", "key", "word"),
    [
        ("[1, 2", VECTOR, "not valid JSON"),
        ("[1, 2]", VECTOR, "3 values"),
        ("1", VECTOR, "list of 3"),
        ("[1]", NUMBER, "one number"),
        ('["a", "b", "c"]', VECTOR, "one number"),
        ("[1, 2.5]", WHOLE, "one whole number"),
        ("[true, 1]", WHOLE, "one whole number"),
        ("1", SWITCH, "true or false"),
        ("a", TEXTS, "not valid JSON"),
    ],
)
def test_wrong_values_are_refused_with_what_is_wanted(text: str, key: SignatureInput, word: str) -> None:
    with pytest.raises(WorkbenchError, match=word):
        read_value(text, key)


@pytest.mark.parametrize("key", [VECTOR, NUMBER, WHOLE, SWITCH, TEXTS, feed("DT_FLOAT", 2, 2)])
def test_examples_are_lists_of_the_right_depth(key: SignatureInput) -> None:
    assert describe(key.tensor)
    found = example(key.tensor)
    assert found.count("[") == len((key.tensor.shape or ())[1:])
    if key is not TEXTS and len(key.tensor.shape or ()) < 3:
        assert read_value(found, key) is not None


def test_one_text_needs_no_example_and_a_picture_is_named_by_its_file() -> None:
    assert example(TEXT.tensor) == ""
    assert describe_feed(PICTURE) == "an image file"
    assert [describe(k.tensor) for k in (VECTOR, WHOLE, SWITCH, MATRIX)] == [
        "3 numbers",
        "2 whole numbers",
        "true or false",
        "numbers (2, ?)",
    ]


def test_only_passthrough_keys_of_one_text_fill_themselves() -> None:
    assert fills_itself(TEXT)
    assert not any(map(fills_itself, (TEXTS, VECTOR, PICTURE, feed("DT_INT64", kind="passthrough"))))


def test_a_csv_gives_values_by_file_as_json_or_text(tmp_path: Path) -> None:
    path = tmp_path / "v.csv"
    path.write_text('file,Features,id\na.jpg,"[1, 2]",x7\nsub/b.jpg,"[3, 4]",12\n')
    features = read_features(path)
    assert features == {"a.jpg": {"Features": [1, 2], "id": "x7"}, "sub/b.jpg": {"Features": [3, 4], "id": 12}}
    assert match(features, ["/p/a.jpg", "/q/b.jpg", "/q/c.jpg"]) == {
        "/p/a.jpg": {"Features": [1, 2], "id": "x7"},
        "/q/b.jpg": {"Features": [3, 4], "id": 12},
    }


def test_json_lines_give_values_by_file_and_the_path_goes_before_the_name(tmp_path: Path) -> None:
    path = tmp_path / "v.jsonl"
    path.write_text('{"file": "/p/a.jpg", "k": 1}\n\n{"file": "/q/a.jpg", "k": 2}\n')
    assert match(read_features(path), ["/q/a.jpg", "/p/a.jpg"]) == {"/q/a.jpg": {"k": 2}, "/p/a.jpg": {"k": 1}}


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("v.csv", "name,k\na.jpg,1\n", "line 1"),
        ("v.csv", "file,k\na.jpg,1,2\n", "line 2"),
        ("v.jsonl", '{"file": "a"}\n{"file"', "line 2"),
        ("v.jsonl", '{"k": 1}\n', "line 1"),
    ],
)
def test_a_wrong_values_file_is_refused_with_the_line(tmp_path: Path, name: str, text: str, place: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(WorkbenchError, match=place) as refused:
        read_features(path)
    assert refused.value.code == "BAD_FEATURES"


def test_json_that_python_cannot_hold_is_no_json(tmp_path: Path) -> None:
    for text in ("9" * 5000, "[" * 100_000):
        (tmp_path / "v.jsonl").write_text(f'{{"file": "a", "k": 1}}\n{{"file": "b", "k": {text}')
        with pytest.raises(
            WorkbenchError,
            match=r"line 2: This is not valid JSON: (a number has too many digits|it is nested too deeply)\.",
        ):
            read_features(tmp_path / "v.jsonl")
        with pytest.raises(WorkbenchError, match="not valid JSON"):
            read_value(text, VECTOR)


def lines(prediction: dict[str, object], reading: ReplyKeys) -> list[tuple[str, str]]:
    """What a row says first."""
    return [(line.label(reading.labels), line.number()) for line in first_lines(prediction, reading)]


def test_the_best_three_classes_come_with_their_labels() -> None:
    reading = ReplyKeys("classes", labels=("a", "b", "c", "d"))
    found = lines({"classes": [0.1, 0.7, 0.05, 0.15], "id": "x"}, reading)
    assert found == [("b", "70.0 %"), ("d", "15.0 %"), ("a", "10.0 %")]


def test_numbers_that_are_no_parts_of_one_have_no_bar() -> None:
    scores = first_lines({"y": [3.0, -1.0]}, ReplyKeys("y"))
    assert [(s.label(()), s.number(), s.part) for s in scores] == [("#0", "3", False), ("#1", "-1", False)]


def test_several_outputs_give_one_line_each() -> None:
    found = lines({"kind": [0.2, 0.8], "age": [41.5]}, ReplyKeys(others=("kind", "age"), labels=("a", "b")))
    assert found == [("kind #1", "80.0 %"), ("age", "41.5")]


def test_one_sigmoid_unit_is_the_second_of_two_labels() -> None:
    two = ReplyKeys("p", two=True, labels=("cat", "dog"))
    assert lines({"p": [0.2]}, two) == [("cat", "80.0 %"), ("dog", "20.0 %")]
    assert lines({"p": [3.5]}, two) == [("p", "3.5")]


def test_answered_labels_are_taken_where_the_scores_are_left_out() -> None:
    reading = ReplyKeys("classes", top=("labels", "scores"), best="label")
    assert lines({"labels": ["b", "a"], "scores": [0.9, 0.1]}, reading) == [("b", "90.0 %"), ("a", "10.0 %")]
    assert lines({"labels": [7, 1], "scores": [0.9, 0.1]}, reading) == [("#7", "90.0 %"), ("#1", "10.0 %")]
    assert lines({"label": "b", "labels": ["b"]}, reading) == [("b", "")]


def test_a_prediction_that_is_no_vector_gives_no_lines() -> None:
    assert first_lines({"mask": [[0.1], [0.2]]}, ReplyKeys("mask")) == []
    assert first_lines({"mask": [[0.1], [0.2]]}, ReplyKeys(others=("mask",))) == []


def test_the_reading_follows_what_a_project_answers() -> None:
    model = facts(IMAGE, outputs=(("kind", (None, 2)), ("age", (None, 1))))
    project = default_project(model, "m.h5")
    plain = ReplyKeys.of(model, project, compose(model, project))
    assert (plain.scores, plain.others) == ("", ("kind", "age"))
    keys = msgspec.structs.replace(project.signature, scores_of="kind", top_k=2, best_key="best", labels=("a", "b"))
    project = msgspec.structs.replace(project, signature=keys)
    read = ReplyKeys.of(model, project, compose(model, project))
    assert (read.scores, read.top, read.best) == ("classes", ("labels", "scores"), "best")


@pytest.mark.parametrize("stem", ["digits", "my-model.v2", "2018 final", "_x_", "élan", "...", "a" * 300])
def test_a_suggested_name_is_a_legal_one(stem: str) -> None:
    for kind in KINDS.values():
        assert kind.facts.model_name.check(kind.facts.model_name.suggest(stem))


def test_numbers_and_json_are_written_for_people() -> None:
    assert (size_text(999), size_text(287_344), size_text(9_300_000), size_text(1_500_000_000)) == (
        "999 B",
        "287 kB",
        "9.3 MB",
        "1.5 GB",
    )
    assert number_text(3_500_000) == "3\u202f500\u202f000"
    assert (seconds_text(0.004), seconds_text(2.44), seconds_text(200)) == ("4 ms", "2.4 s", "3 min 20 s")
    assert (
        json_text({"a": [1, 2], "b": [{"c": []}]}) == '{\n  "a": [1, 2],\n  "b": [\n    {\n      "c": []\n    }\n  ]\n}'
    )
