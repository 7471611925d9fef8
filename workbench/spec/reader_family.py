"""What a reader is: its family and kernel, the library that reads and resizes, and the fits that library knows."""

from __future__ import annotations

from typing import Final, Literal, assert_never, get_args

import msgspec

Family = Literal["load_img", "image_dataset", "tf1", "cv2", "tf", "keras_resizing", "pillow", "imresize", "skimage"]
"""Every family of readers. The graph and the training path have a function for each; mypy points at one left out."""

KerasKernel = Literal["nearest", "bilinear", "bicubic", "lanczos", "box", "hamming"]
OpenCVKernel = Literal["nearest", "linear", "area", "cubic", "lanczos4", "linear_exact", "nearest_exact"]
TensorFlowKernel = Literal[
    "nearest", "bilinear", "bicubic", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic"
]
SplineOrder = Literal["0", "1", "3"]
Kernel = Literal[KerasKernel, OpenCVKernel, TensorFlowKernel, SplineOrder]
Variant = Literal["", "antialias", "float", "aliased"]
"""What sets two readers of one family and kernel apart; it stands behind a plus in their names."""

Library = Literal["Pillow", "TensorFlow", "OpenCV", "scikit-image"]
Fit = Literal["stretch", "crop", "pad"]
Order = Literal["rgb", "bgr"]

KERNELS: Final[tuple[KerasKernel, ...]] = get_args(KerasKernel)
OPENCV_KERNELS: Final[tuple[OpenCVKernel, ...]] = get_args(OpenCVKernel)
TENSORFLOW_KERNELS: Final[tuple[TensorFlowKernel, ...]] = get_args(TensorFlowKernel)
KERAS_RESIZING_KERNELS: Final[tuple[TensorFlowKernel, ...]] = ("bilinear", "nearest", "bicubic", "lanczos3", "lanczos5")
IMRESIZE_KERNELS: Final[tuple[KerasKernel, ...]] = ("nearest", "lanczos", "bilinear", "bicubic")

FITS: Final[dict[Fit, str]] = {
    "stretch": "stretch to the target size (Keras' default)",
    "crop": "center crop (keep_aspect_ratio, crop_to_aspect_ratio)",
    "pad": "pad with black (pad_to_aspect_ratio)",
}
"""How a picture of another ratio is brought to the size, with Keras' names for it."""


class Reader(msgspec.Struct, frozen=True, kw_only=True):
    """A reader: `family` and `kernel` choose the functions of the graph and of the training path.

    `name` is what the project file writes, `library` the one that decodes and resizes, `words` stand in a list of
    readers and `resize` in a sentence of what it does, `code` is the line of training code it stands for. `crop` and
    `pad` are the words of the steps that the fits of these names are short for, none where its library has no function
    for the fit. `options` are the further settings of `Preprocess` that change what it gives where it resizes,
    `runtime` the oldest TensorFlow that has the ops of its graph, JPEG given. Where the project does not say otherwise,
    its colours have `order`, and it `turns` a picture by its EXIF or not. `channels` are those it may give, `alphas`
    what may become of transparency. `like` names a reader that gives the same pixels, `rare` says that it is met
    seldom: a search for how training read its images passes over both.
    """

    name: str
    family: Family
    kernel: Kernel
    library: Library
    words: str
    resize: str
    code: str
    crop: tuple[str, ...] = ()
    pad: tuple[str, ...] = ()
    variant: Variant = ""
    options: tuple[str, ...] = ()
    runtime: str = "1.15"
    order: Order = "rgb"
    turns: bool = False
    channels: tuple[int, ...] = (1, 3, 4)
    alphas: tuple[str, ...] = ("drop", "black", "white")
    like: str = ""
    rare: bool = False

    @property
    def fits(self) -> tuple[Fit, ...]:
        """The fits for which its library has a function."""
        return tuple(fit for fit in FITS if self.words_of(fit))

    def words_of(self, fit: Fit) -> tuple[str, ...]:
        """The words of the steps that a fit is short for; none where there is no such fit."""
        match fit:
            case "stretch":
                return ("resize",)
            case "crop":
                return self.crop
            case "pad":
                return self.pad
        assert_never(fit)
