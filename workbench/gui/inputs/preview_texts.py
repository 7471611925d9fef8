"""The words of an image-loading preview. Pure."""

from __future__ import annotations

from workbench.gui.texts import number_text, tr
from workbench.spec.reading_preview import PixelDifference, ReadingPreview
from workbench.spec.row_summary import InputPreview


def difference_text(found: PixelDifference, count: int) -> str:
    """All numbers of a difference between training and serving; `count` numbers were compared."""
    if found.exact:
        return tr("Preview", "Identical: all {n} values are the same.").format(n=number_text(count))
    text = tr(
        "Preview", "Largest difference {largest}, mean {mean} pixel values (0-255); {share} of the values differ."
    )
    return text.format(largest=_figure(found.largest), mean=_figure(found.mean), share=share_text(found.differing))


def short_difference(found: PixelDifference) -> str:
    """The same in a few words, below a thumbnail."""
    if found.exact:
        return tr("Preview", "identical")
    text = tr("Preview", "max {largest}, mean {mean}")
    return text.format(largest=_figure(found.largest), mean=_figure(found.mean))


def share_text(share: float) -> str:
    """A share in percent; never 0 or 100 % where it is not just that."""
    if 0 < share < 0.0005:
        return tr("Preview", "less than 0.1%")
    if 0.9995 <= share < 1:
        return tr("Preview", "more than 99.9%")
    return f"{share * 100:.1f}%"


def side_text(seen: InputPreview) -> str:
    """What the network gets, in one line: size and range."""
    height, width = seen.shape[:2]
    return f"{width}×{height}, {seen.low:.3g} ... {seen.high:.3g}"


def values_of(preview: ReadingPreview) -> int:
    """How many numbers were compared."""
    count = 1
    for size in preview.serving.shape if preview.serving else ():
        count *= size
    return count


def _figure(value: float) -> str:
    return f"{value:.3g}"
