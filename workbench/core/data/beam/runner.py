"""Selects a pipeline's runner and its options; Beam itself is imported on first use."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from workbench.core.tensor_values import brief
from workbench.spec.data import PipelineResult
from workbench.spec.errors import OutsideError, WorkbenchError

INSTALL: Final = 'pip install "keras-export-workbench[beam]"'

LOCAL: Final = "FnApiRunner"
"""The runner in this process. The name DirectRunner first tries to download an executable (Beam 2.68 and later)."""

_LOCAL_NAMES: Final = ("local", "direct", "directrunner", "fnapi", "fnapirunner")

_LEAVES: Final = "dataflowrunner"
"""The runner whose jobs continue by themselves; others may have their workers in this process."""

NAMESPACE: Final = "workbench"
"""Namespace of the metrics."""


def require_beam() -> None:
    """Raise `WorkbenchError` NO_BEAM if Apache Beam is not installed."""
    if importlib.util.find_spec("apache_beam") is None:
        raise WorkbenchError("NO_BEAM", "--runner needs Apache Beam, which is not installed.", hint=INSTALL)


def options_for(runner: str, arguments: Sequence[str]) -> Any:
    """Beam's `PipelineOptions`. Raises `WorkbenchError` NO_BEAM, or BAD_OPTION for an unknown runner."""
    require_beam()
    from apache_beam.io.filesystems import FileSystems
    from apache_beam.options.pipeline_options import PipelineOptions, StandardOptions

    known = {name.lower(): name for name in StandardOptions.KNOWN_RUNNER_NAMES}
    lower = runner.lower()
    chosen = LOCAL if lower in _LOCAL_NAMES else known.get(lower) or known.get(f"{lower}runner") or runner
    if chosen.lower() not in known and "." not in chosen:
        hint = f"One of: local, {', '.join(sorted(known.values()))}, or a class with its module."
        raise WorkbenchError("BAD_OPTION", f"There is no runner '{runner}'.", hint=hint)
    try:
        options = PipelineOptions([f"--runner={chosen}", *arguments])
        options.get_all_options(retain_unknown_options=True)
        FileSystems.set_options(options)  # Buckets are accessed before the pipeline runs, with its credentials.
    except SystemExit:  # argparse exits, after it has printed the error to stderr.
        text = f"{chosen} does not take these options: {' '.join(arguments)}."
        raise WorkbenchError("BAD_OPTION", text, hint="Put them after --.") from None
    return options


def is_local(options: Any) -> bool:
    """Whether the workers see this machine's files."""
    return bool(options.get_all_options()["runner"] == LOCAL)


def run(pipeline: Any, options: Any, outputs: dict[str, str], *, wait: bool) -> PipelineResult:
    """Run the pipeline and wait for its end, unless the runner is remote and `wait` is false.

    Raises `OutsideError` PIPELINE_FAILED with the first reason.
    """
    started = time.perf_counter()
    runner = str(options.get_all_options()["runner"])
    result = _guarded(pipeline.run)
    state = str(result.state)
    if wait or runner.lower() != _LEAVES:
        state = str(_guarded(result.wait_until_finish))
        if state not in ("DONE", "None"):
            raise OutsideError("PIPELINE_FAILED", f"The pipeline ended as {state}.", hint="The runner's log says why.")
    counts = counters(result) if state == "DONE" else {}
    job = result.job_id() if callable(getattr(result, "job_id", None)) else ""
    return PipelineResult(
        runner=runner,
        state=state,
        outputs=outputs,
        images=counts.get("images", 0),
        bytes=counts.get("bytes", 0),
        errors=counts.get("errors", 0),
        work_seconds=counts.get("microseconds", 0) / 1e6,
        seconds=time.perf_counter() - started,
        job=str(job),
    )


@contextmanager
def reaching(address: str) -> Iterator[None]:
    """Context manager: turns errors of Beam's file systems into Workbench errors that name the address.

    Raises `WorkbenchError` NO_FILESYSTEM if Beam has none for it, `OutsideError` CANNOT_REACH for all others.
    """
    try:
        yield
    except WorkbenchError:
        raise
    except ValueError as err:
        hint = f"gs:// needs Google's part of Beam: {INSTALL}."
        raise WorkbenchError("NO_FILESYSTEM", f"Beam cannot reach it: {brief(err)}", where=address, hint=hint) from err
    except Exception as err:
        # Each file system raises its own errors; all of them are about this address.
        reasons = getattr(err, "exception_details", None)
        while isinstance(reasons, dict) and reasons:
            err = next(iter(reasons.values()))
            reasons = getattr(err, "exception_details", None)
        text = f"This cannot be listed: {brief(err)}"
        hint = "Check that the bucket exists and your permissions in it. Beam uses Google's default credentials."
        raise OutsideError("CANNOT_REACH", text, where=address, hint=hint) from err


def _guarded(step: Callable[[], Any]) -> Any:
    try:
        return step()
    except WorkbenchError:
        raise
    except Exception as err:
        # Beam passes on whatever a worker or a service raised, in their own exception types.
        raise OutsideError("PIPELINE_FAILED", f"The pipeline failed: {brief(err)}") from err


def counters(result: Any) -> dict[str, int]:
    """The Workbench's metrics by name, as far as the runner keeps them."""
    from apache_beam.metrics.metric import MetricsFilter

    found = result.metrics().query(MetricsFilter().with_namespace(NAMESPACE))["counters"]
    sums: dict[str, int] = {}
    for counter in found:
        name = counter.key.metric.name
        sums[name] = sums.get(name, 0) + int(counter.result)
    return sums
