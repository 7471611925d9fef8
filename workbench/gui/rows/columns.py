"""The columns of the Test tab's table: their titles, and the text of a row under each. Pure."""

from __future__ import annotations

import enum
from typing import Final

from PySide6.QtCore import Qt

from workbench.gui.rows.image_row import ImageRow, scores_shown
from workbench.gui.rows.row_query import By
from workbench.gui.texts import seconds_text, tr


class Column(enum.IntEnum):
    """The columns in their order."""

    PICTURE = 0
    FILE = 1
    FOLDER = 2
    PREDICTION = 3
    MARGIN = 4
    DIFFERENCE = 5
    TIME = 6
    ERROR = 7


BY: Final = {
    Column.FILE: By.FILE,
    Column.FOLDER: By.FOLDER,
    Column.PREDICTION: By.PREDICTION,
    Column.MARGIN: By.MARGIN,
    Column.DIFFERENCE: By.DIFFERENCE,
    Column.TIME: By.TIME,
    Column.ERROR: By.ERROR,
}
"""What a click on a header orders by."""

NUMBERS: Final = (Column.MARGIN, Column.DIFFERENCE, Column.TIME)
RIGHT: Final = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


def title(column: Column) -> str:
    """A column's word in the header."""
    return {
        Column.PICTURE: tr("Cells", "Image"),
        Column.FILE: tr("Cells", "File"),
        Column.FOLDER: tr("Cells", "Folder"),
        Column.PREDICTION: tr("Cells", "Prediction"),
        Column.MARGIN: tr("Cells", "Margin"),
        Column.DIFFERENCE: tr("Cells", "Difference"),
        Column.TIME: tr("Cells", "Time"),
        Column.ERROR: tr("Cells", "Error"),
    }[column]


def hint(column: Column) -> str:
    """What a column means."""
    return {
        Column.PICTURE: "",
        Column.FILE: tr("Cells", "The file's name, or the file and number of a record"),
        Column.FOLDER: tr("Cells", "The folder it lies in: its true class where folders are named for classes"),
        Column.PREDICTION: tr("Cells", "The best three classes, or what went wrong; a click sorts by the best class"),
        Column.MARGIN: tr("Cells", "The best score less the second best: small where the model hesitates"),
        Column.DIFFERENCE: tr(
            "Cells", "The largest difference of a score from the Keras model's own, on the picture that training saw"
        ),
        Column.TIME: tr("Cells", "The time of a row: its part of a batch"),
        Column.ERROR: tr("Cells", "What kind of error it is; a click puts the rows with errors first, kind by kind"),
    }[column]


def text(row: ImageRow, column: Column, labels: tuple[str, ...]) -> str:
    """What stands in a cell; the picture's has none."""
    brief = row.brief
    match column:
        case Column.FILE:
            return row.name
        case Column.FOLDER:
            return row.folder
        case Column.PREDICTION:
            return row.error or ", ".join(f"{s.label} {s.number}".strip() for s in scores_shown(row, labels))
        case Column.TIME if brief is not None and brief.milliseconds > 0:
            return seconds_text(brief.milliseconds / 1000)
        case Column.ERROR:
            return row.code
        case Column.MARGIN if brief is not None and brief.margin is not None:
            return f"{brief.margin:.3f}"
        case Column.DIFFERENCE if brief is not None and brief.compared is not None:
            flip = tr("Cells", "flip, ") if brief.compared.flips else ""
            return f"{flip}{brief.compared.difference:.2g}"
    return ""
