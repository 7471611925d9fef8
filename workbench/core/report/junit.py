"""The gate's report as JUnit XML for CI servers: one suite, one case per check."""

from __future__ import annotations

from typing import Final
from xml.etree import ElementTree as ET

from workbench.spec.evidence import headline, limit_text, value_text
from workbench.spec.printable import markup_text
from workbench.spec.report import CheckResult, GateReport

SUITE: Final = "release gate"


def render_junit(report: GateReport) -> bytes:
    """JUnit XML in UTF-8: `fail` is a failure, `skip` is skipped, `warn` passes with its message in system-out."""
    counts = {v: sum(c.verdict == v for c in report.checks) for v in ("fail", "skip")}
    totals = {
        "tests": str(len(report.checks)),
        "failures": str(counts["fail"]),
        "errors": "0",
        "skipped": str(counts["skip"]),
        "time": f"{report.seconds:.3f}",
    }
    root = ET.Element("testsuites", {"name": SUITE, **totals})
    suite = ET.SubElement(root, "testsuite", {"name": SUITE, **totals})
    if report.created:
        suite.set("timestamp", markup_text(report.created))
    _properties(suite, report)
    for check in report.checks:
        _case(suite, check, report.project or SUITE)
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _properties(suite: ET.Element, report: GateReport) -> None:
    facts = {
        "verdict": report.verdict,
        "headline": headline(report),
        "project": report.project,
        "model": report.model,
        "model_sha256": report.model_sha256,
        "fingerprint": report.fingerprint,
        "target": report.target,
        "against": report.against,
        "images": str(report.images),
        **{f"version.{name}": version for name, version in report.versions.items()},
    }
    properties = ET.SubElement(suite, "properties")
    for name, value in facts.items():
        if value:
            ET.SubElement(properties, "property", {"name": markup_text(name), "value": markup_text(value)})


def _case(suite: ET.Element, check: CheckResult, classname: str) -> None:
    case = ET.SubElement(suite, "testcase")
    for name, value in (("classname", classname), ("name", check.name), ("time", f"{check.seconds:.3f}")):
        case.set(name, markup_text(value))
    message = markup_text(check.message)
    if check.verdict == "fail":
        ET.SubElement(case, "failure", {"message": message, "type": "fail"}).text = markup_text(_words(check))
    elif check.verdict == "skip":
        ET.SubElement(case, "skipped", {"message": message})
    if check.verdict != "skip":
        # After failure: the order that the schema of Jenkins' JUnit plugin requires.
        ET.SubElement(case, "system-out").text = markup_text(f"{check.verdict}: {_words(check)}")


def _words(check: CheckResult) -> str:
    lines = [check.title, check.message, check.advice]
    if check.measured is not None:
        limit = f", limit {limit_text(check.limit, check.unit)}" if check.limit is not None else ""
        lines.insert(1, f"measured {value_text(check.measured, check.unit)}{limit}")
    return "\n".join(line for line in lines if line)
