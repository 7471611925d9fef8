"""Vertex AI: a project and region of `aiplatform` v1, and one endpoint there for each model."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import ClassVar, Final, Self

import msgspec

from workbench.spec.limits import VERTEX_DEDICATED_LIMITS, VERTEX_SHARED_LIMITS, Limits
from workbench.spec.model import Problem
from workbench.spec.targets.base import ImageStatus, Machine, NameRule, TargetKind
from workbench.spec.targets.cloud import Accelerator, CloudTarget, cloud_problems, machine_changes, problem
from workbench.spec.targets.vertex_images import SERVING_IMAGE, image_status, mirror_commands

PREBUILT: Final = "-docker.pkg.dev/vertex-ai/prediction/"
"""Vertex AI's repository of prediction images, behind `us`, `europe` or `asia` ("Prebuilt containers")."""

RESTRICTED: Final = "-docker.pkg.dev/vertex-ai-restricted/prediction/"
"""The repository of `tf_opt-...`, the images of the optimized TensorFlow runtime."""

_PREBUILT_NAME = re.compile(r"tf2-(cpu|gpu)\.(\d+)-(\d+)(:latest)?")
_PREBUILT = re.compile(r"tf2-(cpu|gpu)\.\d+-\d+(:latest)?|tf_opt-(cpu|gpu)\.[\w-]+(:latest)?")
_SERVING_TAG = re.compile(r".*serving:(\d+\.\d+)(\.\d+)?([.-].*)?")
_REGION = re.compile(r"[a-z]+(-[a-z]+)+\d+")


class VertexTarget(CloudTarget, frozen=True, kw_only=True, tag_field="kind", tag="vertex"):
    """A project and region of Vertex AI (`aiplatform` v1), and one endpoint there for each model.

    `image` is a prebuilt one by its short name (`tf2-cpu.2-15`) or any image by its URI, in which `{region}` and
    `{project}` stand for the target's own; one that is called `.../serving:TAG` is started as TensorFlow Serving unless
    `args` and routes say otherwise.
    `endpoint_name` is the endpoint's display name, empty the model's own. `aliases` go to every version pushed.
    """

    kind: ClassVar[str] = "vertex"
    facts: ClassVar[TargetKind] = TargetKind(
        title="Vertex AI",
        about="Gemini Enterprise Agent Platform (Vertex AI): a model with versions behind an endpoint.",
        icon="vertex",
        # `aiplatform.v1`, `modelId`.
        model_name=NameRule(
            pattern=r"[a-z_][a-z0-9_-]{0,62}",
            refusal="'{name}' is not a valid model name for this target.",
            hint="Vertex AI takes lower case letters, digits, underscores and hyphens, a letter first, at most 63.",
            longest=63,
            lower=True,
        ),
        # A version is asked for by its number or by an alias (`aiplatform.v1`, `versionAliases`).
        version_name=NameRule(
            pattern=r"[1-9]\d{0,17}|[a-z][a-zA-Z0-9-]{0,126}[a-z0-9]|[a-z]",
            refusal="'{name}' is not a valid version name for this target.",
            hint="Vertex AI numbers versions itself; a name for one is an alias: lower case letters, digits, hyphens.",
        ),
        first_fields=("project", "region", "bucket", "image", "machine_type"),
        new_values={"image": SERVING_IMAGE},
        project_permissions=(
            "aiplatform.models.upload",
            "aiplatform.models.list",
            "aiplatform.endpoints.create",
            "aiplatform.endpoints.deploy",
            "aiplatform.endpoints.predict",
        ),
        splits_traffic=True,
        runs_batches=True,
    )

    project: str
    region: str
    bucket: str
    image: str = "tf2-cpu.2-15"
    args: tuple[str, ...] = ()
    predict_route: str = ""
    health_route: str = ""
    port: int = 0
    machine_type: str = "n1-standard-2"
    min_replicas: int = 1
    max_replicas: int = 1
    accelerator: Accelerator | None = None
    endpoint_name: str = ""
    dedicated: bool = False
    aliases: tuple[str, ...] = ()
    labels: dict[str, str] = msgspec.field(default_factory=dict)
    description: str = ""
    service_account: str = ""

    def tensorflow(self) -> str:
        """The TensorFlow release of the image: told by `runtime`, or by the image's own name."""
        if self.runtime:
            return self.runtime
        name = self.image.rpartition("/")[2]
        if found := _PREBUILT_NAME.fullmatch(name):
            return f"{found[2]}.{found[3]}"
        tagged = _SERVING_TAG.fullmatch(self.image)
        return tagged[1] if tagged else ""

    def limits(self) -> Limits:
        """What the endpoint takes: a dedicated one more than the shared one."""
        return VERTEX_DEDICATED_LIMITS if self.dedicated else VERTEX_SHARED_LIMITS

    def endpoint(self) -> str:
        """The address of the region's API, without a slash at the end."""
        return self.url.rstrip("/") or f"https://{self.region}-aiplatform.googleapis.com"

    def location(self) -> tuple[str, ...]:
        """Project, region and bucket."""
        return (self.project, self.region, self.bucket)

    def staging_place(self) -> str:
        """The bucket that versions are read from."""
        return self.bucket

    def image_uri(self) -> str:
        """The whole URI of the image, `{region}` and `{project}` filled in; a prebuilt one comes from the repository of
        the region's continent."""
        if "/" in self.image:
            return self.image.replace("{region}", self.region).replace("{project}", self.project)
        continent = self.region.partition("-")[0]
        place = continent if continent in ("us", "europe", "asia") else "us"
        repository = RESTRICTED if self.image.startswith("tf_opt-") else PREBUILT
        return f"{place}{repository}{self.image.removesuffix(':latest')}:latest"

    def is_prebuilt(self) -> bool:
        """Whether the image is one of Vertex AI's own, which is told nothing but its name."""
        uri = self.image_uri()
        return PREBUILT in uri or RESTRICTED in uri

    def is_serving(self) -> bool:
        """Whether the image is TensorFlow Serving, which looks for numbered versions below its base path."""
        return not self.is_prebuilt() and _SERVING_TAG.fullmatch(self.image) is not None and not self.args

    def image_status(self, today: date) -> ImageStatus:
        """The state of a prebuilt image at Google; another host's images and the user's own are not known."""
        found = _PREBUILT_NAME.fullmatch(self.image.rpartition("/")[2])
        if self.url or not self.is_prebuilt() or found is None:
            return ImageStatus("supported")
        return image_status(f"{found[2]}.{found[3]}", today)

    def warning(self) -> str:
        """That the image is no longer maintained, and what to use in its place."""
        return self.image_note()

    def image_advice(self) -> str:
        """The setting and the commands that put TensorFlow Serving in the place of a prebuilt image."""
        commands = "; ".join(mirror_commands(self.region, self.project))
        return f'Set image = "{SERVING_IMAGE}", and copy TensorFlow Serving there once: {commands}.'

    def problems(self) -> Iterator[Problem]:
        """What the service would refuse."""
        yield from cloud_problems(self.project, self.bucket, self.labels)
        if not _REGION.fullmatch(self.region):
            yield problem("region", f"'{self.region}' is not a region, such as us-central1.")
        if "/" not in self.image and not _PREBUILT.fullmatch(self.image):
            text = f"'{self.image}' is neither a prebuilt image (such as tf2-cpu.2-15) nor an image URI."
            yield problem("image", text)
        if not 1 <= self.min_replicas <= self.max_replicas:
            text = f"1 <= min_replicas <= max_replicas; they are {self.min_replicas} and {self.max_replicas}."
            yield problem("min_replicas", text)
        if self.is_prebuilt() and (self.args or self.predict_route or self.health_route or self.port):
            yield problem("args", "A prebuilt image takes no arguments, routes or port.")
        if bool(self.predict_route) != bool(self.health_route):
            yield problem("health_route", "A custom container needs both routes or none.")
        if "default" in self.aliases:
            yield problem("aliases", "'default' is set by --default or `versions set-default`, not as an alias.")

    def usual_machine(self) -> str:
        """The machine type of a replica."""
        return self.machine_type

    def on_machine(self, machine: Machine) -> Self:
        """The target with that machine, and with as many replicas as it has nodes."""
        least = self.min_replicas if machine.min_nodes is None else machine.min_nodes
        most = max(least, self.max_replicas) if machine.max_nodes is None else machine.max_nodes
        changes = machine_changes(self, machine)
        return msgspec.structs.replace(self, **changes, min_replicas=least, max_replicas=most)

    def push_costs(self, *, default: bool, traffic: int | None) -> tuple[str, ...]:
        """The trial of a version, and its replicas once it receives requests."""
        trial = "It is tested on a temporary endpoint, which is billed for some minutes and then removed."
        if traffic is None and not default:
            return (trial,)
        share = 100 if traffic is None else traffic
        return (trial, *self.traffic_costs(), f"It then gets {share} % of the traffic immediately.")

    def traffic_costs(self) -> tuple[str, ...]:
        """A version that receives requests has replicas of its own."""
        gpu = f" + {self.accelerator.count} × {self.accelerator.type}" if self.accelerator else ""
        nodes = f"{self.min_replicas} × {self.machine_type}{gpu}"
        return (f"Deployed, it is billed for every hour of at least {nodes} until it is undeployed.",)
