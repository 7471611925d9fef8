"""What the fake engine predicts, by the names of the images and the lines of the files."""

from __future__ import annotations

from pathlib import Path

from workbench.spec import messages as m
from workbench.spec.errors import ErrorInfo
from workbench.spec.model import Row
from workbench.spec.preprocess import UNDECLARED_FORMAT
from workbench.spec.project import Project


def canned_row(source: str, project: Project, values: dict[str, object]) -> Row:
    """A prediction, or an error where the image's name begins with `bad`."""
    if Path(source).name.startswith("bad"):
        return Row(source, error=ErrorInfo("BAD_IMAGE", "This is not a JPEG image.", where=source))
    if Path(source).name.startswith("refused") and project.preprocess and project.preprocess.formats == "jpeg":
        hint = "Convert it to JPEG, or declare other formats in the project."
        told = ErrorInfo(
            UNDECLARED_FORMAT, "This export reads JPEG images only; this is a PNG.", where=source, hint=hint
        )
        return Row(source, error=told)
    best = sum(Path(source).stem.encode()) % 10
    scores = [0.01] * 10
    scores[best] = 0.91
    passed = {p.key: p.alias for p in project.signature.passed()}
    back = {alias: values.get(key, source) for key, alias in passed.items()}
    extra = {f"saw_{key}": value for key, value in values.items() if key not in passed}
    prediction: dict[str, object] = {project.signature.scores_key: scores, **back, **extra}
    return Row(source, prediction=prediction, milliseconds=4.2)


def canned_records(path: str, request: m.Predict | m.CallVersion) -> list[Row]:
    """A prediction for every line of a file, or an error where the line says `bad`."""
    rows = []
    for number, line in enumerate(Path(path).read_text().splitlines(), 1):
        row = canned_row(f"{path}:{number}", request.project, request.values)
        bad = ErrorInfo("BAD_INSTANCE", "This is no instance.")
        rows.append(Row(row.source, error=bad) if "bad" in line else row)
    return rows
