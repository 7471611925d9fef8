"""Finds how training read images from labelled ones: the way by which the model gets most of them right, and is surest.

In stages, on a few images: every order of channels and all that is computed with the values, in the geometry chosen;
every geometry with the best of these; every reader with the best of all. Then the best on all images.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec

from workbench.core.progress import Report, silent
from workbench.core.training.image_headers import pixel_size
from workbench.core.training.label_trial import Judged, LabelledImage, LabelTrial, Scores
from workbench.core.training.way_space import (
    BY_HAND,
    PLAIN_BORDERS,
    STANDARDISED,
    geometries,
    read_by,
    scales,
    searched,
    slow,
    turnings,
    valued,
)
from workbench.core.training.ways import GREY, Way, way_of
from workbench.spec.errors import WorkbenchError
from workbench.spec.preprocess import Preprocess
from workbench.spec.reading_match import LabelMatch, LabelReading

FEW: Final = 24
"""Images on which every way is tried, spread over the classes."""

VALUES_KEPT: Final = 2
"""Orders of channels and values that every geometry is tried with."""

WAYS_KEPT: Final = 2
"""Ways whose geometry and values every reader is tried with."""

LARGE: Final = 2_000_000
"""Pixels of an image from where on readers that take seconds for it are not tried."""

FINALISTS: Final = 5
"""Ways tried on all images."""

MOST: Final = 200
"""Images used at most: minutes of work."""

GAIN: Final = 3
"""Images more that another way has to get right, and a tenth of them: less may be chance."""


def balanced(truths: Iterable[int], count: int) -> list[int]:
    """The places of so many images at most, in turn from every class; `truths` is the class of each image."""
    by_class: dict[int, list[int]] = {}
    for place, truth in enumerate(truths):
        by_class.setdefault(truth, []).append(place)
    longest = max((len(of_one) for of_one in by_class.values()), default=0)
    turns = [of_one[n] for n in range(longest) for of_one in by_class.values() if n < len(of_one)]
    return turns[:count]


def clearly_more(right: int, other: int, count: int) -> bool:
    """Whether so many right images of `count` are more than `other` by more than chance explains."""
    return right - other >= max(GAIN, count / 10)


def match_labels(
    images: Sequence[LabelledImage],
    scores: Scores,
    chosen: Preprocess,
    channels: int,
    report: Report = silent,
) -> LabelMatch:
    """The ways to read the images by which the model answers best, the best first; at most `MOST` images are used.

    `chosen` is the project's own way, whose size is kept. Raises `WorkbenchError` FEW_LABELS for images of fewer than
    two classes, NOT_READ where no way can read them.
    """
    if len({image.truth for image in images}) < 2:
        text = "The images are of fewer than two classes: constant predictions would also be right."
        raise WorkbenchError("FEW_LABELS", text, hint="Use a folder with one folder of images per class.")
    own = way_of(chosen)
    search = LabelTrial(images, scores, channels, report)
    used = balanced((image.truth for image in images), MOST)
    few = used[:FEW]
    first = search.tried(few, valued(own, channels, [own.values, *_values()]))
    first += search.tried(few, _repeated(own, channels))
    if not first:
        raise WorkbenchError("NOT_READ", "The images cannot be read.", hint=search.why)
    best = _ranked(first, own)[:VALUES_KEPT]
    more = search.tried(few, _framed(own, [one.way for one in best], [images[n].data for n in few]))
    nearest = _ranked([*first, *more], own)[:WAYS_KEPT]
    large = _large([images[n].data for n in few])
    more += search.tried(few, (way for one in nearest for way in _other_readers(one.way, channels, large=large)))
    finalists = [one.way for one in _ranked([*first, *more], own)[:FINALISTS]]
    found = search.tried(used, dict.fromkeys([*finalists, own])) if len(used) > len(few) else [*first, *more]
    return _match(_ranked(found, own), own, len(used), search, large=large)


def _values() -> list[tuple[str, ...]]:
    return [*scales(), *BY_HAND, *STANDARDISED]


def _repeated(own: Way, channels: int) -> Iterator[Way]:
    """Read in grey, the channel repeated: what colour networks are given of grey pictures."""
    if channels == 3 and GREY not in own.geometry:
        grey = msgspec.structs.replace(own, geometry=(*own.geometry, GREY), order="rgb")
        for way in read_by(grey, own.library, channels, turns=own.turns):
            yield from valued(way, channels, [own.values, *scales()])


def _framed(own: Way, best: Sequence[Way], images: Sequence[bytes]) -> Iterator[Way]:
    """Every geometry, turned by EXIF or not, with the best of the values."""
    for steps in geometries(own.library, own.base.size, images, PLAIN_BORDERS, fine=False):
        for turns in turnings(images):
            for way in best:
                kept = (GREY,) if GREY in way.geometry else ()
                turned = way.turns if turns is None else turns
                yield msgspec.structs.replace(way, geometry=(*steps, *kept), turns=turned)


def _large(images: Sequence[bytes]) -> bool:
    """Whether the images are so large that a slow reader would take minutes."""
    return any(height * width > LARGE for height, width in map(pixel_size, images))


def _other_readers(way: Way, channels: int, *, large: bool) -> Iterator[Way]:
    for reader in searched(channels):
        if not (reader.rare or way.base.as_sent or (large and slow(reader))):
            yield from read_by(way, reader, channels, turns=way.turns)


def _match(found: Sequence[Judged], own: Way, count: int, search: LabelTrial, *, large: bool) -> LabelMatch:
    mine = next((one for one in found if one.way == own), None)
    if mine is None:
        raise WorkbenchError("NOT_READ", "The project's own settings cannot read the images.", hint=search.why)
    shown = found[: FINALISTS + 1] if mine in found[: FINALISTS + 1] else [*found[:FINALISTS], mine]
    readings = tuple(LabelReading(one.way.settings, one.right, one.loss) for one in shown)
    clear = clearly_more(found[0].right, mine.right, count)
    chosen = readings[list(shown).index(mine)]
    return LabelMatch(
        readings, chosen, count, search.count, clear, dict(search.unread.reasons), tuple(_notes(found, large=large))
    )


def _notes(found: Sequence[Judged], *, large: bool) -> Iterator[str]:
    """Ways that the labels cannot tell from the best, and those that were not tried."""
    alike = sum(one.right == found[0].right and round(one.loss, 3) == round(found[0].loss, 3) for one in found[1:])
    if alike:
        yield f"The labels do not tell the first from {alike} more of the best: it is the one that changes least."
    if large:
        yield "The smoothing readers of scikit-image were not tried: they take seconds for each of these large images."


def _ranked(found: Iterable[Judged], own: Way) -> list[Judged]:
    """Most right first, then surest; of ways as good as each other the one that changes least. Each way once."""
    once = {one.way: one for one in found}
    return sorted(once.values(), key=lambda one: (-one.right, round(one.loss, 3), _changes(one.way, own)))


def _changes(way: Way, own: Way) -> int:
    names = ("reader", "geometry", "turns", "grey", "order", "values")
    return sum(getattr(way, name) != getattr(own, name) for name in names)
