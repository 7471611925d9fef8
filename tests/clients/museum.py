"""The client museum: real clients, each in an environment of its own, against the local target; prints their table.

python museum.py [--record]: `make test-clients`. An environment is built where it is not there; `--record` writes what
the clients sent into tests/data/clients, which the fast tests send again.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from client_model import deploy, write
from http_requests import Http
from recording import recording

from workbench.core.serve.run import running

HERE: Final = Path(__file__).parent
DATA: Final = HERE.parent / "data" / "clients"
ENVIRONMENTS: Final = Path(
    os.environ.get("CLIENT_ENVIRONMENTS", Path.home() / ".cache" / "keras-export-workbench-clients")
)


@dataclass(frozen=True)
class Client:
    """A script and what its environment needs. `grpc`: it gets that address instead of the URL."""

    name: str
    script: str
    requirements: tuple[str, ...]
    arguments: tuple[str, ...] = ()
    grpc: bool = False
    records: bool = True


_STORAGE: Final = ("google-cloud-storage==3.17.1", "gcsfs==2026.10.1", "gcloud-aio-storage==9.6.5", "pyarrow==26.0.1")

CLIENTS: Final = (
    Client("triton", "triton.py", ("tritonclient[http]==2.73.0",)),
    Client("kserve", "kserve_v2.py", ("kserve==0.21.0",)),
    Client("tfserving", "tfserving.py", ("tensorflow-serving-api==2.21.0",), grpc=True),
    Client("storage", "storage.py", _STORAGE),
    Client("gcsfs", "filesystem.py", _STORAGE, ("gcsfs",)),
    Client("pyarrow", "filesystem.py", _STORAGE, ("pyarrow",)),
    Client("aio", "filesystem.py", _STORAGE, ("aio",)),
    Client("aiplatform", "vertex.py", ("google-cloud-aiplatform==2.7.0",), records=False),
    Client("aiplatform-1", "vertex.py", ("google-cloud-aiplatform==1.165.1",), records=False),
)


def main(record: bool, names: list[str]) -> int:
    """Run them; the number of verbs that failed."""
    failed = 0
    for client in CLIENTS:
        if names and client.name not in names:
            continue
        results = _run(client, record)
        print(f"{client.name} ({', '.join(client.requirements)})")
        for verb, result in results.items():
            failed += result != "works"
            print(f"  {verb:32}{result}")
    return failed


def _run(client: Client, record: bool) -> dict[str, str]:
    python = _environment(client)
    with _server() as (url, grpc_at), recording(url) as (proxy, recorder):
        target = [DATA / f"{client.name}.json"] if client.grpc and record else []
        address = grpc_at if client.grpc else proxy
        command = [str(part) for part in (python, HERE / client.script, address, *client.arguments, *target)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False, env=_variables())
        except subprocess.TimeoutExpired:
            return {"run": "no end after 180 seconds"}
        if record and client.records and not client.grpc:
            text = json.dumps(recorder.requests, indent=1) + "\n"
            (DATA / f"{client.name}.json").write_text(text, encoding="utf-8")
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        return {"run": done.stderr.strip()[-500:]}
    found: dict[str, str] = json.loads(lines[-1])
    return found


def _variables() -> dict[str, str]:
    return os.environ | {"PYTHONWARNINGS": "ignore", "TF_CPP_MIN_LOG_LEVEL": "3", "NO_PROXY": "*"}


@contextmanager
def _server() -> Iterator[tuple[str, str]]:
    grpc_at: list[str] = []
    with (
        tempfile.TemporaryDirectory() as name,
        running(Path(name) / "root", grpc_port=0, on_grpc=grpc_at.append) as url,
    ):
        http = Http(url)
        deploy(http, write(Path(name) / "model"))
        # gcloud-aio-storage makes no buckets.
        http("POST", "/storage/v1/b", b'{"name": "aio"}')
        yield url, grpc_at[0]


def _environment(client: Client) -> Path:
    first = client.requirements[0].partition("==")
    folder = ENVIRONMENTS / f"{first[0].partition('[')[0]}-{first[2]}"
    python = folder / "bin" / "python"
    if not (folder / "ready").is_file():
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *client.requirements], check=True)
        (folder / "ready").touch()
    return python


if __name__ == "__main__":
    sys.exit(min(main("--record" in sys.argv, [a for a in sys.argv[1:] if not a.startswith("-")]), 1))
