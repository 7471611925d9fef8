"""The page of targets: every kind with its rules for names, its permissions and its limits; what is recorded."""

from __future__ import annotations

import re
from typing import Final, get_args

import pytest
from documents import code_words, page, section

from workbench.spec.limits import (
    ML_ENGINE_LIMITS,
    ML_ENGINE_SMALL_LIMITS,
    NO_LIMITS,
    VERTEX_DEDICATED_LIMITS,
    VERTEX_SHARED_LIMITS,
    Limits,
)
from workbench.spec.release import Outcome
from workbench.spec.target import KINDS

PAGE: Final = page("targets")

LIMITS: Final = {
    "local": (ML_ENGINE_LIMITS,),
    "mlengine": (ML_ENGINE_SMALL_LIMITS, ML_ENGINE_LIMITS),
    "vertex": (VERTEX_SHARED_LIMITS, VERTEX_DEDICATED_LIMITS),
    "folder": (NO_LIMITS,),
}


def row(kind: str, name: str) -> str:
    """What the table of a kind says of something."""
    found = re.search(rf"^\| {name} \| (.+) \|$", section(PAGE, kind), re.MULTILINE)
    assert found, name
    return found[1]


def test_the_page_has_every_kind_and_no_other() -> None:
    assert set(re.findall(r"^### (.+)$", section(PAGE, "Kinds"), re.MULTILINE)) == set(KINDS) == set(LIMITS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_has_its_rules_for_names_and_its_permissions_on_the_page(kind: str) -> None:
    facts = KINDS[kind].facts
    assert "|".join(code_words(row(kind, "model names"))) == facts.model_name.pattern
    assert "|".join(code_words(row(kind, "version names"))) == facts.version_name.pattern
    assert code_words(row(kind, "permissions")) == [*facts.bucket_permissions, *facts.project_permissions]
    assert row(kind, "batch prediction").startswith("yes" if facts.runs_batches else "no")
    assert ("TFRecords" in row(kind, "batch prediction")) == facts.batch_reads_records


def numbers_of(limits: Limits) -> set[int]:
    """The limits that there are."""
    return {limits.request_bytes, limits.reply_bytes, limits.model_bytes, limits.files} - {0}


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_has_its_limits_on_the_page(kind: str) -> None:
    shown = {int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*\d", row(kind, "limits"))}
    assert shown == set().union(*(numbers_of(limits) for limits in LIMITS[kind]))


def test_the_page_says_how_a_release_can_end() -> None:
    named = set(code_words(section(PAGE, "What is recorded")))
    assert set(get_args(Outcome)) - named == set()
