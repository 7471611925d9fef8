"""What a push would send, told by the real clients without a connection."""

from __future__ import annotations

import json
import re
import shlex
import socket
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec
import pytest
from deploying import clouds, make_bucket, push

from workbench.core.deploy.dryrun import plan
from workbench.core.deploy.state import state_root
from workbench.core.progress import silent
from workbench.core.serve.faults import FaultInjector, Faults
from workbench.core.serve.run import running
from workbench.spec.errors import WorkbenchError
from workbench.spec.release import DryRun, PushOrder
from workbench.spec.report import GateRecord
from workbench.spec.targets.cloud import Accelerator
from workbench.spec.targets.folder import FolderTarget
from workbench.spec.targets.mlengine import AutoScaling, MlEngineTarget
from workbench.spec.targets.vertex import VertexTarget

Golden = tuple[Path, Path]

ML = MlEngineTarget(
    project="my-project",
    region="europe-west4",
    bucket="gs://stage-1/exports",
    runtime="2.11",
    python_version="3.7",
    machine_type="n1-standard-4",
    auto_scaling=AutoScaling(1, 3),
    accelerator=Accelerator("NVIDIA_TESLA_T4", 1),
    labels={"team": "vision"},
    description="it's a test",
)
VERTEX = VertexTarget(
    project="my-project",
    region="europe-west4",
    bucket="stage-1",
    aliases=("prod",),
    credentials="adc",
    image="tf_opt-cpu.nightly",
)
"""Of an image that no date ends: a push refuses one that is no longer available."""


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening any connection, or looking a name up, is an error."""

    def refuse(*arguments: object, **_: object) -> None:
        raise AssertionError(f"a connection was opened: {arguments}")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def said(planned: DryRun) -> list[tuple[str, str]]:
    """Method and path of every call, without the client's own query."""
    return [(c.method, urlsplit(c.url).path) for c in planned.calls]


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize(
    "target", [ML, VERTEX, FolderTarget(path="gs://stage-1/models"), FolderTarget(path="/nowhere/r")]
)
def test_nothing_is_sent_and_nothing_written(golden: Golden, target: Any, tmp_path: Path) -> None:
    before = sorted(p for p in state_root().rglob("*"))
    planned = plan(golden[0], target, PushOrder(model="m", default=True), report=silent)
    assert planned.commands
    assert sorted(p for p in state_root().rglob("*")) == before


@pytest.mark.usefixtures("no_network")
def test_every_request_is_told_with_its_body_in_the_order_of_a_push(golden: Golden) -> None:
    planned = plan(golden[0], ML, PushOrder(model="m", version="v3", default=True), report=silent)
    changes = [(m, p) for m, p in said(planned) if m != "GET"]
    upload = ("POST", "/upload/storage/v1/b/stage-1/o")
    model = "/v1/projects/my-project/models"
    assert changes[:3] == [upload] * 3
    assert changes[3:] == [
        ("POST", model),
        ("POST", f"{model}/m/versions"),
        ("POST", f"{model}/m/versions/v3:predict"),
    ]
    assert {urlsplit(c.url).netloc for c in planned.calls} == {
        "storage.googleapis.com",
        "europe-west4-ml.googleapis.com",
    }
    uploads = [c for c in planned.calls if c.content]
    names = [str(dict(c.body)["name"]).rpartition("/")[2] for c in uploads if isinstance(c.body, dict)]
    assert names[-1] == "saved_model.pb"
    assert all(dict(parse_qsl(urlsplit(c.url).query))["ifGenerationMatch"] == "0" for c in uploads)
    create = next(c for c in planned.calls if c.url.partition("?")[0].endswith("/versions") and c.method == "POST")
    assert isinstance(create.body, dict)
    assert create.body == {
        "name": "v3",
        "deploymentUri": create.body["deploymentUri"],
        "framework": "TENSORFLOW",
        "runtimeVersion": "2.11",
        "pythonVersion": "3.7",
        "machineType": "n1-standard-4",
        "autoScaling": {"minNodes": 1, "maxNodes": 3},
        "acceleratorConfig": {"type": "NVIDIA_TESLA_T4", "count": "1"},
        "labels": {"team": "vision"},
        "description": "it's a test",
    }
    assert create.body["deploymentUri"].startswith("gs://stage-1/exports/exports/")


@pytest.mark.usefixtures("no_network")
def test_the_commands_are_words_a_shell_takes_and_name_the_same_things(golden: Golden) -> None:
    planned = plan(golden[0], ML, PushOrder(model="m", version="v3"), report=silent)
    words = [shlex.split(line) for line in planned.commands]
    assert [w[0] for w in words] == ["gsutil"] * 3 + ["gcloud"] * 3
    for line in words[:3]:
        assert line[:4] == ["gsutil", "-h", "x-goog-if-generation-match:0", "cp"]
        assert Path(line[4]).is_file()
        assert line[5].startswith("gs://stage-1/exports/")
    assert words[4][:5] == ["gcloud", "ai-platform", "versions", "create", "v3"]
    for flag in ("--region=europe-west4", "--runtime-version=2.11", "--description=it's a test", "--min-nodes=1"):
        assert flag in words[4]


@pytest.mark.usefixtures("no_network")
def test_a_vertex_release_is_tried_aside_before_it_is_deployed(golden: Golden) -> None:
    planned = plan(golden[0], VERTEX, PushOrder(model="m", default=True), report=silent)
    verbs = [p.rpartition("/")[2].partition(":")[2] or f"{m} {p.rpartition('/')[2]}" for m, p in said(planned)]
    changes = [v for v in verbs if not v.startswith(("GET", "listVersions", "POST o"))]
    assert changes == [
        "upload",
        "POST endpoints",
        "deployModel",
        "predict",
        "undeployModel",
        "DELETE ENDPOINT1",
        "POST endpoints",
        "deployModel",
        "mergeVersionAliases",
    ]
    upload = next(c for c in planned.calls if ":upload" in c.url)
    assert isinstance(upload.body, dict)
    model = upload.body["model"]
    assert upload.body["modelId"] == "m"
    repository = "europe-docker.pkg.dev/vertex-ai-restricted/prediction"
    assert model["containerSpec"] == {"imageUri": f"{repository}/tf_opt-cpu.nightly:latest"}
    assert model["versionAliases"] == ["prod"]
    assert any("billed for at least 1 x n1-standard-2" in note for note in planned.notes)


@pytest.mark.usefixtures("no_network")
def test_tensorflow_serving_gets_its_arguments_and_a_numbered_folder(golden: Golden) -> None:
    image = "eu-docker.pkg.dev/p/r/serving:2.16.1"
    planned = plan(golden[0], msgspec.structs.replace(VERTEX, image=image), PushOrder(model="m"), report=silent)
    upload = next(c for c in planned.calls if ":upload" in c.url)
    assert isinstance(upload.body, dict)
    assert upload.body["model"]["containerSpec"] == {
        "imageUri": image,
        "args": ["--model_name=m", "--model_base_path=$(AIP_STORAGE_URI)", "--rest_api_port=8080"],
        "predictRoute": "/v1/models/m:predict",
        "healthRoute": "/v1/models/m",
        "ports": [{"containerPort": 8080}],
    }
    graph = [c.body["name"] for c in planned.calls if isinstance(c.body, dict) and "saved_model" in str(c.body)][-1]
    assert graph.removeprefix(upload.body["model"]["artifactUri"].removeprefix("gs://stage-1/")) == "/1/saved_model.pb"


@pytest.mark.usefixtures("no_network")
def test_a_dry_run_needs_no_credentials_and_tells_none(golden: Golden, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere.json")
    planned = plan(golden[0], VERTEX, PushOrder(model="m"), report=silent)
    assert "uthorization" not in msgspec.json.encode(planned).decode()


@pytest.mark.usefixtures("no_network")
def test_what_a_push_refuses_a_dry_run_refuses_too(golden: Golden) -> None:
    for target, changes, order, code in (
        (ML, {}, PushOrder(model="m", version="1-2"), "BAD_NAME"),
        (ML, {"region": "mars"}, PushOrder(model="m"), "BAD_TARGET"),
        (ML, {}, PushOrder(model="m", gate=GateRecord("fail", failed=("parity",))), "GATE_FAILED"),
        (VERTEX, {"image": "tf2-cpu.2-11"}, PushOrder(model="m"), "IMAGE_REMOVED"),
    ):
        with pytest.raises(WorkbenchError) as caught:
            plan(golden[0], msgspec.structs.replace(target, **changes), order, report=silent)
        assert caught.value.code == code


@pytest.mark.parametrize("kind", ["mlengine", "vertex", "bucket"])
def test_a_push_sends_what_its_dry_run_told(golden: Golden, tmp_path: Path, kind: str) -> None:
    """The real push to an empty target makes the same changes with the same bodies."""
    injector = FaultInjector(Faults())
    with running(tmp_path / "root", faults=injector) as url:
        make_bucket(url)
        target = clouds(url, tmp_path)[kind]
        planned = plan(golden[0], target, PushOrder(model="m", default=True), report=silent)
        seen: list[str] = []
        ask = injector.actions
        injector.actions = lambda request: [seen.append(request), ask(request)][1]  # type: ignore[method-assign, func-returns-value, assignment, return-value]
        push(golden[0], target, model="m", default=True, report=silent)

    def told(method: str, url: str) -> str:
        """Names that the target gives stand for themselves, and so does the project's number for its id."""
        path = re.sub(r"/(my-project|\d{5,}|ENDPOINT\d+)(?=[/:]|$)", "/N", urlsplit(url).path)
        return f"{method} {path}"

    mine = [told(c.method, c.url) for c in planned.calls if c.method != "GET"]
    real = [told(*request.split(" ", 1)) for request in seen if not request.startswith("GET")]
    assert sorted(mine) == sorted(real)


def test_a_large_file_goes_up_in_pieces_that_are_all_told(tmp_path: Path, golden: Golden) -> None:
    import shutil

    large = shutil.copytree(golden[0], tmp_path / "large")
    (large / "assets" / "big.bin").write_bytes(b"\0" * (20 << 20))
    planned = plan(large, ML, PushOrder(model="m"), report=silent)
    pieces = [c.content for c in planned.calls if "big.bin" in c.content]
    assert [p.partition(" of ")[0] for p in pieces] == [
        "begins a resumable upload",
        "16,777,216 bytes",
        "4,194,304 bytes",
    ]
    assert len(json.dumps(msgspec.to_builtins(planned))) < 100_000
