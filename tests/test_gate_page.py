"""The page of the gate: a section of every check with its title, question and limits, and every option of `check`."""

from __future__ import annotations

import re
from typing import Final

import pytest
from documents import code_words, first_cells, page, section

from workbench.cli.check import check
from workbench.core.check import golden, labels, latency, loads, outputs, skew
from workbench.core.training import keras_reference
from workbench.spec.check_words import CHECK_WORDS, CheckWords

PAGE: Final = page("gate")

LIMITS: Final = {
    "loads": (loads.TOLERANCE,),
    "parity": (keras_reference.TOLERANCE,),
    "skew": (skew.LIMIT, skew.TOO_FAR),
    "golden": (loads.TOLERANCE, golden.MAX_GOLDEN),
    "labels": (labels.GAIN * 100, labels.WORSE * 100),
    "latency": (latency.ALONE, max(latency.SWEEP)),
    "outputs": (outputs.CONSTANT, outputs.MANY),
}


def test_the_page_has_the_checks_in_the_order_they_run_in_and_no_other() -> None:
    assert re.findall(r"^## (.+)$", PAGE, re.MULTILINE) == [words.name for words in CHECK_WORDS]


@pytest.mark.parametrize("words", CHECK_WORDS, ids=lambda words: words.name)
def test_a_check_has_its_title_its_question_and_its_limits_on_the_page(words: CheckWords) -> None:
    text = section(PAGE, words.name)
    assert text.startswith(f"\n{words.title}. {words.question}\n")
    numbers = {float(number) for number in re.findall(r"(?<![\w.])\d+(?:\.\d+)?(?:e-\d+)?(?![\w.]*\w)", text)}
    assert [limit for limit in LIMITS.get(words.name, ()) if not any(abs(limit - n) < 1e-9 for n in numbers)] == []


def test_the_page_names_every_option_of_the_check_that_is_not_of_the_model() -> None:
    own = {option for parameter in check.params for option in parameter.opts if option.startswith("--")}
    of_the_model = {"--custom", "--architecture", "--allow-code", "--url", "--output"}
    named = {word.partition(" ")[0] for cell in first_cells(PAGE) for word in code_words(cell)} - {"-o"}
    assert named == own - of_the_model
