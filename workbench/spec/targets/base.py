"""Base class of the kinds of target: facts of the kind, and methods of one target's settings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import ClassVar, Final, Literal, NamedTuple, Self

import msgspec

from workbench.spec.errors import WorkbenchError
from workbench.spec.limits import NO_LIMITS, Limits
from workbench.spec.model import Problem

BUCKET_PERMISSIONS: Final = ("storage.objects.create", "storage.objects.get", "storage.objects.list")
"""What staging an export takes."""


class Machine(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a version runs on, where a push says it otherwise than the target; empty fields leave it as it is."""

    machine_type: str = ""
    min_nodes: int | None = None
    max_nodes: int | None = None
    accelerator: str = ""
    accelerators: int = 1
    labels: dict[str, str] = {}
    description: str = ""


class NameRule(msgspec.Struct, frozen=True, kw_only=True):
    """Which names a target takes. `pattern` is of the whole name, `refusal` a sentence about `{name}`.

    `longest` (characters) and `lower` say how a name is made that is taken.
    """

    pattern: str
    refusal: str
    hint: str
    longest: int = 128
    lower: bool = False

    def check(self, name: str) -> str:
        """Return `name` if it is taken. Raises `WorkbenchError` BAD_NAME."""
        if not re.fullmatch(self.pattern, name):
            raise WorkbenchError("BAD_NAME", self.refusal.format(name=name), hint=self.hint)
        return name

    def suggest(self, stem: str) -> str:
        """A file's stem as a name: letters, digits and `_`, a letter first."""
        name = re.sub(r"[^A-Za-z0-9]+", "_", stem).strip("_")
        name = (name if name[:1].isalpha() else f"model_{name}".rstrip("_"))[: self.longest]
        return name.lower() if self.lower else name


class TargetKind(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of one kind, for people and for the code that would otherwise ask which kind a target is of.

    `first_fields` are the settings that a form asks for at once, `choices` the usual values of a setting,
    `new_values` what a new target's form holds where that is not the setting's default. `warning` is
    what has to be known before a target of this kind is used. `practice`: the Workbench runs its server, which makes
    the buckets it is asked for. `files_only`: versions are listed and tried on this machine, no server is asked.
    `batch_reads_records`: batch jobs read TFRecords and gzipped files, not only plain JSON lines.
    """

    title: str
    about: str
    icon: str
    model_name: NameRule
    version_name: NameRule
    first_fields: tuple[str, ...]
    choices: dict[str, tuple[str, ...]] = {}
    new_values: dict[str, str] = {}
    warning: str = ""
    bucket_permissions: tuple[str, ...] = BUCKET_PERMISSIONS
    project_permissions: tuple[str, ...] = ()
    practice: bool = False
    files_only: bool = False
    splits_traffic: bool = False
    runs_batches: bool = False
    batch_reads_records: bool = False


class ImageStatus(NamedTuple):
    """Whether the service still maintains an image of its own, and the sentence that says so (empty while it does)."""

    state: Literal["supported", "unpatched", "removed"]
    text: str = ""


class Target(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One target: a `[targets.NAME]` table. What a kind has nothing to say of stays as it is here."""

    kind: ClassVar[str]
    facts: ClassVar[TargetKind]

    def endpoint(self) -> str:
        """The address of the target's API, without a slash at the end; empty if it has none."""
        return ""

    def predict_url(self, model: str, version: str = "") -> str:
        """The address that online predictions of a version are posted to, without `version` of the default one.

        Empty where the settings alone do not say it: there is no server, or the service names its endpoints itself.
        """
        return ""

    def storage(self) -> str:
        """The address of the storage API; empty for Google's own."""
        return self.endpoint()

    def tensorflow(self) -> str:
        """The TensorFlow release that a version has to load in there, such as "2.15"; empty if it is not known."""
        return ""

    def limits(self) -> Limits:
        """What the target takes at most."""
        return NO_LIMITS

    def location(self) -> tuple[str, ...]:
        """Where it is, in parts for people: project, region and bucket, or a path or address."""
        return (self.endpoint(),)

    def staging_place(self) -> str:
        """The bucket, or bucket and prefix, that files are sent to; empty if they are sent to none."""
        return ""

    def on_disk(self) -> bool:
        """Whether its versions are on this machine's disk: no account and no request is needed."""
        return False

    def is_closed(self) -> bool:
        """Whether the service that it names has been shut down."""
        return False

    def warning(self) -> str:
        """What has to be known before anything is asked of this target; empty if there is nothing."""
        return self.facts.warning

    def image_status(self, today: date) -> ImageStatus:
        """Whether the service's own image that the target names is still maintained on a day."""
        return ImageStatus("supported")

    def image_advice(self) -> str:
        """What to use in the place of such an image."""
        return ""

    def image_note(self) -> str:
        """That the service no longer maintains the image, and what to use in its place; empty while it does."""
        text = self.image_status(date.today()).text
        return f"{text} {self.image_advice()}" if text else ""

    def problems(self) -> Iterator[Problem]:
        """What is wrong with the settings, each with its field."""
        yield from ()

    def at_base(self, base: Path) -> Self:
        """The target with relative paths taken as from `base`."""
        return self

    def usual_machine(self) -> str | None:
        """The machine type that versions run on, empty for the service's own; `None` if there is none to choose."""
        return None

    def on_machine(self, machine: Machine) -> Self:
        """The target with that machine. Raises `WorkbenchError` NO_MACHINE if it has none to choose."""
        text = f"A {self.kind} target has no machine settings."
        raise WorkbenchError("NO_MACHINE", text, hint="Omit the machine, labels and description.")

    def push_costs(self, *, default: bool, traffic: int | None) -> tuple[str, ...]:
        """What a push costs or cannot take back, in sentences; `traffic` is in percent."""
        return ()

    def traffic_costs(self) -> tuple[str, ...]:
        """What it costs to send requests to a version that received none."""
        return ()
