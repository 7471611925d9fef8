"""Across modules. The preprocessing graph itself: what it needs of a runtime, where it runs, and why its sums are
exact."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pictures import encoded, photo, read
from PIL import Image

from workbench.core.export.freeze import freeze_preprocess
from workbench.core.export.pixels.kernels import KERNELS as WEIGHTS
from workbench.core.export.pixels.kernels import PRECISION_BITS, ResizeAxis, blocks
from workbench.core.export.pixels.passes import HIGH_BITS, LOW_BITS, WIDEST_SINGLE
from workbench.core.export.preprocess import preprocess_function
from workbench.core.lazy import tensorflow
from workbench.core.savedmodel.reach import reach
from workbench.spec.preprocess import Alpha, Formats, Preprocess
from workbench.spec.reader_family import KERNELS, OPENCV_KERNELS

VARIETIES: list[dict[str, Any]] = [
    *({"reader": f"load_img:{kernel}"} for kernel in KERNELS),
    {"reader": "load_img:lanczos", "fit": "crop", "exif": "turn", "pillow": "13", "colour": "bgr", "scale": "caffe"},
    {"reader": "load_img:bicubic", "fit": "pad", "exact": False, "scale": "torch"},
    {"reader": "image_dataset", "fit": "crop", "exif": "turn"},
    {"reader": "image_dataset", "fit": "pad", "scale": "-1..1"},
    {"reader": "tf1", "fit": "pad", "scale": "mean/std:1,2,3/4,5,6"},
    {"reader": "tf:gaussian+antialias", "steps": ("letterbox 9x8 1,2,3", "per_image_standardization")},
    {"reader": "tf:area", "dct": "accurate", "steps": ("central_fraction 0.8", "resize 9x8", "samplewise_std")},
    {"reader": "imresize:bilinear+float", "steps": ("shorter_side 12 round", "center_crop 9x8")},
    {"reader": "skimage:3"},
    {"reader": "pillow:bicubic", "steps": ("draft 9x8", "thumbnail 9x8", "resize 9x8 reducing_gap 2")},
    *({"reader": f"cv2:{kernel}"} for kernel in OPENCV_KERNELS),
    {"reader": "cv2:nearest_exact", "opencv": "4"},
    {"reader": "cv2:cubic", "opencv": "4.2", "grey": "cvtColor"},
]


@pytest.mark.parametrize(
    ("formats", "channels"),
    [
        ("jpeg", 3),
        ("jpeg+png", 1),
        ("jpeg+png", 4),
        *(pytest.param(*case, marks=pytest.mark.heavy) for case in (("jpeg", 1), ("jpeg", 4), ("jpeg+png", 3))),
    ],
)
def test_every_choice_is_read_by_tensorflow_1_15(tmp_path: Path, formats: Formats, channels: int) -> None:
    tf1 = tensorflow().compat.v1
    coloured = channels == 3
    for number, settings in enumerate(VARIETIES if coloured else [VARIETIES[i] for i in (0, 3, 7, 8, -1)]):
        opencv = settings["reader"].startswith("cv2:")
        if opencv and channels == 4:
            continue  # cv2.imread drops transparency.
        alpha: Alpha = "white" if formats != "jpeg" and channels < 4 and not opencv else "drop"
        used: dict[str, Any] = settings if coloured else settings | {"scale": "0..1", "colour": "rgb"}
        made = Preprocess(**{"size": (9, 8), "alpha": alpha, "formats": formats, **used})
        frozen = freeze_preprocess(preprocess_function(made, channels), "float32")
        folder = str(tmp_path / str(number))
        with tf1.Graph().as_default() as graph, tf1.Session(graph=graph) as session:
            tensorflow().graph_util.import_graph_def(frozen.graph_def, name="")
            builder = tf1.saved_model.Builder(folder)
            builder.add_meta_graph_and_variables(session, ["serve"], {}, strip_default_attrs=True)
            builder.save()
        assert reach(Path(folder)).oldest == "1.15", (settings, reach(Path(folder)).held_back)


def test_all_of_it_is_pinned_to_the_cpu() -> None:
    """A GPU has no strings, and multiplies float32 in fewer bits unless told not to."""
    for settings in VARIETIES[1], VARIETIES[6]:
        function = preprocess_function(Preprocess(size=(9, 8), **settings), 3)
        nodes = freeze_preprocess(function, "float32").graph_def.node
        products = [n for n in nodes if "MatMul" in n.op]
        assert len(products) >= 4
        assert {n.device.upper()[-5:] for n in products} == {"CPU:0"}


@pytest.mark.parametrize("kernel", KERNELS)
def test_pictures_of_several_strips_are_met_exactly(kernel: str) -> None:
    pictures = [photo(901, 1203), photo(1203, 700, 1)]
    for size in (97, 131), (224, 224):
        got = read([encoded(p) for p in pictures], size=size, reader=f"load_img:{kernel}", formats="jpeg+png")
        for picture, pixels in zip(pictures, got, strict=True):
            expected = picture.resize(size[::-1], Image.Resampling[kernel.upper()])
            np.testing.assert_array_equal(pixels, np.asarray(expected, "float32"))


@pytest.mark.parametrize("kernel", ["lanczos", "box"])
def test_windows_too_wide_for_float32_are_met_exactly(kernel: str) -> None:
    pictures = [photo(7, 9000), photo(9000, 6), photo(3000, 40)]
    assert WIDEST_SINGLE * 4 < 9000
    got = read([encoded(p) for p in pictures], size=(2, 3), reader=f"load_img:{kernel}", formats="jpeg+png")
    method = Image.Resampling[kernel.upper()]
    for picture, pixels in zip(pictures, got, strict=True):
        # Pillow 12.3 takes the height first where it is over 100 times the width; one axis at a time it cannot.
        expected = picture.resize((3, picture.height), method).resize((3, 2), method)
        np.testing.assert_array_equal(pixels, np.asarray(expected, "float32"))


@pytest.mark.parametrize("kernel", [k for k in KERNELS if k != "nearest"])
def test_no_kernels_weights_outgrow_the_two_halves(kernel: str) -> None:
    """The bounds that `passes` counts on, over small sizes (where edges cut most off) and large ones."""
    tf = tensorflow()
    support, weight, negative = WEIGHTS[kernel]
    # Traced once for all sizes: a size that is a tensor is one the rule for thin pictures needs, too.
    signature = [tf.TensorSpec([], tf.int32)] * 2
    made = tf.function(lambda n, m: blocks(ResizeAxis(n, 0, n, m), support, weight).weights, signature, autograph=False)
    random = np.random.default_rng(0)
    sides = [(n, m) for n in range(1, 13) for m in (1, 2, 3, 5, 8, 13, 49)] + random.integers(1, 900, (40, 2)).tolist()
    for length, size in sides:
        blocked = made(length, size).numpy()
        weights = blocked.reshape(-1, blocked.shape[-1])[:size]
        assert (weights.min() < 0) <= negative
        assert np.abs(weights).sum(1).max() / 2**LOW_BITS * 255 < 2**24 - 2**HIGH_BITS
        assert np.abs(weights.sum(1) / 2**PRECISION_BITS - 1).max() < 1e-3
        if not negative:
            assert weights.sum(1).max() / 2**PRECISION_BITS * 255 < 255.5
    assert WIDEST_SINGLE * 2 ** (LOW_BITS - 1) * 255 < 2**24
