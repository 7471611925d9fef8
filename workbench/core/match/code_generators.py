"""Keras' `ImageDataGenerator` in training code: what it does to an image, in its own order."""

from __future__ import annotations

from typing import Any, Final

from workbench.core.match.code_call import Call, Handler
from workbench.core.match.code_keras import CHANNELS, sized
from workbench.core.match.code_pixels import changed_by, numbers_of
from workbench.core.match.code_values import UNKNOWN, Dataset, Generator, Picture, Value, first_picture, replaced

_AUGMENTATION: Final = frozenset(
    {"rotation_range", "width_shift_range", "height_shift_range", "brightness_range", "shear_range", "zoom_range"}
    | {"channel_shift_range", "fill_mode", "cval", "horizontal_flip", "vertical_flip", "validation_split", "dtype"}
    | {"data_format", "zca_epsilon"}
)


_FIRST: Final = (
    *("featurewise_center", "samplewise_center", "featurewise_std_normalization", "samplewise_std_normalization"),
    *("zca_whitening", "zca_epsilon"),
)
"""The first arguments of `ImageDataGenerator`, in their order."""


def _generator(call: Call) -> Value:
    """`ImageDataGenerator`: its `standardize` in its own order."""
    named = {**dict(zip(_FIRST, call.args, strict=False)), **call.keywords}
    given = {name: value for name, value in named.items() if value not in (None, False, 0, 0.0)}
    if "samplewise_std_normalization" in given and "samplewise_center" not in given:
        given["samplewise_center"] = True
        call.run.note(call.line, "samplewise_std_normalization switches samplewise_center on, too.")
    random = sorted(set(given) & _AUGMENTATION - {"fill_mode", "cval", "validation_split", "dtype", "data_format"})
    if random:
        call.run.note(call.line, f"Random augmentation is for training only and left out: {', '.join(random)}.")

    def standardize(picture: Picture) -> Picture:
        found = picture.changed(pil=False, uint8=False)
        if "preprocessing_function" in given:
            made = call.run.called(given["preprocessing_function"], [found], {}, call.line)
            found = first_picture(made) or found.did(
                "doubt", call.line, "The preprocessing_function is not in the text."
            )
        return _standardized(call, found, given)

    return Generator(standardize)


def _standardized(call: Call, found: Picture, given: dict[str, Any]) -> Picture:
    if "rescale" in given:
        numbers = numbers_of(given["rescale"])
        text = "rescale by a number that is not in the text."
        found = changed_by(found, "multiply", numbers, call.line) if numbers else found.did("doubt", call.line, text)
    for name, step in (("samplewise_center", "samplewise_center"), ("samplewise_std_normalization", "samplewise_std")):
        if name in given:
            found = found.did("value", call.line, step)
    for name in ("featurewise_center", "featurewise_std_normalization", "zca_whitening"):
        if name in given:
            text = f"{name}: what fit() computed is not in the text; save the generator's mean and std as .npy."
            found = found.did("doubt", call.line, text)
    return found


def generator_method(call: Call) -> Value:
    """A method of an `ImageDataGenerator`."""
    method, generator = call.name, call.receiver
    if method in ("standardize", "flow"):
        held = replaced(call.get(0, "x", UNKNOWN), generator.standardize)
        call.run.keep(held, 3 * (method == "flow"), call.line)
        return Dataset((held, UNKNOWN)) if method == "flow" else held
    if method not in ("flow_from_directory", "flow_from_dataframe"):
        return UNKNOWN
    first = 1 if method == "flow_from_directory" else 5
    mode = call.text(first + 1, "color_mode", "rgb")
    found = call.opened("load_img", channels=CHANNELS.get(mode, 3), pil=True)
    kernel, ratio = call.text(-1, "interpolation", "nearest"), call.get(-1, "keep_aspect_ratio", False) is True
    size = call.get(first, "target_size", (256, 256))
    picture = generator.standardize(sized(found, size, f"load_img:{kernel}", ratio, call.line))
    call.run.keep(picture, 3, call.line)
    return Dataset((picture.changed(batch=1), UNKNOWN))


FUNCTIONS: Final[dict[str, Handler]] = {"keras.ImageDataGenerator": _generator}
"""Handlers by function name in `keras`."""
