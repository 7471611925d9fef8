"""Batch prediction jobs at a target: submits them with their input files, polls them, and retrieves their results."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from workbench.core.deploy.port import no_batch, open_port
from workbench.core.deploy.release_log import now
from workbench.core.deploy.state import state_root
from workbench.core.deploy.storage import StagingBucket, split_place
from workbench.core.file_manifest import Manifest, files_of
from workbench.core.progress import Report
from workbench.spec.batch import FINISHED, BatchFormat, BatchInfo, BatchOrder, BatchRecord
from workbench.spec.errors import DECODE_ERRORS, OutsideError, WorkbenchError
from workbench.spec.files import write_text
from workbench.spec.model import Progress
from workbench.spec.target import check_names
from workbench.spec.targets.base import Target

_POLL: Final = (0.2, 15.0)
_GCS: Final = "gs://"


def submit(
    target: Target,
    inputs: Sequence[str],
    *,
    model: str,
    version: str,
    format: BatchFormat,
    key: str,
    sources: Sequence[str],
    signature: str = "",
    report: Report,
) -> BatchInfo:
    """Stage local files, start a job on them and store its record here; `gs://` inputs are read where they are.

    `sources` are the user's own inputs, to which the results are joined by `key`. Raises `WorkbenchError`,
    `TargetRefused` if the target rejects the request, `OutsideError` if it fails.
    """
    check_names(target, model, version or None)
    bucket, prefix = _place(target)
    name = f"{model}_{uuid.uuid4().hex[:12]}".replace("-", "_")
    folder = f"{prefix}batch/{name}"
    with open_port(target) as port:
        given = _staged(target, bucket, f"{folder}/input", inputs, report)
        order = BatchOrder(
            name=name,
            model=model,
            version=version,
            inputs=given,
            output=f"{_GCS}{bucket}/{folder}/output/",
            format=format,
            signature=signature,
        )
        report(Progress("Submitting the job"))
        info = port.submit(order)
    _remember(order, info, key, sources)
    return info


def _place(target: Target) -> tuple[str, str]:
    if not target.facts.runs_batches:
        raise no_batch(target.kind)
    return split_place(target.staging_place())


def _staged(target: Target, bucket: str, folder: str, inputs: Sequence[str], report: Report) -> tuple[str, ...]:
    local = [Path(name) for name in inputs if not name.startswith(_GCS)]
    there = tuple(name for name in inputs if name.startswith(_GCS))
    if not local:
        return there
    files = files_of({f"{n:04}-{path.name}": path for n, path in enumerate(local)})
    with StagingBucket(target, bucket) as staging:
        staging.upload(Manifest(files, ""), folder, report)
    return (*(f"{_GCS}{bucket}/{folder}/{entry.path}" for entry in files), *there)


def _remember(order: BatchOrder, info: BatchInfo, key: str, sources: Sequence[str]) -> None:
    record = BatchRecord(
        resource=info.resource,
        name=order.name,
        model=order.model,
        version=order.version,
        format=order.format,
        inputs=order.inputs,
        sources=tuple(str(s) if s.startswith(_GCS) else str(Path(s).resolve()) for s in sources),
        output=order.output,
        key=key,
        created=now(),
    )
    write_text(_record_path(order.name), msgspec.json.format(msgspec.json.encode(record), indent=2).decode() + "\n")


def _record_path(name: str) -> Path:
    return state_root() / "batches" / f"{name}.json"


def record_of(job: str) -> BatchRecord | None:
    """The local record of a job by its name or resource; `None` for a job submitted elsewhere."""
    for path in sorted((state_root() / "batches").glob("*.json")):
        try:
            record = msgspec.json.decode(path.read_bytes(), type=BatchRecord)
        except (OSError, *DECODE_ERRORS):
            continue  # An unreadable record: the job can then be queried by its resource name alone.
        if job in (record.name, record.resource):
            return record
    return None


def resource_of(target: Target, job: str) -> str:
    """A job's full name. Raises `WorkbenchError` NO_JOB for a short name that is not recorded here."""
    record = record_of(job)
    if record is not None:
        return record.resource
    if job.startswith("projects/"):
        return job
    hint = "Give its full name, as printed by `batch submit`: projects/..."
    raise WorkbenchError(
        "NO_JOB", f"No job '{job}' was submitted from this machine to a {target.kind} target.", hint=hint
    )


def state(target: Target, job: str) -> BatchInfo:
    """The current state of a job."""
    with open_port(target) as port:
        return port.batch(resource_of(target, job))


def watch(target: Target, job: str, report: Report) -> BatchInfo:
    """Wait until the job has ended. Ending the wait does not stop the job. Raises what `report` raises."""
    resource = resource_of(target, job)
    pause, longest = _POLL
    with open_port(target) as port:
        while True:
            info = port.batch(resource)
            done = max(0, info.done) + max(0, info.failed)
            report(Progress(f"Job {info.name}: {info.state}", done, max(0, info.total)))
            if info.state in FINISHED:
                return info
            time.sleep(pause)
            pause = min(longest, pause * 1.3)


def cancel(target: Target, job: str) -> BatchInfo:
    """Cancel a job and return its state."""
    resource = resource_of(target, job)
    with open_port(target) as port:
        port.cancel_batch(resource)
        return port.batch(resource)


def output_files(target: Target, info: BatchInfo, folder: Path, report: Report) -> list[Path]:
    """Download a job's output into `folder`. Raises `WorkbenchError` JOB_NOT_DONE, `OutsideError` NO_RESULTS."""
    if info.state != "succeeded":
        code = 3 if info.state == "failed" else 2
        text = f"The job is {info.state}{f': {info.error}' if info.error else ''}."
        raise (OutsideError if code == 3 else WorkbenchError)("JOB_NOT_DONE", text, where=info.resource)
    bucket, prefix = split_place(info.output)
    found: list[Path] = []
    with StagingBucket(target, bucket) as staging:
        names, _ = staging.names(prefix)
        for number, name in enumerate(sorted(names)):
            report(Progress("Fetching the results", number, len(names)))
            path = folder / f"{number:05}-{name.rpartition('/')[2]}"
            path.write_bytes(staging.download(name))
            found.append(path)
    if not found:
        raise OutsideError("NO_RESULTS", "The job wrote no files.", where=info.output)
    return found


def local_sources(target: Target, record: BatchRecord, folder: Path) -> list[str]:
    """The job's inputs as local files: the user's own if they still exist, else those that the job read."""
    if record.sources and all(not s.startswith(_GCS) and Path(s).exists() for s in record.sources):
        return list(record.sources)
    brought: list[str] = []
    for number, address in enumerate(record.inputs):
        bucket, prefix = split_place(address)
        path = folder / f"input-{number:04}-{address.rpartition('/')[2]}"
        with StagingBucket(target, bucket) as staging:
            path.write_bytes(staging.download(prefix.rstrip("/")))
        brought.append(str(path))
    return brought
