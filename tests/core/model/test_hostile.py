"""Across modules. Files made to hurt: each is refused by a word, within bounds of processor time and memory, in its
own process."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import h5py
import numpy as np
import pytest

SECONDS: Final = 4.0
"""Of the processor, not of the clock: a busy machine must not fail a test. A bomb would take minutes."""
MEGABYTES: Final = 300.0

MEASURE: Final = """
import json, resource, sys, time
from pathlib import Path
from workbench.core.model.scan import inspect
from workbench.spec.errors import WorkbenchError
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
before, start, code = peak(), time.process_time(), ""
try:
    inspect(Path(sys.argv[1]))
except WorkbenchError as err:
    code = err.code
print(json.dumps([code, time.process_time() - start, peak() - before]))
"""

Make = Callable[[Path], Path]

DENSE: Final = {"class_name": "Dense", "config": {"name": "d", "units": 3}}


def model(layers: list[Any]) -> str:
    return json.dumps({"class_name": "Sequential", "config": {"name": "s", "layers": layers}})


def h5(config: str | bytes, fill: Callable[[h5py.File], object] = lambda file: None, **options: Any) -> Make:
    """A maker of an .h5 with that configuration, and what `fill` puts into it."""

    def make(folder: Path) -> Path:
        with h5py.File(folder / "m.h5", "w", **options) as file:
            file.attrs["model_config"] = config
            file.attrs["keras_version"] = "2.2.4"
            file.create_group("model_weights")
            fill(file)
        return folder / "m.h5"

    return make


def archive(parts: dict[str, bytes], *, compression: int = zipfile.ZIP_DEFLATED, **more: bytes) -> Make:
    """A maker of a .keras archive: a sound one, with `parts` in place of its own or added."""

    def make(folder: Path) -> Path:
        own = {"metadata.json": b'{"keras_version": "3.8.0"}', "config.json": model([]).encode()}
        with zipfile.ZipFile(folder / "m.keras", "w", compression) as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python says of a name that it is there twice; that is the test.
            for name, content in [*(own | {"model.weights.h5": weights(folder)} | parts).items(), *more.items()]:
                file.writestr("config.json" if name == "twice" else name, content)
        return folder / "m.keras"

    return make


def weights(folder: Path) -> bytes:
    with h5py.File(folder / "w.h5", "w") as file:
        file["layers/dense/vars/0"] = np.zeros((2, 3), "float32")
    return (folder / "w.h5").read_bytes()


def many_groups(file: h5py.File) -> None:
    for number in range(55_000):
        h5py.h5g.create(file.id, b"g%d" % number)


def deep_groups(file: h5py.File) -> None:
    file.create_group("/".join(["g"] * 500))


def many_attributes(file: h5py.File) -> None:
    group = file["model_weights"]
    for number in range(10_500):
        group.attrs[str(number)] = 0


def soft_link(file: h5py.File) -> None:
    file["model_weights/k"] = h5py.SoftLink("/model_weights")


def external_link(file: h5py.File) -> None:
    file["model_weights/k"] = h5py.ExternalLink("/etc/passwd", "/x")


def external_storage(file: h5py.File) -> None:
    file["model_weights"].create_dataset("k", (4,), "u1", external=[("/etc/passwd", 0, 4)])


def virtual_dataset(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((4,), "u1")
    layout[:] = h5py.VirtualSource("/other.h5", "x", (4,))
    file["model_weights"].create_virtual_dataset("k", layout)


def claimed_dataset(file: h5py.File) -> None:
    file["model_weights"].create_dataset("k", (2**20, 2**20), "f4", chunks=(64, 64))


def many_claims(file: h5py.File) -> None:
    for number in range(3000):
        file["model_weights"].create_dataset(f"k{number}", (2**12, 2**10), "f4", chunks=(64, 64))


def compressed_zeros(file: h5py.File) -> None:
    file["model_weights"].create_dataset("k", data=np.zeros(2**27, "u1"), compression="gzip", compression_opts=1)


def nested(depth: int, key: str) -> list[Any]:
    layer: dict[str, Any] = DENSE
    for _ in range(depth):
        inner: Any = [layer] if key == "layers" else layer
        name = "Sequential" if key == "layers" else "TimeDistributed"
        layer = {"class_name": name, "config": {"name": "n", key: inner}}
    return [layer]


def input_of(shape: str) -> str:
    return model([{"class_name": "InputLayer", "config": {"name": "i", "batch_input_shape": ["?"]}}]).replace(
        '["?"]', shape
    )


LONG_NAME: Final = [{"class_name": "Sequential", "config": {"name": "x" * 10**6, "layers": [DENSE] * 15_000}}]

CASES: Final[dict[str, tuple[Make, str]]] = {
    "models nested without end": (h5(model(nested(200, "layers"))), "BAD_CONFIG"),
    "wrappers nested without end": (h5(model(nested(200, "layer"))), "BAD_CONFIG"),
    "brackets without end": (h5("[" * 100_000), "BAD_CONFIG"),
    "a million layers": (h5(model([DENSE]).replace("]", ", {}" * 10**6 + "]")), "BAD_CONFIG"),
    "ninety thousand layers": (h5(model([{"class_name": "Dense", "config": {}}] * 90_000)), "BAD_CONFIG"),
    "a long name around many layers": (h5(model(LONG_NAME)), "BAD_CONFIG"),
    "a configuration of 100 MB": (h5("x" * 10**8), "TOO_LARGE"),
    "a configuration of 40 MB": (h5("x" * (4 * 10**7)), "BAD_CONFIG"),
    "a configuration that is an array": (h5(np.zeros(40_000, "S1"), libver="latest"), "BAD_CONFIG"),  # type: ignore[arg-type]
    "a configuration in no UTF-8": (h5(np.bytes_(b'{"class_name": \xff\xfe}')), "BAD_CONFIG"),
    "a shape of NaN": (h5(input_of("[null, NaN]")), "BAD_CONFIG"),
    "an infinite shape": (h5(input_of("[null, 1e999]")), "BAD_CONFIG"),
    "a negative shape": (h5(input_of("[null, -3]")), "BAD_CONFIG"),
    "a shape beyond 2^31": (h5(input_of("[null, 4294967296]")), "BAD_CONFIG"),
    "a number of 5000 digits": (h5(input_of(f"[null, {'9' * 5000}]")), "BAD_CONFIG"),
    "many attributes": (h5(model([]), many_attributes, libver="latest"), "TOO_LARGE"),
    "many groups": (h5(model([]), many_groups, libver="latest"), "TOO_LARGE"),
    "deep groups": (h5(model([]), deep_groups), "TOO_LARGE"),
    "a soft link": (h5(model([]), soft_link), "UNSAFE_LINK"),
    "an external link": (h5(model([]), external_link), "UNSAFE_LINK"),
    "external storage": (h5(model([]), external_storage), "UNSAFE_DATASET"),
    "a virtual dataset": (h5(model([]), virtual_dataset), "UNSAFE_DATASET"),
    "a claim of terabytes": (h5(model([]), claimed_dataset), "SHAPE_BOMB"),
    "many claims": (h5(model([]), many_claims), "SHAPE_BOMB"),
    "compressed zeros": (h5(model([]), compressed_zeros), "SHAPE_BOMB"),
    "a long config.json": (archive({"config.json": b" " * (20 * 2**20)}), "TOO_LARGE"),
    "weights of packed zeros": (archive({"model.weights.h5": bytes(2**28)}), "TOO_LARGE"),
    "a long table of contents": (archive({f"{n:04}" + "x" * 2000: b"" for n in range(2500)}), "TOO_LARGE"),
    "two configurations": (archive({}, twice=b"{}"), "UNSAFE_ARCHIVE"),
    "a name that climbs out": (archive({"../../evil": b""}), "UNSAFE_ARCHIVE"),
    "weights that are no HDF5": (archive({"model.weights.h5": b"nothing"}), "HDF5_BROKEN"),
    "metadata that is no object": (archive({"metadata.json": b"[]"}), ""),
    "metadata that is no JSON": (archive({"metadata.json": b"{"}), "BAD_CONFIG"),
}


def measured(path: Path) -> tuple[str, float, float]:
    done = subprocess.run([sys.executable, "-c", MEASURE, path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    code, seconds, megabytes = json.loads(done.stdout)
    return code, seconds, megabytes


@pytest.mark.parametrize("case", CASES)
def test_a_hostile_file_is_refused_within_bounds(case: str, tmp_path: Path) -> None:
    make, expected = CASES[case]
    code, seconds, megabytes = measured(make(tmp_path))
    assert code == expected
    assert seconds < SECONDS
    assert megabytes < MEGABYTES


def test_an_encrypted_entry_is_refused(tmp_path: Path) -> None:
    path = archive({})(tmp_path)
    content = bytearray(path.read_bytes())
    entry = content.find(b"PK\x01\x02")
    content[entry + 8] |= 1
    path.write_bytes(content)
    assert measured(path)[0] == "UNSAFE_ARCHIVE"


def test_hard_links_in_a_circle_are_read_once(tmp_path: Path) -> None:
    def circle(file: h5py.File) -> None:
        file["model_weights/d/k"] = np.zeros((2, 3), "float32")
        file["model_weights/d/again"] = file["model_weights"]

    code, seconds, _ = measured(h5(model([DENSE]), circle)(tmp_path))
    assert (code, seconds < SECONDS) == ("", True)


def test_as_many_layers_as_are_allowed_are_read_within_bounds(tmp_path: Path) -> None:
    layers = [{"class_name": "Dense", "config": {"name": f"d{n}", "units": 3}} for n in range(19_000)]
    code, seconds, megabytes = measured(h5(model(layers))(tmp_path))
    assert (code, seconds < SECONDS, megabytes < MEGABYTES) == ("", True, True)
