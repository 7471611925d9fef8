"""Selects the verdict for a push: the one that was shown, or the newest on identical inputs, else none."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from workbench.core.check.report_cache import Basis, Verdict, basis_of, kept_verdicts, verdict_named
from workbench.core.check.sample import SampleOptions
from workbench.core.check.verdict_files import EXPORT, changed, export_files, files_of, first_change, judged_files
from workbench.core.file_manifest import Manifest
from workbench.core.progress import Report, silent
from workbench.spec.errors import WorkbenchError
from workbench.spec.model import Progress
from workbench.spec.project import Project
from workbench.spec.targets.base import Target

STEP: Final = "Comparing with the files of the verdict"

GONE: Final = (
    *("NO_FILE", "NO_INPUTS", "CANNOT_READ", "NOT_IMAGES", "NOT_A_SAVEDMODEL", "TOO_MANY_FILES"),
    *("NOT_TOML", "BAD_PROJECT"),
)
"""Error codes of reading a judged file that can no longer be read as such."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a push would send, and the options of its gate; `verdict` is the SHA-256 of the report that was shown."""

    project: Project
    base: Path
    target: Target
    asked: SampleOptions = SampleOptions()
    against: str = ""
    subject: str = ""
    verdict: str = ""

    @property
    def basis(self) -> Basis:
        """The basis that its verdict must have."""
        asked, subject = self.asked, self.subject
        return basis_of(self.project, self.base, self.target, asked, against=self.against, subject=subject)

    @property
    def names_images(self) -> bool:
        """Whether images, values or a version were named for the gate."""
        return self.asked != SampleOptions() or bool(self.against)


class Found(msgspec.Struct, frozen=True):
    """The verdict that applies, if there is one; else the images, values and version to judge anew with.

    `binds` means that the new verdict binds later pushes like one that was shown: it replaces such a one, or is on
    images that were named for it.
    """

    verdict: Verdict | None
    asked: SampleOptions
    against: str = ""
    binds: bool = False


def find_verdict(wanted: Wanted, report: Report = silent) -> Found:
    """The verdict that was shown, or the newest on the same settings, target and images.

    A verdict that was shown binds: if a file that it depends on has changed, `WorkbenchError` CHANGED_SINCE_CHECK is
    raised. A verdict that a push gave by itself does not: then the gate is run again. A push that names no images uses
    the newest verdict on any images, and runs the gate with those images if only the settings differ.
    """
    if wanted.verdict and (shown := verdict_named(wanted.verdict)) is not None:
        return _named(shown, wanted, report)
    basis = wanted.basis
    known = [verdict for verdict in kept_verdicts() if _fits(verdict.basis, basis, wanted.names_images)]
    if known and known[0].shown:
        return _bound_by(known[0], wanted, basis, report)
    same = (verdict for verdict in known if _same_settings(verdict.basis, basis))
    found = next((verdict for verdict in same if _change(verdict, wanted, report) is None), None)
    return Found(found, wanted.asked, wanted.against, wanted.names_images)


def confirm(verdict: Verdict, wanted: Wanted, report: Report = silent) -> None:
    """Raise `WorkbenchError` CHANGED_SINCE_CHECK if anything that a verdict depends on has changed since it was
    judged."""
    if (found := _change(verdict, wanted, report)) is not None:
        raise found


def confirm_upload(verdict: Verdict, manifest: Manifest) -> None:
    """Raise CHANGED_SINCE_CHECK if the files to be sent are not the export that was judged."""
    found = first_change(verdict.export_files, files_of(manifest))
    if found is not None:
        raise changed(EXPORT, found[1], str(Path(verdict.export) / found[0].path), verdict.created)


def earlier_failures(verdict: Verdict) -> tuple[str, ...]:
    """The checks that failed in it, else those of the newest failed verdict on the same export and settings."""
    if verdict.failed:
        return verdict.failed
    own = (verdict.fingerprint, verdict.basis.model, verdict.basis.settings)
    earlier = (v for v in kept_verdicts() if (v.fingerprint, v.basis.model, v.basis.settings) == own)
    return next((v.failed for v in earlier if v.failed), ())


def _bound_by(shown: Verdict, wanted: Wanted, basis: Basis, report: Report) -> Found:
    """What the newest verdict that was shown to a user means for this push."""
    same = _same_settings(shown.basis, basis)
    if (found := _change(shown, wanted, report, common=not same)) is not None:
        raise found
    return Found(shown if same else None, shown.asked, shown.against, binds=True)


def _fits(kept: Basis, wanted: Basis, names_images: bool) -> bool:
    """Whether a verdict is on this project: on the file that was named, else on the same model and settings."""
    named = bool(wanted.subject) and kept.subject == wanted.subject
    other = bool(wanted.subject and kept.subject)
    own = named or (not other and _own(kept) == _own(wanted))
    return own and (not names_images or kept.asked == wanted.asked)


def _own(basis: Basis) -> tuple[str, str]:
    return basis.model, basis.settings


def _same_settings(kept: Basis, wanted: Basis) -> bool:
    return (*_own(kept), kept.target) == (*_own(wanted), wanted.target)


def _named(shown: Verdict, wanted: Wanted, report: Report) -> Found:
    """The verdict that was named, which must be on exactly these settings.

    A machine type chosen for the push alone can have other limits: then the same images are judged for that one.
    """
    basis = wanted.basis
    if shown.basis.settings != basis.settings:
        raise changed("settings", "changed", wanted.subject or basis.model, shown.created)
    confirm(shown, wanted, report)
    return Found(shown if shown.basis.target == basis.target else None, shown.asked, shown.against, binds=True)


def _change(verdict: Verdict, wanted: Wanted, report: Report, *, common: bool = False) -> WorkbenchError | None:
    """The first thing that differs from what was judged, as the error to raise."""

    def told(progress: Progress) -> None:
        report(msgspec.structs.replace(progress, step=STEP))

    try:
        now = judged_files(wanted.project, wanted.base, verdict.asked, wanted.subject, told)
        export = () if common else export_files(Path(verdict.export), told)
    except WorkbenchError as err:
        if err.code not in GONE:
            raise
        return changed(err.message.rstrip("."), "", err.where, verdict.created)
    if (found := first_change(verdict.files, now, common=common)) is not None:
        return changed(found[0].role, found[1], found[0].path, verdict.created)
    # An export that was removed from the cache is rebuilt, and compared before it is sent.
    if export and (found := first_change(verdict.export_files, export)) is not None:
        return changed(EXPORT, found[1], str(Path(verdict.export) / found[0].path), verdict.created)
    return None
