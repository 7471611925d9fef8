"""The verb of the release gate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.progress import Report, silent
from workbench.spec.diff import Diff
from workbench.spec.errors import WorkbenchError
from workbench.spec.project import Project
from workbench.spec.report import CheckResult, GateRecord, GateReport, record_of
from workbench.spec.target import AnyTarget

if TYPE_CHECKING:
    from workbench.core.predict.instances import Features, Values


def _quiet_start(name: str, title: str, place: int, count: int) -> None:
    """Nobody watches."""


def _quiet_check(found: CheckResult) -> None:
    """Nobody watches."""


def check(
    project: Project,
    base: Path,
    *,
    images: Sequence[str] = (),
    values: Values | None = None,
    features: Features | None = None,
    target: str = "local",
    place: AnyTarget | None = None,
    against: str = "",
    url: str = "",
    accept_golden: bool = False,
    folder: Path | None = None,
    on_start: Callable[[str, str, int, int], None] = _quiet_start,
    on_check: Callable[[CheckResult], None] = _quiet_check,
    report: Report = silent,
) -> tuple[GateReport, str]:
    """Judge a project's export (or the one in `folder`); answers the report and the folder of its pictures.

    It is judged for the target of that name, or for `place`, a target as the command line changed it.
    """
    from workbench.core.check.judge import Order, judge
    from workbench.core.check.sample import Asked

    order = Order(
        project=project,
        base=base,
        asked=Asked(tuple(images), values or {}, features or {}),
        target_name=target,
        target=place or project.target(target),
        against=against,
        url=url,
        accept_golden=accept_golden,
        folder=folder,
    )
    found, pictures = judge(order, on_start, on_check, report)
    return found, str(pictures)


def diff_versions(target: AnyTarget, model: str, old: str, new: str) -> Diff:
    """What callers of one version of a model meet at another; an empty `old` is the default one.

    Raises `WorkbenchError` NOT_FOUND, `OutsideError` where the target fails.
    """
    import tempfile

    from workbench.core.deploy.describe import fetch_version
    from workbench.core.export.read import read_signatures
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


def gate(
    project: Project,
    base: Path,
    *,
    target: str = "local",
    place: AnyTarget | None = None,
    override: str = "",
    report: Report = silent,
) -> GateRecord:
    """What a push needs of the gate: the report of this very export, or a new one. Raises `WorkbenchError` GATE_FAILED
    where a check failed and no reason was given to push all the same."""
    from workbench.core.check.kept import kept_report
    from workbench.core.export.build import export

    made = export(project, base, report=report)
    place = place or project.target(target)
    found = kept_report(made.fingerprint, place, project, base)
    if found is None:
        found, _ = check(project, base, target=target, place=place, report=report)
    if found.verdict == "fail" and not override.strip():
        first = found.failed()[0]
        names = ", ".join(c.name for c in found.failed())
        hint = "Mend it (`workbench check` shows the evidence), or push with --override REASON, which is recorded."
        raise WorkbenchError("GATE_FAILED", f"The release gate says no ({names}): {first.message}", hint=hint)
    return record_of(found, override.strip() if found.verdict == "fail" else "")
