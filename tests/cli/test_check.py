"""`workbench check`: its JSON, its reports, its exit codes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest
from cli.conftest import Cli

from workbench.spec.resources import resource


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    shutil.copytree(resource("sample"), tmp_path / "sample")
    return tmp_path / "sample"


@pytest.mark.usefixtures("no_probe")
def test_json_holds_the_verdict_and_every_check(cli: Cli, sample: Path) -> None:
    done = cli("check", sample / "project.toml", "--images", sample / "images", "--json")
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert found["verdict"] == "pass"
    assert [c["name"] for c in found["checks"]] == (
        "loads signature parity skew reach golden labels limits latency security diff outputs".split()
    )
    assert all({"name", "verdict", "message"} <= set(c) for c in found["checks"])
    parity = found["checks"][2]
    assert parity["measured"] <= parity["limit"] == 1e-5
    assert found["checks"][0]["verdict"] == "pass"


@pytest.mark.usefixtures("no_probe")
def test_a_failed_check_ends_with_one_and_reports_are_written_all_the_same(cli: Cli, sample: Path) -> None:
    text = (sample / "project.toml").read_text()
    (sample / "project.toml").write_text(text.replace("[check]\n", "[check]\nlatency_ms = 0.000001\n"))
    outputs = [sample / name for name in ("r.json", "r.html", "r.xml")]
    done = cli("check", sample / "project.toml", *(x for o in outputs for x in ("-o", o)))
    assert done.code == 1
    assert "FAIL" in done.out
    assert json.loads(outputs[0].read_text())["verdict"] == "fail"
    assert "<!doctype html>" in outputs[1].read_text().lower()
    assert ElementTree.parse(outputs[2]).getroot().find(".//testcase[@name='latency']/failure") is not None


@pytest.mark.usefixtures("no_probe")
def test_an_export_is_judged_beside_its_model(cli: Cli, sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cli("export", sample / "project.toml", "-o", sample / "made")
    monkeypatch.chdir(sample)
    done = cli("check", sample / "made", "--images", sample / "images", "--json")
    assert (done.code, json.loads(done.out)["images"]) == (0, 20)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--against", "nowhere"), "names no version"),
        (("--against", "vertical/m/v1"), "no target 'vertical'"),
        (("--target", "vertical"), "no target 'vertical'"),
        (("--images", "none"), "no such file"),
        (("-o", "report.doc"), ".html"),
        (("--set", "novalue"), "not KEY=VALUE"),
    ],
)
@pytest.mark.usefixtures("no_probe")
def test_a_wrong_request_is_one_sentence(cli: Cli, sample: Path, options: tuple[str, ...], said: str) -> None:
    done = cli("check", sample / "project.toml", *options)
    assert done.code == 2
    assert said in done.err
    assert "Traceback" not in done.err
