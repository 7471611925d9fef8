"""The targets beyond this machine: ML Engine's API, Vertex AI, and a repository of versions in a folder or bucket.

Fields are those of the services' own resources (`ml.v1` Version, `aiplatform.v1` Model and Endpoint), in snake case.
"""

from __future__ import annotations

import re
from typing import ClassVar, Final

import msgspec

from workbench.spec.limits import (
    ML_ENGINE_LIMITS,
    ML_ENGINE_SMALL_LIMITS,
    NO_LIMITS,
    VERTEX_DEDICATED_LIMITS,
    VERTEX_SHARED_LIMITS,
    Limits,
)

GCS: Final = "gs://"
PREBUILT: Final = "-docker.pkg.dev/vertex-ai/prediction/"
"""Vertex AI's repository of prediction images, behind `us`, `europe` or `asia` ("Prebuilt containers")."""

_PREBUILT_NAME = re.compile(r"tf2-(cpu|gpu)\.(\d+)-(\d+)(:latest)?")
_SERVING_TAG = re.compile(r".*serving:(\d+\.\d+)(\.\d+)?([.-].*)?")


class CloudTarget(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the three have in common.

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


class AutoScaling(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How many nodes a version may have: `ml.v1` `autoScaling`; `cpu` is CPU_USAGE's target in percent."""

    min_nodes: int = 0
    max_nodes: int = 0
    cpu: int = 0


class ManualScaling(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How many nodes a version has: `ml.v1` `manualScaling`."""

    nodes: int = 1


class Accelerator(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """GPUs or TPUs beside each node: such as NVIDIA_TESLA_T4, and how many."""

    type: str
    count: int = 1


class MlEngineTarget(CloudTarget, frozen=True, kw_only=True, tag_field="kind", tag="mlengine"):
    """A project of `ml` v1. Google shut its own down on 31 January 2025; it stays for compatible endpoints.

    `region` chooses the regional endpoint, empty the global one. `runtime` is `runtimeVersion`.
    """

    kind: ClassVar[str] = "mlengine"

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
    labels: dict[str, str] = {}
    description: str = ""

    def tensorflow(self) -> str:
        """The TensorFlow release of the runtime version: they are the same numbers."""
        return self.runtime

    def limits(self) -> Limits:
        """What the service takes: the smaller model on its own machine type, the default at the global endpoint."""
        small = self.machine_type.startswith("mls1") or not (self.machine_type or self.region)
        return ML_ENGINE_SMALL_LIMITS if small else ML_ENGINE_LIMITS

    def endpoint(self) -> str:
        """The address of the target's API, without a slash at the end."""
        if self.url:
            return self.url.rstrip("/")
        return f"https://{self.region}-ml.googleapis.com" if self.region else "https://ml.googleapis.com"


class VertexTarget(CloudTarget, frozen=True, kw_only=True, tag_field="kind", tag="vertex"):
    """A project and region of Vertex AI (`aiplatform` v1), and one endpoint there for each model.

    `image` is a prebuilt one by its short name (`tf2-cpu.2-15`) or any image by its URI; one that is called
    `.../serving:TAG` is started as TensorFlow Serving unless `args` and routes say otherwise.
    `endpoint_name` is the endpoint's display name, empty the model's own. `aliases` go to every version pushed.
    """

    kind: ClassVar[str] = "vertex"

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
    labels: dict[str, str] = {}
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

    def image_uri(self) -> str:
        """The whole URI of the image; a prebuilt one comes from the repository of the region's continent."""
        if "/" in self.image:
            return self.image
        continent = self.region.partition("-")[0]
        place = continent if continent in ("us", "europe", "asia") else "us"
        return f"{place}{PREBUILT}{self.image.removesuffix(':latest')}:latest"

    def is_prebuilt(self) -> bool:
        """Whether the image is one of Vertex AI's own, which is told nothing but its name."""
        return PREBUILT in self.image_uri()

    def is_serving(self) -> bool:
        """Whether the image is TensorFlow Serving, which looks for numbered versions below its base path."""
        return not self.is_prebuilt() and _SERVING_TAG.fullmatch(self.image) is not None and not self.args


class FolderTarget(CloudTarget, frozen=True, kw_only=True, tag_field="kind", tag="folder"):
    """A repository of versions as TensorFlow Serving and KServe read it: `PATH/MODEL/NUMBER/saved_model.pb`.

    `path` is a folder or `gs://bucket/prefix`. `url` is a TensorFlow Serving REST server that serves it, empty where
    there is none. `base_path` is what the server calls the folder, for `models.config`; empty: the same.
    """

    kind: ClassVar[str] = "folder"

    path: str
    base_path: str = ""
    project: str = ""

    def tensorflow(self) -> str:
        """The TensorFlow release of the server that reads the folder, where somebody told."""
        return self.runtime

    def limits(self) -> Limits:
        """None that the folder or the server names."""
        return NO_LIMITS

    def endpoint(self) -> str:
        """The address of the server that serves the folder; empty where there is none."""
        return self.url.rstrip("/")

    def storage(self) -> str:
        """The address of the storage API for a `gs://` path; the server at `url` has none."""
        return self.storage_url.rstrip("/")

    def in_bucket(self) -> bool:
        """Whether the repository is in a bucket rather than on this machine's disk."""
        return self.path.startswith(GCS)
