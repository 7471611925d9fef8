"""Keras' functions and layers that read or scale images, in training code."""

from __future__ import annotations

from typing import Final

import numpy as np

from workbench.core.match.code_call import Call, Handler
from workbench.core.match.code_names import AUGMENTING
from workbench.core.match.code_pixels import changed_by, numbers_of
from workbench.core.match.code_values import (
    UNKNOWN,
    Dataset,
    Operation,
    Picture,
    Value,
    first_picture,
    pair_of,
    replaced,
    whole_number,
)

APPLICATIONS: Final[dict[str, str]] = {
    **dict.fromkeys(("vgg16", "vgg19", "resnet", "resnet50"), "caffe"),
    **dict.fromkeys(("resnet_v2", "inception_v3", "inception_resnet_v2", "xception", "nasnet"), "tf"),
    **dict.fromkeys(("mobilenet", "mobilenet_v2"), "tf"),
    "densenet": "torch",
    **dict.fromkeys(("efficientnet", "efficientnet_v2", "mobilenet_v3", "convnext", "regnet", "resnet_rs"), ""),
}
"""The mode of each application's `preprocess_input`; empty if it returns its input, since the model scales."""

_SCALES: Final = {"caffe": "caffe", "tf": "-1..1", "torch": "torch"}

CHANNELS: Final = {"grayscale": 1, "rgb": 3, "rgba": 4}
"""Channels of an image read in each `color_mode`."""


def _load_img(call: Call) -> Value:
    mode = "grayscale" if call.get(1, "grayscale", False) is True else call.text(-1, "color_mode", "rgb")
    found = call.opened("load_img", channels=CHANNELS.get(mode, 3), pil=True)
    kernel = call.text(-1, "interpolation", "nearest")
    ratio = call.get(-1, "keep_aspect_ratio", False) is True
    place = 1 if "grayscale" not in call.keywords and isinstance(call.get(1, "", None), tuple | list) else 2
    return sized(found, call.get(place, "target_size", None), f"load_img:{kernel}", ratio, call.line)


def sized(found: Picture, target: Value, reader: str, ratio: bool, line: int) -> Picture:
    """An image resized by Keras to `target`, (height, width); at its own size if that is None."""
    size = (target, target) if isinstance(target, int) else pair_of(target)
    if target is None:
        return found
    if size is None or not all(size):
        found = found.did("doubt", line, "The size of this resize is not in the text.")
        return found.did("resize", line, reader, height=0, width=0)
    if ratio:
        # `load_img` resizes with a box over whose edge the kernel reaches; the others crop first.
        step = "keep_aspect_ratio" if reader.startswith("load_img") else "crop_to_ratio"
        found = found.did("step", line, f"{step} {size[0]}x{size[1]}")
    return found.did("resize", line, reader, size, height=size[0], width=size[1])


def _img_to_array(call: Call) -> Value:
    held = call.get(0, "img", UNKNOWN)
    return replaced(held, lambda p: p.changed(pil=False, uint8=False)) if first_picture(held) else UNKNOWN


def _preprocess_input(call: Call) -> Value:
    picture = first_picture(call.get(0, "x", UNKNOWN))
    if picture is None:
        if call.args or call.keywords:
            call.run.note(call.line, "preprocess_input of something that is no image of this text: left out.")
        return UNKNOWN
    return preprocessed(call, picture)


def preprocessed(call: Call, picture: Picture) -> Picture:
    """An image after the application's `preprocess_input`."""
    module = call.name.rpartition(".")[0].rpartition(".")[2]
    mode = call.text(2, "mode", "caffe") if module in ("imagenet_utils", "applications") else APPLICATIONS.get(module)
    if mode is None:
        return picture.did("doubt", call.line, f"The preprocess_input of {module or 'this module'} is not known.")
    if mode == "":
        return picture.did("note", call.line, f"preprocess_input of {module} gives what it gets: the model scales.")
    return picture.did("value", call.line, f"scale {_SCALES[mode]}", uint8=False)


def _dataset(call: Call) -> Value:
    """`image_dataset_from_directory`."""
    kernel = call.text(-1, "interpolation", "bilinear")
    reader = "image_dataset" if kernel == "bilinear" else f"tf:{kernel}"
    mode = call.text(4, "color_mode", "rgb")
    found = call.opened("image_dataset", channels=CHANNELS.get(mode, 3), uint8=False)
    size, line = call.get(6, "image_size", (256, 256)), call.line
    if call.get(-1, "pad_to_aspect_ratio", False) is True and (pair := pair_of(size)):
        found = found.did("step", line, f"resize_with_pad {pair[0]}x{pair[1]}", height=pair[0], width=pair[1])
        found = found.did("resize", line, reader, pair)
    else:
        ratio = any(call.get(-1, name, False) is True for name in ("crop_to_aspect_ratio", "smart_resize"))
        found = sized(found, size, reader, ratio, line)
    picture = found.changed(batch=1)
    call.run.keep(picture, 0, line)
    return Dataset(picture if call.get(1, "labels", "inferred") is None else (picture, UNKNOWN))


def _smart_resize(call: Call) -> Value:
    picture = call.picture("load_img", name="x")
    kernel = call.text(2, "interpolation", "bilinear")
    return sized(picture.changed(uint8=False), call.get(1, "size", UNKNOWN), f"tf:{kernel}", True, call.line)


def _rescaling(call: Call) -> Value:
    factor, offset = numbers_of(call.get(0, "scale", 1.0)), numbers_of(call.get(1, "offset", 0.0))

    def apply(picture: Picture) -> Picture:
        if factor is None or offset is None:
            return picture.did("doubt", call.line, "Rescaling by a number that is not in the text.")
        found = changed_by(picture.changed(uint8=False), "multiply", factor, call.line)
        return found if offset == (0.0,) else changed_by(found, "add", offset, call.line)

    return Operation("Rescaling", apply, own=True)


def _resizing(call: Call) -> Value:
    size = tuple(whole_number(call.get(n, name, UNKNOWN)) or 0 for n, name in enumerate(("height", "width")))
    kernel = call.text(2, "interpolation", "bilinear")
    smoothed = "+antialias" if call.get(-1, "antialias", False) is True else ""
    ratio = call.get(-1, "crop_to_aspect_ratio", False) is True

    def apply(picture: Picture) -> Picture:
        if call.get(-1, "pad_to_aspect_ratio", False) is True:
            picture = picture.did("doubt", call.line, "pad_to_aspect_ratio of a Resizing layer.")
        # Called directly on whole numbers the layer rounds; in a graph, and of floats, it does not (Keras 3.15).
        rounds = picture.uint8 and not call.run.tracing
        found = sized(picture, size, f"{'keras_resizing' if rounds else 'tf'}:{kernel}{smoothed}", ratio, call.line)
        return found if rounds else found.changed(uint8=kernel == "nearest" and found.uint8)

    return Operation("Resizing", apply, own=True)


def _center_crop(call: Call) -> Value:
    height, width = (whole_number(call.get(n, name, UNKNOWN)) or 0 for n, name in enumerate(("height", "width")))
    step = f"center_crop {height}x{width}"
    return Operation("CenterCrop", lambda p: p.did("step", call.line, step, height=height, width=width), own=True)


def _normalization(call: Call) -> Value:
    mean, variance = (numbers_of(call.get(-1, name, None)) for name in ("mean", "variance"))

    def apply(picture: Picture) -> Picture:
        if mean is None or variance is None:
            return picture.did("doubt", call.line, "What a Normalization layer adapted to is not in the text.")
        found = changed_by(picture.changed(uint8=False), "subtract", mean, call.line)
        return changed_by(found, "divide", tuple(float(np.sqrt(v)) for v in variance), call.line)

    return Operation("Normalization", apply, own=True)


def _sequential(call: Call) -> Value:
    """Layers of images alone are one operation; together with others they are part of the model."""
    layers = call.get(0, "layers", [])
    layers = layers if isinstance(layers, list) else []
    images = [one for one in layers if isinstance(one, Operation)]
    if not images or len(images) < len(layers):
        for layer in images:
            in_model(call, layer)
        return UNKNOWN

    def apply(picture: Picture) -> Value:
        found: Value = picture
        for layer in images:
            found = first_picture(layer.apply(found)) or found
        return found

    return Operation("Sequential", apply, own=any(layer.own for layer in images))


def in_model(call: Call, layer: Operation) -> None:
    """A layer of the model itself: noted, and not applied."""
    if layer.own:
        text = f"{layer.name} is a layer of the model: it is in the model's file already and left out here."
        call.run.note(call.line, text)


def random_layer(call: Call) -> Value:
    """A layer that varies images in training and has no effect in inference."""
    text = f"{call.name.rpartition('.')[2]} varies images in training only: left out."
    return Operation(call.name, lambda picture: picture.did("note", call.line, text))


def _input(call: Call) -> Value:
    """The input of a model: it does nothing to an image."""
    return Operation("Input", lambda picture: picture)


def _lambda(call: Call) -> Value:
    function = call.get(0, "function", UNKNOWN)
    return Operation("Lambda", lambda p: call.run.called(function, [p], {}, call.line), own=True)


def is_random(name: str) -> bool:
    """Whether a Keras name is a layer or function of augmentation."""
    return name.startswith("keras.") and bool(AUGMENTING.search(name))


FUNCTIONS: Final[dict[str, Handler]] = {
    "keras.load_img": _load_img,
    "keras.img_to_array": _img_to_array,
    "keras.image_dataset_from_directory": _dataset,
    "keras.smart_resize": _smart_resize,
    **{f"keras.{name}": _input for name in ("Input", "InputLayer")},
    "keras.Rescaling": _rescaling,
    "keras.Resizing": _resizing,
    "keras.CenterCrop": _center_crop,
    "keras.Normalization": _normalization,
    "keras.Sequential": _sequential,
    "keras.Lambda": _lambda,
    "keras.backend.image_data_format": lambda call: "channels_last",
    **{f"keras.applications.{name}.preprocess_input": _preprocess_input for name in (*APPLICATIONS, "imagenet_utils")},
    "keras.preprocess_input": _preprocess_input,
}
"""Handlers by function name in `keras`; those of applications with their modules."""
