"""The words of a picture's settings."""

from __future__ import annotations

from workbench.gui.texts import tr
from workbench.spec.preprocess import FAST_RESIDUAL, FORMAT_NAMES
from workbench.spec.reader import FITS


def formats() -> dict[str, str]:
    """Encodings a request may carry."""
    return FORMAT_NAMES | {"jpeg": tr("Choices", "JPEG only")}


def fits() -> dict[str, str]:
    """What becomes of pictures of another ratio."""
    return {key: tr("Choices", words) for key, words in FITS.items()}


def exif() -> dict[str, str]:
    """Orientation."""
    return {
        "ignore": tr("Choices", "as stored, as Keras and TensorFlow read it"),
        "turn": tr("Choices", "turned upright first (PIL.ImageOps.exif_transpose)"),
    }


def alpha() -> dict[str, str]:
    """Transparency."""
    return {
        "drop": tr("Choices", "dropped, as Pillow's convert and TensorFlow do"),
        "black": tr("Choices", "laid on black"),
        "white": tr("Choices", "laid on white"),
    }


def colours() -> dict[str, str]:
    """The order of the channels before the scale."""
    return {"rgb": tr("Choices", "RGB (Keras, Pillow, TensorFlow)"), "bgr": tr("Choices", "BGR (cv2.imread)")}


def pillows() -> dict[str, str]:
    """The Pillow training used."""
    return {
        "before 13": tr("Choices", "before 13: width first, always"),
        "13": tr("Choices", "13 or later: height first on some tall pictures"),
    }


def exactness() -> dict[str, str]:
    """Exact or fast."""
    return {
        "exact": tr("Choices", "exact: Pillow's pixels, to the last bit"),
        "fast": tr("Choices", "fast: {off}").format(off=FAST_RESIDUAL),
    }


def feedings() -> dict[str, str]:
    """What feeds an image input."""
    return {
        "first": tr("Choices", "a picture"),
        "like": tr("Choices", "a picture, read like the first"),
        "own": tr("Choices", "a picture, read in a way of its own"),
        "values": tr("Choices", "numbers in the request: no picture"),
    }


def step_words() -> dict[str, str]:
    """What a change is called in the Edit menu."""
    return {
        "size": tr("Choices", "Change the size"),
        "reader": tr("Choices", "Change the reader"),
        "scale": tr("Choices", "Change the scale"),
        "formats": tr("Choices", "Change the formats"),
        "fit": tr("Choices", "Change the fit"),
        "exif": tr("Choices", "Change the orientation"),
        "alpha": tr("Choices", "Change the transparency"),
        "colour": tr("Choices", "Change the channel order"),
        "pillow": tr("Choices", "Change the Pillow version"),
        "exact": tr("Choices", "Change the exactness"),
    }
