"""`predict`: images and records through an export, here."""

from __future__ import annotations

from pathlib import Path

import click

from workbench.cli.extras import Given, apply_consent, model_options
from workbench.cli.output import progress_report
from workbench.cli.rows import row_options, write_rows
from workbench.core import jobs


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@row_options
@model_options
@click.option("--signature", default="", metavar="NAME", help="Signature to call; else by the kind of INPUT.")
def predict(
    path: Path,
    inputs: tuple[str, ...],
    settings: tuple[str, ...],
    features: Path | None,
    form: str,
    as_json: bool,
    output: Path | None,
    top: int,
    signature: str,
    given: Given,
) -> None:
    """Predict on INPUT with PATH: a project, a SavedModel folder or a bare model.

    INPUT is images, folders of images, JSON lines (.jsonl: one instance a line), numpy's .npy and .npz (an array
    for each input; floats for the image go to the tensor signature) and TFRecord files, plain or gzipped, of
    tf.train.Example. Each prediction is exactly what the online API would answer. Text keys that are passed
    through and not set carry the image's path, or the file's with the record's number. Ends with 1 where some
    input failed.
    """
    from workbench.core.export.resolve import export_for
    from workbench.core.predict.instances import parse_set
    from workbench.core.predict.sources import sources_of
    from workbench.spec.features import read_features

    values = parse_set(settings)
    by_file = read_features(features) if features else {}
    sources_of(inputs)  # Said before the seconds that an export takes.
    apply_consent(path, given)
    with progress_report() as report:
        directory = export_for(path, report, given.extras)
        rows = jobs.predict(directory, inputs, values=values, features=by_file, signature=signature, report=report)
        write_rows(rows, form="json" if as_json else form, output=output, labels=labels_of(path), top=top)


def labels_of(path: Path) -> tuple[str, ...]:
    """The labels of a project; a model or an export by itself has none."""
    from workbench.spec.project import load_project

    return load_project(path).signature.labels if path.suffix.lower() == ".toml" else ()
