"""Proves an export before it takes its place: reloaded in a v1 Session and compared with the model."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from workbench.core.export.read import read_signatures
from workbench.core.lazy import tensorflow
from workbench.core.model.load import LoadedModel
from workbench.core.predict.session import ServingSession
from workbench.spec.errors import WorkbenchError
from workbench.spec.model import TensorFacts
from workbench.spec.signature import SERVING_DEFAULT, Composition

Array = npt.NDArray[Any]

TOLERANCE: Final = 1e-5
"""Largest difference allowed, relative to the largest score where that is above 1 (float32 graphs)."""

_SIZES: Final = ((48, 64), (131, 97), (240, 320))
"""Heights and widths in pixels of the synthetic pictures."""


def verify(folder: Path, model: LoadedModel, composition: Composition, image_tensor: str) -> float:
    """The largest difference between export and model on synthetic pictures.

    The model gets the very pixels the export made, so only the joined graph is judged here.
    Raises `WorkbenchError` EXPORT_DIFFERS or EXPORT_SIGNATURE.
    """
    _check_signature(folder, composition)
    session = ServingSession(folder)
    try:
        return _compare(session, model, composition, image_tensor, str(folder))
    finally:
        session.close()


def _check_signature(folder: Path, composition: Composition) -> None:
    written = read_signatures(folder).signatures
    if written != composition.signatures:
        text = "The signature written is not the one composed; this is a fault of the Workbench."
        raise WorkbenchError("EXPORT_SIGNATURE", f"{text} {written} {composition.signatures}", where=str(folder))


def _compare(session: ServingSession, model: LoadedModel, made: Composition, image_tensor: str, where: str) -> float:
    columns = synthetic_columns(model.facts.inputs, made)
    spec = session.signatures[SERVING_DEFAULT]
    fetched = session.fetch([image_tensor, *(t.name for t in spec.outputs.values())], SERVING_DEFAULT, columns)
    outputs = dict(zip(spec.outputs, fetched[1:], strict=True))
    by_input = {name: np.asarray(columns[alias]) for alias, name in made.feeds.items()}
    by_input[made.feeds[made.image_alias]] = fetched[0]
    # Called eagerly: three pictures do not repay the tracing of `predict`.
    given = [tensorflow().constant(by_input[t.name]) for t in model.facts.inputs]
    expected = [np.asarray(y) for y in model(given)]
    worst = max(_difference(outputs[a], y) for a, y in zip(made.scores, expected, strict=True))
    limit = TOLERANCE * max(1.0, *(float(np.max(np.abs(y), initial=0.0)) for y in expected))
    if not worst <= limit:
        text = f"The export differs from the model by {worst:.3g}, more than {limit:.3g}; it was not kept."
        raise WorkbenchError("EXPORT_DIFFERS", text, where=where, hint="Please report this model.")
    for key in made.passthrough:
        if outputs[key].tolist() != list(columns[key]):
            raise WorkbenchError("EXPORT_DIFFERS", f"The passthrough key '{key}' came back changed.", where=where)
    return worst


def _difference(ours: Array, theirs: Array) -> float:
    if ours.shape != theirs.shape:
        return float("inf")
    # NaN equals NaN here: a model that answers NaN must be exported as it is; the release gate judges it.
    both_nan = np.isnan(ours) & np.isnan(theirs) if ours.dtype.kind == "f" else np.zeros(ours.shape, bool)
    return float(np.max(np.where(both_nan, 0, np.abs(ours.astype(float) - theirs.astype(float))), initial=0.0))


def synthetic_columns(inputs: tuple[TensorFacts, ...], made: Composition) -> dict[str, Any]:
    """A small batch for `serving_default`: pictures of several sizes, plausible values, distinct keys."""
    random = np.random.default_rng(0)
    facts = {t.name: t for t in inputs}
    columns: dict[str, Any] = {key: [f"{key} {i}".encode() for i in range(len(_SIZES))] for key in made.passthrough}
    for alias, name in made.feeds.items():
        if alias == made.image_alias:
            columns[alias] = [_picture(random, size) for size in _SIZES]
        else:
            columns[alias] = _values(random, facts[name])
    return columns


def _picture(random: np.random.Generator, size: tuple[int, int]) -> bytes:
    from PIL import Image

    coarse = Image.fromarray(random.integers(0, 256, (6, 8, 3)).astype("uint8"))
    out = io.BytesIO()
    coarse.resize(size[::-1], Image.Resampling.BICUBIC).save(out, "JPEG", quality=95)
    return out.getvalue()


def _values(random: np.random.Generator, facts: TensorFacts) -> Array:
    # Open dimensions other than the batch get 8: any length must do.
    shape = (len(_SIZES), *(8 if d is None else d for d in (facts.shape or (None,))[1:]))
    if facts.dtype == "string":
        return np.full(shape, "text", dtype=object)
    if facts.dtype.startswith("float"):
        return random.normal(size=shape).astype(facts.dtype)
    return random.integers(0, 2, shape).astype(facts.dtype)
