"""Prediction in bulk, from files to files: beside calling the signature on batches that are in memory already."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image
from ratio import Ratio, best

from workbench.core.export.resolve import export_for
from workbench.core.instances.online import predict_decoded
from workbench.core.predict import Predictor
from workbench.spec.resources import resource

IMAGES: Final = 4096
SIZES: Final = (16, 32, 64, 128, 256)
"""Batches the peer may choose the best of."""

REFERENCE: Final = Path(__file__).parent.parent / "data" / "reference"


def run() -> list[Ratio]:
    """The sample's digits on thumbnails, and MobileNet on pictures of 224 pixels."""
    with tempfile.TemporaryDirectory() as folder:
        thumbnails = thumbnails_in(Path(folder) / "small", IMAGES, 48)
        pictures = thumbnails_in(Path(folder) / "large", IMAGES // 8, 224)
        digits, mobilenet = resource("sample", "project.toml"), REFERENCE / "mobilenet.h5"
        return [
            _beside("thumbnails, digits", Path(str(digits)), thumbnails, Path(folder)),
            _beside("224 pixels, MobileNet", mobilenet, pictures, Path(folder)),
        ]


def _beside(step: str, path: Path, images: Path, folder: Path) -> Ratio:
    directory = export_for(path)
    predictor = Predictor(directory)
    files = sorted(images.iterdir())
    instances = [{"input": file.read_bytes(), "metadata": str(file)} for file in files]
    name = predictor.form.signature

    def peer(size: int) -> float:
        batches = [instances[n : n + size] for n in range(0, len(instances), size)]
        return best(lambda: [predict_decoded(predictor.session, batch, name) for batch in batches], 2)

    def ours() -> float:
        """Without loading the export, which the peer has loaded too."""
        return best(lambda: _bulk(predictor, images, folder / "rows.jsonl"), 3)

    before = ours()
    peer_seconds, size = min((peer(size), size) for size in SIZES)
    mine = min(before, ours())
    predictor.close()
    return Ratio(
        step=f"{len(files)} {step} -> jsonl",
        ours=mine,
        peer=f"the signature, batches of {size} in memory",
        peer_seconds=peer_seconds,
    )


def _bulk(predictor: Predictor, images: Path, output: Path) -> None:
    from workbench.core.instances.sources import Sources
    from workbench.core.predict.bulk import BulkOrder, predict_to_files
    from workbench.core.progress import silent

    predict_to_files(predictor, BulkOrder(sources=Sources([images]), output=output, format="jsonl"), silent)


def thumbnails_in(folder: Path, count: int, size: int) -> Path:
    """JPEGs of `size` pixels a side: a few contents, so that making many takes no time; each is a file of its own."""
    folder.mkdir()
    random = np.random.default_rng(0)
    contents: list[bytes] = []
    for _ in range(min(count, 64)):
        rough = Image.fromarray(random.integers(0, 256, (size // 6, size // 6, 3)).astype("uint8"))
        out = io.BytesIO()
        rough.resize((size, size), Image.Resampling.BICUBIC).save(out, "JPEG", quality=85)
        contents.append(out.getvalue())
    for number in range(count):
        (folder / f"t{number:07}.jpg").write_bytes(contents[number % len(contents)])
    return folder


if __name__ == "__main__":
    for found in run():
        print(f"{found.step:40}{found.ours:8.3f} s  {found.peer:40}{found.peer_seconds:8.3f} s  {found.ratio:.2f}")
