"""Deferred import of TensorFlow and tf_keras; the one place that sets their start-up options."""

from __future__ import annotations

import gc
import os
import re
import sys
import tempfile
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import_lock: Final = threading.Lock()
"""Held while TensorFlow's Python package is imported, and by any other code that redirects the process's stderr."""

_loaded: list[Any] = []

_CHATTER: Final = re.compile(rb"WARNING: All log messages before absl|[IW]\d{4} |\d{4}-\d\d-\d\d .*: [IW] ")
"""TensorFlow's C++ information and warning lines; errors and everything else are passed on."""


def tensorflow() -> Any:
    """The TensorFlow module; the first call takes seconds.

    Its start-up messages are kept off stderr, which is for progress and the Workbench's own warnings.
    """
    with import_lock:
        if not _loaded:
            os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
            os.environ.setdefault("KERAS_BACKEND", "tensorflow")
            with quiet_stderr():
                tf = import_tensorflow()
                tf.config.list_logical_devices()  # Triggers the messages about devices here, once.
            tf.get_logger().setLevel("ERROR")
            _loaded.append(tf)
    return _loaded[0]


def import_tensorflow() -> Any:
    """The TensorFlow module and nothing more: no thread is started yet, and Keras 3 is not imported."""
    with _without_keras(), _without_collections():
        import tensorflow as tf

    return tf


def legacy_keras() -> Any:
    """The tf_keras module, which loads every file older than Keras 3."""
    tensorflow()
    with _without_collections():
        import tf_keras

    return tf_keras


def keras3() -> Any:
    """The keras module, on TensorFlow, which it would otherwise import itself without these start-up options."""
    tensorflow()
    with _without_collections():
        import keras

    return keras


def either_keras() -> Any:
    """Keras 3 or tf_keras, whichever this process has already; Keras 3 if it has both or neither.

    For the functions that are the same in both, `load_img`, `img_to_array` and `preprocess_input` on numpy's arrays.
    """
    return legacy_keras() if "tf_keras" in sys.modules and "keras" not in sys.modules else keras3()


@contextmanager
def _without_keras() -> Iterator[None]:
    """Keeps TensorFlow's own import from importing Keras 3 at its end, which takes a third of the whole.

    It does so for a registration that only optimizers in a SavedModel need, goes on where there is no Keras
    (`tensorflow/__init__.py`, "Do an eager load for Keras' code"), and then registers at the first `import keras`.
    """
    name = "keras.src.optimizers"
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment] # What the import system takes for "is not there".
    try:
        yield
    finally:
        del sys.modules[name]


@contextmanager
def _without_collections() -> Iterator[None]:
    """Keeps Python's garbage collector from looking through all modules again and again while more are imported.

    They stay, so there is nothing to find; that takes a fifth of the import of TensorFlow.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


_LIBRARIES: Final = r"(keras|tf_keras|tensorflow|h5py|numpy|absl|google|workbench)(\.|$)"
"""Modules whose warnings concern the libraries' own interfaces; modules of a user's Python file are not among them."""


def hush_libraries() -> None:
    """Keep the libraries' warnings off stderr, for this process; Python's own `-W` and PYTHONWARNINGS take precedence.

    Everything relevant about a model is in its facts, its repairs and the checks. Called where a process starts, so
    that tests, which turn warnings into errors, still see them.
    """
    if not sys.warnoptions:
        for category in (UserWarning, DeprecationWarning, FutureWarning, RuntimeWarning):
            warnings.filterwarnings("ignore", category=category, module=_LIBRARIES)


@contextmanager
def quiet_stderr() -> Iterator[None]:
    """Keeps TensorFlow's messages off descriptor 2 during the block, and writes all other output at its end.

    One thread at a time, which holds `import_lock`: the descriptor belongs to the whole process.
    """
    # TF 2.21 writes to descriptor 2 before it applies any log level. Python's own sys.stderr stays connected to the
    # terminal, so that a progress bar continues.
    if sys.stderr is None or not _is_open(2):
        yield
        return
    saved, python_stderr = os.dup(2), sys.stderr
    with tempfile.TemporaryFile() as caught, os.fdopen(os.dup(saved), "w", buffering=1) as direct:
        os.dup2(caught.fileno(), 2)
        if _writes_to(python_stderr, 2):
            sys.stderr = direct
        try:
            yield
        finally:
            sys.stderr = python_stderr
            os.dup2(saved, 2)
            os.close(saved)
            caught.seek(0)
            for line in caught:
                if not _CHATTER.match(line):
                    os.write(2, line)


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def _writes_to(stream: Any, descriptor: int) -> bool:
    try:
        return bool(stream.fileno() == descriptor)
    except (OSError, ValueError, AttributeError):
        return False
