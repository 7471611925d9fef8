"""Options for files a model needs (custom code, architecture) and for consent to run its code."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import click

from workbench.core import jobs
from workbench.spec.model import ModelExtras

_FILE = click.Path(path_type=Path)


class ModelOptions(NamedTuple):
    """What the command line said; `allow` is `None` where it said nothing."""

    custom: Path | None
    architecture: Path | None
    allow: bool | None

    @property
    def extras(self) -> ModelExtras:
        """The files, for the verbs of `jobs`; where none is named a project's own are taken."""
        return ModelExtras(self.custom, self.architecture)


def model_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--custom`, `--architecture` and `--allow-code`, given to the command as one argument `given`."""

    @functools.wraps(command)
    def with_given(
        *args: Any, custom: Path | None, architecture: Path | None, allow_code: bool | None, **options: Any
    ) -> Any:
        return command(*args, given=ModelOptions(custom, architecture, allow_code), **options)

    made: Callable[..., Any] = with_given
    for option in (
        click.option(
            "--allow-code/--forget-code",
            "allow_code",
            default=None,
            help="Let the model run its own code (Lambda layers), and the project's custom and check.python: "
            "remembered by their hashes; or revoke that.",
        ),
        click.option(
            "--architecture", type=_FILE, metavar="FILE", help="JSON or YAML architecture for a file with weights only."
        ),
        click.option("--custom", type=_FILE, metavar="FILE", help="Python file with the model's custom classes."),
    ):
        made = option(made)
    return made


def apply_consent(path: Path, given: ModelOptions) -> None:
    """Remember or forget what `--allow-code` said of the code behind PATH; a file named with --custom is allowed."""
    if given.allow is not None:
        jobs.trust_behind(path, allow=given.allow, extras=given.extras)
    elif given.custom is not None:
        jobs.trust_file(given.custom, "custom")
