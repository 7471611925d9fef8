"""Sizes, readers and scales as people write them."""

from __future__ import annotations

from typing import get_args

import msgspec
import pytest

from workbench.spec.errors import WorkbenchError
from workbench.spec.image_size import AS_SENT, parse_size, size_words
from workbench.spec.preprocess import Colour, Preprocess, check_alpha, check_channels, check_fit
from workbench.spec.reader import READERS, parse_reader
from workbench.spec.reader_family import KERNELS, Family, Library
from workbench.spec.scale import parse_scale


@pytest.mark.parametrize(("text", "size"), [("224x192", (224, 192)), ("64", (64, 64)), ("7X9", (7, 9))])
def test_sizes_are_height_by_width(text: str, size: tuple[int, int]) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["as-sent", "as sent", "As-Sent"])
def test_images_may_keep_the_size_they_are_sent_in(text: str) -> None:
    assert parse_size(text) == AS_SENT
    assert parse_size(size_words(parse_size(text))) == AS_SENT
    assert parse_size(size_words((20, 30))) == (20, 30)
    kept = Preprocess(size=AS_SENT)
    assert kept.as_sent
    with pytest.raises(WorkbenchError, match="taken as sent"):
        _ = kept.pixels
    check_fit(kept)
    for fit in ("crop", "pad"):
        with pytest.raises(WorkbenchError, match="neither cropped nor padded") as caught:
            check_fit(msgspec.structs.replace(kept, fit=fit))
        assert caught.value.code == "BAD_FIT"


@pytest.mark.parametrize("text", ["", "x", "0x5", "1x2x3", "-1x4", "4.5", "99999", "axb", "as", "sent"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(WorkbenchError) as caught:
        parse_size(text)
    assert caught.value.code == "BAD_SIZE"


def test_a_reader_is_found_by_the_name_the_project_file_has() -> None:
    assert all(parse_reader(name) is reader and reader.name == name for name, reader in READERS.items())
    found = parse_reader("load_img:lanczos")
    assert (found.family, found.kernel, found.library) == ("load_img", "lanczos", "Pillow")
    assert parse_reader("load_img").kernel == "nearest"


def test_every_family_and_every_kernel_of_keras_has_its_readers() -> None:
    assert {reader.family for reader in READERS.values()} == set(get_args(Family))
    assert {reader.library for reader in READERS.values()} == set(get_args(Library))
    assert {r.kernel for r in READERS.values() if r.family == "load_img"} == set(KERNELS)


def test_the_settings_that_a_reader_names_are_settings() -> None:
    rare = {field.name for field in msgspec.structs.fields(Preprocess)}
    named = {option for reader in READERS.values() for option in reader.options}
    assert named == {"pillow", "exact", "opencv", "grey", "dct"}
    assert all(set(reader.options) <= rare for reader in READERS.values())


def test_an_unknown_reader_is_refused_with_those_there_are() -> None:
    with pytest.raises(WorkbenchError, match="image_dataset"):
        parse_reader("load_img:cubic")


def test_own_mean_and_deviation_are_read_in_pixel_values() -> None:
    scale = parse_scale("mean/std:1,2,3/4,5,6.5")
    assert (scale.mean, scale.std) == ((1, 2, 3), (4, 5, 6.5))


@pytest.mark.parametrize(
    "text",
    ["", "0..1 ", "mean/std", "mean/std:1,2/3,4", "mean/std:1/0", "mean/std:1,2,3/4", "mean/std:nan/1", "mean/std:1/a"],
)
def test_what_is_no_scale_is_refused(text: str) -> None:
    with pytest.raises(WorkbenchError) as caught:
        parse_scale(text)
    assert caught.value.code == "BAD_SCALE"


def test_a_fit_that_no_function_names_for_its_reader_is_refused() -> None:
    for reader, fit in (("tf1", "pad"), ("image_dataset", "crop"), ("load_img:box", "crop"), ("load_img:box", "pad")):
        check_fit(msgspec.convert({"size": (8, 8), "reader": reader, "fit": fit}, Preprocess))
    with pytest.raises(WorkbenchError) as caught:
        check_fit(Preprocess(size=(8, 8), reader="tf1", fit="crop"))
    assert caught.value.code == "BAD_FIT"
    assert caught.value.message == "The fit crop is not available for the reader tf1: its library has no such resize."
    assert caught.value.hint == "Choose stretch or pad, or another reader, such as image_dataset."


def test_transparency_is_laid_on_a_colour_only_where_there_is_some_to_spare() -> None:
    check_alpha(Preprocess(size=(8, 8)), 4)
    check_alpha(Preprocess(size=(8, 8), alpha="white", formats="jpeg+png"), 3)
    for settings, channels in (
        (Preprocess(size=(8, 8), alpha="white"), None),
        (Preprocess(size=(8, 8), alpha="black", formats="any"), 4),
    ):
        with pytest.raises(WorkbenchError) as caught:
            check_alpha(settings, channels)
        assert caught.value.code == "BAD_ALPHA"


@pytest.mark.parametrize(("channels", "colour", "good"), [(3, "bgr", True), (4, "bgr", True), (1, "bgr", False)])
def test_only_colours_have_an_order(channels: int, colour: Colour, good: bool) -> None:
    check_channels(Preprocess(size=(8, 8)), channels)
    turned = Preprocess(size=(8, 8), colour=colour)
    if good:
        check_channels(turned, channels)
        return
    with pytest.raises(WorkbenchError) as caught:
        check_channels(turned, channels)
    assert caught.value.code == "CHANNELS"
