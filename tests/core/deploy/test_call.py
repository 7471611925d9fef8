"""Online prediction in chunks: order, limits, and one error for each bad instance."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from deploying import push

from workbench.core.deploy import call as call_module
from workbench.core.deploy.call import MAX_REQUEST, call
from workbench.core.deploy.port import NOT_FOUND, PREDICTION_FAILED, TargetRefused
from workbench.core.progress import silent
from workbench.spec.errors import ErrorInfo, OutsideError, WorkbenchError
from workbench.spec.targets.local import LocalTarget


class FakePort:
    """Answers each instance with itself; refuses a request that holds a bad one."""

    def __init__(self) -> None:
        self.requests: list[list[dict[str, object]]] = []

    def predict(
        self, model: str, version: str, instances: Sequence[dict[str, object]], signature: str = ""
    ) -> list[dict[str, object]]:
        self.requests.append(list(instances))
        if any("bad" in instance for instance in instances):
            raise TargetRefused(PREDICTION_FAILED, "Prediction failed: bad")
        return [{"echo": instance["n"]} for instance in instances]


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> FakePort:
    fake = FakePort()

    @contextmanager
    def opened(_: LocalTarget) -> Iterator[FakePort]:
        yield fake

    monkeypatch.setattr(call_module, "open_port", opened)
    return fake


def ask(instances: list[dict[str, object]]) -> list[Any]:
    return list(call(LocalTarget(), "m", "", instances))


def test_order_is_kept_over_many_requests(port: FakePort) -> None:
    answers = ask([{"n": n} for n in range(250)])
    assert [a["echo"] for a in answers] == list(range(250))
    assert [len(r) for r in port.requests] == [100, 100, 50]


def test_no_request_is_over_the_limit_and_none_is_needlessly_small(port: FakePort) -> None:
    ask([{"n": n, "image": {"b64": "é" * 40_000}} for n in range(30)])
    sizes = [len(json.dumps({"instances": request})) for request in port.requests]
    assert max(sizes) <= MAX_REQUEST
    assert min(sizes[:-1]) > MAX_REQUEST - 250_000


def test_an_instance_that_exactly_fills_a_request_is_sent_and_one_more_byte_is_not(port: FakePort) -> None:
    room = MAX_REQUEST - len(json.dumps({"instances": [{"n": ""}]})) - len(", ")
    fits, over = ask([{"n": "x" * room}, {"n": "x" * (room + 1)}])
    assert fits["echo"] == "x" * room
    assert isinstance(over, ErrorInfo)
    assert over.code == "TOO_LARGE"
    assert len(port.requests) == 1


def test_only_the_bad_instances_carry_the_error(port: FakePort) -> None:
    bad = {3, 40, 41, 99}
    answers = ask([{"n": n, **({"bad": 1} if n in bad else {})} for n in range(100)])
    for n, answer in enumerate(answers):
        if n in bad:
            assert answer == ErrorInfo(PREDICTION_FAILED, "Prediction failed: bad")
        else:
            assert answer == {"echo": n}
    # Halving: far fewer requests than one an instance.
    assert len(port.requests) < 60


@pytest.mark.parametrize(
    ("instance", "code"),
    [
        ({"n": float("nan")}, "NOT_FINITE"),
        ({"n": [1.0, float("-inf")]}, "NOT_FINITE"),
        ({"n": b"raw"}, "NOT_JSON"),
        ({"n": {1, 2}}, "NOT_JSON"),
    ],
)
def test_what_json_cannot_carry_is_never_sent(port: FakePort, instance: dict[str, object], code: str) -> None:
    first, wrong, last = ask([{"n": 1}, instance, {"n": 2}])
    assert (first, last) == ({"echo": 1}, {"echo": 2})
    assert wrong.code == code
    assert all(instance not in request for request in port.requests)


def test_answers_come_before_all_instances_are_read(port: FakePort) -> None:
    read = 0

    def endless() -> Iterator[dict[str, object]]:
        nonlocal read
        while True:
            read += 1
            yield {"n": read}

    answers = call(LocalTarget(), "m", "", endless())
    assert len(list(islice(answers, 10))) == 10
    assert read <= 101
    answers.close()  # type: ignore[attr-defined]


def test_an_error_that_no_instance_can_cause_ends_the_call(port: FakePort, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = 0

    def gone(*_: object) -> list[dict[str, object]]:
        nonlocal calls
        calls += 1
        raise TargetRefused(NOT_FOUND, "gone")

    monkeypatch.setattr(port, "predict", gone)
    with pytest.raises(WorkbenchError, match="gone"):
        ask([{"n": n} for n in range(50)])
    assert calls == 1


def test_no_instances_send_nothing(port: FakePort) -> None:
    assert ask([]) == []
    assert port.requests == []


def test_bad_names_are_refused_at_once() -> None:
    with pytest.raises(WorkbenchError, match="is not a valid model name"):
        call(LocalTarget(), "a-b", "", [])
    with pytest.raises(WorkbenchError, match="is not a valid version name"):
        call(LocalTarget(), "m", "1", [])


@pytest.fixture
def pushed(target: LocalTarget, exports: tuple[Path, Path]) -> LocalTarget:
    for export in exports:
        push(export, target, model="m", report=silent)
    return target


def test_a_real_target_answers_from_the_default_or_the_named_version(pushed: LocalTarget) -> None:
    instances: list[dict[str, object]] = [{"number": str(n), "key": f"k{n}"} for n in range(5)]
    assert list(call(pushed, "m", "", instances)) == [{"scores": float(n), "key": f"k{n}"} for n in range(5)]
    assert [a["scores"] for a in call(pushed, "m", "v2", instances) if isinstance(a, dict)] == [0.0, 2.0, 4.0, 6.0, 8.0]


def test_a_real_target_s_errors_stay_with_their_instances(pushed: LocalTarget) -> None:
    instances: list[dict[str, object]] = [
        {"number": "1", "key": "a"},
        {"number": "one", "key": "b"},
        {"number": "3"},
        {"number": "4", "key": "d", "extra": 1},
        {"number": "5", "key": {"b64": "w6k="}},
    ]
    good, text, missing, extra, encoded = list(call(pushed, "m", "v1", instances))
    assert good == {"scores": 1.0, "key": "a"}
    assert encoded == {"scores": 5.0, "key": "é"}
    for answer, word in (
        (text, "Failed to run the provided model: "),
        (missing, "was missing"),
        (extra, "Unexpected tensor name: extra"),
    ):
        assert isinstance(answer, ErrorInfo)
        assert answer.message.startswith("Prediction failed: ")
        assert word in answer.message


def test_a_missing_model_or_version_ends_the_call(pushed: LocalTarget) -> None:
    for model, version in (("none", ""), ("m", "v9")):
        with pytest.raises(WorkbenchError) as caught:
            list(call(pushed, model, version, [{"number": "1", "key": "a"}]))
        assert caught.value.code == "NOT_FOUND"


def test_no_server_is_one_sentence(pushed: LocalTarget) -> None:
    with pytest.raises(OutsideError) as caught:
        list(call(LocalTarget(url="http://127.0.0.1:1"), "m", "", [{"n": 1}]))
    assert str(caught.value) == "No server responds at http://127.0.0.1:1. Start it with `workbench serve`."
