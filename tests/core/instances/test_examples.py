"""Examples put together by hand are, to the last byte, those of TensorFlow's own message."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from workbench.core.instances.example_messages import example_class
from workbench.core.instances.examples import BYTES, FLOATS, INTS, example_parts
from workbench.core.instances.tfrecords import record_of
from workbench.core.lazy import tensorflow
from workbench.core.varint import varint

FIELDS = {BYTES: "bytes_list", FLOATS: "float_list", INTS: "int64_list"}


def message(features: dict[str, tuple[int, list[Any]]]) -> bytes:
    made = tensorflow().train.Example()
    for name, (kind, values) in features.items():
        getattr(made.features.feature[name], FIELDS[kind]).value.extend(values)
    data: bytes = made.SerializeToString(deterministic=True)
    return data


CASES: dict[str, dict[str, tuple[int, list[Any]]]] = {
    "image and path": {"input": (BYTES, [b"\xff\xd8" + bytes(70_000)]), "metadata": (BYTES, [b"gs://b/\xc3\xb6.jpg"])},
    "lists": {"words": (BYTES, [b"", b"a", b"\0" * 200]), "size": (FLOATS, [0.1, -1.5, 3e38]), "n": (INTS, [0, 1, -1])},
    "edges": {"n": (INTS, [2**63 - 1, -(2**63), 127, 128, 16_384]), "f": (FLOATS, [float("nan"), float("inf"), -0.0])},
    "empty lists": {"b": (BYTES, []), "f": (FLOATS, []), "i": (INTS, []), "z": (INTS, [7])},
    "names in order": {"é": (INTS, [1]), "z": (INTS, [2]), "A": (INTS, [3]), "a": (INTS, [4])},
}


@pytest.mark.parametrize("case", list(CASES))
def test_the_bytes_are_those_of_the_message(case: str) -> None:
    assert b"".join(example_parts(CASES[case])) == message(CASES[case])


def value(chance: random.Random, kind: int) -> Any:
    if kind == BYTES:
        return chance.randbytes(chance.choice((0, 3, 130, 20_000)))
    if kind == FLOATS:
        return float(np.float32(chance.uniform(-1e6, 1e6)))
    return chance.randrange(-(2 ** chance.randrange(1, 64)), 2 ** chance.randrange(1, 63))


def test_any_features_are_the_message() -> None:
    chance = random.Random(5)
    for _ in range(200):
        kinds = {
            f"key{n}" * chance.randrange(1, 60): chance.choice(list(FIELDS)) for n in range(chance.randrange(1, 6))
        }
        features = {k: (kind, [value(chance, kind) for _ in range(chance.randrange(5))]) for k, kind in kinds.items()}
        assert b"".join(example_parts(features)) == message(features)


def test_names_that_begin_with_another_are_read_whatever_their_order() -> None:
    features = {"input": (INTS, [1]), "input_2": (INTS, [2]), "in": (INTS, [3])}
    found = tensorflow().train.Example.FromString(b"".join(example_parts(features)))
    assert found == tensorflow().train.Example.FromString(message(dict(features)))


def test_a_varint_has_seven_bits_a_byte() -> None:
    assert [varint(n).hex() for n in (0, 1, 127, 128, 300, 2**64 - 1)] == [
        "00", "01", "7f", "8001", "ac02", "ffffffffffffffffff01",
    ]  # fmt: skip


def test_tensorflow_reads_the_records(tmp_path: Any) -> None:
    records = [list(example_parts(features)) for features in CASES.values()]
    (tmp_path / "a.tfrecord").write_bytes(b"".join(b"".join(record_of(parts)) for parts in records))
    found = tensorflow().data.TFRecordDataset(str(tmp_path / "a.tfrecord")).as_numpy_iterator()
    assert list(found) == [b"".join(parts) for parts in records]


def test_the_message_without_tensorflow_is_tensorflows() -> None:
    theirs, ours = tensorflow().train.Example(), example_class()()
    for message in (theirs, ours):
        feature = message.features.feature
        feature["numbers"].float_list.value.extend([0.5, float("inf"), -1e30])
        feature["counts"].int64_list.value.extend([-1, 2**62])
        feature["ü"].bytes_list.value.extend([b"\0\xff", b"x" * 5000])
        feature["empty list"].bytes_list.SetInParent()
        feature["nothing"].SetInParent()
    data = theirs.SerializeToString(deterministic=True)
    assert ours.SerializeToString(deterministic=True) == data
    read = example_class().FromString(data)
    assert read == ours
    kinds = {name: read.features.feature[name].WhichOneof("kind") for name in ("counts", "empty list", "nothing")}
    assert kinds == {"counts": "int64_list", "empty list": "bytes_list", "nothing": None}
