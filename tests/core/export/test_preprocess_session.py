"""The preprocessing of an export alone gives the numbers that the export itself gives its model."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from support import REFERENCE

from workbench.core.export.preprocess_session import PreprocessSession, channels_of
from workbench.core.savedmodel.opening import open_session
from workbench.spec.errors import WorkbenchError
from workbench.spec.model import TensorFacts
from workbench.spec.project import Project
from workbench.spec.tensors import pixel_tensor

IMAGE = (REFERENCE / "images" / "img00.jpg").read_bytes()


def test_it_reads_an_image_as_the_whole_export_does(
    exported: Callable[[str], Path], reference_project: Callable[[str], Project]
) -> None:
    with closing(open_session(exported("tiny_cnn"))) as export:
        serving = export.signatures["serving_default"]
        columns = {alias: [IMAGE if alias == "input" else b""] for alias in serving.inputs}
        (wanted,) = export.fetch([pixel_tensor("input")], "serving_default", columns)
    settings = reference_project("tiny_cnn").preprocess
    assert settings is not None
    with closing(PreprocessSession(settings, TensorFacts("image", "float32", wanted.shape))) as session:
        found = session.read(IMAGE)
        assert np.array_equal(found, wanted[0])
        with pytest.raises(WorkbenchError, match="UNDECLARED_FORMAT") as caught:
            session.read(b"GIF89a no image")
    assert caught.value.code == "RUN_FAILED"


@pytest.mark.parametrize(("shape", "channels"), [((None, 8, 8, 1), 1), ((None, 8, 8, None), 3), (None, 3)])
def test_an_open_number_of_channels_is_three(shape: tuple[int | None, ...] | None, channels: int) -> None:
    assert channels_of(TensorFacts("image", "float32", shape)) == channels
