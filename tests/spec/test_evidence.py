"""Figures and verdicts in words, the same for the page and the window."""

from __future__ import annotations

import hashlib

import msgspec
import pytest

from workbench.spec.evidence import (
    as_table,
    cell_text,
    limit_text,
    number_text,
    ordered,
    readable,
    seconds_text,
    shares,
    value_text,
    verdict_line,
    verdict_words,
)
from workbench.spec.report import (
    Chart,
    ChartSeries,
    CheckResult,
    CheckVerdict,
    ConfusionEvidence,
    GateRecord,
    GateReport,
    report_json,
    report_sha256,
)


def checks(*verdicts: CheckVerdict) -> tuple[CheckResult, ...]:
    return tuple(CheckResult(name=str(n), title=str(n), verdict=v) for n, v in enumerate(verdicts))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.0, "0"),
        (12, "12"),
        (8.10449, "8.104"),
        (0.1057, "0.1057"),
        (2.4e-7, "2.4e-07"),
        (-0.0005, "-0.0005"),
        (1_572_864, "1\u202f572\u202f864"),
        (48_123.7, "48\u202f124"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
    ],
)
def test_a_number_has_four_digits_at_most(value: float, text: str) -> None:
    assert number_text(value) == text


def test_a_figure_has_its_unit_and_a_missing_one_is_a_dash() -> None:
    assert value_text(8.1, "pixel values (0-255)") == "8.1\u202fpixel values (0-255)"
    assert value_text("2.15", "TF") == "2.15\u202fTF"
    assert value_text("same", "keys") == "same"
    assert value_text("", "keys") == "–"
    assert value_text("1.15", "TensorFlow") == "TensorFlow\u202f1.15"
    assert value_text(0.95, "accuracy") == "accuracy\u202f0.95"
    assert value_text("LABEL_COUNT", "accuracy") == "LABEL_COUNT"
    assert (limit_text(0.9, "accuracy"), limit_text(8, "ms"), limit_text(None, "ms")) == ("0.9", "8\u202fms", "–")
    assert value_text(None, "ms") == "–"
    assert (cell_text(None), cell_text("a"), cell_text(0.25)) == ("", "a", "0.25")


def test_a_time_is_no_finer_than_people_care_for() -> None:
    told = [seconds_text(seconds).replace("\u202f", " ") for seconds in (0.001, 0.12, 4.24, 48.3, 200.9)]
    assert told == ["< 0.1 s", "0.1 s", "4.2 s", "48 s", "3 min 20 s"]


def test_the_verdict_is_one_sentence_with_its_counts() -> None:
    assert verdict_line("pass", checks("pass", "pass")) == "All 2 checks passed"
    assert verdict_line("pass", checks("pass", "skip")) == "All 1 checks passed, 1 skipped"
    assert verdict_line("warn", checks("pass", "warn")) == "1 of 2 checks gave a warning"
    assert verdict_line("fail", checks("fail", "fail", "pass")) == "2 of 3 checks failed"


def test_what_matters_comes_first_and_else_nothing_changes_its_place() -> None:
    found = ordered(checks("pass", "skip", "fail", "warn", "fail", "pass"))
    assert [c.name for c in found] == ["2", "4", "3", "0", "5", "1"]


def test_a_large_matrix_is_cut_to_the_classes_that_are_confused() -> None:
    counts = tuple(tuple(5 if r == c else int((r, c) == (3, 1)) for c in range(6)) for r in range(6))
    matrix = ConfusionEvidence("m", tuple("abcdef"), counts, "200 images.")
    small = readable(matrix, most=2)
    assert (small.labels, small.counts) == (("b", "d"), ((5, 0), (1, 5)))
    assert small.note == "The 2 most confused of 6 classes. 200 images."
    assert readable(matrix) is matrix


def test_shares_are_of_the_row_and_an_empty_row_has_none() -> None:
    assert shares(ConfusionEvidence("m", ("a", "b"), ((3, 1), (0, 0)))) == ((0.75, 0.25), (0.0, 0.0))


def test_a_chart_as_a_table_has_a_row_for_each_place_and_gaps_stay_empty() -> None:
    table = as_table(
        Chart("c", "lines", ("1", "2"), (ChartSeries("p50", (1.0, 2.0)), ChartSeries("p95", (3.0,))), "batch", note="n")
    )
    assert table.columns == ("batch", "p50", "p95")
    assert table.rows == (("1", 1.0, 3.0), ("2", 2.0, None))


def test_a_report_has_one_hash_wherever_it_is_read() -> None:
    odd = CheckResult(name="a", title="\udcff.jpg", verdict="fail", measured=float("inf"), limit=1)
    report = GateReport(verdict="fail", checks=(odd,), versions={"b": "2", "a": "1"})
    read = msgspec.json.decode(report_json(report), type=GateReport)
    assert report_json(read) == report_json(report)
    assert report_sha256(read) == report_sha256(report) == hashlib.sha256(report_json(report)).hexdigest()
    other = msgspec.structs.replace(report, created="2026-11-30T10:00:00Z")
    assert report_sha256(other) != report_sha256(report)


def test_a_verdict_is_told_with_its_time_its_images_and_why_it_was_overridden() -> None:
    gate = GateRecord("fail", "2026-11-30T10:00:00Z", ("skew", "labels"), ("latency",), images=1)
    assert verdict_words(gate) == "Fail of 2026-11-30T10:00:00Z on 1 image (skew, labels)."
    passed = GateRecord("pass", "2026-11-30T10:00:00Z", override="it was red")
    assert verdict_words(passed) == "Pass of 2026-11-30T10:00:00Z on synthetic images. Overridden: it was red"
    assert verdict_words(GateRecord()) == "The release gate was not run."
