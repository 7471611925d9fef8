"""Runs the console blocks of the command line's page, each command as a process of its own, in a copy of the sample."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

MASKS: Final = (
    (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
    (r"\S+@\S+", "WHO"),
    (r"\d{4}-\d\d-\d\dT[\d:.]+Z?", "WHEN"),
    (r"(?<![0-9a-zA-Z])[0-9a-f]{12,64}\b", "HASH"),
    (r"(?<![\w:/.])/(?:[^\s/]+/)+", "/"),
    (r"\b\d+(\.\d+)?e[+-]\d+\b", "TINY"),
    (r"\b[\d.]+ (s|ms|MB)\b", "MEASURED"),
    (r"\b0\.\d{6,}\b", "SCORE"),
    (r"so \d+ fit into one; a prediction has \d+ B", "so N fit into one"),
    (r"(?m) +[\d.]+$", " MEASURED"),
    (r"[ ─━]+", " "),
)
"""What differs from run to run: places, people, dates, hashes, times, memory and the last bits of sums."""


def masked(text: str) -> list[str]:
    """The lines of an output without what differs from run to run."""
    text = "\n".join(line.rstrip() for line in text.splitlines())
    for pattern, word in MASKS:
        text = re.sub(pattern, word, text)
    return [line.strip() for line in text.strip().splitlines()]


def commands(block: str) -> Iterator[tuple[str, str]]:
    """Each command of a console block and the output shown for it; a line may go on behind a backslash."""
    for part in re.split(r"^\$ ", block.replace("\\\n", ""), flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield command, output


def run(command: str, folder: Path, **environment: str) -> tuple[int, str]:
    """The exit code and the output of a command, its two streams as a terminal shows them."""
    words = shlex.split(command)
    if words[0] == "workbench":
        words[:1] = [sys.executable, "-m", "workbench"]
    variables = os.environ | {"PYTHONUNBUFFERED": "1", "COLUMNS": "160", **environment}
    done = subprocess.run(
        words,
        cwd=folder,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=280,
        check=False,
    )
    return done.returncode, done.stdout


def alike(shown: str, output: str) -> bool:
    """Whether an output is the one shown, in which a line `...` stands for any lines."""
    parts = [part.splitlines() for part in re.split(r"(?m)^\.\.\.$", "\n".join(masked(shown)))]
    parts = [[line for line in part if line] for part in parts]
    lines = [line for line in masked(output) if line]
    if lines[: len(parts[0])] != parts[0] or (len(parts) == 1 and len(lines) != len(parts[0])):
        return False
    place = len(parts[0])
    for part in parts[1:]:
        if not part:
            continue
        starts = range(place, len(lines) - len(part) + 1)
        found = [start for start in starts if lines[start : start + len(part)] == part]
        if not found:
            return False
        place = found[0] + len(part)
    return len(parts) == 1 or not parts[-1] or lines[-len(parts[-1]) :] == parts[-1]
