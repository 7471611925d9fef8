"""The verbs that find how training read its images."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.progress import Report, silent
from workbench.spec.errors import WorkbenchError
from workbench.spec.preprocess import Preprocess
from workbench.spec.project import Project
from workbench.spec.reading_found import ReadingFound

if TYPE_CHECKING:
    from workbench.core.training.label_trial import LabelledImage
    from workbench.spec.reading_match import ArrayMatch, LabelMatch

ANY_FORMAT = Preprocess(size=(1, 1), formats="any")
"""Where no project says otherwise."""


def match_code(text: str) -> tuple[ReadingFound, ...]:
    """How training code reads its images, the likeliest way first; it is parsed, never run.

    Raises `WorkbenchError` NOT_PYTHON, NO_READING.
    """
    from workbench.core.match.code_reading import reading_from_code

    return reading_from_code(text)


def match_arrays(
    images: Sequence[str | Path], seen: Path, base: Preprocess | None = None, report: Report = silent
) -> ArrayMatch:
    """The ways to read images that come nearest to the arrays in `seen` (`.npz`, by file name), the nearest first.

    Raises `WorkbenchError` NO_FILE, NO_INPUTS, BAD_SEEN, NO_PAIRS, NOT_READ.
    """
    from workbench.core.instances.sources import expand
    from workbench.core.match.array_pairs import pairs_of
    from workbench.core.match.array_search import match_arrays as search
    from workbench.core.training.seen_arrays import seen_arrays

    pairs = pairs_of([Path(path) for path in expand(images)], seen_arrays(seen))
    return search(pairs, base or ANY_FORMAT, report)


def match_labels(folders: Sequence[str | Path], project: Project, base: Path, report: Report = silent) -> LabelMatch:
    """The ways to read the images of one folder of class folders by which a project's model answers best, best first.

    The project's paths start at `base`. Raises `WorkbenchError` NO_CLASSES, BAD_LABELS, FEW_LABELS, SEVERAL_INPUTS,
    NOT_READ, and what loading raises.
    """
    from workbench.core.model.load import load_scanned
    from workbench.core.model.load_permission import extras_of, options_for, scan
    from workbench.core.training.label_search import match_labels as search
    from workbench.spec.image_feeds import pictures

    folder, named = _only(folders), extras_of(project, base)
    facts = scan(base / project.model, named, report)
    model = load_scanned(facts, report, options_for(facts, named))
    feeds = pictures(model.facts, project)
    if len(model.facts.inputs) != 1 or not feeds:
        text = f"The model has {len(model.facts.inputs)} inputs: its predictions depend on more than the image."
        raise WorkbenchError("SEVERAL_INPUTS", text, hint="Match from arrays (--seen) or from code (--code) instead.")
    output = scores_place(project, [tensor.name for tensor in model.facts.outputs])
    width = (model.facts.outputs[output].shape or (None,))[-1] or 0
    images = _labelled(folder, project, 2 if width == 1 else width)
    channels = (feeds[0].tensor.shape or (None,) * 4)[3] or 3
    return search(images, lambda x, _: model.predict([x])[output], feeds[0].preprocess, channels, report)


def _only(folders: Sequence[str | Path]) -> Path:
    if len(folders) != 1:
        hint = "Give one folder that has one folder of images per class."
        raise WorkbenchError("NO_CLASSES", "Labelled images are those of one folder with class folders.", hint=hint)
    return Path(folders[0])


def scores_place(project: Project, outputs: Sequence[str]) -> int:
    """Which output holds the scores: the one named by the project, else the first."""
    wanted = project.signature.scores_of
    return list(outputs).index(wanted) if wanted in outputs else 0


def _labelled(folder: Path, project: Project, width: int) -> list[LabelledImage]:
    from workbench.core.instances.class_folders import classes_of
    from workbench.core.instances.sources import expand
    from workbench.core.match.class_folders import class_places, labelled

    paths = expand([folder])
    classes = classes_of(folder, paths)
    if not any(classes):
        text = "The images are not in class folders."
        raise WorkbenchError("NO_CLASSES", text, where=str(folder), hint="Use one folder of images per class.")
    return labelled(dict(zip(paths, classes, strict=True)), class_places(classes, project.signature.labels, width))
