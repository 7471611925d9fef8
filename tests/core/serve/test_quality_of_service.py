"""Across modules. Many clients at once: batches, bounds, versions swapped under load."""

from __future__ import annotations

import http.client
import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from workbench.core.export.warmup import write_warmup
from workbench.core.lazy import tensorflow
from workbench.core.savedmodel import opening
from workbench.core.savedmodel.opening import Session, open_session
from workbench.core.savedmodel.read import read_signatures
from workbench.core.serve.run import running
from workbench.core.serve.serving.model_cache import ModelCache
from workbench.core.serve.serving.server_limits import ServerLimits
from workbench.spec.manifest import WARMUP_PATH

MODEL = "projects/p/models/m"


def write(folder: Path, factor: float) -> Path:
    """`x` (a number as text) in; `y` = `factor` * x and `n`, the number of instances run together, out."""
    tf = tensorflow()
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        x = v1.placeholder(tf.string, [None], name="x")
        y = tf.strings.to_number(x) * factor
        outputs = {"y": y, "n": tf.fill(tf.shape(x), tf.size(x))}
        signature = v1.saved_model.predict_signature_def({"x": x}, outputs)
        builder = v1.saved_model.Builder(str(folder))
        builder.add_meta_graph_and_variables(session, ["serve"], {"serving_default": signature})
        builder.save()
    return folder


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return [write(tmp_path_factory.mktemp("models") / f"{n}", float(n)) for n in (1, 2)]


class Service:
    """A running server with the two models as versions `v1` and `v2` of one."""

    def __init__(self, url: str, ml: Any) -> None:
        self.address = urlsplit(url).netloc
        self.ml = ml

    def ask(self, *numbers: object, version: str = "") -> tuple[int, Any]:
        body = json.dumps({"instances": [str(n) for n in numbers]})
        name = f"{MODEL}/versions/{version}" if version else MODEL
        with closing(http.client.HTTPConnection(self.address, timeout=60)) as connection:
            connection.request("POST", f"/v1/{name}:predict", body)
            reply = connection.getresponse()
            return reply.status, json.loads(reply.read())


@pytest.fixture
def served(
    root: Path, models: list[Path], ml_at: Any, storage_at: Any, upload: Any, settle: Any
) -> Iterator[Callable[..., Service]]:
    with ExitStack() as stack:

        def start(**limits: Any) -> Service:
            url = stack.enter_context(running(root, quality=ServerLimits(**limits)))
            ml, bucket = ml_at(url), storage_at(url).create_bucket("workbench")
            ml.models().create(parent="projects/p", body={"name": "m"}).execute()
            for number, folder in enumerate(models, 1):
                body = {"name": f"v{number}", "deploymentUri": upload(bucket, folder, f"m/{number}")}
                settle(ml, ml.models().versions().create(parent=MODEL, body=body).execute())
            return Service(url, ml)

        yield start


def test_requests_that_come_together_run_together_and_get_their_own_rows(served: Any) -> None:
    service = served(linger=0.2, batch=16)
    largest = 0
    for _ in range(10):
        gate = threading.Barrier(8)

        def one(number: int, gate: threading.Barrier = gate) -> Any:
            gate.wait()
            return service.ask(number, number + 0.5)

        with ThreadPoolExecutor(8) as pool:
            replies = list(pool.map(one, range(8)))
        for number, (status, reply) in enumerate(replies):
            assert (status, [row["y"] for row in reply["predictions"]]) == (200, [number, number + 0.5])
        largest = max(largest, *(row["n"] for _, reply in replies for row in reply["predictions"]))
        if largest > 2:
            break
    assert 2 < largest <= 16


def test_one_bad_instance_fails_its_own_request_only(served: Any) -> None:
    service = served(linger=0.2)
    gate = threading.Barrier(6)

    def one(number: int) -> Any:
        gate.wait()
        return service.ask("cat" if number == 3 else number)[1]

    with ThreadPoolExecutor(6) as pool:
        replies = list(pool.map(one, range(6)))
    assert "Exception during running the graph" in replies[3]["error"]
    good = [reply["predictions"][0]["y"] for number, reply in enumerate(replies) if number != 3]
    assert good == [0.0, 1.0, 2.0, 4.0, 5.0]


def test_a_server_with_no_room_says_when_to_come_back(served: Any) -> None:
    service = served(queue=1)
    body = json.dumps({"instances": ["1"] * 5000}).encode()

    def one(path: str) -> tuple[int, str | None, str]:
        with closing(http.client.HTTPConnection(service.address, timeout=60)) as connection:
            connection.request("POST", path, body)
            reply = connection.getresponse()
            return reply.status, reply.headers["retry-after"], next(iter(json.loads(reply.read())))

    for path in (f"/v1/{MODEL}:predict", "/v1/models/m:predict"):
        with ThreadPoolExecutor(8) as pool:
            found = {reply for _ in range(5) for reply in pool.map(one, [path] * 8)}
        assert {(code, keys) for code, _, keys in found} == {(200, "predictions"), (429, "error")}
        assert {wait for code, wait, _ in found if code == 429} == {"1"}
    assert service.ask(2)[0] == 200


def test_slow_senders_cost_nobody_a_turn(served: Any) -> None:
    service = served(queue=1)
    with ExitStack() as stack:
        for _ in range(20):
            slow = stack.enter_context(closing(http.client.HTTPConnection(service.address, timeout=60)))
            slow.putrequest("POST", f"/v1/{MODEL}:predict")
            slow.putheader("content-length", "100")
            slow.endheaders(b"{")
        assert [service.ask(1)[0] for _ in range(5)] == [200] * 5


def test_a_hundred_swaps_under_load_fail_no_request(served: Any) -> None:
    # No memory for two versions: each swap loads the next one before it is switched to.
    service = served(memory=1)
    stop = threading.Event()
    seen: list[tuple[int, float]] = []

    def hammer() -> None:
        while not stop.is_set():
            status, reply = service.ask(1)
            seen.append((status, reply["predictions"][0]["y"] if "predictions" in reply else -1.0))

    with ThreadPoolExecutor(3) as pool:
        hammers = [pool.submit(hammer) for _ in range(3)]
        for swap in range(100):
            version = f"v{2 - swap % 2}"
            service.ml.models().versions().setDefault(name=f"{MODEL}/versions/{version}", body={}).execute()
            # From the very next request on the new one answers.
            assert service.ask(1)[1]["predictions"][0]["y"] == 2 - swap % 2
        stop.set()
        for one in hammers:
            one.result()
    assert len(seen) > 100
    assert {status for status, _ in seen} == {200}
    assert {value for _, value in seen} == {1.0, 2.0}


def test_a_version_deleted_under_load_ends_in_refusals_and_harms_no_other(served: Any) -> None:
    service = served()
    replies: list[tuple[int, Any]] = []

    def hammer() -> None:
        while not replies or replies[-1][0] == 200:
            replies.append(service.ask(3, version="v2"))

    thread = threading.Thread(target=hammer)
    thread.start()
    time.sleep(0.2)
    service.ml.models().versions().delete(name=f"{MODEL}/versions/v2").execute()
    thread.join(30)
    assert {status for status, _ in replies} == {200, 404}
    assert all(reply["predictions"][0]["y"] == 6.0 for status, reply in replies if status == 200)
    assert service.ask(3)[1]["predictions"][0]["y"] == 3.0


def copies(models: list[Path], folder: Path, count: int) -> list[Path]:
    return [Path(shutil.copytree(models[0], folder / str(n))) for n in range(count)]


def test_the_longest_unused_version_leaves_when_memory_runs_out(models: list[Path], tmp_path: Path) -> None:
    size = sum(p.stat().st_size for p in models[0].rglob("*") if p.is_file())
    one, two, three = copies(models, tmp_path, 3)
    shelf = ModelCache(ServerLimits(memory=2 * size))
    for folder in (one, two, one, three):
        shelf.load(folder)
    assert [shelf.holds(folder) for folder in (one, two, three)] == [True, False, True]
    with shelf.lease(one) as lease, shelf.lease(two), shelf.lease(three):
        # What is in use stays, however much it is, and runs.
        assert all(shelf.holds(folder) for folder in (one, two, three))
        shelf.forget(one)
        assert lease.run("serving_default", {"x": ["4"]}, 1)["y"].tolist() == [4.0]
    assert sum(shelf.holds(folder) for folder in (one, two, three)) == 2
    shelf.close()


def test_many_who_ask_for_a_cold_version_load_it_once(
    models: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads: list[Path] = []

    def counted(directory: Path) -> Session:
        loads.append(directory)
        return open_session(directory)

    monkeypatch.setattr(opening, "open_session", counted)
    (folder,) = copies(models, tmp_path, 1)
    shelf = ModelCache(ServerLimits())
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(shelf.load, [folder] * 6))
    assert loads == [folder]
    shelf.close()


def test_a_version_is_warmed_with_its_own_requests_before_anybody_gets_it(
    models: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder,) = copies(models, tmp_path, 1)
    session = open_session(folder)
    spec = session.signatures["serving_default"]
    session.close()
    (folder / WARMUP_PATH).parent.mkdir()
    write_warmup(folder / WARMUP_PATH, "serving_default", spec, [{"x": b"5"}, {"x": b"6"}])
    seen: list[tuple[str, Any]] = []
    runtime = type(session)
    run = runtime.run

    def watched(self: Session, signature: str, columns: Any) -> Any:
        seen.append((signature, columns["x"].tolist()))
        return run(self, signature, columns)

    monkeypatch.setattr(runtime, "run", watched)
    shelf = ModelCache(ServerLimits())
    shelf.load(folder)
    assert seen == [("serving_default", [b"5"]), ("serving_default", [b"6"])]
    shelf.close()


@pytest.mark.parametrize("content", [b"damaged", None])
def test_a_warm_up_that_fails_does_not_keep_the_version_from_answering(
    models: list[Path], tmp_path: Path, content: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    (folder,) = copies(models, tmp_path, 1)
    spec = read_signatures(folder).signatures["serving_default"]
    (folder / WARMUP_PATH).parent.mkdir()
    if content is None:
        write_warmup(folder / WARMUP_PATH, "serving_default", spec, [{"x": b"no number"}])
    else:
        (folder / WARMUP_PATH).write_bytes(content)
    shelf = ModelCache(ServerLimits())
    with shelf.lease(folder) as lease:
        assert lease.run("serving_default", {"x": ["4"]}, 1)["y"].tolist() == [4.0]
    assert "warm-up" in caplog.text
    shelf.close()
