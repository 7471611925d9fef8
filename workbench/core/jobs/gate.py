"""The gate for a push: selects or makes its verdict, and confirms it again before the first byte is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from workbench.core.progress import Report, silent
from workbench.spec.errors import WorkbenchError
from workbench.spec.files import write_bytes
from workbench.spec.project import Project
from workbench.spec.report import GateRecord, GateReport, record_of
from workbench.spec.targets.base import Target

if TYPE_CHECKING:
    from workbench.core.check.report_cache import Verdict
    from workbench.core.check.verdict_binding import Found, Wanted
    from workbench.core.file_manifest import Manifest

OnVerdict = Callable[[GateReport, str, str], None]
"""Called with the verdict that a push uses: its report, the folder of its images, the report's SHA-256."""


class Judging(msgspec.Struct, frozen=True, kw_only=True):
    """The options of a push for its gate. `verdict` is the SHA-256 of the report that was shown.

    If none was shown, the gate is run with `images`, `values`, `features` and `files` (those that values and features
    were read from), and compares with the version `against`. `subject` is the file that was named on a command line.
    """

    images: tuple[str, ...] = ()
    values: Mapping[str, object] = {}
    features: Mapping[str, Mapping[str, object]] = {}
    files: tuple[str, ...] = ()
    against: str = ""
    subject: str = ""
    verdict: str = ""

    def of(self, project: Project, base: Path, target: Target) -> Wanted:
        """The same for a project and a target."""
        from workbench.core.check.sample import SampleOptions
        from workbench.core.check.verdict_binding import Wanted

        asked = SampleOptions(self.images, self.values, self.features, self.files)
        about = {"against": self.against, "subject": self.subject, "verdict": self.verdict}
        return Wanted(project=project, base=base, target=target, asked=asked, **about)


UNNAMED: Final = Judging()
"""Default options: the newest verdict counts, or the gate is run on the project's own images."""


def _quiet(report: GateReport, folder: str, verdict: str) -> None:
    """Default callback: does nothing."""


def gate(
    project: Project,
    base: Path,
    *,
    judging: Judging = UNNAMED,
    target: str = "local",
    place: Target | None = None,
    override: str = "",
    on_verdict: OnVerdict = _quiet,
    report: Report = silent,
) -> GateRecord:
    """The verdict that a push uses: the one that `judging` names, the newest on exactly the same inputs, or a new one.

    The gate is run with the images, values and version of `judging`, else with those of the newest verdict on this
    project, else with the project's own. Raises `WorkbenchError` GATE_FAILED if a check failed and no override was
    given, CHANGED_SINCE_CHECK if a file differs from the one that the shown verdict is on.
    """
    from workbench.core.check.verdict_binding import find_verdict

    wanted = judging.of(project, base, place or project.target(target))
    found = find_verdict(wanted, report)
    chosen = _still_good(found, wanted, report) or _judged(found, wanted, target, report)
    on_verdict(chosen.report(), chosen.folder, chosen.id)
    lost = bool(judging.verdict) and chosen.id != judging.verdict
    return _record(chosen, override.strip(), shown_is_lost=lost)


def _still_good(found: Found, wanted: Wanted, report: Report) -> Verdict | None:
    """The verdict, if it is on the current export: other versions of libraries lead to another export."""
    from workbench.core.check.verdict_files import export_files, first_change
    from workbench.core.export.build import export

    if found.verdict is None:
        return None
    made = export(wanted.project, wanted.base, report=report)
    if made.fingerprint != found.verdict.fingerprint:
        return None
    return None if first_change(found.verdict.export_files, export_files(Path(made.path))) else found.verdict


def _judged(found: Found, wanted: Wanted, target: str, report: Report) -> Verdict:
    """A new verdict. Raises what prevents the export: without one there is nothing to push."""
    from workbench.core.check.gate_run import GateOrder, judge
    from workbench.core.export.build import export
    from workbench.core.jobs.check import in_place, quiet_check, quiet_start

    order = GateOrder(
        project=wanted.project,
        base=wanted.base,
        asked=found.asked,
        against=found.against,
        live=in_place(found.against, wanted.project),
        target_name=target,
        target=wanted.target,
        subject=wanted.subject,
        shown=found.binds,
    )
    export(wanted.project, wanted.base, report=report)
    made = judge(order, quiet_start, quiet_check, report)
    if made.verdict is None:
        raise WorkbenchError("GATE_FAILED", "The export could not be checked.", hint="Run `workbench check`.")
    return made.verdict


def _record(verdict: Verdict, override: str, *, shown_is_lost: bool) -> GateRecord:
    """The record of a verdict. A reason counts if it overrides something: here, or in an earlier verdict on the same
    inputs."""
    from workbench.core.check.verdict_binding import earlier_failures
    from workbench.core.check.verdict_files import IMAGE, images_sha256

    report = verdict.report()
    if report.verdict == "fail" and not override:
        first = report.failed()[0]
        names = ", ".join(c.name for c in report.failed())
        hint = "Fix it (`workbench check` shows the evidence), or push with --override REASON, which is recorded."
        raise WorkbenchError("GATE_FAILED", f"The release gate failed ({names}): {first.message}", hint=hint)
    overridden = earlier_failures(verdict) if override else ()
    return msgspec.structs.replace(
        record_of(report, override if overridden or shown_is_lost else ""),
        overridden=overridden,
        report=verdict.id,
        images_sha256=images_sha256(verdict.files),
        judged=_by_role((f.role, f.sha256) for f in verdict.files if f.role != IMAGE and f.sha256),
    )


def _by_role(files: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The hashes by role; several files of one role are numbered."""
    found: dict[str, str] = {}
    for role, digest in files:
        count = sum(key == role or key.startswith(f"{role} ") for key in found)
        found[f"{role} {count + 1}" if count else role] = digest
    return found


class Bound:
    """The verdict that a push uses, and the confirmation that what is sent is what was judged."""

    def __init__(self, project: Project, base: Path, target: Target, gate: GateRecord, report: Report) -> None:
        from workbench.core.check.report_cache import verdict_named
        from workbench.core.check.verdict_binding import Wanted

        found = verdict_named(gate.report)
        if found is None:
            text = "The verdict of the release gate is no longer stored."
            raise WorkbenchError("NO_REPORT", text, where=gate.report, hint="Run the release gate again, then push.")
        self._gate, self._verdict, self._report = gate, found, report
        self._wanted = Wanted(project=project, base=base, target=target, subject=found.basis.subject)

    def confirm(self, manifest: Manifest) -> None:
        """Raise CHANGED_SINCE_CHECK unless these files, and all that the verdict depends on, are what was judged."""
        from workbench.core.check.verdict_binding import confirm, confirm_upload

        confirm_upload(self._verdict, manifest)
        confirm(self._verdict, self._wanted, self._report)

    def keep_report(self) -> GateRecord:
        """Store the report beside the receipts, as JSON and as a page; the record then contains its path."""
        from workbench.core.deploy.release_log import report_place
        from workbench.core.report.report_file import write_report

        place = report_place(self._verdict.id)
        if not (place / "report.html").is_file():
            write_bytes(place / "report.json", self._verdict.report_json())
            write_report(self._verdict.report(), Path(self._verdict.folder), place / "report.html")
        return msgspec.structs.replace(self._gate, report_file=str(place / "report.html"))
