"""TensorFlow's datasets in training code: how they are made, and what their methods do with an element."""

from __future__ import annotations

from typing import Final

from workbench.core.match.code_attributes import element_of
from workbench.core.match.code_call import Call, Handler
from workbench.core.match.code_tensorflow import both
from workbench.core.match.code_values import UNKNOWN, Dataset, Value, replaced


def _slices(call: Call) -> Value:
    held = call.get(0, "tensors", UNKNOWN)
    return Dataset(tuple(element_of(one) for one in held) if isinstance(held, tuple) else element_of(held))


def _listed(call: Call) -> Value:
    return Dataset(UNKNOWN)


def _zipped(call: Call) -> Value:
    held = call.args[0] if len(call.args) == 1 else tuple(call.args)
    return Dataset(tuple(element_of(one) for one in held)) if isinstance(held, tuple | list) else Dataset(UNKNOWN)


def _generated(call: Call) -> Value:
    return Dataset(element_of(call.run.called(call.get(0, "generator", UNKNOWN), [], {}, call.line)))


def dataset_method(call: Call) -> Value:
    """A method of a dataset: `map` calls its function with an element, `batch` adds an axis."""
    dataset, method = call.receiver, call.name
    if method in ("map", "interleave", "flat_map"):
        element = dataset.element
        args = list(element) if isinstance(element, tuple) else [element]
        call.run.tracing += 1
        made = call.run.called(call.get(0, "map_func", UNKNOWN), args, {}, call.line)
        call.run.tracing -= 1
        found = Dataset(made.element if isinstance(made, Dataset) else made)
        call.run.keep(found, 0, call.line)
        return found
    if method in ("batch", "padded_batch"):
        return replaced(dataset, lambda p: p.changed(batch=p.batch + 1))
    if method in ("unbatch",):
        return replaced(dataset, lambda p: p.changed(batch=max(p.batch - 1, 0)))
    if method == "apply":
        return call.run.called(call.get(0, "transformation_func", UNKNOWN), [dataset], {}, call.line) or dataset
    return dataset.element if method in ("get_single_element", "get_next", "next") else dataset


FUNCTIONS: Final[dict[str, Handler]] = both(
    {
        "data.Dataset.from_tensor_slices": _slices,
        "data.Dataset.from_tensors": _slices,
        "data.Dataset.list_files": _listed,
        "data.Dataset.zip": _zipped,
        "data.Dataset.from_generator": _generated,
        "data.TFRecordDataset": _listed,
    }
)
"""Handlers by function name; `tf1` is `tensorflow.compat.v1`."""
