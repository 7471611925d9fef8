"""The `[check]` table: what the release gate is told beside the project itself."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from workbench.spec.errors import WorkbenchError
from workbench.spec.preprocess import Colour, Preprocess, check_fit
from workbench.spec.reader import Fit, parse_reader
from workbench.spec.scale import parse_scale

GOLDEN_FILE: Final = "golden.json"
"""Where accepted answers are kept, beside the project, unless it names another place."""


class TrainingSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How training read its images where the export is meant to read them otherwise; empty: as `[preprocess]` says."""

    reader: str = ""
    scale: str = ""
    fit: Fit | Literal[""] = ""
    colour: Colour | Literal[""] = ""


class CheckSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Images and limits of the release gate. Paths start at the project's folder.

    `images` are files and folders (with folders named after the classes: labelled), `values` a CSV or JSON lines
    file with their other keys. `seen` is an `.npz` of what training's own code made of some images: arrays by file
    name. `golden` is the file of accepted answers. `python` is the interpreter of another TensorFlow to try the
    export in. `allow_ops` are ops that the security check lets pass. `accuracy` is the least share of labelled images
    that must be right (0..1), `latency_ms` the most that one image may take at the 95th percentile; 0: no limit.
    """

    images: tuple[str, ...] = ()
    values: str = ""
    seen: str = ""
    golden: str = GOLDEN_FILE
    python: str = ""
    training: TrainingSettings = TrainingSettings()
    allow_ops: tuple[str, ...] = ()
    accuracy: float = 0.0
    latency_ms: float = 0.0


def training_path(preprocess: Preprocess, training: TrainingSettings) -> Preprocess:
    """The settings that training read its images with. Raises `WorkbenchError` BAD_READER, BAD_SCALE or BAD_FIT."""
    changes = {name: value for name in ("reader", "scale", "fit", "colour") if (value := getattr(training, name))}
    found = msgspec.structs.replace(preprocess, exact=True, **changes)
    parse_reader(found.reader)
    parse_scale(found.scale)
    check_fit(found)
    return found


def check_limits(settings: CheckSettings) -> None:
    """Raises `WorkbenchError` BAD_LIMIT for limits that nothing can meet or miss."""
    if not 0 <= settings.accuracy <= 1:
        raise WorkbenchError("BAD_LIMIT", f"An accuracy of {settings.accuracy} is none.", hint="Write 0 to 1.")
    if settings.latency_ms < 0:
        raise WorkbenchError("BAD_LIMIT", f"A latency of {settings.latency_ms} ms is none.", hint="Write 0 or more.")
