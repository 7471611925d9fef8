"""What the network sees: the same of an image and of a record that holds it, whichever kind of file it lies in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image
from support import REFERENCE

from workbench.core.data.instance_schema import default_schema
from workbench.core.data.prepare import PrepareOrder, prepare
from workbench.core.predict.input_preview import InputInspector
from workbench.core.progress import silent
from workbench.spec.errors import WorkbenchError
from workbench.spec.preprocess import Preprocess
from workbench.spec.project import Project
from workbench.spec.row_summary import InputPreview

IMAGES = [REFERENCE / "images" / name for name in ("img00.jpg", "img01.jpg", "img02.jpg")]


@pytest.fixture(scope="module")
def eye(exported: Callable[[str], Path]) -> Iterator[InputInspector]:
    found = InputInspector(exported("tiny_cnn"))
    yield found
    found.close()


@pytest.fixture(scope="module")
def scales(reference_project: Callable[[str], Project]) -> dict[str, Preprocess]:
    preprocess = reference_project("tiny_cnn").preprocess
    assert preprocess is not None
    return {"input": preprocess}


def told(seen: list[InputPreview]) -> list[tuple[InputPreview, bytes]]:
    """What was seen and the files made of it, whatever they are called."""
    files = [Path(one.path).read_bytes() + Path(one.values).read_bytes() for one in seen]
    return [(msgspec.structs.replace(one, path="", values=""), made) for one, made in zip(seen, files, strict=True)]


def test_the_numbers_of_the_network_are_written_beside_the_picture(
    eye: InputInspector, scales: dict[str, Preprocess], tmp_path: Path
) -> None:
    (seen,) = eye.look(str(IMAGES[0]), {}, {}, scales, tmp_path)
    values = np.fromfile(seen.values, "<f4").reshape(seen.shape)
    assert (values.min(), values.max()) == (np.float32(seen.low), np.float32(seen.high))
    assert values.mean((0, 1)) == pytest.approx(seen.mean, rel=1e-5)
    with Image.open(seen.path) as picture:
        levels = np.asarray(picture).astype(float).ravel()
    # Scaling is a straight line, so the picture's grey levels and the numbers go together.
    assert np.corrcoef(levels, values.ravel())[0, 1] > 0.999


@pytest.mark.parametrize("name", ["a.jsonl", "a.npz", "a.tfrecord", "a.jsonl.gz"])
def test_a_record_is_seen_as_the_image_it_holds(
    eye: InputInspector, scales: dict[str, Preprocess], tmp_path: Path, name: str
) -> None:
    prepare(PrepareOrder(inputs=IMAGES, output=tmp_path / name, wanted=default_schema()), silent)
    ones = [told(eye.look(str(image), {}, {}, scales, tmp_path)) for image in IMAGES]
    assert len({picture for [(_, picture)] in ones}) == len(IMAGES)
    for number, one in enumerate(ones, 1):
        assert told(eye.look_at_record(tmp_path / name, number, {}, scales, tmp_path)) == one


def test_a_record_that_is_not_there_is_an_error(
    eye: InputInspector, scales: dict[str, Preprocess], tmp_path: Path
) -> None:
    prepare(PrepareOrder(inputs=IMAGES, output=tmp_path / "a.jsonl", wanted=default_schema()), silent)
    with pytest.raises(WorkbenchError) as caught:
        eye.look_at_record(tmp_path / "a.jsonl", 4, {}, scales, tmp_path)
    assert caught.value.code == "NO_RECORD"
