"""How pixel values (0-255) become the numbers that a network takes."""

from __future__ import annotations

from typing import Final

import msgspec

from workbench.spec.errors import WorkbenchError

SCALES: Final[dict[str, str]] = {
    "0..1": "divide by 255 (rescale=1/255)",
    "-1..1": "x / 127.5 - 1 (keras.applications mode 'tf')",
    "0..255": "leave as read",
    "caffe": "BGR, ImageNet means taken off (keras.applications mode 'caffe')",
    "torch": "0..1, ImageNet mean and deviation (keras.applications mode 'torch')",
}
"""The named scales with words; beside them stands `mean/std:M,M,M/S,S,S`."""

CAFFE_MEANS: Final = (103.939, 116.779, 123.68)
"""ImageNet means in BGR grey levels (`keras.applications.imagenet_utils`, mode 'caffe')."""

TORCH_MEANS: Final = (0.485, 0.456, 0.406)
TORCH_DEVIATIONS: Final = (0.229, 0.224, 0.225)
"""ImageNet means and deviations of RGB in 0..1 (`keras.applications.imagenet_utils`, mode 'torch')."""


class Scale(msgspec.Struct, frozen=True):
    """A parsed scale: a named one, or `mean/std` with one number per channel, in pixel values (0-255)."""

    name: str
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()


def parse_scale(text: str) -> Scale:
    """A scale's text as data. Raises `WorkbenchError` BAD_SCALE.

    `mean/std:` takes 1 or 3 means and as many deviations, in grey levels 0..255
    (`ImageDataGenerator`'s featurewise_center and featurewise_std_normalization without rescale).
    """
    if text in SCALES:
        return Scale(text)
    head, _, tail = text.partition(":")
    if head == "mean/std":
        return _mean_std(text, tail)
    raise WorkbenchError(
        "BAD_SCALE", f"'{text}' is not a scale.", hint=f"One of: {', '.join(SCALES)}, mean/std:M,M,M/S,S,S."
    )


def _mean_std(text: str, tail: str) -> Scale:
    halves = [half.split(",") for half in tail.split("/")]
    try:
        mean, std = (tuple(float(v) for v in half) for half in halves)
    except ValueError:
        mean, std = (), ()
    finite = all(abs(v) < 1e9 for v in mean + std)
    if len(mean) not in (1, 3) or len(mean) != len(std) or not finite or any(s <= 0 for s in std):
        raise WorkbenchError(
            "BAD_SCALE",
            f"'{text}' does not give one mean and one positive deviation a channel.",
            hint="Write mean/std:M,M,M/S,S,S in grey levels.",
        )
    return Scale("mean/std", mean, std)
