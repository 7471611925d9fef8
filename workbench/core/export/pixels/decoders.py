"""Options that make TensorFlow's ops return the pixels of each library's decoder."""

from __future__ import annotations

from typing import Final, NamedTuple

from workbench.spec.opencv import RELEASES, AnimatedGrey
from workbench.spec.preprocess import Formats, Preprocess
from workbench.spec.reader import parse_reader
from workbench.spec.reader_family import Library


class Decoder(NamedTuple):
    """A library's decoder.

    `dct_method` is `DecodeJpeg`'s inverse transform, empty for the op's own default. `by_ops` says that the library is
    TensorFlow: the ops are right by themselves, also of BMPs with a palette and of JPEGs of four components. `deep`
    says whether the high byte of a 16-bit PNG is read, `gif` whether GIFs are read at all, `bmp_grey` whether grey is
    made of BMPs in one known way, `animated_grey` how it is made of an animated PNG.
    """

    dct_method: str
    by_ops: bool = False
    deep: bool = False
    gif: bool = True
    bmp_grey: bool = True
    animated_grey: AnimatedGrey = "as others"


DECODERS: Final[dict[Library, Decoder]] = {
    "Pillow": Decoder("INTEGER_ACCURATE"),
    "TensorFlow": Decoder("", by_ops=True),
    "OpenCV": Decoder("INTEGER_ACCURATE", deep=True),
    "scikit-image": Decoder("INTEGER_ACCURATE"),  # It reads files by imageio, and that by Pillow.
}
"""Each library's decoder. JPEG pixels of Pillow and OpenCV are those of libjpeg's accurate integer transform."""


def decoder_of(settings: Preprocess) -> Decoder:
    """The decoder of a reader with its options. Raises `WorkbenchError` BAD_READER."""
    library = parse_reader(settings.reader).library
    decoder = DECODERS[library]
    if library == "OpenCV":
        release = RELEASES[settings.opencv]
        decoder = decoder._replace(gif=release.gif, bmp_grey=release.bmp_grey, animated_grey=release.animated_grey)
    return decoder._replace(dct_method="INTEGER_ACCURATE") if settings.dct == "accurate" else decoder


class DecodeOptions(NamedTuple):
    """How bytes become pixels: as `decoder` reads them.

    `channels` are those of the pixels: with `alpha` other than "drop", of the picture laid on it.
    """

    formats: Formats
    decoder: Decoder
    channels: int
    alpha: str
