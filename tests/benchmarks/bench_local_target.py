"""The local target under requests: MobileNetV2, a photograph a request, beside a Flask loop around `model.predict`.

One client, then 16 at once; each server is a process of its own and gets the very same bodies. Flask is taken
from the interpreter that `PEER_PYTHON` names (this one unless told); where it has none, only our own rates are
given, beside one client alone. `PEER_URLS` adds servers that are already running: name=URL of a POST, comma-separated.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import grpc
import numpy as np
from bench_export import photo
from ratio import Ratio

from workbench.core.export import export
from workbench.core.export.cache import CACHE_VARIABLE
from workbench.core.lazy import legacy_keras
from workbench.core.model import inspect
from workbench.core.serve.tfgrpc.messages import message_class
from workbench.spec.defaults import default_project

CLIENTS: Final = 16
SECONDS: Final = 10.0
PEER: Final = os.environ.get("PEER_PYTHON", sys.executable)

_FLASK: Final = """
import base64, io, sys
import flask, numpy as np, tf_keras
from PIL import Image
model = tf_keras.models.load_model(sys.argv[1], compile=False)
app = flask.Flask("peer")

@app.post("/predict")
def predict():
    images = [base64.b64decode(i["input"]["b64"]) for i in flask.request.get_json()["instances"]]
    pictures = [Image.open(io.BytesIO(i)).convert("RGB").resize((224, 224), Image.BILINEAR) for i in images]
    pixels = np.stack([np.asarray(p, "float32") / 255 for p in pictures])
    return {"predictions": model.predict(pixels, verbose=0).tolist()}

app.run(host="127.0.0.1", port=int(sys.argv[2]), threaded=True)
"""


Sender = Callable[[], AbstractContextManager[Callable[[], bool]]]
"""What a client opens: each call within is one request, and tells whether it was answered."""


@dataclass(frozen=True)
class Load:
    """What a server did for some clients: requests a second, and milliseconds a request at two quantiles."""

    rate: float
    p50: float
    p99: float


def run() -> list[Ratio]:
    """Our server and its peers, one after the other."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ[CACHE_VARIABLE] = str(folder / "cache")
        model = _model(folder)
        body = _body(folder)
        ours = _measured(_local_target(folder, model), body)
        peers = {name: _loads(url, body) for name, url in _running().items()}
        if _has_flask():
            peers["Flask, model.predict"] = _measured(_flask(folder, model), body)
    rows = [row for name, theirs in peers.items() for row in _ratios(ours, name, theirs)]
    return rows or _alone(ours)


def _ratios(ours: tuple[Load, Load], name: str, theirs: tuple[Load, Load]) -> Iterator[Ratio]:
    for words, mine, other in zip(("1 client", f"{CLIENTS} clients"), ours, theirs, strict=True):
        for what in ("p50", "p99"):
            pair = getattr(mine, what), getattr(other, what)
            yield Ratio(step=f"{words}: {what}", ours=pair[0], peer=name, peer_seconds=pair[1], unit="ms")
        # A rate is better when it is higher: seconds for 100 requests keep "below 1 is less".
        pair = 100 / mine.rate, 100 / other.rate
        yield Ratio(step=f"{words}: 100 requests", ours=pair[0], peer=name, peer_seconds=pair[1])


def _alone(ours: tuple[Load, Load]) -> list[Ratio]:
    one, many = ours
    pair = 100 / many.rate, 100 / one.rate
    return [Ratio(step=f"{CLIENTS} clients: 100 requests", ours=pair[0], peer="1 client", peer_seconds=pair[1])]


def _model(folder: Path) -> Path:
    path = folder / "m.h5"
    legacy_keras().applications.MobileNetV2(weights=None).save(path)
    return path


def _body(folder: Path) -> bytes:
    image = base64.b64encode(photo(folder / "photo.jpg", 0).read_bytes()).decode()
    return json.dumps({"instances": [{"input": {"b64": image}, "metadata": "photo"}]}).encode()


@contextmanager
def _process(command: list[str], **more: Any) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, **more)
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=60)


@contextmanager
def _local_target(folder: Path, model: Path) -> Iterator[str]:
    project = default_project(inspect(model), model.name, reader="load_img:bilinear")
    made = Path(export(project, folder).path)
    command = [sys.executable, "-m", "workbench", "serve", "--port", "0", "--grpc-port", "0"]
    command += ["--root", str(folder / "root")]
    with _process(command) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        (folder / "grpc").write_text(process.stdout.readline().removeprefix("gRPC ").strip(), encoding="utf-8")
        _deploy(url, made)
        yield f"{url}/v1/projects/p/models/m:predict"


def _deploy(url: str, made: Path) -> None:
    """The export as the default version, by the APIs' own requests."""
    _ask(url, "POST", "/storage/v1/b", b'{"name": "bucket"}')
    for path in sorted(p for p in made.rglob("*") if p.is_file()):
        name = path.relative_to(made).as_posix().replace("/", "%2F")
        _ask(url, "POST", f"/upload/storage/v1/b/bucket/o?uploadType=media&name=m%2F{name}", path.read_bytes())
    _ask(url, "POST", "/v1/projects/p/models", b'{"name": "m"}')
    version = json.dumps({"name": "v1", "deploymentUri": "gs://bucket/m"}).encode()
    operation = _ask(url, "POST", "/v1/projects/p/models/m/versions", version)
    while not operation.get("done"):
        time.sleep(0.1)
        operation = _ask(url, "GET", f"/v1/{operation['name']}")
    assert "error" not in operation, operation


def _ask(url: str, method: str, path: str, body: bytes = b"") -> dict[str, Any]:
    with closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)) as connection:
        connection.request(method, path, body)
        reply: dict[str, Any] = json.loads(connection.getresponse().read())
        return reply


@contextmanager
def _flask(folder: Path, model: Path) -> Iterator[str]:
    (folder / "peer.py").write_text(_FLASK, encoding="utf-8")
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = int(free.getsockname()[1])
    with _process([PEER, str(folder / "peer.py"), str(model), str(port)]):
        until = time.monotonic() + 120
        while not _listens(port):
            assert time.monotonic() < until
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}/predict"


def _listens(port: int) -> bool:
    try:
        _ask(f"http://127.0.0.1:{port}", "GET", "/")
    except (ConnectionError, ValueError) as err:
        return isinstance(err, ValueError)
    return True


def _has_flask() -> bool:
    return subprocess.run([PEER, "-c", "import flask"], capture_output=True, check=False).returncode == 0


def _running() -> dict[str, str]:
    pairs = [pair.partition("=") for pair in os.environ.get("PEER_URLS", "").split(",") if pair]
    return {name: url for name, _, url in pairs}


def ways() -> dict[str, tuple[Load, Load]]:
    """The same photograph to the same version by REST, by `/v2` with binary data, and by gRPC."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ[CACHE_VARIABLE] = str(folder / "cache")
        model, image = _model(folder), photo(folder / "photo.jpg", 0).read_bytes()
        with _local_target(folder, model) as url:
            place = urlsplit(url).netloc
            grpc_at = (folder / "grpc").read_text(encoding="utf-8")
            rest = json.dumps(
                {"instances": [{"input": {"b64": base64.b64encode(image).decode()}, "metadata": "photo"}]}
            )
            found = {"REST": _loads(f"http://{place}/v1/models/m:predict", rest.encode())}
            body, length = _binary({"input": image, "metadata": b"photo"})
            header = {"Inference-Header-Content-Length": str(length)}
            found["/v2"] = _loads(f"http://{place}/v2/models/m/infer", body, header)
            found["gRPC"] = _grpc_loads(grpc_at, {"input": image, "metadata": b"photo"})
            return found


def _binary(texts: dict[str, bytes]) -> tuple[bytes, int]:
    """A request of the Open Inference Protocol with each text as binary data."""
    parts = [len(text).to_bytes(4, "little") + text for text in texts.values()]
    inputs = [
        {"name": alias, "shape": [1], "datatype": "BYTES", "parameters": {"binary_data_size": len(part)}}
        for alias, part in zip(texts, parts, strict=True)
    ]
    head = json.dumps({"inputs": inputs}).encode()
    return b"".join([head, *parts]), len(head)


def _grpc_loads(address: str, texts: dict[str, bytes]) -> tuple[Load, Load]:
    request = message_class("PredictRequest")()
    request.model_spec.name = "m"
    for alias, text in texts.items():
        tensor = request.inputs[alias]
        tensor.dtype, tensor.string_val[:] = 7, [text]
        tensor.tensor_shape.dim.add(size=1)
    message = request.SerializeToString()
    path = "/tensorflow.serving.PredictionService/Predict"
    with closing(grpc.insecure_channel(address)) as channel:
        call = channel.unary_unary(path)

        @contextmanager
        def sender() -> Iterator[Callable[[], bool]]:
            yield lambda: bool(call(message, timeout=60))

        _timed(sender, 1, 2.0)
        return _timed(sender, 1, SECONDS), _timed(sender, CLIENTS, SECONDS)


def _measured(server: Any, body: bytes) -> tuple[Load, Load]:
    with server as url:
        return _loads(url, body)


def _loads(url: str, body: bytes, headers: dict[str, str] | None = None) -> tuple[Load, Load]:
    """One client, and many; the first requests are not counted."""
    place = urlsplit(url)

    @contextmanager
    def sender() -> Iterator[Callable[[], bool]]:
        with closing(http.client.HTTPConnection(place.netloc, timeout=60)) as connection:

            def send() -> bool:
                connection.request("POST", place.path, body, {"content-type": "application/json"} | (headers or {}))
                reply = connection.getresponse()
                content = reply.read()
                return reply.status == 200 and (b"predictions" in content or b"outputs" in content)

            yield send

    _timed(sender, 1, 2.0)
    return _timed(sender, 1, SECONDS), _timed(sender, CLIENTS, SECONDS)


def _timed(sender: Sender, clients: int, seconds: float) -> Load:
    """Clients that each send the next request when they have the answer. Raises where one is none."""
    times: list[float] = []
    failed: list[object] = []
    until = time.perf_counter() + seconds

    def client() -> None:
        with sender() as send:
            while time.perf_counter() < until:
                start = time.perf_counter()
                if not send():
                    failed.append(start)
                    return
                times.append(time.perf_counter() - start)

    threads = [threading.Thread(target=client) for _ in range(clients)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed, f"{len(failed)} of {clients} clients got no answer"
    taken = time.perf_counter() - begun
    p50, p99 = np.percentile(times, [50, 99]) * 1000
    return Load(len(times) / taken, float(p50), float(p99))


if __name__ == "__main__":
    for row in run():
        print(f"{row.step:28}{row.ours:9.2f} {row.unit:3}{row.peer:26}{row.peer_seconds:9.2f} {row.ratio:.2f}")
    for way, pair in ways().items():
        for clients, load in zip((1, CLIENTS), pair, strict=True):
            print(f"{way:6}{clients:3} clients {load.rate:8.1f} requests/s   p99 {load.p99:8.1f} ms")
