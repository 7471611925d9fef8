"""What is wrong with a target's settings, each with its field, before anything is asked of the target."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from workbench.spec.cloud_targets import AutoScaling, FolderTarget, MlEngineTarget, VertexTarget
from workbench.spec.errors import WorkbenchError
from workbench.spec.model import Problem
from workbench.spec.target import AnyTarget, LocalTarget

_PROJECT = re.compile(r"([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]|\d{6,}|local")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
_REGION = re.compile(r"[a-z]+(-[a-z]+)+\d+")
_RELEASE = re.compile(r"\d+\.\d+")
_LABEL = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_VALUE = re.compile(r"[a-z0-9_-]{0,63}")
_PREBUILT = re.compile(r"tf2-(cpu|gpu)\.\d+-\d+(:latest)?|tf_opt-(cpu|gpu)\.[\w-]+(:latest)?")

ML_REGIONS: Final = (
    "asia-east1 asia-northeast1 asia-southeast1 australia-southeast1 europe-west1 europe-west2 europe-west3 "
    "europe-west4 northamerica-northeast1 us-central1 us-east1 us-east4 us-west1"
).split()
"""The regions of ML Engine's regional endpoints (`gcloud ai-platform --region`)."""

_PYTHONS: Final = {"2.7": (1, 15), "3.5": (1, 14), "3.7": (99, 99)}
"""The last runtime version of each Python ("Field: runtime_version Error: ... with the Python version")."""


def target_problems(target: AnyTarget, field: str = "target") -> list[Problem]:
    """What is wrong with the settings of one target; `field` is what the fields are named below."""
    found = list(_of(target))
    return [Problem(p.code, p.message, f"{field}.{p.field}") for p in found]


def check_target(target: AnyTarget) -> None:
    """Raise `WorkbenchError` BAD_TARGET for the first problem of a target's settings."""
    for problem in _of(target):
        raise WorkbenchError("BAD_TARGET", problem.message, where=f"{target.kind} target, {problem.field}")


def _of(target: AnyTarget) -> Iterator[Problem]:
    match target:
        case MlEngineTarget():
            yield from _ml(target)
        case VertexTarget():
            yield from _vertex(target)
        case FolderTarget():
            yield from _folder(target)
        case LocalTarget():
            return


def _ml(target: MlEngineTarget) -> Iterator[Problem]:
    yield from _common(target)
    if target.region and target.region not in ML_REGIONS:
        yield _problem("region", f"'{target.region}' is no region of ML Engine: {', '.join(ML_REGIONS)}.")
    yield from _runtime(target)
    if target.auto_scaling is not None and target.manual_scaling is not None:
        yield _problem("manual_scaling", "Only one of auto_scaling and manual_scaling may be set.")
    if target.auto_scaling is not None:
        yield from _scaling(target.auto_scaling)
    if target.accelerator is not None and not target.machine_type.startswith("n1-"):
        yield _problem("accelerator", "Accelerators need an n1 machine type, such as n1-standard-4.")
    if target.framework not in ("", "TENSORFLOW"):
        yield _problem("framework", f"An export is TENSORFLOW, not {target.framework}.")


def _runtime(target: MlEngineTarget) -> Iterator[Problem]:
    if not target.runtime:
        return
    if not _RELEASE.fullmatch(target.runtime):
        yield _problem("runtime", f"'{target.runtime}' is no runtime version, such as 2.11.")
        return
    major, _, minor = target.runtime.partition(".")
    last = _PYTHONS.get(target.python_version) if target.python_version else (99, 99)
    if last is None:
        yield _problem("python_version", f"'{target.python_version}' is none of {', '.join(_PYTHONS)}.")
    elif (int(major), int(minor)) > last:
        text = f"Runtime {target.runtime} has no Python {target.python_version}; from 1.15 on it is 3.7."
        yield _problem("python_version", text)


def _scaling(scaling: AutoScaling) -> Iterator[Problem]:
    if scaling.min_nodes < 0 or scaling.max_nodes < 0:
        yield _problem("auto_scaling", "Nodes are counted from 0.")
    if scaling.max_nodes and scaling.max_nodes < scaling.min_nodes:
        yield _problem("auto_scaling", f"max_nodes ({scaling.max_nodes}) is below min_nodes ({scaling.min_nodes}).")
    if not 0 <= scaling.cpu <= 100:
        yield _problem("auto_scaling", f"cpu is a percentage, not {scaling.cpu}.")


def _vertex(target: VertexTarget) -> Iterator[Problem]:
    yield from _common(target)
    if not _REGION.fullmatch(target.region):
        yield _problem("region", f"'{target.region}' is no region, such as us-central1.")
    if "/" not in target.image and not _PREBUILT.fullmatch(target.image):
        text = f"'{target.image}' is no prebuilt image (such as tf2-cpu.2-15) and no image URI."
        yield _problem("image", text)
    if not 1 <= target.min_replicas <= target.max_replicas:
        text = f"1 <= min_replicas <= max_replicas; they are {target.min_replicas} and {target.max_replicas}."
        yield _problem("min_replicas", text)
    if target.is_prebuilt() and (target.args or target.predict_route or target.health_route or target.port):
        yield _problem("args", "A prebuilt image takes no arguments, routes or port.")
    if bool(target.predict_route) != bool(target.health_route):
        yield _problem("health_route", "A container of one's own needs both routes or none.")
    for alias in target.aliases:
        if alias == "default":
            yield _problem("aliases", "'default' is given by --default or `versions set-default`, not by every push.")


def _folder(target: FolderTarget) -> Iterator[Problem]:
    if not target.path:
        yield _problem("path", "It is empty; name a folder or gs://bucket/prefix.")
    if target.in_bucket():
        yield from _bucket(target.path.removeprefix("gs://").partition("/")[0], "path")


def _common(target: MlEngineTarget | VertexTarget) -> Iterator[Problem]:
    if not _PROJECT.fullmatch(target.project):
        yield _problem("project", f"'{target.project}' is no project id.")
    yield from _bucket(target.bucket.removeprefix("gs://").partition("/")[0], "bucket")
    for key, value in target.labels.items():
        if not _LABEL.fullmatch(key) or not _VALUE.fullmatch(value):
            text = f"'{key}={value}' is no label: lower case letters, digits, _ and -, a letter first, at most 63."
            yield _problem("labels", text)


def _bucket(name: str, field: str) -> Iterator[Problem]:
    if not _BUCKET.fullmatch(name):
        yield _problem(field, f"'{name}' is no bucket name.")


def _problem(field: str, text: str) -> Problem:
    return Problem("BAD_TARGET", text, field)
