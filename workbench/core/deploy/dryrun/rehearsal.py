"""Interface of a dry run to a kind of target: a fake API in memory, and its requests as commands."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import msgspec

from workbench.core.deploy.dryrun.recorder import FakeResponse, RecordedRequest
from workbench.spec.release import PushOrder
from workbench.spec.targets.base import Target

Golden = dict[str, object]
"""An instance as JSON text -> the prediction to answer."""


class FakeApi(Protocol):
    """The target's API as it would answer were the target empty."""

    def answer(self, asked: RecordedRequest) -> FakeResponse:
        """The response to one request, as far as a push makes it."""


class Rehearsal(msgspec.Struct, frozen=True):
    """`api` makes the API that knows these predictions. `commands` are of one request: its method, its path behind
    `/v1/` and its JSON body. `copies` are the commands of a target on this disk, which has no requests.
    """

    api: Callable[[Golden], FakeApi]
    commands: Callable[[Target, str, str, Mapping[str, Any]], Iterator[str]]
    copies: Callable[[Path, Any, PushOrder], list[str]] | None = None


def key_of(instance: object) -> str:
    """An instance as the key of its answer."""
    return json.dumps(instance, sort_keys=True)


def predicted(asked: RecordedRequest, golden: Golden) -> FakeResponse:
    """The reply to a prediction request: what is known of each instance."""
    instances = asked.document()["instances"]
    return FakeResponse(200, {"predictions": [golden.get(key_of(instance), {}) for instance in instances]})


def flags_text(flags: Mapping[str, Any]) -> str:
    """Flags of a command, those without a value left out."""
    return " ".join(f"--{name}={shlex.quote(str(value))}" for name, value in flags.items() if value)
