"""Cache of loaded versions within a memory limit; evicts the least recently used.

The runtime is loaded by the first thread that needs it, never by the server's event loop.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.serve.serving.batching import Batcher, Outputs
from workbench.core.serve.serving.server_limits import ServerLimits
from workbench.spec.errors import WorkbenchError
from workbench.spec.manifest import WARMUP_PATH

if TYPE_CHECKING:
    from workbench.core.tensor_values import Columns
    from workbench.spec.tensors import SignatureSpec

_log = logging.getLogger(__name__)


class LoadedVersion:
    """One version in memory. Closed once it is evicted and has no leases."""

    def __init__(self, folder: Path, quality: ServerLimits) -> None:
        from workbench.core.savedmodel.opening import open_session

        self._session = open_session(folder)
        self.signatures: dict[str, SignatureSpec] = self._session.signatures
        self.size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        self.leases = 0
        self.shelved = True
        self.batcher = Batcher(
            self._session.run, self._joins, batch=quality.batch, linger=quality.linger, runs=quality.runs
        )
        self._warm_up(folder)

    def _joins(self, signature: str) -> bool:
        """Whether every tensor of the signature has a free batch dimension, as TensorFlow Serving's batching
        requires."""
        spec = self.signatures[signature]
        shapes = [tensor.shape for tensor in (*spec.inputs.values(), *spec.outputs.values())]
        return all(shape is not None and len(shape) > 0 and shape[0] == -1 for shape in shapes)

    def _warm_up(self, folder: Path) -> None:
        """Run the requests of its warm-up file, so that the first client does not wait for TensorFlow's
        optimisations."""
        path = folder / WARMUP_PATH
        if not path.is_file():
            return
        from workbench.core.instances.warmup_requests import read_warmup

        try:
            for name, columns in read_warmup(path):
                self._session.run(name or "serving_default", columns)
        except (WorkbenchError, KeyError) as err:
            # TensorFlow Serving refuses to load the version here; on a developer's machine a version that works is
            # kept.
            _log.warning("%s: a warm-up request failed: %s", folder, err)

    def close(self) -> None:
        """Free the session."""
        self.batcher.close()
        self._session.close()


class ModelLease:
    """A loaded version borrowed by one request."""

    def __init__(self, loaded: LoadedVersion) -> None:
        self._loaded = loaded
        self._announced = True
        self.signatures = loaded.signatures
        loaded.batcher.expect(+1)

    def run(self, signature: str, columns: Columns, count: int) -> Outputs:
        """The outputs for `count` instances, possibly run together with those of other requests.

        Raises `WorkbenchError` BAD_VALUE or RUN_FAILED.
        """
        from workbench.core.tensor_values import to_arrays

        arrays = to_arrays(self.signatures[signature].inputs, columns)
        self.withdraw()
        return self._loaded.batcher.run(signature, arrays, count)

    def withdraw(self) -> None:
        """Announce that nothing will be submitted; may be called twice."""
        if self._announced:
            self._announced = False
            self._loaded.batcher.expect(-1)


class ModelCache:
    """Loaded versions by their folder. Its methods may be called from any thread."""

    def __init__(self, quality: ServerLimits) -> None:
        self._quality = quality
        self._loaded: OrderedDict[Path, LoadedVersion] = OrderedDict()
        self._gates: dict[Path, threading.Lock] = {}
        self._lock = threading.Lock()

    @contextmanager
    def lease(self, folder: Path) -> Iterator[ModelLease]:
        """The version in `folder`, loaded if necessary. Raises `WorkbenchError` CANNOT_LOAD."""
        loaded = self._taken(folder) or self._load(folder)
        lease = ModelLease(loaded)
        try:
            yield lease
        finally:
            lease.withdraw()
            self._give_back(loaded)

    def load(self, folder: Path) -> None:
        """Load and warm a version before its first request. Raises `WorkbenchError` CANNOT_LOAD."""
        with self.lease(folder):
            return

    def holds(self, folder: Path) -> bool:
        """Whether the version in `folder` is in memory."""
        with self._lock:
            return folder in self._loaded

    def _taken(self, folder: Path) -> LoadedVersion | None:
        with self._lock:
            loaded = self._loaded.get(folder)
            if loaded is not None:
                loaded.leases += 1
                self._loaded.move_to_end(folder)
            return loaded

    def _load(self, folder: Path) -> LoadedVersion:
        with self._lock:
            gate = self._gates.setdefault(folder, threading.Lock())
        # Of several concurrent requests only one loads the version.
        with gate:
            loaded = self._taken(folder)
            if loaded is None:
                loaded = LoadedVersion(folder, self._quality)
                loaded.leases = 1
                with self._lock:
                    self._loaded[folder] = loaded
                self._make_room()
            return loaded

    def _make_room(self) -> None:
        with self._lock:
            total = sum(loaded.size for loaded in self._loaded.values())
            idle = [folder for folder, loaded in self._loaded.items() if not loaded.leases]
            gone = []
            for folder in idle:
                if total <= self._quality.memory:
                    break
                total -= self._loaded[folder].size
                gone.append(self._loaded.pop(folder))
        for loaded in gone:
            loaded.close()

    def _give_back(self, loaded: LoadedVersion) -> None:
        with self._lock:
            loaded.leases -= 1
            last = not loaded.leases and not loaded.shelved
        if last:
            loaded.close()
        elif not loaded.leases:
            self._make_room()

    def forget(self, folder: Path) -> None:
        """Remove a version; requests that lease it end first."""
        with self._lock:
            self._gates.pop(folder, None)
            loaded = self._loaded.pop(folder, None)
            if loaded is None:
                return
            loaded.shelved = False
            idle = not loaded.leases
        if idle:
            loaded.close()

    def close(self) -> None:
        """Free everything that is loaded."""
        for folder in list(self._loaded):
            self.forget(folder)
