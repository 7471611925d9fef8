"""TensorFlow Serving's gRPC through the official stub: python tfserving.py HOST:PORT [RECORDING].

Prints a JSON object: what was done and whether it worked. Needs tensorflow-serving-api.
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import tensorflow as tf
from tensorflow_serving.apis import (
    classification_pb2,
    get_model_metadata_pb2,
    get_model_status_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
)

NUMBERS = np.array([[1, 2], [3, 4]], np.float32)
RECORDED: dict[str, dict[str, str]] = {}


def predict(signature: str, values: Any) -> Any:
    request = predict_pb2.PredictRequest()
    request.model_spec.name, request.model_spec.signature_name = "m", signature
    request.inputs["image"].CopyFrom(tf.make_tensor_proto(values))
    return request


def classify() -> Any:
    request = classification_pb2.ClassificationRequest()
    request.model_spec.name, request.model_spec.signature_name = "m", "classes"
    value = tf.train.Feature(float_list=tf.train.FloatList(value=[0.5]))
    example = tf.train.Example(features=tf.train.Features(feature={"n": value}))
    request.input.example_list_with_context.context.CopyFrom(example)
    request.input.example_list_with_context.examples.append(tf.train.Example())
    return request


def metadata() -> Any:
    request = get_model_metadata_pb2.GetModelMetadataRequest(metadata_field=["signature_def"])
    request.model_spec.name = "m"
    return request


def status() -> Any:
    request = get_model_status_pb2.GetModelStatusRequest()
    request.model_spec.name = "m"
    return request


def labelled() -> Any:
    request = predict("tensor", NUMBERS)
    request.model_spec.version_label = "canary"
    return request


def filtered() -> Any:
    request = predict("serving_default", [b"3", b"4"])
    request.model_spec.version.value = 7
    request.output_filter.append("raw")
    return request


def array(reply: Any, alias: str = "y") -> Any:
    return tf.make_ndarray(reply.outputs[alias]).tolist()


def signatures(reply: Any) -> list[str]:
    found = get_model_metadata_pb2.SignatureDefMap()
    assert reply.metadata["signature_def"].Unpack(found)
    return sorted(found.signature_def)


def main(address: str, recording: str = "") -> None:
    channel = grpc.insecure_channel(address)
    prediction = prediction_service_pb2_grpc.PredictionServiceStub(channel)
    models = model_service_pb2_grpc.ModelServiceStub(channel)
    single = predict("tensor", np.full([3, 2], 0.5, np.float32))
    del single.inputs["image"].float_val[1:]
    single.inputs["image"].tensor_content = b""
    if not single.inputs["image"].float_val:
        single.inputs["image"].float_val.append(0.5)
    doubled = (NUMBERS * 2).tolist()
    steps: dict[str, tuple[str, Callable[..., Any], Any, Callable[[Any], Any], Any]] = {
        "predict": ("PredictionService/Predict", prediction.Predict, predict("tensor", NUMBERS), array, doubled),
        "predict, one value for all": (
            "PredictionService/Predict",
            prediction.Predict,
            single,
            array,
            [[1.0, 1.0]] * 3,
        ),
        "predict, version and filter": (
            "PredictionService/Predict",
            prediction.Predict,
            filtered(),
            lambda reply: (array(reply, "raw"), list(reply.outputs)),
            ([b"3\xff", b"4\xff"], ["raw"]),
        ),
        "predict, label": ("PredictionService/Predict", prediction.Predict, labelled(), array, doubled),
        "classify": (
            "PredictionService/Classify",
            prediction.Classify,
            classify(),
            lambda reply: [(c.label, c.score) for c in reply.result.classifications[0].classes],
            [("cat", 0.5)],
        ),
        "metadata": (
            "PredictionService/GetModelMetadata",
            prediction.GetModelMetadata,
            metadata(),
            signatures,
            ["classes", "serving_default", "tensor"],
        ),
        "status": (
            "ModelService/GetModelStatus",
            models.GetModelStatus,
            status(),
            lambda reply: [(v.version, v.state) for v in reply.model_version_status],
            [(7, 30)],
        ),
    }
    print(json.dumps({name: done(name, *step) for name, step in steps.items()}))
    if recording:
        Path(recording).write_text(json.dumps(RECORDED, indent=1) + "\n", encoding="utf-8")


def done(name: str, path: str, call: Callable[..., Any], request: Any, read: Callable[[Any], Any], right: Any) -> str:
    try:
        reply = call(request, 30)
    except grpc.RpcError as err:
        return f"{err.code()}: {err.details()}"
    found = read(reply)
    if found != right:
        return f"{found} instead of {right}"
    texts = (base64.b64encode(m.SerializeToString(deterministic=True)).decode() for m in (request, reply))
    RECORDED[name] = {"rpc": f"/tensorflow.serving.{path}"} | dict(zip(("request", "reply"), texts, strict=True))
    return "works"


main(*sys.argv[1:])
