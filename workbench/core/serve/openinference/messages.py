"""Inference requests and replies: a JSON document, and behind it the binary tensors that it announces."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec

from workbench.core.serve.openinference.datatypes import datatype, from_bytes, from_values, to_bytes, to_values
from workbench.core.serve.replies import ApiError, check_text
from workbench.spec.errors import DECODE_ERRORS
from workbench.spec.tensors import SignatureSpec

if TYPE_CHECKING:
    from workbench.core.tensor_values import Array

Parameters = dict[str, Any]
Size = Annotated[int, msgspec.Meta(ge=0)]

_OF_REQUESTS: Final = ("signature_name", "binary_data_output")
_ELSEWHERE: Final = frozenset(
    "classification content_type headers priority sequence_end sequence_id sequence_start shared_memory_byte_size "
    "shared_memory_offset shared_memory_region timeout triton_enable_empty_final_response".split()
)
"""Parameters that Triton or MLServer read and this server does not."""


class InputTensor(msgspec.Struct, forbid_unknown_fields=True):
    """One input of a request."""

    name: str
    shape: Annotated[list[Size], msgspec.Meta(max_length=32)]
    datatype: str
    parameters: Parameters = msgspec.field(default_factory=dict)
    data: list[Any] | None = None


class WantedOutput(msgspec.Struct, forbid_unknown_fields=True):
    """An output that is asked for."""

    name: str
    parameters: Parameters = msgspec.field(default_factory=dict)


class InferRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The document of a request. KServe's client tells the model's name here as well as in the path."""

    inputs: list[InputTensor]
    id: str = ""
    parameters: Parameters = msgspec.field(default_factory=dict)
    outputs: list[WantedOutput] | None = None
    model_name: str | None = None
    model_version: str | None = None


def read_request(body: bytes, header: str) -> tuple[InferRequest, bytes]:
    """The document and the bytes behind it; `header` is Inference-Header-Content-Length.

    Raises `ApiError` 400, and 501 for what another server reads and this one does not.
    """
    length = len(body)
    if header:
        if not (header.isascii() and header.isdigit() and int(header[:18]) <= len(body)):
            raise ApiError(400, f"Inference-Header-Content-Length: {header[:80]} is not a length within this body.")
        length = int(header)
    document = body[:length]
    try:
        request = msgspec.json.decode(document, type=InferRequest)
        if b"\\u" in document:
            check_text(document, msgspec.to_builtins(request))
    except (*DECODE_ERRORS, ValueError) as err:
        raise ApiError(400, f"The inference request cannot be read: {err}") from err
    _check_parameters(request)
    return request, body[length:]


def _check_parameters(request: InferRequest) -> None:
    _known("request", request.parameters, _OF_REQUESTS)
    for one in request.inputs:
        _known(f"input '{one.name}'", one.parameters, ("binary_data_size",))
    for wanted in request.outputs or ():
        _known(f"output '{wanted.name}'", wanted.parameters, ("binary_data",))


def _known(where: str, parameters: Parameters, known: tuple[str, ...]) -> None:
    for name in parameters:
        if name in known:
            continue
        text = f"The parameter '{name[:80]}' of the {where} is not"
        if name in _ELSEWHERE:
            raise ApiError(501, f"{text} supported by the local target.")
        raise ApiError(400, f"{text} known; known: {', '.join(known)}.")


def tensors(request: InferRequest, rest: bytes) -> dict[str, Array]:
    """The inputs' values by name. Raises `ApiError` 400."""
    found: dict[str, Array] = {}
    place = 0
    for one in request.inputs:
        if one.name in found:
            raise ApiError(400, f"The input '{one.name}' is given twice.")
        size = one.parameters.get("binary_data_size")
        if size is None:
            if one.data is None:
                raise ApiError(400, f"The input '{one.name}' has neither data nor binary_data_size.")
            found[one.name] = from_values(one.name, one.datatype, one.shape, one.data)
            continue
        if type(size) is not int or not 0 <= size <= len(rest) - place or one.data is not None:
            raise ApiError(400, f"binary_data_size {size!r} of '{one.name}' does not fit the bytes behind the JSON.")
        found[one.name] = from_bytes(one.name, one.datatype, one.shape, rest[place : place + size])
        place += size
    if place != len(rest):
        raise ApiError(400, f"{len(rest) - place} bytes behind the JSON belong to no input.")
    return found


def write_reply(
    request: InferRequest, head: dict[str, Any], spec: SignatureSpec, outputs: dict[str, Array]
) -> tuple[bytes, int]:
    """The body of the reply, and the length of its JSON where binary tensors follow (0: none do).

    `head`: the members before the outputs. Raises `ApiError` 400 for an output that the signature has not.
    """
    shown, binary = [], []
    for name, raw in _wanted(request, spec):
        array = outputs[name]
        member: dict[str, Any] = {
            "name": name,
            "datatype": datatype(spec.outputs[name].dtype),
            "shape": list(array.shape),
        }
        if raw:
            binary.append(to_bytes(array))
            member["parameters"] = {"binary_data_size": len(binary[-1])}
        else:
            member["data"] = to_values(name, array)
        shown.append(member)
    text = json.dumps(head | {"outputs": shown}, ensure_ascii=False, separators=(",", ":")).encode()
    return b"".join([text, *binary]), len(text) if binary else 0


def _wanted(request: InferRequest, spec: SignatureSpec) -> list[tuple[str, bool]]:
    """The outputs to send and whether each is to be binary."""
    usual = request.parameters.get("binary_data_output", False) is True
    if request.outputs is None:
        return [(name, usual) for name in spec.outputs]
    for one in request.outputs:
        if one.name not in spec.outputs:
            raise ApiError(400, f"There is no output '{one.name}'; there are {', '.join(spec.outputs)}.")
    return [(one.name, one.parameters.get("binary_data", usual) is True) for one in request.outputs]
