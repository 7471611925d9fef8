"""Across modules. Commands killed at random moments: nothing half visible, and the next run succeeds and tidies up."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from support import REFERENCE

from workbench.core.instances.tfrecords import read_records
from workbench.core.savedmodel.read import read_signatures

ROUNDS: Final = int(os.environ.get("KILL_ROUNDS", "30"))
"""Kills of each command; `KILL_ROUNDS` sets another number."""


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "workbench", *map(str, arguments)]


def rounds(run: list[str], check: Callable[[], None], clean: Callable[[], None], seed: int) -> None:
    """Kill a command at moments drawn over the time it takes; `check` looks after each kill, and once after a run."""
    subprocess.run(run, check=True, capture_output=True)  # The first one reads every library from the disk.
    clean()
    start = time.monotonic()
    subprocess.run(run, check=True, capture_output=True)
    whole = time.monotonic() - start
    draw = random.Random(seed)
    killed = ended = 0
    for _ in range(ROUNDS):
        clean()
        child = subprocess.Popen(run, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            child.wait(draw.uniform(0.3, 1.0) * whole)
            ended += 1
        except subprocess.TimeoutExpired:
            os.kill(child.pid, signal.SIGKILL)
            child.wait()
            killed += 1
        check()
    done = subprocess.run(run, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    check()
    assert killed > ended / 3, "most rounds were over before the kill"
    print(f"{Path(run[3]).name}: {killed} killed, {ended} ended before")


def hidden(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir() if p.name.startswith("."))


@pytest.mark.heavy
def test_an_export_is_whole_or_not_there_after_thirty_kills(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache, out = tmp_path / "cache", tmp_path / "out"
    monkeypatch.setenv("WORKBENCH_CACHE", str(cache))
    shutil.copy(REFERENCE / "tiny_cnn.h5", tmp_path)

    def check() -> None:
        if out.exists():
            assert len(read_signatures(out).fingerprint) == 64

    def clean() -> None:
        for place in (cache, out):
            shutil.rmtree(place, ignore_errors=True)

    rounds(command("export", tmp_path / "tiny_cnn.h5", "-o", out), check, clean, seed=1)
    assert out.exists()
    assert hidden(tmp_path) == []
    assert hidden(cache) == []


@pytest.mark.heavy
def test_prepared_records_are_whole_or_not_there_after_thirty_kills(tmp_path: Path) -> None:
    from PIL import Image

    images, out = tmp_path / "images", tmp_path / "made" / "records.tfrecord"
    images.mkdir()
    noise = np.random.default_rng(1)
    for number in range(300):
        Image.fromarray(noise.integers(0, 255, (64, 64, 3), "uint8")).save(images / f"{number:03}.png")

    def check() -> None:
        if out.exists():
            assert sum(isinstance(data, bytes) for _, data in read_records(str(out))) == 300

    rounds(command("prepare", images, "-o", out), check, lambda: out.unlink(missing_ok=True), seed=2)
    assert out.exists()
    assert hidden(out.parent) == []


@pytest.mark.heavy
def test_a_folder_holds_whole_versions_after_thirty_killed_pushes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "repository"
    monkeypatch.setenv("WORKBENCH_STATE", str(tmp_path / "state"))
    shutil.copy(REFERENCE / "tiny_cnn.h5", tmp_path)
    project = tmp_path / "p.toml"
    subprocess.run(command("init", tmp_path / "tiny_cnn.h5", "-o", project), check=True, capture_output=True)
    subprocess.run(command("check", project), check=True, capture_output=True)

    def check() -> None:
        for version in place.glob("m/*"):
            if version.name.isdigit():
                assert len(read_signatures(version).fingerprint) == 64

    push = command("push", project, "--target", "folder", "--at", f"path={place}", "--model", "m")
    rounds(push, check, lambda: shutil.rmtree(place, ignore_errors=True), seed=3)
    assert [v.name for v in place.glob("m/*") if v.name.isdigit()] == ["1"]
