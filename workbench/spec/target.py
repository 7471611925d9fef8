"""Where versions live: the `[targets.NAME]` tables of a project, and the rules for names there."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import ClassVar, Final

import msgspec

from workbench.spec.cloud_targets import FolderTarget, MlEngineTarget, VertexTarget
from workbench.spec.errors import WorkbenchError
from workbench.spec.limits import ML_ENGINE_LIMITS, Limits
from workbench.spec.report import NO_GATE, GateRecord

__all__ = [
    "KINDS",
    "LOCAL_PORT",
    "LOCAL_URL_VARIABLE",
    "ML_ENGINE_LIMITS",
    "AnyTarget",
    "Limits",
    "LocalTarget",
    "PushResult",
    "VersionInfo",
    "at_base",
    "check_model_name",
    "check_name",
    "check_version_name",
]

LOCAL_PORT: Final = 8471
"""The practice server's port unless told otherwise."""

LOCAL_URL_VARIABLE: Final = "WORKBENCH_LOCAL_URL"
"""Environment variable that says where the local target answers."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,127}")
_VERTEX_ID = re.compile(r"[a-z_][a-z0-9_-]{0,62}")
_ALIAS = re.compile(r"[a-z][a-zA-Z0-9-]{0,126}[a-z0-9]|[a-z]")
_NUMBER = re.compile(r"[1-9]\d{0,17}")
_FOLDER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")


class LocalTarget(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="local"):
    """The local target. It needs nothing; `url` moves it to another port or machine.

    `runtime` is the TensorFlow release that serves there, such as "2.15"; empty where nobody said.
    """

    kind: ClassVar[str] = "local"

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

    def storage(self) -> str:
        """The address of the storage API: the local target has both."""
        return self.endpoint()


AnyTarget = LocalTarget | MlEngineTarget | VertexTarget | FolderTarget
"""One of the four places where versions live."""

KINDS: Final[dict[str, type[AnyTarget]]] = {
    kind.kind: kind for kind in (LocalTarget, MlEngineTarget, VertexTarget, FolderTarget)
}
"""The kinds by the word a project writes."""


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


def check_model_name(target: AnyTarget, name: str) -> str:
    """Return `name` if this target takes it for a model; else raise BAD_NAME.

    Vertex AI takes `[a-z0-9_-]`, no digit or hyphen first, at most 63 (`aiplatform.v1`, `modelId`).
    """
    if isinstance(target, VertexTarget) and not _VERTEX_ID.fullmatch(name):
        hint = "Vertex AI takes lower case letters, digits, underscores and hyphens, a letter first, at most 63."
        raise WorkbenchError("BAD_NAME", f"'{name}' is not a model name there.", hint=hint)
    if isinstance(target, FolderTarget) and not _FOLDER_NAME.fullmatch(name):
        hint = "Use letters, digits, underscores and hyphens: it becomes a folder's name."
        raise WorkbenchError("BAD_NAME", f"'{name}' is not a model name there.", hint=hint)
    return name if isinstance(target, VertexTarget | FolderTarget) else check_name("model", name)


def check_version_name(target: AnyTarget, name: str) -> str:
    """Return `name` if this target takes it for a version; else raise BAD_NAME.

    A folder numbers its versions (TensorFlow Serving reads nothing else); Vertex AI numbers them itself, and a
    version is asked for by that number or by an alias (`aiplatform.v1`, `versionAliases`).
    """
    if isinstance(target, FolderTarget) and not _NUMBER.fullmatch(name):
        raise WorkbenchError("BAD_NAME", f"'{name}' is not a version there.", hint="A folder's versions are numbers.")
    if isinstance(target, VertexTarget) and not (_NUMBER.fullmatch(name) or _ALIAS.fullmatch(name)):
        hint = "Vertex AI numbers versions itself; a name for one is an alias: lower case letters, digits, hyphens."
        raise WorkbenchError("BAD_NAME", f"'{name}' is not a version name there.", hint=hint)
    return name if isinstance(target, VertexTarget | FolderTarget) else check_name("version", name)


def at_base(target: AnyTarget, base: Path) -> AnyTarget:
    """The target with a relative folder or credentials file where it stands: beside the project."""
    changes: dict[str, str] = {}
    if isinstance(target, FolderTarget) and not target.in_bucket() and target.path:
        changes["path"] = str(base / Path(target.path).expanduser())
    named = getattr(target, "credentials", "")
    if named and named not in ("adc", "none"):
        changes["credentials"] = str(base / Path(named).expanduser())
    return msgspec.structs.replace(target, **changes) if changes else target


class VersionInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """One version at a target, as `versions list` shows it.

    `traffic` is its share of an endpoint's requests in percent where the target splits them, `None` elsewhere and
    where it is not deployed. `aliases` are its further names there. `bytes` is the size of its files where this
    machine's release log knows it (the services do not tell), 0 elsewhere.
    """

    name: str
    resource: str
    state: str
    default: bool = False
    created: str = ""
    origin: str = ""
    error: str = ""
    traffic: int | None = None
    aliases: tuple[str, ...] = ()
    bytes: int = 0


class PushResult(msgspec.Struct, frozen=True):
    """What a push did: the version's full resource name and where its files went.

    `repeated`: the same files were there as this version already. `resumed`: a push that was killed was finished.
    `tried` is how many golden cases the version answered, `difference` the largest distance from the local numbers.
    `receipt` is the file that records it all; `notes` are sentences for the user, such as what it costs from now on.
    `gate` is the verdict that was recorded.
    """

    resource: str
    version: str
    model: str
    origin: str
    files: int
    bytes: int
    seconds: float
    default: bool
    repeated: bool = False
    resumed: bool = False
    tried: int = 0
    difference: float = 0.0
    traffic: int | None = None
    receipt: str = ""
    notes: tuple[str, ...] = ()
    gate: GateRecord = NO_GATE
