"""The page of limits: every number is that of the code, and tolerances are said as the code says them."""

from __future__ import annotations

import importlib
import re
from typing import Final

import pytest
from documents import page

from workbench.spec.opencv import CUBIC_RESIDUAL
from workbench.spec.preprocess import FAST_RESIDUAL

PAGE: Final = " ".join(page("limits").split())
ROWS: Final = re.findall(r"^\| .+ \| ([\d,]+) \| `([\w.]+)\.(\w+)` \|$", page("limits"), re.MULTILINE)


def test_the_page_has_rows() -> None:
    assert len(ROWS) > 10


@pytest.mark.parametrize(("shown", "module", "name"), ROWS)
def test_a_bound_on_the_page_is_that_of_the_code(shown: str, module: str, name: str) -> None:
    assert getattr(importlib.import_module(module), name) == int(shown.replace(",", ""))


@pytest.mark.parametrize("words", [CUBIC_RESIDUAL, FAST_RESIDUAL.partition(", on")[0]])
def test_a_tolerance_is_said_as_the_code_says_it(words: str) -> None:
    assert words in PAGE
