"""Calls of library functions, and of methods of images, lists, datasets and generators, in training code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from workbench.core.match import (
    code_builtins,
    code_datasets,
    code_generators,
    code_keras,
    code_numpy,
    code_opencv,
    code_others,
    code_pillow,
    code_tensorflow,
)
from workbench.core.match.code_attributes import element_of
from workbench.core.match.code_call import Call, Handler, Run
from workbench.core.match.code_names import AUGMENTING, SHOWN, sink_rank, tail
from workbench.core.match.code_pixels import cast
from workbench.core.match.code_values import (
    UNKNOWN,
    Canvas,
    Dataset,
    Function,
    Generator,
    Library,
    Method,
    Operation,
    Partial,
    Picture,
    Value,
    first_picture,
    pictures_in,
    replaced,
)

_MODULES: Final = (
    code_builtins,
    code_numpy,
    code_opencv,
    code_pillow,
    code_keras,
    code_generators,
    code_tensorflow,
    code_datasets,
    code_others,
)

FUNCTIONS: Final[dict[str, Handler]] = {name: made for module in _MODULES for name, made in module.FUNCTIONS.items()}
"""Every supported library function, by its canonical name."""


def call_library(run: Run, name: str, args: Sequence[Value], keywords: Mapping[str, Value], line: int) -> Value:
    """The result of a library function. An unsupported one returns the image that it was given, with a note."""
    call = Call(run, name, args, keywords, line)
    if (handler := FUNCTIONS.get(name)) is not None:
        return handler(call)
    if code_keras.is_random(name) and not any(first_picture(value) for value in args):
        return code_keras.random_layer(call)
    if sink_rank(name):
        return _sunk(call)
    return UNKNOWN if SHOWN.match(name) else _not_understood(call)


def _sunk(call: Call) -> Value:
    """The functions in which images end; `train_test_split` returns each argument twice."""
    call.run.keep([*call.args, *call.keywords.values()], sink_rank(call.name), call.line)
    if tail(call.name) == "train_test_split":
        return [held for held in call.args for _ in range(2)]
    return UNKNOWN


def _not_understood(call: Call) -> Value:
    held = next((v for v in (*call.args, *call.keywords.values()) if first_picture(v)), None)
    if held is None:
        return UNKNOWN
    if AUGMENTING.search(call.name):
        text = f"{call.name} varies images in training: left out."
        return replaced(held, lambda p: p.did("note", call.line, text))
    return replaced(held, lambda p: p.did("doubt", call.line, f"What {call.name} does to the image is not known."))


def call_method(run: Run, method: Method, args: Sequence[Value], keywords: Mapping[str, Value], line: int) -> Value:
    """The result of a method, by the kind of value it belongs to."""
    held = method.receiver
    call = Call(run, method.name, args, keywords, line, held)
    match held:
        case Picture():
            return _of_picture(call)
        case Dataset():
            return code_datasets.dataset_method(call)
        case Generator():
            return code_generators.generator_method(call)
        case Canvas():
            return code_pillow.paste(call) if method.name == "paste" else held
        case list():
            return _of_list(call)
        case dict():
            return held.get(call.get(0, "key", ""), call.get(1, "default")) if method.name == "get" else UNKNOWN
        case _:
            return _of_unknown(call)


def _of_unknown(call: Call) -> Value:
    """A method of a value of unknown origin: `model.fit`, `model.add(Rescaling(...))`."""
    if sink_rank(call.name):
        return _sunk(call)
    if call.name in _MAPPING and call.args and isinstance(call.args[0], Function | Partial | Operation | Library):
        return _mapped(call)
    if call.name == "paste" and (picture := first_picture(call.args)):
        return picture.did("doubt", call.line, "The image is put into a frame whose size is not in the text.")
    for value in call.args:
        if isinstance(value, Operation):
            code_keras.in_model(call, value)
    return UNKNOWN


_MAPPING: Final = frozenset({"map", "imap", "imap_unordered", "apply", "applymap", "transform"})
"""Methods of pools, data frames and datasets of unknown origin that call a function with each element."""


def _mapped(call: Call) -> Value:
    """A function called with an element of unknown origin, passed to each of its parameters."""
    function = call.args[0]
    count = len(function.node.args.args) if isinstance(function, Function) else 1
    given = [UNKNOWN] * max(count - (isinstance(function, Function) and function.instance is not None), 1)
    return Dataset(call.run.called(function, given, {}, call.line))


def _of_list(call: Call) -> Value:
    if call.name in ("append", "extend", "insert") and call.args:
        value = call.args[-1]
        call.receiver.append(element_of(value) if call.name == "extend" else value)
    return element_of(call.receiver) if call.name == "pop" else None


_KEEPING: Final = frozenset(
    {"copy", "numpy", "squeeze", "load", "as_numpy_iterator", "eval", "tobytes", "getdata", "set_shape", "ensure_shape"}
    | {"get_shape", "as_list", "byteswap", "newbyteorder", "verify", "view"}
)
"""Methods that leave an image's values unchanged."""


def _of_picture(call: Call) -> Value:
    picture: Picture = call.receiver
    if call.name == "resize" and not picture.pil and picture.batch == 0 and picture.decoder in ("pillow", "load_img"):
        return picture.did("doubt", call.line, "The method resize of an array changes its shape, not its pixels.")
    handler = _PICTURE.get(call.name) or (code_pillow.METHODS.get(call.name) if picture.pil else None)
    if handler is not None:
        return handler(call)
    if call.name in _KEEPING or SHOWN.match(call.name) or call.name in ("show", "save", "close"):
        return picture
    if AUGMENTING.search(call.name) or call.name in ("transpose", "swapaxes"):
        return _moved(call)
    return UNKNOWN if call.name in ("max", "min", "sum", "tolist") else _not_understood_method(call)


def _not_understood_method(call: Call) -> Value:
    return call.receiver.did("doubt", call.line, f"What the method {call.name} does to the image is not known.")


def _moved(call: Call) -> Value:
    if call.receiver.pil or call.name not in ("transpose", "swapaxes"):
        return call.receiver.did("note", call.line, f"{call.name} is taken as augmentation: left out.")
    return code_numpy.axes_moved(Call(call.run, call.name, [call.receiver], {}, call.line))


def _astype(call: Call) -> Value:
    return cast(call.receiver, call.get(0, "dtype", "float32"), call.line)


def _statistic(call: Call) -> Value:
    return code_numpy.statistic(call, call.receiver, call.get(0, "axis"))


def _reshape(call: Call) -> Value:
    return code_numpy.reshape(Call(call.run, call.name, [call.receiver, *call.args], call.keywords, call.line))


def _flat(call: Call) -> Value:
    return call.receiver.did("note", call.line, "The image is flattened here: the model takes its values in one row.")


def _split(call: Call) -> Value:
    return [call.receiver.did("doubt", call.line, "Channels are taken alone.")] * call.receiver.channels


_PICTURE: Final[dict[str, Handler]] = {
    "resize": code_pillow.resize,
    "astype": _astype,
    "mean": _statistic,
    "std": _statistic,
    "reshape": _reshape,
    "flatten": _flat,
    "ravel": _flat,
    "split": _split,
    "clip": lambda call: code_numpy.clipped(Call(call.run, "np.clip", [call.receiver], {}, call.line)),
}
"""Methods of images in any container."""

__all__ = ["FUNCTIONS", "call_library", "call_method", "pictures_in"]
