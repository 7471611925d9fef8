"""The words of a picture's settings."""

from __future__ import annotations

from workbench.gui.texts import tr
from workbench.spec.opencv import RELEASES
from workbench.spec.preprocess import FAST_RESIDUAL, FORMAT_NAMES
from workbench.spec.reader_family import FITS


def formats() -> dict[str, str]:
    """Encodings a request may carry."""
    return FORMAT_NAMES | {"jpeg": tr("Choices", "JPEG only")}


def fits() -> dict[str, str]:
    """What becomes of pictures of another ratio."""
    return {key: tr("Choices", words) for key, words in FITS.items()}


def exif() -> dict[str, str]:
    """Orientation."""
    return {
        "as read": tr("Choices", "as the library does: cv2.imread applies it, Keras and TensorFlow ignore it"),
        "ignore": tr("Choices", "ignored"),
        "turn": tr("Choices", "applied first (PIL.ImageOps.exif_transpose)"),
    }


def alpha() -> dict[str, str]:
    """Transparency."""
    return {
        "drop": tr("Choices", "dropped, as Pillow's convert and TensorFlow do"),
        "black": tr("Choices", "composited on black"),
        "white": tr("Choices", "composited on white"),
    }


def colours() -> dict[str, str]:
    """The order of the channels before the scale."""
    return {
        "as read": tr("Choices", "as loaded: BGR by cv2.imread, otherwise RGB"),
        "rgb": tr("Choices", "RGB (Keras, Pillow, TensorFlow; cv2 after cvtColor)"),
        "bgr": tr("Choices", "BGR (cv2.imread)"),
    }


def pillows() -> dict[str, str]:
    """The Pillow training used."""
    return {
        "before 13": tr("Choices", "before 13: always the horizontal pass first"),
        "13": tr("Choices", "13 or later: the vertical pass first on some tall images"),
    }


def opencvs() -> dict[str, str]:
    """The OpenCV training used."""
    return {name: release.words for name, release in RELEASES.items()}


def greys() -> dict[str, str]:
    """How a cv2 reader made a grey picture."""
    return {
        "imread": tr("Choices", "imread(path, cv2.IMREAD_GRAYSCALE)"),
        "cvtColor": tr("Choices", "imread(path), then cvtColor(image, cv2.COLOR_BGR2GRAY)"),
    }


def dcts() -> dict[str, str]:
    """How a reader of TensorFlow decodes JPEGs."""
    return {
        "default": tr("Choices", "as TensorFlow's ops do by default"),
        "accurate": tr("Choices", 'dct_method="INTEGER_ACCURATE": the pixels of Pillow and OpenCV'),
    }


def exactness() -> dict[str, str]:
    """Resize precision (exact or fast)."""
    return {
        "exact": tr("Choices", "exact: bit-identical to Pillow"),
        "fast": tr("Choices", "fast: differs by {off}").format(off=FAST_RESIDUAL),
    }


def feedings() -> dict[str, str]:
    """What feeds an image input."""
    return {
        "first": tr("Choices", "image"),
        "like": tr("Choices", "image, same preprocessing as the first"),
        "own": tr("Choices", "image, own preprocessing"),
        "values": tr("Choices", "values in the request (no image)"),
    }


def step_words() -> dict[str, str]:
    """What a change is called in the Edit menu."""
    return {
        "size": tr("Choices", "Change the size"),
        "reader": tr("Choices", "Change the image loading"),
        "scale": tr("Choices", "Change the pixel scaling"),
        "formats": tr("Choices", "Change the formats"),
        "fit": tr("Choices", "Change the aspect ratio handling"),
        "exif": tr("Choices", "Change the orientation"),
        "alpha": tr("Choices", "Change the alpha channel handling"),
        "colour": tr("Choices", "Change the channel order"),
        "pillow": tr("Choices", "Change the Pillow version"),
        "exact": tr("Choices", "Change the resize precision"),
        "opencv": tr("Choices", "Change the OpenCV version"),
        "grey": tr("Choices", "Change the greyscale conversion"),
        "dct": tr("Choices", "Change the JPEG decoding"),
    }
