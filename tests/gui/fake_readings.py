"""What the fake engine says of how images are read: one PNG a side, OpenCV is not installed."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from gui.fake_records import PNG
from workbench.spec import messages as m
from workbench.spec.errors import ErrorInfo
from workbench.spec.match_candidates import MatchCandidate
from workbench.spec.model import Progress
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
            error = ErrorInfo("NO_OPENCV", f"{reader} is not proved: OpenCV is not installed.", hint=NO_OPENCV.hint)
            found.append(ReaderPreview(reader, error=error))
            continue
        far = abs(len(reader) - len(request.preprocess.reader))
        path = Path(request.folder) / f"{request.id}-{number}.png"
        path.write_bytes(PNG)
        seen = InputPreview("", str(path), (8, 8, 3), 0.0, 1.0, (0.5, 0.5, 0.5))
        found.append(ReaderPreview(reader, seen, PixelDifference(far, far / 2, min(far, 1), str(path) if far else "")))
    say(m.ReadersCompared(id=request.id, readers=tuple(found)))


def say_matched(request: m.MatchImages, say: Say) -> None:
    """Box is exact beside arrays and best beside labels; a folder that is called bad has no classes."""
    if "bad" in request.images[0]:
        error = ErrorInfo("NO_CLASSES", "The images are not in class folders.", where=request.images[0])
        say(m.Failed(id=request.id, error=error))
        return
    say(m.JobProgress(id=request.id, progress=Progress("Trying image loading", 3, 7)))
    own = request.project.preprocess
    assert own is not None
    box = msgspec.structs.replace(own, reader="load_img:box", formats="any", input="other")
    lines = ('reader = "load_img:box"',)
    arrays = request.kind == "arrays"
    found = (
        (
            MatchCandidate(box, "load_img:box", lines, exact=True, mean=0.0, largest=0.0, differing=0.0),
            MatchCandidate(own, own.reader, (), mean=1.5, largest=12.0, differing=0.25),
        )
        if arrays
        else (
            MatchCandidate(box, "load_img:box", lines, right=38, accuracy=0.95, loss=0.1, note="4.5 gives the same."),
            MatchCandidate(own, own.reader, (), own=True, right=20, accuracy=0.5, loss=2.25),
        )
    )
    answer = m.ImagesMatched(
        id=request.id,
        kind=request.kind,
        candidates=found,
        images=40,
        tried=7,
        clear=True,
        unread={"cv2:area": "OpenCV is not installed."},
    )
    say(answer)


def _seen(request: m.PreviewReading, name: str) -> InputPreview:
    size = request.preprocess.size
    height, width = (8, 8) if isinstance(size, str) else size
    scale = 1.0 if request.preprocess.scale == "0..1" else math.pi
    return InputPreview(name, _written(request, name), (height, width, 3), 0.0, scale, (0.5, 0.5, 0.5))


def _written(request: m.PreviewReading, name: str) -> str:
    path = Path(request.folder) / f"{request.id}-{name}.png"
    path.write_bytes(PNG)
    return str(path)
