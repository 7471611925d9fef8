"""Stores verdicts beside the exports they judge, with the hashes of all inputs; a push requires one of them."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Final

import msgspec

from workbench.core.check.sample import SampleOptions
from workbench.core.check.verdict_files import JudgedFile
from workbench.core.export.cache import cache_root
from workbench.spec.errors import DECODE_ERRORS, WorkbenchError
from workbench.spec.files import write_bytes
from workbench.spec.project import Project
from workbench.spec.report import GateReport, report_json, report_sha256
from workbench.spec.size_text import textual
from workbench.spec.step_files import file_name, with_files
from workbench.spec.targets.base import Target

KEPT: Final = 40
"""Report folders kept; the oldest are removed first."""

_REPORT: Final = "report.json"
_VERDICT: Final = "verdict.json"


class Basis(msgspec.Struct, frozen=True, kw_only=True):
    """What a verdict is based on, apart from files' contents; equal for two verdicts on the same inputs.

    `subject` is the file that was named on the command line, empty if the settings came from elsewhere; `model` the
    model file's absolute path. `settings`, `target` and `asked` are hashes: of the project without its targets and the
    paths of its model, of what the target determines, and of the images, values and version named for the run.
    """

    subject: str
    model: str
    settings: str
    target: str
    asked: str


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """One verdict: its report is `id`, the SHA-256 of the file `report.json` in `folder`, which also has its images.

    `shown` means that the gate was run for a user to see, or on images named for it, not by a push for itself alone.
    `export` is the folder that was judged. `number` orders verdicts by time (nanoseconds).
    """

    id: str
    number: int
    basis: Basis
    asked: SampleOptions
    against: str
    shown: bool
    folder: str
    export: str
    fingerprint: str
    created: str
    failed: tuple[str, ...]
    files: tuple[JudgedFile, ...]
    export_files: tuple[JudgedFile, ...]

    def report(self) -> GateReport:
        """Its report. Raises `WorkbenchError` NO_REPORT if it is damaged or missing."""
        return msgspec.json.decode(self.report_json(), type=GateReport)

    def report_json(self) -> bytes:
        """The report's exact bytes. Raises `WorkbenchError` NO_REPORT if they are damaged or missing."""
        path = Path(self.folder) / _REPORT
        try:
            content = path.read_bytes()
        except OSError as err:
            raise _no_report(path, err.strerror or "it cannot be read") from err
        if hashlib.sha256(content).hexdigest() != self.id:
            raise _no_report(path, "it was changed")
        return content


def _no_report(path: Path, why: str) -> WorkbenchError:
    hint = "Run the release gate again."
    return WorkbenchError("NO_REPORT", f"The gate report cannot be used: {why}.", where=str(path), hint=hint)


def report_folder(fingerprint: str) -> Path:
    """Create a folder for a report of an export and its images; the oldest ones are removed."""
    root = cache_root() / "gate"
    root.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=root, prefix=f"{fingerprint[:16] or 'no-export'}-"))
    found = sorted((p for p in root.iterdir() if p.is_dir()), key=lambda p: p.stat().st_mtime_ns)
    for stale in found[:-KEPT]:
        shutil.rmtree(stale, ignore_errors=True)
    return folder


def write_report_json(report: GateReport, folder: Path) -> str:
    """Write a report into its folder and return the SHA-256 of the file."""
    write_bytes(folder / _REPORT, report_json(report))
    return report_sha256(report)


def keep_verdict(verdict: Verdict) -> None:
    """Store a verdict beside its report. Raises `WorkbenchError` CANNOT_WRITE."""
    write_bytes(Path(verdict.folder) / _VERDICT, msgspec.json.encode(textual(msgspec.to_builtins(verdict))))


def kept_verdicts() -> Iterator[Verdict]:
    """All stored verdicts, newest first. A damaged one is ignored: the gate is then run again."""
    found: list[Verdict] = []
    for place in (cache_root() / "gate").glob(f"*/{_VERDICT}"):
        try:
            found.append(msgspec.json.decode(place.read_bytes(), type=Verdict))
        except (OSError, *DECODE_ERRORS):
            continue
    yield from sorted(found, key=lambda verdict: -verdict.number)


def verdict_named(report: str) -> Verdict | None:
    """The verdict whose report has this SHA-256, or `None` if it is no longer stored."""
    return next((verdict for verdict in kept_verdicts() if verdict.id == report), None)


def basis_of(
    project: Project, base: Path, target: Target, asked: SampleOptions, *, against: str = "", subject: str = ""
) -> Basis:
    """The basis of a gate run with these arguments."""
    # Paths of files whose contents are hashed anyway: they change when a project is saved elsewhere.
    named = with_files(project, file_name)
    bare = msgspec.structs.replace(named, model="", custom="", architecture="", targets={})
    return Basis(
        subject=subject,
        model=str((base / project.model).absolute()),
        settings=_hash(bare),
        target=_hash((target.kind, target.tensorflow(), target.limits(), target.image_status(date.today()))),
        asked=_hash((asked, against)),
    )


def _hash(value: msgspec.Struct | Sequence[object]) -> str:
    return hashlib.sha256(msgspec.json.encode(textual(msgspec.to_builtins(value)), order="sorted")).hexdigest()
