"""JPEGs to pixels: each kernel beside TensorFlow's own resize of the same name, decoding included on both sides.

Exact mode beside the two-pass way (width, round, height, round), the nearest that `tf.image.resize` comes to Pillow;
fast mode beside one `tf.image.resize`, which is off by up to 1 (bilinear) to 6 (lanczos) pixel values (0-255).
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import numpy as np
from PIL import Image
from ratio import Ratio, repeats

from workbench.core.export.freeze import freeze_preprocess
from workbench.core.export.preprocess import PARALLEL_IMAGES, preprocess_function
from workbench.core.lazy import tensorflow
from workbench.spec.preprocess import Preprocess

SIZE: Final = (224, 224)
KERNELS: Final = {"bilinear": "bilinear", "bicubic": "bicubic", "lanczos": "lanczos3"}
"""Our names and TensorFlow's; it has no hamming, and its 'area' is not Pillow's box."""

BATCHES: Final = {"1024x768": (1, 16), "4000x3000": (1, 4)}
"""Images together; four of twelve megapixels are a full request already."""

REPEATS: Final = 7

Call = Callable[[], object]


def run() -> list[Ratio]:
    """For each kernel, picture and batch one row in exact mode and one in fast mode."""
    pictures = {"1024x768": photo_jpeg(768, 1024), "4000x3000": photo_jpeg(3000, 4000)}
    rows: list[Ratio] = []
    for kernel in KERNELS:
        rows += _rows(kernel, pictures)
    return rows


def _rows(kernel: str, pictures: dict[str, bytes]) -> list[Ratio]:
    calls = {"exact": _ours(kernel, exact=True), "fast": _ours(kernel, exact=False)}
    calls |= {"two passes": _theirs(kernel, two_passes), "one resize": _theirs(kernel, _one_resize)}
    rows: list[Ratio] = []
    for name, sizes in BATCHES.items():
        for count in sizes:
            batch = [pictures[name]] * count
            took = least({k: partial(call, batch) for k, call in calls.items()})
            for mode, peer in (("exact", "two passes"), ("fast", "one resize")):
                step = f"{count} x {name} JPEG, {kernel}, {mode}"
                rows.append(Ratio(step=step, ours=took[mode], peer=f"tf {peer}", peer_seconds=took[peer]))
    return rows


def least(calls: dict[str, Call]) -> dict[str, float]:
    """The least seconds of each, taken in turn: a machine that is busy for a while is so for all of them."""
    took = dict.fromkeys(calls, float("inf"))
    for _ in range(repeats(REPEATS)):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            took[name] = min(took[name], time.perf_counter() - start)
    return took


def _ours(kernel: str, *, exact: bool) -> Callable[[list[bytes]], object]:
    settings = Preprocess(size=SIZE, reader=f"load_img:{kernel}", scale="0..255", exact=exact)
    return session(preprocess_function(settings, 3))


def _theirs(kernel: str, resize: Callable[[Any, str], Any]) -> Callable[[list[bytes]], object]:
    tf = tensorflow()

    def one(encoded: Any) -> Any:
        pixels = tf.io.decode_jpeg(encoded, channels=3, dct_method="INTEGER_ACCURATE")
        return tf.ensure_shape(resize(pixels, KERNELS[kernel]), (*SIZE, 3))

    spec = tf.TensorSpec((*SIZE, 3), tf.float32)
    return session(lambda e: tf.map_fn(one, e, fn_output_signature=spec, parallel_iterations=PARALLEL_IMAGES))


def two_passes(pixels: Any, method: str) -> Any:
    tf = tensorflow()
    for size in ([tf.shape(pixels)[0], SIZE[1]], list(SIZE)):
        pixels = tf.clip_by_value(tf.round(tf.image.resize(pixels, size, method, antialias=True)), 0.0, 255.0)
    return pixels


def _one_resize(pixels: Any, method: str) -> Any:
    return tensorflow().image.resize(pixels, SIZE, method, antialias=True)


def session(function: Callable[[Any], Any]) -> Callable[[list[bytes]], object]:
    """Both sides as an export runs: frozen, in a v1 Session."""
    tf = tensorflow()
    frozen = freeze_preprocess(function, "float32")
    graph = tf.Graph()
    with graph.as_default():
        tf.graph_util.import_graph_def(frozen.graph_def, name="")
    call = tf.compat.v1.Session(graph=graph).make_callable(frozen.outputs[0], [frozen.inputs[0]])
    return lambda batch: call(np.array(batch, dtype=object))


def photo_jpeg(height: int, width: int) -> bytes:
    """A JPEG with the frequencies of a photograph: noise at several scales."""
    random = np.random.default_rng(0)
    layers = [random.integers(0, 256, (n * 3, n * 4, 3)).astype("uint8") for n in (2, 16, 128)]
    grown = [np.asarray(Image.fromarray(x).resize((width, height), Image.Resampling.BICUBIC)) for x in layers]
    out = io.BytesIO()
    mixed = np.average(np.stack(grown), axis=0, weights=(6, 3, 1)).astype("uint8")
    Image.fromarray(mixed).save(out, "JPEG", quality=90)
    return out.getvalue()


if __name__ == "__main__":
    for found in run():
        print(f"{found.step:40}{found.ours:8.4f} s  {found.peer:14}{found.peer_seconds:8.4f} s  {found.ratio:.2f}")
