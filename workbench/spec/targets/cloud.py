"""Common settings of remote targets: addresses, credentials, projects, buckets and labels.

Fields are those of the services' own resources (`ml.v1` Version, `aiplatform.v1` Model and Endpoint), in snake case.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Self

import msgspec

from workbench.spec.model import Problem
from workbench.spec.targets.base import Machine, Target

GCS: Final = "gs://"

_PROJECT = re.compile(r"([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]|\d{6,}|local")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
_LABEL = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_VALUE = re.compile(r"[a-z0-9_-]{0,63}")


class CloudTarget(Target, frozen=True, kw_only=True):
    """What they have in common.

    `url` moves the API to another address and `storage_url` the buckets' (else they are where `url` is, or Google's).
    `credentials` is `adc` (Application Default Credentials), the path of a credentials file, or `none`; empty means
    `none` for an address on this machine and `adc` elsewhere. `impersonate` is a service account to act as.
    `runtime` is the TensorFlow release that serves there, such as "2.15".
    """

    url: str = ""
    storage_url: str = ""
    credentials: str = ""
    impersonate: str = ""
    runtime: str = ""

    def storage(self) -> str:
        """The address of the storage API; empty for Google's own."""
        return (self.storage_url or self.url).rstrip("/")

    def tensorflow(self) -> str:
        """The TensorFlow release that serves there, as `runtime` says."""
        return self.runtime

    def at_base(self, base: Path) -> Self:
        """The target with a relative credentials file taken as from `base`."""
        if self.credentials in ("", "adc", "none"):
            return self
        return msgspec.structs.replace(self, credentials=str(base / Path(self.credentials).expanduser()))


class Accelerator(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """GPUs or TPUs beside each node: such as NVIDIA_TESLA_T4, and how many."""

    type: str
    count: int = 1


def cloud_problems(project: str, bucket: str, labels: Mapping[str, str]) -> Iterator[Problem]:
    """What is wrong with a project's id, a bucket with or without a prefix, and labels."""
    if not _PROJECT.fullmatch(project):
        yield problem("project", f"'{project}' is not a project ID.")
    yield from bucket_problems(bucket, "bucket")
    for key, value in labels.items():
        if not _LABEL.fullmatch(key) or not _VALUE.fullmatch(value):
            text = f"'{key}={value}' is not a label: lower case letters, digits, _ and -, a letter first, at most 63."
            yield problem("labels", text)


def bucket_problems(place: str, field: str) -> Iterator[Problem]:
    """What is wrong with the bucket of a place such as `gs://bucket/prefix`."""
    name = place.removeprefix(GCS).partition("/")[0]
    if not _BUCKET.fullmatch(name):
        yield problem(field, f"'{name}' is not a bucket name.")


def problem(field: str, text: str) -> Problem:
    """A problem of a target's setting."""
    return Problem("BAD_TARGET", text, field)


def machine_changes(target: Any, machine: Machine) -> dict[str, Any]:
    """The settings that a machine changes beside the number of nodes, of a target that has machines."""
    gpu = Accelerator(machine.accelerator, machine.accelerators) if machine.accelerator else None
    return {
        "machine_type": machine.machine_type or target.machine_type,
        "accelerator": gpu or target.accelerator,
        "labels": {**target.labels, **machine.labels},
        "description": machine.description or target.description,
    }


def default_costs(default: bool) -> tuple[str, ...]:
    """What it means to become the default version."""
    return ("It becomes the default immediately: callers who name no version get it.",) if default else ()
