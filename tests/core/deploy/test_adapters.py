"""A kind of target is one module and its entries in tables: nothing else of the product knows which kinds there are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import made_up_kind
import pytest
from deploying import push
from made_up_kind import DepotTarget

from workbench.cli.targets import pick_target
from workbench.core.deploy.adapters import ADAPTERS, adapter_of
from workbench.core.deploy.dryrun import plan
from workbench.core.deploy.dryrun.rehearsal import Rehearsal
from workbench.core.deploy.port import open_port
from workbench.core.deploy.preflight import access
from workbench.core.deploy.release_log import lines
from workbench.core.deploy.releases import list_versions, set_default, set_traffic
from workbench.core.deploy.state import STATE_VARIABLE
from workbench.core.progress import silent
from workbench.spec.errors import WorkbenchError
from workbench.spec.project import dump_project, load_project
from workbench.spec.release import PushOrder
from workbench.spec.target import KINDS, with_machine
from workbench.spec.targets.base import Machine, Target


@pytest.fixture
def depot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DepotTarget:
    made_up_kind.enter(monkeypatch)
    monkeypatch.setenv(STATE_VARIABLE, str(tmp_path / "state"))
    return DepotTarget(depot=str(tmp_path / "depot"), shelf=3)


def test_every_kind_of_a_project_has_an_adapter_and_a_rehearsal() -> None:
    assert set(ADAPTERS) == set(KINDS)
    assert all(isinstance(adapter_of(kind).rehearse(), Rehearsal) for kind in KINDS)


def test_a_kind_without_an_adapter_is_told_and_never_taken_for_another(
    depot: DepotTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(ADAPTERS, "depot")
    with pytest.raises(WorkbenchError, match="The kind of target 'depot' is not supported") as caught, open_port(depot):
        raise AssertionError("it was opened")
    assert caught.value.code == "UNKNOWN_TARGET"


def test_a_new_kind_is_read_from_a_project_and_written_back(depot: DepotTarget, tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text('model = "m.h5"\n[targets.far]\nkind = "depot"\ndepot = "d"\nshelf = 2\n')
    project = load_project(path)
    read: Mapping[str, Target] = project.targets
    assert read == {"far": DepotTarget(depot="d", shelf=2)}
    path.write_text(dump_project(project))
    assert load_project(path) == project
    path.write_text('model = "m.h5"\n[targets.far]\nkind = "depot"\nshelf = 2\n')
    with pytest.raises(WorkbenchError, match=r"missing required field `depot` at targets\.far"):
        load_project(path)


def test_a_new_kind_is_named_on_the_command_line(depot: DepotTarget, tmp_path: Path) -> None:
    found = pick_target("depot", None, "", ("depot=d", "shelf=4"), tmp_path)
    assert found == DepotTarget(depot=str(tmp_path / "d"), shelf=4)


def test_a_release_at_a_new_kind_goes_the_way_of_all_others(depot: DepotTarget, golden: tuple[Path, Path]) -> None:
    planned = plan(golden[0], depot, PushOrder(model="IV_digits"), report=silent)
    assert planned.commands == (f"shelve {golden[0].name} 3 IV_digits",)
    first = push(golden[0], depot, model="IV_digits", default=True, report=silent)
    assert (first.version, first.tried, first.default) == ("1", 2, True)
    assert Path(depot.depot, "3", "IV_digits", "1", "saved_model.pb").is_file()
    assert push(golden[0], depot, model="IV_digits", report=silent).repeated
    second = push(golden[1], depot, model="IV_digits", report=silent)
    set_default(depot, "IV_digits", second.version)
    assert [(v.name, v.default) for v in list_versions(depot, "IV_digits")] == [("1", False), ("2", True)]
    assert [(line.place.kind, line.version) for line in lines()] == [("depot", n) for n in ("1", "1", "2", "2")]
    assert access(depot).kind == "none"


def test_the_rules_of_a_new_kind_are_its_own(depot: DepotTarget, golden: tuple[Path, Path]) -> None:
    for model, words in (("digits", "'digits' is on no shelf."), ("X_a/b", "'X_a/b' is on no shelf.")):
        with pytest.raises(WorkbenchError, match=words):
            push(golden[0], depot, model=model, report=silent)
        with pytest.raises(WorkbenchError, match=words):
            plan(golden[0], depot, PushOrder(model=model), report=silent)
    with pytest.raises(WorkbenchError, match="There is no shelf 12"):
        list_versions(DepotTarget(depot=depot.depot, shelf=12), "X_a")
    with pytest.raises(WorkbenchError, match="A depot target has no machine settings"):
        with_machine(depot, Machine("n1-standard-2"))
    push(golden[0], depot, model="X_a", report=silent)
    with pytest.raises(WorkbenchError, match="Only a vertex target can split traffic"):
        set_traffic(depot, "X_a", {"1": 100})
