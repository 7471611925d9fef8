"""Which signature of a version a request means: the protocol has one list of inputs, an export several."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.core.serve.openinference.datatypes import BYTES, datatype
from workbench.core.serve.replies import ApiError
from workbench.spec.signature import SERVING_DEFAULT
from workbench.spec.tensors import SignatureSpec

Signatures = Mapping[str, SignatureSpec]


def described(signatures: Signatures, name: str = "") -> str:
    """The signature whose inputs a model's metadata tell: the named one, or the first that takes tensors of numbers.

    `serving_default` comes first, the others by name; it also stands where none takes numbers.
    Raises `ApiError` 400 for a name that the version has not.
    """
    if name:
        return _named(signatures, name)
    order = _in_order(signatures)
    tensors = [one for one in order if any(t.dtype != "DT_STRING" for t in signatures[one].inputs.values())]
    return (tensors or order)[0]


def meant(signatures: Signatures, name: str, inputs: Mapping[str, str]) -> str:
    """The signature of a request: the named one, or the first with just these inputs (name: datatype).

    Raises `ApiError` 400 where there is none, telling what each signature takes.
    """
    if name:
        return _named(signatures, name)
    for one in _in_order(signatures):
        if _kinds(signatures[one]) == inputs:
            return one
    takes = "; ".join(f"{one} takes {_words(_kinds(signatures[one]))}" for one in _in_order(signatures))
    raise ApiError(400, f"No signature takes {_words(inputs)}: {takes}.")


def _named(signatures: Signatures, name: str) -> str:
    if name not in signatures:
        raise ApiError(400, f'Signature "{name[:80]}" not found; there are {", ".join(_in_order(signatures))}.')
    return name


def _in_order(signatures: Signatures) -> list[str]:
    return sorted(signatures, key=lambda name: (name != SERVING_DEFAULT, name))


def _kinds(spec: SignatureSpec) -> dict[str, str]:
    return {alias: datatype(tensor.dtype) for alias, tensor in spec.inputs.items()}


def _words(kinds: Mapping[str, str]) -> str:
    return ", ".join(f"{name} ({kind or BYTES})" for name, kind in kinds.items()) or "nothing"
