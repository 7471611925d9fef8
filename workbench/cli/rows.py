"""Prints the rows of `predict` and `call` as a table, JSON, JSON lines or CSV, to stdout or a file."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

import click
import msgspec

from workbench.cli.output import console, encoded
from workbench.core import jobs
from workbench.spec.files import replacing
from workbench.spec.model import Row
from workbench.spec.printable import json_text, one_line

FORMATS: Final = ("table", "json", "jsonl", "csv")


def row_options(command: click.decorators.FC) -> click.decorators.FC:
    """The options of `call`."""
    form = click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True)
    features = click.option(
        "--features", type=click.Path(path_type=Path), help="JSON lines or CSV with values per image file."
    )
    return answer_options(form(features(command)))


def answer_options(command: click.decorators.FC) -> click.decorators.FC:
    """The options `predict` and `call` share."""
    for option in (
        click.option("--top", default=3, show_default=True, help="Scores shown per row of the table."),
        click.option("-o", "--output", type=click.Path(path_type=Path), help="Output file instead of stdout."),
        click.option("--json", "as_json", is_flag=True, help="Same as --format json."),
        click.option(
            "--raw-cells",
            is_flag=True,
            help="Leave CSV cells as they are. Else texts that a spreadsheet would compute (=, +, -, @ first) get a "
            "quote before them, as OWASP says, and control characters are written out.",
        ),
        click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="A value for every image."),
    ):
        command = option(command)
    return command


def write_rows(
    batches: Iterable[list[Row]],
    *,
    form: str,
    output: Path | None,
    labels: tuple[str, ...],
    top: int,
    raw_cells: bool = False,
) -> None:
    """Write every row as it comes; ends with exit code 1 where any row failed."""
    failed = 0

    def counted() -> Iterator[Row]:
        nonlocal failed
        for batch in batches:
            for row in batch:
                failed += row.error is not None
                yield row

    with _destination(output) as out:
        if form == "table":
            _table(counted(), out, labels, top, to_file=output is not None)
        elif form == "csv":
            jobs.write_csv(counted(), out, raw=raw_cells)
        elif form == "jsonl":
            for row in counted():
                out.write(_line(row) + b"\n")
                out.flush()
        else:
            document = msgspec.json.format(encoded([r.document() for r in counted()]), indent=2)
            out.write(json_text(document.decode()).encode() + b"\n")
    if failed:
        raise click.exceptions.Exit(1)


def _line(row: Row) -> bytes:
    return json_text(encoded(row.document()).decode()).encode()


@contextmanager
def _destination(output: Path | None) -> Iterator[IO[bytes]]:
    if output is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with replacing(output) as out:
        yield out


def _table(rows: Iterable[Row], out: IO[bytes], labels: tuple[str, ...], top: int, *, to_file: bool) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("input", "prediction", "ms"):
        table.add_column(name, justify="right" if name == "ms" else "left", overflow="fold")
    for row in rows:
        ms = f"{row.milliseconds:.1f}" if row.milliseconds else ""
        text = (
            Text(one_line(f"{row.error.code}: {row.error.message}"), style="red")
            if row.error
            else Text(one_line(summary(row, labels, top)))
        )
        table.add_row(Text(one_line(Path(row.source).name)), text, ms)
    if not to_file:
        console().print(table)
        return
    from rich.console import Console

    written = io.StringIO()
    Console(file=written, width=160).print(table)
    out.write(written.getvalue().encode())


def summary(row: Row, labels: tuple[str, ...] = (), top: int = 3) -> str:
    """The top-k scores of a prediction by label; other outputs as they are."""
    parts = []
    for key, value in (row.prediction or {}).items():
        if isinstance(value, list) and value and all(isinstance(v, int | float) for v in value):
            best = sorted(enumerate(value), key=lambda pair: -pair[1])[:top]
            names = labels if len(labels) == len(value) else [f"{key}[{i}]" for i in range(len(value))]
            parts.append("  ".join(f"{names[i]} {score:.4f}" for i, score in best))
        elif isinstance(value, int | float):
            parts.append(f"{key} {value:.4f}")
    return "; ".join(parts) or msgspec.json.encode(row.prediction).decode()[:200]
