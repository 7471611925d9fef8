"""Which of a picture's settings mean anything beside the others; irrelevant ones are reset to their defaults. Pure."""

from __future__ import annotations

from typing import Final

import msgspec

from workbench.spec.errors import WorkbenchError
from workbench.spec.preprocess import Preprocess
from workbench.spec.reader import parse_reader
from workbench.spec.step_rules import SHORT_FORM

ALWAYS: Final = ("size", "reader", "scale", "formats", "fit")
"""Settings everybody looks for first."""

RARE: Final = ("exif", "alpha", "colour", "pillow", "exact", "opencv", "grey", "dct")
"""Settings behind "More"."""

_DEFAULTS: Final = {f.name: f.default for f in msgspec.structs.fields(Preprocess)}


def relevant(preprocess: Preprocess, channels: int) -> set[str]:
    """The settings that change the picture a model of so many channels gets."""
    found = {*ALWAYS, "exif"}
    if preprocess.as_sent:
        found.discard("fit")  # Nothing is resized.
    if preprocess.steps:
        found -= set(SHORT_FORM)
    if preprocess.formats != "jpeg" and channels != 4:
        found.add("alpha")  # A JPEG has none, and a model of four channels takes it as it is.
    if channels != 1 and not preprocess.steps:
        found.add("colour")
    if not preprocess.as_sent:
        found |= set(_options(preprocess.reader))
    if _depends_on_release(preprocess, channels):
        found.add("opencv")
    return found if channels == 1 else found - {"grey"}


def shown(preprocess: Preprocess, channels: int) -> set[str]:
    """The settings to show: the relevant ones, and those a project file has set all the same."""
    fit = {"fit"} if preprocess.fit != _DEFAULTS["fit"] else set()
    return relevant(preprocess, channels) | set(changed(preprocess)) | fit


def changed(preprocess: Preprocess) -> list[str]:
    """The rare settings that are not at their defaults."""
    return [name for name in RARE if getattr(preprocess, name) != _DEFAULTS[name]]


def tidy(preprocess: Preprocess, channels: int) -> Preprocess:
    """The settings with every irrelevant one reset to its default."""
    useful = relevant(preprocess, channels)
    idle = {name: _DEFAULTS[name] for name in ("fit", *RARE) if name not in useful}
    return msgspec.structs.replace(preprocess, **idle)


def _depends_on_release(preprocess: Preprocess, channels: int) -> bool:
    """Whether releases of OpenCV differ beside the kernel: in cvtColor's grey, and in the EXIF of a PNG."""
    try:
        ours = parse_reader(preprocess.reader).family == "cv2"
        turned = preprocess.turns and preprocess.formats != "jpeg"
    except WorkbenchError:
        return False
    return ours and (turned or (channels == 1 and preprocess.grey == "cvtColor"))


def _options(reader: str) -> tuple[str, ...]:
    """The rare settings that mean something to a reader; none to one that is none."""
    try:
        return parse_reader(reader).options
    except WorkbenchError:
        return ()
