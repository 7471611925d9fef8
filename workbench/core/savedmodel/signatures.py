"""The signatures that a loaded SavedModel serves, by rules that are common to both runtimes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from workbench.core.dtypes import NUMBERS
from workbench.core.savedmodel.read import is_saved_model, read_signatures
from workbench.spec.errors import WorkbenchError
from workbench.spec.tensors import SignatureSpec, TensorSpec


def require_saved_model(directory: Path) -> None:
    """Raise `WorkbenchError` NOT_A_SAVEDMODEL for a folder that does not contain one."""
    if not is_saved_model(directory):
        hint = "Give the folder that contains saved_model.pb."
        raise WorkbenchError("NOT_A_SAVEDMODEL", "It contains no saved_model.pb.", where=str(directory), hint=hint)


def usable_signatures(
    directory: Path, tags: Sequence[str], dtype_number: Callable[[str], int | None]
) -> dict[str, SignatureSpec]:
    """The signatures of the MetaGraph with exactly these tags whose tensors are in the loaded graph, with their dtypes.

    `dtype_number` returns the `DataType` of a graph's tensor by its name, or `None` if there is no such tensor. gcloud
    drops the others too (tf_prediction_lib). Raises `WorkbenchError` CANNOT_LOAD if none is left, and what
    `read_signatures` raises.
    """
    found = read_signatures(directory, tags).signatures
    usable = {name: signature for name, signature in found.items() if _agrees(signature, dtype_number)}
    if not usable:
        text = "MetaGraph must have at least one signature_def."
        raise WorkbenchError("CANNOT_LOAD", text, where=str(directory))
    return usable


def _agrees(signature: SignatureSpec, dtype_number: Callable[[str], int | None]) -> bool:
    tensors: list[TensorSpec] = [*signature.inputs.values(), *signature.outputs.values()]
    return all(_is_fed_as(tensor, dtype_number(tensor.name)) for tensor in tensors)


def _is_fed_as(tensor: TensorSpec, number: int | None) -> bool:
    return number is not None and number == NUMBERS.get(tensor.dtype)


def signature_named(signatures: Mapping[str, SignatureSpec], name: str) -> SignatureSpec:
    """The signature of that name. Raises `WorkbenchError` NO_SIGNATURE with the existing names."""
    if name not in signatures:
        hint = f"Signatures: {', '.join(signatures)}."
        raise WorkbenchError("NO_SIGNATURE", f"There is no signature '{name}'.", hint=hint)
    return signatures[name]
