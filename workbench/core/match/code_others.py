"""scikit-image, SciPy, imageio and Matplotlib in training code."""

from __future__ import annotations

from typing import Final

from workbench.core.match.code_call import Call, Handler
from workbench.core.match.code_pixels import to_colour, to_grey, value_op
from workbench.core.match.code_values import UNKNOWN, Picture, Value, first_picture, pair_of

_ONE_PER_LEVEL: Final = (255.0,)


def _imread(call: Call) -> Value:
    """Reads as Pillow does: RGB, EXIF orientation not applied."""
    found = call.opened("pillow")
    if call.name.startswith("matplotlib"):
        found = found.did("note", call.line, "Matplotlib reads a PNG as floats of 0..1, a JPEG as whole levels.")
    if any(call.get(-1, name, False) is True for name in ("as_gray", "as_grey", "flatten")):
        return found.did("doubt", call.line, "Grey by this library's own weights, as floats.", channels=1, uint8=False)
    return to_grey(found, call.line, "pillow") if call.get(-1, "mode", call.get(-1, "pilmode")) == "L" else found


def _resize(call: Call) -> Value:
    """`skimage.transform.resize`: floats of 0..1 unless the range is preserved, smoothed first if the image shrinks."""
    picture, size = call.picture("skimage", name="image"), pair_of(call.get(1, "output_shape", None))
    order = call.get(2, "order", None)
    order = order if isinstance(order, int) else 1
    if call.get(3, "mode", "reflect") != "reflect":
        picture = picture.did("doubt", call.line, "Another mode than 'reflect' at the edges.")
    if call.get(-1, "anti_aliasing") is None:
        text = "anti_aliasing is on by default from scikit-image 0.15 on, and was off before."
        picture = picture.did("note", call.line, text)
    if order == 0 and call.get(-1, "anti_aliasing") is True:
        picture = picture.did("doubt", call.line, "The nearest pixel of a smoothed image: order=0 with anti_aliasing.")
    # By itself it smooths with every order but 0.
    smoothed = "+aliased" if order and call.get(-1, "anti_aliasing", True) is False else ""
    reader = f"skimage:{order}{smoothed}"
    numbers = size or ()
    height, width = size or (0, 0)
    if size is None:
        picture = picture.did("doubt", call.line, "The size of this resize is not in the text.")
    scaled = picture.uint8 and call.get(-1, "preserve_range", False) is not True
    found = picture.did("resize", call.line, reader, numbers, height=height, width=width, uint8=False)
    return value_op(found, "divide", _ONE_PER_LEVEL, call.line) if scaled else found


def _imresize(call: Call) -> Value:
    """SciPy's `imresize`: Pillow's kernels, returns uint8; floats are stretched to 0..255 first."""
    picture, size = call.picture("pillow", name="arr"), pair_of(call.get(1, "size", None))
    kernel = call.text(2, "interp", "bilinear")
    kernel = {"cubic": "bicubic"}.get(kernel, kernel)
    if not picture.uint8:
        picture = picture.did("doubt", call.line, "imresize stretches floats to 0..255 by their own extremes.")
    height, width = size or (0, 0)
    if size is None:
        picture = picture.did("doubt", call.line, "The size of this resize is not in the text.")
    return picture.did("resize", call.line, f"imresize:{kernel}", size or (), height=height, width=width, uint8=True)


def _as_float(call: Call) -> Value:
    picture = first_picture(call.get(0, "image", UNKNOWN))
    if picture is None:
        return UNKNOWN
    return value_op(picture, "divide", _ONE_PER_LEVEL, call.line) if picture.uint8 else picture


def _grey(call: Call) -> Value:
    picture: Picture = to_grey(call.picture("skimage"), call.line, "skimage")
    return value_op(picture, "divide", _ONE_PER_LEVEL, call.line) if picture.uint8 else picture


FUNCTIONS: Final[dict[str, Handler]] = {
    **dict.fromkeys(
        ("skimage.io.imread", "imageio.imread", "scipy.imread", "matplotlib.imread", "plt.imread"), _imread
    ),
    "skimage.transform.resize": _resize,
    "scipy.imresize": _imresize,
    "skimage.img_as_float": _as_float,
    "skimage.img_as_float32": _as_float,
    "skimage.util.img_as_float": _as_float,
    "skimage.color.rgb2gray": _grey,
    "skimage.color.gray2rgb": lambda call: to_colour(call.picture("skimage"), call.line),
}
"""Handlers by function name."""
