"""Image bytes go untouched where the formats allow, are converted without harm where not, and bad ones are told."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from image_kinds import every_kind
from msgspec.structs import replace
from PIL import Image
from support import REFERENCE

from workbench.core.data.image_bytes import AcceptedImages, fitted, taken_by
from workbench.core.instances.image_header import look
from workbench.core.lazy import tensorflow
from workbench.spec.errors import WorkbenchError
from workbench.spec.preprocess import Preprocess

Encode = Callable[..., bytes]


def pixels(data: bytes, mode: str = "RGB") -> Any:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert(mode)).astype(int)


UNTOUCHED = {
    "jpeg": {"a.jpg", "progressive.jpg", "grey.jpg", "cmyk.jpg"},
    "jpeg+png": {"a.jpg", "progressive.jpg", "grey.jpg", "cmyk.jpg", "a.png", "palette.png", "clear.png"},
}
UNTOUCHED["any"] = UNTOUCHED["jpeg+png"] | {"a.gif", "a.bmp"}


@pytest.mark.parametrize("formats", list(UNTOUCHED))
@pytest.mark.parametrize("check", ["quick", "full"])
def test_only_what_is_not_declared_is_converted_and_never_a_jpeg(
    kinds: dict[str, bytes], formats: Any, check: Any
) -> None:
    made = {n: fitted(d, n, AcceptedImages(formats), check) for n, d in kinds.items() if not n.startswith("deep")}
    assert {name for name, found in made.items() if found.data == kinds[name]} == UNTOUCHED[formats]
    assert {name for name, found in made.items() if not found.note} == UNTOUCHED[formats]
    head = b"\xff\xd8" if formats == "jpeg" else b"\x89PNG"
    assert all(found.data.startswith(head) for name, found in made.items() if name not in UNTOUCHED[formats])


def test_a_conversion_to_png_keeps_every_pixel_as_tensorflow_reads_it(kinds: dict[str, bytes]) -> None:
    tf = tensorflow()
    for name in ("a.webp", "a.tif", "a.gif", "palette.bmp", "a.bmp"):
        made = fitted(kinds[name], name, AcceptedImages("jpeg+png"))
        read = tf.io.decode_png(made.data, channels=3).numpy()
        np.testing.assert_array_equal(read, pixels(kinds[name]))
        assert made.note.endswith("was converted to PNG without loss.")


def test_a_conversion_to_jpeg_has_full_colour_and_high_quality(kinds: dict[str, bytes], colours: Image.Image) -> None:
    made = fitted(kinds["a.png"], "a.png", AcceptedImages("jpeg"))
    with Image.open(io.BytesIO(made.data)) as image:
        assert [layer[1:3] for layer in image.layer] == [(1, 1)] * 3  # type: ignore[attr-defined]
    assert np.abs(pixels(made.data) - np.asarray(colours).astype(int)).mean() < 2
    assert made.note == "PNG was converted to JPEG of quality 95."


@pytest.mark.parametrize("alpha", ["drop", "black", "white"])
def test_transparency_becomes_what_the_project_says(kinds: dict[str, bytes], alpha: Any) -> None:
    made = pixels(fitted(kinds["clear.png"], "clear.png", AcceptedImages("jpeg", alpha=alpha)).data)
    above = pixels(kinds["clear.png"], "RGBA")
    share = above[..., 3:] / 255
    ground = {"drop": above[..., :3], "black": 0, "white": 255}[alpha]
    expected = above[..., :3] * share + ground * (1 - share) if alpha != "drop" else above[..., :3]
    assert np.abs(made - expected).mean() < 3
    kept = fitted(
        kinds["clear.png"].replace(b"\x89PNG", b"\x89PNG"), "clear.png", AcceptedImages("jpeg+png", alpha=alpha)
    )
    assert kept.data == kinds["clear.png"]


@pytest.mark.parametrize(("exif", "size"), [("ignore", (36, 24)), ("turn", (24, 36))])
@pytest.mark.parametrize("formats", ["jpeg", "jpeg+png"])
def test_a_converted_picture_is_turned_where_the_project_turns(
    encode: Encode, colours: Image.Image, formats: Any, exif: Any, size: tuple[int, int]
) -> None:
    turned = Image.Exif()
    turned[0x0112] = 6
    made = fitted(encode(colours, "WEBP", exif=turned), "a.webp", AcceptedImages(formats, exif))
    with Image.open(io.BytesIO(made.data)) as image:
        assert image.size == size
        assert image.getexif().get(0x0112) is None


def test_of_several_pictures_in_a_file_the_first_is_taken_and_said(encode: Encode, colours: Image.Image) -> None:
    second = colours.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    made = fitted(encode(colours, "TIFF", save_all=True, append_images=[second]), "a.tif", AcceptedImages("jpeg+png"))
    np.testing.assert_array_equal(pixels(made.data), np.asarray(colours))
    assert made.note == "TIFF was converted to PNG without loss, the first of its 2 frames."


@pytest.mark.parametrize("name", ["deep.png", "deep.tif"])
@pytest.mark.parametrize("formats", ["jpeg", "any"])
def test_sixteen_bits_are_refused_rather_than_cut(kinds: dict[str, bytes], name: str, formats: Any) -> None:
    with pytest.raises(WorkbenchError) as caught:
        fitted(kinds[name], name, AcceptedImages(formats))
    assert (caught.value.code, caught.value.where) == ("SIXTEEN_BIT", name)


WHOLE = ["a.jpg", "progressive.jpg", "a.png", "a.bmp"]


@pytest.mark.parametrize("name", WHOLE)
def test_a_file_cut_off_anywhere_is_refused_without_decoding(kinds: dict[str, bytes], name: str) -> None:
    data = kinds[name]
    assert look(data).problem == ""
    for left in {len(data) - 1, len(data) - 2, len(data) * 3 // 4, len(data) // 2, 60}:
        with pytest.raises(WorkbenchError) as caught:
            fitted(data[:left], name, AcceptedImages("any"))
        assert caught.value.code in ("BAD_IMAGE", "NOT_AN_IMAGE"), left


def test_a_jpeg_whose_only_end_is_its_thumbnails_is_cut_off(encode: Encode, colours: Image.Image) -> None:
    small = encode(colours.resize((8, 8)), "JPEG")
    exif = b"\xff\xe1" + (len(small) + 2).to_bytes(2, "big") + small
    data = encode(colours, "JPEG")
    data = data[:2] + exif + data[2:]
    assert look(data).problem == ""
    assert (look(data).width, look(data).height) == colours.size
    assert look(data[:-2]).problem == "it is truncated"


def test_what_cameras_and_programs_put_behind_a_jpeg_does_no_harm(kinds: dict[str, bytes]) -> None:
    for tail in (bytes(512), b"trailer of a camera", kinds["a.jpg"]):
        data = kinds["a.jpg"] + tail
        assert fitted(data, "a.jpg", AcceptedImages()).data == data
        tensorflow().io.decode_jpeg(data)


def test_the_look_agrees_with_pillow_on_every_whole_image(kinds: dict[str, bytes]) -> None:
    for name, data in kinds.items():
        found = look(data)
        with Image.open(io.BytesIO(data)) as image:
            if found.kind:
                assert (found.kind, found.width, found.height) == (image.format, *image.size), name
            else:
                assert image.format in ("WEBP", "TIFF")
    for path in (REFERENCE / "images").iterdir():
        assert (look(path.read_bytes()).kind, look(path.read_bytes()).problem) == ("JPEG", "")


def test_the_quick_check_lets_no_jpeg_through_that_tensorflow_finds_cut_off(kinds: dict[str, bytes]) -> None:
    tf, data = tensorflow(), kinds["a.jpg"]
    refused = 0
    for left in range(len(data) - 60, len(data)):
        assert look(data[:left]).problem, left
        try:
            tf.io.decode_jpeg(data[:left])
        except tf.errors.InvalidArgumentError:
            refused += 1
    assert refused > 50  # It reads some that end in FF: their last rows are made up.


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"some text", "NOT_AN_IMAGE"), (bytes(range(256)), "NOT_AN_IMAGE"), (b"\xff\xd8\xff", "NOT_AN_IMAGE")],
)
def test_what_is_no_image_is_said_so(content: bytes, code: str) -> None:
    with pytest.raises(WorkbenchError) as caught:
        fitted(content, "a.jpg", AcceptedImages())
    assert caught.value.code == code


def test_more_pixels_than_anybody_decodes_are_refused_by_the_header(kinds: dict[str, bytes]) -> None:
    data = bytearray(kinds["a.png"])
    data[16:24] = (60_000).to_bytes(4, "big") * 2
    with pytest.raises(WorkbenchError) as caught:
        fitted(bytes(data), "a.png", AcceptedImages("jpeg+png"))
    assert caught.value.code == "TOO_LARGE"


def test_damage_within_the_pixels_is_found_by_the_full_check_only(kinds: dict[str, bytes]) -> None:
    data = bytearray(kinds["a.png"])
    middle = data.index(b"IDAT") + 60
    data[middle : middle + 8] = bytes(8)
    assert fitted(bytes(data), "a.png", AcceptedImages("jpeg+png")).data == data
    with pytest.raises(WorkbenchError) as caught:
        fitted(bytes(data), "a.png", AcceptedImages("jpeg+png"), "full")
    assert caught.value.code == "BAD_IMAGE"


def test_jpegs_of_four_components_go_only_where_the_export_reads_them_as_training_did(kinds: dict[str, bytes]) -> None:
    for reader, refused in (("load_img:box", True), ("cv2:area", True), ("tf1", False), ("image_dataset", False)):
        taken = taken_by(Preprocess(size=(8, 8), reader=reader))
        fitted(kinds["a.jpg"], "a.jpg", taken)
        if not refused:
            assert fitted(kinds["cmyk.jpg"], "c.jpg", taken).data == kinds["cmyk.jpg"]
            continue
        with pytest.raises(WorkbenchError, match="CMYK or YCCK") as caught:
            fitted(kinds["cmyk.jpg"], "c.jpg", taken)
        assert (caught.value.code, caught.value.where) == ("CMYK", "c.jpg")


@pytest.mark.parametrize(
    ("kind", "settings", "channels", "words"),
    [
        ("GIF transparent", {"reader": "image_dataset"}, 3, "is transparent or does not fill its screen"),
        ("GIF transparent", {"reader": "cv2:area"}, 3, "is transparent or does not fill its screen"),
        ("GIF static", {"reader": "cv2:area", "opencv": "4.5"}, 3, "OpenCV 4.5 to 4.7 reads none"),
        ("GIF static", {"reader": "tf1"}, 1, "TensorFlow reads none in grey"),
        ("BMP 24 bits", {"reader": "cv2:area", "opencv": "4.2"}, 1, "the wheels of OpenCV 4.0 to 4.2 differ"),
        ("PNG animated", {"reader": "cv2:area", "opencv": "4"}, 1, "the wheels of OpenCV 4.8 to 4.14 differ"),
        ("BMP 8 bits, packed", {"reader": "cv2:area"}, 3, "is not of plain 24 or 32 bits"),
    ],
)
def test_what_neither_the_export_nor_a_conversion_reads_as_training_did_is_refused(
    kind: str, settings: dict[str, Any], channels: int, words: str
) -> None:
    told = Preprocess(**{"size": (8, 8), "formats": "any", **settings})
    with pytest.raises(WorkbenchError, match=words) as caught:
        fitted(every_kind()[kind], "x", taken_by(told, channels))
    assert caught.value.code == "UNDECLARED_FORMAT"


def test_a_png_of_16_bits_goes_only_where_opencv_reads_it(kinds: dict[str, bytes]) -> None:
    deep = next(data for name, data in kinds.items() if name.startswith("deep") and name.endswith(".png"))
    told = Preprocess(size=(8, 8), reader="cv2:area", formats="jpeg+png")
    assert fitted(deep, "d.png", taken_by(told)).data == deep
    for other in (replace(told, reader="load_img:box"), replace(told, formats="jpeg")):
        with pytest.raises(WorkbenchError) as caught:
            fitted(deep, "d.png", taken_by(other))
        assert caught.value.code == "SIXTEEN_BIT"
