"""The engine's answers to requests about targets, by its own handlers against a real local target."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from judged_release import JudgedRelease
from support import REFERENCE, facts

from workbench.core.deploy import batch as batch_module
from workbench.core.deploy.state import STATE_VARIABLE
from workbench.core.model import inspect
from workbench.core.progress import silent
from workbench.core.serve.run import running
from workbench.engine.handlers import HANDLERS
from workbench.spec import messages as m
from workbench.spec.defaults import default_project
from workbench.spec.errors import WorkbenchError
from workbench.spec.project import Project
from workbench.spec.targets.base import Machine
from workbench.spec.targets.folder import FolderTarget
from workbench.spec.targets.local import LocalTarget

pytestmark = pytest.mark.usefixtures("no_probe")

BASE = str(REFERENCE)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    with running(tmp_path_factory.mktemp("engine") / "root") as url:
        made = default_project(inspect(REFERENCE / "tiny_cnn.h5"), "tiny_cnn.h5")
        yield msgspec.structs.replace(
            made, targets={"near": LocalTarget(url=url), "disk": FolderTarget(path="repository")}
        )


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STATE_VARIABLE, str(tmp_path / "state"))
    monkeypatch.setattr(batch_module, "_POLL", (0.05, 0.2))


def ask(request: m.Request) -> Any:
    """What the wire would carry back, decoded again."""
    rows: list[m.AnyEvent] = []
    asked = m.decode_request(m.encode(request))
    ending = HANDLERS[type(asked)](asked, silent, rows.append)
    assert isinstance(ending, m.ENDINGS)
    told = m.decode_event(m.encode(ending))
    return (told, rows) if rows else told


def test_a_release_over_the_wire(project: Project) -> None:
    def push(number: int, **more: Any) -> Any:
        return ask(m.PushVersion(id=number, project=project, base=BASE, model="wire", target="near", **more))

    planned = push(1, dry_run=True)
    assert isinstance(planned, m.PushPlanned)
    assert any(":predict" in call.url for call in planned.plan.calls)
    first, _ = push(2, version="v1", default=True)
    assert (first.result.version, first.result.default, first.result.tried > 0) == ("v1", True, True)
    second, _ = push(3, version="v2", default=True, override="a reason")
    assert second.result.version == "v2"
    where: dict[str, Any] = {"project": project, "model": "wire", "target": "near"}
    back = ask(m.RollBack(id=4, **where))
    assert [(v.name, v.default) for v in back.versions] == [("v1", True), ("v2", False)]
    left = ask(m.DeleteVersion(id=5, version="v2", **where))
    assert [v.name for v in left.versions] == ["v1"]
    log = ask(m.ReleaseLog(id=6, **where))
    assert [line.action for line in log.lines] == ["push", "push", "rollback", "delete"]
    assert (log.lines[1].gate.verdict, log.lines[1].gate.override) == ("pass", "")  # Nothing was overridden.
    with pytest.raises(WorkbenchError) as traffic:
        ask(m.SetTraffic(id=7, split={"v1": 100}, **where))
    assert traffic.value.code == "NO_TRAFFIC"
    with pytest.raises(WorkbenchError) as machine:
        push(8, machine=Machine("n1-standard-4"))
    assert machine.value.code == "NO_MACHINE"
    access = ask(m.CheckAccess(id=9, project=project, target="near"))
    assert (access.access.kind, access.access.missing) == ("none", ())


def test_batch_jobs_over_the_wire(project: Project, tmp_path: Path) -> None:
    ask(m.PushVersion(id=1, project=project, base=BASE, model="jobs", target="near", default=True))
    images = sorted(str(p) for p in (REFERENCE / "images").iterdir())[:3]
    where: dict[str, Any] = {"project": project, "target": "near"}
    begun = ask(m.BatchSubmit(id=2, base=BASE, model="jobs", inputs=tuple(images), **where))
    ended = ask(m.BatchWatch(id=3, job=begun.info.name, **where))
    assert ended.info.state == "succeeded"
    joined, rows = ask(m.BatchResults(id=4, job=begun.info.name, **where))
    assert isinstance(joined, m.BatchJoined)
    assert joined.joined.clean
    assert [row.source for row in rows[0].rows] == images


def test_a_folder_beside_the_project_is_meant_by_a_relative_path(project: Project, tmp_path: Path) -> None:
    for name in ("tiny_cnn.h5",):
        (tmp_path / name).symlink_to(REFERENCE / name)
    pushed, _ = ask(
        m.PushVersion(id=1, project=project, base=str(tmp_path), model="shelf", target="disk", default=True)
    )
    assert pushed.result.resource == f"{tmp_path}/repository/shelf/1"
    listed = ask(m.ListVersions(id=2, project=project, base=str(tmp_path), model="shelf", target="disk"))
    assert [(v.name, v.default) for v in listed.versions] == [("1", True)]


def test_requests_that_name_no_base_still_find_targets_elsewhere() -> None:
    bare = default_project(facts(("image", (None, 8, 8, 3))), "m.h5")
    request = m.ListVersions(id=1, project=bare, model="m", target="nowhere")
    with pytest.raises(WorkbenchError) as caught:
        HANDLERS[m.ListVersions](request, silent, lambda _: None)
    assert caught.value.code == "NO_TARGET"
    assert json.loads(m.encode(request))["base"] == ""


def test_a_push_over_the_wire_goes_by_the_verdict_that_was_shown(
    project: Project, tmp_path: Path, no_probe: list[int]
) -> None:
    made = JudgedRelease(tmp_path / "made")
    released = msgspec.structs.replace(made.project, targets=project.targets)
    about: dict[str, Any] = {"project": released, "base": str(made.base), "target": "near"}
    shown, _ = ask(m.RunGate(id=1, **about, **made.asked))
    assert (shown.report.verdict, len(shown.verdict)) == ("fail", 64)
    # Another run has passed since, by other images: it is not the one that is shown.
    ask(m.RunGate(id=2, **about))

    def push(number: int, **more: Any) -> Any:
        return ask(m.PushVersion(id=number, model="shown", verdict=shown.verdict, **about, **more))

    with pytest.raises(WorkbenchError) as refused:
        push(3)
    assert refused.value.code == "GATE_FAILED"
    pushed, told = push(4, override="it is known")
    assert [(type(event), event.verdict) for event in told] == [(m.Judged, shown.verdict)]
    assert (pushed.result.gate.report, pushed.result.gate.override) == (shown.verdict, "it is known")
    assert len(no_probe) == 2
    with (made.base / "layers.py").open("a") as file:
        file.write("\n")
    with pytest.raises(WorkbenchError) as held:
        push(5, override="it is known")
    assert (held.value.code, held.value.where) == ("CHANGED_SINCE_CHECK", str(made.base / "layers.py"))
    log = ask(m.ReleaseLog(id=6, project=released, model="shown", target="near"))
    assert [(line.outcome, line.gate.report) for line in log.lines] == [("done", shown.verdict)]
