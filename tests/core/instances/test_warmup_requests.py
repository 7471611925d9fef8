"""Warm-up requests are read as TensorFlow reads them: every dtype, packed or in lists, and damaged ones are told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from native_models import DTYPES

from workbench.core.instances.tfrecords import record_of
from workbench.core.instances.warmup_requests import read_warmup
from workbench.core.lazy import tensorflow
from workbench.core.varint import varint
from workbench.spec.errors import WorkbenchError


def field(number: int, content: bytes) -> bytes:
    """A field with a length, by hand: the messages of TensorFlow Serving are in no package here."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def written(path: Path, tensor: bytes) -> Path:
    """prediction_log.proto: predict_log = 6, request = 1; predict.proto: model_spec = 1, inputs = 2."""
    spec, entry = field(1, field(3, b"asked")), field(2, field(1, b"x") + field(2, tensor))
    record = field(6, field(1, spec + entry))
    path.write_bytes(b"".join(record_of([record])))
    return path


LISTS = {
    "float32": "float",
    "float64": "double",
    "int64": "int64",
    "uint32": "uint32",
    "uint64": "uint64",
    "bool": "bool",
    "float16": "half",
    "bfloat16": "half",
    "complex64": "scomplex",
    "complex128": "dcomplex",
}
"""The list of tensor.proto that holds a dtype's values; for every other one it is `int`."""


def tensor_of(values: Any, name: str, *, packed: bool) -> Any:
    """A TensorProto with its values packed, or in the list of its dtype."""
    tf = tensorflow()
    array = np.asarray(values).astype(tf.as_dtype(name).as_numpy_dtype)
    proto = tf.make_tensor_proto(array)
    for kind in ("tensor_content", *(f"{kept}_val" for kept in ("int", *LISTS.values()))):
        proto.ClearField(kind)
    if packed:
        proto.tensor_content = array.tobytes()
    elif LISTS.get(name) == "half":
        proto.half_val.extend(array.view("uint16").ravel().tolist())
    else:
        plain = array.view(array.real.dtype) if array.dtype.kind == "c" else array
        getattr(proto, f"{LISTS.get(name, 'int')}_val").extend(plain.ravel().tolist())
    return proto


def read(path: Path, proto: Any) -> Any:
    ((signature, columns),) = read_warmup(written(path / "w", proto.SerializeToString()))
    assert (signature, list(columns)) == ("asked", ["x"])
    return columns["x"]


@pytest.mark.parametrize("packed", [True, False], ids=["packed", "in lists"])
@pytest.mark.parametrize("name", [n for n in dict.fromkeys(DTYPES) if n != "string" and not n.startswith("q")])
def test_numbers_of_any_dtype_are_read_as_tensorflow_reads_them(tmp_path: Path, name: str, packed: bool) -> None:
    proto = tensor_of([[0, 1], [1, 100]], name, packed=packed)
    found, expected = read(tmp_path, proto), tensorflow().make_ndarray(proto)
    assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
    np.testing.assert_array_equal(found, expected)


def test_strings_are_read_as_bytes(tmp_path: Path) -> None:
    given = [[b"", b"\xff"], ["Käse".encode(), b"x" * 300]]
    assert read(tmp_path, tensorflow().make_tensor_proto(given)).tolist() == given


@pytest.mark.parametrize("name", ["float32", "uint8", "string"])
@pytest.mark.parametrize("values", [0, 1, 2])
def test_a_list_that_is_too_short_goes_on_with_its_last_value(tmp_path: Path, name: str, values: int) -> None:
    tf = tensorflow()
    proto = tf.make_tensor_proto([b"a"] if name == "string" else [0], name)
    for kind in ("float_val", "int_val", "string_val", "tensor_content"):
        proto.ClearField(kind)
    given = {"float32": proto.float_val, "uint8": proto.int_val, "string": proto.string_val}[name]
    given.extend([b"a", b"b"][:values] if name == "string" else [3, 7][:values])
    proto.tensor_shape.dim[0].size = 4
    ((_, columns),) = read_warmup(written(tmp_path / "w", proto.SerializeToString()))
    expected = [b"a", b"b"] if name == "string" else [3, 7]
    nothing: list[Any] = [b""] if name == "string" else [0]
    known = expected[:values] or nothing
    assert columns["x"].tolist() == known + known[-1:] * (4 - len(known))


def broken(size: int = 2, dtype: int = 1) -> bytes:
    proto = tensorflow().make_tensor_proto([1.5, 2.5])
    proto.tensor_shape.dim[0].size, proto.dtype = size, dtype
    data: bytes = proto.SerializeToString()
    return data


@pytest.mark.parametrize(("size", "dtype"), [(3, 1), (-1, 1), (1 << 40, 1), (2, 20), (2, 99)])
def test_a_tensor_whose_values_are_not_what_it_says_is_told(tmp_path: Path, size: int, dtype: int) -> None:
    refused(written(tmp_path / "w", broken(size, dtype)))


@pytest.mark.parametrize("tensor", [b"\xff", b""], ids=["no message", "nothing"])
def test_what_is_no_tensor_is_told(tmp_path: Path, tensor: bytes) -> None:
    refused(written(tmp_path / "w", tensor))


def refused(path: Path) -> None:
    with pytest.raises(WorkbenchError) as caught:
        list(read_warmup(path))
    assert (caught.value.code, caught.value.where) == ("BAD_WARMUP", str(path))


def test_a_file_cut_off_is_told(tmp_path: Path) -> None:
    path = written(tmp_path / "w", broken())
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(WorkbenchError, match="truncated") as caught:
        list(read_warmup(path))
    assert caught.value.code == "BAD_WARMUP"
