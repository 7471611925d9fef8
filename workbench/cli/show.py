"""`show`: signatures, and the request and reply that go with them."""

from __future__ import annotations

from pathlib import Path

import click

from workbench.cli.extras import ModelOptions, apply_consent, model_options
from workbench.cli.output import json_option, print_json, print_remarks, progress_report
from workbench.core import jobs
from workbench.spec.errors import WorkbenchError
from workbench.spec.render import bare_reply, render_text, reply_for, request_for
from workbench.spec.request_samples import as_json, curl, gcloud, python
from workbench.spec.signature import Composition


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--signature", default="", metavar="NAME", help="Whose request and reply; else those of images.")
@model_options
@json_option
def show(path: Path, signature: str, as_json: bool, given: ModelOptions) -> None:
    """The signatures of PATH: of a project or model as they will be, of a SavedModel as they are.

    With them the ready request (JSON, curl, Python, gcloud) and the reply that will come.
    """
    apply_consent(path, given)
    with progress_report() as report:
        shown = jobs.show(path, report, given.extras)
    made = shown.composition
    name = _chosen(made, signature)
    request = request_for(made, name) if name else {}
    reply = reply_for(made, name, shown.labels) if name else {}
    if as_json:
        print_json(
            {
                "tags": shown.tags,
                "signatures": made.signatures,
                "request": request,
                "reply": reply,
                "problems": made.problems,
                "notes": made.notes,
            }
        )
    else:
        click.echo(render_text(made.signatures, shown.tags))
        if name:
            _print_exchange(made, request, reply)
        print_remarks((*made.problems, *made.notes))


def _chosen(made: Composition, name: str) -> str:
    """The signature whose exchange is shown. Raises `WorkbenchError` NO_SIGNATURE."""
    if name and name not in made.signatures:
        hint = f"There are: {', '.join(made.signatures) or 'none'}."
        raise WorkbenchError("NO_SIGNATURE", f"There is no signature '{name}'.", hint=hint)
    if name or made.serving in made.signatures:
        return name or made.serving
    return next(iter(made.signatures), "")


def _print_exchange(made: Composition, request: dict[str, object], reply: dict[str, object]) -> None:
    parts = [
        ("Request", as_json(request)),
        ("curl", curl(request)),
        ("Python", python(request)),
        ("gcloud", gcloud(request)),
        ("Reply", as_json(reply)),
    ]
    bare = bare_reply(reply)
    if bare is not None:
        parts.append(("Reply of TensorFlow Serving", as_json(bare)))
    for title, text in parts:
        click.echo(f"\n{title}:\n{text}")
