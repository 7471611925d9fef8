"""The preprocessing of an export alone gives the numbers that the export itself gives its model."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from support import REFERENCE

from workbench.core.export.frozen_preprocess import channels_of, geometry_of, geometry_session, values_session
from workbench.core.export.preprocess import preprocess_function
from workbench.core.lazy import tensorflow
from workbench.core.savedmodel.opening import open_session
from workbench.spec.errors import WorkbenchError
from workbench.spec.model import TensorFacts
from workbench.spec.preprocess import Preprocess
from workbench.spec.project import Project
from workbench.spec.tensors import pixel_tensor

IMAGE = (REFERENCE / "images" / "img00.jpg").read_bytes()
TENSOR = TensorFacts("image", "float32", (None, 24, 32, 3))
CROP = ("shorter_side 40", "center_crop 24x32")


def read(settings: Preprocess, tensor: TensorFacts, data: bytes = IMAGE) -> npt.NDArray[Any]:
    with (
        closing(geometry_session(geometry_of(settings), tensor)) as geometry,
        closing(values_session(settings, tensor)) as values,
    ):
        return values.run(geometry.run([data]))


def test_it_reads_an_image_as_the_whole_export_does(
    exported: Callable[[str], Path], reference_project: Callable[[str], Project]
) -> None:
    with closing(open_session(exported("tiny_cnn"))) as export:
        serving = export.signatures["serving_default"]
        columns = {alias: [IMAGE if alias == "input" else b""] for alias in serving.inputs}
        (wanted,) = export.fetch([pixel_tensor("input")], "serving_default", columns)
    settings = reference_project("tiny_cnn").preprocess
    assert settings is not None
    tensor = TensorFacts("image", "float32", wanted.shape)
    assert np.array_equal(read(settings, tensor), wanted)
    with pytest.raises(WorkbenchError, match="UNDECLARED_FORMAT") as caught:
        read(settings, tensor, b"GIF89a no image")
    assert caught.value.code == "RUN_FAILED"


@pytest.mark.parametrize(
    "settings",
    [
        Preprocess(size=(24, 32), scale="caffe"),
        Preprocess(size=(24, 32), scale="torch", colour="bgr", fit="crop"),
        Preprocess(size="as sent", scale="-1..1"),
        Preprocess(size=(24, 32), steps=(*CROP, "reverse_channels", "scale -1..1", "samplewise_center")),
        Preprocess(size=(24, 32), steps=CROP),
    ],
)
def test_two_pieces_give_the_numbers_of_the_whole(settings: Preprocess) -> None:
    tensor = TensorFacts("image", "float32", (None, None, None, 3)) if settings.as_sent else TENSOR
    whole = preprocess_function(settings, 3)(tensorflow().constant([IMAGE]))
    assert np.array_equal(read(settings, tensor), np.asarray(whole))


def test_the_numbers_have_the_dtype_of_the_model_input() -> None:
    settings = Preprocess(size=(24, 32), scale="0..255")
    assert read(settings, TensorFacts("image", "uint8", (None, 24, 32, 3))).dtype == np.uint8


def test_settings_that_do_not_go_together_are_refused_whichever_piece_they_are_of() -> None:
    with pytest.raises(WorkbenchError) as caught:
        values_session(Preprocess(size=(24, 32), scale="mean/std:/"), TENSOR)
    assert caught.value.code == "BAD_SCALE"
    with pytest.raises(WorkbenchError) as caught:
        values_session(Preprocess(size=(24, 32), alpha="white"), TENSOR)
    assert caught.value.code == "BAD_ALPHA"


@pytest.mark.parametrize(("shape", "channels"), [((None, 8, 8, 1), 1), ((None, 8, 8, None), 3), (None, 3)])
def test_an_open_number_of_channels_is_three(shape: tuple[int | None, ...] | None, channels: int) -> None:
    assert channels_of(TensorFacts("image", "float32", shape)) == channels
