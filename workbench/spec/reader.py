"""Which library's functions read and resized the training images."""

from __future__ import annotations

from typing import Final, Literal, get_args

from workbench.spec.errors import WorkbenchError

Kernel = Literal["nearest", "bilinear", "bicubic", "lanczos", "box", "hamming"]
Fit = Literal["stretch", "crop", "pad"]

KERNELS: Final[tuple[str, ...]] = get_args(Kernel)

READERS: Final[dict[str, str]] = {
    **{f"load_img:{k}": f"Keras load_img / flow_from_directory, {k} (Pillow)" for k in KERNELS},
    "image_dataset": "image_dataset_from_directory (tf.image.resize, bilinear)",
    "tf1": "TF 1 graph: resize_bilinear, corners not aligned",
}
"""Every reader by the name the project file uses, with words for a person."""

FITS: Final[dict[str, str]] = {
    "stretch": "stretch to the size (Keras' default)",
    "crop": "cut the middle out (keep_aspect_ratio, crop_to_aspect_ratio)",
    "pad": "pad with black (pad_to_aspect_ratio)",
}
"""How a picture of another ratio is brought to the size, with Keras' names for it."""

DEFAULT_READER: Final = "load_img:nearest"
"""Keras' own default: `load_img(interpolation="nearest")` since Keras 2.0."""


def parse_reader(text: str) -> tuple[str, str]:
    """A reader's name as (family, kernel); the kernel is empty but for `load_img`.

    Raises `WorkbenchError` BAD_READER naming the readers there are.
    """
    if text == "load_img":
        text = DEFAULT_READER
    if text not in READERS:
        raise WorkbenchError("BAD_READER", f"'{text}' is not a reader.", hint=f"One of: {', '.join(READERS)}.")
    family, _, kernel = text.partition(":")
    return family, kernel
