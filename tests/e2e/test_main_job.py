"""The main job through real processes: the commands a user types, a served version, the recorded numbers."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from support import REFERENCE

from workbench.cli.serve import running_server
from workbench.core import jobs
from workbench.spec.defaults import default_project
from workbench.spec.project import Project
from workbench.spec.release import PushOrder
from workbench.spec.targets.local import LocalTarget


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_server(tmp_path_factory.mktemp("served") / "root") as url:
        yield url


def push_unjudged(project: Project, base: Path, server: str, model: str, version: str = "") -> None:
    """A version pushed from this process and past the gate: one push by its command goes through the real one."""
    jobs.push(project, base, LocalTarget(url=server), PushOrder(model=model, version=version, default=True))


DEFAULT = re.compile(r"(preprocess|inputs|outputs|signature)\.\w+ = .+: ")
"""A line of `init`: the setting, its value and why."""


def workbench(*arguments: object, code: int = 0, cwd: Path | None = None) -> str:
    command = [sys.executable, "-m", "workbench", *(str(a) for a in arguments)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=os.environ, timeout=240)
    assert done.returncode == code, done.stderr
    # No chatter of TensorFlow's, no warnings, no progress outside a terminal: only the defaults that `init` tells.
    said = [line for line in done.stderr.splitlines() if not (arguments[0] == "init" and DEFAULT.match(line))]
    assert said == []
    return done.stdout


def test_a_2018_model_is_pushed_called_and_rolled_back_with_the_recorded_numbers(tmp_path: Path, server: str) -> None:
    shutil.copy(REFERENCE / "image_and_features.h5", tmp_path / "m.h5")
    with np.load(REFERENCE / "image_and_features_expected.npz") as record:
        names, features, classes = record["names"], record["features"], record["classes"]
    rows = [{"file": str(n), "Features": f.tolist()} for n, f in zip(names, features, strict=True)]
    (tmp_path / "f.jsonl").write_text("\n".join(map(json.dumps, rows)))
    images = [REFERENCE / "images" / str(n) for n in names]
    at = ("--target", "local", "--model", "shop", "--url", server)

    workbench("init", "m.h5", "--reader", "tf1", cwd=tmp_path)
    pushed = workbench("push", "m.toml", *at, cwd=tmp_path)
    assert pushed.splitlines()[-1] == "projects/local/models/shop/versions/v1"
    given = (*images, "--features", "f.jsonl", "--format", "jsonl")
    called = [json.loads(x) for x in workbench("call", *at, *given, cwd=tmp_path).splitlines()]
    local = [json.loads(x) for x in workbench("predict", "m.toml", *given, cwd=tmp_path).splitlines()]
    assert called == local
    np.testing.assert_allclose([row["prediction"]["classes"] for row in called], classes, atol=1e-5)
    assert [row["prediction"]["metadata"] for row in called] == [str(p) for p in images]

    nearest = default_project(jobs.inspect(tmp_path / "m.h5"), "m.h5")
    push_unjudged(nearest, tmp_path, server, "shop", "nearest")
    after = [json.loads(x) for x in workbench("call", *at, *given, cwd=tmp_path).splitlines()]
    assert after != called
    workbench("versions", "set-default", "v1", *at)
    listed = json.loads(workbench("versions", "list", *at, "--json"))
    assert [(v["name"], v["state"], v.get("default", False)) for v in listed] == [
        ("v1", "READY", True),
        ("nearest", "READY", False),
    ]
    again = [json.loads(x) for x in workbench("call", *at, *given, cwd=tmp_path).splitlines()]
    assert again == called


def test_bad_images_and_bad_requests_through_the_api_are_rows_and_sentences(tmp_path: Path, server: str) -> None:
    at = ("--target", "local", "--model", "tiny", "--url", server)
    project = default_project(jobs.inspect(REFERENCE / "tiny_cnn.h5"), "tiny_cnn.h5")
    push_unjudged(project, REFERENCE, server, "tiny")
    (tmp_path / "bad.jpg").write_text("hello")
    (tmp_path / "empty.jpg").write_bytes(b"")
    good = REFERENCE / "images" / "img00.jpg"
    out = workbench("call", *at, tmp_path / "empty.jpg", good, tmp_path / "bad.jpg", "--format", "jsonl", code=1)
    rows = [json.loads(line) for line in out.splitlines()]
    assert [row.get("error", {}).get("code", "") for row in rows] == ["EMPTY_FILE", "", "PREDICTION_FAILED"]
    assert "\n" not in rows[2]["error"]["message"]


def test_the_port_in_use_is_one_sentence_and_code_3(server: str, tmp_path: Path) -> None:
    port = server.rpartition(":")[2]
    command = [sys.executable, "-m", "workbench", "serve", "--port", port, "--root", str(tmp_path / "other")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (3, "")
    assert port in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_the_demo_runs_the_whole_job_and_says_so(tmp_path: Path) -> None:
    out = workbench("demo", "--dir", tmp_path / "demo")
    for words in (
        "1. Inspect the model",
        "20 of 20 digits",
        "already there, nothing sent",
        "the same 20 predictions as locally",
        "v1  READY  default",
        "Done in",
    ):
        assert words in out
    assert (tmp_path / "demo" / "export" / "saved_model.pb").is_file()


def test_an_interrupted_server_ends_quietly(tmp_path: Path) -> None:
    with running_server(tmp_path / "root"):
        pass
    assert (tmp_path / "root.log").read_text() == ""
