"""Files to instances: folders, values, features, and each bad image in its own row."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from support import REFERENCE

from workbench.core.instances.folder_walk import natural
from workbench.core.instances.image_instances import check_values, make_instance, to_json
from workbench.core.instances.instance_form import InstanceForm, form_of
from workbench.core.instances.sources import expand
from workbench.core.predict import Predictor
from workbench.spec.errors import WorkbenchError
from workbench.spec.features import parse_set, read_features
from workbench.spec.tensors import SignatureSpec, TensorSpec

STRING = TensorSpec("DT_STRING", (-1,), "s:0")
VECTOR = TensorSpec("DT_FLOAT", (-1, 3), "v:0")


def form(**inputs: TensorSpec) -> InstanceForm:
    passthrough = tuple(a for a in inputs if a in ("metadata", "shop"))
    return InstanceForm("serving_default", {"input": STRING, **inputs}, ("input",), passthrough)


@pytest.fixture
def picture(tmp_path: Path) -> str:
    path = tmp_path / "p.jpg"
    path.write_bytes(b"\xff\xd8 picture")
    return str(path)


def test_folders_are_read_through_in_natural_order(tmp_path: Path) -> None:
    for name in ("img10.jpg", "img2.JPG", "sub/a.png", "notes.txt", "img1.jpeg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    names = [str(Path(p).relative_to(tmp_path)) for p in expand([tmp_path])]
    assert names == ["img1.jpeg", "img2.JPG", "img10.jpg", "sub/a.png"]
    assert natural(["b1", "a20", "a3"]) == ["a3", "a20", "b1"]


def test_named_files_keep_their_order_whatever_their_ending(tmp_path: Path) -> None:
    for name in ("z.bin", "a.jpg"):
        (tmp_path / name).write_bytes(b"x")
    assert expand([tmp_path / "z.bin", tmp_path / "a.jpg"]) == [str(tmp_path / "z.bin"), str(tmp_path / "a.jpg")]


def test_inputs_that_are_not_there_are_refused(tmp_path: Path) -> None:
    for given, code in (([tmp_path / "none.jpg"], "NO_FILE"), ([tmp_path], "NO_INPUTS"), ([], "NO_INPUTS")):
        with pytest.raises(WorkbenchError) as caught:
            expand(given)
        assert caught.value.code == code


def test_the_form_is_read_off_a_signature() -> None:
    signature = SignatureSpec("m", {"jpeg": STRING, "id": STRING, "Features": VECTOR}, {"id": STRING, "y": VECTOR})
    found = form_of({"serving_default": signature})
    assert (found.image_alias, found.passthrough, found.values()) == ("jpeg", ("id",), ("Features",))


def test_a_signature_with_two_possible_images_needs_to_be_told() -> None:
    signature = SignatureSpec("m", {"a": STRING, "b": STRING}, {"y": VECTOR})
    with pytest.raises(WorkbenchError) as caught:
        form_of({"serving_default": signature})
    assert caught.value.code == "NO_IMAGE_KEY"
    assert form_of({"serving_default": signature}, image_alias="b").image_alias == "b"
    with pytest.raises(WorkbenchError, match="no signature 'other'"):
        form_of({"serving_default": signature}, "other")


def test_a_passthrough_key_nobody_set_carries_the_path(picture: str) -> None:
    made = make_instance(form(metadata=STRING, shop=STRING), picture, {"shop": "Köln"}, {})
    assert made == {"input": b"\xff\xd8 picture", "metadata": picture, "shop": "Köln"}
    assert to_json(made)["input"] == {"b64": "/9ggcGljdHVyZQ=="}


def test_a_number_for_a_text_key_is_sent_as_text(picture: str) -> None:
    assert make_instance(form(metadata=STRING), picture, {"metadata": 17}, {})["metadata"] == "17"


@pytest.mark.parametrize("key", ["p.jpg", "path"])
def test_features_are_matched_by_path_or_base_name_and_win_over_set(picture: str, key: str) -> None:
    features = {picture if key == "path" else key: {"Features": [1, 2, 3]}}
    made = make_instance(form(Features=VECTOR), picture, {"Features": [0, 0, 0]}, features)
    assert made["Features"] == [1, 2, 3]


@pytest.mark.parametrize(
    ("value", "code"), [([1, 2], "BAD_VALUE"), ("abc", "BAD_VALUE"), ([1, "x", 2], "BAD_VALUE"), (1.5, "BAD_VALUE")]
)
def test_a_value_of_another_shape_or_kind_is_the_rows_own_error(picture: str, value: object, code: str) -> None:
    with pytest.raises(WorkbenchError) as caught:
        make_instance(form(Features=VECTOR), picture, {"Features": value}, {})
    assert caught.value.code == code


def test_a_missing_value_and_an_unknown_key_are_refused_at_once() -> None:
    with pytest.raises(WorkbenchError, match="--features") as caught:
        check_values(form(Features=VECTOR), {}, {})
    assert caught.value.code == "MISSING_VALUE"
    with pytest.raises(WorkbenchError, match="It takes: Features") as caught:
        check_values(form(Features=VECTOR), {"features": [1, 2, 3]}, {})
    assert caught.value.code == "UNKNOWN_KEY"
    with pytest.raises(WorkbenchError):
        check_values(form(), {"input": "x"}, {})


def test_set_options_are_json_or_text() -> None:
    assert parse_set(("a=[1, 2]", "b=hello=world", 'c="quoted"', "d=")) == {
        "a": [1, 2],
        "b": "hello=world",
        "c": "quoted",
        "d": "",
    }
    for text in ("9" * 5000, "[" * 100_000):
        assert parse_set((f"id={text}",)) == {"id": text}
    with pytest.raises(WorkbenchError, match="KEY=VALUE"):
        parse_set(("nothing",))


def test_features_come_from_csv_and_json_lines_alike(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text('file,Features,shop\na.jpg,"[1, 2]",Köln\nb.jpg,"[3, 4]",\n', encoding="utf-8")
    (tmp_path / "f.jsonl").write_text(
        '{"file": "a.jpg", "Features": [1, 2], "shop": "Köln"}\n\n{"file": "b.jpg", "Features": [3, 4], "shop": ""}\n',
        encoding="utf-8",
    )
    expected = {"a.jpg": {"Features": [1, 2], "shop": "Köln"}, "b.jpg": {"Features": [3, 4], "shop": ""}}
    assert read_features(tmp_path / "f.csv") == expected
    assert read_features(tmp_path / "f.jsonl") == expected


@pytest.mark.parametrize(("text", "name"), [("name,x\na,1\n", "f.csv"), ("{broken\n", "f.jsonl"), ("[1]\n", "f.jsonl")])
def test_features_nobody_can_read_are_refused(tmp_path: Path, text: str, name: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(WorkbenchError) as caught:
        read_features(tmp_path / name)
    assert caught.value.code == "BAD_FEATURES"


@pytest.fixture
def bad_images(tmp_path: Path) -> dict[str, tuple[Path, str]]:
    """A good image among bad ones of every kind, each with the code its row should carry."""
    good = (REFERENCE / "images" / "img04.jpg").read_bytes()
    files = {
        "good.jpg": (good, ""),
        "text.jpg": (b"dear network, please classify this", "NOT_AN_IMAGE"),
        "binary.jpg": (bytes(range(256)), "NOT_AN_IMAGE"),
        "empty.jpg": (b"", "EMPTY_FILE"),
        "cut.jpg": (good[: len(good) // 2], "BAD_IMAGE"),
    }
    found = {}
    for name, (content, code) in files.items():
        (tmp_path / name).write_bytes(content)
        found[name] = (tmp_path / name, code)
    Image.new("RGB", (9, 9)).save(tmp_path / "picture.webp")
    found["picture.webp"] = (tmp_path / "picture.webp", "UNDECLARED_FORMAT")
    return found


def test_each_bad_image_costs_its_own_row_and_no_other(
    exported: Callable[[str], Path], bad_images: dict[str, tuple[Path, str]]
) -> None:
    predictor = Predictor(exported("tiny_cnn"))
    paths = [path for path, _ in bad_images.values()] * 4
    rows = predictor.predict_images(paths)
    alone = predictor.predict_images([bad_images["good.jpg"][0]])[0]
    predictor.close()
    assert [row.source for row in rows] == [str(p) for p in paths]
    assert [row.error.code if row.error else "" for row in rows] == [code for _, code in bad_images.values()] * 4
    good = [row.prediction for row in rows if row.prediction]
    assert good[0]["classes"] == pytest.approx(alone.prediction["classes"], abs=1e-6)  # type: ignore[index]


def test_a_project_and_a_bare_model_predict_without_an_export_by_hand(reference_images: list[Path]) -> None:
    predictor = Predictor(REFERENCE / "tiny_cnn.h5")
    rows = predictor.predict_images(reference_images[:2])
    predictor.close()
    assert all(row.prediction and len(row.prediction["classes"]) == 2 for row in rows)  # type: ignore[arg-type]


def test_rows_of_features_that_are_missing_for_one_image_name_it(
    exported: Callable[[str], Path], reference_images: list[Path]
) -> None:
    predictor = Predictor(exported("image_and_features"))
    features: dict[str, Any] = {reference_images[0].name: {"Features": [0] * 8}}
    rows = predictor.predict_images(reference_images[:2], features=features)
    predictor.close()
    assert rows[0].prediction is not None
    assert rows[1].error is not None
    assert (rows[1].error.code, rows[1].error.where) == ("MISSING_VALUE", str(reference_images[1]))
