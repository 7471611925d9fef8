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
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import numpy as np
from bench_export import photo
from ratio import Ratio

from workbench.core.export import export
from workbench.core.export.cache import CACHE_VARIABLE
from workbench.core.lazy import legacy_keras
from workbench.core.model import inspect
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
    command = [sys.executable, "-m", "workbench", "serve", "--port", "0", "--root", str(folder / "root")]
    with _process(command) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
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


def _measured(server: Any, body: bytes) -> tuple[Load, Load]:
    with server as url:
        return _loads(url, body)


def _loads(url: str, body: bytes) -> tuple[Load, Load]:
    """One client, and many; the first requests are not counted."""
    _load(url, body, 1, 2.0)
    return _load(url, body, 1, SECONDS), _load(url, body, CLIENTS, SECONDS)


def _load(url: str, body: bytes, clients: int, seconds: float) -> Load:
    """Clients that each send the next request when they have the answer. Raises where one is not a 200."""
    times: list[float] = []
    failed: list[object] = []
    until = time.perf_counter() + seconds

    def client() -> None:
        place = urlsplit(url)
        with closing(http.client.HTTPConnection(place.netloc, timeout=60)) as connection:
            while time.perf_counter() < until:
                start = time.perf_counter()
                connection.request("POST", place.path, body, {"content-type": "application/json"})
                reply = connection.getresponse()
                if reply.status != 200 or b"predictions" not in reply.read():
                    failed.append(reply.status)
                    return
                times.append(time.perf_counter() - start)

    threads = [threading.Thread(target=client) for _ in range(clients)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed, f"{url} answered {failed}"
    taken = time.perf_counter() - begun
    p50, p99 = np.percentile(times, [50, 99]) * 1000
    return Load(len(times) / taken, float(p50), float(p99))


if __name__ == "__main__":
    for row in run():
        print(f"{row.step:28}{row.ours:9.2f} {row.unit:3}{row.peer:26}{row.peer_seconds:9.2f} {row.ratio:.2f}")
