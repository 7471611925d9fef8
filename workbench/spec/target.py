"""Where versions live: the `[targets.NAME]` tables of a project, and the rules for names there."""

from __future__ import annotations

import os
import re
from typing import Final, Literal

import msgspec

from workbench.spec.errors import WorkbenchError

LOCAL_PORT: Final = 8471
"""The practice server's port unless told otherwise."""

LOCAL_URL_VARIABLE: Final = "WORKBENCH_LOCAL_URL"
"""Environment variable that says where the local target answers."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,127}")


class Limits(msgspec.Struct, frozen=True):
    """What a target takes at most, in bytes and counts; 0 where it names no limit."""

    request_bytes: int
    reply_bytes: int
    model_bytes: int
    files: int


ML_ENGINE_LIMITS: Final = Limits(1_572_864, 2_000_000, 10_000_000_000, 1000)
"""ML Engine's: "Request payload size exceeds the limit: 1572864 bytes", replies of about 2 MB, 10 GB of model on N1
machines (AI Platform Prediction, quotas), 1000 files in a deployment directory (`ml.v1` discovery, `deploymentUri`)."""


class Target(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One target. `local` needs nothing; `url` moves it to another port or machine.

    `runtime` is the TensorFlow release that serves there, such as "2.15"; empty where nobody said.
    """

    kind: Literal["local"] = "local"
    url: str = ""
    project: str = "local"
    bucket: str = "workbench"
    runtime: str = ""

    def tensorflow(self) -> str:
        """The TensorFlow release that a version has to load in there, such as "2.15"; empty where it is not known."""
        return self.runtime

    def limits(self) -> Limits:
        """What the target takes at most."""
        return ML_ENGINE_LIMITS

    def endpoint(self) -> str:
        """The address of the target's API, without a slash at the end."""
        default = os.environ.get(LOCAL_URL_VARIABLE) or f"http://127.0.0.1:{LOCAL_PORT}"
        return (self.url or default).rstrip("/")


def check_name(kind: str, name: str) -> str:
    """Return `name` if ML Engine would take it for a model or a version; else raise BAD_NAME.

    The rule is the service's own: letters, digits, underscore, a letter first, at most 128
    (AI Platform Prediction, "managing models and jobs").
    """
    if not _NAME.fullmatch(name):
        raise WorkbenchError(
            "BAD_NAME",
            f"'{name}' is not a {kind} name.",
            hint="Use letters, digits and underscores, a letter first, at most 128.",
        )
    return name


class VersionInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """One version at a target, as `versions list` shows it."""

    name: str
    resource: str
    state: str
    default: bool = False
    created: str = ""
    origin: str = ""
    error: str = ""


class PushResult(msgspec.Struct, frozen=True):
    """What a push did: the version's full resource name and where its files went."""

    resource: str
    version: str
    model: str
    origin: str
    files: int
    bytes: int
    seconds: float
    default: bool
    repeated: bool = False
