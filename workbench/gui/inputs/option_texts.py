"""The words of a picture's settings."""

from __future__ import annotations

from workbench.gui.texts import tr
from workbench.spec.opencv import RELEASES
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
        "as read": tr("Choices", "as the reader does: cv2.imread turns, Keras and TensorFlow do not"),
        "ignore": tr("Choices", "as stored"),
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
    return {
        "as read": tr("Choices", "as the reader gives them: BGR by cv2.imread, else RGB"),
        "rgb": tr("Choices", "RGB (Keras, Pillow, TensorFlow; cv2 after cvtColor)"),
        "bgr": tr("Choices", "BGR (cv2.imread)"),
    }


def pillows() -> dict[str, str]:
    """The Pillow training used."""
    return {
        "before 13": tr("Choices", "before 13: width first, always"),
        "13": tr("Choices", "13 or later: height first on some tall pictures"),
    }


def opencvs() -> dict[str, str]:
    """The OpenCV training used."""
    return {name: release.words for name, release in RELEASES.items()}


def greys() -> dict[str, str]:
    """How a cv2 reader made a grey picture."""
    return {
        "imread": tr("Choices", "imread(path, cv2.IMREAD_GRAYSCALE)"),
        "cvtColor": tr("Choices", "cvtColor(image, cv2.COLOR_BGR2GRAY) of the picture in colours"),
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
