"""The table of scales: how pixel values (0-255) become the numbers that a network takes.

A new scale is a name and a row here, and its call of Keras in `core.training.pixel_scaling`; all else follows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal

import msgspec

from workbench.spec.errors import WorkbenchError

ScaleName = Literal["0..1", "-1..1", "0..255", "caffe", "torch", "mean/std"]
"""Every scale. The training path calls Keras by these names; mypy points at what does not know a new one."""

Operation = Literal["multiply", "divide", "subtract"]
Numbers = tuple[float, ...]
"""One number for all channels, or one a channel."""

BY_HAND: Final = "mean/std:"
"""How the text of a scale with numbers of its own begins."""


class Arithmetic(msgspec.Struct, frozen=True):
    """One float32 operation on every pixel. `x / 255` and `x * (1 / 255)` are two: they differ in the last bit."""

    operation: Operation
    numbers: Numbers

    def undone(self, values: Sequence[float]) -> Numbers:
        """What the operation makes these values of, one a channel or one for all."""
        width = max(len(values), len(self.numbers))
        pairs = zip(_widened(values, width), _widened(self.numbers, width), strict=True)
        if self.operation == "subtract":
            return tuple(value + number for value, number in pairs)
        if self.operation == "divide":
            return tuple(value * number for value, number in pairs)
        return tuple(value / number for value, number in pairs)


class Scale(msgspec.Struct, frozen=True):
    """A scale: the channels in reverse order where `bgr`, then the operations of `arithmetic` in their order.

    `mean`, `std` and `channels` follow from these, so that no two of them can contradict each other. `words` are for
    people; a scale by hand has none.
    """

    name: ScaleName
    words: str
    arithmetic: tuple[Arithmetic, ...] = ()
    bgr: bool = False

    @property
    def mean(self) -> Numbers:
        """The pixel values (0-255) that become 0, in the order of channels that the network gets."""
        values: Numbers = (0.0,)
        for step in reversed(self.arithmetic):
            values = step.undone(values)
        return values

    @property
    def std(self) -> Numbers:
        """Pixel values (0-255) for one unit of the network's input, above 0."""
        values: Numbers = (1.0,)
        for step in reversed(self.arithmetic):
            values = values if step.operation == "subtract" else step.undone(values)
        return values

    @property
    def channels(self) -> int:
        """How many channels it has numbers for, or an order; 1 goes with any."""
        return max([3 if self.bgr else 1, *(len(step.numbers) for step in self.arithmetic)])

    def fits(self, channels: int) -> bool:
        """Whether pictures of so many channels can be scaled by it."""
        return self.channels in (1, channels)


def _widened(numbers: Sequence[float], width: int) -> Sequence[float]:
    return numbers if len(numbers) == width else tuple(numbers) * width


_CAFFE_MEANS: Final = (103.939, 116.779, 123.68)
"""ImageNet means of blue, green and red (`keras.applications.imagenet_utils`, mode 'caffe')."""

_TORCH_MEANS: Final = (0.485, 0.456, 0.406)
_TORCH_DEVIATIONS: Final = (0.229, 0.224, 0.225)
"""ImageNet means and deviations of RGB in 0..1 (`keras.applications.imagenet_utils`, mode 'torch')."""


_TABLE: Final = (
    Scale(
        name="0..1",
        words="divide by 255 (rescale=1/255)",
        arithmetic=(Arithmetic("multiply", (1 / 255,)),),
    ),
    Scale(
        name="-1..1",
        words="x / 127.5 - 1 (keras.applications mode 'tf')",
        arithmetic=(Arithmetic("divide", (127.5,)), Arithmetic("subtract", (1.0,))),
    ),
    Scale(
        name="0..255",
        words="leave as read",
    ),
    Scale(
        name="caffe",
        words="BGR, ImageNet mean subtracted (keras.applications mode 'caffe')",
        arithmetic=(Arithmetic("subtract", _CAFFE_MEANS),),
        bgr=True,
    ),
    Scale(
        name="torch",
        words="0..1, ImageNet mean and standard deviation (keras.applications mode 'torch')",
        arithmetic=(
            Arithmetic("divide", (255.0,)),
            Arithmetic("subtract", _TORCH_MEANS),
            Arithmetic("divide", _TORCH_DEVIATIONS),
        ),
    ),
)

SCALES: Final[Mapping[str, Scale]] = {scale.name: scale for scale in _TABLE}
"""The named scales; beside them stand those by hand.

The operations are those of the functions named, one by one: the graph runs them as they stand here. The training path
does not: it calls Keras by the scale's name, and that an export is compared with.
"""

SCALE_WORDS: Final[Mapping[str, str]] = {scale.name: scale.words for scale in _TABLE}

SCALE_FORMS: Final = (*SCALES, f"{BY_HAND}M,M,M/S,S,S")
"""Every scale as it is written in a project."""


def parse_scale(text: str) -> Scale:
    """A scale's text as data. Raises `WorkbenchError` BAD_SCALE.

    `mean/std:` takes 1 or 3 means and as many deviations, in pixel values (0-255)
    (`ImageDataGenerator`'s featurewise_center and featurewise_std_normalization without rescale).
    """
    if text in SCALES:
        return SCALES[text]
    if text.startswith(BY_HAND):
        return _by_hand(text)
    raise WorkbenchError("BAD_SCALE", f"'{text}' is not a scale.", hint=f"One of: {', '.join(SCALE_FORMS)}.")


def _by_hand(text: str) -> Scale:
    halves = [half.split(",") for half in text.removeprefix(BY_HAND).split("/")]
    try:
        mean, std = (tuple(float(v) for v in half) for half in halves)
    except ValueError:
        mean, std = (), ()
    finite = all(abs(v) < 1e9 for v in mean + std)
    if len(mean) not in (1, 3) or len(mean) != len(std) or not finite or any(s <= 0 for s in std):
        raise WorkbenchError(
            "BAD_SCALE",
            f"'{text}' needs one mean and one positive standard deviation per channel.",
            hint=f"Write {SCALE_FORMS[-1]} in pixel values (0-255).",
        )
    return Scale("mean/std", "", (Arithmetic("subtract", mean), Arithmetic("divide", std)))
