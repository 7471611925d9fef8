"""What needs no window: drops, values, features files, scores, texts, model names."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.gui.drops import image_files as files_in
from workbench.gui.drops import sort_out
from workbench.gui.push_card import legal_name
from workbench.gui.scores import Reading, top_scores
from workbench.gui.texts import json_text, number_text, seconds_text, size_text
from workbench.gui.values import example, read_value
from workbench.spec.errors import WorkbenchError
from workbench.spec.features import match, read_features
from workbench.spec.signature import TensorSpec
from workbench.spec.target import check_name

TEXT = TensorSpec("DT_STRING", (-1,), "t:0")
VECTOR = TensorSpec("DT_FLOAT", (-1, 3), "v:0")
NUMBER = TensorSpec("DT_FLOAT", (-1,), "n:0")
MATRIX = TensorSpec("DT_FLOAT", (-1, 2, -1), "m:0")


def test_dropped_files_are_told_apart_by_their_names(tmp_path: Path) -> None:
    paths = ["a.H5", "b.keras", "p.toml", "i.JPG", "v.csv", "l.txt", "x.doc", str(tmp_path)]
    dropped = sort_out(paths)
    assert dropped.to_open == "p.toml"
    assert dropped.images == ("i.JPG", str(tmp_path))
    assert (dropped.features, dropped.labels, dropped.strange) == ("v.csv", "l.txt", ("x.doc",))
    assert not sort_out(["x.doc"]).welcome


def test_folders_give_their_images_sorted_and_files_are_left_as_they_are(tmp_path: Path) -> None:
    for name in ("b/2.jpg", "b/1.PNG", "a/z.webp", "a/readme.md", "0.jpeg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = [str(Path(p).relative_to(tmp_path)) for p in files_in([str(tmp_path / "b/2.jpg"), str(tmp_path)])]
    assert found == ["b/2.jpg", "0.jpeg", "a/z.webp", "b/1.PNG", "b/2.jpg"]


@pytest.mark.parametrize(
    ("text", "spec", "value"),
    [
        ("[1, 2, 3.5]", VECTOR, [1, 2, 3.5]),
        ("4", NUMBER, 4),
        ("[[1], [2]]", MATRIX, [[1], [2]]),
        ("plain words", TEXT, "plain words"),
        ('"quoted"', TEXT, "quoted"),
        ("7", TEXT, "7"),
    ],
)
def test_typed_values_become_what_the_request_carries(text: str, spec: TensorSpec, value: object) -> None:
    assert read_value(text, spec) == value


@pytest.mark.parametrize(
    ("text", "spec", "word"),
    [
        ("[1, 2", VECTOR, "not JSON"),
        ("[1, 2]", VECTOR, "3 values"),
        ("1", VECTOR, "list of 3"),
        ("[1]", NUMBER, "One number"),
        ('["a", "b", "c"]', VECTOR, "One number"),
    ],
)
def test_wrong_values_are_refused_with_what_is_wanted(text: str, spec: TensorSpec, word: str) -> None:
    with pytest.raises(WorkbenchError, match=word):
        read_value(text, spec)


def test_examples_are_values_themselves() -> None:
    assert example(VECTOR) == "[0.0, 0.0, 0.0]"
    assert read_value(example(VECTOR), VECTOR) == [0.0, 0.0, 0.0]
    assert read_value(example(NUMBER), NUMBER) == 0.0
    assert example(TEXT) == ""


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


def test_the_best_three_classes_come_with_their_labels() -> None:
    scores = top_scores({"classes": [0.1, 0.7, 0.05, 0.15], "id": "x"}, Reading(("classes",), ("a", "b", "c", "d")))
    assert [(s.label, s.number()) for s in scores] == [("b", "70.0 %"), ("d", "15.0 %"), ("a", "10.0 %")]


def test_numbers_that_are_no_parts_of_one_have_no_bar() -> None:
    scores = top_scores({"y": [3.0, -1.0]}, Reading(("y",)))
    assert [(s.label, s.number(), s.part) for s in scores] == [("#0", "3", None), ("#1", "-1", None)]


def test_several_outputs_give_one_line_each() -> None:
    scores = top_scores({"kind": [0.2, 0.8], "age": [41.5]}, Reading(("kind", "age"), ("a", "b")))
    assert [(s.label, s.number()) for s in scores] == [("kind #1", "80.0 %"), ("age", "41.5")]


def test_a_prediction_that_is_no_vector_gives_no_lines() -> None:
    assert top_scores({"mask": [[0.1], [0.2]]}, Reading(("mask",))) == []


@pytest.mark.parametrize("stem", ["digits", "my-model.v2", "2018 final", "_x_", "élan", "...", "a" * 300])
def test_a_suggested_name_is_a_legal_one(stem: str) -> None:
    assert check_name("model", legal_name(stem))


def test_numbers_and_json_are_written_for_people() -> None:
    assert (size_text(999), size_text(287_344), size_text(9_300_000), size_text(1_500_000_000)) == (
        "999 B",
        "287 kB",
        "9.3 MB",
        "1.50 GB",
    )
    assert number_text(3_500_000) == "3\u202f500\u202f000"
    assert (seconds_text(0.004), seconds_text(2.44), seconds_text(200)) == ("4 ms", "2.4 s", "3 min 20 s")
    assert (
        json_text({"a": [1, 2], "b": [{"c": []}]}) == '{\n  "a": [1, 2],\n  "b": [\n    {\n      "c": []\n    }\n  ]\n}'
    )
