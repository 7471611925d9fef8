"""Images in folders named after classes, with the index of each class among a model's scores."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from workbench.core.training.label_trial import LabelledImage
from workbench.spec.errors import WorkbenchError


def class_places(folders: Iterable[str], labels: Sequence[str], width: int) -> dict[str, int]:
    """The index of each class folder among the scores: by the project's labels, else in Keras' order of folders.

    Raises `WorkbenchError` BAD_LABELS if a folder is not a class of the model.
    """
    names = sorted(set(folders))
    places = {name: place for place, name in enumerate(labels or (names if len(names) == width else ()))}
    places = places or {str(place): place for place in range(width)}
    strange = [name for name in names if places.get(name, width) >= width]
    if strange:
        text = f"The folder '{strange[0]}' is not one of the model's {width} classes."
        hint = "Name the folders after the project's labels, or use one folder per class in Keras' order."
        raise WorkbenchError("BAD_LABELS", text, hint=hint)
    return places


def labelled(paths: Mapping[str, str], places: Mapping[str, int]) -> list[LabelledImage]:
    """The images with the class of each; `places` gives the index by class."""
    return [LabelledImage(Path(path).read_bytes(), places[name]) for path, name in paths.items()]
