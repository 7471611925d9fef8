"""`push`, `versions`, `batch`, `access` and `call` on targets of every kind, as a user types them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from deploying import make_bucket
from judged_release import JudgedRelease
from support import REFERENCE

from workbench.core.deploy import batch as batch_module
from workbench.core.deploy.state import STATE_VARIABLE
from workbench.core.serve.run import running

Cli = Callable[..., Any]

pytestmark = pytest.mark.usefixtures("no_probe")

IMAGES = REFERENCE / "images"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(tmp_path_factory.mktemp("cli") / "root") as found:
        make_bucket(found)
        yield found


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STATE_VARIABLE, str(tmp_path / "state"))
    monkeypatch.setattr(batch_module, "_POLL", (0.05, 0.2))


@pytest.fixture
def project(cli: Cli, work: Path, url: str) -> Path:
    path = work / "p.toml"
    assert cli("init", work / "tiny_cnn.h5", "-o", path).code == 0
    path.write_text(
        path.read_text()
        + f"""
[targets.shelf]
kind = "folder"
path = "repository"
[targets.cloud]
kind = "vertex"
project = "my-project"
region = "us-central1"
bucket = "stage-bucket"
url = "{url}"
"""
    )
    return path


def test_a_folder_is_released_and_rolled_back(cli: Cli, project: Path, work: Path) -> None:
    place = ("--target", "shelf", "--model", "m")
    first = cli("push", project, *place, "--default")
    assert first.code == 0, first.err
    assert first.out.splitlines()[-1] == str(work / "repository" / "m" / "1")
    assert "golden cases predicted" in first.out
    project.write_text(project.read_text().replace("load_img:nearest", "load_img:bilinear"))
    assert cli("push", project, *place, "--default").code == 0
    named = (*place, "--project", project)
    listed = json.loads(cli("versions", "list", *named, "--json").out)
    assert [(v["name"], v.get("default", False)) for v in listed] == [("1", False), ("2", True)]
    back = json.loads(cli("versions", "rollback", *named, "--json").out)
    assert [v.get("default", False) for v in back] == [True, False]
    refused = cli("versions", "delete", "2", *named)
    assert (refused.code, "needs confirmation" in refused.err) == (2, True)
    assert cli("versions", "delete", "2", *named, "--yes").code == 0
    shown = cli("versions", "show", "1", *named)
    assert "rollback 1 done by" in shown.out
    told = json.loads(cli("versions", "show", *named, "--json").out)
    assert [line["action"] for line in told["releases"]] == ["push", "push", "rollback"]
    nobody = cli("call", IMAGES, *named)
    assert (nobody.code, "A folder target has no server" in nobody.err) == (2, True)


def test_a_dry_run_prints_requests_and_commands_and_sends_nothing(cli: Cli, project: Path) -> None:
    done = cli("push", project, "--target", "cloud", "--model", "dry", "--dry-run", "--machine-type", "n1-highmem-2")
    assert done.code == 0, done.err
    assert "POST" in done.out
    assert "gcloud ai models upload" in done.out
    assert '"machineType":"n1-highmem-2"' in done.out
    missing = cli("versions", "list", "--target", "cloud", "--model", "dry", "--project", project)
    assert missing.code == 2
    told = json.loads(cli("push", project, "--target", "cloud", "--model", "dry", "--dry-run", "--json").out)
    assert set(told) == {"calls", "commands", "notes"}


def test_a_canary_a_call_and_a_batch_job_on_vertex(cli: Cli, project: Path, tmp_path: Path) -> None:
    place = ("--target", "cloud", "--model", "digits")
    named = (*place, "--project", project)
    assert cli("push", project, *place, "--default", "--label", "team=vision").code == 0
    project.write_text(project.read_text().replace("load_img:nearest", "load_img:bilinear"))
    canary = json.loads(cli("push", project, *place, "--traffic", "10", "--override", "not needed", "--json").out)
    assert (canary["version"], canary["traffic"]) == ("2", 10)
    gate = json.loads(Path(canary["receipt"]).read_text())["gate"]
    assert gate["verdict"] == "pass"
    assert "override" not in gate  # Nothing was overridden.
    shared = json.loads(cli("versions", "traffic", "1=100", "2=0", *named, "--json").out)
    assert [v["traffic"] for v in shared] == [100, 0]
    assert cli("versions", "traffic", "1=50", *named).code == 2
    rows = cli("call", IMAGES, *named, "--format", "jsonl", "--signature", "serving_default")
    assert rows.code == 0, rows.err
    begun = cli("batch", "submit", IMAGES, *named)
    assert begun.code == 0, begun.err
    job = begun.out.splitlines()[-1]
    where = ("--target", "cloud", "--project", project)
    watched = json.loads(cli("batch", "watch", job, *where, "--json").out)
    assert watched["state"] == "succeeded"
    joined = cli("batch", "results", job, *where, "--format", "jsonl")
    assert joined.code == 0, joined.err
    online = [json.loads(line) for line in rows.out.splitlines()]
    batch = [json.loads(line) for line in joined.out.splitlines()]
    assert [row["source"] for row in batch] == [row["source"] for row in online]
    for one, other in zip(batch, online, strict=True):
        assert one["prediction"]["classes"] == pytest.approx(other["prediction"]["classes"], abs=1e-6)


def test_a_target_without_a_project_is_told_by_its_settings(cli: Cli, project: Path, url: str, tmp_path: Path) -> None:
    at = ("--at", f"path={tmp_path / 'there'}")
    assert cli("push", project, "--target", "folder", "--model", "m", *at).code == 0
    listed = cli("versions", "list", "--target", "folder", "--model", "m", *at, "--json")
    assert [v["name"] for v in json.loads(listed.out)] == ["1"]
    wrong = cli("versions", "list", "--target", "vertex", "--model", "m", "--at", "region=us-central1")
    assert (wrong.code, "missing required field `project`" in wrong.err) == (2, True)
    assert cli("versions", "list", "--target", "vertex", "--model", "m", "--at", "region").code == 2


def test_access_says_as_whom_and_what_is_missing(cli: Cli, project: Path) -> None:
    done = cli("access", "--target", "cloud", "--project", project)
    assert done.code == 0, done.err
    assert "vertex: asked without an account" in done.out
    assert "granted  storage.objects.create" in done.out


@pytest.mark.parametrize(
    "arguments",
    [
        ("--accelerator", "T4:many"),
        ("--traffic", "101"),
        ("--version", "V1"),
        ("--machine-type", "n1-standard-2", "--target", "shelf"),
    ],
)
def test_impossible_options_are_refused_in_one_sentence(cli: Cli, project: Path, arguments: tuple[str, ...]) -> None:
    target = () if "--target" in arguments else ("--target", "cloud")
    done = cli("push", project, *target, "--model", "m", *arguments)
    assert done.code == 2
    assert "Traceback" not in done.err


def test_a_push_says_which_verdict_it_recorded_and_holds_what_was_not_judged(
    cli: Cli, tmp_path: Path, no_probe: list[int]
) -> None:
    made = JudgedRelease(tmp_path / "made")
    asked = ("--images", made.classes, "--features", made.features)
    shelf = ("--target", "folder", "--at", f"path={tmp_path / 'shelf'}", "--model", "m")
    refused = cli("push", made.file, *shelf, *asked)
    assert (refused.code, "The release gate failed (labels)" in refused.err) == (2, True)
    assert not (tmp_path / "shelf").exists()
    checked = cli("check", made.file, *asked, "--json")
    assert checked.code == 1
    when = json.loads(checked.out)["created"]
    planned = cli("push", made.file, *shelf, "--dry-run")
    assert f"# Fail of {when} on 4 images (labels)." not in planned.out  # It was for another target.
    done = cli("push", made.file, *shelf, "--override", "it is known")
    assert done.code == 0, done.err
    assert "on 4 images (labels). Overridden: it is known" in done.out
    page = next(line.removeprefix("Report: ") for line in done.out.splitlines() if line.startswith("Report: "))
    assert Path(page).is_file()
    own = cli("push", made.file, *shelf, "--images", made.base / "own.jpg", "--json")
    gate = json.loads(own.out)["gate"]
    assert (gate["verdict"], gate["images"], gate.get("override", "")) == ("warn", 1, "")
    checked = cli("check", made.file, *asked)
    before = (made.features, made.features.read_bytes()), (made.file, made.file.read_bytes())
    made.features.write_text(made.features.read_text().replace("id of", "another of"))
    held = cli("push", made.file, *shelf, "--override", "it is known")
    assert (held.code, str(made.features) in held.err) == (2, True)
    assert "features file changed. Nothing was sent." in held.err
    made.features.write_bytes(before[0][1])
    made.file.write_text(made.file.read_text().replace('"dog"', '"wolf"'))
    relabelled = cli("push", made.file, *shelf, "--override", "it is known")
    assert (relabelled.code, "labels changed" in relabelled.err) == (2, True)
    assert sorted(p.name for p in (tmp_path / "shelf" / "m").iterdir() if p.name.isdigit()) == ["1"]
