"""What other people's scripts rely on: options, exit codes, and which stream carries what."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import reading

from workbench.core.model import inspect
from workbench.spec.project import load_project

COMMANDS = (
    "inspect",
    "init",
    "match",
    "show",
    "export",
    "predict",
    "prepare",
    "check",
    "push",
    "versions",
    "call",
    "batch",
    "access",
    "serve",
    "demo",
    "gui",
)


def test_help_lists_every_command_and_imports_none(cli: Any) -> None:
    done = cli("--help")
    assert done.code == 0
    for name in COMMANDS:
        assert f"  {name} " in done.out
    code = (
        # What a .pth file of an installed package imports at start-up is no import of ours.
        "import sys; before = set(sys.modules); from workbench.__main__ import run; run(['--help'])\n"
        "heavy = {'tensorflow', 'numpy', 'h5py', 'google.cloud', 'PySide6', 'apache_beam', 'pyarrow'}\n"
        "print(sorted(heavy & (set(sys.modules) - before)))"
    )
    fresh = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert fresh.stdout.splitlines()[-1] == "[]"


def test_every_command_explains_itself(cli: Any) -> None:
    for name in COMMANDS:
        done = cli(name, "--help")
        assert done.code == 0
        assert "Usage: workbench" in done.out


def test_inspect_prints_the_contracts_keys_and_only_json(cli: Any, work: Path) -> None:
    done = cli("inspect", work / "image_and_features.h5", "--json")
    found = json.loads(done.out)
    assert (done.code, done.err) == (0, "")
    assert {
        "path", "sha256", "bytes", "format", "keras_version", "backend", "class_name", "layers", "parameters",
        "inputs", "outputs", "loads_with", "runs_code", "custom_objects", "problems",
    } <= set(found)  # fmt: skip
    assert found["inputs"][1] == {"name": "Features", "dtype": "float32", "shape": [None, 8]}
    assert cli("inspect", work / "tiny_cnn.h5").out.count("\n") >= 5


def test_init_writes_the_usual_keys_and_the_options_given(cli: Any, work: Path) -> None:
    (work / "labels.txt").write_text("no\nyes\n")
    done = cli(
        "init", work / "tiny_cnn.h5", "-o", work / "sub" / "p.toml", "--reader", "tf1", "--scale", "-1..1",
        "--passthrough", "object_id", "--passthrough", "shop", "--labels", work / "labels.txt", "--scores-key", "p",
    )  # fmt: skip
    assert done.code == 0
    project = load_project(work / "sub" / "p.toml")
    assert project.model == "../tiny_cnn.h5"
    assert (reading(project).reader, reading(project).scale, reading(project).size) == ("tf1", "-1..1", (64, 64))
    assert project.signature.passthrough == ("object_id", "shop")
    assert (project.signature.labels, project.signature.scores_key) == (("no", "yes"), "p")
    cli("init", work / "tiny_cnn.h5")
    assert load_project(work / "tiny_cnn.toml").signature.passthrough == ("metadata",)


def test_init_does_not_write_over_a_project_unless_told(cli: Any, work: Path) -> None:
    cli("init", work / "tiny_cnn.h5")
    again = cli("init", work / "tiny_cnn.h5", "--reader", "tf1")
    assert again.code == 2
    assert "--force" in again.err
    assert cli("init", work / "tiny_cnn.h5", "--reader", "tf1", "--force").code == 0
    assert reading(load_project(work / "tiny_cnn.toml")).reader == "tf1"


def test_show_tells_what_a_project_will_be_and_what_a_saved_model_is(cli: Any, work: Path) -> None:
    cli("init", work / "image_and_features.h5")
    planned = json.loads(cli("show", work / "image_and_features.toml", "--json").out)
    assert cli("export", work / "image_and_features.toml", "-o", work / "out").code == 0
    written = json.loads(cli("show", work / "out", "--json").out)
    assert planned["signatures"] == written["signatures"]
    assert set(written) == {"tags", "signatures", "request", "reply", "problems", "notes"}
    assert (planned["request"], planned["reply"]) == (written["request"], written["reply"])
    spec = planned["signatures"]["serving_default"]
    assert spec["inputs"]["input"] == {"dtype": "DT_STRING", "shape": [-1], "name": "inputs/input:0"}
    assert "b64" in planned["request"]["instances"][0]["input"]
    text = cli("show", work / "out").out
    assert text.startswith("MetaGraphDef with tag-set: 'serve'")
    for title in ("Request:", "curl:", "Python:", "gcloud:", "Reply:"):
        assert f"\n{title}\n" in text
    assert cli("show", work / "out", "--signature", "tf_example").out.count('"signature_name": "tf_example"') >= 1
    assert cli("show", work / "out", "--signature", "none").code == 2


def test_an_export_is_opened_again_as_the_project_it_came_from(cli: Any, work: Path) -> None:
    cli("init", work / "tiny_cnn.h5", "--reader", "tf1", "--passthrough", "id:int64=number", "--top-k", "1")
    cli("export", work / "tiny_cnn.toml", "-o", work / "out")
    assert cli("init", work / "out", "-o", work / "again.toml").code == 0
    assert load_project(work / "again.toml") == load_project(work / "tiny_cnn.toml")
    (work / "tiny_cnn.h5").unlink()
    refused = cli("init", work / "out", "-o", work / "third.toml")
    assert refused.code == 2
    assert "tiny_cnn.h5" in refused.err
    assert not (work / "third.toml").exists()


def test_export_puts_the_weights_beside_the_graph_on_demand(cli: Any, work: Path) -> None:
    done = json.loads(cli("export", work / "tiny_cnn.h5", "-o", work / "v", "--layout", "variables", "--json").out)
    assert done["layout"] == "variables"
    assert {p.name for p in (work / "v" / "variables").iterdir()} == {
        "variables.index",
        "variables.data-00000-of-00001",
    }


def test_export_ends_with_the_path_or_tells_it_in_json(cli: Any, work: Path) -> None:
    cli("init", work / "tiny_cnn.h5")
    done = cli("export", work / "tiny_cnn.toml")
    place = Path(done.out.splitlines()[-1])
    assert (place / "saved_model.pb").is_file()
    found = json.loads(cli("export", work / "tiny_cnn.toml", "-o", work / "o", "--json").out)
    assert {"path", "bytes", "files", "seconds", "fingerprint"} <= set(found)
    assert (found["path"], found["files"]) == (str(work / "o"), 2)


def test_predict_prints_one_line_an_input_in_order(cli: Any, work: Path) -> None:
    cli("init", work / "tiny_cnn.h5", "--reader", "tf1")
    images = [work / "images" / f"img0{i}.jpg" for i in (3, 0, 7)]
    done = cli("predict", work / "tiny_cnn.toml", *images, "--format", "jsonl")
    rows = [json.loads(line) for line in done.out.splitlines()]
    assert done.code == 0
    assert [row["source"] for row in rows] == [str(p) for p in images]
    assert [row["prediction"]["metadata"] for row in rows] == [str(p) for p in images]
    with np.load(work / "tiny_cnn_expected.npz") as expected:
        by_name = dict(zip(expected["names"], expected["classes"], strict=True))
    for row, path in zip(rows, images, strict=True):
        np.testing.assert_allclose(row["prediction"]["classes"], by_name[path.name], atol=1e-5)


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_predict_has_the_same_rows_in_every_form(cli: Any, work: Path, form: str) -> None:
    (work / "bad.jpg").write_text("text")
    images = [work / "images" / "img00.jpg", work / "bad.jpg"]
    done = cli("predict", work / "tiny_cnn.h5", *images, "--format", form, "-o", work / "rows")
    assert (done.code, done.out) == (1, "")
    text = (work / "rows").read_text()
    if form == "json":
        first, second = json.loads(text)
        assert len(first["prediction"]["classes"]) == 2
        assert second["error"]["code"] == "NOT_AN_IMAGE"
        assert set(second) == {"source", "error"}
    elif form == "csv":
        rows = list(csv.DictReader(io.StringIO(text)))
        assert len(json.loads(rows[0]["classes"])) == 2
        assert rows[1]["error"].startswith("NOT_AN_IMAGE")
    else:
        assert "img00.jpg" in text
        assert "NOT_AN_IMAGE" in text


def test_features_reach_the_model_from_a_file_and_by_set(cli: Any, work: Path) -> None:
    cli("init", work / "image_and_features.h5", "--reader", "tf1")
    with np.load(work / "image_and_features_expected.npz") as expected:
        names, features, classes = expected["names"], expected["features"], expected["classes"]
    lines = [json.dumps({"file": str(n), "Features": f.tolist()}) for n, f in zip(names, features, strict=True)]
    (work / "f.jsonl").write_text("\n".join(lines))
    images = [work / "images" / str(n) for n in names]
    base = ["predict", work / "image_and_features.toml", "--format", "jsonl"]
    done = cli(*base, *images, "--features", work / "f.jsonl", "--set", "metadata=same")
    rows = [json.loads(line) for line in done.out.splitlines()]
    np.testing.assert_allclose([r["prediction"]["classes"] for r in rows], classes, atol=1e-5)
    assert {r["prediction"]["metadata"] for r in rows} == {"same"}
    one = cli(*base, images[0], "--set", f"Features={json.dumps(features[0].tolist())}")
    np.testing.assert_allclose(json.loads(one.out)["prediction"]["classes"], classes[0], atol=1e-5)


def _write(work: Path, name: str, content: bytes | str) -> Path:
    path = work / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def bad_requests(work: Path) -> dict[str, tuple[list[object], str]]:
    """Command lines that cannot be right, each with words the one sentence must have."""
    image = work / "images" / "img00.jpg"
    project = "workbench = 1\nmodel = 'tiny_cnn.h5'\n[preprocess]\nsize = [64, 64]\n"
    return {
        "not HDF5": (["inspect", _write(work, "a.h5", "hello")], "not an HDF5 file"),
        "no file": (["inspect", work / "none.h5"], "no such file"),
        "weights only": (["inspect", work / "weights.h5"], "without the model"),
        "no project": (["show", work / "none.toml"], "no such file"),
        "unknown project option": (["show", _write(work, "u.toml", project + "blur = 2\n")], "unknown option 'blur'"),
        "size of another model": (["export", _write(work, "s.toml", project.replace("64]", "9]"))], "64x64"),
        "bad reader": (["init", work / "tiny_cnn.h5", "--reader", "cv2", "--force"], "'cv2' is not a reader"),
        "bad size": (["init", work / "tiny_cnn.h5", "--size", "big", "--force"], "'big' is not a valid size"),
        "bad key": (["init", work / "tiny_cnn.h5", "--image-key", "a b", "--force"], "cannot be a key"),
        "missing feature": (["predict", work / "image_and_features.h5", image], "'Features' has no value"),
        "unknown key": (["predict", work / "tiny_cnn.h5", image, "--set", "colour=1"], "no key 'colour'"),
        "no image": (["predict", work / "tiny_cnn.h5", work / "no.jpg"], "no such file"),
        "unknown option": (["inspect", work / "tiny_cnn.h5", "--fast"], "--fast"),
        "unknown command": (["fly"], "fly"),
        "bad model name": (["push", work / "tiny_cnn.h5", "--target", "local", "--model", "my-model"], "my-model"),
        "unknown target": (["push", work / "tiny_cnn.h5", "--target", "moon", "--model", "m"], "no target 'moon'"),
        "folder without export": (["show", work / "images"], "no saved_model.pb"),
    }


CASES = [
    "not HDF5", "no file", "weights only", "no project", "unknown project option", "size of another model",
    "bad reader", "bad size", "bad key", "missing feature", "unknown key", "no image", "unknown option",
    "unknown command", "bad model name", "unknown target", "folder without export",
]  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_bad_request_ends_in_one_sentence_and_leaves_nothing(cli: Any, work: Path, case: str) -> None:
    import h5py

    with h5py.File(work / "weights.h5", "w") as file:
        file.attrs["layer_names"] = ["dense"]
    arguments, words = bad_requests(work)[case]
    before = sorted(p for p in work.rglob("*"))
    done = cli(*arguments)
    assert (done.code, done.out) == (2, "")
    assert words in done.err
    assert "Traceback" not in done.err
    if case not in ("unknown option", "unknown command"):
        assert len(done.err.strip().splitlines()) == 1
    assert sorted(p for p in work.rglob("*")) == before


def test_debug_shows_the_traceback(cli: Any, work: Path) -> None:
    done = cli("--debug", "inspect", work / "none.h5")
    assert done.code == 2
    assert "Traceback" in done.err


def test_debug_says_what_runs_exports(cli: Any, work: Path) -> None:
    exported = cli("export", work / "tiny_cnn.h5", "-o", work / "export")
    assert exported.code == 0
    image = work / "images" / "img00.jpg"
    assert "C API" in cli("--debug", "predict", work / "export", image).err
    assert cli("predict", work / "export", image).err == ""


def test_a_server_that_is_not_there_is_the_outside_worlds_failure(cli: Any, work: Path) -> None:
    done = cli("versions", "list", "--target", "local", "--model", "m", "--url", "http://127.0.0.1:9")
    assert done.code == 3
    assert "workbench serve" in done.err
    assert len(done.err.strip().splitlines()) == 1


def test_a_bare_model_is_shown_with_default_settings(cli: Any, work: Path) -> None:
    shown = json.loads(cli("show", work / "mobilenet.h5", "--json").out)
    outputs = {t.name for t in inspect(work / "mobilenet.h5").outputs}
    assert outputs == {"dense_1"}
    assert shown["signatures"]["serving_default"]["outputs"]["classes"]["shape"] == [-1, 3]


def test_a_window_without_a_display_is_one_sentence(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    done = cli("gui")
    assert done.code == 3
    assert "workbench demo" in done.err
