"""`inspect`: what a model file says of itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from workbench.cli.extras import ModelOptions, apply_consent, model_options
from workbench.cli.output import console, json_option, print_json, progress_report
from workbench.core import jobs
from workbench.spec.image_feeds import describe_shape
from workbench.spec.model import ModelFacts
from workbench.spec.size_text import size_text


@click.command()
@click.argument("model", type=click.Path(path_type=Path))
@model_options
@json_option
def inspect(model: Path, as_json: bool, given: ModelOptions) -> None:
    """What MODEL says of itself; no code of it is run and TensorFlow is not started."""
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
        table.add_row(f"[bold]{name}[/]", escape(value))
    console().print(table)


def _optional_facts(facts: ModelFacts) -> Iterator[tuple[str, str]]:
    if facts.labels:
        yield "labels", f"{', '.join(facts.labels[:5])}{', ...' if len(facts.labels) > 5 else ''} ({len(facts.labels)})"
    if facts.optimizer_bytes:
        yield "optimizer", f"{size_text(facts.optimizer_bytes)} of state, which no prediction needs"
    if facts.runs_code:
        consent = "allowed by you" if facts.trusted else "not run"
        yield "own code", f"{', '.join(facts.runs_code[:8])} ({consent})"
    yield from (("repair", f"{r.message} {r.reason}") for r in facts.repairs)
    yield from ((f"[yellow]{p.code}[/]", p.message) for p in facts.problems)
