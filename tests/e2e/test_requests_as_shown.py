"""The requests that `show` prints, run as they stand against a served version: the replies are the ones foretold."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support import REFERENCE

from workbench.cli.serve import running_server
from workbench.core import jobs
from workbench.core.predict import Predictor
from workbench.spec.defaults import default_project
from workbench.spec.project import Project
from workbench.spec.release import PushOrder
from workbench.spec.render import reply_for, request_for
from workbench.spec.request_samples import curl, gcloud, python
from workbench.spec.settings import Passthrough, SignatureSettings
from workbench.spec.signature import Composition, compose
from workbench.spec.targets.local import LocalTarget

KEYS = SignatureSettings(
    passthrough=(Passthrough("object_id", "metadata", "int64"), "note"), labels=("bird", "cat", "dog"), top_k=2
)


@pytest.fixture(scope="module")
def project() -> Project:
    import msgspec

    made = default_project(jobs.inspect(REFERENCE / "image_and_features.h5"), "image_and_features.h5", reader="tf1")
    return msgspec.structs.replace(made, signature=KEYS)


@pytest.fixture(scope="module")
def made(project: Project) -> Composition:
    return compose(jobs.inspect(REFERENCE / "image_and_features.h5"), project)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, project: Project) -> Iterator[str]:
    with running_server(tmp_path_factory.mktemp("root")) as url:
        jobs.push(project, REFERENCE, LocalTarget(url=url), PushOrder(model="shown", default=True))
        yield url


@pytest.fixture
def beside(tmp_path: Path) -> Path:
    """A folder with the file that the printed requests read."""
    shutil.copy(REFERENCE / "images" / "img00.jpg", tmp_path / "image.jpg")
    return tmp_path


def _run(command: list[str], folder: Path, text: str) -> str:
    done = subprocess.run(
        command, input=text, capture_output=True, text=True, cwd=folder, env=os.environ, check=True, timeout=60
    )
    return done.stdout


def _form(value: Any) -> Any:
    """A value's kinds and lengths, whatever its numbers and words."""
    if isinstance(value, dict):
        return {key: _form(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_form(item) for item in value]
    return type(value).__name__


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed here")
def test_curl_gets_the_reply_that_was_shown(made: Composition, served: str, beside: Path) -> None:
    text = curl(request_for(made, "serving_default"), url=served, model="shown")
    answer = json.loads(_run(["bash", "-s"], beside, text))
    shown = reply_for(made, "serving_default", KEYS.labels)
    assert _form(answer) == _form(shown)
    assert answer["predictions"][0]["note"] == shown["predictions"][0]["note"]  # type: ignore[index]


def test_the_python_program_gets_what_predict_answers(
    made: Composition, project: Project, served: str, beside: Path
) -> None:
    program = python(request_for(made, "serving_default"), url=served, project="local", model="shown")
    answer = ast.literal_eval(_run([sys.executable, "-"], beside, program))
    predictor = Predictor(jobs.export(project, REFERENCE).path)
    values = {"Features": [0.0] * 8, "object_id": 0, "note": "note of image 1"}
    (row,) = predictor.predict_images([beside / "image.jpg"], values=values)
    predictor.close()
    assert answer == row.prediction


def test_gclouds_instances_are_lines_that_the_same_request_holds(made: Composition, beside: Path) -> None:
    tool = beside / "gcloud"
    tool.write_text('#!/bin/sh\necho "$@"\ncat instances.json\n')
    tool.chmod(0o755)
    text = gcloud(request_for(made, "tf_example"), model="shown")
    (beside / "record.bin").write_bytes(b"serialized")
    out = _run(["bash", "-c", f'PATH="{beside}:$PATH"; {text}'], beside, "").splitlines()
    assert out[0].split() == [
        "ai-platform",
        "predict",
        "--model=shown",
        "--json-instances=instances.json",
        "--signature-name=tf_example",
    ]
    assert json.loads(out[1]) == {"examples": {"b64": "c2VyaWFsaXplZA=="}}
