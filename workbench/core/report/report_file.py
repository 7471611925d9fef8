"""Writes the gate's report as HTML, JSON or JUnit XML by the file's ending, atomically; and the JSON's schema."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec

from workbench.core.report.pngs import is_plain
from workbench.spec.errors import WorkbenchError
from workbench.spec.files import replacing, umask
from workbench.spec.report import SCHEMA, EvidenceImages, GateReport
from workbench.spec.size_text import textual

ENDINGS: Final = (".html", ".json", ".xml")
"""A page, JSON with a folder of images beside it, JUnit XML."""

FILES: Final = "_files"
"""Suffix of the folder of a JSON report's images, after the report's own name."""


DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
"""The JSON schema dialect that msgspec writes (its documentation, "JSON Schema")."""


def write_report(report: GateReport, folder: Path, path: Path) -> Path:
    """Write the report in the format of its ending; `folder` has the images. Returns the absolute path.

    A `.json` gets its images in `<stem>_files/` beside it, in place of those of an older report, and names that folder
    in `files`. Raises `WorkbenchError` BAD_OPTION for another ending, CANNOT_WRITE if the disk cannot be written or if
    that folder contains anything other than a report's images.
    """
    path = path.absolute()
    _writer(path)(report, folder, path)
    return path


def check_ending(path: Path) -> None:
    """Raise what `write_report` would for the ending, so that it shows before the gate runs and not after."""
    _writer(path)


def _writer(path: Path) -> Callable[[GateReport, Path, Path], None]:
    writers = {".html": _write_html, ".json": _write_json, ".xml": _write_xml}
    found = writers.get(path.suffix.lower())
    if found is None:
        kind = f"'{path.suffix}' is not a kind of report" if path.suffix else "The report's name has no ending"
        hint = "Use .html (web page), .json or .xml (JUnit)."
        raise WorkbenchError("BAD_OPTION", f"{kind}.", where=str(path), hint=hint)
    return found


def _write_html(report: GateReport, folder: Path, path: Path) -> None:
    from workbench.core.report.html import render_html

    # A file name may contain bytes that are not UTF-8; they become question marks here.
    page = render_html(report, folder).encode("utf-8", "replace")
    with replacing(path) as out:
        out.write(page)


def _write_xml(report: GateReport, folder: Path, path: Path) -> None:
    from workbench.core.report.junit import render_junit

    document = render_junit(report)
    with replacing(path) as out:
        out.write(document)


def _write_json(report: GateReport, folder: Path, path: Path) -> None:
    names = [name for name in picture_names(report) if (folder / name).is_file()]
    place = path.with_name(path.stem + FILES)
    told = msgspec.structs.replace(report, files=place.name if names else "")
    with replacing(path) as out:
        out.write(msgspec.json.format(msgspec.json.encode(textual(msgspec.to_builtins(told))), indent=2) + b"\n")
        with _exchanged(place) as fresh:
            for name in names:
                shutil.copyfile(folder / name, fresh / name)


def picture_names(report: GateReport) -> list[str]:
    """The files of all images of a report, each once."""
    pictures = (e for check in report.checks for e in check.evidence if isinstance(e, EvidenceImages))
    files = (
        name
        for e in pictures
        for item in e.items
        for name in (item.original, item.training, item.serving, item.difference)
    )
    return list(dict.fromkeys(name for name in files if is_plain(name) and name.endswith(".png")))


@contextmanager
def _exchanged(place: Path) -> Iterator[Path]:
    """An empty folder to fill, which then replaces `place`; if it stays empty, the old one is only removed."""
    _check_ours(place)
    fresh = Path(tempfile.mkdtemp(dir=place.parent, prefix=f".{place.name}."))
    old = fresh.with_name(f"{fresh.name}.old")
    try:
        yield fresh
        if place.exists():
            place.rename(old)
        if any(fresh.iterdir()):
            fresh.chmod(0o777 & ~umask())
            fresh.rename(place)
    finally:
        for rest in (fresh, old):
            shutil.rmtree(rest, ignore_errors=True)


def _check_ours(place: Path) -> None:
    """Refuse to delete what is not a report's: browsers also store pages in folders of that name."""
    if not place.exists() and not place.is_symlink():
        return
    strange = [p for p in sorted(place.iterdir()) if p.suffix != ".png" or p.is_dir()] if place.is_dir() else [place]
    if strange or place.is_symlink():
        raise WorkbenchError(
            "CANNOT_WRITE",
            "The images of the report cannot be stored here: the path is in use.",
            where=str(place),
            hint="Move it away, or give the report another name.",
        )


def report_schema() -> dict[str, Any]:
    """JSON schema 2020-12 of a report of this version."""
    return {
        "$schema": DIALECT,
        "title": "Release gate report",
        "description": f"What `workbench check` writes, schema version {SCHEMA}.",
        **msgspec.json.schema(GateReport),
    }
