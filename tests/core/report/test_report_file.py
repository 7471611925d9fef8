"""The report as files: JSON with its pictures, JUnit XML, the schema, and what cannot be written."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import msgspec
import pytest

from workbench.core import jobs
from workbench.core.report.junit import render_junit
from workbench.core.report.report_file import picture_names, write_report
from workbench.spec.errors import WorkbenchError
from workbench.spec.report import CheckResult, Evidence, EvidenceImage, EvidenceImages, GateReport

Made = tuple[GateReport, Path]


def test_a_json_report_is_read_back_equal_and_has_its_pictures_beside_it(made: Made, tmp_path: Path) -> None:
    report, folder = made
    path = write_report(report, folder, tmp_path / "gate.json")
    back = msgspec.json.decode(path.read_bytes(), type=GateReport)
    assert back.files == "gate_files"
    assert msgspec.structs.replace(back, files="") == report
    beside = tmp_path / "gate_files"
    assert sorted(p.name for p in beside.iterdir()) == sorted(picture_names(report))
    assert (beside / "skew0-training.png").read_bytes() == (folder / "skew0-training.png").read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["gate.json", "gate_files"]


def test_the_pictures_of_an_older_report_go_when_a_new_one_is_written(made: Made, tmp_path: Path) -> None:
    report, folder = made
    write_report(report, folder, tmp_path / "gate.json")
    few = GateReport(verdict="pass", checks=(pictured("golden-original.png"),))
    write_report(few, folder, tmp_path / "gate.json")
    assert [p.name for p in (tmp_path / "gate_files").iterdir()] == ["golden-original.png"]
    write_report(GateReport(verdict="pass", checks=()), folder, tmp_path / "gate.json")
    assert [p.name for p in tmp_path.iterdir()] == ["gate.json"]


def test_a_folder_that_is_not_a_report_s_is_left_alone_and_the_old_report_too(made: Made, tmp_path: Path) -> None:
    report, folder = made
    place = tmp_path / "gate_files"
    place.mkdir()
    (place / "thesis.doc").write_text("years of work")
    (tmp_path / "gate.json").write_text("old")
    with pytest.raises(WorkbenchError) as caught:
        write_report(report, folder, tmp_path / "gate.json")
    assert (caught.value.code, caught.value.where) == ("CANNOT_WRITE", str(place))
    assert (place / "thesis.doc").read_text() == "years of work"
    assert (tmp_path / "gate.json").read_text() == "old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["gate.json", "gate_files"]


@pytest.mark.parametrize("name", ["report", "report.pdf", "report.htm.gz"])
def test_another_ending_is_refused_before_anything_is_written(made: Made, tmp_path: Path, name: str) -> None:
    with pytest.raises(WorkbenchError) as caught:
        write_report(*made, tmp_path / name)
    assert caught.value.code == "BAD_OPTION"
    assert ".html" in caught.value.hint
    with pytest.raises(WorkbenchError):
        jobs.check_report_ending(Path(name))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ending", ["html", "json", "xml"])
def test_a_place_that_cannot_be_written_is_one_typed_error(made: Made, tmp_path: Path, ending: str) -> None:
    (tmp_path / "a file").write_text("")
    with pytest.raises(WorkbenchError) as caught:
        write_report(*made, tmp_path / "a file" / f"gate.{ending}")
    assert caught.value.code == "CANNOT_WRITE"


@pytest.mark.parametrize("ending", ["html", "json", "xml", "HTML"])
def test_a_report_is_written_whole_with_the_users_own_mode_and_nothing_left_beside(
    made: Made, tmp_path: Path, ending: str
) -> None:
    old = os.umask(0o022)
    try:
        path = jobs.write_report(*made, tmp_path / "new" / f"gate.{ending}")
    finally:
        os.umask(old)
    assert path.stat().st_mode & 0o777 == 0o644
    assert {p.name for p in path.parent.iterdir()} - {"gate_files"} == {f"gate.{ending}"}


def test_a_file_name_that_is_no_text_spoils_no_report(tmp_path: Path) -> None:
    item = EvidenceImage(os.fsdecode(b"caf\xe9.jpg"), "")
    check = CheckResult(
        name="a", title="A", verdict="pass", message=item.source, evidence=(EvidenceImages("p", (item,)),)
    )
    report = GateReport(verdict="pass", checks=(check,))
    for ending in ("html", "xml", "json"):
        path = write_report(report, tmp_path, tmp_path / f"gate.{ending}")
        assert "caf" in path.read_text(encoding="utf-8")


def test_junit_counts_and_names_every_check(made: Made) -> None:
    report, _ = made
    root = ET.fromstring(render_junit(report))
    (suite,) = root.findall("testsuite")
    assert (suite.get("name"), suite.get("tests"), suite.get("failures"), suite.get("skipped")) == (
        "release gate",
        "12",
        "1",
        "1",
    )
    assert suite.get("errors") == "0"
    cases = {case.get("name"): case for case in suite.findall("testcase")}
    assert list(cases) == [c.name for c in report.checks]
    failure = cases["skew"].find("failure")
    assert failure is not None
    assert failure.get("message") == next(c for c in report.checks if c.name == "skew").message
    assert "measured 8.104\u202fpixel values (0-255), limit 1\u202fpixel values (0-255)" in str(failure.text)
    assert cases["diff"].find("skipped") is not None
    assert cases["golden"].find("failure") is None
    assert cases["golden"].findtext("system-out", "").startswith("warn: Golden images")
    properties = {p.get("name"): p.get("value") for p in suite.iter("property")}
    assert properties["fingerprint"] == report.fingerprint
    assert properties["version.keras"] == "3.15.1"


def test_junit_survives_words_that_no_xml_may_hold() -> None:
    check = CheckResult(
        name="a\x00b", title="T", verdict="fail", message="]]> <evil/> \x1b[31m \ud800", advice="\ufffe&"
    )
    root = ET.fromstring(render_junit(GateReport(verdict="fail", checks=(check,), project="<p>")))
    (case,) = root.iter("testcase")
    assert (case.get("name"), case.get("classname")) == ("a\ufffdb", "<p>")
    assert [child.tag for child in case] == ["failure", "system-out"]


def test_the_schema_describes_a_report_with_every_kind_of_evidence(made: Made) -> None:
    schema = jobs.report_schema()
    report, _ = made
    data = msgspec.json.decode(msgspec.json.encode(report))
    assert problems(data, schema, schema) == []
    assert {type(e) for c in report.checks for e in c.evidence} == set(Evidence.__args__)


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (("verdict",), "perhaps"),
        (("checks", 0, "title"), 7),
        (("checks", 0, "evidence", 0, "type"), "film"),
        (("images",), "many"),
    ],
)
def test_the_schema_refuses_what_is_no_report(made: Made, where: tuple[Any, ...], value: object) -> None:
    schema = jobs.report_schema()
    data = msgspec.json.decode(msgspec.json.encode(made[0]))
    place = data
    for key in where[:-1]:
        place = place[key]
    place[where[-1]] = value
    assert problems(data, schema, schema)


def problems(data: object, schema: dict[str, Any], root: dict[str, Any], at: str = "$") -> list[str]:
    """What a value has against a schema, for the keywords that msgspec writes."""
    if "$ref" in schema:
        return problems(data, root["$defs"][schema["$ref"].rpartition("/")[2]], root, at)
    if "discriminator" in schema:
        tag, chosen = schema["discriminator"], data.get(schema["discriminator"]["propertyName"])  # type: ignore[attr-defined]
        if chosen not in tag["mapping"]:
            return [f"{at}: no such kind {chosen}"]
        return problems(data, {"$ref": tag["mapping"][chosen]}, root, at)
    if "anyOf" in schema:
        return [] if any(not problems(data, s, root, at) for s in schema["anyOf"]) else [f"{at}: none of anyOf"]
    if "enum" in schema:
        return [] if data in schema["enum"] else [f"{at}: {data!r} is not in {schema['enum']}"]
    kinds: dict[str, Any] = {
        "object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "null": type(None),
    }  # fmt: skip
    if not isinstance(data, kinds[schema["type"]]):
        return [f"{at}: {data!r} is no {schema['type']}"]
    if isinstance(data, list) and isinstance(schema.get("items"), dict):
        return [p for n, item in enumerate(data) for p in problems(item, schema["items"], root, f"{at}[{n}]")]
    if isinstance(data, dict) and "properties" in schema:
        missing = [f"{at}: {key} is missing" for key in schema.get("required", []) if key not in data]
        unknown = [f"{at}: {key} is not described" for key in data if key not in schema["properties"]]
        inner = [
            p
            for k, v in data.items()
            if k in schema["properties"]
            for p in problems(v, schema["properties"][k], root, f"{at}.{k}")
        ]
        return missing + unknown + inner
    return []


def pictured(name: str) -> CheckResult:
    pictures = EvidenceImages("Worst", (EvidenceImage("a.jpg", "", original=name),))
    return CheckResult(name="skew", title="Skew", verdict="pass", evidence=(pictures,))
