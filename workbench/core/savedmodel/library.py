"""Locates the shared library with the C API of the installed TensorFlow and checks that it is complete.

Nothing is imported or loaded for this.
"""

from __future__ import annotations

import importlib.util
import re
import sys
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Final

from workbench.spec.errors import WorkbenchError

LIBRARIES: Final = {
    "linux": ("libtensorflow_cc.so.2", "libtensorflow_framework.so.2"),
    "darwin": ("libtensorflow_cc.2.dylib", "libtensorflow_framework.2.dylib"),
}
"""Files in a wheel by `sys.platform`: the library with the C API, and the one it is linked to."""

_DISTRIBUTIONS: Final = ("tensorflow", "tensorflow-cpu", "tensorflow-macos", "tensorflow-gpu")


def find_library(platform: str = sys.platform) -> Path:
    """The library with the C API in the installed TensorFlow. Raises `WorkbenchError` NO_C_API if there is none."""
    names = LIBRARIES.get(platform)
    if names is None:
        raise unusable(f"TensorFlow's wheels carry no C API for {platform}.")
    spec = importlib.util.find_spec("tensorflow")
    homes = list(spec.submodule_search_locations or ()) if spec else []
    if not homes:
        raise unusable("TensorFlow is not installed.")
    for name in names:
        if not (Path(homes[0]) / name).is_file():
            raise unusable(f"The installed TensorFlow has no {name}.", Path(homes[0]))
    return Path(homes[0]) / names[0]


def check_sizes(package: Path) -> None:
    """Compare the libraries' sizes with the wheel's RECORD, if there is one.

    The dynamic linker (glibc 2.36) maps a truncated file without an error, and the process then dies of SIGBUS. Raises
    `WorkbenchError` NO_C_API.
    """
    distribution = _distribution(package)
    record = (distribution.read_text("RECORD") if distribution else "") or ""
    for line in re.finditer(rf"^{package.name}/(libtensorflow_[^/,]+),[^,\n]*,(\d+)\r?$", record, re.MULTILINE):
        library, size = package / line[1], int(line[2])
        if library.is_file() and library.stat().st_size != size:
            raise unusable(
                f"The file has {library.stat().st_size} bytes; the installed package recorded {size}.", library
            )


def check_version(library: Path, version: str) -> None:
    """Compare the version that a library reports with its package's. Raises `WorkbenchError` NO_C_API if they
    differ."""
    distribution = _distribution(library.parent)
    if distribution and _plain(distribution.version) != _plain(version):
        text = f"TensorFlow's library is version {version}, and the installed package is {distribution.version}."
        raise unusable(text, library)


def _distribution(package: Path) -> Distribution | None:
    """The distribution that installed a package's folder, or `None` if its record is not beside it."""
    for name in _DISTRIBUTIONS:
        for found in distributions(name=name, path=[str(package.parent)]):
            return found
    return None


def _plain(version: str) -> str:
    """Normalises `2.15.0-rc1`, as TensorFlow writes it, and `2.15.0rc1`, as Python does, and drops a local part."""
    return version.partition("+")[0].replace("-", "")


def unusable(text: str, where: Path | None = None) -> WorkbenchError:
    """The error for a TensorFlow whose C API cannot be used, naming the fallback."""
    hint = "TensorFlow's Python package is used instead, which takes several seconds longer to start."
    return WorkbenchError("NO_C_API", text, where=str(where or ""), hint=hint)
