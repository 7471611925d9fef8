"""Trains the sample's network on scikit-learn's handwritten digits, written out as small JPEG pictures.

`python resources/sample/train.py -o DIR` writes digits.h5, labels.txt, project.toml and images/ in about a
minute on one core. The network learns from pictures read back from JPEG files by Keras' own `load_img`,
which is what the project file declares.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image, ImageFilter

from workbench.spec.preprocess import Preprocess
from workbench.spec.project import Project, save_project
from workbench.spec.settings import CheckSettings, SignatureSettings, TrainingSettings

WORDS: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
SIDE: Final = 96
"""Pixels of a JPEG's side."""
INPUT: Final = (32, 32)
"""Height and width of what the network sees."""
READER: Final = "bilinear"
PER_DIGIT: Final = 2
"""Held-out pictures kept for each digit."""
TAKES: Final = 6
"""Different drawings of each digit to learn from."""
SEED: Final = 8


def split(count: int) -> tuple[range, range]:
    """The numbers of the digits to learn from and of those held out: the last fifth.

    Neighbours in the data set come from one writer's hand, so a cut is fairer than a shuffle.
    """
    cut = count * 4 // 5
    return range(cut), range(cut, count)


def name_of(digit: int, number: int) -> str:
    """A picture's file name: what it shows, and its place in the data set."""
    return f"{WORDS[digit]}_{number:04d}.jpg"


def draw(pixels: Any, number: int, take: int = 0) -> Image.Image:
    """An 8x8 array of 0..16 as a little RGB photo of ink on paper; `number` and `take` seed its chances."""
    chance = np.random.default_rng([SEED, number, take])
    mask = _ink_mask(pixels, chance)
    paper = chance.uniform(222, 250) + chance.uniform(-7, 7, size=3)
    ink = chance.uniform(25, 60) + np.array([0.0, 0.0, chance.uniform(0, 60)])
    colour = paper + (ink - paper) * mask[..., None]
    lit = colour * _light(chance)[..., None] + chance.normal(0, 2.0, size=colour.shape)
    return Image.fromarray(np.clip(np.rint(lit), 0, 255).astype(np.uint8))


def _ink_mask(pixels: Any, chance: np.random.Generator) -> Any:
    """How much ink lies on each pixel, 0..1: enlarged smoothly, turned and shifted a little."""
    # The empty border lets strokes end round where they touch the edge of the 8x8 box.
    grey = Image.fromarray(np.pad(pixels * (255 / 16), 1).astype(np.uint8))
    size = int(chance.integers(82, 97))
    large = grey.resize((size, size), Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(1.0))
    turned = large.rotate(chance.uniform(-9, 9), Image.Resampling.BICUBIC)
    page = Image.new("L", (SIDE, SIDE))
    left, top = (SIDE - size) // 2 + chance.integers(-6, 7, size=2)
    page.paste(turned, (int(left), int(top)))
    # A pen leaves ink or none: the blurred edge is made steeper.
    return np.clip((np.asarray(page, np.float64) - 30) / 170, 0, 1)


def _light(chance: np.random.Generator) -> Any:
    """Brightness over the page, as a lamp at one side gives it."""
    down, across = chance.uniform(-0.07, 0.07, size=2)
    ramp = np.linspace(-0.5, 0.5, SIDE)
    return 1 + down * ramp[:, None] + across * ramp[None, :]


def load_digits() -> tuple[Any, Any]:
    """The data set that scikit-learn ships: pictures (n, 8, 8) of 0..16, and their digits (n,)."""
    from sklearn import datasets

    digits = datasets.load_digits()
    return digits.images, digits.target


def write_jpegs(folder: Path, images: Any, digits: Any, numbers: Sequence[int], take: int = 0) -> list[Path]:
    """Draw the digits of those numbers into `folder`; the paths, in order."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / name_of(int(digits[n]), n) for n in numbers]
    for path, number in zip(paths, numbers, strict=True):
        draw(images[number], number, take).save(path, quality=90)
    return paths


def drawn_and_read(images: Any, digits: Any, numbers: Sequence[int], takes: int) -> tuple[Any, Any]:
    """Each digit written as a JPEG `takes` times, differently, and read back: tensors and answers."""
    with tempfile.TemporaryDirectory() as scratch:
        folders = [Path(scratch, str(take)) for take in range(takes)]
        paths = [p for take, f in enumerate(folders) for p in write_jpegs(f, images, digits, numbers, take)]
        return read_jpegs(paths), np.tile(digits[list(numbers)], takes)


def read_jpegs(paths: Sequence[Path]) -> Any:
    """Pictures as the network gets them: Keras' `load_img`, then divided by 255."""
    from tf_keras.utils import img_to_array, load_img

    arrays = [img_to_array(load_img(p, target_size=INPUT, interpolation=READER)) for p in paths]
    return np.stack(arrays) / np.float32(255)


def build() -> Any:
    """A small convolutional network: 32x32x3 in, ten probabilities out."""
    from tf_keras import Sequential, layers

    blocks = [layer for filters in (16, 32, 32) for layer in _block(filters)]
    head = [layers.Flatten(), layers.Dropout(0.5), layers.Dense(10, activation="softmax", name="digit")]
    return Sequential([layers.InputLayer((*INPUT, 3), name="image"), *blocks, *head], name="digits")


def _block(filters: int) -> list[Any]:
    from tf_keras import layers

    convolution = layers.Conv2D(filters, 3, padding="same", use_bias=False)
    return [convolution, layers.BatchNormalization(), layers.ReLU(), layers.MaxPooling2D()]


def train(learn: tuple[Any, Any], held_out: tuple[Any, Any]) -> tuple[Any, float]:
    """The trained network, and its accuracy on the held-out pictures. The same numbers every time."""
    import tensorflow as tf
    import tf_keras

    tf_keras.utils.set_random_seed(SEED)
    tf.config.experimental.enable_op_determinism()
    model = build()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    slower = tf_keras.callbacks.LearningRateScheduler(lambda epoch: 2e-3 * 0.8**epoch)
    model.fit(*learn, batch_size=32, epochs=8, callbacks=[slower], verbose=0)
    return model, float(model.evaluate(*held_out, verbose=0)[1])


def choose(digits: Any, held_out: Sequence[int]) -> list[int]:
    """The first held-out numbers of each digit: chosen by place, not by how well they go."""
    return [n for d in range(10) for n in [n for n in held_out if digits[n] == d][:PER_DIGIT]]


def make(folder: Path) -> float:
    """Write the whole sample into `folder`; the accuracy on the held-out pictures."""
    images, digits = load_digits()
    learn, held_out = split(len(images))
    model, accuracy = train(
        drawn_and_read(images, digits, learn, takes=TAKES),
        drawn_and_read(images, digits, held_out, takes=1),
    )
    write_jpegs(folder / "images", images, digits, choose(digits, held_out))
    with warnings.catch_warnings():
        # The old file format is the point here: it is what the workbench opens.
        warnings.filterwarnings("ignore", "You are saving your model as an HDF5 file")
        model.save(folder / "digits.h5", save_format="h5")
    (folder / "labels.txt").write_text("".join(f"{word}\n" for word in WORDS), encoding="utf-8")
    save_project(project(), folder / "project.toml")
    return accuracy


def project() -> Project:
    """The project file's content: how `read_jpegs` reads, and the ten labels."""
    return Project(
        model="digits.h5",
        preprocess=Preprocess(size=INPUT, reader=f"load_img:{READER}", scale="0..1"),
        signature=SignatureSettings(passthrough=("metadata",), labels=WORDS),
        # Said once more, so that the release gate speaks up when the project is changed to read otherwise.
        check=CheckSettings(images=("images",), training=TrainingSettings(reader=f"load_img:{READER}", scale="0..1")),
    )


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Make the workbench's sample project.")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="where the files go")
    parser.add_argument("--force", action="store_true", help="replace a sample that is there")
    args = parser.parse_args()
    if (args.output / "digits.h5").exists() and not args.force:
        print(f"{args.output} holds a sample already; --force replaces it.", file=sys.stderr)
        return 2
    accuracy = make(args.output)
    print(f"{accuracy:.1%} of {len(split(1797)[1])} held-out pictures are read rightly; written to {args.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
