"""The verbs that preview how an image is read, before there is an export."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.progress import Report, silent
from workbench.spec.model import Progress, TensorFacts
from workbench.spec.preprocess import Preprocess
from workbench.spec.reading_preview import ReaderPreview, ReadingPreview
from workbench.spec.settings import TrainingSettings

if TYPE_CHECKING:
    from workbench.core.predict.reading_preview import ReadingInspector


def reading_inspector() -> ReadingInspector:
    """What `preview_reading` takes; it keeps the graphs used last."""
    from workbench.core.predict.reading_preview import ReadingInspector

    return ReadingInspector()


def first_image(sources: Iterable[str]) -> Path:
    """The first image of files and folders, else the built-in photograph. Raises `WorkbenchError` CANNOT_READ."""
    from workbench.core.predict.reading_preview import first_image as find

    return find(sources)


def preview_reading(
    inspector: ReadingInspector,
    source: Path,
    preprocess: Preprocess,
    training: TrainingSettings,
    tensor: TensorFacts,
    base: Path,
    folder: Path,
) -> ReadingPreview:
    """How training's library and the graph of an export read an image for a model input, as PNGs in `folder`.

    Raises `WorkbenchError` CANNOT_READ, EMPTY_FILE or TOO_LARGE, and as `training_path` does.
    """
    from workbench.spec.settings import training_path
    from workbench.spec.step_files import located

    settings, trained = located(preprocess, base), located(training_path(preprocess, training), base)
    return inspector.look(source, settings, trained, tensor, folder)


def compare_readers(
    source: Path,
    preprocess: Preprocess,
    readers: Sequence[str],
    tensor: TensorFacts,
    base: Path,
    folder: Path,
    report: Report = silent,
) -> tuple[ReaderPreview, ...]:
    """What the library of each reader makes of an image, beside `preprocess`, as PNGs in `folder`.

    Raises `WorkbenchError` CANNOT_READ, EMPTY_FILE or TOO_LARGE.
    """
    from workbench.core.predict.reading_preview import compare_readers as compare
    from workbench.spec.step_files import located

    found: list[ReaderPreview] = []
    for one in compare(source, located(preprocess, base), readers, tensor, folder):
        found.append(one)
        report(Progress("Comparing image loading", len(found), len(readers)))
    return tuple(found)
