"""Across modules. The server as a process of its own: started, asked, killed, started again, stopped."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from workbench.core.serve import store
from workbench.core.serve.run import running, serve
from workbench.spec.errors import OutsideError, WorkbenchError

PROGRAM = """
import sys, time
from pathlib import Path
from workbench.core.serve.faults import read_faults
from workbench.core.serve.run import serve
faults = read_faults(sys.argv[3]) if sys.argv[3] else None
say = lambda url: print(url, flush=True)
serve("127.0.0.1", 0, Path(sys.argv[1]), say, warm_up=sys.argv[2] == "warm", faults=faults)
print("stopped", "tensorflow" in sys.modules, flush=True)
"""

Start = Callable[..., tuple[subprocess.Popen[str], str]]


@pytest.fixture
def start(root: Path) -> Iterator[Start]:
    """Starts a server process on the root; gives it and its URL. What still runs at the end is killed."""
    with ExitStack() as stack:

        def run(*, warm: bool = False, faults: str = "") -> tuple[subprocess.Popen[str], str]:
            command = [sys.executable, "-c", PROGRAM, str(root), "warm" if warm else "cold", faults]
            process = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
            stack.callback(process.kill)
            assert process.stdout is not None
            return process, process.stdout.readline().strip()

        yield run


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    out, _ = process.communicate(timeout=60)
    return process.returncode, out.strip()


def test_storage_answers_while_the_runtime_is_loaded_which_is_not_tensorflows_python(start: Start) -> None:
    process, url = start(warm=True)
    with urllib.request.urlopen(f"{url}/storage/v1/b", timeout=30) as reply:
        assert reply.status == 200
    process.send_signal(signal.SIGTERM)
    assert finish(process) == (0, "stopped False")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_and_serve_returns(start: Start, root: Path, number: signal.Signals) -> None:
    process, _ = start()
    process.send_signal(number)
    assert finish(process) == (0, "stopped False")
    with closing(sqlite3.connect(root / "state.sqlite")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_signal_lets_requests_under_way_be_answered(start: Start) -> None:
    rule = '{"rules": [{"match": "GET /storage", "action": {"kind": "delay", "seconds": 1.0}}]}'
    process, url = start(faults=rule)
    replies: list[int] = []

    def ask() -> None:
        with urllib.request.urlopen(f"{url}/storage/v1/b", timeout=30) as reply:
            replies.append(reply.status)

    thread = threading.Thread(target=ask)
    thread.start()
    time.sleep(0.4)
    process.send_signal(signal.SIGTERM)
    assert finish(process) == (0, "stopped False")
    thread.join(10)
    assert replies == [200]


def test_versions_answer_again_after_a_kill_and_a_restart(
    start: Start,
    storage_at: Callable[[str], Any],
    ml_at: Callable[[str], Any],
    saved_model: Path,
    upload: Callable[..., str],
    settle: Callable[..., dict[str, Any]],
) -> None:
    process, url = start()
    uri = upload(storage_at(url).create_bucket("workbench"), saved_model, "m")
    ml = ml_at(url)
    ml.models().create(parent="projects/p", body={"name": "m"}).execute()
    request = ml.models().versions().create(parent="projects/p/models/m", body={"name": "v1", "deploymentUri": uri})
    operation = request.execute()
    # Killed while it is copied and loaded: the version stays behind in CREATING.
    process.send_signal(signal.SIGKILL)
    process.wait()

    process, url = start()
    ml = ml_at(url)
    assert settle(ml, ml.operations().get(name=operation["name"]).execute())["response"]["state"] == "READY"
    process.send_signal(signal.SIGKILL)
    process.wait()

    process, url = start()
    ml = ml_at(url)
    model = ml.models().get(name="projects/p/models/m").execute()
    assert model["defaultVersion"]["name"].endswith("/versions/v1")
    body = {"instances": [{"image": "3", "key": "again"}]}
    assert ml.predict(name="projects/p/models/m", body=body).execute()["predictions"][0]["scores"] == [3.0, 6.0]
    process.send_signal(signal.SIGTERM)
    assert finish(process) == (0, "stopped False")  # It predicted without TensorFlow's Python.


def test_an_unfinished_version_whose_files_are_gone_is_failed_after_the_restart(
    root: Path, storage_at: Callable[[str], Any], ml_at: Callable[[str], Any], settle: Callable[..., dict[str, Any]]
) -> None:
    with running(root) as url:
        blob = storage_at(url).create_bucket("workbench").blob("m/saved_model.pb")
        blob.upload_from_string("no model")
        ml = ml_at(url)
        ml.models().create(parent="projects/p", body={"name": "m"}).execute()
        body = {"name": "v1", "deploymentUri": "gs://workbench/m"}
        operation = ml.models().versions().create(parent="projects/p/models/m", body=body).execute()
        settle(ml, operation)
        blob.delete()
    with closing(sqlite3.connect(root / "state.sqlite", isolation_level=None)) as database:
        # As a kill in the middle leaves it.
        database.execute("UPDATE versions SET state = 'CREATING', error = ''")
        database.execute("UPDATE operations SET done = 0, body = json_remove(body, '$.done', '$.error')")
    with running(root) as url:
        ml = ml_at(url)
        assert "has none" in settle(ml, {"name": operation["name"]})["error"]["message"]
        version = ml.models().versions().get(name="projects/p/models/m/versions/v1").execute()
        assert (version["state"], "has none" in version["errorMessage"]) == ("FAILED", True)


def test_a_port_in_use_is_one_clear_sentence(root: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OutsideError) as caught:
            serve("127.0.0.1", port, root, lambda _: None)
    assert caught.value.code == "PORT_IN_USE"
    assert str(caught.value) == (
        f"127.0.0.1:{port}: The port is in use by another program. "
        "Stop it, or choose another with --port (0: a free port)."
    )
    assert not root.exists()


@pytest.mark.parametrize(("host", "port"), [("no.such.host.invalid", 0), ("192.0.2.1", 0)])
def test_an_address_that_is_not_ours_is_one_clear_sentence(root: Path, host: str, port: int) -> None:
    with pytest.raises(OutsideError) as caught:
        serve(host, port, root, lambda _: None)
    assert caught.value.code == "CANNOT_LISTEN"


@pytest.mark.parametrize("port", [-1, 65536, 99999])
def test_a_number_that_is_no_port_is_a_bad_request(root: Path, port: int) -> None:
    with pytest.raises(WorkbenchError, match="is not a port"):
        serve("127.0.0.1", port, root, lambda _: None)


def test_a_root_in_use_is_refused_and_free_again_afterwards(root: Path) -> None:
    with running(root):
        with pytest.raises(OutsideError) as caught:
            serve("127.0.0.1", 0, root, lambda _: None)
        assert caught.value.code == "ROOT_IN_USE"
    with running(root):
        pass


def test_a_root_that_cannot_be_used_is_one_clear_sentence(root: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutsideError) as caught, running(tmp_path / "file" / "root"):
        pass
    assert caught.value.code == "ROOT_NOT_WRITABLE"
    root.mkdir()
    (root / "state.sqlite").write_bytes(b"no database at all" * 100)
    with pytest.raises(WorkbenchError) as damaged, running(root):
        pass
    assert damaged.value.code == "BAD_ROOT"
    (root / "state.sqlite").unlink()
    with closing(sqlite3.connect(root / "state.sqlite")) as database:
        database.execute("PRAGMA user_version=99")
    with pytest.raises(WorkbenchError, match="newer workbench"), running(root):
        pass


def test_a_root_of_an_older_workbench_is_brought_up(root: Path, storage_at: Callable[[str], Any]) -> None:
    root.mkdir()
    with closing(sqlite3.connect(root / "state.sqlite")) as database:
        database.executescript(store._SCHEMAS[0] + "PRAGMA user_version=1;")
        database.execute("INSERT INTO buckets VALUES ('kept', '2026-01-01T00:00:00.000000Z')")
        row = ("kept", "x", 7, 3, "crc", "md5", "text/plain", "2026-01-01T00:00:00.000000Z", '{"a": "b"}', "file")
        database.execute(f"INSERT INTO objects VALUES ({','.join('?' * len(row))})", row)
        database.commit()
    (root / "content").mkdir()
    (root / "content" / "file").write_bytes(b"abc")
    for _ in range(2):
        with running(root) as url:
            blob = storage_at(url).bucket("kept").get_blob("x")
            assert (blob.generation, blob.metageneration, blob.metadata) == (7, 1, {"a": "b"})


def test_importing_the_server_does_not_import_tensorflow_or_numpy() -> None:
    code = (
        "import sys, workbench.core.serve.run; print([m for m in ('tensorflow', 'numpy', 'keras') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)
    assert done.stdout.strip() == "[]"
