"""Across modules. TensorFlow Serving's gRPC: what its official stub sent is answered with the bytes that it read.

The recording is made by `tests/clients/tfserving.py`, which checks every reply through the stub's own classes.
"""

from __future__ import annotations

import base64
import json
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
from client_model import deploy, write
from http_requests import Http

from workbench.core.lazy import tensorflow
from workbench.core.serve.replies import ApiError
from workbench.core.serve.run import running
from workbench.core.serve.serving.server_limits import ServerLimits
from workbench.core.serve.tfgrpc.messages import message_class
from workbench.core.serve.tfgrpc.tensors import fill, to_array
from workbench.spec.errors import OutsideError, WorkbenchError

RECORDED = json.loads((Path(__file__).parents[2] / "data/clients/tfserving.json").read_text(encoding="utf-8"))
PREDICT = "/tensorflow.serving.PredictionService/Predict"

Call = Callable[[str, bytes], bytes]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with the model that the recorded requests are for, and two places."""
    found: list[str] = []
    limits = ServerLimits(queue=2)
    with running(tmp_path_factory.mktemp("root"), grpc_port=0, on_grpc=found.append, quality=limits) as url:
        deploy(Http(url), write(tmp_path_factory.mktemp("model") / "m"))
        yield found[0]


@pytest.fixture(scope="module")
def call(address: str) -> Iterator[Call]:
    with closing(grpc.insecure_channel(address)) as channel:
        yield lambda path, message: channel.unary_unary(path)(message, timeout=30)


def refused(call: Call, path: str, message: bytes) -> tuple[str, str]:
    with pytest.raises(grpc.RpcError) as caught:
        call(path, message)
    return caught.value.code().name, caught.value.details() or ""


@pytest.mark.parametrize("name", sorted(RECORDED))
def test_a_recorded_call_gets_the_reply_that_the_stub_could_read(call: Call, name: str) -> None:
    one = RECORDED[name]
    assert call(one["rpc"], base64.b64decode(one["request"])) == base64.b64decode(one["reply"])


def request(**more: Any) -> Any:
    """The first recorded request as a message to change."""
    message = message_class("PredictRequest").FromString(base64.b64decode(RECORDED["predict"]["request"]))
    for name, value in more.items():
        setattr(message.model_spec, name, value)
    return message


@pytest.mark.parametrize(
    ("change", "code", "text"),
    [
        (lambda m: setattr(m.model_spec, "name", "no"), "NOT_FOUND", "Servable not found for request: Latest(no)"),
        (lambda m: setattr(m.model_spec, "name", ""), "INVALID_ARGUMENT", "Missing ModelSpec"),
        (lambda m: setattr(m.model_spec.version, "value", 8), "NOT_FOUND", "Specific(m, 8)"),
        (lambda m: setattr(m.model_spec, "signature_name", "no"), "INVALID_ARGUMENT", '"no" not found'),
        (lambda m: m.output_filter.append("no"), "INVALID_ARGUMENT", "output tensor alias not found in signature: no"),
        (lambda m: m.inputs["x"].SetInParent(), "INVALID_ARGUMENT", "Sent extra: {x}. Missing but required: {}."),
        (lambda m: m.inputs.clear(), "INVALID_ARGUMENT", "Missing but required: {image}."),
        (lambda m: setattr(m.inputs["image"], "dtype", 2), "INVALID_ARGUMENT", "is DT_FLOAT, not the dtype number 2"),
        (lambda m: m.inputs["image"].tensor_shape.dim.add(size=-1), "INVALID_ARGUMENT", "no complete shape"),
        (lambda m: m.inputs["image"].tensor_shape.dim.add(size=1 << 40), "INVALID_ARGUMENT", "'image'"),
    ],
)
def test_what_is_wrong_is_refused_with_grpcs_code(call: Call, change: Any, code: str, text: str) -> None:
    message = request()
    change(message)
    found, details = refused(call, PREDICT, message.SerializeToString())
    assert (found, text in details) == (code, True), details


def test_a_field_that_is_not_read_is_refused_by_its_number(call: Call) -> None:
    found = refused(call, PREDICT, request().SerializeToString() + b"\x32\x01a")
    assert found == ("UNIMPLEMENTED", "Field 6 of PredictRequest is not supported by the local target.")


def test_no_message_and_no_method_are_refused_and_the_server_goes_on(call: Call, address: str) -> None:
    assert refused(call, PREDICT, b"\xff\xff")[0] == "INVALID_ARGUMENT"
    assert refused(call, PREDICT.replace("Predict", "Explode"), b"")[0] == "UNIMPLEMENTED"
    assert refused(call, PREDICT, bytes(33 << 20))[0] == "RESOURCE_EXHAUSTED"
    with closing(grpc.insecure_channel(address)) as channel, pytest.raises(grpc.RpcError) as caught:
        channel.stream_unary(PREDICT)(iter(()), timeout=30)
    assert caught.value.code().name == "INVALID_ARGUMENT"
    assert call(PREDICT, request().SerializeToString())


def test_calls_that_send_nothing_take_no_place(call: Call, address: str) -> None:
    over = threading.Event()

    def nothing() -> Iterator[bytes]:
        over.wait(30)
        yield from ()

    with closing(grpc.insecure_channel(address)) as channel:
        waiting = [channel.stream_unary(PREDICT).future(nothing(), timeout=30) for _ in range(6)]
        assert call(PREDICT, request().SerializeToString())
        over.set()
        assert {one.exception().code().name for one in waiting} == {"INVALID_ARGUMENT"}


def test_a_port_in_use_and_a_number_that_is_none_end_in_one_error(address: str, tmp_path: Path) -> None:
    port = int(address.rpartition(":")[2])
    with pytest.raises(OutsideError, match="gRPC cannot listen"), running(tmp_path / "a", grpc_port=port):
        pass
    with pytest.raises(WorkbenchError, match="70000 is not a port"), running(tmp_path / "b", grpc_port=70000):
        pass


NAMES = {"float16": "DT_HALF", "float32": "DT_FLOAT", "float64": "DT_DOUBLE"}
KINDS = "bool float16 float32 float64 int8 int16 int32 int64 uint8 uint16 uint32 uint64 bfloat16".split()


@pytest.mark.parametrize("kind", KINDS)
def test_tensors_of_every_dtype_are_read_and_written_as_tensorflow_does(kind: str) -> None:
    tf = tensorflow()
    values = np.array([[0, 1, 1], [1, 0, 1]], tf.as_dtype(kind).as_numpy_dtype)
    theirs = tf.make_tensor_proto(values)
    ours = message_class("TensorProto").FromString(theirs.SerializeToString())
    assert (to_array("x", ours) == values).all()
    written = message_class("TensorProto")()
    fill(written, NAMES.get(kind, f"DT_{kind.upper()}"), values)
    back = type(theirs).FromString(written.SerializeToString())
    assert back.dtype == theirs.dtype
    assert (tf.make_ndarray(back) == values).all()


def test_a_value_beyond_the_dtype_is_refused() -> None:
    proto = message_class("TensorProto")(dtype=4, int_val=[300])
    with pytest.raises(ApiError, match="no DT_UINT8"):
        to_array("x", proto)


def test_a_packed_half_is_its_bits() -> None:
    proto = message_class("TensorProto")()
    fill(proto, "DT_HALF", np.array([1.5], np.float16))
    assert list(proto.half_val) == list(struct.unpack("<H", np.array([1.5], "<f2").tobytes()))
