"""One image as training's library and as the graph read it, beside what Pillow and OpenCV themselves give."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageOps

from workbench.core.predict.reading_preview import KEPT, ReadingInspector, compare_readers, first_image
from workbench.spec.errors import WorkbenchError
from workbench.spec.model import TensorFacts
from workbench.spec.preprocess import Preprocess
from workbench.spec.reading_preview import ReadingPreview
from workbench.spec.resources import resource

TENSOR = TensorFacts("image", "float32", (None, 48, 64, 3))
BILINEAR = Preprocess(size=(48, 64), reader="load_img:bilinear", scale="-1..1")
PHOTO = resource("photo.jpg")


@pytest.fixture(scope="module")
def inspector() -> ReadingInspector:
    return ReadingInspector()


def look(
    inspector: ReadingInspector, folder: Path, settings: Preprocess, trained: Preprocess, source: Path = PHOTO
) -> ReadingPreview:
    return inspector.look(source, settings, trained, TENSOR, folder)


def levels(path: str) -> npt.NDArray[np.float64]:
    return np.asarray(Image.open(path), "float64")


def by_pillow(resample: Image.Resampling) -> npt.NDArray[np.float64]:
    return np.asarray(Image.open(PHOTO).resize((64, 48), resample), "float64")


def test_both_sides_show_what_pillow_gives_and_do_not_differ(inspector: ReadingInspector, tmp_path: Path) -> None:
    seen = look(inspector, tmp_path, BILINEAR, BILINEAR)
    assert seen.training is not None
    assert seen.serving is not None
    assert seen.difference is not None
    assert seen.difference.exact
    assert seen.difference.path == ""
    for side in (seen.training, seen.serving):
        assert np.array_equal(levels(side.path), by_pillow(Image.Resampling.BILINEAR))
        assert side.shape == (48, 64, 3)
        assert side.low == pytest.approx(levels(side.path).min() / 127.5 - 1)


def test_another_way_of_training_differs_by_what_pillow_says(inspector: ReadingInspector, tmp_path: Path) -> None:
    trained = msgspec.structs.replace(BILINEAR, reader="load_img:nearest")
    found = look(inspector, tmp_path, BILINEAR, trained).difference
    assert found is not None
    wanted = np.abs(by_pillow(Image.Resampling.BILINEAR) - by_pillow(Image.Resampling.NEAREST))
    assert found.largest == pytest.approx(wanted.max(), abs=1e-4)
    assert found.mean == pytest.approx(wanted.mean(), abs=1e-4)
    assert found.differing == pytest.approx(np.mean(wanted > 0))
    assert np.array_equal(levels(found.path), (wanted.max(-1) * found.gain).round())


def test_the_order_of_channels_is_the_networks_and_the_pictures_are_the_eyes(
    inspector: ReadingInspector, tmp_path: Path
) -> None:
    trained = msgspec.structs.replace(BILINEAR, colour="bgr")
    seen = look(inspector, tmp_path, BILINEAR, trained)
    assert seen.training is not None
    assert seen.serving is not None
    assert seen.difference is not None
    assert np.array_equal(levels(seen.training.path), levels(seen.serving.path))
    assert seen.training.mean == pytest.approx(seen.serving.mean[::-1])
    assert seen.difference.largest > 10


def test_a_library_that_is_not_installed_leaves_the_graphs_picture_and_says_what_to_install(
    inspector: ReadingInspector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    settings = msgspec.structs.replace(BILINEAR, reader="cv2:nearest")
    seen = look(inspector, tmp_path, settings, settings)
    assert seen.training_error is not None
    assert seen.training_error.code == "NO_OPENCV"
    assert "[opencv]" in seen.training_error.hint
    assert (seen.training, seen.difference) == (None, None)
    assert seen.serving is not None


def test_an_image_that_serving_rejects_is_told_in_its_place(inspector: ReadingInspector, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.open(PHOTO).save(path)
    seen = look(inspector, tmp_path, BILINEAR, BILINEAR, path)
    assert seen.serving_error is not None
    assert seen.serving_error.code == "UNDECLARED_FORMAT"
    assert "PNG" in seen.serving_error.message
    assert seen.serving is None
    assert seen.training is not None


def test_settings_that_do_not_go_together_are_told_on_both_sides(inspector: ReadingInspector, tmp_path: Path) -> None:
    settings = msgspec.structs.replace(BILINEAR, alpha="white")
    seen = look(inspector, tmp_path, settings, settings)
    errors = (seen.training_error, seen.serving_error)
    assert [error and error.code for error in errors] == ["BAD_ALPHA", "BAD_ALPHA"]


def test_graphs_are_kept_for_those_who_go_to_and_fro(tmp_path: Path) -> None:
    inspector = ReadingInspector()
    nearest = msgspec.structs.replace(BILINEAR, reader="load_img:nearest")
    for height in (*range(10, 11 + KEPT), 10):
        for scale in ("0..1", "caffe"):
            settings = msgspec.structs.replace(nearest, size=(height, 64), scale=scale)
            seen = look(inspector, tmp_path, settings, settings)
            assert seen.difference is not None
            assert seen.difference.exact
            assert seen.serving is not None
            assert seen.serving.shape == (height, 64, 3)
    assert len(inspector._graphs) == KEPT


def test_readers_are_compared_with_the_one_chosen_and_failures_are_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "skimage.transform", None)
    readers = ("load_img:bilinear", "load_img:box", "skimage:1")
    same, box, missing = compare_readers(PHOTO, BILINEAR, readers, TENSOR, tmp_path)
    assert same.difference is not None
    assert same.difference.exact
    assert box.difference is not None
    assert box.seen is not None
    wanted = np.abs(by_pillow(Image.Resampling.BOX) - by_pillow(Image.Resampling.BILINEAR))
    assert box.difference.mean == pytest.approx(wanted.mean(), abs=1e-4)
    assert np.array_equal(levels(box.seen.path), by_pillow(Image.Resampling.BOX))
    assert missing.error is not None
    assert missing.error.code == "NO_SKIMAGE"
    assert missing.seen is None


def test_the_first_image_that_is_there_counts_and_the_photograph_where_none_is(tmp_path: Path) -> None:
    folder = tmp_path / "images"
    folder.mkdir()
    (folder / "img10.jpg").write_bytes(b"x")
    (folder / "img2.jpg").write_bytes(b"x")
    empty, gone = tmp_path / "empty", str(tmp_path / "gone.jpg")
    empty.mkdir()
    assert first_image([gone, str(empty), str(folder)]) == folder / "img2.jpg"
    assert first_image([str(folder / "img10.jpg"), str(folder)]) == folder / "img10.jpg"
    assert first_image([gone, str(empty)]) == PHOTO


def test_the_photograph_is_one_that_every_reader_takes() -> None:
    with Image.open(PHOTO) as photo:
        assert (photo.format, photo.mode) == ("JPEG", "RGB")
        assert b"CC0" in bytes(photo.info["comment"])
        assert ImageOps.exif_transpose(photo).size == photo.size
    assert io.BytesIO(PHOTO.read_bytes()).getbuffer().nbytes < 100_000


def test_a_file_that_cannot_be_read_is_refused_whole(inspector: ReadingInspector, tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").write_bytes(b"")
    with pytest.raises(WorkbenchError) as caught:
        look(inspector, tmp_path, BILINEAR, BILINEAR, tmp_path / "empty.jpg")
    assert caught.value.code == "EMPTY_FILE"
