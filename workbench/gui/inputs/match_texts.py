"""The words of a search for how training read its images. Pure."""

from __future__ import annotations

from workbench.gui.texts import tr
from workbench.spec.match_candidates import MatchCandidate
from workbench.spec.messages import ImagesMatched, MatchKind
from workbench.spec.model import Progress
from workbench.spec.size_text import plural


def titles(kind: MatchKind) -> tuple[str, ...]:
    """The columns of the table of candidates."""
    loading = tr("Match", "Image loading")
    if kind == "arrays":
        return loading, tr("Match", "Mean difference"), tr("Match", "Largest"), tr("Match", "Values that differ")
    return loading, tr("Match", "Accuracy"), tr("Match", "Correct"), tr("Match", "Log loss")


def cells(one: MatchCandidate, images: int) -> tuple[str, ...]:
    """One candidate in the order of `titles`; `images` is how many were compared."""
    words = tr("Match", "{words} (as now)").format(words=one.words) if one.own else one.words
    if one.right is not None:
        accuracy, loss = one.accuracy or 0.0, one.loss or 0.0
        return words, f"{accuracy:.1%}", f"{one.right}/{images}", f"{loss:.3g}"
    if one.exact:
        return words, tr("Match", "exact"), "0", "0%"
    return words, f"{one.mean or 0.0:.3g}", f"{one.largest or 0.0:.3g}", f"{(one.differing or 0.0):.1%}"


def verdict(found: ImagesMatched) -> str:
    """What the search found, in a sentence; then what is worth knowing about it."""
    count = tr("Match", "{tried} ways tried on {images}.").format(
        tried=found.tried, images=plural(found.images, "image")
    )
    if found.kind == "arrays":
        clear = tr("Match", "The first is that of training.") if found.candidates[0].exact else ""
        clear = clear or (tr("Match", "The first is that of training but for rounding.") if found.clear else "")
        unclear = tr("Match", "None gives the arrays of training: the first is only the nearest.")
    else:
        clear = tr("Match", "The first is clearly better than the current settings.") if found.clear else ""
        unclear = tr("Match", "None is clearly better than the current settings.")
    unread = [tr("Match", "{reader} was not tried: {why}").format(reader=r, why=why) for r, why in found.unread.items()]
    return "\n".join([f"{clear or unclear} {count}", *found.notes, *unread])


def progress_text(progress: Progress) -> str:
    """How far a search is."""
    if not progress.total:
        return progress.step
    return tr("Match", "{step}: {done} of {total}").format(step=progress.step, done=progress.done, total=progress.total)
