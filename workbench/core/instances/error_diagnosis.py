"""Diagnoses the isolated instance that made a batch fail: an error in its image or its Example."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterable, Mapping
from typing import Any, Final

from workbench.core.instances.examples import features_of, values_of
from workbench.core.instances.image_header import look
from workbench.core.instances.inputs import InstanceRecord
from workbench.core.instances.instance_form import ServedSignatures
from workbench.core.instances.online import FAILED_TO_RUN, PredictionError
from workbench.spec.errors import ErrorInfo, WorkbenchError
from workbench.spec.preprocess import CMYK, PNG_DEPTH, SIXTEEN_BIT, UNDECLARED_FORMAT, WRONG_SIZE

_REFUSAL: Final = re.compile(rf"({UNDECLARED_FORMAT}|{SIXTEEN_BIT}|{CMYK}|{WRONG_SIZE}): ([^.\]]+)")
"""The graph's own errors in TensorFlow's message: the code, and a sentence."""

_ASSERTION: Final = "assertion failed"
"""The text before the tensors in a message of TensorFlow's `Assert`."""

_HINTS: Final = {
    UNDECLARED_FORMAT: "Convert it to JPEG, or declare other formats in the project.",
    SIXTEEN_BIT: "Convert it to 8 bits as training did.",
    CMYK: "Convert it to RGB as training did.",
    WRONG_SIZE: "Resize it as training did, or give the project a size.",
}

_READ: Final = ("JPEG", "PNG", "GIF", "BMP")
"""Formats that every TensorFlow decodes: an export without its own format checks fails on others."""


def blame(served: ServedSignatures, record: InstanceRecord, err: PredictionError) -> ErrorInfo:
    """The error of one row: an error in its image or its Example if one is found, else TensorFlow's message."""
    own = ErrorInfo(err.code, plain_reason(err.detail))
    if err.kind != FAILED_TO_RUN:
        return own
    if record.signature in served.examples:
        return _example(served, _only_bytes(record.instance), own, err.detail)
    return _pictures(_bytes_under(served.form.images, record.instance), own, err.detail)


def _example(served: ServedSignatures, data: bytes, own: ErrorInfo, reason: str) -> ErrorInfo:
    try:
        features = features_of(data)
        pictures = {a: served.form.inputs[a] for a in served.form.images}
        found = _pictures(_bytes_under(served.form.images, values_of(pictures, data)), own, reason)
    except WorkbenchError as err:
        return err.info()
    missing = [a for a in served.form.inputs if a not in features and a in reason]
    if found is not own or not missing:
        return found
    text = f"The Example has no feature '{missing[0]}'; it has: {', '.join(sorted(features))}."
    return ErrorInfo("MISSING_VALUE", text)


def _pictures(images: Iterable[bytes], own: ErrorInfo, reason: str) -> ErrorInfo:
    for data in images:
        found = explain(data, "", reason)
        if found.code != own.code:
            return found
    return own


def _bytes_under(aliases: Iterable[str], instance: Any) -> list[bytes]:
    values = [instance[a] for a in aliases if a in instance] if isinstance(instance, Mapping) else [instance]
    return [v.encode() if isinstance(v, str) else v for v in values if isinstance(v, bytes | str)]


def _only_bytes(instance: Any) -> bytes:
    value = next(iter(instance.values()), b"") if isinstance(instance, Mapping) else instance
    return value if isinstance(value, bytes) else b""


def explain(data: bytes, source: str, reason: str) -> ErrorInfo:
    """The error of an image that the graph rejected: what Pillow finds wrong with the bytes, else the graph's `reason`.

    A rejection in `reason` is reported only for bytes that it applies to: of two images in one instance, one may be
    valid.
    """
    kind = _kind(data, source)
    if isinstance(kind, ErrorInfo):
        return kind
    refused = _REFUSAL.search(reason)
    if refused is not None and _fits(refused[1], refused[2], kind, data):
        said = refused[1] != UNDECLARED_FORMAT or f"no {kind} images" in refused[2]
        told = "" if said else f"; this is a {kind}"
        return ErrorInfo(refused[1], f"{refused[2][0].upper()}{refused[2][1:]}{told}.", source, _HINTS[refused[1]])
    if kind not in _READ:
        hint = _HINTS[UNDECLARED_FORMAT]
        return ErrorInfo(UNDECLARED_FORMAT, f"The export does not read {kind} images.", source, hint)
    return ErrorInfo("PREDICTION_FAILED", plain_reason(reason), source)


def plain_reason(reason: str) -> str:
    """Why the graph failed, in its own words if it rejected an image; never an assertion's text with its tensors."""
    if _ASSERTION not in reason:
        return reason
    refused = _REFUSAL.search(reason)
    return f"{refused[2][0].upper()}{refused[2][1:]}." if refused else "The export refuses this request."


def _fits(code: str, text: str, kind: str, data: bytes) -> bool:
    if code == WRONG_SIZE:
        return True
    if code == SIXTEEN_BIT:
        return kind == "PNG" and data[PNG_DEPTH : PNG_DEPTH + 1] == b"\x10"
    if code == CMYK:
        return look(data).components == 4
    return kind not in text or f"no {kind} images" in text


def _kind(data: bytes, source: str) -> str | ErrorInfo:
    """The format of an image that Pillow can read, or the error in it."""
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's size and EXIF warnings are not about validity.
            with Image.open(io.BytesIO(data)) as image:
                # A camera's JPEG with an appended preview is a JPEG to every decoder.
                kind = "JPEG" if image.format == "MPO" else image.format or "image"
                image.load()
    except UnidentifiedImageError:
        what = "text" if _is_text(data) else "no image format known here"
        return ErrorInfo("NOT_AN_IMAGE", f"This is not an image: it contains {what}.", source)
    except Image.DecompressionBombError:
        return ErrorInfo("TOO_LARGE", "The image has too many pixels.", source)
    except (OSError, SyntaxError, ValueError) as err:
        return ErrorInfo("BAD_IMAGE", f"The image is truncated or damaged: {err}.", source)
    return kind


def _is_text(data: bytes) -> bool:
    head = data[:512]
    return b"\0" not in head and all(b >= 32 or b in b"\t\r\n\f" for b in head)
