"""Writes TensorFlow Serving's warm-up file: a TFRecord of PredictionLogs, with protobuf's own descriptors.

The messages are those of tensorflow_serving/apis/{prediction_log,predict,model}.proto, only the fields a
PredictRequest needs; TensorProto is TensorFlow's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from workbench.core.lazy import tensorflow
from workbench.core.tensor_values import to_array
from workbench.spec.tensors import SignatureSpec

_STRING, _MESSAGE = 9, 11
_FIELDS: Final[dict[str, tuple[tuple[str, int, int, str], ...]]] = {
    "ModelSpec": (("signature_name", 3, _STRING, ""),),
    "PredictRequest": (("model_spec", 1, _MESSAGE, ".workbench.serving.ModelSpec"),),
    "PredictLog": (("request", 1, _MESSAGE, ".workbench.serving.PredictRequest"),),
    "PredictionLog": (("predict_log", 6, _MESSAGE, ".workbench.serving.PredictLog"),),
}
"""Message -> fields as (name, number, type, message type); `PredictRequest.inputs` is a map and added separately."""

_classes: dict[str, Any] = {}


def write_warmup(path: Path, signature_name: str, spec: SignatureSpec, instances: Sequence[Mapping[str, Any]]) -> None:
    """Write one PredictRequest with one instance for each of `instances`, whose images are raw bytes."""
    tf = tensorflow()
    with tf.io.TFRecordWriter(str(path)) as writer:
        for instance in instances:
            writer.write(_record(signature_name, spec, instance))


def _record(signature_name: str, spec: SignatureSpec, instance: Mapping[str, Any]) -> bytes:
    message = _log_class()()
    request = message.predict_log.request
    request.model_spec.signature_name = signature_name
    for alias, tensor in sorted(spec.inputs.items()):
        array = to_array(alias, [instance[alias]], tensor)
        request.inputs[alias].CopyFrom(tensorflow().make_tensor_proto(array))
    data: bytes = message.SerializeToString(deterministic=True)
    return data


def _log_class() -> Any:
    if not _classes:
        tensorflow()
        from google.protobuf import descriptor_pool, message_factory
        from tensorflow.core.framework import tensor_pb2

        del tensor_pb2  # Imported for its descriptor: the pool below refers to TensorProto by name.
        pool = descriptor_pool.Default()
        pool.Add(_file())
        descriptor = pool.FindMessageTypeByName("workbench.serving.PredictionLog")
        _classes["PredictionLog"] = message_factory.GetMessageClass(descriptor)
    return _classes["PredictionLog"]


def _file() -> Any:
    from google.protobuf import descriptor_pb2

    file = descriptor_pb2.FileDescriptorProto(
        name="workbench_serving.proto", package="workbench.serving", syntax="proto3"
    )
    file.dependency.append("tensorflow/core/framework/tensor.proto")
    for name, fields in _FIELDS.items():
        message = file.message_type.add(name=name)
        for field, number, kind, type_name in fields:
            message.field.add(name=field, number=number, type=kind, label=1, type_name=type_name or None)
    request = next(m for m in file.message_type if m.name == "PredictRequest")
    entry = request.nested_type.add(name="InputsEntry")
    entry.options.map_entry = True
    entry.field.add(name="key", number=1, type=_STRING, label=1)
    entry.field.add(name="value", number=2, type=_MESSAGE, label=1, type_name=".tensorflow.TensorProto")
    place = ".workbench.serving.PredictRequest.InputsEntry"
    request.field.add(name="inputs", number=2, type=_MESSAGE, label=3, type_name=place)
    return file
