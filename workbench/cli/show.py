"""`inspect`: the facts of a model file. `show`: signatures, with a sample request and its reply."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from workbench.cli.extras import ModelOptions, apply_consent, model_options
from workbench.cli.output import console, json_option, print_json, print_remarks, progress_report, say
from workbench.core import jobs
from workbench.spec.errors import WorkbenchError
from workbench.spec.image_feeds import describe_shape
from workbench.spec.model import ModelFacts
from workbench.spec.printable import one_line
from workbench.spec.render import bare_reply, render_text, reply_for, request_for
from workbench.spec.request_samples import as_json, curl, gcloud, python
from workbench.spec.signature import Composition
from workbench.spec.size_text import size_text


@click.command()
@click.argument("model", type=click.Path(path_type=Path))
@model_options
@json_option
def inspect(model: Path, as_json: bool, given: ModelOptions) -> None:
    """Show the facts of a model file without running its code or starting TensorFlow."""
    apply_consent(model, given)
    with progress_report() as report:
        facts = jobs.inspect(model, report, given.extras)
    if as_json:
        print_json(facts)
    else:
        _print_facts(facts)


def _print_facts(facts: ModelFacts) -> None:
    from rich.markup import escape
    from rich.table import Table

    table = Table.grid(padding=(0, 2))
    for name, value in (
        ("file", f"{facts.path}  ({size_text(facts.bytes)}, sha256 {facts.sha256[:12]})"),
        ("written by", f"Keras {facts.keras_version or '?'}, {facts.backend or '?'} backend, {facts.format}"),
        ("model", f"{facts.class_name}, {facts.layers} layers, {facts.parameters:,} parameters"),
        *(("input", f"{t.name}  {t.dtype} {describe_shape(t.shape)}") for t in facts.inputs),
        *(("output", f"{t.name}  {t.dtype} {describe_shape(t.shape)}") for t in facts.outputs),
        ("loads with", facts.loads_with),
        *_optional_facts(facts),
    ):
        table.add_row(f"[bold]{name}[/]", escape(one_line(value)))
    console().print(table)


def _optional_facts(facts: ModelFacts) -> Iterator[tuple[str, str]]:
    if facts.labels:
        yield "labels", f"{', '.join(facts.labels[:5])}{', ...' if len(facts.labels) > 5 else ''} ({len(facts.labels)})"
    if facts.optimizer_bytes:
        yield "optimizer", f"{size_text(facts.optimizer_bytes)} of state, not used for predictions"
    if facts.runs_code:
        consent = "allowed" if facts.trusted else "not run"
        yield "custom code", f"{', '.join(facts.runs_code[:8])} ({consent})"
    yield from (("repair", f"{r.message} {r.reason}") for r in facts.repairs)
    yield from ((f"[yellow]{p.code}[/]", p.message) for p in facts.problems)


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--signature", default="", metavar="NAME", help="Signature of the sample request and reply.  [default: of images]"
)
@model_options
@json_option
def show(path: Path, signature: str, as_json: bool, given: ModelOptions) -> None:
    """Show the signatures of PATH: those a project or model will have, or those of a SavedModel.

    They include a sample request (JSON, curl, Python, gcloud) and its reply.
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
        say(render_text(made.signatures, shown.tags))
        if name:
            _print_exchange(made, request, reply)
        print_remarks((*made.problems, *made.notes))


def _chosen(made: Composition, name: str) -> str:
    """The signature whose exchange is shown. Raises `WorkbenchError` NO_SIGNATURE."""
    if name and name not in made.signatures:
        hint = f"Signatures: {', '.join(made.signatures) or 'none'}."
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
        say(f"\n{title}:\n{text}")
