"""The length of requests: counted without making them."""

from __future__ import annotations

import json

import numpy as np
import pytest

from workbench.core.check.limits import batch_of, json_bytes
from workbench.core.instances.image_instances import to_json


@pytest.mark.parametrize("length", [0, 1, 2, 3, 4, 1000])
def test_an_instance_is_counted_as_long_as_its_json_is(length: int) -> None:
    instance = {"image": b"x" * length, "Features": np.array([0.5, 1.0]), "words": ["a", b"\xff"], "id": "\u00e4"}
    assert json_bytes(instance) == len(json.dumps(to_json(instance)))


def test_a_batch_is_as_large_as_request_and_reply_allow_and_never_empty() -> None:
    assert batch_of(100, 10, 1000, 50) == 5
    assert batch_of(100, 10, 1000, 0) == 10
    assert batch_of(100, 10, 50, 0) == 1
    assert batch_of(100, 10, 0, 0) == 0
