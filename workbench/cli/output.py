"""Output of the commands: one JSON document or text on stdout; progress and warnings on stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click
import msgspec

from workbench.core.progress import Report, silent
from workbench.spec.errors import WorkbenchError
from workbench.spec.model import Problem, Progress
from workbench.spec.printable import json_text, printable
from workbench.spec.size_text import size_text

if TYPE_CHECKING:
    from rich.console import Console

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout only.")


def say(text: object = "", *, err: bool = False) -> None:
    """A line of text on stdout or stderr. Names and messages of others in it give the terminal no orders."""
    click.echo(printable(str(text)), err=err)


def print_json(document: object) -> None:
    """One JSON document, readable."""
    click.echo(json_text(msgspec.json.format(encoded(document), indent=2).decode()))


def encoded(document: object) -> bytes:
    """A document as JSON. Raises `WorkbenchError` UNTELLABLE for a name that is no text, such as a file's."""
    try:
        return msgspec.json.encode(document)
    except UnicodeEncodeError as err:
        text = f"A name is not valid text (half of a surrogate pair): {ascii(err.object)[:80]}."
        raise WorkbenchError("UNTELLABLE", text, hint="Rename that file.") from err


def print_remarks(remarks: Iterable[Problem]) -> None:
    """Problems and notes on stderr, a line each: code, field, message."""
    for remark in remarks:
        say(f"{remark.code} {remark.field}: {remark.message}", err=True)


def console() -> Console:
    """A console on stdout: colours on a terminal only, and never narrower than a table needs."""
    from rich.console import Console

    found = Console(highlight=False)
    if not found.is_terminal:
        found = Console(highlight=False, width=max(found.width, 140))
    return found


def speed_text(progress: Progress) -> str:
    """Rate and time left for people, as far as they are known."""
    rate = f"{progress.rate:,.0f}/s" if progress.rate else ""
    minutes, seconds = divmod(round(progress.left), 60)
    left = f"{minutes // 60}:{minutes % 60:02}:{seconds:02} left" if progress.left else ""
    return ", ".join(filter(None, (rate, left)))


@contextmanager
def progress_report() -> Iterator[Report]:
    """A `Report` that draws a bar on stderr where that is a terminal, and is silent elsewhere."""
    if not sys.stderr.isatty():
        yield silent
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[count]}"), TimeElapsedColumn())
    with Bar(*columns, TextColumn("{task.fields[speed]}"), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Starting", total=None, count="", speed="")

        def report(progress: Progress) -> None:
            fields: dict[str, Any] = {"count": _count(progress), "speed": speed_text(progress)}
            total = progress.total or None
            bar.update(task, description=progress.step, completed=progress.done, total=total, **fields)

        yield report


def _count(progress: Progress) -> str:
    """How much of how much: bytes for people, units as they are."""
    if not progress.total:
        return ""
    if progress.unit == "bytes":
        return f"{size_text(progress.done)} of {size_text(progress.total)}"
    return f"{progress.done}/{progress.total}"
