"""Across modules. The Open Inference Protocol over the versions of `ml` v1: JSON and binary tensors, its errors."""

from __future__ import annotations

import gzip
import json
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from client_model import deploy, write
from http_requests import Http

from workbench.core.serve.run import running

M = "/v2/models/m"


@pytest.fixture(scope="module")
def send(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Http]:
    """A server with the version `v7` of the model `m`."""
    with running(tmp_path_factory.mktemp("shared")) as url:
        http = Http(url)
        deploy(http, write(tmp_path_factory.mktemp("model") / "m"))
        yield http


def infer(send: Http, document: Any, *binary: bytes, path: str = M, **headers: str) -> tuple[int, Any, bytes]:
    """Status, the reply's JSON and the bytes behind it."""
    head = document if isinstance(document, bytes) else json.dumps(document).encode()
    if binary:
        headers["Inference-Header-Content-Length"] = str(len(head))
    status, got, reply = send("POST", f"{path}/infer", b"".join([head, *binary]), headers)
    length = int(got.get("inference-header-content-length", len(reply)))
    return status, json.loads(reply[:length]), reply[length:]


def one(datatype: str = "FP32", shape: Any = (1, 2), **more: Any) -> dict[str, Any]:
    return {"name": "image", "datatype": datatype, "shape": list(shape), **more}


def test_the_server_and_its_models_say_that_they_live(send: Http) -> None:
    for path in (
        "/v2/health/live",
        "/v2/health/ready",
        f"{M}/ready",
        f"{M}/versions/7/ready",
        f"{M}/versions/v7/ready",
    ):
        assert send("GET", path)[0] == 200, path
    assert json.loads(send("GET", "/v2")[2])["extensions"] == ["binary_tensor_data"]
    status, _, reply = send("GET", "/v2/models/none/ready")
    assert (status, "none" in json.loads(reply)["error"]) == (404, True)


def test_the_metadata_tell_the_signature_of_numbers_and_any_that_is_named(send: Http) -> None:
    told = json.loads(send("GET", M)[2])
    assert told == {
        "name": "m",
        "versions": ["7"],
        "platform": "tensorflow_savedmodel",
        "inputs": [{"name": "image", "datatype": "FP32", "shape": [-1, 2]}],
        "outputs": [{"name": "y", "datatype": "FP32", "shape": [-1, 2]}],
        "parameters": {"signature_name": "tensor"},
    }
    named = json.loads(send("GET", f"{M}/versions/7?signature_name=serving_default")[2])
    assert named["inputs"] == [{"name": "image", "datatype": "BYTES", "shape": [-1]}]


@pytest.mark.parametrize("data", [[1.5, 2], [[1.5, 2]]], ids=["flat", "nested"])
def test_json_tensors_are_answered_by_the_signature_whose_inputs_they_are(send: Http, data: Any) -> None:
    status, reply, rest = infer(send, {"id": "a1", "inputs": [one(data=data)]})
    output = {"name": "y", "datatype": "FP32", "shape": [1, 2], "data": [3.0, 4.0]}
    assert (status, rest) == (200, b"")
    assert reply == {"model_name": "m", "model_version": "7", "id": "a1", "outputs": [output]}
    wanted = {"inputs": [one("BYTES", [2], data=["4", {"b64": "NQ=="}])], "outputs": [{"name": "y"}]}
    assert infer(send, wanted)[1]["outputs"][0]["data"] == [8.0, 10.0]


def test_binary_tensors_come_and_go_behind_the_json(send: Http) -> None:
    raw = np.array([[1, 2], [3, 4]], "<f4").tobytes()
    document = {"inputs": [one(shape=[2, 2], parameters={"binary_data_size": len(raw)})]}
    asked = document | {"outputs": [{"name": "y", "parameters": {"binary_data": True}}]}
    for wish in (asked, document | {"parameters": {"binary_data_output": True}}):
        status, reply, rest = infer(send, wish, raw)
        assert (status, reply["outputs"][0]["parameters"]) == (200, {"binary_data_size": 16})
        assert np.frombuffer(rest, "<f4").tolist() == [2, 4, 6, 8]
    assert infer(send, document, raw)[1]["outputs"][0]["data"] == [2, 4, 6, 8]


def test_bytes_that_are_no_text_go_as_binary_data_only(send: Http) -> None:
    raw = struct.pack("<I", 2) + b"12" + struct.pack("<I", 1) + b"3"
    document = {"inputs": [one("BYTES", [2], parameters={"binary_data_size": len(raw)})]}
    status, reply, _ = infer(send, document, raw)
    assert (status, "binary_data" in reply["error"]) == (400, True)
    _, _, rest = infer(send, document | {"outputs": [{"name": "raw", "parameters": {"binary_data": True}}]}, raw)
    assert rest == struct.pack("<I", 3) + b"12\xff" + struct.pack("<I", 2) + b"3\xff"


@pytest.mark.parametrize(
    ("document", "status", "text"),
    [
        (b"{", 400, "cannot be read"),
        (b'{"inputs": [], "id": "\\ud800"}', 400, "cannot be read"),
        ({"inputs": [one(data=[1, 2])], "surprise": 1}, 400, "surprise"),
        ({"inputs": [one(data=[1, 2])], "parameters": {"nobody_knows": 1}}, 400, "nobody_knows"),
        ({"inputs": [one(data=[1, 2])], "parameters": {"sequence_id": 1}}, 501, "sequence_id"),
        ({"inputs": [one(data=[1, 2], parameters={"shared_memory_region": "r"})]}, 501, "shared_memory_region"),
        ({"inputs": [one(data=[1, 2])], "outputs": [{"name": "z"}]}, 400, "no output 'z'"),
        ({"inputs": [one(data=[1, 2])], "model_name": "other"}, 400, "the body for other"),
        ({"inputs": [one(data=[1, 2])], "model_version": "8"}, 404, "Specific(m, 8)"),
        ({"inputs": [one(data=[1])]}, 400, "1 values"),
        ({"inputs": [one(data=["a", "b"])]}, 400, "FP32"),
        ({"inputs": [one(data=[[1], [2, 3]], shape=[3])]}, 400, "shape"),
        ({"inputs": [one(shape=[-1, 2], data=[1, 2])]}, 400, "cannot be read"),
        ({"inputs": [one(shape=[0, 1 << 62, 4], data=[])]}, 400, "image"),
        ({"inputs": [one("BYTES", [0, 1 << 62, 4], data=[])]}, 400, "image"),
        ({"inputs": [one()]}, 400, "neither data"),
        ({"inputs": [one(parameters={"binary_data_size": 8})]}, 400, "binary_data_size"),
        ({"inputs": [one("FP64", data=[1, 2])]}, 400, "serving_default takes image (BYTES)"),
        ({"inputs": [one("FP9", data=[1, 2])]}, 400, "FP9"),
        ({"inputs": [one("FP64", data=[1, 2])], "parameters": {"signature_name": "tensor"}}, 400, "is FP32, not FP64"),
        ({"inputs": [], "parameters": {"signature_name": "tensor"}}, 400, "image"),
        ({"inputs": [one(data=[1, 2])], "parameters": {"signature_name": "no"}}, 400, '"no"'),
        ({"inputs": [one(data=[1, 2]), one(data=[1, 2])]}, 400, "twice"),
        ({"inputs": [one("BYTES", [1], data=["cat"])], "outputs": [{"name": "y"}]}, 400, "cat"),
    ],
)
def test_what_is_wrong_is_told_in_the_protocols_form(send: Http, document: Any, status: int, text: str) -> None:
    found, reply, _ = infer(send, document)
    assert (found, list(reply), text in reply["error"]) == (status, ["error"], True), reply


def test_a_length_beyond_the_body_and_bytes_for_nobody_are_refused(send: Http) -> None:
    document = json.dumps({"inputs": [one(data=[1, 2])]}).encode()
    for header in ("9999", "-1", "x"):
        assert infer(send, document, **{"Inference-Header-Content-Length": header})[0] == 400
    assert "belong to no input" in infer(send, document, b"more")[1]["error"]


@pytest.mark.parametrize(("name", "packed"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_a_compressed_request_is_unpacked(send: Http, name: str, packed: Any) -> None:
    body = json.dumps({"inputs": [one(data=[1, 2])]}).encode()
    status, _, reply = send("POST", f"{M}/infer", packed(body), {"content-encoding": name})
    assert (status, json.loads(reply)["outputs"][0]["data"]) == (200, [2, 4])
    status, _, reply = send("POST", f"{M}/infer", packed(body)[:-3], {"content-encoding": name})
    assert (status, "Content-Encoding" in json.loads(reply)["error"]) == (400, True)


def test_a_bomb_is_refused_at_the_limit_of_what_it_holds(send: Http) -> None:
    bomb = gzip.compress(bytes(200 << 20), 1)
    status, _, reply = send("POST", f"{M}/infer", bomb, {"content-encoding": "gzip"})
    assert (status, "exceeds the limit" in json.loads(reply)["error"]) == (400, True)
