"""Temporarily redirects imports of `keras` and `tf.keras` to tf_keras, for code written for Keras 2."""

from __future__ import annotations

import sys
import threading
import types
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from typing import Any, Final

from workbench.core.keras_internals import legacy_module
from workbench.core.lazy import keras3, legacy_keras, tensorflow

_NAMES: Final = ("tensorflow.keras", "keras")
_lock = threading.Lock()


@contextmanager
def legacy_names() -> Iterator[None]:
    """Within the block, importing `keras...`, `tensorflow.keras...` or `tf.keras` gives tf_keras.

    Modules imported before keep what they have, and so does everything after the block.
    """
    keras3()  # So that no other thread imports it while its name means tf_keras.
    legacy, real = legacy_keras(), tensorflow()
    with _lock:
        aside = {name: module for name, module in sys.modules.items() if _legacy_name(name)}
        finder = _LegacyKerasFinder()
        for name in aside:
            del sys.modules[name]
        sys.modules["tensorflow"] = _tensorflow_with(real, legacy)
        sys.meta_path.insert(0, finder)
        try:
            yield
        finally:
            sys.meta_path.remove(finder)
            for name in [name for name in sys.modules if _legacy_name(name)]:
                del sys.modules[name]
            sys.modules.update(aside)
            sys.modules["tensorflow"] = real


def _legacy_name(name: str) -> str:
    """The module of tf_keras that a name means here; empty for every other name."""
    for start in _NAMES:
        if name == start or name.startswith(start + "."):
            return "tf_keras" + name[len(start) :]
    return ""


def _tensorflow_with(real: Any, legacy: Any) -> types.ModuleType:
    """A TensorFlow module with another `keras`; every other attribute comes from the real module."""

    class TensorFlow(types.ModuleType):
        def __getattr__(self, name: str) -> Any:
            return getattr(real, name)

    module = TensorFlow("tensorflow", real.__doc__)
    module.__path__ = real.__path__
    module.__dict__["keras"] = legacy
    return module


class _LegacyKerasFinder(MetaPathFinder, Loader):
    """Imports the module of tf_keras in place of the requested one."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> ModuleSpec | None:
        return ModuleSpec(fullname, self) if _legacy_name(fullname) else None

    def create_module(self, spec: ModuleSpec) -> None:
        """Let the import system create an empty module; `exec_module` replaces it, as a loader may."""

    def exec_module(self, module: types.ModuleType) -> None:
        sys.modules[module.__name__] = legacy_module(_legacy_name(module.__name__))
