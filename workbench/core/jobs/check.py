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
    """The report tells all of it in the end."""


def quiet_check(found: CheckResult) -> None:
    """The same."""


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
    """Judge a project's export (or the one in `folder`); answers the report and the folder of its pictures.

    It is judged for the target of that name, or for `place`, a target as the command line changed it. `files` are
    those that values and features were read from, `python` is an interpreter to try the export in besides the
    project's, `subject` the file that was named on a command line. The verdict is kept, and a push is bound to it.
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
    """What looks up the version in place, named as TARGET/MODEL[/VERSION]; `None` where none is named."""
    from workbench.core.deploy.live_version import live_version

    return (lambda folder: live_version(against, project, folder, url)) if against else None


def diff_versions(target: Target, model: str, old: str, new: str) -> SignatureDiff:
    """What callers of one version of a model meet at another; an empty `old` is the default one.

    Raises `WorkbenchError` NOT_FOUND, `OutsideError` where the target fails.
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
    """Write a report as .html, .json or .xml (JUnit); `folder` has its pictures. Answers where it is, absolute."""
    from workbench.core.report.report_file import write_report as write

    return write(report, folder, path)


def check_report_ending(path: Path) -> None:
    """Raise BAD_OPTION where `write_report` would because of the ending."""
    from workbench.core.report.report_file import check_ending

    check_ending(path)


def report_schema() -> dict[str, Any]:
    """The JSON schema of a report."""
    from workbench.core.report.report_file import report_schema as schema

    return schema()
