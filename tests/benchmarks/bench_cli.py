"""How soon the command line answers, against the bare start of the package it cannot do without."""

from __future__ import annotations

import sys
from pathlib import Path

from ratio import Ratio, best_command

from workbench.spec.resources import resource


def run() -> list[Ratio]:
    """`--help` against importing click; `inspect` of the sample against importing h5py."""
    workbench = str(Path(sys.executable).with_name("workbench"))
    model = str(resource("sample", "digits.h5"))
    return [
        _against_import("workbench --help", [workbench, "--help"], "click"),
        _against_import("workbench inspect", [workbench, "inspect", model], "h5py"),
    ]


def _against_import(step: str, command: list[str], package: str) -> Ratio:
    peer = [sys.executable, "-c", f"import {package}"]
    return Ratio(
        step=step, ours=best_command(command), peer=f"python: import {package}", peer_seconds=best_command(peer)
    )
