"""Readings that were found, as the settings of a project."""

from __future__ import annotations

import pytest

from workbench.spec.errors import WorkbenchError
from workbench.spec.preprocess import Preprocess
from workbench.spec.reading_found import FoundLine, ReadingFound, preprocess_of, written_reader

CHOSEN = Preprocess(size=(8, 8), reader="tf1", scale="caffe", formats="any", fit="pad", colour="bgr", input="photo")


def found(*steps: str, **settings: str) -> ReadingFound:
    named = [FoundLine(name, value) for name, value in settings.items()]
    return ReadingFound((*named, *(FoundLine("steps", step) for step in steps)))


def test_what_was_found_takes_the_place_of_every_setting_about_reading_and_of_no_other() -> None:
    made = preprocess_of(found(reader="load_img:box", size="4x6", scale="0..1"), CHOSEN)
    assert made == Preprocess(size=(4, 6), reader="load_img:box", scale="0..1", formats="any", input="photo")


def test_a_line_is_written_as_a_project_file_has_it() -> None:
    assert FoundLine("size", "4x6").toml() == 'size = "4x6"'
    assert FoundLine("steps", "center_crop 4x6").toml() == '"center_crop 4x6"'


@pytest.mark.parametrize(
    ("reader", "written"),
    [("pillow:lanczos", "pillow:lanczos"), ("tf:bilinear", "tf:bilinear"), ("load_img", "load_img:nearest")],
)
def test_a_reader_is_written_by_its_whole_name(reader: str, written: str) -> None:
    assert written_reader(reader) == written


@pytest.mark.parametrize(
    "reading",
    [
        found(reader="imaginary:area", size="4x6", scale="0..1"),
        found(reader="tf1", size="4x6", scale="0..2"),
        found(reader="tf1", size="4x6", scale="0..1", fit="crop"),
        found(reader="tf1", size="4x6", scale="0..1", blur="3"),
        found(reader="tf1", size="4x6", scale="0..1", fit="squeeze"),
    ],
)
def test_a_reading_that_a_project_has_no_words_for_is_refused(reading: ReadingFound) -> None:
    with pytest.raises(WorkbenchError) as refused:
        preprocess_of(reading, CHOSEN)
    assert refused.value.code == "CANNOT_WRITE_READING"
    assert refused.value.hint
