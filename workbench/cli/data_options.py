"""Options of `predict` and `prepare` for many inputs and for values per image."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import click

from workbench.cli.pipeline import address_of
from workbench.spec.errors import WorkbenchError
from workbench.spec.features import FILE, FeaturesFile

_FILE = click.Path(path_type=Path)


class InputOptions(NamedTuple):
    """The options for large sets of inputs."""

    lists: tuple[Path, ...]
    features: Path | None
    file_key: str
    take: tuple[str, ...]

    def features_file(self) -> FeaturesFile | None:
        """The features file with its columns; `None` where none is named. Raises `WorkbenchError` BAD_OPTION."""
        if self.features is None:
            return None
        return FeaturesFile(address_of(self.features), self.file_key, self._taken())

    def _taken(self) -> dict[str, str]:
        pairs = [text.partition("=") for text in self.take]
        for text, (column, _, _) in zip(self.take, pairs, strict=True):
            if not column:
                raise WorkbenchError("BAD_OPTION", f"'{text}' is not COLUMN=KEY.", hint="Such as --take sku=metadata.")
        return {column: key or column for column, _, key in pairs}


def named_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--list`, `--features`, `--file-key` and `--take`, given to the command as one argument `named`."""

    @functools.wraps(command)
    def with_named(
        *args: Any, lists: tuple[Path, ...], features: Path | None, file_key: str, take: tuple[str, ...], **options: Any
    ) -> Any:
        return command(*args, named=InputOptions(lists, features, file_key, take), **options)

    made: Callable[..., Any] = with_named
    for option in (
        click.option("--take", multiple=True, metavar="COLUMN=KEY", help="Use only these columns, as these keys."),
        click.option("--file-key", default=FILE, show_default=True, help="Column with the image file."),
        click.option(
            "--features",
            type=_FILE,
            metavar="FILE",
            help="JSON lines, CSV or Parquet with values per image file: ids, features.",
        ),
        click.option(
            "--list", "lists", type=_FILE, multiple=True, metavar="FILE", help="File with input paths, one per line."
        ),
    ):
        made = option(made)
    return made
