"""The command line in this process (TensorFlow starts once), with its two streams kept apart."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from support import REFERENCE

from workbench.__main__ import run


class Done(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


Cli = Callable[..., Done]


@pytest.fixture
def cli(capfdbinary: pytest.CaptureFixture[bytes]) -> Cli:
    """Run one command line; exit code and what it wrote where."""

    def command(*arguments: object) -> Done:
        capfdbinary.readouterr()
        code = run([str(a) for a in arguments])
        out, err = capfdbinary.readouterr()
        return Done(code, out.decode(), err.decode())

    return command


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A folder with the reference models and images, to be written in."""
    shutil.copytree(REFERENCE, tmp_path / "work")
    return tmp_path / "work"
