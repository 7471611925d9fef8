"""A release with every kind of file that can decide its export or its verdict, for tests of what a push is bound to."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import h5py
import msgspec
import numpy as np
from support import REFERENCE

from workbench.core import jobs
from workbench.core.model import inspect
from workbench.spec.defaults import default_project
from workbench.spec.preprocess import Preprocess
from workbench.spec.project import Project, save_project
from workbench.spec.report import GateReport
from workbench.spec.settings import CheckSettings, ExportSettings

WRONG = {"dog": ("img00.jpg", "img01.jpg"), "cat": ("img02.jpg", "img03.jpg")}
"""Images under classes that the model does not answer for all of them: by these no release reaches its accuracy."""


class JudgedRelease:
    """`tiny_cnn` with labels, classes, an architecture, a mean, examples, golden answers, labelled images and values.

    With its own settings it passes; with `classes` named, the accuracy of 1 that it asks for is missed.
    """

    shown: GateReport

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.base = folder
        self.file = folder / "p.toml"
        self.model = folder / "tiny_cnn.h5"
        self.classes = folder / "classes"
        self.features = folder / "values.csv"
        self._write()
        made = default_project(inspect(self.model), self.model.name)
        self.project: Project = msgspec.structs.replace(
            made,
            preprocess=Preprocess(size=(64, 64), steps=("resize 64", "scale 0..1", "featurewise_center mean.npy")),
            custom="layers.py",
            architecture="tiny.json",
            signature=msgspec.structs.replace(made.signature, labels=("dog", "cat")),
            export=ExportSettings(examples=("example.jpg",), example_values="example.csv"),
            check=CheckSettings(images=("own.jpg",), values="own.csv", seen="seen.npz", accuracy=1.0),
        )
        save_project(self.project, self.file)

    def _write(self) -> None:
        shutil.copy(REFERENCE / "tiny_cnn.h5", self.model)
        with h5py.File(self.model) as file:
            (self.base / "tiny.json").write_text(json.dumps(json.loads(file.attrs["model_config"])))
        (self.base / "layers.py").write_text("class Unused:\n    pass\n")
        shutil.copy(REFERENCE / "images" / "img04.jpg", self.base / "example.jpg")
        shutil.copy(REFERENCE / "images" / "img05.jpg", self.base / "own.jpg")
        for name in ("example", "own"):
            (self.base / f"{name}.csv").write_text(f"file,metadata\n{name}.jpg,an id\n")
        np.save(self.base / "mean.npy", np.array([0.25, 0.5, 0.125], "float32"))
        arrays: dict[str, Any] = {"nobody.jpg": np.zeros((64, 64, 3), np.float32)}
        np.savez(self.base / "seen.npz", **arrays)
        for label, names in WRONG.items():
            (self.classes / label).mkdir(parents=True)
            for name in names:
                shutil.copy(REFERENCE / "images" / name, self.classes / label)
        rows = [f"{name},id of {name}\n" for names in WRONG.values() for name in names]
        self.features.write_text("file,metadata\n" + "".join(rows))

    @property
    def asked(self) -> dict[str, Any]:
        """What a run by the labelled images is given."""
        from workbench.spec.features import read_features

        return {
            "images": (str(self.classes),),
            "features": read_features(self.features),
            "files": (str(self.features),),
        }

    def check(self, **more: Any) -> Any:
        """The gate by the labelled images, for somebody to see: its report."""
        return jobs.check(self.project, self.base, **{**self.asked, **more})[0]

    def images_sha256(self) -> str:
        """The hash of the labelled images as coreutils make it."""
        pipe = "find classes -type f -print0 | xargs -0 sha256sum | cut -c-64 | sort | sha256sum | cut -c-64"
        done = subprocess.run(["sh", "-c", pipe], cwd=self.base, capture_output=True, text=True, check=True)
        return done.stdout.strip()


def sha256(path: Path) -> str:
    """A file's own."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def alter(path: Path) -> None:
    """One byte more at its end, and the time of the last change as it was: only the content tells."""
    import os

    before = path.stat()
    with path.open("ab") as file:
        file.write(b"\n")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
