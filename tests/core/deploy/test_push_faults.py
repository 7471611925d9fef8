"""Across modules. What can go wrong at every step of a push: nothing half visible, the next push succeeds, the log
is true."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fault_cases import OPERATIONS, Bench, bench, cases

from workbench.core.deploy.state import STATE_VARIABLE
from workbench.core.serve.faults.spec import Action

PASSING = (
    "cut before",
    "cut in the request",
    "reply lost",
    "reply cut",
    "503 once",
    "429 twice",
    "slow",
    "skewed clock",
)
CODES = {
    "500 for ever": "TARGET_FAILED",
    "403": "NO_PERMISSION",
    "quota": "QUOTA",
    "operation fails": "VERSION_FAILED",
    "operation never ends": "TIMEOUT",
    "disk full": "VERSION_FAILED",
}
LIGHT = {
    "local": ("reply lost", *OPERATIONS),
    "vertex": ("reply lost", "operation fails"),
}
EXTRA = (("500 for ever", "poll"), ("500 for ever", "set default"), ("403", "upload"), ("quota", "create the version"))
LATE = ("set default", "undeploy", "remove the trial endpoint", "poll the endpoint")
"""Steps at which the version is made and cannot be taken away while the fault lasts, or is wanted as it is."""


@pytest.fixture(scope="module")
def there(golden: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(STATE_VARIABLE, str(tmp_path_factory.mktemp("state")))
        with bench(tmp_path_factory.mktemp("faults"), golden) as made:
            yield made


def params() -> Iterator[Any]:
    for kind in ("local", "vertex"):
        for fault, step, pattern, action, times in cases(kind):
            light = fault in LIGHT[kind] and not (kind == "vertex" and step.startswith(("list", "poll", "predict")))
            light = light or (kind == "local" and (fault, step) in EXTRA)
            marks = () if light else (pytest.mark.heavy,)
            yield pytest.param(kind, fault, step, pattern, action, times, id=f"{kind}-{fault}-{step}", marks=marks)


@pytest.mark.parametrize(("kind", "fault", "step", "pattern", "action", "times"), tuple(params()))
def test_a_fault_leaves_nothing_half_done_and_the_log_says_what_happened(
    there: Bench, kind: str, fault: str, step: str, pattern: str, action: Action, times: int
) -> None:
    found = there.run(kind, pattern, action, times)
    assert found.hit
    passes = fault in PASSING or step == "merge aliases"
    assert found.first == ("done" if passes else CODES[fault])
    old, new = ("v1", "v2") if kind == "local" else ("1", found.after[-1][0])
    if passes:
        assert set(found.before) == {(old, False), (new, True)}
    elif step in LATE:
        assert [default for _, default in found.before][:1] == [True]
        assert len(found.before) <= 2
    else:
        assert found.before == ((old, True),)
    assert found.second == "done"
    assert sorted(default for _, default in found.after) == [False, True]
    assert dict(found.after)[old] is False
    assert found.log[0] == ("done" if passes else "failed")
    assert found.log[1:] in (("done",), ("repeated",), ("resumed",))
    assert (found.log[1] == "repeated") is passes
