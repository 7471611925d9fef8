"""Load policy: what a configuration may name before any framework reads it. JSON only; nothing is imported or run.

tf_keras runs Lambda bytecode even in safe mode, and runs constant calls of TensorFlow functions while it loads (seen in
tf_keras 2.21; CVE-2024-3660, CVE-2025-1550, CVE-2025-8747, CVE-2025-9905, CVE-2025-9906, CVE-2025-12058).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from workbench.core.model.config import Config, is_keras_own, layer_name
from workbench.core.model.keras3_ops import OPERATIONS
from workbench.core.model.keras_classes import KNOWN_CLASSES, KNOWN_SMALL, REFUSED
from workbench.core.model.options import NOTHING_ALLOWED, LoadOptions
from workbench.core.model.repair.names import ACTIVATIONS, CONSTRAINTS, INITIALISERS, REGULARISERS, SUPPLIED
from workbench.core.model.repair.pure_ops import calls_a_pure_function, is_pure_node, takes_a_tensor
from workbench.spec.errors import WorkbenchError

_DATA: Final = frozenset(
    "TensorShape __tuple__ __ellipsis__ __tensor__ __numpy__ __bytes__ __slice__ __keras_tensor__".split()
)
"""Records of plain values."""

_SMALL: Final = frozenset(
    """
    SGD Adam AdamW Adamax Nadam RMSprop Adagrad Adadelta Ftrl LossScaleOptimizer SeedGenerator
    MeanSquaredError MeanAbsoluteError BinaryCrossentropy CategoricalCrossentropy SparseCategoricalCrossentropy Huber
    ExponentialDecay Mean Accuracy BinaryAccuracy CategoricalAccuracy SparseCategoricalAccuracy MeanMetricWrapper AUC
    LegacyBilinearUpSampling2D
    """.split()
)
"""Keras' own classes that are not layers, and the layer of the bilinear repair."""

_KNOWN: Final = KNOWN_CLASSES | KNOWN_SMALL | _SMALL | _DATA | INITIALISERS | REGULARISERS | CONSTRAINTS
_FUNCTIONS: Final = INITIALISERS | REGULARISERS | CONSTRAINTS
_OPS: Final = ("TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer")
_OUR_MODULE: Final = re.compile(r"(tf_)?keras(\.[A-Za-z0-9_]+)*|builtins")
_KERAS3_OPS: Final = re.compile(r"keras\.(src\.)?ops(\.(numpy|nn|math|linalg|image))?")
_KERAS3_CORE: Final = frozenset("Cast Scatter ScatterUpdate Shape Slice SliceUpdate StopGradient Unstack".split())
"""The pure operations of `keras.src.ops.core`; its others (Map, Scan, WhileLoop) take functions."""

_APPLICATION_LAYERS: Final = frozenset(("LayerScale", "StochasticDepth"))
"""Layers of `keras.applications.convnext`."""

_VOCABULARIES: Final = ("StringLookup", "IntegerLookup", "IndexLookup", "TextVectorization")

REASONS: Final = {
    "FOREIGN_MODULE": (
        "would import code by a path in the file",
        "Give its classes in a Python file (--custom); paths in the model file are never followed.",
    ),
    "FOREIGN_FILE": ("would read another file", "Save the model again with the vocabulary inside it."),
    "UNSAFE_OP": (
        "would call TensorFlow in a way that may act while loading",
        "Replace them by Keras layers; if you trust the file, allow its code (--allow-code).",
    ),
    "LAMBDA": (
        "contain Python code that loading the file would run",
        "Replace them by built-in layers (Rescaling for arithmetic), or, if you trust the file, "
        "allow its code (--allow-code).",
    ),
    "KERAS_CLASS": (
        "are Keras classes that the Workbench does not support",
        "Use other layers; if a newer Keras wrote the file, save it with Keras 3.15 or older.",
    ),
    "CUSTOM_CLASS": (
        "are custom classes and need their author's code",
        "Give them in a Python file (--custom), or rebuild the model with built-in layers.",
    ),
}
"""Refusals, most serious first: what is wrong with the named parts, and what to do."""


def known_names() -> frozenset[str]:
    """Every class and built-in function of Keras that a configuration may name."""
    return _KNOWN


Finding = tuple[str, str]
"""A code of `REASONS` and a description of the part it concerns."""


def findings(config: Config, library: str, options: LoadOptions = NOTHING_ALLOWED) -> Iterator[Finding]:
    """Everything in a configuration that may not be loaded."""
    judge = _PolicyCheck(library, options, frozenset(layer_name(d) for _, _, d in _records(config)))
    for place, key, record in _records(config):
        yield from judge.record(record, place, key)


def refuse_unsafe(config: Config, where: str, library: str, options: LoadOptions = NOTHING_ALLOWED) -> None:
    """Accept a configuration, or raise `WorkbenchError` with the most serious code of `REASONS` and the layers
    concerned."""
    found = list(dict.fromkeys(findings(config, library, options)))
    for code, (what, hint) in REASONS.items():
        named = [thing for found_code, thing in found if found_code == code]
        if named:
            more = f" and {len(named) - 8} more" if len(named) > 8 else ""
            text = f"Parts of the model {what}: {', '.join(named[:8])}{more}."
            raise WorkbenchError(code, text, where=where, hint=hint)


def _records(config: Config) -> Iterator[tuple[str, str, Config]]:
    """Every record of the JSON with its layer and its key; iterative, so that deep nesting cannot exhaust the stack."""
    stack: list[tuple[Any, str, str]] = [(config, "", "")]
    while stack:
        value, place, key = stack.pop()
        if isinstance(value, dict):
            if "class_name" in value or "registered_name" in value or "module" in value:
                here = _place(value, place, key)
                yield here, key, value
            elif "activation" in value or "recurrent_activation" in value:
                here = place
                yield here, key, value
            else:
                here = place
            stack += [(v, here, str(k)) for k, v in value.items()]
        elif isinstance(value, list):
            stack += [(v, place, key) for v in value]


def _place(record: Config, around: str, key: str) -> str:
    if key.endswith(_ARGUMENTS) or not key or not isinstance(record.get("config"), dict):
        return around
    return f"{around}/{layer_name(record)}" if around else layer_name(record)


_ARGUMENTS: Final = ("_initializer", "_regularizer", "_constraint", "activation", "dtype")


class _PolicyCheck:
    """Judges one record at a time, by the library that would load it and by what the user allows."""

    def __init__(self, library: str, options: LoadOptions, layers: frozenset[str]) -> None:
        self.library = library
        self.options = options
        self.layers = layers
        self.activations = ACTIVATIONS[library] | (SUPPLIED if library == "tf_keras" else frozenset())

    def given(self, name: object) -> bool:
        return isinstance(name, str) and name.rpartition(">")[2] in {
            given.rpartition(">")[2] for given in self.options.custom_objects
        }

    def record(self, record: Config, place: str, key: str) -> Iterator[Finding]:
        shown = place or "the model"
        for argument in ("activation", "recurrent_activation"):
            value = record.get(argument)
            if isinstance(value, str) and value not in self.activations and not self.given(value):
                yield "CUSTOM_CLASS", f"{shown} ({value})"
        if "class_name" not in record:
            return
        name = record["class_name"]
        yield from self._origin(record, name, shown)
        if not isinstance(name, str):
            yield "CUSTOM_CLASS", f"{shown} (a class without a name)"
        elif name in _JUDGES:
            yield from _JUDGES[name](self, record, shown)
        elif not self._known(record, name):
            yield _unknown(record, name, shown)
        if name in _VOCABULARIES and isinstance(_config(record).get("vocabulary"), str):
            yield "FOREIGN_FILE", shown

    def _known(self, record: Config, name: str) -> bool:
        if name in _KNOWN or self.given(name) or (self.library == "tf_keras" and name in SUPPLIED):
            return True
        module = record.get("module")
        if self.library != "keras" or not isinstance(module, str):
            return False
        if OPERATIONS.get(name) == module:
            return True
        if module == "keras.src.ops.core":
            return name in _KERAS3_CORE
        if module == "keras.src.applications.convnext":
            return name in _APPLICATION_LAYERS
        return _KERAS3_OPS.fullmatch(module) is not None and name[:1].isupper() and name.isidentifier()

    def _origin(self, record: Config, name: object, shown: str) -> Iterator[Finding]:
        registered, module = record.get("registered_name", name), record.get("module")
        function = record.get("config") if name == "function" else None
        if module is not None and not (isinstance(module, str) and _OUR_MODULE.fullmatch(module)):
            # Keras looks the registered name up first and imports the module only if that finds nothing.
            if not self.given(function or registered):
                yield "FOREIGN_MODULE", f"{shown} ({module}.{function or name})"
        elif registered not in (None, name, "function", function) and not self._fair(registered):
            yield "CUSTOM_CLASS", f"{shown} ({registered})"

    def _fair(self, registered: object) -> bool:
        known = isinstance(registered, str) and (registered in _KNOWN or registered in self.activations)
        return known or self.given(registered)

    def function(self, record: Config, shown: str) -> Iterator[Finding]:
        """A function by name: a built-in one or one that was supplied."""
        name = record.get("config")
        if not isinstance(name, str) or not (name in self.activations or name in _FUNCTIONS or self.given(name)):
            yield "CUSTOM_CLASS", f"{shown} ({str(name)[:60]})"

    def code(self, record: Config, shown: str) -> Iterator[Finding]:
        """A Lambda layer or a function as bytes; a Lambda may also name a function that was supplied."""
        config = _config(record)
        named = config.get("function_type") == "function" and self.given(config.get("function"))
        plain = all(config.get(f"{part}_type", "raw") == "raw" for part in ("output_shape", "mask"))
        if not self.options.allow_code and not (named and plain):
            yield "LAMBDA", shown

    def op(self, record: Config, shown: str) -> Iterator[Finding]:
        """A TensorFlow function: it must be pure and called on a tensor of the model."""
        pure = is_pure_node(record) if record["class_name"] == "TensorFlowOpLayer" else calls_a_pure_function(record)
        if not self.options.allow_code and not (pure and takes_a_tensor(record, self.layers)):
            yield "UNSAFE_OP", shown

    def foreign(self, record: Config, shown: str) -> Iterator[Finding]:
        """A type looked up in TensorFlow's registry: none of Keras' own layers needs one in its configuration."""
        yield "UNSAFE_OP", f"{shown} ({record['class_name']})"


def _unknown(record: Config, name: str, shown: str) -> Finding:
    """An unknown class: one of Keras' modules is never the author's own."""
    if name in REFUSED:
        return "KERAS_CLASS", f"{shown} ({name} {REFUSED[name]})"
    code = "KERAS_CLASS" if is_keras_own(record) else "CUSTOM_CLASS"
    return code, f"{shown} ({name})" if name not in shown else shown


_JUDGES: Final[dict[str, Callable[[_PolicyCheck, Config, str], Iterator[Finding]]]] = {
    "function": _PolicyCheck.function,
    "Lambda": _PolicyCheck.code,
    "__lambda__": _PolicyCheck.code,
    **dict.fromkeys(_OPS, _PolicyCheck.op),
    **dict.fromkeys(("TypeSpec", "__typespec__", "CompositeTensor"), _PolicyCheck.foreign),
}


def _config(record: Config) -> Config:
    config = record.get("config")
    return config if isinstance(config, dict) else {}
