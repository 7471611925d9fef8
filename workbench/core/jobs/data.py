"""Operations that convert images to files of instances."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.jobs.model import project_facts
from workbench.core.progress import Report, silent
from workbench.spec.data import Check, PipelineResult, PrepareResult, RecordContents
from workbench.spec.features import FeaturesFile
from workbench.spec.signature import compose

if TYPE_CHECKING:
    from workbench.core.data.instance_schema import InstanceSchema
    from workbench.core.instances.image_instances import Features, Values
    from workbench.core.instances.sources import Sources


def peek(path: Path, number: int, folder: Path | None = None) -> RecordContents:
    """One record of a file of instances, counted from 1; its images are written to `folder`, if given."""
    from workbench.core.data.peek import peek as look

    return look(path, number, folder)


def write_request(directory: Path, path: Path, number: int, values: Values, output: Path) -> None:
    """Write the request that sends one record of a file to the export in `directory`, as JSON in `output`."""
    from workbench.core.predict.record_request import write_request as write

    write(directory, path, number, values, output)


def prepare(
    inputs: Sequence[str | Path] | Sources,
    output: Path,
    *,
    project: Path | None = None,
    format: str = "",
    shards: int = 1,
    gzip: bool = False,
    values: Values,
    features: Features,
    errors: Path | None = None,
    check: Check = "quick",
    report: Report = silent,
) -> PrepareResult:
    """Write images as instances of the serving signature of a project, model or export, or with the default keys."""
    from workbench.core.data.prepare import PrepareOrder
    from workbench.core.data.prepare import prepare as write

    order = PrepareOrder(
        inputs=inputs,
        output=output,
        wanted=_wanted(project, report),
        format=format,
        shards=shards,
        gzip=gzip,
        values=values,
        features=features,
        errors=errors,
        check=check,
    )
    return write(order, report)


def prepare_pipeline(
    inputs: Sequence[str],
    output: str,
    *,
    runner: str,
    arguments: Sequence[str] = (),
    lists: Sequence[str] = (),
    project: Path | None = None,
    format: str = "",
    shards: int = 0,
    gzip: bool = False,
    values: Values,
    features: FeaturesFile | None = None,
    check: Check = "quick",
    wait: bool = False,
    report: Report = silent,
) -> PipelineResult:
    """The same as an Apache Beam pipeline; `arguments` are the runner's own options."""
    from workbench.core.data.beam.runner import options_for

    options = options_for(runner, arguments)  # Before importing modules that use Beam, to report a missing Beam.
    from workbench.core.data.beam.prepare import PreparePipelineOrder
    from workbench.core.data.beam.prepare import prepare as run
    from workbench.core.instances.output_files import format_of

    order = PreparePipelineOrder(
        inputs=tuple(inputs),
        lists=tuple(lists),
        output=output,
        format=format_of(output, format),
        wanted=_wanted(project, report),
        shards=shards,
        gzip=gzip,
        values=values,
        features=features,
        check=check,
    )
    return run(order, options, wait=wait)


def _wanted(path: Path | None, report: Report) -> InstanceSchema:
    from workbench.core.data.instance_schema import default_schema, wanted_by_export, wanted_by_project
    from workbench.core.export.resolve import kind_of, project_of
    from workbench.spec.image_feeds import pictures

    if path is None:
        return default_schema()
    if kind_of(path) == "savedmodel":
        return wanted_by_export(path)
    project, base = project_of(path)
    facts = project_facts(project, base, report, outputs=False)
    made = compose(facts, project)
    made.refuse_problems(where=str(path))
    return wanted_by_project(made, pictures(facts, project))
