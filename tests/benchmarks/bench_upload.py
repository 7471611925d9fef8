"""A variables export of MobileNetV2 into a bucket 30 ms away, beside the storage library's own two ways.

The store is the local target in a process of its own, every request delayed. Ours also lists the folder before and
after, sends every file create-only and the graph last and alone.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Final

import msgspec
from ratio import Ratio, best, repeats

from workbench.core.deploy.storage import StagingBucket
from workbench.core.export import export
from workbench.core.export.cache import CACHE_VARIABLE
from workbench.core.file_manifest import read_manifest
from workbench.core.lazy import tensorflow
from workbench.core.model import inspect
from workbench.core.progress import silent
from workbench.spec.defaults import default_project
from workbench.spec.settings import ExportSettings
from workbench.spec.targets.local import LocalTarget

SECONDS: Final = 0.03
SHARDS: Final = 24
"""Small files beside the variables, as vocabularies and label files are: where a store's latency is felt."""


def run() -> list[Ratio]:
    """The export as it is, and the same with small assets beside it."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ[CACHE_VARIABLE] = str(Path(folder) / "cache")
        plain = _exported(Path(folder))
        many = shutil.copytree(plain, Path(folder) / "many")
        for number in range(SHARDS):
            path = many / "assets" / f"labels-{number:02}.txt"
            path.parent.mkdir(exist_ok=True)
            path.write_text(f"{number}\n" * 2000)
        with _store(Path(folder) / "root") as url:
            rows = _Bench(url, plain, "variables export").ratios()
            return rows + _Bench(url, many, f"the same with {SHARDS} assets").ratios()


def _exported(folder: Path) -> Path:
    tensorflow()
    import keras

    keras.applications.MobileNetV2(weights=None, classes=1000, input_shape=(224, 224, 3)).save(folder / "m.keras")
    project = default_project(inspect(folder / "m.keras"), "m.keras", reader="load_img:bilinear")
    settings = msgspec.structs.replace(project, export=ExportSettings(layout="variables"))
    return Path(export(settings, folder, folder / "export").path)


@contextmanager
def _store(root: Path) -> Iterator[str]:
    faults = f'{{"rules": [{{"nth": 0, "times": 0, "action": {{"kind": "delay", "seconds": {SECONDS}}}}}]}}'
    command = [sys.executable, "-m", "workbench", "serve", "--port", "0", "--root", str(root), "--faults", faults]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert child.stdout is not None
        yield child.stdout.readline().strip()
    finally:
        child.terminate()
        child.wait()


def _timed(work: Callable[[], object]) -> float:
    return best(work, 1)


class _Bench:
    """One folder of files into one bucket, each time under a name of its own."""

    def __init__(self, url: str, export: Path, name: str) -> None:
        self._target = LocalTarget(url=url)
        self._export = export
        self._manifest = read_manifest(export, silent)
        self._step = f"upload: {name}, {len(self._manifest.files)} files, {self._manifest.bytes / 1e6:.0f} MB"
        self._names = count()
        self._ours()  # Makes the bucket.

    def ratios(self) -> list[Ratio]:
        """The three ways in turn, so that a busy moment of the machine hits them alike."""
        ways = (self._ours, self._turn, self._library)
        ours, turn, library = (
            min(seconds) for seconds in zip(*(map(_timed, ways) for _ in range(repeats())), strict=True)
        )
        peer = "transfer_manager, 8 threads, neither create-only nor compared"
        return [
            Ratio(step=self._step, ours=ours, peer="upload_from_filename in turn", peer_seconds=turn),
            Ratio(step=self._step, ours=ours, peer=peer, peer_seconds=library),
        ]

    def _folder(self) -> str:
        return f"{self._export.name}/{next(self._names)}"

    def _ours(self) -> None:
        """Create-only, checksummed, listed before and after."""
        with StagingBucket(self._target, "workbench") as staging:
            staging.upload(self._manifest, self._folder(), silent)

    def _turn(self) -> None:
        with StagingBucket(self._target, "workbench") as staging:
            bucket: Any = staging._bucket
            folder = self._folder()
            for entry in self._manifest.files:
                bucket.blob(f"{folder}/{entry.path}").upload_from_filename(entry.source)

    def _library(self) -> None:
        from google.cloud.storage import transfer_manager

        with StagingBucket(self._target, "workbench") as staging:
            transfer_manager.upload_many_from_filenames(
                staging._bucket,
                [entry.path for entry in self._manifest.files],
                source_directory=str(self._export),
                blob_name_prefix=f"{self._folder()}/",
                worker_type=transfer_manager.THREAD,
                raise_exception=True,
            )
