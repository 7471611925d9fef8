"""Every dtype and shape goes in and comes out as through TensorFlow's own Python, and no tensor is left over."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from native_models import CONSTANT, DTYPES

from workbench.core.dtypes import NUMBERS, name_of, numpy_dtype
from workbench.core.lazy import tensorflow
from workbench.core.savedmodel.c_api import c_api
from workbench.core.savedmodel.native_session import NativeSession
from workbench.core.savedmodel.native_tensors import aligned_empty, delete, live_tensors, to_tensor
from workbench.spec.errors import WorkbenchError

Array = np.ndarray[Any, Any]

SHAPES = [(), (0,), (0, 3), (1,), (5,), (2, 3, 4), (3, 2000)]


@pytest.fixture(scope="module")
def python_session(identities: Path) -> Iterator[Any]:
    """The same SavedModel in TensorFlow's own Python Session, without any code of ours."""
    tf = tensorflow()
    with tf.compat.v1.Session(graph=tf.Graph()) as session:
        tf.compat.v1.saved_model.loader.load(session, ["serve"], str(identities))
        yield session


def values(name: str, shape: tuple[int, ...]) -> Array:
    random = np.random.default_rng(len(name) + sum(shape))
    numbers = random.integers(-120, 120, shape)
    if name == "string":
        texts = [bytes(random.integers(0, 256, int(n) % 70, "uint8")) for n in numbers.reshape(-1)]
        return np.array([*texts, None], object)[:-1].reshape(shape)
    if name.startswith("complex"):
        return np.asarray(numbers + 1j * random.standard_normal(shape)).astype(name)
    dtype = tensorflow().as_dtype(name).as_numpy_dtype
    if name.startswith("q"):
        return np.asarray(numbers).astype(name[1:]).view(dtype)
    return np.asarray(numbers).astype(dtype)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", DTYPES)
def test_a_dtype_and_shape_comes_back_as_from_pythons_session(
    native: NativeSession, python_session: Any, name: str, shape: tuple[int, ...]
) -> None:
    fed = values(name, shape)
    expected = np.asarray(python_session.run(f"{name}/y:0", {f"{name}/x:0": fed}), object if name == "string" else None)
    found = native.run(name, {"x": fed})["y"]
    assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
    plain = fed.view(found.dtype) if fed.dtype.names else fed
    assert found.tolist() == expected.tolist() == plain.tolist()


def test_the_table_of_dtypes_is_tensorflows() -> None:
    as_dtype = tensorflow().as_dtype
    for name, number in NUMBERS.items():
        theirs = as_dtype(number)
        expected = np.dtype(theirs.as_numpy_dtype)  # A record of one field for the quantized numbers.
        assert (name_of(name), numpy_dtype(name)) == (theirs.name, expected[0] if expected.names else expected)
        assert numpy_dtype(number) == numpy_dtype(name)


@pytest.mark.parametrize(
    "view",
    [
        np.arange(24, dtype="float32").reshape(4, 6)[:, ::2],
        np.arange(24, dtype="float32").reshape(4, 6).T,
        np.asfortranarray(np.arange(24, dtype="float32").reshape(4, 6)),
        np.arange(24, dtype=">f4").reshape(4, 6),
        np.arange(24, dtype="float32").reshape(4, 6)[::-1],
        np.broadcast_to(np.float32(3), (4, 5)),
        np.frombuffer(b"\0" + np.arange(24, dtype="float32").tobytes(), "u1")[1:].view("float32"),
    ],
    ids=["steps", "transposed", "fortran", "big-endian", "backwards", "broadcast", "odd address"],
)
def test_an_array_of_any_layout_is_read_by_its_values(native: NativeSession, view: Array) -> None:
    assert native.run("float32", {"x": view})["y"].tolist() == view.tolist()


def test_text_goes_in_as_utf8_and_every_string_comes_out_as_bytes(native: NativeSession) -> None:
    fed = [["", "Käse"], [b"\0\xff", np.str_("x" * 1000)]]
    found = native.run("string", {"x": fed})["y"]
    assert found.tolist() == [[b"", "Käse".encode()], [b"\0\xff", b"x" * 1000]]
    fixed_width = np.array([b"ab", b"c"], "S5")
    assert native.run("string", {"x": fixed_width})["y"].tolist() == [b"ab", b"c"]


@pytest.mark.parametrize(
    ("name", "column", "words"),
    [
        ("string", [b"a", 3], "'x' are no string tensor: int is neither text nor bytes"),
        ("string", [None], "NoneType"),
        ("string", [[b"a"], [b"b", b"c"]], "list"),
        ("string", ["\ud800"], "surrogates"),
        ("float32", ["a"], "'x' are no float32 tensor"),
        ("float32", [[1], [1, 2]], "float32"),
        ("uint8", [300], "uint8"),
    ],
)
def test_a_column_that_is_no_tensor_is_refused_by_the_inputs_name(
    native: NativeSession, name: str, column: list[object], words: str
) -> None:
    with pytest.raises(WorkbenchError, match=words) as caught:
        native.run(name, {"x": column})
    assert caught.value.code == "BAD_VALUE"


def test_an_aligned_array_is_lent_and_kept_alive_and_any_other_is_copied() -> None:
    api, before = c_api(), live_tensors()
    for offset in (0, 1):
        array = aligned_empty((3000,), "float32")[offset:]
        address = array.ctypes.data
        tensor = to_tensor(api, array, "DT_FLOAT")
        assert (api.TF_TensorData(tensor) == address) is (offset == 0)
        assert live_tensors() == before + (2 if offset == 0 else 1)
        delete(api, tensor)
        assert live_tensors() == before


def test_an_answer_shares_no_memory_with_what_was_fed(native: NativeSession) -> None:
    fed = aligned_empty((5000,), "float32")
    fed[:] = 1
    found = native.run("float32", {"x": fed})["y"]
    fed[:] = 2
    assert set(found.tolist()) == {1.0}


@pytest.mark.parametrize("tensor", ["constant:0", "reading:0", "weights/Read/ReadVariableOp:0"])
def test_writing_into_an_answer_leaves_the_graphs_own_numbers_alone(native: NativeSession, tensor: str) -> None:
    for _ in range(2):
        (found,) = native.fetch([tensor], "sums", {"x": np.ones((1, 4))})
        assert np.array_equal(found, CONSTANT)
        found[:] = -1


def test_a_large_answer_is_not_copied_and_freed_with_its_last_view(native: NativeSession) -> None:
    before = live_tensors()
    (found,) = native.fetch(["work:0"], "sums", {"x": np.ones((4, 4))})
    assert (found.shape, found.flags.writeable, live_tensors()) == ((1600, 400), True, before + 1)
    corner = found[-1, -2:]
    del found
    gc.collect()
    assert (corner.tolist(), live_tensors()) == ([4, 4], before + 1)
    del corner
    assert live_tensors() == before


def test_an_answer_outlives_its_session(identities: Path) -> None:
    with closing(NativeSession(identities)) as session:
        (found,) = session.fetch(["work:0"], "sums", {"x": np.ones((4, 4))})
    del session
    assert set(found.reshape(-1).tolist()) == {4.0}


def test_a_tensor_without_values_is_an_error_of_its_own(native: NativeSession) -> None:
    with pytest.raises(WorkbenchError, match="TensorFlow's dtype 20 has no values") as caught:
        native.fetch(["work:0", "handle:0", "constant:0"], "sums", {"x": np.ones((1, 4))})
    assert caught.value.code == "RUN_FAILED"


def test_two_thousand_runs_good_and_bad_leave_no_tensor_behind(native: NativeSession) -> None:
    before = live_tensors()
    words = [b"x" * 5000] * 3
    for number in range(1000):
        native.run("string", {"x": words})
        native.run("sums", {"x": np.ones((2, 4))})
        if number % 10 == 0:
            with pytest.raises(WorkbenchError):
                native.run("sums", {"x": np.ones(())})
    assert live_tensors() == before
