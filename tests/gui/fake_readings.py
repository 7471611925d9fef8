"""What the fake engine says of how images are read: one PNG a side, OpenCV is not installed."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Final

from gui.fake_records import PNG
from workbench.spec import messages as m
from workbench.spec.errors import ErrorInfo
from workbench.spec.reading_preview import PixelDifference, ReaderPreview, ReadingPreview
from workbench.spec.resources import resource
from workbench.spec.row_summary import InputPreview

Say = Callable[[m.Event], None]

NO_OPENCV: Final = ErrorInfo(
    "NO_OPENCV", "Not proved: OpenCV is not installed.", hint="Install it: pip install opencv."
)


def say_preview(request: m.PreviewReading, say: Say) -> None:
    """The two readings differ where the project says that training used another reader."""
    found = next((path for path in request.sources if Path(path).is_file()), str(resource("photo.jpg")))
    if Path(found).name.startswith("bad"):
        say(m.Failed(id=request.id, error=ErrorInfo("CANNOT_READ", "The file cannot be read.", where=found)))
        return
    missing = request.preprocess.reader.startswith("cv2")
    apart = PixelDifference(0.0, 0.0, 0.0)
    if request.training.reader not in ("", request.preprocess.reader):
        apart = PixelDifference(12.0, 0.5, 0.25, _written(request, "difference"), 8)
    preview = ReadingPreview(
        source=found,
        training=None if missing else _seen(request, "training"),
        serving=_seen(request, "serving"),
        difference=None if missing else apart,
        training_error=NO_OPENCV if missing else None,
    )
    say(m.ReadingPreviewed(id=request.id, preview=preview))


def say_compared(request: m.CompareReaders, say: Say) -> None:
    """Each reader is as far from the chosen one as its name is long."""
    found = []
    for number, reader in enumerate(request.readers):
        if reader.startswith("cv2"):
            found.append(ReaderPreview(reader, error=NO_OPENCV))
            continue
        far = abs(len(reader) - len(request.preprocess.reader))
        path = Path(request.folder) / f"{request.id}-{number}.png"
        path.write_bytes(PNG)
        seen = InputPreview("", str(path), (8, 8, 3), 0.0, 1.0, (0.5, 0.5, 0.5))
        found.append(ReaderPreview(reader, seen, PixelDifference(far, far / 2, min(far, 1), str(path) if far else "")))
    say(m.ReadersCompared(id=request.id, readers=tuple(found)))


def _seen(request: m.PreviewReading, name: str) -> InputPreview:
    size = request.preprocess.size
    height, width = (8, 8) if isinstance(size, str) else size
    scale = 1.0 if request.preprocess.scale == "0..1" else math.pi
    return InputPreview(name, _written(request, name), (height, width, 3), 0.0, scale, (0.5, 0.5, 0.5))


def _written(request: m.PreviewReading, name: str) -> str:
    path = Path(request.folder) / f"{request.id}-{name}.png"
    path.write_bytes(PNG)
    return str(path)
