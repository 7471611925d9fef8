"""The four kinds of targets: what a project keeps of them, what they refuse, what they say of themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from support import IMAGE, facts

from workbench.spec.defaults import default_project
from workbench.spec.errors import WorkbenchError
from workbench.spec.limits import ML_ENGINE_LIMITS, ML_ENGINE_SMALL_LIMITS
from workbench.spec.project import Project, dump_project, load_project, save_project
from workbench.spec.target import AnyTarget, check_names, check_target, target_problems, with_machine
from workbench.spec.targets.base import Machine
from workbench.spec.targets.cloud import Accelerator
from workbench.spec.targets.folder import FolderTarget
from workbench.spec.targets.local import LocalTarget
from workbench.spec.targets.mlengine import AutoScaling, ManualScaling, MlEngineTarget
from workbench.spec.targets.vertex import VertexTarget

ML = MlEngineTarget(project="my-project", bucket="stage-1", region="us-central1", runtime="2.11", python_version="3.7")
VERTEX = VertexTarget(project="my-project", region="europe-west4", bucket="gs://stage-1/exports")
FOLDER = FolderTarget(path="/models")

FULL: dict[str, AnyTarget] = {
    "near": LocalTarget(url="http://127.0.0.1:9"),
    "old": msgspec.structs.replace(
        ML,
        machine_type="n1-standard-4",
        auto_scaling=AutoScaling(1, 4, 60),
        accelerator=Accelerator("NVIDIA_TESLA_T4", 2),
        labels={"team": "vision"},
        description='a "digit" model',
        credentials="/keys/a.json",
        impersonate="robot@my-project.iam.gserviceaccount.com",
    ),
    "manual": msgspec.structs.replace(ML, manual_scaling=ManualScaling(3), url="https://ml.example.org"),
    "new": msgspec.structs.replace(VERTEX, aliases=("prod", "blue"), dedicated=True, max_replicas=5),
    "own": msgspec.structs.replace(
        VERTEX, image="eu-docker.pkg.dev/p/r/mine:1", args=("--a",), predict_route="/p", health_route="/h", port=9000
    ),
    "disk": FOLDER,
    "bucket": FolderTarget(path="gs://stage-1/models", url="http://127.0.0.1:8501", base_path="/srv"),
}


def project_with(targets: dict[str, AnyTarget]) -> Project:
    return msgspec.structs.replace(default_project(facts(IMAGE), "m.h5"), targets=targets)


def test_every_setting_of_every_kind_reads_back_equal(tmp_path: Path) -> None:
    project = project_with(FULL)
    save_project(project, tmp_path / "p.toml")
    assert load_project(tmp_path / "p.toml") == project


def test_a_project_shows_the_kind_and_leaves_the_defaults_out() -> None:
    text = dump_project(project_with({"disk": FOLDER})).partition("[targets.disk]")[2].strip()
    assert text == 'kind = "folder"\npath = "/models"'


def test_a_target_without_a_kind_is_the_local_one(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text('model = "m"\n[targets.near]\nurl = "http://127.0.0.1:1"')
    assert load_project(tmp_path / "p.toml").targets == {"near": LocalTarget(url="http://127.0.0.1:1")}


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ('kind = "cloud"', "'cloud' is not a kind of target in [targets.t]. Kinds: vertex, folder, mlengine, local."),
        ('kind = "vertex"\nproject = "p"', "missing required field `region` at targets.t"),
        ('kind = "folder"\npath = 3', "got `int` at targets.t.path"),
        ('kind = "folder"\npath = "x"\nspeed = 3', "unknown option 'speed' in [targets.t]"),
        (
            'kind = "mlengine"\nproject = "p"\nbucket = "b"\nauto_scaling = {min = 1}',
            "'min' in [targets.t.auto_scaling]",
        ),
    ],
)
def test_a_mistake_in_a_target_is_told_with_its_name_and_place(tmp_path: Path, table: str, words: str) -> None:
    (tmp_path / "p.toml").write_text(f'model = "m"\n[targets.t]\n{table}')
    with pytest.raises(WorkbenchError) as caught:
        load_project(tmp_path / "p.toml")
    assert caught.value.code == "BAD_PROJECT"
    assert words in str(caught.value)


def test_good_settings_have_no_problems() -> None:
    assert [problem for target in FULL.values() for problem in target_problems(target)] == []


@pytest.mark.parametrize(
    ("target", "changes", "field"),
    [
        (ML, {"project": "My Project"}, "project"),
        (ML, {"bucket": "Bucket"}, "bucket"),
        (ML, {"region": "us-central2"}, "region"),
        (ML, {"runtime": "latest"}, "runtime"),
        (ML, {"runtime": "2.1", "python_version": "2.7"}, "python_version"),
        (ML, {"python_version": "3.12"}, "python_version"),
        (ML, {"auto_scaling": AutoScaling(1), "manual_scaling": ManualScaling(1)}, "manual_scaling"),
        (ML, {"auto_scaling": AutoScaling(3, 2)}, "auto_scaling"),
        (ML, {"auto_scaling": AutoScaling(1, 2, 200)}, "auto_scaling"),
        (ML, {"accelerator": Accelerator("T4"), "machine_type": "mls1-c1-m2"}, "accelerator"),
        (ML, {"framework": "XGBOOST"}, "framework"),
        (ML, {"labels": {"Team": "a"}}, "labels"),
        (VERTEX, {"region": "europe"}, "region"),
        (VERTEX, {"image": "tf-latest"}, "image"),
        (VERTEX, {"min_replicas": 0}, "min_replicas"),
        (VERTEX, {"min_replicas": 3, "max_replicas": 2}, "min_replicas"),
        (VERTEX, {"args": ("--x",)}, "args"),
        (VERTEX, {"image": "eu-docker.pkg.dev/p/r/mine:1", "predict_route": "/p"}, "health_route"),
        (VERTEX, {"aliases": ("default",)}, "aliases"),
        (FOLDER, {"path": ""}, "path"),
        (FOLDER, {"path": "gs://B!/x"}, "path"),
    ],
)
def test_a_wrong_setting_is_one_problem_with_its_field(target: AnyTarget, changes: dict[str, Any], field: str) -> None:
    wrong = msgspec.structs.replace(target, **changes)
    assert [p.field for p in target_problems(wrong, "targets.t")] == [f"targets.t.{field}"]
    with pytest.raises(WorkbenchError) as caught:
        check_target(wrong)
    assert (caught.value.code, caught.value.where) == ("BAD_TARGET", f"{target.kind} target, {field}")


@pytest.mark.parametrize(
    ("target", "release"),
    [
        (ML, "2.11"),
        (VERTEX, "2.15"),
        (msgspec.structs.replace(VERTEX, image="tf2-gpu.2-14:latest"), "2.14"),
        (msgspec.structs.replace(VERTEX, image="us-docker.pkg.dev/vertex-ai/prediction/tf2-cpu.2-13:latest"), "2.13"),
        (msgspec.structs.replace(VERTEX, image="eu-docker.pkg.dev/p/r/tensorflow/serving:2.16.1-gpu"), "2.16"),
        (msgspec.structs.replace(VERTEX, image="eu-docker.pkg.dev/p/r/mine:1"), ""),
        (msgspec.structs.replace(VERTEX, image="eu-docker.pkg.dev/p/r/mine:1", runtime="2.17"), "2.17"),
        (FOLDER, ""),
        (LocalTarget(runtime="1.15"), "1.15"),
    ],
)
def test_a_target_tells_the_tensorflow_that_serves_there(target: AnyTarget, release: str) -> None:
    assert target.tensorflow() == release


def test_endpoints_and_images_follow_the_region() -> None:
    assert ML.endpoint() == "https://us-central1-ml.googleapis.com"
    assert msgspec.structs.replace(ML, region="").endpoint() == "https://ml.googleapis.com"
    assert VERTEX.endpoint() == "https://europe-west4-aiplatform.googleapis.com"
    assert VERTEX.image_uri() == "europe-docker.pkg.dev/vertex-ai/prediction/tf2-cpu.2-15:latest"
    moved = msgspec.structs.replace(VERTEX, url="http://127.0.0.1:9/")
    assert (moved.endpoint(), moved.storage(), VERTEX.storage()) == ("http://127.0.0.1:9", "http://127.0.0.1:9", "")


def test_limits_are_those_of_the_machine_and_the_endpoint() -> None:
    assert ML.limits() == ML_ENGINE_LIMITS
    assert msgspec.structs.replace(ML, machine_type="mls1-c4-m2").limits() == ML_ENGINE_SMALL_LIMITS
    assert VERTEX.limits().request_bytes == 1_500_000
    assert msgspec.structs.replace(VERTEX, dedicated=True).limits().request_bytes == 10_000_000
    assert FOLDER.limits().request_bytes == 0


@pytest.mark.parametrize(
    ("target", "model", "version"),
    [
        (LocalTarget(), "my_model", "v1"),
        (ML, "M", "v_2"),
        (VERTEX, "my-model", "3"),
        (VERTEX, "m_1", "blue-2"),
        (FOLDER, "m-1", "7"),
    ],
)
def test_names_that_a_target_takes_are_taken(target: AnyTarget, model: str, version: str) -> None:
    check_names(target, model)
    check_names(target, model, version)


@pytest.mark.parametrize(
    ("target", "model", "version"),
    [
        (LocalTarget(), "my-model", "1"),
        (ML, "1m", "v-1"),
        (VERTEX, "My", "V1"),
        (VERTEX, "-m", "v_1"),
        (FOLDER, "a/b", "v1"),
        (FOLDER, "..", "0"),
    ],
)
def test_names_that_a_target_refuses_are_told_at_once(target: AnyTarget, model: str, version: str) -> None:
    for rule, name in ((target.facts.model_name, model), (target.facts.version_name, version)):
        with pytest.raises(WorkbenchError) as caught:
            rule.check(name)
        assert caught.value.code == "BAD_NAME"
    with pytest.raises(WorkbenchError, match=r"is not a valid model"):
        check_names(target, model)
    with pytest.raises(WorkbenchError, match=r"is not a valid version"):
        check_names(target, "m", version)


def test_a_machine_chosen_for_one_push_changes_the_target_and_nothing_else() -> None:
    machine = Machine("n1-highmem-2", 2, 6, "NVIDIA_L4", 2, {"run": "7"}, "seven")
    there = with_machine(VERTEX, machine)
    assert isinstance(there, VertexTarget)
    assert (there.machine_type, there.min_replicas, there.max_replicas) == ("n1-highmem-2", 2, 6)
    assert (there.accelerator, there.labels, there.description) == (Accelerator("NVIDIA_L4", 2), {"run": "7"}, "seven")
    old = with_machine(msgspec.structs.replace(ML, manual_scaling=ManualScaling(2)), Machine(max_nodes=3))
    assert isinstance(old, MlEngineTarget)
    assert (old.auto_scaling, old.manual_scaling) == (AutoScaling(0, 3), None)
    assert with_machine(FOLDER, Machine()) is FOLDER
    with pytest.raises(WorkbenchError, match="has no machine settings"):
        with_machine(LocalTarget(), machine)


def test_relative_paths_of_a_target_lie_beside_its_project() -> None:
    assert FolderTarget(path="out").at_base(Path("/a")) == FolderTarget(path="/a/out")
    assert FolderTarget(path="gs://b/x").at_base(Path("/a")) == FolderTarget(path="gs://b/x")
    keyed = msgspec.structs.replace(VERTEX, credentials="key.json")
    assert keyed.at_base(Path("/a")).credentials == "/a/key.json"
    assert msgspec.structs.replace(VERTEX, credentials="adc").at_base(Path("/a")).credentials == "adc"
