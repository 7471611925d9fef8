"""ML Engine: a project of `ml` v1 at Google's former service or at an endpoint that speaks its API."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final, Self

import msgspec

from workbench.spec.limits import ML_ENGINE_LIMITS, ML_ENGINE_SMALL_LIMITS, Limits
from workbench.spec.model import Problem
from workbench.spec.targets.base import Machine, NameRule, TargetKind
from workbench.spec.targets.cloud import (
    Accelerator,
    CloudTarget,
    cloud_problems,
    default_costs,
    machine_changes,
    problem,
)

ML_REGIONS: Final = tuple(
    (
        "asia-east1 asia-northeast1 asia-southeast1 australia-southeast1 europe-west1 europe-west2 europe-west3 "
        "europe-west4 northamerica-northeast1 us-central1 us-east1 us-east4 us-west1"
    ).split()
)
"""The regions of ML Engine's regional endpoints (`gcloud ai-platform --region`)."""

_CLOSED: Final = "Google closed ML Engine on 31 January 2025."
_RELEASE = re.compile(r"\d+\.\d+")
_PYTHONS: Final = {"2.7": (1, 15), "3.5": (1, 14), "3.7": (99, 99)}
"""The last runtime version of each Python ("Field: runtime_version Error: ... with the Python version")."""


def ml_name(what: str) -> NameRule:
    """The rule for names of models, versions and jobs (AI Platform Prediction, "managing models and jobs")."""
    return NameRule(
        pattern=r"[A-Za-z][A-Za-z0-9_]{0,127}",
        refusal=f"'{{name}}' is not a valid {what} name.",
        hint="Use letters, digits and underscores, a letter first, at most 128.",
    )


def ml_predict_url(endpoint: str, project: str, model: str, version: str) -> str:
    """The address of `projects.predict` (`ml` v1's discovery document: `v1/{+name}:predict`)."""
    name = f"projects/{project}/models/{model}" + (f"/versions/{version}" if version else "")
    return f"{endpoint}/v1/{name}:predict"


class AutoScaling(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How many nodes a version may have: `ml.v1` `autoScaling`; `cpu` is CPU_USAGE's target in percent."""

    min_nodes: int = 0
    max_nodes: int = 0
    cpu: int = 0


class ManualScaling(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How many nodes a version has: `ml.v1` `manualScaling`."""

    nodes: int = 1


class MlEngineTarget(CloudTarget, frozen=True, kw_only=True, tag_field="kind", tag="mlengine"):
    """A project of `ml` v1. Google shut its own down on 31 January 2025; it stays for compatible endpoints.

    `region` chooses the regional endpoint, empty the global one. `runtime` is `runtimeVersion`, the same number as
    TensorFlow's release.
    """

    kind: ClassVar[str] = "mlengine"
    facts: ClassVar[TargetKind] = TargetKind(
        title="ML Engine",
        about="The ml v1 API, for endpoints that still support it.",
        icon="cloud",
        model_name=ml_name("model"),
        version_name=ml_name("version"),
        first_fields=("project", "region", "bucket", "url", "runtime"),
        choices={"region": ML_REGIONS},
        warning=f"{_CLOSED} Only third-party endpoints still support its API; add a Vertex AI target instead.",
        project_permissions=(
            "ml.models.create",
            "ml.models.get",
            "ml.versions.create",
            "ml.versions.list",
            "ml.versions.predict",
        ),
        runs_batches=True,
        batch_reads_records=True,
    )

    project: str
    bucket: str
    region: str = ""
    python_version: str = ""
    framework: str = "TENSORFLOW"
    machine_type: str = ""
    auto_scaling: AutoScaling | None = None
    manual_scaling: ManualScaling | None = None
    accelerator: Accelerator | None = None
    service_account: str = ""
    labels: dict[str, str] = msgspec.field(default_factory=dict)
    description: str = ""

    def limits(self) -> Limits:
        """What the service takes: the smaller model on its own machine type, the default at the global endpoint."""
        small = self.machine_type.startswith("mls1") or not (self.machine_type or self.region)
        return ML_ENGINE_SMALL_LIMITS if small else ML_ENGINE_LIMITS

    def endpoint(self) -> str:
        """The address of the target's API, without a slash at the end."""
        if self.url:
            return self.url.rstrip("/")
        return f"https://{self.region}-ml.googleapis.com" if self.region else "https://ml.googleapis.com"

    def predict_url(self, model: str, version: str = "") -> str:
        """`projects.predict` of `ml` v1."""
        return ml_predict_url(self.endpoint(), self.project, model, version)

    def location(self) -> tuple[str, ...]:
        """Project, region and bucket."""
        return (self.project, self.region or "global", self.bucket)

    def staging_place(self) -> str:
        """The bucket that versions are read from."""
        return self.bucket

    def is_closed(self) -> bool:
        """Whether it asks Google's own service."""
        return not self.url

    def warning(self) -> str:
        """That the service was closed, and what an address of its own has to be."""
        if not self.url:
            return self.facts.warning
        return f"{_CLOSED} This target uses {self.url}, which must support its API. Google's successor is Vertex AI."

    def problems(self) -> Iterator[Problem]:
        """What the service would refuse."""
        yield from cloud_problems(self.project, self.bucket, self.labels)
        if self.region and self.region not in ML_REGIONS:
            yield problem("region", f"'{self.region}' is not a region of ML Engine: {', '.join(ML_REGIONS)}.")
        yield from self._runtime_problems()
        if self.auto_scaling is not None and self.manual_scaling is not None:
            yield problem("manual_scaling", "Only one of auto_scaling and manual_scaling may be set.")
        if self.auto_scaling is not None:
            yield from _scaling_problems(self.auto_scaling)
        if self.accelerator is not None and not self.machine_type.startswith("n1-"):
            yield problem("accelerator", "Accelerators need an n1 machine type, such as n1-standard-4.")
        if self.framework not in ("", "TENSORFLOW"):
            yield problem("framework", f"The framework of an export is TENSORFLOW, not {self.framework}.")

    def _runtime_problems(self) -> Iterator[Problem]:
        if not self.runtime:
            return
        if not _RELEASE.fullmatch(self.runtime):
            yield problem("runtime", f"'{self.runtime}' is not a runtime version, such as 2.11.")
            return
        major, _, minor = self.runtime.partition(".")
        last = _PYTHONS.get(self.python_version) if self.python_version else (99, 99)
        if last is None:
            yield problem("python_version", f"'{self.python_version}' is not one of {', '.join(_PYTHONS)}.")
        elif (int(major), int(minor)) > last:
            text = f"Runtime {self.runtime} has no Python {self.python_version}; from 1.15 on it is 3.7."
            yield problem("python_version", text)

    def usual_machine(self) -> str:
        """The machine type of a node; empty for the service's own."""
        return self.machine_type

    def on_machine(self, machine: Machine) -> Self:
        """The target with that machine; a number of nodes replaces both kinds of scaling."""
        return msgspec.structs.replace(self, **machine_changes(self, machine), **self._nodes(machine))

    def _nodes(self, machine: Machine) -> dict[str, AutoScaling | None]:
        if machine.min_nodes is None and machine.max_nodes is None:
            return {}
        known = self.auto_scaling or AutoScaling()
        least = known.min_nodes if machine.min_nodes is None else machine.min_nodes
        most = known.max_nodes if machine.max_nodes is None else machine.max_nodes
        return {"auto_scaling": AutoScaling(least, most, known.cpu), "manual_scaling": None}

    def push_costs(self, *, default: bool, traffic: int | None) -> tuple[str, ...]:
        """A version is billed from its push on."""
        least = self.auto_scaling.min_nodes if self.auto_scaling else 1
        count = self.manual_scaling.nodes if self.manual_scaling else least
        nodes = f"at least {count} × {self.machine_type or 'the default machine type'}"
        return (f"The version runs on {nodes} and is billed for it until it is deleted.", *default_costs(default))


def _scaling_problems(scaling: AutoScaling) -> Iterator[Problem]:
    if scaling.min_nodes < 0 or scaling.max_nodes < 0:
        yield problem("auto_scaling", "The number of nodes cannot be negative.")
    if scaling.max_nodes and scaling.max_nodes < scaling.min_nodes:
        yield problem("auto_scaling", f"max_nodes ({scaling.max_nodes}) is below min_nodes ({scaling.min_nodes}).")
    if not 0 <= scaling.cpu <= 100:
        yield problem("auto_scaling", f"cpu is a percentage, not {scaling.cpu}.")
