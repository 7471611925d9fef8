"""Without scikit-image nothing is proved, and nothing else answers in its place."""

from __future__ import annotations

import sys

import pytest
from pictures import encoded, photo

from workbench.core.training.image_reading import read_as_training
from workbench.core.training.skimage_reading import check_skimage
from workbench.spec.errors import WorkbenchError
from workbench.spec.preprocess import Preprocess


def test_without_scikit_image_its_readers_are_refused_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "skimage", None)
    settings = Preprocess(size=(8, 8), reader="skimage:1")
    with pytest.raises(WorkbenchError, match=r"not installed.*\[skimage\]") as caught:
        read_as_training([encoded(photo(20, 20), "JPEG")], settings, 3)
    assert caught.value.code == "NO_SKIMAGE"
    check_skimage(Preprocess(size=(8, 8), reader="pillow:box"))
