"""The page of training code: `match --code` makes of every snippet the project's lines beside it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest
from documents import blocks, page

from workbench.core.match.code_reading import reading_from_code
from workbench.spec.preprocess import Preprocess
from workbench.spec.project import load_project
from workbench.spec.reader import READERS
from workbench.spec.reading_found import preprocess_of

PAGE: Final = page("training-code")

PAIRS: Final = {
    part.partition("\n")[0]: (blocks(part, "python")[0], blocks(part, "toml")[0])
    for part in re.split(r"^###? ", PAGE, flags=re.MULTILINE)
    if "<table>" in part
}


@pytest.mark.parametrize("title", PAIRS)
def test_a_snippet_means_the_lines_beside_it_and_is_understood_whole(title: str, tmp_path: Path) -> None:
    code, lines = PAIRS[title]
    (found,) = reading_from_code(code)
    path = tmp_path / "project.toml"
    path.write_text(f'model = "m.h5"\n{lines}')
    assert load_project(path).preprocess == preprocess_of(found, Preprocess(size=(1, 1)))
    assert found.not_understood == ()


def test_the_page_has_a_snippet_of_every_library_that_reads_images() -> None:
    shown = {word for _, lines in PAIRS.values() for word in re.findall(r'reader = "(\w+)', lines)}
    # `tf1` and `keras_resizing` resize what TensorFlow and Keras read.
    assert {reader.family for reader in READERS.values()} - shown == {"tf1", "keras_resizing"}
