"""Reads a features file in a pipeline, once per worker process, with the code of the local command."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Final

import msgspec
from apache_beam.utils.shared import Shared

from workbench.core.data.beam.runner import reaching
from workbench.core.data.beam.staging import copied_here, staged_file
from workbench.core.instances.feature_index import FeatureIndex
from workbench.core.instances.image_instances import Features
from workbench.spec.errors import WorkbenchError
from workbench.spec.features import FeaturesFile

MOST: Final = 1 << 30
"""Largest features file in bytes: each worker copies it and reads all of it before its first image."""

_MANIFEST: Final = (
    'Write the values as a manifest instead, which is spread over the workers: a line {"file": PATH, KEY: VALUE} '
    "for each image, in FILE.jsonl, named by --list in the place of the images."
)


class SharedFeatures:
    """A worker's view of the features file: opened on first use, shared by the whole process."""

    def __init__(self, file: FeaturesFile | None) -> None:
        self._file = file
        self._shared = Shared()

    def opened(self) -> Features:
        """The values by file; empty if there is no file.

        Raises `WorkbenchError` NO_FILE, BAD_FEATURES, NO_COLUMN or NO_PYARROW.
        """
        if self._file is None:
            return {}
        file = self._file
        found: FeatureIndex = self._shared.acquire(lambda: index_of(file))
        return found


def index_of(file: FeaturesFile) -> FeatureIndex:
    """Index a features file, local or in a bucket.

    Raises `WorkbenchError` FEATURES_TOO_LARGE, NO_FILE, BAD_FEATURES, NO_COLUMN, NO_PYARROW or NO_FILESYSTEM,
    `OutsideError` CANNOT_REACH.
    """
    if "://" not in file.address:
        return _index(file, Path(file.address))
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder, os.path.basename(file.address))
        with reaching(file.address):
            copied_here(file.address, here)
        return _index(file, here)


def _index(file: FeaturesFile, path: Path) -> FeatureIndex:
    if path.exists() and path.stat().st_size > MOST:
        text = f"The features file has more than {MOST:,} bytes, and every worker of a pipeline would read it through."
        raise WorkbenchError("FEATURES_TOO_LARGE", text, where=file.address, hint=_MANIFEST)
    return FeatureIndex(path, file_key=file.file_key, take=file.take)


def features_for(file: FeaturesFile | None, options: object) -> tuple[FeaturesFile | None, Features]:
    """The file in the form that workers use, and the keys that any image has values for. Raises FEATURES_TOO_LARGE."""
    if file is None:
        return None, {}
    index = index_of(file)
    try:
        known: Features = {"": dict.fromkeys(index.columns)}
    finally:
        index.close()
    if "://" in file.address:
        return file, known
    return msgspec.structs.replace(file, address=staged_file(file.address, options)), known
