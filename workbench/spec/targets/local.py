"""The local target: the server of `workbench serve`, on this machine unless told otherwise."""

from __future__ import annotations

import os
from typing import ClassVar, Final

from workbench.spec.limits import ML_ENGINE_LIMITS, Limits
from workbench.spec.targets.base import Target, TargetKind
from workbench.spec.targets.mlengine import ml_name, ml_predict_url

LOCAL: Final = "local"
"""The kind, and the name of the target that every project has."""

LOCAL_PORT: Final = 8471
"""The practice server's port unless told otherwise."""

LOCAL_URL_VARIABLE: Final = "WORKBENCH_LOCAL_URL"
"""Environment variable that says where the local target answers."""


class LocalTarget(Target, frozen=True, kw_only=True, tag_field="kind", tag=LOCAL):
    """The local target. It needs nothing; `url` moves it to another port or machine.

    `runtime` is the TensorFlow release that serves there, such as "2.15"; empty where nobody said.
    """

    kind: ClassVar[str] = LOCAL
    facts: ClassVar[TargetKind] = TargetKind(
        title="Local server",
        about="Runs on this machine: no account, no costs, no data leaves it.",
        icon="server",
        model_name=ml_name("model"),
        version_name=ml_name("version"),
        first_fields=("url", "runtime"),
        practice=True,
        runs_batches=True,
        batch_reads_records=True,
    )

    url: str = ""
    project: str = "local"
    bucket: str = "workbench"
    runtime: str = ""

    def tensorflow(self) -> str:
        """The TensorFlow release that a version has to load in there, as `runtime` says."""
        return self.runtime

    def limits(self) -> Limits:
        """Those of ML Engine, whose API it speaks."""
        return ML_ENGINE_LIMITS

    def endpoint(self) -> str:
        """The address of the target's API, which is that of its storage, too."""
        default = os.environ.get(LOCAL_URL_VARIABLE) or f"http://127.0.0.1:{LOCAL_PORT}"
        return (self.url or default).rstrip("/")

    def predict_url(self, model: str, version: str = "") -> str:
        """`projects.predict` of `ml` v1."""
        return ml_predict_url(self.endpoint(), self.project, model, version)

    def staging_place(self) -> str:
        """Its bucket; it is made when it is asked for."""
        return self.bucket
