"""The size of an image: height and width in pixels, or its own."""

from __future__ import annotations

from typing import Final, Literal

from workbench.spec.errors import WorkbenchError

AsSent = Literal["as sent"]
Size = tuple[int, int] | AsSent
"""(height, width) in pixels, or each image's own."""

AS_SENT: Final[AsSent] = "as sent"

USUAL_SIZE: Final = (224, 224)
"""Height and width that are assumed where a model takes any: what most ImageNet networks were trained with."""

MAX_SIDE: Final = 8192
"""Pixels; a larger input side is a typing error, not a network."""


def size_words(size: Size) -> str:
    """A size as `parse_size` reads it: `224x224`, `as sent`."""
    return size if isinstance(size, str) else f"{size[0]}x{size[1]}"


def parse_size(text: str) -> Size:
    """`"HxW"` or `"N"` as (height, width); `as-sent` or `as sent`. Raises `WorkbenchError` BAD_SIZE."""
    if text.lower().replace("-", " ").strip() == AS_SENT:
        return AS_SENT
    parts = text.lower().split("x")
    if len(parts) > 2 or not all(p.strip().isdigit() for p in parts):
        raise WorkbenchError(
            "BAD_SIZE", f"'{text}' is not a valid size.", hint="Write HEIGHTxWIDTH, such as 224x224, or as-sent."
        )
    height, width = int(parts[0]), int(parts[-1])
    if not (0 < height <= MAX_SIDE and 0 < width <= MAX_SIDE):
        raise WorkbenchError("BAD_SIZE", f"{height}x{width} is out of range.", hint=f"Each side is 1 to {MAX_SIDE}.")
    return height, width
