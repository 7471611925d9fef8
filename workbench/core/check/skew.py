"""Check `skew`: compares serving input with training input; names the image loading that would match."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from workbench.core.check.parity import class_name
from workbench.core.check.reader_candidates import nearest_reading
from workbench.core.check.result_text import figure, images_table, number, pixels, result, skipped
from workbench.core.check.side_by_side import write_side_by_side
from workbench.core.training.opencv_reading import check_installed
from workbench.core.training.skimage_reading import check_skimage
from workbench.spec.check_words import CHECK_TITLES
from workbench.spec.report import CheckResult, CheckVerdict, Evidence
from workbench.spec.settings import TrainingSettings, training_path
from workbench.spec.size_text import plural

if TYPE_CHECKING:
    from workbench.core.check.evaluation import EvaluatedImage
    from workbench.core.check.pixel_skew import PixelSkew
    from workbench.core.check.subject import GateSubject

NAME: Final = "skew"
TITLE: Final = CHECK_TITLES[NAME]

LIMIT: Final = 0.25
"""Mean difference in pixel values (0-255): with the right reader it is 0 to 0.13 (rounding, other decoder builds)."""

TOO_FAR: Final = 1.0
"""Mean difference in pixel values (0-255) from which the input is a different image.

The default decoder alone makes 0.9 to 1.0, another kernel 1.5 and more, TensorFlow 1's resize 8 (measured on twelve
photographs at 224x224).
"""

SAME: Final = 1e-3
"""Difference in pixel values (0-255) below which pixels are the same: two ways to divide by 255 differ by as much."""

Pair = tuple["EvaluatedImage", "PixelSkew"]


def check_skew(subject: GateSubject) -> CheckResult:
    """Compare the training path with the pixels of the export, and measure the effect of the difference on the
    scores."""
    survey = subject.survey
    if not subject.made.image_aliases:
        return skipped(NAME, TITLE, "The model has no image input.")
    pairs = survey.skews
    if len(pairs) < len(survey.found):
        check_libraries(subject)
    if not pairs:
        advice = "Use images that Keras can read, or set check.seen to arrays saved in training."
        return result(NAME, TITLE, "fail", "None of the images could be read on the training path.", advice=advice)
    mean = float(np.mean([s.mean for _, s in pairs]))
    largest = max(s.largest for _, s in pairs)
    flipped = [(f, s) for f, s in pairs if s.flips]
    shift = max(s.shift for _, s in pairs)
    bad = mean > TOO_FAR or (flipped and mean > LIMIT)
    verdict: CheckVerdict = "fail" if bad else "warn" if mean > LIMIT or flipped else "pass"
    apart = f"mean {pixels(mean)}, at most {pixels(largest)} pixel values (0-255)"
    told = f"{_path(subject)}: {apart} on {plural(len(pairs), 'image')}"
    effect = (
        f"scores differ by up to {number(shift)}, {plural(len(flipped), 'top-1 class changes', 'top-1 classes change')}"
    )
    message = f"{told}; {effect}." if largest >= SAME else f"{told}: identical pixels."
    advice = _advice(subject, mean) if verdict != "pass" else ""
    evidence = tuple(_evidence(subject, pairs))
    return result(
        NAME,
        TITLE,
        verdict,
        message,
        measured=round(mean, 4),
        limit=LIMIT,
        unit="pixel values (0-255)",
        advice=advice,
        evidence=evidence,
    )


def check_libraries(subject: GateSubject) -> None:
    """Raise `WorkbenchError` NO_OPENCV, OTHER_OPENCV or NO_SKIMAGE if the library that read training's images is
    missing."""
    for picture in subject.pictures:
        check_installed(subject.trained(picture))
        check_skimage(subject.trained(picture))


def _path(subject: GateSubject) -> str:
    """The training path in words."""
    if subject.project.check.seen:
        return f"Compared with arrays saved in training ({subject.project.check.seen})"
    assert subject.project.preprocess is not None  # There are image inputs.
    settings = training_path(subject.project.preprocess, subject.project.check.training)
    own = subject.project.check.training == TrainingSettings()
    done = ", ".join(settings.steps) or settings.scale
    return f"Against {settings.reader}, {done}{' (as the project states)' if own else ''}"


def _advice(subject: GateSubject, mean: float) -> str:
    """The known image loading that is nearest to training, if it is nearer than the configured one."""
    found = nearest_reading(subject, subject.survey.worst)
    if found is None or found.mean >= mean / 2:
        return "No other image loading, scaling or channel order is closer: inspect the images."
    apart = f"{pixels(found.mean)} instead of {pixels(mean)} pixel values (0-255)"
    return f"With {found.words} the difference would be {apart}."


def _evidence(subject: GateSubject, pairs: list[Pair]) -> list[Evidence]:
    ordered = sorted(pairs, key=lambda pair: -pair[1].mean)
    rows = [
        (f.item.source, figure(s.mean), figure(s.largest), figure(s.shift), class_name(subject, f.best))
        for f, s in ordered
        if s.largest >= SAME
    ]
    found: list[Evidence] = [write_side_by_side(subject, subject.survey.worst)]
    if rows:
        columns = ("image", "mean, pixel values (0-255)", "largest", "change of score", "top-1 class")
        found.append(images_table("Most skewed images", columns, rows))
    return found
