"""Operations of the release gate: run it, compare versions, and write its report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.core.progress import Report, silent
from workbench.spec.diff import SignatureDiff
from workbench.spec.project import Project
from workbench.spec.report import CheckResult, GateReport
from workbench.spec.targets.base import Target

if TYPE_CHECKING:
    from workbench.core.deploy.live_version import DeployedVersion
    from workbench.core.instances.image_instances import Features, Values


def quiet_start(name: str, title: str, place: int, count: int) -> None:
    """Default callback: does nothing, since the report contains everything."""


def quiet_check(found: CheckResult) -> None:
    """Default callback: does nothing, since the report contains everything."""


def check(
    project: Project,
    base: Path,
    *,
    images: Sequence[str] = (),
    values: Values | None = None,
    features: Features | None = None,
    files: Sequence[str] = (),
    python: str = "",
    subject: str = "",
    target: str = "local",
    place: Target | None = None,
    against: str = "",
    url: str = "",
    accept_golden: bool = False,
    folder: Path | None = None,
    on_start: Callable[[str, str, int, int], None] = quiet_start,
    on_check: Callable[[CheckResult], None] = quiet_check,
    report: Report = silent,
) -> tuple[GateReport, str]:
    """Judge a project's export (or the one in `folder`); returns the report and the folder of its images.

    It is judged for the target of that name, or for `place`, a target with changes from the command line. `files` are
    those that values and features were read from, `python` an interpreter in which to test the export beside the
    project's, `subject` the file that was named on a command line. The verdict is stored, and binds a push.
    """
    from workbench.core.check.gate_run import GateOrder, judge
    from workbench.core.check.sample import SampleOptions

    order = GateOrder(
        project=project,
        base=base,
        asked=SampleOptions(tuple(images), values or {}, features or {}, tuple(files), python),
        subject=subject,
        target_name=target,
        target=place or project.target(target),
        against=against,
        live=in_place(against, project, url),
        accept_golden=accept_golden,
        folder=folder,
    )
    found = judge(order, on_start, on_check, report)
    return found.report, str(found.folder)


def in_place(against: str, project: Project, url: str = "") -> Callable[[Path], DeployedVersion] | None:
    """A function that looks up the live version TARGET/MODEL[/VERSION]; `None` if `against` is empty."""
    from workbench.core.deploy.live_version import live_version

    return (lambda folder: live_version(against, project, folder, url)) if against else None


def diff_versions(target: Target, model: str, old: str, new: str) -> SignatureDiff:
    """How another version of a model differs for its callers; an empty `old` is the default version.

    Raises `WorkbenchError` NOT_FOUND, `OutsideError` if the target fails.
    """
    import tempfile

    from workbench.core.deploy.version_form import fetch_version
    from workbench.core.savedmodel.read import read_signatures
    from workbench.spec.diff import diff
    from workbench.spec.manifest import read_export_manifest

    with tempfile.TemporaryDirectory(prefix="workbench-diff-") as beside:
        folders = [Path(beside) / name for name in ("old", "new")]
        for folder, version in zip(folders, (old, new), strict=True):
            folder.mkdir()
            fetch_version(target, model, version, folder)
        signatures = [read_signatures(folder).signatures for folder in folders]
        manifests = [read_export_manifest(folder) for folder in folders]
    return diff(signatures[0], signatures[1], *manifests)


def write_report(report: GateReport, folder: Path, path: Path) -> Path:
    """Write a report as .html, .json or .xml (JUnit); `folder` has its images. Returns the absolute path."""
    from workbench.core.report.report_file import write_report as write

    return write(report, folder, path)


def check_report_ending(path: Path) -> None:
    """Raise BAD_OPTION if `write_report` would because of the ending."""
    from workbench.core.report.report_file import check_ending

    check_ending(path)


def report_schema() -> dict[str, Any]:
    """The JSON schema of a report."""
    from workbench.core.report.report_file import report_schema as schema

    return schema()
