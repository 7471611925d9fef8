"""The methods of the two services: one message in, one out; they run in a worker thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from google.protobuf.message import DecodeError

from workbench.core.serve.ml.models import VersionLoader
from workbench.core.serve.ml.registry import CREATING, FAILED, READY, VersionRow
from workbench.core.serve.replies import ApiError
from workbench.core.serve.serving.model_cache import ModelLease
from workbench.core.serve.tfgrpc.messages import message_class, read_message
from workbench.core.serve.tfgrpc.tensors import fill, tensor_info, to_array
from workbench.core.serve.tfserving.examples import check_method, labels_and_scores, regressed
from workbench.core.serve.tfserving.predict import run
from workbench.core.serve.tfserving.servables import Servables, number_of
from workbench.spec.errors import WorkbenchError
from workbench.spec.signature import SERVING_DEFAULT
from workbench.spec.tensors import SignatureSpec

if TYPE_CHECKING:
    from workbench.core.tensor_values import Array

Method = Callable[[bytes], bytes]

_STATES: Final = {CREATING: 20, READY: 30, FAILED: 50}
"""LOADING, AVAILABLE, END of get_model_status.proto."""

_UNKNOWN: Final = 2
"""google.rpc.Code of a version that failed."""

_SIGNATURES: Final = "signature_def"


class TfServingGrpc:
    """The services over the versions of `ml` v1."""

    def __init__(self, servables: Servables, models: VersionLoader) -> None:
        self._servables = servables
        self._models = models

    def methods(self) -> Mapping[str, Method]:
        """The methods by their path. Each takes a message's bytes and raises `ApiError`."""
        services = {
            "PredictionService": {
                "Predict": ("PredictRequest", self._predict),
                "Classify": ("ClassificationRequest", self._classify),
                "Regress": ("ClassificationRequest", self._regress),
                "GetModelMetadata": ("GetModelMetadataRequest", self._metadata),
            },
            "ModelService": {"GetModelStatus": ("GetModelStatusRequest", self._status)},
        }
        return {
            f"/tensorflow.serving.{service}/{name}": _method(*method)
            for service, methods in services.items()
            for name, method in methods.items()
        }

    def _predict(self, request: Any) -> Any:
        with self._leased(request) as (row, lease, name, spec):
            _check_aliases(request, row, spec)
            columns = {alias: to_array(alias, proto) for alias, proto in request.inputs.items()}
            sizes = {array.shape[0] for array in columns.values() if array.ndim}
            wanted = list(request.output_filter) or list(spec.outputs)
            for alias in wanted:
                if alias not in spec.outputs:
                    raise ApiError(400, f"output tensor alias not found in signature: {alias}")
            outputs = run(lease, name, columns, sizes.pop() if len(sizes) == 1 else 0)
            reply = message_class("PredictResponse")()
            for alias in wanted:
                fill(reply.outputs[alias], spec.outputs[alias].dtype, outputs[alias])
            return _answered(reply, row, name)

    def _classify(self, request: Any) -> Any:
        reply = message_class("ClassificationResponse")()
        with self._leased(request) as (row, lease, name, spec):
            outputs = _run_examples(lease, name, spec, request, "classify")
            for pairs in labels_and_scores(outputs):
                found = reply.result.classifications.add()
                for label, score in pairs:
                    found.classes.add(label=label, score=score)
            return _answered(reply, row, name)

    def _regress(self, request: Any) -> Any:
        reply = message_class("RegressionResponse")()
        with self._leased(request) as (row, lease, name, spec):
            for value in regressed(_run_examples(lease, name, spec, request, "regress")):
                reply.result.regressions.add(value=value)
            return _answered(reply, row, name)

    def _metadata(self, request: Any) -> Any:
        if not request.metadata_field:
            raise ApiError(400, "GetModelMetadataRequest must specify at least one metadata_field")
        for field in request.metadata_field:
            if field != _SIGNATURES:
                raise ApiError(400, f"Metadata field {field} is not supported")
        row = self._found(request.model_spec)
        signatures = message_class("SignatureDefMap")()
        with _loading(), self._models.lease(row.key) as lease:
            for name, spec in lease.signatures.items():
                _describe(signatures.signature_def[name], spec)
        reply = message_class("GetModelMetadataResponse")()
        packed = reply.metadata[_SIGNATURES]
        packed.type_url = "type.googleapis.com/tensorflow.serving.SignatureDefMap"
        packed.value = signatures.SerializeToString(deterministic=True)
        return _answered(reply, row, "")

    def _status(self, request: Any) -> Any:
        spec = request.model_spec
        rows = self._servables.versions(spec.name)
        if spec.HasField("version") or spec.version_label:
            rows = [self._found(spec)] if spec.version_label else _numbered(rows, spec.version.value)
        if not rows:
            raise ApiError(404, f"Could not find any versions of model {spec.name}")
        reply = message_class("GetModelStatusResponse")()
        for row in reversed(rows):
            status = reply.model_version_status.add(version=_number(row), state=_STATES[row.state])
            status.status.error_code = _UNKNOWN if row.error else 0
            status.status.error_message = row.error
        return reply

    @contextmanager
    def _leased(self, request: Any) -> Iterator[tuple[VersionRow, ModelLease, str, SignatureSpec]]:
        row = self._found(request.model_spec)
        with _loading(), self._models.lease(row.key) as lease:
            name = request.model_spec.signature_name or SERVING_DEFAULT
            if name not in lease.signatures:
                raise ApiError(400, f'Serving signature name: "{name}" not found in signature def')
            yield row, lease, name, lease.signatures[name]

    def _found(self, spec: Any) -> VersionRow:
        if not spec.name:
            raise ApiError(400, "Missing ModelSpec")
        if spec.HasField("version") and spec.version_label:
            raise ApiError(400, "ModelSpec has both a version and a version_label.")
        version = str(spec.version.value) if spec.HasField("version") else ""
        return self._servables.find(spec.name, version, spec.version_label)


def _method(kind: str, handler: Callable[[Any], Any]) -> Method:
    def answer(data: bytes) -> bytes:
        try:
            request = read_message(kind, data)
        except DecodeError as err:
            raise ApiError(400, f"The request is no {kind}: {err}") from err
        reply: bytes = handler(request).SerializeToString(deterministic=True)
        return reply

    return answer


@contextmanager
def _loading() -> Iterator[None]:
    """A version that does not load is UNAVAILABLE."""
    try:
        yield
    except WorkbenchError as err:
        raise ApiError(503, err.message) from err


def _check_aliases(request: Any, row: VersionRow, spec: SignatureSpec) -> None:
    extra, missing = sorted({*request.inputs} - {*spec.inputs}), sorted({*spec.inputs} - {*request.inputs})
    if extra or missing:
        sides = f"Sent extra: {{{','.join(extra)}}}. Missing but required: {{{','.join(missing)}}}."
        raise ApiError(400, f"Request inputs do not match required inputs for model `{row.key.model}`. {sides}")
    from workbench.core.dtypes import NUMBERS

    for alias, proto in request.inputs.items():
        right = spec.inputs[alias].dtype
        if proto.dtype != NUMBERS.get(right):
            raise ApiError(400, f"The input '{alias}' is {right}, not the dtype number {proto.dtype}.")


def _run_examples(lease: ModelLease, name: str, spec: SignatureSpec, request: Any, method: str) -> dict[str, Array]:
    import numpy as np

    check_method(spec, method)
    given = request.input
    context = given.example_list_with_context.context
    records = [*given.example_list.examples]
    # Serialized messages behind one another are one message with the fields of both.
    records += [context + one for one in given.example_list_with_context.examples]
    if not records:
        raise ApiError(400, "Input is empty.")
    column = np.array([*records, None], dtype=object)[:-1]
    return run(lease, name, {next(iter(spec.inputs)): column}, len(records))


def _describe(proto: Any, spec: SignatureSpec) -> None:
    proto.method_name = spec.method_name
    for side, tensors in ((proto.inputs, spec.inputs), (proto.outputs, spec.outputs)):
        for alias, tensor in tensors.items():
            tensor_info(side[alias], tensor.name, tensor.dtype, tensor.shape)


def _answered(reply: Any, row: VersionRow, signature: str) -> Any:
    reply.model_spec.name, reply.model_spec.signature_name = row.key.model, signature
    reply.model_spec.version.value = _number(row)
    return reply


def _number(row: VersionRow) -> int:
    """TensorFlow Serving's versions are numbers; a name without one is 0."""
    text = number_of(row)
    return int(text) if text.isdigit() else 0


def _numbered(rows: list[VersionRow], number: int) -> list[VersionRow]:
    return [row for row in rows if _number(row) == number]
