"""What the fake engine says of one record of a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from workbench.spec import messages as m
from workbench.spec.data import RecordContents, RecordValue
from workbench.spec.errors import ErrorInfo

PNG: Final = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc0000003010100c9fe92"
    "ef0000000049454e44ae426082"
)


def say_peeked(request: m.ReadRecord, say: Callable[[m.Event], None]) -> None:
    """A record with one picture, and its request; a file that begins with `foreign` fits no signature."""
    if Path(request.path).name.startswith("foreign"):
        record = RecordContents(request.path, "npz", request.number, (RecordValue("y", "float32", (2, 3), "0.5, 1.0"),))
        error = ErrorInfo("UNKNOWN_KEY", "The signature has no key 'y'.")
        say(m.RecordRead(id=request.id, record=record, problem=error))
        return
    folder = Path(request.folder)
    folder.mkdir(parents=True)
    (folder / "00.png").write_bytes(PNG)
    body = {"instances": [{"input": {"b64": "A" * 99}, "n": request.number, **request.values}]}
    (folder / "request.json").write_bytes(msgspec.json.encode(body))
    values = (
        RecordValue("input", "bytes", (), "89 50 4e", len(PNG), "PNG 8x8", str(folder / "00.png")),
        RecordValue("", "string", (), "x"),
    )
    record = RecordContents(request.path, "tfrecord", request.number, values, len(PNG))
    say(m.RecordRead(id=request.id, record=record, request=str(folder / "request.json")))
