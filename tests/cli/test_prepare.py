"""`prepare` as scripts use it: files, counts, exit codes, and what a person reads."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

KEYS = {
    "format", "files", "keys", "images", "bytes", "errors", "converted", "above_request", "repeated", "seconds",
    "errors_file", "notes_file", "without_row", "idle_rows", "repeated_rows",
}  # fmt: skip


def test_without_a_project_the_keys_are_the_usual_ones_and_the_last_line_is_the_file(cli: Any, work: Path) -> None:
    done = cli("prepare", work / "images", "-o", work / "a.jsonl")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[0].startswith("9 images in 1 file, ")
    assert done.out.splitlines()[-1] == str(work / "a.jsonl")
    first = json.loads((work / "a.jsonl").read_text().splitlines()[0])
    assert list(first) == ["input", "metadata"]


def test_json_tells_everything_and_only_json(cli: Any, work: Path) -> None:
    done = cli("prepare", work / "images", "-o", work / "a.tfrecord", "--shards", 3, "--gzip", "--json")
    found = json.loads(done.out)
    assert (done.code, done.err, set(found)) == (0, "", KEYS)
    assert found["files"] == [str(work / f"a-0000{n}-of-00003.tfrecord.gz") for n in range(3)]
    assert (found["images"], found["keys"]) == (9, ["input", "metadata"])


def test_a_projects_keys_are_filled_from_csv_and_set(cli: Any, work: Path) -> None:
    cli("init", work / "image_and_features.h5", "--passthrough", "metadata", "--passthrough", "shop:int64")
    lines = [f'{path.name},"[0,0,0,0,0,0,0,{n}]"' for n, path in enumerate(sorted((work / "images").iterdir()))]
    (work / "f.csv").write_text("file,Features\n" + "\n".join(lines) + "\n")
    project = work / "image_and_features.toml"
    options = ["--project", project, "--features", work / "f.csv", "--set", "shop=7", "--set", "metadata=x"]
    assert cli("prepare", work / "images", "-o", work / "a.npz", *options).code == 0
    with np.load(work / "a.npz") as found:
        assert set(found.files) == {"input", "Features", "metadata", "shop"}
        assert found["Features"][:, 7].tolist() == list(range(9))
        assert (set(found["shop"]), set(found["metadata"])) == ({7}, {b"x"})


def test_a_bad_image_among_good_ones_ends_with_1_and_is_named(cli: Any, work: Path) -> None:
    (work / "images" / "bad.jpg").write_text("text")
    Image.new("RGB", (20, 10)).save(work / "images" / "p.png")
    done = cli("prepare", work / "images", work / "images" / "img00.jpg", "-o", work / "a.jsonl")
    assert (done.code, done.err) == (1, "")
    assert f"1 failed: {work / 'a.jsonl'}.errors.jsonl" in done.out
    assert f"1 converted from another format: {work / 'a.jsonl'}.notes.jsonl" in done.out
    assert f"1 repeat a value of 'metadata', such as {work / 'images' / 'img00.jpg'}" in done.out
    (line,) = (work / "a.jsonl.errors.jsonl").read_text().splitlines()
    assert json.loads(line) == {
        "source": str(work / "images" / "bad.jpg"),
        "code": "NOT_AN_IMAGE",
        "message": "This is not an image: it contains text.",
    }


def test_the_full_check_finds_what_the_quick_one_does_not(cli: Any, work: Path) -> None:
    cli("init", work / "tiny_cnn.h5")
    project = work / "tiny_cnn.toml"
    project.write_text(project.read_text().replace('formats = "jpeg"', 'formats = "jpeg+png"'))
    path = work / "damaged.png"
    Image.effect_noise((64, 64), 90).save(path)
    data = bytearray(path.read_bytes())
    data[200:220] = bytes(20)
    path.write_bytes(data)
    for check, code in (("quick", 0), ("full", 1)):
        done = cli("prepare", path, "-o", work / "a.tfrecord", "--project", project, "--check", check)
        assert done.code == code


BAD = {
    "no ending": (["images", "-o", "a"], "--format"),
    "two formats": (["images", "-o", "a.npz", "--format", "jsonl"], "means npy"),
    "no images": (["none", "-o", "a.jsonl"], "no such file"),
    "records": (["tiny_cnn_expected.npz", "-o", "a.jsonl"], "file of records"),
    "unknown key": (["images", "-o", "a.jsonl", "--set", "shop=1"], "no key 'shop'"),
    "missing value": (["images", "-o", "a.jsonl", "--project", "image_and_features.h5"], "'Features' has no value"),
    "too many shards": (["images", "-o", "a.jsonl", "--shards", "10"], "10 shards"),
    "several keys in one array": (["images", "-o", "a.npy"], ".npz"),
    "no project": (["images", "-o", "a.jsonl", "--project", "none.toml"], "no such file"),
    "no output": (["images"], "--output"),
}


@pytest.mark.parametrize("case", list(BAD))
def test_a_bad_request_ends_with_2_and_leaves_nothing(
    cli: Any, work: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    monkeypatch.chdir(work)
    before = sorted(work.rglob("*"))
    arguments, words = BAD[case]
    done = cli("prepare", *arguments)
    assert (done.code, done.out) == (2, "")
    assert words in done.err
    assert "Traceback" not in done.err
    assert sorted(work.rglob("*")) == before


def test_json_lines_and_arrays_need_no_tensorflow(work: Path) -> None:
    code = (
        "import sys; from workbench.__main__ import run\n"
        "for name in ('a.jsonl', 'a.npz'): run(['prepare', sys.argv[1] + '/images', '-o', sys.argv[1] + '/' + name])\n"
        "print('tensorflow' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(work)], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "False"
