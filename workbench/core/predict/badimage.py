"""Why an image was refused, in a sentence: asked only after the graph has refused it."""

from __future__ import annotations

import io
import warnings

from workbench.spec.errors import ErrorInfo


def explain(data: bytes, source: str, reason: str) -> ErrorInfo:
    """The error of one row: what Pillow finds wrong with the bytes, else the graph's own `reason`."""
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's size and EXIF warnings are no reason of ours.
            with Image.open(io.BytesIO(data)) as image:
                kind = image.format or "image"
                image.load()
    except UnidentifiedImageError:
        what = "text" if _is_text(data) else "no image format known here"
        return ErrorInfo("NOT_AN_IMAGE", f"This is not an image: its content is {what}.", source)
    except Image.DecompressionBombError:
        return ErrorInfo("TOO_LARGE", "The image has too many pixels.", source)
    except (OSError, SyntaxError, ValueError) as err:
        return ErrorInfo("BAD_IMAGE", f"The image is cut off or damaged: {err}.", source)
    if kind not in ("JPEG", "PNG", "GIF", "BMP", "MPO"):
        hint = "Convert it to JPEG, or declare other formats in the project."
        return ErrorInfo("UNDECLARED_FORMAT", f"The export does not read {kind} images.", source, hint)
    return ErrorInfo("PREDICTION_FAILED", reason, source)


def _is_text(data: bytes) -> bool:
    head = data[:512]
    return b"\0" not in head and all(b >= 32 or b in b"\t\r\n\f" for b in head)
