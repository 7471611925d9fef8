"""Inputs in numbers on the command line: files of predictions, resume, lists, features, records, pipelines."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from workbench.cli.decoders import decoders_quiet
from workbench.spec.errors import CancelledError


@pytest.fixture
def project(cli: Any, work: Path) -> Path:
    """The two-class model read as the TF 1.15 reference pipeline did."""
    cli("init", work / "tiny_cnn.h5", "--reader", "tf1")
    return work / "tiny_cnn.toml"


def test_the_name_of_the_output_tells_the_format_and_stderr_what_was_done(cli: Any, work: Path, project: Path) -> None:
    printed = cli("predict", project, work / "images", "--format", "jsonl").out
    done = cli("predict", project, work / "images", "-o", work / "rows.jsonl")
    assert (done.code, done.out, done.err.startswith("9 rows in 1 file, ")) == (0, "", True)
    sources = [json.loads(line)["source"] for line in (work / "rows.jsonl").read_text().splitlines()]
    assert sources == [json.loads(line)["source"] for line in printed.splitlines()]
    (work / "images" / "bad.jpg").write_text("text")
    done = cli("predict", project, work / "images", "-o", work / "rows.csv", "--shards", 2)
    assert (done.code, "1 failed" in done.err) == (1, True)
    assert [p.name for p in sorted(work.glob("rows-*"))] == ["rows-00000-of-00002.csv", "rows-00001-of-00002.csv"]


def test_what_the_decoder_says_of_damage_is_one_line_and_all_of_it_with_debug(
    cli: Any, work: Path, project: Path
) -> None:
    whole = (work / "images" / "img00.jpg").read_bytes()
    for name in ("a.jpg", "b.jpg"):
        (work / name).write_bytes(whole[:-2] + b"\x11" * 30 + whole[-2:])
    arguments = ("predict", project, work / "a.jpg", work / "b.jpg", "-o", work / "rows.jsonl")
    told = cli(*arguments).err.splitlines()
    assert [line.partition(" ")[0] for line in told] == ["2", "The"]
    assert "ignored damage 2 times" in told[1]
    assert "Corrupt JPEG data" in told[1]
    before = os.fstat(2)
    loud = cli(*arguments, "--debug").err.splitlines()
    assert sum(line.startswith("Corrupt JPEG data: ") for line in loud) == 2
    assert os.path.samestat(os.fstat(2), before)


def test_other_lines_on_stderr_go_through(capfd: pytest.CaptureFixture[str]) -> None:
    with click.Context(click.Command("x"), obj={"debug": False}), decoders_quiet():
        os.write(2, b"Corrupt JPEG data: bad\nof the system\nlibpng warning: x\nwithout an end")
    assert capfd.readouterr().err.splitlines() == [
        "of the system",
        "without an endThe image decoder ignored damage 2 times, first: Corrupt JPEG data: bad (--debug shows each)",
    ]


def test_a_run_that_is_stopped_says_how_to_go_on_and_goes_on(
    cli: Any, work: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workbench.core.predict import bulk

    run = bulk._run

    def stopped(job: Any, batches: Any, shards: Any, report: Any) -> None:
        def until(progress: Any) -> None:
            if progress.done >= 4:
                raise CancelledError

        run(job, batches, shards, until)

    arguments = ("predict", project, work / "images", "-o", work / "rows.jsonl", "--batch", 2)
    with monkeypatch.context() as patch:
        patch.setattr(bulk, "_run", stopped)
        done = cli(*arguments)
    assert (done.code, "--resume" in done.err) == (130, True)
    again = cli(*arguments)
    assert (again.code, "unfinished run" in again.err) == (2, True)
    changed = cli(*arguments, "--resume", "--set", "metadata=x")
    assert (changed.code, "values have changed" in changed.err) == (2, True)
    done = cli(*arguments, "--resume")
    assert (done.code, "4 of them from an earlier run" in done.err) == (0, True)
    assert len((work / "rows.jsonl").read_text().splitlines()) == 9


def test_lists_and_a_table_of_ids_with_columns_of_its_own(cli: Any, work: Path, project: Path) -> None:
    images = sorted((work / "images").iterdir())[:3]
    (work / "list.txt").write_text("\n".join(map(str, images)))
    rows = [f"{path.name},{number},x" for number, path in enumerate(images[:2])]
    (work / "ids.csv").write_text("\n".join(["image,sku,other", *rows, "gone.jpg,9,x", f"{images[0].name},7,x"]))
    options = ["--features", work / "ids.csv", "--file-key", "image", "--take", "sku=metadata"]
    done = cli("prepare", "--list", work / "list.txt", "-o", work / "a.jsonl", *options, "--json")
    assert (done.code, done.err) == (0, "")
    found = json.loads(done.out)
    assert (found["without_row"], found["idle_rows"], found["repeated_rows"]) == (1, 1, 1)
    ids = [json.loads(line)["metadata"] for line in (work / "a.jsonl").read_text().splitlines()]
    assert ids == ["7", "1", str(images[2])]
    (note,) = (work / "a.jsonl.notes.jsonl").read_text().splitlines()
    assert (json.loads(note)["source"], json.loads(note)["code"]) == (str(images[2]), "NO_ROW")
    done = cli("predict", project, "--list", work / "list.txt", *options, "--format", "jsonl")
    assert [json.loads(line)["prediction"]["metadata"] for line in done.out.splitlines()] == ids


def test_a_record_is_shown_as_text_or_json(cli: Any, work: Path) -> None:
    cli("prepare", work / "images", "-o", work / "a.tfrecord")
    text = cli("prepare", "--peek", 2, work / "a.tfrecord")
    assert (text.code, text.out.splitlines()[0]) == (0, f"{work / 'a.tfrecord'}, tfrecord, record 2")
    assert "JPEG" in text.out
    found = json.loads(cli("prepare", "--peek", 2, work / "a.tfrecord", "--json").out)
    assert [value["key"] for value in found["values"]] == ["input", "metadata"]
    gone = cli("prepare", "--peek", 99, work / "a.tfrecord")
    assert (gone.code, "no record 99" in gone.err) == (2, True)


BAD: dict[str, tuple[list[str], str]] = {
    "parquet to the terminal": (["--format", "parquet"], "Give it with -o"),
    "shards of a table": (["--format", "table", "--shards", "2", "-o", "a"], "cannot be written in shards"),
    "resume of nothing": (["--format", "jsonl", "--resume"], "Give them with -o"),
    "more shards than rows": (["-o", "a.jsonl", "--shards", "10"], "9 rows cannot be split into 10 shards"),
    "no batch": (["-o", "a.jsonl", "--batch", "-1"], "The batch size cannot be -1"),
    "a list that is not there": (["--list", "none.txt"], "no such list"),
    "a pipeline to the terminal": (["--runner", "local"], "A pipeline writes files"),
    "a bucket without a pipeline": (["-o", "gs://bkt/a.jsonl"], "Add --runner local"),
    "features in a bucket without a pipeline": (
        ["--features", "gs://b/f.csv", "-o", "a.jsonl"],
        "gs://b/f.csv: The path",
    ),
    "a pipeline gone on with": (
        ["--runner", "local", "--resume", "-o", "a.jsonl"],
        "--resume is not available in pipelines",
    ),
}


@pytest.mark.parametrize("case", list(BAD))
def test_options_that_mean_nothing_are_refused(
    cli: Any, work: Path, project: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    monkeypatch.chdir(work)
    before = sorted(work.rglob("*"))
    options, words = BAD[case]
    done = cli("predict", project, "images", *options)
    assert (done.code, done.out, words in done.err) == (2, "", True), done.err
    assert sorted(work.rglob("*")) == before


def test_without_beam_a_runner_is_one_sentence_with_the_install_line(
    cli: Any, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "apache_beam", None)
    done = cli("prepare", work / "images", "-o", work / "a.jsonl", "--runner", "local")
    assert (done.code, done.out) == (2, "")
    assert 'pip install "keras-export-workbench[beam]"' in done.err
    assert len(done.err.strip().splitlines()) == 1
    assert cli("prepare", work / "images", "-o", work / "a.jsonl").code == 0


@pytest.mark.filterwarnings("default")
def test_a_pipelines_own_options_stand_behind_two_dashes(cli: Any, work: Path) -> None:
    pytest.importorskip("apache_beam")
    command = ("prepare", work / "images", "-o", work / "a.jsonl", "--runner", "local", "--json")
    done = cli(*command, "--", "--direct_num_workers=2", "--direct_running_mode=multi_threading")
    found = json.loads(done.out)
    assert (done.code, found["state"], found["images"], found["errors"]) == (0, "DONE", 9, 0)
    assert cli(*command, "--", "--direct_num_workers=many").code == 2
