"""Options that select a target, and their resolution."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click
import msgspec

from workbench.core import jobs
from workbench.spec.errors import WorkbenchError
from workbench.spec.foreign_json import NotJsonError, json_value
from workbench.spec.project import Project, load_project, target_named
from workbench.spec.target import KINDS, target_from
from workbench.spec.targets.base import Target
from workbench.spec.targets.local import LOCAL


def kinds_beside_local() -> str:
    """The kinds that are named by their settings, as words: "vertex, folder or mlengine"."""
    *most, last = (kind for kind in KINDS if kind != LOCAL)
    return f"{', '.join(most)} or {last}"


def target_options(command: click.decorators.FC) -> click.decorators.FC:
    """`--target`, `--model`, `--url` and `--at`, which every command that talks to a target takes."""
    return click.option("--model", required=True, metavar="M", help="Name of the model at the target.")(
        place_options(command)
    )


def place_options(command: click.decorators.FC) -> click.decorators.FC:
    """The same for commands that are about no model."""
    for option in (
        _host_option("--forget-host", "Revoke that.", allow=False),
        _host_option(
            "--trust-host",
            "Let this host, which is not Google's, receive your account's token: remembered by its name.",
            allow=True,
        ),
        click.option(
            "--at", multiple=True, metavar="KEY=VALUE", help="A setting of the target, such as region=us-central1."
        ),
        click.option("--url", default="", help="API address of the target, if not the default."),
        click.option(
            "--target",
            "target_name",
            required=True,
            metavar="T",
            help=f"{LOCAL}, a target of the project, or {kinds_beside_local()} with --at.",
        ),
    ):
        command = option(command)
    return command


def _host_option(name: str, text: str, *, allow: bool) -> Callable[[click.decorators.FC], click.decorators.FC]:
    """An option that is done as soon as it is read; the command needs to know nothing of it."""

    def decide(context: click.Context, option: click.Parameter, hosts: tuple[str, ...]) -> None:
        for host in hosts:
            jobs.trust_host(host, allow=allow)

    return click.option(name, multiple=True, metavar="HOST[:PORT]", expose_value=False, callback=decide, help=text)


class ModelAtTarget(msgspec.Struct, frozen=True):
    """A model at a target, as the options named it."""

    target: Target
    model: str


def model_at_target(command: Callable[..., None]) -> Callable[..., None]:
    """The options that name a model at a target, and `--project`; the command takes them as one, `at`."""

    @functools.wraps(command)
    def asked(
        *, target_name: str, model: str, url: str, at: tuple[str, ...], project_path: Path | None, **more: Any
    ) -> None:
        target = pick_target(target_name, optional_project(project_path), url, at, base_of(project_path))
        command(at=ModelAtTarget(target, model), **more)

    return target_options(project_option(asked))


project_option = click.option(
    "--project", "project_path", type=click.Path(path_type=Path), help="Project with the target."
)


def pick_target(
    name: str, project: Project | None, url: str, at: tuple[str, ...] = (), base: Path | None = None
) -> Target:
    """The target of that name, with the settings of `--at` and `--url`; `base` is where its paths start from.

    Raises `WorkbenchError` NO_TARGET, BAD_OPTION.
    """
    targets = project.targets if project else {}
    settings = _settings(at)
    if name not in targets and name in KINDS and name != LOCAL:
        return _made(name, {**settings, **({"url": url} if url else {})}).at_base(base or Path.cwd())
    named = target_named(name, targets)
    found = _made(named.kind, {**msgspec.to_builtins(named), **settings}) if settings else named
    return (msgspec.structs.replace(found, url=url) if url else found).at_base(base or Path.cwd())


def _settings(at: tuple[str, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for pair in at:
        key, equals, text = pair.partition("=")
        if not equals or not key:
            hint = "Such as --at region=us-central1."
            raise WorkbenchError("BAD_OPTION", f"'{pair}' is not KEY=VALUE.", hint=hint)
        found[key] = _value(text)
    return found


def _value(text: str) -> Any:
    """Lists, tables and whole numbers as JSON; all else is text, for `2.10` is a release and no number."""
    if text[:1] in ("[", "{") or text in ("true", "false") or text.isdigit():
        try:
            return json_value(text)
        except NotJsonError:
            return text
    return text


def _made(kind: str, settings: Mapping[str, Any]) -> Target:
    try:
        return target_from(kind, dict(settings))
    except msgspec.ValidationError as err:
        hint = "Add the missing settings with --at KEY=VALUE, or use a target of a project with --project."
        raise WorkbenchError("BAD_OPTION", f"The {kind} target: {err}.", hint=hint) from err


def optional_project(path: Path | None) -> Project | None:
    """The project of an optional `--project`."""
    return load_project(path) if path else None


def base_of(path: Path | None) -> Path | None:
    """The folder a project's paths start from."""
    return path.resolve().parent if path else None
