"""Reports kept beside the exports they judge, so that a push need not judge the same thing twice."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Final

import msgspec

from workbench.core.check.sample import Asked
from workbench.core.export.cache import cache_root
from workbench.core.predict.sources import expand
from workbench.spec.errors import WorkbenchError
from workbench.spec.files import write_bytes
from workbench.spec.project import Project
from workbench.spec.report import GateReport
from workbench.spec.target import AnyTarget

KEPT: Final = 40
"""Folders of reports kept; the oldest go first."""

_REPORT: Final = "report.json"


class Kept(msgspec.Struct, frozen=True):
    """A report and what it was made of."""

    key: str
    report: GateReport


def report_folder(fingerprint: str) -> Path:
    """The folder for the pictures of an export's report, emptied of the last ones."""
    root = cache_root() / "gate"
    folder = root / (fingerprint or "no-export")
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    found = sorted((p for p in root.iterdir() if p.is_dir()), key=lambda p: p.stat().st_mtime)
    for stale in found[:-KEPT]:
        shutil.rmtree(stale, ignore_errors=True)
    return folder


def keep_report(
    report: GateReport, target: AnyTarget, project: Project, base: Path, folder: Path, asked: Asked
) -> None:
    """Keep a report under what it was made of; one that depends on a version in place or on named images is not for
    a push to find, which names neither."""
    if report.against or asked != Asked():
        return
    write_bytes(folder / _REPORT, msgspec.json.encode(Kept(_key(target, project, base), report)))


def kept_report(fingerprint: str, target: AnyTarget, project: Project, base: Path) -> GateReport | None:
    """The report of this very export for this target and these settings, if one was kept."""
    place = cache_root() / "gate" / fingerprint / _REPORT
    try:
        found = msgspec.json.decode(place.read_bytes(), type=Kept)
    except (OSError, msgspec.MsgspecError):
        return None  # A missing or damaged one is only a reason to judge again.
    return found.report if found.key == _key(target, project, base) else None


def _key(target: AnyTarget, project: Project, base: Path) -> str:
    """A hash of all that decides a report beside the export: settings, target, golden file, the images' files."""
    golden = base / project.check.golden
    parts = [
        msgspec.json.encode(project.check, order="sorted"),
        msgspec.json.encode((target.kind, target.tensorflow(), target.limits()), order="sorted"),
        golden.read_bytes() if golden.is_file() else b"",
        *(_stamp(path) for path in _files(project, base)),
    ]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _files(project: Project, base: Path) -> list[Path]:
    named = [base / name for name in project.check.images or project.export.examples]
    tables = [base / name for name in (project.check.values, project.check.seen) if name]
    try:
        return [*map(Path, expand(named)), *tables] if named else tables
    except WorkbenchError:
        return tables  # Images that are not there: the gate says so when it is run.


def _stamp(path: Path) -> bytes:
    try:
        found = path.stat()
    except OSError:
        return str(path).encode()
    return f"{path} {found.st_size} {found.st_mtime_ns}".encode()
