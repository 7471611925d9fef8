"""`PreviewReading` and `CompareReaders` over the engine's wire: no model, no export."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.core.progress import silent
from workbench.engine.handlers import HANDLERS
from workbench.spec import messages as m
from workbench.spec.errors import WorkbenchError
from workbench.spec.model import Progress, TensorFacts
from workbench.spec.preprocess import Preprocess
from workbench.spec.settings import TrainingSettings

NEAREST = Preprocess(size=(8, 8), reader="load_img:nearest")
TENSOR = TensorFacts("image", "float32", (None, 8, 8, 3))


def preview(folder: Path, training: TrainingSettings) -> m.AnyEvent:
    request = m.PreviewReading(
        id=4,
        preprocess=NEAREST,
        training=training,
        tensor=TENSOR,
        base=str(folder),
        sources=(str(folder / "gone"),),
        folder=str(folder),
    )
    assert m.decode_request(m.encode(request)) == request
    return HANDLERS[m.PreviewReading](request, silent, lambda event: None)


def test_a_reading_is_previewed_on_the_built_in_photograph_without_a_model(tmp_path: Path) -> None:
    found = preview(tmp_path, TrainingSettings())
    assert isinstance(found, m.ReadingPreviewed)
    assert found.id == 4
    assert Path(found.preview.source).name == "photo.jpg"
    assert found.preview.difference is not None
    assert found.preview.difference.exact
    assert m.decode_event(m.encode(found)) == found


def test_training_is_read_as_the_project_says_it_was(tmp_path: Path) -> None:
    found = preview(tmp_path, TrainingSettings(reader="load_img:box"))
    assert isinstance(found, m.ReadingPreviewed)
    assert found.preview.difference is not None
    assert found.preview.difference.largest > 1
    with pytest.raises(WorkbenchError, match="not a reader"):
        preview(tmp_path, TrainingSettings(reader="none"))


def test_readers_come_in_the_order_asked_for_with_progress(tmp_path: Path) -> None:
    source = preview(tmp_path, TrainingSettings())
    assert isinstance(source, m.ReadingPreviewed)
    readers = ("pillow:box", "load_img:nearest")
    request = m.CompareReaders(
        id=5,
        preprocess=NEAREST,
        readers=readers,
        tensor=TENSOR,
        base="",
        source=source.preview.source,
        folder=str(tmp_path),
    )
    steps: list[Progress] = []
    found = HANDLERS[m.CompareReaders](request, steps.append, lambda event: None)
    assert isinstance(found, m.ReadersCompared)
    assert tuple(one.reader for one in found.readers) == readers
    assert [one.difference is not None and one.difference.exact for one in found.readers] == [False, True]
    assert [(step.done, step.total) for step in steps] == [(1, 2), (2, 2)]
    assert m.decode_event(m.encode(found)) == found
