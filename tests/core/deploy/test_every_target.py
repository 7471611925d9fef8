"""Across modules. The same story at every kind of target: push, try, repeat, release, go back, share, delete."""

from __future__ import annotations

import re
import zlib
from pathlib import Path
from typing import Any

import msgspec
import pytest
from deploying import clouds, golden_export, push

from workbench.core.deploy.call import call
from workbench.core.deploy.release_log import lines
from workbench.core.deploy.releases import delete_version, list_versions, rollback, set_default, set_traffic
from workbench.core.deploy.state import STATE_VARIABLE
from workbench.core.deploy.version_form import fetch_version
from workbench.core.progress import silent
from workbench.spec.errors import CancelledError, ErrorInfo, WorkbenchError
from workbench.spec.release import Release, place_of
from workbench.spec.report import GateRecord
from workbench.spec.target import AnyTarget, VersionInfo
from workbench.spec.targets.folder import FolderTarget
from workbench.spec.targets.vertex import VertexTarget

KINDS = ("local", "mlengine", "vertex", "serving", "disk", "bucket")
LIGHT = tuple(
    pytest.param(kind, marks=(pytest.mark.heavy,) if kind in ("mlengine", "serving", "bucket") else ())
    for kind in KINDS
)
"""Those that differ most; the others are what they have in common with them."""

Golden = tuple[Path, Path]


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STATE_VARIABLE, str(tmp_path / "state"))


@pytest.fixture
def model(request: pytest.FixtureRequest) -> str:
    return f"m{zlib.crc32(request.node.name.encode())}"


def shown(versions: tuple[VersionInfo, ...]) -> list[tuple[str, bool]]:
    return [(v.name, v.default) for v in versions]


@pytest.mark.parametrize("kind", KINDS)
def test_a_release_and_the_way_back(server: str, golden: Golden, tmp_path: Path, kind: str, model: str) -> None:
    target = clouds(server, tmp_path)[kind]
    first = push(golden[0], target, model=model, default=True, report=silent)
    assert (first.default, first.repeated, first.tried) == (True, False, 2)
    assert first.difference < 1e-6
    again = push(golden[0], target, model=model, default=True, report=silent)
    assert (again.version, again.repeated) == (first.version, True)
    second = push(golden[1], target, model=model, report=silent)
    assert second.default is False
    assert shown(list_versions(target, model)) == [(first.version, True), (second.version, False)]
    assert shown(set_default(target, model, second.version)) == [(first.version, False), (second.version, True)]
    with pytest.raises(WorkbenchError) as kept:
        delete_version(target, model, second.version)
    assert kept.value.code == "IS_DEFAULT"
    assert shown(rollback(target, model)) == [(first.version, True), (second.version, False)]
    assert shown(delete_version(target, model, second.version)) == [(first.version, True)]
    assert [(line.action, line.outcome, line.version, line.before) for line in lines()] == [
        ("push", "done", first.version, ""),
        ("push", "repeated", first.version, ""),
        ("push", "done", second.version, first.version),
        ("set-default", "done", second.version, first.version),
        ("rollback", "done", first.version, second.version),
        ("delete", "done", second.version, ""),
    ]


@pytest.mark.parametrize("kind", ["local", "vertex", "serving"])
def test_the_default_version_answers(server: str, golden: Golden, tmp_path: Path, kind: str, model: str) -> None:
    target = clouds(server, tmp_path)[kind]
    push(golden[1], target, model=model, default=True, report=silent)
    instances: list[dict[str, object]] = [
        {"number": "1", "key": "a"},
        {"number": "x", "key": "b"},
        {"number": "3", "key": "c"},
    ]
    one, bad, three = call(target, model, "", instances)
    assert (one, three) == ({"scores": 2.0, "key": "a"}, {"scores": 6.0, "key": "c"})
    assert isinstance(bad, ErrorInfo)
    named = list(call(target, model, "", instances[:1], signature="serving_default"))
    assert named == [{"scores": 2.0, "key": "a"}]


@pytest.mark.parametrize("kind", LIGHT)
def test_a_version_that_answers_otherwise_than_here_is_removed_again(
    server: str, exports: Golden, golden: Golden, tmp_path: Path, kind: str, model: str
) -> None:
    target = clouds(server, tmp_path)[kind]
    off = golden_export(exports[1], tmp_path, 2.0, wrong=0.01)
    push(golden[0], target, model=model, default=True, report=silent)
    with pytest.raises(WorkbenchError) as caught:
        push(off, target, model=model, default=True, report=silent)
    assert caught.value.code == "SMOKE_DIFFERS"
    assert "difference" in caught.value.message
    assert [v.default for v in list_versions(target, model)] == [True]
    assert [line.outcome for line in lines()] == ["done", "failed"]
    assert push(golden[1], target, model=model, report=silent).repeated is False


@pytest.mark.parametrize("kind", LIGHT)
def test_a_version_is_fetched_with_its_manifest(
    server: str, golden: Golden, tmp_path: Path, kind: str, model: str
) -> None:
    target = clouds(server, tmp_path)[kind]
    pushed = push(golden[0], target, model=model, report=silent)
    folder = tmp_path / "fetched"
    folder.mkdir()
    assert fetch_version(target, model, "", folder).name == pushed.version
    for name in ("saved_model.pb", "assets.extra/workbench.json"):
        assert (folder / name).read_bytes() == (golden[0] / name).read_bytes()


@pytest.mark.parametrize("kind", LIGHT)
def test_a_push_stopped_at_any_step_leaves_nothing_and_the_next_one_succeeds(
    server: str, golden: Golden, tmp_path: Path, kind: str, model: str
) -> None:
    target = clouds(server, tmp_path)[kind]
    before = push(golden[1], target, model=model, default=True, report=silent)
    words: list[str] = []
    while True:

        def stop(progress: Any) -> None:
            # A number that was given to a removed version is not given again.
            word = re.sub(r"\d+", "N", progress.step)
            if word not in words:
                words.append(word)
                raise CancelledError

        try:
            done = push(golden[0], target, model=model, default=True, report=stop)
        except CancelledError:
            if not words[-1].startswith(("Making", "Deploying")):
                assert shown(list_versions(target, model)) == [(before.version, True)], words[-1]
        else:
            break
    assert done.default is True
    assert {line.outcome for line in lines()} <= {"done", "cancelled", "resumed", "repeated"}
    assert [v.name for v in list_versions(target, model) if v.default] == [done.version]


def test_canary_traffic_is_shared_and_given_back(server: str, golden: Golden, tmp_path: Path, model: str) -> None:
    target = clouds(server, tmp_path)["vertex"]
    push(golden[0], target, model=model, default=True, report=silent)
    canary = push(golden[1], target, model=model, traffic=10, report=silent)
    assert (canary.traffic, canary.default) == (10, False)
    assert "billed for at least 1 x n1-standard-2" in canary.notes[0]
    assert [(v.name, v.traffic) for v in list_versions(target, model)] == [("1", 90), ("2", 10)]
    assert [v.traffic for v in set_traffic(target, model, {"1": 40, "2": 60})] == [40, 60]
    with pytest.raises(WorkbenchError) as refused:
        list(call(target, model, "1", [{"number": "1", "key": "k"}]))
    assert refused.value.code == "NOT_POSSIBLE_NOW"
    with pytest.raises(WorkbenchError) as deployed:
        delete_version(target, model, "2")
    assert deployed.value.code == "IS_DEFAULT"
    assert [v.traffic for v in set_default(target, model, "1")] == [100, 0]
    assert shown(delete_version(target, model, "2")) == [("1", True)]


@pytest.mark.parametrize("kind", ["local", "mlengine", "disk"])
def test_traffic_is_refused_where_one_version_answers_everything(
    server: str, golden: Golden, tmp_path: Path, kind: str, model: str
) -> None:
    target = clouds(server, tmp_path)[kind]
    version = push(golden[0], target, model=model, report=silent).version
    with pytest.raises(WorkbenchError) as caught:
        set_traffic(target, model, {version: 100})
    assert caught.value.code == "NO_TRAFFIC"
    with pytest.raises(WorkbenchError) as sums:
        set_traffic(target, model, {version: 90})
    assert sums.value.code == "BAD_TRAFFIC"


def test_a_vertex_version_is_known_by_its_alias(server: str, golden: Golden, tmp_path: Path, model: str) -> None:
    target = clouds(server, tmp_path)["vertex"]
    assert isinstance(target, VertexTarget)
    target = msgspec.structs.replace(target, aliases=("prod",))
    pushed = push(golden[0], target, model=model, version="blue", default=True, report=silent)
    assert pushed.version == "1"
    assert push(golden[0], target, model=model, version="blue", report=silent).repeated is True
    with pytest.raises(WorkbenchError) as taken:
        push(golden[1], target, model=model, version="blue", report=silent)
    assert taken.value.code == "VERSION_TAKEN"
    assert list(call(target, model, "blue", [{"number": "2", "key": "k"}])) == [{"scores": 2.0, "key": "k"}]
    assert set(list_versions(target, model)[0].aliases) == {"prod", "blue", "default"}


def test_no_trial_endpoint_outlives_a_push(server: str, golden: Golden, tmp_path: Path, model: str) -> None:
    from googleapiclient.discovery import build

    target = clouds(server, tmp_path)["vertex"]
    push(golden[0], target, model=model, default=True, report=silent)
    service = build("aiplatform", "v1", client_options={"api_endpoint": server}, developerKey="none")
    parent = "projects/my-project/locations/us-central1"
    listed = service.projects().locations().endpoints().list(parent=parent).execute()["endpoints"]
    service.close()
    assert [e["displayName"] for e in listed if e["displayName"].startswith(model)] == [model]


def test_a_project_s_bucket_is_not_made_for_it(server: str, golden: Golden, tmp_path: Path, model: str) -> None:
    target = msgspec.structs.replace(clouds(server, tmp_path)["mlengine"], bucket="nobody-made-this")
    with pytest.raises(WorkbenchError) as caught:
        push(golden[0], target, model=model, report=silent)
    assert caught.value.code == "NO_BUCKET"


@pytest.mark.parametrize("kind", ["local", "disk"])
def test_the_gate_s_no_stops_a_push_unless_somebody_takes_it_upon_himself(
    server: str, golden: Golden, tmp_path: Path, kind: str, model: str
) -> None:
    target = clouds(server, tmp_path)[kind]
    failed = GateRecord("fail", "2026-11-25T00:00:00Z", ("parity",))
    with pytest.raises(WorkbenchError) as caught:
        push(golden[0], target, model=model, gate=failed, report=silent)
    assert (caught.value.code, "parity" in caught.value.message) == ("GATE_FAILED", True)
    taken = msgspec.structs.replace(failed, override="the shop is down")
    result = push(golden[0], target, model=model, gate=taken, project="/p/project.toml", report=silent)
    receipt = msgspec.json.decode(Path(result.receipt).read_bytes(), type=Release)
    assert receipt == next(lines(place_of(target), model))
    assert (receipt.gate, receipt.source.project) == (taken, "/p/project.toml")
    assert (receipt.source.fingerprint, receipt.source.model_sha256) == ("f" * 64, "a" * 64)
    assert "@" in receipt.who


class TestFolder:
    """What only a folder has."""

    @pytest.fixture(params=["disk", "bucket"])
    def target(self, request: pytest.FixtureRequest, server: str, tmp_path: Path) -> AnyTarget:
        return clouds(server, tmp_path)[request.param]

    def test_versions_are_numbers_that_count_on(self, target: AnyTarget, golden: Golden, model: str) -> None:
        assert push(golden[0], target, model=model, version="7", report=silent).version == "7"
        assert push(golden[1], target, model=model, report=silent).version == "8"
        with pytest.raises(WorkbenchError) as caught:
            push(golden[1], target, model=model, version="7", report=silent)
        assert caught.value.code == "VERSION_TAKEN"

    def test_a_number_that_another_program_wrote_is_never_touched(
        self, golden: Golden, tmp_path: Path, model: str
    ) -> None:
        there = tmp_path / model / "1"
        there.mkdir(parents=True)
        (there / "saved_model.pb").write_bytes(b"somebody's")
        target = FolderTarget(path=str(tmp_path))
        assert push(golden[0], target, model=model, report=silent).version == "2"
        assert (there / "saved_model.pb").read_bytes() == b"somebody's"

    def test_models_config_names_the_default_and_keeps_the_other_models(self, golden: Golden, tmp_path: Path) -> None:
        target = FolderTarget(path=str(tmp_path / "r"), base_path="/srv/models")
        for name in ("a", "b"):
            push(golden[0], target, model=name, default=True, report=silent)
        push(golden[1], target, model="b", default=True, report=silent)
        text = (tmp_path / "r" / "models.config").read_text()
        assert text.count("config {") == 2
        assert 'base_path: "/srv/models/b"' in text
        assert [line.strip() for line in text.splitlines() if "versions:" in line] == [
            "model_version_policy { specific { versions: 1 } }",
            "model_version_policy { specific { versions: 2 } }",
        ]

    def test_a_foreign_models_config_is_left_alone_and_the_lines_for_it_are_told(
        self, golden: Golden, tmp_path: Path
    ) -> None:
        target = FolderTarget(path=str(tmp_path))
        (tmp_path / "models.config").write_text("model_config_list {}\n")
        push(golden[0], target, model="m", report=silent)
        with pytest.raises(WorkbenchError) as caught:
            set_default(target, "m", "1")
        assert caught.value.code == "FOREIGN_CONFIG"
        assert "specific { versions: 1 }" in caught.value.hint
        assert (tmp_path / "models.config").read_text() == "model_config_list {}\n"

    def test_nothing_serves_a_folder_unless_a_server_is_named(self, target: AnyTarget, golden: Golden) -> None:
        push(golden[0], target, model="m", report=silent)
        with pytest.raises(WorkbenchError) as caught:
            list(call(target, "m", "", [{"number": "1", "key": "k"}]))
        assert "A folder target has no server" in str(caught.value)

    def test_a_named_server_answers_for_it(self, target: AnyTarget, golden: Golden, server: str, model: str) -> None:
        # The local target speaks TensorFlow Serving's REST for the versions that were pushed to itself.
        push(golden[1], clouds(server, Path("/"))["local"], model=model, default=True, report=silent)
        served = msgspec.structs.replace(target, url=server)
        assert list(call(served, model, "", [{"number": "1", "key": "k"}])) == [{"scores": 2.0, "key": "k"}]
        with pytest.raises(WorkbenchError) as caught:
            list(call(served, "nobody", "", [{"number": "1", "key": "k"}]))
        assert caught.value.code == "NOT_FOUND"


@pytest.mark.parametrize("kind", ["local", "vertex"])
def test_what_a_target_cannot_take_is_never_sent(
    server: str, golden: Golden, tmp_path: Path, kind: str, model: str
) -> None:
    target = clouds(server, tmp_path)[kind]
    push(golden[0], target, model=model, default=True, report=silent)
    instances: list[dict[str, object]] = [
        {"number": "1", "key": "a"},
        {"number": "2", "key": "x" * 3_000_000},
        {"number": "3", "key": float("nan")},
        {"number": "4", "key": "d"},
    ]
    first, large, nan, last = call(target, model, "", instances)
    assert (first, last) == ({"scores": 1.0, "key": "a"}, {"scores": 4.0, "key": "d"})
    assert [answer.code for answer in (large, nan) if isinstance(answer, ErrorInfo)] == ["TOO_LARGE", "NOT_FINITE"]
