"""How each family of readers resizes in the graph, by ops that give what its library's own functions give."""

from __future__ import annotations

from typing import Any, assert_never

from workbench.core.export.opencv.resize import resize as resize_as_opencv
from workbench.core.export.pillow_resize import Box, ResizeOptions, resize, whole
from workbench.core.export.pixels import alpha, fit
from workbench.core.export.pixels.geometry import Resizer, Sides, cut
from workbench.core.lazy import tensorflow
from workbench.spec.opencv import Release
from workbench.spec.preprocess import Preprocess
from workbench.spec.reader import Reader

Tensor = Any


def resizer(settings: Preprocess, reader: Reader) -> Resizer:
    """The resize of a reader with its options."""
    match reader.family:
        case "load_img":
            return _pillow(ResizeOptions(reader.kernel, settings.exact, settings.pillow == "13"))
        case "image_dataset":
            return _tensorflow(half_pixel_centers=True)
        case "tf1":
            return _tensorflow(half_pixel_centers=False)
        case "cv2":
            return _opencv(reader.kernel, settings.opencv)
    assert_never(reader.family)


def _opencv(kernel: str, release: Release) -> Resizer:
    """uint8 to uint8, as that release's `cv2.resize(image, dsize)`."""

    def resized(image: Tensor, size: Sides) -> Tensor:
        return resize_as_opencv(image, size, kernel, release)

    return Resizer(resized, lambda image, box, size: resized(cut(image, box), size), fit.integer_crop)


def _pillow(manner: ResizeOptions) -> Resizer:
    """uint8 to uint8, as `Image.resize(size, kernel, box)`."""

    def part(image: Tensor, box: Box, size: Sides) -> Tensor:
        act = _rgba if image.shape[-1] == 4 and manner.kernel != "nearest" else resize
        return act(image, box, size, manner)

    return Resizer(lambda image, size: part(image, whole(image), size), part, fit.integer_crop)


def _rgba(pixels: Tensor, box: Box, size: Sides, manner: ResizeOptions) -> Tensor:
    """Pillow resizes RGBA multiplied by its transparency; an image of the right size it leaves alone."""
    tf = tensorflow()
    shape = tf.shape(pixels)
    same = tf.reduce_all(tf.equal(tf.stack([*size, box.height, box.width]), tf.tile(shape[:2], [2])))

    def made() -> Tensor:
        return alpha.straight(resize(alpha.premultiplied(pixels), box, size, manner))

    return tf.cond(same, lambda: pixels, made)


def _tensorflow(*, half_pixel_centers: bool) -> Resizer:
    """uint8 or float32 to float32, as `tf.image.resize` without antialias, or as TF 1 did.

    One op does both: `image_dataset_from_directory` has pixel centres halved, TF 1 neither that nor the corners
    aligned.
    """
    tf = tensorflow()

    def resized(image: Tensor, size: Sides) -> Tensor:
        return tf.raw_ops.ResizeBilinear(
            images=image[None], size=tf.stack(size), align_corners=False, half_pixel_centers=half_pixel_centers
        )[0]

    return Resizer(resized, lambda image, box, size: resized(cut(image, box), size), fit.smart_resize_crop)
