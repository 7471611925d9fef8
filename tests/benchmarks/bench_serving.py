"""Encoded images to scores: MobileNetV2 and InceptionV3 exports beside `model.predict` and the usual TF 1 pipeline.

`model.predict` gets decoded, scaled arrays for nothing; ours starts from JPEG bytes. Sizes and peaks are in MB.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from bench_export import photo
from ratio import Ratio, best

from workbench.core.export import export
from workbench.core.export.cache import CACHE_VARIABLE
from workbench.core.lazy import tensorflow
from workbench.core.model import inspect
from workbench.core.savedmodel.session import ServingSession
from workbench.spec.defaults import default_project
from workbench.spec.project import Project

MODELS: Final = {"MobileNetV2": 224, "InceptionV3": 299}
READERS: Final = {
    "nearest": ("load_img:nearest", True),
    "bilinear": ("load_img:bilinear", True),
    "bilinear fast": ("load_img:bilinear", False),
}
BATCHES: Final = (1, 16, 64)

_PEAK: Final = """
import sys
import numpy as np
{load}
run()
# VmHWM and not ru_maxrss, which a child inherits from whoever started it.
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(int(peak.split()[1]) / 1000)
"""

_OURS: Final = """
from pathlib import Path
from workbench.core.savedmodel.session import ServingSession
session = ServingSession(Path(sys.argv[1]))
data = [Path(sys.argv[2]).read_bytes()] * 16
run = lambda: session.run("serving_default", {"input": data, "metadata": ["x"] * 16})
"""

_THEIRS: Final = """
from workbench.core.lazy import tensorflow
tf = tensorflow()
serve = tf.saved_model.load(sys.argv[1]).signatures["serving_default"]
name = next(iter(serve.structured_input_signature[1]))
x = tf.zeros((16, int(sys.argv[2]), int(sys.argv[2]), 3))
run = lambda: serve(**{name: x})
"""


def run() -> list[Ratio]:
    """Both models; one photograph of 1024x768 pixels after the other in each batch."""
    tensorflow()
    with tempfile.TemporaryDirectory() as folder:
        os.environ[CACHE_VARIABLE] = str(Path(folder) / "cache")
        return [ratio for name in MODELS for ratio in _Bench(Path(folder), name).ratios()]


class _Bench:
    """One model with its file, Keras' export of it, and the photographs."""

    def __init__(self, folder: Path, name: str) -> None:
        import keras

        self.keras: Any = keras
        self.name, self.size = name, MODELS[name]
        self.folder = folder / name
        self.folder.mkdir()
        paths = [photo(self.folder / f"photo{i:02}.jpg", i) for i in range(16)]
        self.photos = [p.read_bytes() for p in paths]
        self.path = self.folder / "m.keras"
        shape = (self.size, self.size, 3)
        getattr(keras.applications, name)(weights=None, classes=10, input_shape=shape).save(self.path)
        self.model = keras.models.load_model(self.path, compile=False)
        self.pixels = np.random.default_rng(0).random((64, *shape), dtype="float32")

    def ratios(self) -> Iterator[Ratio]:
        predicted = {n: best(partial(self._predict, n), 3) for n in BATCHES}
        theirs = self.folder / "theirs"
        self.model.export(str(theirs), verbose=False)
        for words, (reader, exact) in READERS.items():
            ours = Path(export(self._project(reader, exact=exact), self.folder).path)
            yield from self._serving(ours, words, predicted)
        yield from self._tf1_graph()
        yield self._row("size, MB", _megabytes(ours / "saved_model.pb"), "Keras' export", _megabytes(theirs), "MB")
        yield self._first(ours, theirs)
        if sys.platform != "linux":
            return
        peaks = _peak(_OURS, ours, self.folder / "photo00.jpg"), _peak(_THEIRS, theirs, self.size)
        yield self._row("peak of a process, batch 16, MB", peaks[0], "Keras' export on arrays", peaks[1], "MB")

    def _row(self, step: str, ours: float, peer: str, theirs: float, unit: str = "s") -> Ratio:
        return Ratio(step=f"{self.name}: {step}", ours=ours, peer=peer, peer_seconds=theirs, unit=unit)

    def _project(self, reader: str, *, exact: bool) -> Project:
        project = default_project(inspect(self.path), "m.keras", reader=reader)
        assert project.preprocess is not None
        return msgspec.structs.replace(project, preprocess=msgspec.structs.replace(project.preprocess, exact=exact))

    def _batch(self, count: int) -> dict[str, Any]:
        return {"input": (self.photos * 4)[:count], "metadata": ["x"] * count}

    def _predict(self, count: int) -> Any:
        return self.model.predict(self.pixels[:count], batch_size=64, verbose=0)

    def _serving(self, ours: Path, words: str, predicted: dict[int, float]) -> Iterator[Ratio]:
        session = ServingSession(ours)
        for count, seconds in predicted.items():
            batch = self._batch(count)
            taken = best(partial(session.run, "serving_default", batch), 3)
            yield self._row(f"{count} JPEG -> scores, {words}", taken, f"model.predict on {count} arrays", seconds)
        batch = self._batch(64)
        whole = best(lambda: session.run("serving_default", batch), 3)
        pixels = best(lambda: session.fetch(["tensors/input:0"], "serving_default", batch), 3)
        alone: dict[str, Any] = {"input": self.pixels, "metadata": ["x"] * 64}
        model = best(lambda: session.run("tensor", alone), 3)
        yield self._row(f"64 JPEG -> scores, {words}", whole, "its preprocess alone + its model alone", pixels + model)
        session.close()

    def _tf1_graph(self) -> Iterator[Ratio]:
        """The usual TF 1 way: its resize in a `map_fn` before the model, its variables beside it."""
        tf = tensorflow()
        decode: Callable[[Any], Any] = lambda e: tf.compat.v1.image.resize_bilinear(  # noqa: E731
            tf.io.decode_jpeg(e, channels=3)[None], (self.size, self.size)
        )[0]

        @tf.function(autograph=False)  # type: ignore[untyped-decorator]
        def serve(encoded: Any) -> Any:
            pixels = tf.map_fn(decode, encoded, fn_output_signature=tf.float32)
            return self.model(tf.ensure_shape(pixels, (None, self.size, self.size, 3)) / 255.0, training=False)

        ours = ServingSession(Path(export(self._project("tf1", exact=True), self.folder).path))
        for count in (1, 16):
            encoded, batch = tf.constant((self.photos * 4)[:count]), self._batch(count)
            taken = best(partial(ours.run, "serving_default", batch), 3)
            theirs = best(partial(serve, encoded), 3)
            yield self._row(f"{count} JPEG -> scores, tf1", taken, "TF 1 graph, not frozen", theirs)
        ours.close()

    def _first(self, ours: Path, theirs: Path) -> Ratio:
        session = ServingSession(ours)
        serve = tensorflow().saved_model.load(str(theirs)).signatures["serving_default"]
        name = next(iter(serve.structured_input_signature[1]))
        pixels = tensorflow().constant(self.pixels[:1])
        first = best(lambda: session.run("serving_default", self._batch(1)), 1)
        other = best(lambda: serve(**{name: pixels}), 1)
        session.close()
        return self._row("first call, 1 JPEG", first, "Keras' export, 1 array", other)


def _megabytes(path: Path) -> float:
    files = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
    return sum(p.stat().st_size for p in files) / 1e6


def _peak(load: str, *arguments: object) -> float:
    """Resident memory at its highest of a fresh process that loads and runs once, in MB."""
    command = [sys.executable, "-c", _PEAK.format(load=load), *map(str, arguments)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(done.stdout.split()[-1])


if __name__ == "__main__":
    for row in run():
        print(f"{row.step:52}{row.ours:9.3f} {row.unit:3}{row.peer:42}{row.peer_seconds:9.3f} {row.ratio:.2f}")
