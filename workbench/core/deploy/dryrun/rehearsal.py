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
"""An instance as JSON text -> its prediction."""


class FakeApi(Protocol):
    """The API of the target as if it were empty."""

    def answer(self, asked: RecordedRequest) -> FakeResponse:
        """The reply to one of the requests that a push makes."""


class Rehearsal(msgspec.Struct, frozen=True):
    """What a kind of target contributes to a dry run.

    `api` creates the API that knows these predictions. `commands` returns the commands for one request: its method, its
    path after `/v1/` and its JSON body. `copies` are the commands of a target on this disk, which has no requests.
    """

    api: Callable[[Golden], FakeApi]
    commands: Callable[[Target, str, str, Mapping[str, Any]], Iterator[str]]
    copies: Callable[[Path, Any, PushOrder], list[str]] | None = None


def key_of(instance: object) -> str:
    """An instance as the key of its prediction."""
    return json.dumps(instance, sort_keys=True)


def predicted(asked: RecordedRequest, golden: Golden) -> FakeResponse:
    """The reply to a prediction request: the known prediction of each instance."""
    instances = asked.document()["instances"]
    return FakeResponse(200, {"predictions": [golden.get(key_of(instance), {}) for instance in instances]})


def flags_text(flags: Mapping[str, Any]) -> str:
    """Flags of a command, without those that have no value."""
    return " ".join(f"--{name}={shlex.quote(str(value))}" for name, value in flags.items() if value)
