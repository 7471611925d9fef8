"""Images to instances: beside a loop that encodes every JPEG again, and one that only copies bytes."""

from __future__ import annotations

import base64
import io
import json
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image
from ratio import Ratio, best
from ratio import repeats as rounds

from workbench.core import jobs
from workbench.core.lazy import tensorflow

IMAGES: Final = 300
SIZE: Final = (768, 1024)
"""Height and width in pixels; about 150 kB a JPEG."""

Loop = Callable[[Sequence[Path], Path], None]


def run() -> list[Ratio]:
    """Two formats, each beside two loops, from the disk's cache to a finished file; then ten times the images."""
    tensorflow()
    with tempfile.TemporaryDirectory() as folder:
        images = _photos(Path(folder) / "images")
        loops: dict[str, tuple[tuple[str, Loop], ...]] = {
            "jsonl": (("a loop that encodes again", reencoded_lines), ("a loop that copies bytes", plain_lines)),
            "tfrecord": (("a loop that encodes again", reencoded_records), ("a loop that copies bytes", plain_records)),
        }
        more = _again(images, Path(folder) / "more")
        return [
            *(_beside(images, Path(folder), e, peer, loop) for e, peers in loops.items() for peer, loop in peers),
            *(_beside(more, Path(folder), e, *peers[-1], repeats=3) for e, peers in loops.items()),
        ]


def _again(images: Sequence[Path], folder: Path) -> list[Path]:
    """Every image ten times: whether the cost of an image is the same among more."""
    folder.mkdir()
    paths = [folder / f"{number}{path.name}" for number in range(10) for path in images]
    for path, target in zip(paths, [*images] * 10, strict=True):
        path.hardlink_to(target)
    return paths


def _beside(images: Sequence[Path], folder: Path, ending: str, peer: str, loop: Loop, repeats: int = 6) -> Ratio:
    """The two take turns, for neither to have the quieter machine."""
    output = folder / f"instances.{ending}"

    def fresh(write: Callable[[], object]) -> float:
        """The file before is removed first: else one pays for letting it go, the other for its own."""
        output.unlink(missing_ok=True)
        return best(write, 1)

    pairs = [
        (fresh(lambda: jobs.prepare(images, output, values={}, features={})), fresh(lambda: loop(images, output)))
        for _ in range(rounds(repeats))
    ]
    ours, theirs = (min(seconds) for seconds in zip(*pairs, strict=True))
    return Ratio(step=f"{len(images)} JPEGs -> {ending}", ours=ours, peer=peer, peer_seconds=theirs)


def _encoded_again(path: Path) -> bytes:
    out = io.BytesIO()
    with Image.open(path) as image:
        image.save(out, format="JPEG")
    return out.getvalue()


def reencoded_lines(images: Sequence[Path], output: Path) -> None:
    """Decodes and encodes every JPEG again, one JSON line each."""
    _lines(images, output, _encoded_again)


def plain_lines(images: Sequence[Path], output: Path) -> None:
    """The same without looking at the images."""
    _lines(images, output, Path.read_bytes)


def _lines(images: Sequence[Path], output: Path, read: Callable[[Path], bytes]) -> None:
    with output.open("w") as out:
        for path in images:
            instance = {"metadata": str(path), "input": {"b64": base64.b64encode(read(path)).decode()}}
            out.write(json.dumps(instance) + "\n")


def reencoded_records(images: Sequence[Path], output: Path) -> None:
    """Decodes and encodes every JPEG again, one Example each."""
    _records(images, output, _encoded_again)


def plain_records(images: Sequence[Path], output: Path) -> None:
    """The same without looking at the images."""
    _records(images, output, Path.read_bytes)


def _records(images: Sequence[Path], output: Path, read: Callable[[Path], bytes]) -> None:
    train = tensorflow().train

    def feature(value: bytes) -> Any:
        return train.Feature(bytes_list=train.BytesList(value=[value]))

    with tensorflow().io.TFRecordWriter(str(output)) as out:
        for path in images:
            features = {"input": feature(read(path)), "metadata": feature(str(path).encode())}
            out.write(train.Example(features=train.Features(feature=features)).SerializeToString())


def _photos(folder: Path) -> list[Path]:
    """JPEGs with the frequencies of photographs: noise at several scales, shifted for each."""
    folder.mkdir()
    random = np.random.default_rng(0)
    layers = [Image.fromarray(random.integers(0, 256, (n * 3, n * 4, 3)).astype("uint8")) for n in (2, 16, 128)]
    grown = [np.asarray(x.resize(SIZE[::-1], Image.Resampling.BICUBIC), "float32") for x in layers]
    photo = np.average(grown, axis=0, weights=(6, 3, 1)).astype("uint8")
    paths = [folder / f"photo{number:03}.jpg" for number in range(IMAGES)]
    for number, path in enumerate(paths):
        Image.fromarray(np.roll(photo, number, axis=1)).save(path, quality=90)
    return paths


if __name__ == "__main__":
    for found in run():
        print(f"{found.step:28}{found.ours:8.3f} s  {found.peer:28}{found.peer_seconds:8.3f} s  {found.ratio:.2f}")
