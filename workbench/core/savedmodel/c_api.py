"""The C API of the installed TensorFlow: its shared library, loaded once, with every function declared.

Declarations: tensorflow/c/c_api.h, tf_tensor.h, tf_tstring.h and tf_status.h, which are in the wheel under `include`.
"""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import POINTER, c_char_p, c_int, c_int64, c_size_t, c_void_p
from pathlib import Path
from typing import Any, Final

from workbench.core import lazy
from workbench.core.savedmodel.library import check_sizes, check_version, find_library, unusable
from workbench.spec.errors import WorkbenchError


class Output(ctypes.Structure):
    """`TF_Output`: one output of one operation."""

    _fields_ = [("operation", c_void_p), ("index", c_int)]


Deallocator: Final = ctypes.CFUNCTYPE(None, c_void_p, c_size_t, c_void_p)
"""The callback of `TF_NewTensor`, called with (data, bytes, our argument) when nothing uses the memory any more."""

_P, _DIMS, _OUTPUTS, _POINTERS = c_void_p, POINTER(c_int64), POINTER(Output), POINTER(c_void_p)

# Name -> (result, arguments). These may take long or call back into Python, so ctypes releases the GIL meanwhile.
_LONG: Final[dict[str, tuple[Any, list[Any]]]] = {
    "TF_LoadSessionFromSavedModel": (_P, [_P, _P, c_char_p, POINTER(c_char_p), c_int, _P, _P, _P]),
    "TF_SessionRun": (None, [_P, _P, _OUTPUTS, _POINTERS, c_int, _OUTPUTS, _POINTERS, c_int, _P, c_int, _P, _P]),
    "TF_CloseSession": (None, [_P, _P]),
    "TF_DeleteSession": (None, [_P, _P]),
    "TF_DeleteGraph": (None, [_P]),
    "TF_DeleteTensor": (None, [_P]),
    "TF_NewTensor": (_P, [c_int, _DIMS, c_int, _P, c_size_t, Deallocator, _P]),
}
# These take well under a microsecond. If each released the GIL, another busy thread could keep it for Python's whole
# switch interval (5 ms), several times in every run.
_SHORT: Final[dict[str, tuple[Any, list[Any]]]] = {
    "TF_Version": (c_char_p, []),
    "TF_NewStatus": (_P, []),
    "TF_GetCode": (c_int, [_P]),
    "TF_Message": (c_char_p, [_P]),
    "TF_DeleteStatus": (None, [_P]),
    "TF_NewGraph": (_P, []),
    "TF_NewSessionOptions": (_P, []),
    "TF_SetConfig": (None, [_P, c_char_p, c_size_t, _P]),
    "TF_DeleteSessionOptions": (None, [_P]),
    "TF_GraphOperationByName": (_P, [_P, c_char_p]),
    "TF_OperationNumOutputs": (c_int, [_P]),
    "TF_OperationOutputType": (c_int, [Output]),
    "TF_GraphGetTensorNumDims": (c_int, [_P, Output, _P]),
    "TF_GraphGetTensorShape": (None, [_P, Output, _DIMS, c_int, _P]),
    "TF_AllocateTensor": (_P, [c_int, _DIMS, c_int, c_size_t]),
    "TF_TensorMaybeMove": (_P, [_P]),
    "TF_TensorType": (c_int, [_P]),
    "TF_NumDims": (c_int, [_P]),
    "TF_Dim": (c_int64, [_P, c_int]),
    "TF_TensorByteSize": (c_size_t, [_P]),
    "TF_TensorData": (_P, [_P]),
    "TF_StringInit": (None, [_P]),
    "TF_StringCopy": (None, [_P, c_char_p, c_size_t]),
    "TF_StringGetDataPointer": (_P, [_P]),
    "TF_StringGetSize": (c_size_t, [_P]),
}


class TensorFlowError(Exception):
    """A `TF_Status` that is not OK: its code (tensorflow/c/tf_status.h) and TensorFlow's own message."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class CApi:
    """The functions of one loaded library as attributes, such as `TF_SessionRun`, with their types declared."""

    def __init__(self, library: Path) -> None:
        """Load a library. Raises `OSError` if it cannot be loaded, and `AttributeError` if a function is missing.

        RTLD_LOCAL, and the same path that TensorFlow's Python package opens: whichever is second gets the same library.
        """
        self.path = library
        releasing = ctypes.CDLL(str(library))
        self._declare(releasing, _LONG)
        self._declare(ctypes.PyDLL(str(library), handle=releasing._handle), _SHORT)
        self.version: str = self.TF_Version().decode()

    def _declare(self, library: Any, functions: dict[str, tuple[Any, list[Any]]]) -> None:
        for name, (result, arguments) in functions.items():
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
            setattr(self, name, function)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"{name} is not declared in c_api.py")

    @contextmanager
    def status(self) -> Iterator[int]:
        """A new `TF_Status` for the calls in the block. Raises `TensorFlowError` if they left it not OK."""
        status = self.TF_NewStatus()
        try:
            yield status
            code = self.TF_GetCode(status)
            if code:
                raise TensorFlowError(code, self.TF_Message(status).decode(errors="replace"))
        finally:
            self.TF_DeleteStatus(status)


_lock = threading.Lock()
_known: list[CApi | WorkbenchError] = []


def c_api() -> CApi:
    """The C API of the installed TensorFlow; loaded at the first call, from any thread.

    Raises `WorkbenchError` NO_C_API, the same at every call, if there is none that can be used: no wheel, a system
    whose wheel has no such library, a damaged one, one of another version than its package, a function missing.
    """
    with _lock:
        if not _known:
            try:
                _known.append(load(find_library()))
            except WorkbenchError as err:
                _known.append(err)
    found = _known[0]
    if isinstance(found, WorkbenchError):
        raise WorkbenchError(found.code, found.message, where=found.where, hint=found.hint)
    return found


def load(library: Path) -> CApi:
    """Load a library with all its functions. Raises `WorkbenchError` NO_C_API with what is wrong with it."""
    check_sizes(library.parent)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        with _quietly():
            api = CApi(library)
    except OSError as err:
        raise unusable(f"TensorFlow's library cannot be loaded: {err}.", library) from err
    except AttributeError as err:
        raise unusable(f"TensorFlow's library lacks a function: {err}.", library) from err
    check_version(library, api.version)
    return api


@contextmanager
def _quietly() -> Iterator[None]:
    """Keeps TensorFlow's start-up messages off stderr, as `lazy` does.

    While another thread imports TensorFlow's Python package, stderr is already redirected: waiting for it would cost
    seconds, and redirecting stderr twice at the same time would leave it at the wrong file.
    """
    if not lazy.import_lock.acquire(blocking=False):
        yield
        return
    try:
        with lazy.quiet_stderr():
            yield
    finally:
        lazy.import_lock.release()
