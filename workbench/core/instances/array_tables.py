"""Matches the arrays of an `.npy` or `.npz` file with a signature and yields their instances."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec
import numpy as np

from workbench.core.instances.array_files import ArrayHeader, arrays_of, rows_of
from workbench.core.instances.image_instances import Values, checked
from workbench.core.instances.instance_form import InstanceForm, ServedSignatures
from workbench.core.instances.sources import Source, name_of
from workbench.core.tensor_values import dtype_of
from workbench.spec.errors import ErrorInfo, WorkbenchError
from workbench.spec.tensors import SignatureSpec, TensorSpec


class ArrayTable(msgspec.Struct, frozen=True):
    """A file's arrays by the aliases they feed; `given` and `filled` are keys without an array in the file."""

    path: str
    signature: str
    columns: dict[str, ArrayHeader]
    given: dict[str, object]
    filled: tuple[str, ...]

    @property
    def count(self) -> int:
        """The number of instances."""
        return next(iter(self.columns.values())).shape[0]

    def rows(self) -> Iterator[dict[str, Any] | ErrorInfo]:
        """The instances in order; an error is the last item. Keys in `filled` get the file's name and the instance's
        number."""
        name = name_of(self.path)
        for number, values in enumerate(zip(*map(rows_of, self.columns.values()), strict=False), 1):
            for value in values:
                if isinstance(value, ErrorInfo):
                    yield value
                    return
            own = dict(zip(self.columns, values, strict=True))
            yield {**self.given, **dict.fromkeys(self.filled, f"{name}:{number}"), **own}


class _Misfit(NamedTuple):
    """Why arrays do not fit a signature; the closer they are, the higher the rank."""

    rank: int
    error: WorkbenchError


def table_of(source: Source, served: ServedSignatures, values: Values) -> ArrayTable:
    """The arrays, with the signature whose keys, dtypes and shapes they match: the serving one is tried first.

    `values` replace missing arrays. Raises `WorkbenchError` PICKLED, NOT_NUMPY, UNKNOWN_KEY, NO_KEY, BAD_ARRAY,
    MISSING_VALUE or BAD_VALUE for arrays that match no signature.
    """
    arrays = arrays_of(source.path, source.kind)
    misfits: list[_Misfit] = []
    for name in _candidates(arrays, served):
        found = _fitted(source.path, arrays, name, served, values)
        if isinstance(found, ArrayTable):
            return found
        misfits.append(found)
    raise max(misfits, key=lambda misfit: misfit.rank).error


def _candidates(arrays: Mapping[str, ArrayHeader], served: ServedSignatures) -> list[str]:
    if served.chosen:
        return [served.chosen]
    found = [served.form.signature, *sorted(served.signatures)]
    # Unnamed bytes are images: as Examples they would be rejected one by one, without the reason.
    return [name for name in found if name not in served.examples or set(arrays) & set(served.signatures[name].inputs)]


def _fitted(
    path: str, arrays: Mapping[str, ArrayHeader], name: str, served: ServedSignatures, values: Values
) -> ArrayTable | _Misfit:
    spec, form = served.signatures[name], served.form
    filled = [a for a in form.filled() if a in spec.inputs]
    columns = _named(path, arrays, name, spec, form, {*filled, *values})
    if isinstance(columns, _Misfit):
        return columns
    misfit = _misfit(path, name, columns, spec, form) or _lacking(path, name, columns, spec, {*filled, *values})
    if misfit:
        return misfit
    rest = [a for a in spec.inputs if a not in columns]
    given = {a: checked(a, values[a], spec.inputs[a]) for a in rest if a in values}
    return ArrayTable(path, name, columns, given, tuple(a for a in rest if a not in given))


def _named(
    path: str, arrays: Mapping[str, ArrayHeader], name: str, spec: SignatureSpec, form: InstanceForm, others: set[str]
) -> dict[str, ArrayHeader] | _Misfit:
    """The arrays by alias; a single unnamed array is the image, or the one input that needs a value."""
    if len(arrays) > 1 or next(iter(arrays)) in spec.inputs:
        unknown = [key for key in arrays if key not in spec.inputs]
        hint = f"Its inputs: {', '.join(spec.inputs)}."
        error = WorkbenchError("UNKNOWN_KEY", f"The signature '{name}' has no key {unknown}.", where=path, hint=hint)
        return _Misfit(0, error) if unknown else dict(arrays)
    needed = [a for a in form.images if a in spec.inputs] or [a for a in spec.inputs if a not in others]
    if len(needed) == 1:
        return {needed[0]: next(iter(arrays.values()))}
    text = f"The array has no name, but '{name}' needs values for {len(needed)} inputs."
    return _Misfit(0, WorkbenchError("NO_KEY", text, where=path, hint=f"Save an .npz with: {', '.join(spec.inputs)}."))


def _misfit(
    path: str, name: str, columns: Mapping[str, ArrayHeader], spec: SignatureSpec, form: InstanceForm
) -> _Misfit | None:
    for alias, stored in columns.items():
        tensor = spec.inputs[alias]
        if not _dtype_fits(stored, tensor, picture=alias in form.images):
            text = f"The array '{alias}' has the dtype {stored.dtype}; '{name}' expects {tensor.dtype}."
            hint = "Images are bytes (.astype(bytes)), or model input as floats for the tensor signature."
            return _Misfit(1, WorkbenchError("BAD_ARRAY", text, where=path, hint=hint))
    for alias, stored in columns.items():
        wanted = spec.inputs[alias].shape
        if wanted is not None and not _shape_fits(stored.shape, wanted):
            text = f"The array '{alias}' has the shape {list(stored.shape)}; '{name}' expects {list(wanted)}."
            return _Misfit(2, WorkbenchError("BAD_ARRAY", text, where=path, hint="-1 means any length."))
    return None


def _dtype_fits(stored: ArrayHeader, tensor: TensorSpec, *, picture: bool) -> bool:
    if tensor.dtype == "DT_STRING":
        return stored.dtype.kind == "S" if picture else stored.is_text
    if stored.is_text:
        return False
    wanted = np.dtype("float32") if tensor.dtype == "DT_BFLOAT16" else dtype_of(tensor)
    # uint8 pixel values (0-255) would be cast to floats silently, and mean something else to the model.
    return stored.dtype.kind == wanted.kind if picture else bool(np.can_cast(stored.dtype, wanted, "same_kind"))


def _shape_fits(shape: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    pairs = zip(shape[1:], wanted[1:], strict=False)
    return len(shape) == len(wanted) and all(w in (-1, s) for s, w in pairs)


def _lacking(
    path: str, name: str, columns: Mapping[str, ArrayHeader], spec: SignatureSpec, others: set[str]
) -> _Misfit | None:
    missing = [a for a in spec.inputs if a not in columns and a not in others]
    if missing:
        hint = f"Save it in an .npz under this name, or use --set {missing[0]}=VALUE."
        text = f"'{name}' needs an array for the input '{missing[0]}'."
        return _Misfit(3, WorkbenchError("MISSING_VALUE", text, where=path, hint=hint))
    counts = {alias: stored.shape[0] for alias, stored in columns.items()}
    if len(set(counts.values())) > 1:
        text = f"The arrays have different numbers of instances: {counts}."
        return _Misfit(4, WorkbenchError("BAD_ARRAY", text, where=path))
    return None
