"""Ways to read images as a search ranks them: the lines of a project, with the evidence for each."""

from __future__ import annotations

import msgspec

from workbench.spec.opencv_differences import release_note
from workbench.spec.preprocess import Preprocess
from workbench.spec.project import preprocess_lines
from workbench.spec.reading_match import ArrayMatch, ArrayReading, LabelMatch, LabelReading, reading_words


class MatchCandidate(msgspec.Struct, frozen=True):
    """One way to read the images: `preprocess` may take the place of the project's own as it stands.

    `words` say it in one line, `lines` as `[preprocess]` has them. `exact`: every number of every array is the same to
    its last bit. `own`: it is the project's own way.

    Beside arrays, `mean` and `largest` are differences in pixel values (0-255) and `differing` is the share of numbers
    (0..1) that are not the same float32; beside labels, `right` images and their share `accuracy` (0..1) are told with
    `loss`, the mean of -log of the right class's share. What does not belong to the kind of evidence is `None`.
    `note` says what else is to be known of this way; empty for most.
    """

    preprocess: Preprocess
    words: str
    lines: tuple[str, ...]
    exact: bool = False
    own: bool = False
    mean: float | None = None
    largest: float | None = None
    differing: float | None = None
    right: int | None = None
    accuracy: float | None = None
    loss: float | None = None
    note: str = ""


def array_candidates(match: ArrayMatch) -> tuple[MatchCandidate, ...]:
    """The ways of a match by arrays, the nearest first."""
    return tuple(_by_arrays(one) for one in match.found)


def _by_arrays(one: ArrayReading) -> MatchCandidate:
    return MatchCandidate(
        one.preprocess,
        reading_words(one.preprocess),
        preprocess_lines(one.preprocess),
        exact=one.exact,
        mean=one.mean,
        largest=one.largest,
        differing=one.differing,
        note=_note(one),
    )


def _note(one: ArrayReading) -> str:
    """What the arrays leave open: ways that make the same numbers, and releases that were not compared."""
    named = [*one.alike[:3], *([f"{len(one.alike) - 3} more"] if len(one.alike) > 3 else [])]
    alike = f"These images cannot tell it from: {'; '.join(named)}." if named else ""
    return " ".join(text for text in (alike, release_note(one.preprocess)) if text)


def label_candidates(match: LabelMatch) -> tuple[MatchCandidate, ...]:
    """The ways of a match by labels, the best first."""
    return tuple(_by_labels(one, match) for one in match.found)


def _by_labels(one: LabelReading, match: LabelMatch) -> MatchCandidate:
    return MatchCandidate(
        one.preprocess,
        reading_words(one.preprocess),
        preprocess_lines(one.preprocess),
        own=one == match.chosen,
        right=one.right,
        accuracy=one.right / match.images,
        loss=one.loss,
        note=release_note(one.preprocess),
    )


def evidence_words(one: MatchCandidate, images: int, source: str) -> str:
    """What speaks for a way, for `check.matched`: the way, how well it does, and on what."""
    if one.right is not None:
        return f"{one.words}: {one.right} of {images} images of {source} are right"
    told = "no difference" if one.exact else f"at most {one.largest:.2g} pixel values (0-255) off"
    return f"{one.words}: {told} on {images} images of {source}"
