"""How OpenCV releases differ for one way to read images, as data and in words."""

from __future__ import annotations

from workbench.spec.opencv import RELEASES, Release
from workbench.spec.preprocess import Preprocess
from workbench.spec.reader import parse_reader


def asked_of(release: Release, settings: Preprocess) -> tuple[object, ...]:
    """How a release behaves in the points that this reading depends on: equal for releases that read alike."""
    facts, kernel = RELEASES[release], parse_reader(settings.reader).kernel
    turned = settings.turns and settings.formats != "jpeg"
    return (
        kernel == "nearest_exact" and facts.nearest_exact,
        kernel == "cubic" and facts.ipp,
        settings.grey == "cvtColor" and facts.grey_bits,
        turned and facts.png_exif,
    )


def other_releases(settings: Preprocess) -> tuple[Release, ...]:
    """The releases that read otherwise than that of the settings; none for readers of other libraries."""
    if parse_reader(settings.reader).family != "cv2":
        return ()
    own = asked_of(settings.opencv, settings)
    return tuple(release for release in RELEASES if asked_of(release, settings) != own)


def release_note(settings: Preprocess) -> str:
    """How other OpenCV releases than the installed one would differ; empty for readers of other libraries."""
    if parse_reader(settings.reader).family != "cv2":
        return ""
    others = [RELEASES[release].words for release in other_releases(settings)]
    if not others:
        return "Every known release of OpenCV gives these pixels."
    return f"Only the installed OpenCV was compared; these releases give other pixels: {', '.join(others)}."
