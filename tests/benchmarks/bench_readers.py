"""JPEGs to pixels by the cv2 readers, beside TensorFlow's own resize and beside OpenCV in Python; decoding included.

TensorFlow resizes in two passes (width, round, height, round) with antialias, by the kernel of the nearest name; for
`nearest` once. OpenCV reads one picture after the other, as training does; its resize uses all cores.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import cv2
import numpy as np
from bench_preprocess import SIZE, least, photo_jpeg, session, two_passes
from ratio import Ratio

from workbench.core.export.preprocess import PARALLEL_IMAGES, preprocess_function
from workbench.core.lazy import tensorflow
from workbench.spec.preprocess import Preprocess

KERNELS: Final = {"nearest": "", "linear": "bilinear", "area": "area", "cubic": "bicubic", "lanczos4": "lanczos3"}
"""OpenCV's names and TensorFlow's."""

COUNT: Final = 16


def run() -> list[Ratio]:
    """For each kernel and size of picture a row beside TensorFlow and one beside OpenCV."""
    pictures = {"1024x768": photo_jpeg(768, 1024), "4000x3000": photo_jpeg(3000, 4000)}
    rows: list[Ratio] = []
    for name, picture in pictures.items():
        for kernel in KERNELS:
            calls = {"ours": _ours(kernel), "tf": _tensorflow(kernel), "cv2": _opencv(kernel)}
            took = least({k: partial(call, [picture] * COUNT) for k, call in calls.items()})
            step = f"{COUNT} x {name} JPEG, cv2:{kernel}"
            rows += [
                Ratio(step=step, ours=took["ours"], peer=f"{k} {KERNELS[kernel]}".strip(), peer_seconds=took[k])
                for k in ("tf", "cv2")
            ]
    return rows


def _ours(kernel: str) -> Callable[[list[bytes]], object]:
    return session(preprocess_function(Preprocess(size=SIZE, reader=f"cv2:{kernel}", scale="0..255"), 3))


def _tensorflow(kernel: str) -> Callable[[list[bytes]], object]:
    tf = tensorflow()

    def one(encoded: Any) -> Any:
        pixels = tf.io.decode_jpeg(encoded, channels=3, dct_method="INTEGER_ACCURATE")
        if not KERNELS[kernel]:
            return tf.cast(tf.image.resize(pixels, SIZE, "nearest"), tf.float32)
        return tf.ensure_shape(two_passes(pixels, KERNELS[kernel]), (*SIZE, 3))

    spec = tf.TensorSpec((*SIZE, 3), tf.float32)
    return session(lambda e: tf.map_fn(one, e, fn_output_signature=spec, parallel_iterations=PARALLEL_IMAGES))


def _opencv(kernel: str) -> Callable[[list[bytes]], object]:
    flag = getattr(cv2, f"INTER_{kernel.upper()}")

    def one(data: bytes) -> object:
        pixels = np.asarray(cv2.imdecode(np.frombuffer(data, "uint8"), cv2.IMREAD_COLOR))
        return cv2.resize(pixels, SIZE[::-1], interpolation=flag)

    return lambda batch: [one(data) for data in batch]


if __name__ == "__main__":
    for found in run():
        print(f"{found.step:40}{found.ours:8.4f} s  {found.peer:14}{found.peer_seconds:8.4f} s  {found.ratio:.2f}")
