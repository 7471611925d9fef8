"""`inspect`: facts from the file alone, and a word for everything that is no model."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from support import REFERENCE

from workbench.core.model.scan import inspect, library_for
from workbench.spec.errors import WorkbenchError

INPUT = {"class_name": "InputLayer", "config": {"name": "in", "batch_input_shape": [None, 8, 8, 3]}}
DENSE = {"class_name": "Dense", "config": {"name": "out", "units": 3}}


def _code(path: Path) -> str:
    with pytest.raises(WorkbenchError) as caught:
        inspect(path)
    assert str(path) in str(caught.value)
    return caught.value.code


@pytest.mark.parametrize(
    ("name", "class_name", "layers", "parameters", "inputs", "outputs"),
    [
        ("tiny_cnn", "Sequential", 10, 7618, [("conv2d_1_input", (None, 64, 64, 3))], [("dense_2", (None, 2))]),
        (
            "image_and_features",
            "Model",
            11,
            1551,
            [("image", (None, 64, 48, 3)), ("Features", (None, 8))],
            [("dense_3", (None, 3))],
        ),
        ("mobilenet", "Model", 89, 219315, [("input_1", (None, 96, 96, 3))], [("dense_1", (None, 3))]),
    ],
)
def test_the_reference_models_are_read_without_loading(
    name: str, class_name: str, layers: int, parameters: int, inputs: Any, outputs: Any
) -> None:
    facts = inspect(REFERENCE / f"{name}.h5")
    assert (facts.class_name, facts.layers, facts.parameters) == (class_name, layers, parameters)
    assert [(t.name, t.shape) for t in facts.inputs] == inputs
    assert [(t.name, t.shape) for t in facts.outputs] == outputs
    assert (facts.keras_version, facts.backend, facts.loads_with) == ("2.2.4", "tensorflow", "tf_keras")
    assert facts.problems == ()


def test_inspecting_imports_no_tensorflow() -> None:
    code = (
        "import sys; from pathlib import Path; from workbench.core.jobs import inspect;"
        f"inspect(Path({str(REFERENCE / 'tiny_cnn.h5')!r}));"
        "print(sorted(m for m in ('tensorflow', 'keras', 'tf_keras') if m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "EMPTY_FILE"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00", "LFS_POINTER"),
        (b"<!DOCTYPE html><html>sign in</html>", "HTML_PAGE"),
        (b"just some text", "NOT_HDF5"),
        (b"PK\x03\x04 cut off here", "TRUNCATED"),
    ],
)
def test_a_file_that_is_no_model_is_named_for_what_it_is(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "model.h5"
    path.write_bytes(content)
    assert _code(path) == code


def test_a_missing_file_and_a_folder_are_said_so(tmp_path: Path) -> None:
    assert _code(tmp_path / "none.h5") == "NO_FILE"
    assert _code(tmp_path) == "NO_FILE"


def test_a_half_copied_model_is_truncated(tmp_path: Path) -> None:
    whole = (REFERENCE / "tiny_cnn.h5").read_bytes()
    path = tmp_path / "half.h5"
    path.write_bytes(whole[: len(whole) * 6 // 10])
    assert _code(path) == "TRUNCATED"


def test_weights_alone_are_named_as_such(make_h5: Any) -> None:
    assert _code(make_h5(None, layer_names="dense")) == "WEIGHTS_ONLY"


def test_an_hdf5_file_of_another_program_is_not_keras(tmp_path: Path) -> None:
    path = tmp_path / "data.h5"
    with h5py.File(path, "w") as file:
        file["x"] = np.arange(3)
    assert _code(path) == "NOT_KERAS"


def test_a_configuration_that_is_no_json_is_said_so(make_h5: Any) -> None:
    assert _code(make_h5(None, model_config="{broken")) == "BAD_CONFIG"
    assert _code(make_h5(None, model_config="[1]")) == "BAD_CONFIG"
    assert _code(make_h5(None, model_config='{"class_name": "Model", "config": 3}')) == "BAD_CONFIG"


def test_values_that_lie_in_another_file_are_refused(tmp_path: Path) -> None:
    for name, code in (("link", "UNSAFE_LINK"), ("external", "UNSAFE_DATASET")):
        path = tmp_path / f"{name}.h5"
        with h5py.File(path, "w") as file:
            file.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": []})
            group = file.create_group("model_weights")
            if name == "link":
                group["w"] = h5py.ExternalLink("/etc/passwd", "/x")
            else:
                group.create_dataset("w", (4,), "u1", external=[("/etc/passwd", 0, 4)])
        with pytest.raises(WorkbenchError) as caught:
            inspect(path)
        assert caught.value.code == code


def test_layers_that_carry_code_are_named_at_any_depth(make_h5: Any) -> None:
    inner = {
        "class_name": "Sequential",
        "config": {"name": "inner", "layers": [{"class_name": "Lambda", "config": {}}]},
    }
    wrapped = {"class_name": "TimeDistributed", "config": {"name": "td", "layer": inner}}
    code = {"class_name": "__lambda__", "config": {"value": "4w"}}
    hidden = {"class_name": "Dense", "config": {"name": "d", "units": 1, "activation": code}}
    facts = inspect(make_h5([INPUT, wrapped, hidden], keras_version="3.8.0"))
    assert facts.runs_code == ("td/inner/Lambda", "d")
    assert {p.code for p in facts.problems} == {"LAMBDA"}


def test_classes_that_are_not_keras_own_are_named(make_h5: Any) -> None:
    facts = inspect(make_h5([INPUT, {"class_name": "SplineWeight1D", "config": {"name": "x"}}]))
    assert facts.custom_objects == ("SplineWeight1D",)
    assert [p.code for p in facts.problems] == ["CUSTOM_CLASS"]


def test_layers_nested_without_end_are_refused(make_h5: Any) -> None:
    model: dict[str, Any] = {"class_name": "Sequential", "config": {"name": "x", "layers": []}}
    for _ in range(100):
        model = {"class_name": "Sequential", "config": {"name": "x", "layers": [model]}}
    assert _code(make_h5([model])) == "BAD_CONFIG"


def test_what_loading_would_repair_is_told_and_is_no_problem(make_h5: Any) -> None:
    up = {"class_name": "UpSampling2D", "config": {"name": "u", "size": [2, 2], "interpolation": "bilinear"}}
    facts = inspect(make_h5([INPUT, up], keras_version="2.3.1"))
    assert facts.problems == ()
    assert any("u" in repair.message and repair.source for repair in facts.repairs)
    assert facts.outputs[0].shape == (None, 16, 16, 3)
    assert inspect(make_h5([INPUT, up], keras_version="2.2.4-tf")).repairs == ()


def test_a_sequential_written_as_a_bare_list_is_read(make_h5: Any) -> None:
    config = {"class_name": "Sequential", "config": [{"class_name": "Dense", "config": DENSE["config"]}]}
    config["config"][0]["config"] = {"name": "out", "units": 3, "batch_input_shape": [None, 5]}  # type: ignore[index]
    facts = inspect(make_h5(None, model_config=json.dumps(config)))
    assert [(t.name, t.shape) for t in facts.inputs] == [("out_input", (None, 5))]
    assert [(t.name, t.shape) for t in facts.outputs] == [("out", (None, 3))]


def test_a_fixed_batch_is_left_open(make_h5: Any) -> None:
    fixed = {"class_name": "InputLayer", "config": {"name": "in", "batch_input_shape": [32, 8, 8, 3]}}
    assert inspect(make_h5([fixed, DENSE])).inputs[0].shape == (None, 8, 8, 3)


@pytest.mark.parametrize(
    ("kind", "version", "library"),
    [("h5", "2.2.4", "tf_keras"), ("h5", "1.2.2", "tf_keras"), ("h5", "", "tf_keras"), ("h5", "2.2.4-tf", "tf_keras"),
     ("h5", "3.8.0", "keras"), ("keras", "3.4.1", "keras")],
)  # fmt: skip
def test_the_files_own_version_chooses_the_library(kind: str, version: str, library: str) -> None:
    assert library_for(kind, version) == library


def test_a_zip_that_is_no_keras_file_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "m.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("hello.txt", "x")
    assert _code(path) == "NOT_KERAS"
