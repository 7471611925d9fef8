"""Which cell a problem or a note belongs to. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from workbench.gui.signature.key_rows import KeyColumn, KeyRow
from workbench.spec.model import Problem
from workbench.spec.settings import PASSTHROUGH_DTYPES

Cell = tuple[str, int]
"""A row's id and a column."""


@dataclass(frozen=True)
class CellRemark:
    """What is said at a cell, and whether it is wrong."""

    text: str
    wrong: bool


def remarks_at(rows: Sequence[KeyRow], problems: Iterable[Problem], notes: Iterable[Problem]) -> dict[Cell, CellRemark]:
    """Remarks by cell; where several meet, what is wrong goes first."""
    found: dict[Cell, CellRemark] = {}
    for wrong, said in ((True, problems), (False, notes)):
        for problem in said:
            for cell in cells_of(rows, problem):
                found.setdefault(cell, CellRemark(problem.message, wrong))
    return found


def cells_of(rows: Sequence[KeyRow], problem: Problem) -> list[Cell]:
    """The cells a problem is about: of the rows that edit its field those it names, else all of them."""
    edited = [row for row in rows if problem.field in row.fields]
    named = [row for row in edited if any(f"'{name}'" in problem.message for name in row.names)]
    return [(row.id, _column(row, problem)) for row in named or edited]


def concerns(rows: Sequence[KeyRow], problem: Problem) -> bool:
    """Whether a problem is one of a table's."""
    return any(problem.field in row.fields for row in rows)


def _column(row: KeyRow, problem: Problem) -> int:
    if problem.field == "signature.defaults":
        return KeyColumn.DEFAULT
    if problem.code == "BAD_PASSTHROUGH":
        return KeyColumn.TYPE if row.texts[KeyColumn.TYPE] not in PASSTHROUGH_DTYPES else KeyColumn.SHAPE
    # A passthrough key has two names: the one it is asked for by, and the one it is answered under.
    reply_only = len(row.names) > 1 and f"'{row.names[0]}'" not in problem.message
    return KeyColumn.WHAT if reply_only and f"'{row.names[1]}'" in problem.message else KeyColumn.KEY
