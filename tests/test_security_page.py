"""The threat model's proofs: every test it names is there."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "security.md"


def test_every_line_of_the_threat_model_names_a_test_that_is_there() -> None:
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if re.match(r"\| (?!it|they|---)", line)]
    assert len(rows) > 20
    for row in rows:
        named = re.findall(r"`([\w/]+\.py)(?:::(\w+))?`", row.rpartition(" | ")[2])
        assert named, row
        for file, test in named:
            assert f"def {test}" in (TESTS / file).read_text(encoding="utf-8"), row
