"""The text of training code, a script, an interactive session or a notebook, made ready for parsing."""

from __future__ import annotations

import ast
import re
import textwrap
import warnings
from typing import Final

import msgspec

from workbench.spec.errors import DECODE_ERRORS, WorkbenchError
from workbench.spec.reading_found import LONGEST

_SHELL: Final = re.compile(r"^(\s*)([!%]|\?\?? *\w).*$")
_PRINT: Final = re.compile(r"^(\s*)print\s+[^(=\s].*$")
_PROMPT: Final = re.compile(r"^(>>> ?|\.\.\. ?|In \[\d*\]: ?)")


def parsed(text: str) -> tuple[ast.Module, list[str]]:
    """The syntax tree of training code, and its lines by number. Nothing in it is run.

    A notebook's code cells are joined in order; prompts, shell and magic lines and Python 2's print statements are
    removed. Raises `WorkbenchError` NOT_PYTHON, with the line.
    """
    if len(text) > LONGEST:
        raise _not_python(f"The text has {len(text):,} characters, more than any training script")
    lines = textwrap.dedent(_cells(text).expandtabs(4)).splitlines()
    lines = [_PROMPT.sub("", line) for line in lines] if any(line.startswith(">>>") for line in lines) else lines
    ready = [_plain(line) for line in lines]
    return _tree("\n".join(ready) + "\n"), lines


def _plain(line: str) -> str:
    """A line without anything that is not Python 3."""
    if _SHELL.match(line) or _PRINT.match(line):
        return f"{line[: len(line) - len(line.lstrip())]}pass"
    return line


def _tree(text: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Warnings about the text (invalid escapes) concern its author.
            return ast.parse(text)
    except SyntaxError as err:
        raise _not_python(f"Line {err.lineno}: {err.msg}") from err
    except (RecursionError, MemoryError, ValueError) as err:
        raise _not_python("The text cannot be parsed") from err


def _not_python(why: str) -> WorkbenchError:
    hint = "Give the lines that load and scale the images, as they stand in the training script or notebook."
    return WorkbenchError("NOT_PYTHON", f"This is not Python: {why}.", hint=hint)


class _Cell(msgspec.Struct):
    cell_type: str = "code"
    source: str | list[str] = ""
    input: str | list[str] = ""


class _Sheet(msgspec.Struct):
    cells: list[_Cell] = []


class _Notebook(msgspec.Struct):
    """A notebook of nbformat 4, or of 3 with its cells in worksheets."""

    cells: list[_Cell] = []
    worksheets: list[_Sheet] = []


def _cells(text: str) -> str:
    """A notebook's code; any other text unchanged."""
    if not text.lstrip().startswith("{"):
        return text
    try:
        found = msgspec.json.decode(text, type=_Notebook)
    except DECODE_ERRORS:
        return text
    cells = [*found.cells, *(cell for sheet in found.worksheets for cell in sheet.cells)]
    sources = [cell.source or cell.input for cell in cells if cell.cell_type == "code"]
    return "\n".join(source if isinstance(source, str) else "".join(source) for source in sources) if cells else text
