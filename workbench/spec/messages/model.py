"""The wire's requests and events about model files, consent, exports and signatures."""

from __future__ import annotations

from workbench.spec.access import CodeRole
from workbench.spec.manifest import ExportManifest
from workbench.spec.messages.base import Event, Request
from workbench.spec.model import ExportResult, ModelFacts
from workbench.spec.project import Project
from workbench.spec.tensors import SignatureSpec


class ReadProject(Request, frozen=True):
    """Read a project file, which may come from anybody. Answer: `ProjectRead`."""

    path: str


class ProjectRead(Event, frozen=True):
    """The answer to `ReadProject`; ends the job."""

    project: Project


class Inspect(Request, frozen=True):
    """Read a model's facts without running it. Answer: `ModelFactsRead`.

    `custom` and `architecture` are files the user named for it, empty for none.
    """

    path: str
    custom: str = ""
    architecture: str = ""


class LoadFacts(Request, frozen=True):
    """Load the model and answer its facts with exact output shapes. Answer: `ModelFactsRead`."""

    path: str
    custom: str = ""
    architecture: str = ""


class SetTrust(Request, frozen=True):
    """The user allows this very file to run its code, or takes that back. Remembered. Answer: `ModelFactsRead`."""

    path: str
    allow: bool = True


class AllowCode(Request, frozen=True):
    """The user allows a file that a project names to run, or takes that back. Remembered. Answer: `Allowed`."""

    path: str
    role: CodeRole
    allow: bool = True


class AllowHost(Request, frozen=True):
    """The user lets the host of an address receive the account's tokens. Remembered. Answer: `Allowed`."""

    address: str
    allow: bool = True


class ReadSignatures(Request, frozen=True):
    """Read the signatures of a SavedModel directory, anybody's, without TensorFlow. Answer: `SignaturesRead`."""

    path: str


class Export(Request, frozen=True):
    """Make (or find) the export of a project. `base` is the folder its paths start from."""

    project: Project
    base: str
    output: str = ""


class ModelFactsRead(Event, frozen=True):
    """The answer to `Inspect`, `LoadFacts` and `SetTrust`; ends the job."""

    facts: ModelFacts


class Allowed(Event, frozen=True):
    """The answer to `AllowCode` and `AllowHost`; ends the job. `what` is the file or the host."""

    what: str


class SignaturesRead(Event, frozen=True):
    """The answer to `ReadSignatures`; ends the job. `fingerprint` is ours, empty for a foreign export.

    `manifest` is what an export of ours says of itself, without its golden cases, `trouble` why it cannot be read.
    """

    signatures: dict[str, SignatureSpec]
    tags: tuple[str, ...]
    tensorflow_version: str
    fingerprint: str = ""
    manifest: ExportManifest | None = None
    trouble: str = ""


class Exported(Event, frozen=True):
    """The answer to `Export`; ends the job."""

    result: ExportResult
