"""The table of readers: which library's functions read and resized the training images.

A new family is a name in `reader_family` and a row here, its function in `core.export.resizes`, and the call of the
library itself in `core.training.image_reading`. A library that is new, too, has its decoder in
`core.export.pixels.decode`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from workbench.spec.errors import WorkbenchError
from workbench.spec.reader_family import (
    IMRESIZE_KERNELS,
    KERAS_RESIZING_KERNELS,
    KERNELS,
    OPENCV_KERNELS,
    TENSORFLOW_KERNELS,
    Reader,
    SplineOrder,
    Variant,
)

_PLAIN_OR_ANTIALIAS: Final[tuple[Variant, ...]] = ("", "antialias")
_LEVELS_OR_FLOATS: Final[tuple[Variant, ...]] = ("", "float")

_TF_KINDS: Final = tuple((kernel, variant) for kernel in TENSORFLOW_KERNELS for variant in _PLAIN_OR_ANTIALIAS)
_KERAS_RESIZING_KINDS: Final = tuple(
    (kernel, variant) for kernel in KERAS_RESIZING_KERNELS for variant in _PLAIN_OR_ANTIALIAS
)
_LIKE: Final[Mapping[tuple[str, str], str]] = {
    ("bilinear", ""): "image_dataset",
    # These two methods take no notice of antialias.
    ("nearest", "antialias"): "tf:nearest",
    ("area", "antialias"): "tf:area",
}
_IMRESIZE_KINDS: Final = tuple((kernel, variant) for kernel in IMRESIZE_KERNELS for variant in _LEVELS_OR_FLOATS)

_SKIMAGE_KINDS: Final[tuple[tuple[SplineOrder, Variant], ...]] = (
    *(("0", ""), ("1", ""), ("1", "aliased"), ("3", ""), ("3", "aliased")),
)

_TABLE: Final = (
    *(
        Reader(
            name=f"load_img:{kernel}",
            family="load_img",
            kernel=kernel,
            library="Pillow",
            words=f"Keras load_img / flow_from_directory, {kernel} (Pillow)",
            resize=f"{kernel}, as Pillow does",
            code=f'keras.utils.load_img(path, target_size=(height, width), interpolation="{kernel}")',
            crop=("keep_aspect_ratio",),
            pad=("image_ops_pad",),
            # The nearest pixel is the same in every Pillow, and quick.
            options=() if kernel == "nearest" else ("pillow", "exact"),
        )
        for kernel in KERNELS
    ),
    Reader(
        name="image_dataset",
        family="image_dataset",
        kernel="bilinear",
        library="TensorFlow",
        words="image_dataset_from_directory (tf.image.resize, bilinear)",
        resize="bilinear, as tf.image.resize does",
        code="keras.utils.image_dataset_from_directory(folder, image_size=(height, width))",
        crop=("crop_to_ratio", "resize"),
        pad=("resize_with_pad",),
    ),
    Reader(
        name="tf1",
        family="tf1",
        kernel="bilinear",
        library="TensorFlow",
        words="TF 1 graph: resize_bilinear, align_corners=False",
        resize="bilinear, as TensorFlow 1 did",
        code="tf.image.resize_bilinear(images, (height, width))",
        pad=("resize_with_pad",),  # TensorFlow 1 has no resize that cuts the middle out.
        options=("dct",),
    ),
    *(
        Reader(
            name=f"tf:{kernel}{'+antialias' if variant else ''}",
            family="tf",
            kernel=kernel,
            variant=variant,
            library="TensorFlow",
            words=f"tf.image.resize, {kernel}{' with antialias' if variant else ''}",
            resize=f"{kernel}{' with antialias' if variant else ''}, as tf.image.resize does",
            code=f'tf.image.resize(image, (height, width), method="{kernel}", antialias={bool(variant)})',
            # Keras' smart_resize, which has no antialias and not every method.
            crop=("crop_to_ratio", "resize") if kernel in KERAS_RESIZING_KERNELS and not variant else (),
            pad=("resize_with_pad",),
            options=("dct",),
            like=_LIKE.get((kernel, variant), ""),
            rare=kernel in ("lanczos5", "gaussian", "mitchellcubic"),
        )
        for kernel, variant in _TF_KINDS
    ),
    *(
        Reader(
            name=f"keras_resizing:{kernel}{'+antialias' if variant else ''}",
            family="keras_resizing",
            kernel=kernel,
            variant=variant,
            library="TensorFlow",
            words=f"keras.layers.Resizing of whole numbers, {kernel}{' with antialias' if variant else ''}",
            resize=f"{kernel}{' with antialias' if variant else ''} and rounded, "
            "as keras.layers.Resizing does with whole numbers",
            code=f'keras.layers.Resizing(height, width, interpolation="{kernel}", antialias={bool(variant)})(image)',
            crop=("crop_to_ratio", "resize"),
            options=("dct",),
            like="tf:nearest" if kernel == "nearest" else "",
            rare=kernel in ("lanczos3", "lanczos5"),
        )
        for kernel, variant in _KERAS_RESIZING_KINDS
    ),
    *(
        Reader(
            name=f"pillow:{kernel}",
            family="pillow",
            kernel=kernel,
            library="Pillow",
            words=f"PIL.Image.resize, {kernel}",
            resize=f"{kernel}, as Pillow does",
            code=f"image.resize((width, height), PIL.Image.Resampling.{kernel.upper()})",
            crop=("crop_to_ratio", "resize"),  # `image.crop`: the kernel does not reach over the edge.
            pad=("image_ops_pad",),
            options=() if kernel == "nearest" else ("pillow", "exact"),
            like=f"load_img:{kernel}",
        )
        for kernel in KERNELS
    ),
    *(
        Reader(
            name=f"imresize:{kernel}{'+float' if variant else ''}",
            family="imresize",
            kernel=kernel,
            variant=variant,
            library="Pillow",
            words=f"scipy.misc.imresize of {'floats' if variant else 'whole numbers'}, {kernel}",
            resize=f"{'stretched to 0..255, then ' if variant else ''}{kernel}, as SciPy's imresize did",
            code=f'scipy.misc.imresize(image{".astype(float)" if variant else ""}, (height, width), interp="{kernel}")',
            options=() if kernel == "nearest" else ("exact",),
            channels=(1, 3),
            like="" if variant else f"load_img:{kernel}",
            rare=True,
        )
        for kernel, variant in _IMRESIZE_KINDS
    ),
    *(
        Reader(
            name=f"skimage:{order}{'+aliased' if variant else ''}",
            family="skimage",
            kernel=order,
            variant=variant,
            library="scikit-image",
            words=f"skimage.transform.resize, order {order}{' without anti_aliasing' if variant else ''}",
            resize=f"order {order}{' without anti_aliasing' if variant else ''}, as scikit-image does, within 1e-5",
            code=f"skimage.transform.resize(image, (height, width), order={order}, "
            f"anti_aliasing={'False' if variant else 'None'}, preserve_range=True)",
            channels=(1, 3),
            rare=order == "0",
        )
        for order, variant in _SKIMAGE_KINDS
    ),
    *(
        Reader(
            name=f"cv2:{kernel}",
            family="cv2",
            kernel=kernel,
            library="OpenCV",
            words=f"cv2.imread and cv2.resize, INTER_{kernel.upper()} (OpenCV)",
            resize=f"INTER_{kernel.upper()}, as OpenCV does",
            code=f"cv2.resize(cv2.imread(path), (width, height), interpolation=cv2.INTER_{kernel.upper()})",
            crop=("crop_to_ratio", "resize"),  # Cut out of the array.
            pad=("letterbox",),  # `cv2.copyMakeBorder`.
            # The other kernels are the same in every release.
            options=("opencv", "grey") if kernel in ("cubic", "nearest_exact") else ("grey",),
            order="bgr",
            turns=True,
            channels=(1, 3),
            alphas=("drop",),
        )
        for kernel in OPENCV_KERNELS
    ),
)

READERS: Final[Mapping[str, Reader]] = {reader.name: reader for reader in _TABLE}
"""Every reader by its name.

What they do is written twice: in the graph of an export, and in the training path by calls of the libraries themselves,
which an export is compared with.
"""

SEARCHED: Final = tuple(reader.name for reader in READERS.values() if not (reader.like or reader.rare))
"""Readers that a search for how training read its images tries: no two of them alike, none that is rare."""

READER_WORDS: Final[Mapping[str, str]] = {reader.name: reader.words for reader in _TABLE}

DEFAULT_READER: Final = "load_img:nearest"
"""Keras' own default: `load_img(interpolation="nearest")` since Keras 2.0."""

_SHORT: Final = {"load_img": DEFAULT_READER}
"""Names that stand for a reader with the kernel its function takes by itself."""


def parse_reader(text: str) -> Reader:
    """The reader of that name; `load_img` alone has Keras' default kernel.

    Raises `WorkbenchError` BAD_READER naming the readers there are.
    """
    found = READERS.get(_SHORT.get(text, text))
    if found is None:
        raise WorkbenchError("BAD_READER", f"'{text}' is not a reader.", hint=f"One of: {', '.join(READERS)}.")
    return found
