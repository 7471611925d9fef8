"""How encoded image bytes become the model's input tensor: reader, size, scale, formats."""

from __future__ import annotations

from typing import Final, Literal, get_args

import msgspec

from workbench.spec.errors import WorkbenchError
from workbench.spec.image_size import Size, size_words
from workbench.spec.opencv import DEFAULT_RELEASE, RELEASES, Release
from workbench.spec.reader import DEFAULT_READER, READERS, parse_reader
from workbench.spec.reader_family import Fit, Order
from workbench.spec.step_forms import parse_step
from workbench.spec.steps import Step

Formats = Literal["jpeg", "jpeg+png", "any"]
AsRead = Literal["as read"]
Exif = Literal["ignore", "turn", AsRead]
Alpha = Literal["drop", "black", "white"]
Colour = Literal[Order, AsRead]
Grey = Literal["imread", "cvtColor"]
Pillow = Literal["before 13", "13"]
Dct = Literal["default", "accurate"]

FORMATS: Final[tuple[str, ...]] = get_args(Formats)

FAST_RESIDUAL: Final = "at most 1 pixel value (0-255), on average less than 0.003"
"""How far `exact = false` is from Pillow: the weights in 24 bits at once rather than in two exact halves.

Measured on photographs of many sizes and ratios, all kernels; a test holds it. `nearest` is exact either way.
"""

AS_READ: Final[AsRead] = "as read"
"""What the reader's own functions do, where nothing else is asked for."""

SIXTEEN_BIT: Final = "SIXTEEN_BIT"
CMYK: Final = "CMYK"
UNDECLARED_FORMAT: Final = "UNDECLARED_FORMAT"
WRONG_SIZE: Final = "WRONG_SIZE"
MIXED_SIZES: Final = "MIXED_SIZES"
"""The words by which an export refuses an image: they begin the graph's own message, for programs to find."""

PNG_DEPTH: Final = 24
"""Where a PNG says its bits a sample: behind the signature, the header chunk's length and name, width, height."""

FORMAT_NAMES: Final[dict[str, str]] = {
    "jpeg": "JPEG",
    "jpeg+png": "JPEG and PNG",
    "any": "JPEG, PNG, GIF and BMP",
}
"""What an export reads, by its declared formats: these and no others, whatever the runtime could decode.

Newer TensorFlows read more (WebP), older ones less: what is not declared is refused in all of them alike.
"""


class Preprocess(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The `[preprocess]` table: `size` is (height, width) in pixels, or "as sent": no image is resized.

    As sent, all images of one request must have the same size, the kernel of `reader` means nothing and `fit` must be
    "stretch"; a side that the model fixes must be the image's.
    `input` names the model input the picture feeds; empty means the only image input.

    `exif` says whether a picture is turned upright by its EXIF orientation first, `colour` the order of the channels
    before the scale: both are "as read" where the reader's functions decide. Keras' readers turn nothing and give RGB;
    `cv2.imread` turns and gives BGR (IMREAD_IGNORE_ORIENTATION is "ignore", `cvtColor(image, cv2.COLOR_BGR2RGB)` behind
    it "rgb"). Keras' readers told to "turn" do so with a JPEG, as `PIL.ImageOps.exif_transpose`, never with a PNG. With
    the scale caffe, which turns the channels round itself, "bgr" gives the network RGB.

    `alpha` is what becomes of transparency (Pillow's `convert("RGB")`, TensorFlow and `imread` drop it; "black" and
    "white" are `background.paste(image, mask=alpha)`). `pillow` is the Pillow whose `load_img` training used: 13 takes
    the height first on some tall pictures (12.3 did so too where one is over 100 times taller than wide; that is not
    followed). `opencv` is the release of a cv2 reader (`RELEASES`), `grey` how that made a grey picture: by
    `imread(path, cv2.IMREAD_GRAYSCALE)`, or by `cvtColor(image, cv2.COLOR_BGR2GRAY)` of the one in colours, before the
    resize; the two are up to 30 levels apart.
    `dct` is how a reader of TensorFlow decodes a JPEG: as its ops do by default, or "accurate", with their
    `dct_method="INTEGER_ACCURATE"`, which gives the pixels of Pillow and OpenCV.
    `exact = false` lets `load_img` readers differ from Pillow by `FAST_RESIDUAL` for less time.

    `steps` say in order what stands between the decoded picture and the network (`spec.step_forms`). They take the
    place of `fit`, `colour` and `scale`, which are short for the usual ones and then stay at their defaults; `size` is
    what comes out of them, and the picture is RGB before the first.
    """

    size: Size
    reader: str = DEFAULT_READER
    scale: str = "0..1"
    formats: Formats = "jpeg"
    input: str = ""
    fit: Fit = "stretch"
    exif: Exif = AS_READ
    alpha: Alpha = "drop"
    colour: Colour = AS_READ
    pillow: Pillow = "before 13"
    exact: bool = True
    opencv: Release = DEFAULT_RELEASE
    grey: Grey = "imread"
    dct: Dct = "default"
    steps: tuple[str, ...] = ()

    def expanded(self) -> tuple[Step, ...]:
        """The steps, or those that the short form stands for.

        Raises `WorkbenchError` BAD_STEP or BAD_SCALE; of the short form BAD_READER or BAD_FIT, too.
        """
        return tuple(parse_step(text) for text in self.step_texts())

    def step_texts(self) -> tuple[str, ...]:
        """The same as a project writes them. Raises `WorkbenchError` BAD_READER or BAD_FIT of the short form."""
        if self.steps:
            return self.steps
        check_fit(self)
        size = self.size
        words = () if isinstance(size, str) else parse_reader(self.reader).words_of(self.fit)
        texts = [f"{word} {size_words(size)}" for word in words]
        texts += ["reverse_channels"] if self.order == "bgr" else []
        return (*texts, f"scale {self.scale}")

    @property
    def order(self) -> Order:
        """The order of the colours. Raises `WorkbenchError` BAD_READER where a reader that is none decides."""
        return parse_reader(self.reader).order if self.colour == AS_READ else self.colour

    @property
    def turns(self) -> bool:
        """Whether pictures are turned upright. Raises `WorkbenchError` BAD_READER as `order` does."""
        return parse_reader(self.reader).turns if self.exif == AS_READ else self.exif == "turn"

    @property
    def pixels(self) -> tuple[int, int]:
        """(height, width) that images are resized to. Raises `WorkbenchError` NO_SIZE where they are taken as sent."""
        if isinstance(self.size, str):
            raise WorkbenchError("NO_SIZE", "The images are taken as sent and not resized.")
        return self.size

    @property
    def as_sent(self) -> bool:
        """Whether each image keeps its own size."""
        return isinstance(self.size, str)


def check_fit(settings: Preprocess) -> None:
    """Raises `WorkbenchError` BAD_FIT for a fit its reader's library has no function for, or one of images as sent.

    BAD_READER where there is no such reader.
    """
    if settings.as_sent and settings.fit != "stretch":
        text = "Images taken as sent are neither cropped nor padded."
        raise WorkbenchError("BAD_FIT", text, hint="Choose stretch (which then has no effect), or set a size.")
    reader = parse_reader(settings.reader)
    if settings.fit not in reader.fits:
        alike = sorted(READERS.values(), key=lambda other: other.library != reader.library)
        other = next(other.name for other in alike if settings.fit in other.fits)
        raise WorkbenchError(
            "BAD_FIT",
            f"The fit {settings.fit} is not available for the reader {reader.name}: its library has no such resize.",
            hint=f"Choose {' or '.join(reader.fits)}, or another reader, such as {other}.",
        )


def with_reader(settings: Preprocess, reader: str) -> Preprocess:
    """The same settings for another reader; the order of the colours stays what it is."""
    found = msgspec.structs.replace(settings, reader=reader)
    return found if found.order == settings.order else msgspec.structs.replace(found, colour=settings.order)


def check_opencv(settings: Preprocess) -> None:
    """Raises `WorkbenchError` BAD_OPENCV for a release that has no such kernel."""
    reader = parse_reader(settings.reader)
    release = RELEASES[settings.opencv]
    if reader.family == "cv2" and reader.kernel == "nearest_exact" and release.nearest_exact == "none":
        text = f"INTER_NEAREST_EXACT does not exist in OpenCV {release.words}."
        raise WorkbenchError("BAD_OPENCV", text, hint="Choose cv2:nearest, or another release.")


def check_alpha(settings: Preprocess, channels: int | None = None) -> None:
    """Raises `WorkbenchError` BAD_ALPHA if there is no alpha channel to composite, or the model itself takes it."""
    if settings.alpha == "drop":
        return
    reader = READERS.get(settings.reader)
    if reader is not None and settings.alpha not in reader.alphas:
        text = f"The reader {reader.name} cannot composite the alpha channel on a colour: cv2.imread drops it."
        raise WorkbenchError("BAD_ALPHA", text, hint="Choose alpha drop.")
    if settings.formats == "jpeg":
        raise WorkbenchError(
            "BAD_ALPHA", "JPEG has no alpha channel.", hint="Declare the formats jpeg+png, or choose alpha drop."
        )
    if channels == 4:
        text = f"The model takes the alpha channel as input: it cannot also be composited on {settings.alpha}."
        raise WorkbenchError("BAD_ALPHA", text, hint="Choose alpha drop.")


def check_channels(settings: Preprocess, channels: int) -> None:
    """Raises `WorkbenchError` CHANNELS where no reader gives a picture of so many channels in that order.

    1 is grey (`color_mode="grayscale"`), 3 colour, 4 colour and transparency ("rgba").
    """
    if channels not in (1, 3, 4):
        raise WorkbenchError("CHANNELS", f"No reader returns images with {channels} channels; they return 1, 3 or 4.")
    reader = READERS.get(settings.reader)
    if reader is not None and channels not in reader.channels:
        text = f"The reader {reader.name} returns no {channels}-channel images: cv2.imread drops the alpha channel."
        raise WorkbenchError("CHANNELS", text, hint="Choose a load_img reader, which returns RGBA.")
    if channels == 1 and settings.colour == "bgr":
        raise WorkbenchError("CHANNELS", "A greyscale image has no channel order to change.", hint="Choose colour rgb.")
