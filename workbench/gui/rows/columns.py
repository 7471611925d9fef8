"""The columns of the Test tab's table: their titles, and the text of a row under each. Pure."""

from __future__ import annotations

import enum
from typing import Final

from PySide6.QtCore import Qt

from workbench.gui.rows.image_row import ImageRow, scores_shown
from workbench.gui.rows.row_query import RowOrder
from workbench.gui.texts import seconds_text, tr


class RowColumn(enum.IntEnum):
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
    RowColumn.FILE: RowOrder.FILE,
    RowColumn.FOLDER: RowOrder.FOLDER,
    RowColumn.PREDICTION: RowOrder.PREDICTION,
    RowColumn.MARGIN: RowOrder.MARGIN,
    RowColumn.DIFFERENCE: RowOrder.DIFFERENCE,
    RowColumn.TIME: RowOrder.TIME,
    RowColumn.ERROR: RowOrder.ERROR,
}
"""What a click on a header orders by."""

NUMBERS: Final = (RowColumn.MARGIN, RowColumn.DIFFERENCE, RowColumn.TIME)
RIGHT: Final = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


def title(column: RowColumn) -> str:
    """A column's word in the header."""
    return {
        RowColumn.PICTURE: tr("Cells", "Image"),
        RowColumn.FILE: tr("Cells", "File"),
        RowColumn.FOLDER: tr("Cells", "Folder"),
        RowColumn.PREDICTION: tr("Cells", "Prediction"),
        RowColumn.MARGIN: tr("Cells", "Margin"),
        RowColumn.DIFFERENCE: tr("Cells", "Difference"),
        RowColumn.TIME: tr("Cells", "Time"),
        RowColumn.ERROR: tr("Cells", "Error"),
    }[column]


def hint(column: RowColumn) -> str:
    """What a column means."""
    return {
        RowColumn.PICTURE: "",
        RowColumn.FILE: tr("Cells", "The file's name, or the file and number of a record"),
        RowColumn.FOLDER: tr("Cells", "The folder of the image: its actual class if folders are class folders"),
        RowColumn.PREDICTION: tr("Cells", "The top 3 classes or the error; click to sort by top-1 label"),
        RowColumn.MARGIN: tr("Cells", "Top-1 score minus top-2 score; small if the model is uncertain"),
        RowColumn.DIFFERENCE: tr(
            "Cells", "The largest difference of a score from the Keras model's, on the training path"
        ),
        RowColumn.TIME: tr("Cells", "Time per image: its share of the batch"),
        RowColumn.ERROR: tr("Cells", "Error code; click to sort rows with errors first"),
    }[column]


def text(row: ImageRow, column: RowColumn, labels: tuple[str, ...]) -> str:
    """What stands in a cell; the picture's has none."""
    brief = row.brief
    match column:
        case RowColumn.FILE:
            return row.name
        case RowColumn.FOLDER:
            return row.folder
        case RowColumn.PREDICTION:
            return row.error_line or ", ".join(f"{s.label} {s.number}".strip() for s in scores_shown(row, labels))
        case RowColumn.TIME if brief is not None and brief.milliseconds > 0:
            return seconds_text(brief.milliseconds / 1000)
        case RowColumn.ERROR:
            return row.code
        case RowColumn.MARGIN if brief is not None and brief.margin is not None:
            return f"{brief.margin:.3f}"
        case RowColumn.DIFFERENCE if brief is not None and brief.compared is not None:
            flip = tr("Cells", "top-1 changed, ") if brief.compared.flips else ""
            return f"{flip}{brief.compared.difference:.2g}"
    return ""
