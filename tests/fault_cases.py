"""Every fault at every step of a push, through the real clients: what came of it, as data and as a table.

`python tests/fault_cases.py [KIND]...` prints faults x steps; the tests assert the same outcomes.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from unittest import mock

import msgspec
from deploying import BUCKET, clouds, golden_export, make_bucket, push

from workbench.core.deploy import googleapi, storage
from workbench.core.deploy.release_log import lines
from workbench.core.deploy.releases import list_versions
from workbench.core.progress import silent
from workbench.core.serve.faults import (
    ClockSkew,
    CutConnection,
    DelayRequest,
    DiskFull,
    FailOperation,
    FaultInjector,
    Faults,
    FixedStatus,
    HangOperation,
    Rule,
)
from workbench.core.serve.faults.spec import Action
from workbench.core.serve.run import running
from workbench.spec.errors import WorkbenchError
from workbench.spec.target import AnyTarget

QUOTA = '{"error": {"code": 429, "message": "Quota exceeded for models.", "status": "RESOURCE_EXHAUSTED"}}'

STEPS: Final[dict[str, dict[str, str]]] = {
    "local": {
        "list versions": r"GET .*/versions\?",
        "list the upload": r"GET .*/o\?",
        "upload": r"POST /upload/",
        "get the model": r"GET /v1/.*/models/[^/]+\?",
        "create the version": r"POST .*/versions\?",
        "poll": r"GET .*/operations/",
        "predict": r"POST .*:predict",
        "set default": r"POST .*:setDefault",
    },
    "vertex": {
        "list versions": r"GET .*:listVersions",
        "upload": r"POST /upload/",
        "upload the model": r"POST .*/models:upload",
        "poll the model": r"GET .*/models/.*/operations/",
        "make the trial endpoint": r"POST .*/endpoints\?",
        "deploy": r"POST .*:deployModel",
        "poll the endpoint": r"GET .*/endpoints/.*/operations/",
        "predict": r"POST .*:predict",
        "undeploy": r"POST .*:undeployModel",
        "remove the trial endpoint": r"DELETE .*/endpoints/",
        "merge aliases": r"POST .*:mergeVersionAliases",
    },
}
"""The requests of a push in their order, by a pattern each."""

FAULTS: Final[dict[str, tuple[Action, int]]] = {
    "cut before": (CutConnection(when="before"), 1),
    "cut in the request": (CutConnection(when="body", bytes=10), 1),
    "reply lost": (CutConnection(when="after"), 1),
    "reply cut": (CutConnection(when="reply", bytes=5), 1),
    "503 once": (FixedStatus(code=503), 1),
    "429 twice": (FixedStatus(code=429), 2),
    "500 for ever": (FixedStatus(code=500), 0),
    "403": (FixedStatus(code=403), 0),
    "quota": (FixedStatus(code=429, body=QUOTA), 0),
    "slow": (DelayRequest(seconds=0.3), 1),
    "skewed clock": (ClockSkew(seconds=-86_400.0), 0),
}
"""What goes wrong, and how often from the first time on (0: always)."""

OPERATIONS: Final[dict[str, Action]] = {
    "operation fails": FailOperation(message="The machine burned."),
    "operation never ends": HangOperation(),
    "disk full": DiskFull(),
}
"""What goes wrong where a version is created."""


class Switch(FaultInjector):
    """Faults of a running server that can be changed."""

    def __init__(self) -> None:
        super().__init__(Faults())

    def set(self, *rules: Rule) -> None:
        """From now on these."""
        super().__init__(Faults(rules=rules))


class Outcome(msgspec.Struct, frozen=True):
    """What came of one push that met a fault, and of the next one without."""

    first: str
    """`done`, or the error's code."""

    hit: bool
    before: tuple[tuple[str, bool], ...]
    """The versions and which is the default after the first push."""

    second: str
    after: tuple[tuple[str, bool], ...]
    log: tuple[str, ...]
    """The outcomes that the release log tells."""


class Bench:
    """A local target with switchable faults and two exports."""

    def __init__(self, url: str, switch: Switch, folder: Path, golden: tuple[Path, Path]) -> None:
        self._switch = switch
        self._targets = clouds(url, folder)
        self._golden = golden
        self._number = 0

    def run(self, kind: str, pattern: str, action: Action, times: int) -> Outcome:
        """A version that is there, a push into the fault, and one after it."""
        self._number += 1
        model = f"{kind}_{self._number}"
        # A place of its own, or the files of the case before would be there already.
        target = msgspec.structs.replace(self._targets[kind], bucket=f"gs://{BUCKET}/case-{self._number}")
        push(self._golden[1], target, model=model, default=True, report=silent)
        self._switch.set(Rule(match=pattern, nth=1, times=times, action=action))
        # Only what never ends is waited for a short while; a busy machine needs its time for the rest.
        with mock.patch.object(googleapi, "LONGEST", 1.0 if isinstance(action, HangOperation) else 60.0):
            first = self._push(target, model)
        hit = bool(self._switch.fired)
        self._switch.set()
        before = self._shown(target, model)
        second = self._push(target, model)
        told = tuple(line.outcome for line in lines(None, model))[1:]
        return Outcome(first, hit, before, second, self._shown(target, model), told)

    def _push(self, target: AnyTarget, model: str) -> str:
        try:
            push(self._golden[0], target, model=model, default=True, report=silent)
        except WorkbenchError as err:
            return err.code
        return "done"

    def _shown(self, target: AnyTarget, model: str) -> tuple[tuple[str, bool], ...]:
        return tuple((v.name, v.default) for v in list_versions(target, model))


@contextmanager
def bench(folder: Path, golden: tuple[Path, Path]) -> Iterator[Bench]:
    """The server, and a client whose patience is short: pauses are cut, what is tried is not."""
    switch = Switch()
    pause = time.sleep
    with (
        running(folder / "root", faults=switch) as url,
        mock.patch.object(time, "sleep", lambda seconds: pause(min(seconds, 0.01))),
        mock.patch.object(googleapi, "LONGEST_CANCEL", 1.0),
        mock.patch.object(storage, "_PATIENCE", 10.0),
    ):
        make_bucket(url)
        yield Bench(url, switch, folder, golden)


def cases(kind: str) -> Iterator[tuple[str, str, str, Action, int]]:
    """(fault, step, pattern, action, times) of all that can go wrong at a kind of target."""
    for fault, (action, times) in FAULTS.items():
        for step, pattern in STEPS[kind].items():
            yield fault, step, pattern, action, times
    step = "create the version" if kind == "local" else "upload the model"
    for fault, action in OPERATIONS.items():
        yield fault, step, STEPS[kind][step], action, 1


def main(kinds: Sequence[str], write: Callable[[str], object] = sys.stdout.write) -> None:
    """Print the table: for every fault what became of the push at each step, and of the next push."""
    os.environ.setdefault("WORKBENCH_STATE", tempfile.mkdtemp(prefix="faults-"))
    folder = Path(tempfile.mkdtemp(prefix="faults-"))
    from number_exports import number_export

    exports = [number_export(folder / str(factor), factor) for factor in (1.0, 2.0)]
    golden = (golden_export(exports[0], folder, 1.0), golden_export(exports[1], folder, 2.0))
    with bench(folder, golden) as there:
        for kind in kinds:
            write(f"\n{kind}: fault | step | push | versions then | next push\n")
            for fault, step, pattern, action, times in cases(kind):
                found = there.run(kind, pattern, action, times)
                visible = ", ".join(f"{n}{'*' if d else ''}" for n, d in found.before)
                hit = found.first if found.hit else "(step not reached)"
                write(f"{fault} | {step} | {hit} | {visible} | {found.second} ({found.log[-1]})\n")


if __name__ == "__main__":
    main(sys.argv[1:] or list(STEPS))
