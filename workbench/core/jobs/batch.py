"""Operations on batch prediction jobs: submit, watch, cancel, and join the results to their inputs."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.progress import Report, silent
from workbench.spec.batch import BatchFormat, BatchInfo, JoinSummary, format_of
from workbench.spec.errors import ErrorInfo, WorkbenchError
from workbench.spec.model import Progress, Row
from workbench.spec.targets.base import Target

if TYPE_CHECKING:
    from workbench.core.instances.image_instances import Features, Values
    from workbench.core.instances.instance_form import InstanceForm, ServedSignatures


def batch_submit(
    target: Target,
    inputs: Sequence[str],
    *,
    model: str,
    version: str = "",
    key: str = "",
    signature: str = "",
    values: Values,
    features: Features,
    report: Report = silent,
) -> BatchInfo:
    """Start a job on files of instances, which are uploaded unchanged, or on images, which are converted to JSON lines.

    Results are joined to the inputs by `key`; empty selects the first passthrough text of the version.
    """
    from workbench.core.deploy.batch import submit
    from workbench.core.deploy.version_form import served_at

    served = served_at(target, model, version)
    chosen = key or _passed(served.form)
    with tempfile.TemporaryDirectory(prefix="workbench-") as beside:
        files, format = _files(target, served, inputs, values, features, Path(beside), report)
        examples = format.startswith("tfrecord") and target.facts.batch_reads_records
        asked = signature or (served.examples[0] if examples and served.examples else "")
        about = {"model": model, "version": version, "key": chosen, "signature": asked}
        return submit(target, files, format=format, sources=inputs, report=report, **about)


def _passed(form: InstanceForm) -> str:
    texts = form.filled()
    if not texts:
        hint = "Use --key, or export with a passthrough key."
        raise WorkbenchError("NO_KEY", "The version has no text passthrough key to identify its inputs.", hint=hint)
    return texts[0]


def _files(
    target: Target,
    served: ServedSignatures,
    inputs: Sequence[str],
    values: Values,
    features: Features,
    beside: Path,
    report: Report,
) -> tuple[list[str], BatchFormat]:
    """The files for a job to read: the user's own if the target can read them, else JSON lines made from them."""
    try:
        format = format_of(tuple(inputs))
    except WorkbenchError:
        if any(name.startswith("gs://") for name in inputs):
            raise
        return [_written(served, inputs, values, features, beside, report)], "jsonl"
    reads = format == "jsonl" or target.facts.batch_reads_records
    apart = not reads and not any(n.startswith("gs://") for n in inputs)
    if apart or values:
        # Vertex AI reads only uncompressed JSON lines, and turns records into bare strings: keys would be lost.
        return [_written(served, inputs, values, features, beside, report)], "jsonl"
    return list(inputs), format


def _written(
    served: ServedSignatures, inputs: Sequence[str], values: Values, features: Features, beside: Path, report: Report
) -> str:
    from workbench.core.instances.image_instances import as_json
    from workbench.core.instances.inputs import Inputs
    from workbench.core.instances.instance_form import served_form

    asked = Inputs(served_form(served.form), inputs, values, features)
    path = beside / "instances.jsonl"
    with path.open("w", encoding="utf-8") as out:
        for number, record in enumerate(asked.records()):
            report(Progress("Writing instances", number, asked.total))
            if not isinstance(record.instance, ErrorInfo):  # Reported when the results are joined.
                out.write(json.dumps(as_json(record.instance), ensure_ascii=False) + "\n")
    return str(path)


def batch_state(target: Target, job: str) -> BatchInfo:
    """The current state of a job."""
    from workbench.core.deploy.batch import state

    return state(target, job)


def batch_watch(target: Target, job: str, report: Report = silent) -> BatchInfo:
    """Wait until the job has ended; ending the wait does not stop it."""
    from workbench.core.deploy.batch import watch

    return watch(target, job, report)


def batch_cancel(target: Target, job: str) -> BatchInfo:
    """Request a job to stop."""
    from workbench.core.deploy.batch import cancel

    return cancel(target, job)


def batch_results(
    target: Target,
    job: str,
    *,
    key: str = "",
    values: Values,
    features: Features,
    report: Report = silent,
) -> tuple[list[Row], JoinSummary]:
    """A job's results, one row per input in input order. `values` and `features` are those it was submitted with.

    Raises `WorkbenchError` NO_JOB for one that was submitted elsewhere, JOB_NOT_DONE, BAD_RESULTS or NO_KEY.
    """
    from workbench.core.deploy.batch import local_sources, output_files, record_of, state
    from workbench.core.deploy.result_join import join
    from workbench.core.deploy.version_form import served_at
    from workbench.core.instances.inputs import Inputs
    from workbench.core.instances.instance_form import served_form

    info = state(target, job)
    record = record_of(job)
    if record is None:
        hint = "Join its results on the machine where it was submitted."
        raise WorkbenchError("NO_JOB", "The job was not submitted from this machine.", where=info.resource, hint=hint)
    with tempfile.TemporaryDirectory(prefix="workbench-") as beside:
        files = output_files(target, info, Path(beside), report)
        sources = local_sources(target, record, Path(beside))
        served = served_at(target, record.model, record.version)
        asked = Inputs(served_form(served.form), sources, values, features)
        return join(asked.records(), files, key or record.key)
