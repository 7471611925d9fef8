"""Synthetic instances of a signature: images of several sizes, plausible values, distinct passthrough keys."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from workbench.spec.image_feeds import own_size
from workbench.spec.model import ModelFacts, TensorFacts
from workbench.spec.signature import Composition
from workbench.spec.tensors import NUMPY_NAMES, SignatureInput

Array = npt.NDArray[Any]

SIZES: Final = ((48, 64), (131, 97), (240, 320))
"""Heights and widths in pixels of the synthetic images, one per instance."""

SENT_SIZE: Final = (256, 320)
"""The size of all images that are not resized: networks halve it up to six times and join the parts again."""


def synthetic_columns(model: ModelFacts, made: Composition) -> dict[str, Any]:
    """A small batch for the serving signature: one column per alias, images as JPEG bytes.

    Texts are drawn from the words that the model's lookups know, plus one that they do not know.
    """
    random = np.random.default_rng(0)
    facts = {t.name: t for t in model.inputs}
    return {feed.alias: _column(random, feed, facts, feed.alias in made.as_sent, model.words) for feed in made.feeds}


def instances_of(columns: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The batch as instances: bytes of images unchanged, keys as text, arrays as lists."""
    rows = range(len(next(iter(columns.values()), ())))
    return [{alias: _plain(column[row]) for alias, column in columns.items()} for row in rows]


def _plain(value: Any) -> object:
    # Passthrough keys are text in a request; arrays are lists; an image's bytes stay bytes.
    if isinstance(value, bytes):
        return value if value.startswith(b"\xff\xd8") else value.decode()
    return value.tolist() if hasattr(value, "tolist") else value


def _column(
    random: np.random.Generator,
    feed: SignatureInput,
    facts: Mapping[str, TensorFacts],
    as_sent: bool,
    words: Sequence[str],
) -> Any:
    if feed.kind == "image":
        sizes = [_sent_size(facts[feed.source])] * len(SIZES) if as_sent else SIZES
        return [_picture(random, size) for size in sizes]
    if feed.kind == "tensor":
        return _values(random, facts[feed.source], words)
    return _keys(feed)


def _sent_size(image: TensorFacts) -> tuple[int, int]:
    height, width = own_size(image)
    return height or SENT_SIZE[0], width or SENT_SIZE[1]


def _keys(feed: SignatureInput) -> Any:
    """Distinct values, so that a mix-up of instances shows."""
    # Open dimensions other than the batch get 2: any length must work.
    shape = (len(SIZES), *(2 if d < 0 else d for d in (feed.tensor.shape or (-1,))[1:]))
    if feed.tensor.dtype == "DT_STRING":
        words = [f"{feed.alias} {i}".encode() for i in range(int(np.prod(shape)))]
        return words if len(shape) == 1 else np.array(words, dtype=object).reshape(shape)
    return np.arange(int(np.prod(shape))).reshape(shape).astype(NUMPY_NAMES[feed.tensor.dtype])


def _picture(random: np.random.Generator, size: tuple[int, int]) -> bytes:
    from PIL import Image

    coarse = Image.fromarray(random.integers(0, 256, (6, 8, 3)).astype("uint8"))
    out = io.BytesIO()
    coarse.resize(size[::-1], Image.Resampling.BICUBIC).save(out, "JPEG", quality=95)
    return out.getvalue()


def _values(random: np.random.Generator, facts: TensorFacts, words: Sequence[str]) -> Array:
    # Open dimensions other than the batch get 8.
    shape = (len(SIZES), *(8 if d is None else d for d in (facts.shape or (None,))[1:]))
    if facts.dtype == "string":
        return np.array([_text(random, words) for _ in range(int(np.prod(shape)))], dtype=object).reshape(shape)
    if facts.dtype.startswith("float"):
        # Not negative, and below 2: old models feed floats into embeddings, which use them as word indices.
        return random.uniform(0.0, 1.9, shape).astype(facts.dtype)
    return random.integers(0, 2, shape).astype(facts.dtype)


def _text(random: np.random.Generator, words: Sequence[str]) -> str:
    """A known word, several words including an unknown one, or the unknown one alone."""
    known = [words[int(place)] for place in random.integers(0, len(words), 3)] if words else []
    return str(random.choice(["text", *known[:1], " ".join([*known, "text"])]))
