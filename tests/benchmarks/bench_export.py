"""MobileNetV2 from the model file to scores: each step beside `keras.Model.export` and `saved_model_cli run`."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from ratio import Ratio, best, best_command

from workbench.core.export import export, read_signatures
from workbench.core.export.cache import CACHE_VARIABLE
from workbench.core.lazy import tensorflow
from workbench.core.model import inspect
from workbench.core.predict import Predictor
from workbench.core.savedmodel.session import ServingSession
from workbench.spec.defaults import default_project
from workbench.spec.project import Project

SIZE = (224, 224)
IMAGES = 16


def run() -> list[Ratio]:
    """Four steps on one model; ours includes reading the JPEGs and proving the export."""
    tensorflow()
    with tempfile.TemporaryDirectory() as folder:
        os.environ[CACHE_VARIABLE] = str(Path(folder) / "cache")
        return _Bench(Path(folder)).ratios()


class _Bench:
    """The model, the images and both exports in one folder."""

    def __init__(self, folder: Path) -> None:
        import keras

        self.keras: Any = keras
        self.folder = folder
        self.images = [photo(folder / f"photo{i:02}.jpg", i) for i in range(IMAGES)]
        self.path = folder / "m.keras"
        keras.applications.MobileNetV2(weights=None, classes=10, input_shape=(*SIZE, 3)).save(self.path)
        self.project: Project = default_project(inspect(self.path), "m.keras", reader="load_img:bilinear")

    def ratios(self) -> list[Ratio]:
        written = self._write()
        ours, theirs = export(self.project, self.folder, self.folder / "ours").path, self.folder / "theirs"
        tf = tensorflow()
        reload = Ratio(
            step="reload the export",
            ours=best(lambda: ServingSession(Path(ours)).close(), 3),
            peer="tf.saved_model.load of Keras' export",
            peer_seconds=best(lambda: tf.saved_model.load(str(theirs)), 3),
        )
        return [written, reload, self._predict(Path(ours)), self._process(Path(ours), theirs)]

    def _write(self) -> Ratio:
        def ours() -> None:
            shutil.rmtree(os.environ[CACHE_VARIABLE], ignore_errors=True)
            export(self.project, self.folder)

        def theirs() -> None:
            model = self.keras.models.load_model(self.path, compile=False)
            model.export(str(self.folder / "theirs"), verbose=False)

        peer = "keras load_model + Model.export"
        return Ratio(step="model file -> proven export", ours=best(ours, 2), peer=peer, peer_seconds=best(theirs, 2))

    def _predict(self, ours: Path) -> Ratio:
        predictor = Predictor(ours)
        model = self.keras.models.load_model(self.path, compile=False)
        model.predict(self._decoded(), verbose=0)
        result = Ratio(
            step=f"{IMAGES} JPEGs -> scores, loaded",
            ours=best(lambda: predictor.predict_images(self.images)),
            peer="Pillow load_img + model.predict",
            peer_seconds=best(lambda: model.predict(self._decoded(), verbose=0)),
        )
        predictor.close()
        return result

    def _process(self, ours: Path, theirs: Path) -> Ratio:
        np.save(self.folder / "x.npy", self._decoded())
        bin_ = Path(sys.executable).parent
        alias = next(iter(read_signatures(theirs).signatures["serving_default"].inputs))
        select = ["--dir", str(theirs), "--tag_set", "serve", "--signature_def", "serving_default"]
        tool = [str(bin_ / "saved_model_cli"), "run", *select, "--inputs", f"{alias}={self.folder / 'x.npy'}"]
        mine = [str(bin_ / "workbench"), "predict", str(ours), *map(str, self.images), "--format", "jsonl"]
        return Ratio(
            step=f"{IMAGES} JPEGs -> scores, whole process",
            ours=best_command(mine, 2),
            peer="saved_model_cli run on decoded floats",
            peer_seconds=best_command(tool, 2),
        )

    def _decoded(self) -> Any:
        load = self.keras.utils.load_img
        pictures = [np.asarray(load(p, target_size=SIZE, interpolation="bilinear"), "float32") for p in self.images]
        return np.stack(pictures) / 255


def photo(path: Path, seed: int) -> Path:
    """A 1024x768 JPEG with the frequencies of a photograph: noise at several scales."""
    random = np.random.default_rng(seed)
    layers = [Image.fromarray(random.integers(0, 256, (n * 3, n * 4, 3)).astype("uint8")) for n in (2, 16, 128)]
    grown = [np.asarray(x.resize((1024, 768), Image.Resampling.BICUBIC), "float32") for x in layers]
    Image.fromarray(np.average(grown, axis=0, weights=(6, 3, 1)).astype("uint8")).save(path, quality=90)
    return path


if __name__ == "__main__":
    for found in run():
        print(f"{found.step:36}{found.ours:8.3f} s  {found.peer:38}{found.peer_seconds:8.3f} s  {found.ratio:.2f}")
