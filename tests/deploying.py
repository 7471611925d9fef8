"""Exports with golden cases, buckets and targets of every kind, for tests that deploy."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
from google.auth.credentials import AnonymousCredentials

from workbench.core.deploy.port import Instance
from workbench.core.deploy.push import push as core_push
from workbench.core.progress import Report
from workbench.spec.manifest import MANIFEST_PATH, ExportManifest, GoldenCase, ModelSource
from workbench.spec.project import Project
from workbench.spec.release import PushOrder
from workbench.spec.settings import SignatureSettings
from workbench.spec.target import AnyTarget, PushResult
from workbench.spec.targets.base import Target
from workbench.spec.targets.folder import FolderTarget
from workbench.spec.targets.local import LocalTarget
from workbench.spec.targets.mlengine import MlEngineTarget
from workbench.spec.targets.vertex import VertexTarget
from workbench.spec.tensors import SignatureInput, SignatureOutput, TensorSpec

BUCKET = "stage-bucket"
CLOUD = "my-project"
REGION = "us-central1"

TEXT = TensorSpec("DT_STRING", (-1,), "key:0")


def golden_export(export: Path, folder: Path, factor: float, *, wrong: float = 0.0) -> Path:
    """A copy of the number-and-key export with two golden cases, `wrong` off from what it answers."""
    made = shutil.copytree(export, folder / f"golden-{factor}")
    cases = tuple(
        GoldenCase({"number": str(n), "key": f"k{n}"}, {"scores": n * factor + wrong, "key": f"k{n}"})
        for n in (1.5, -2.0)
    )
    scores = TensorSpec("DT_FLOAT", (-1,), "scores:0")
    manifest = ExportManifest(
        project=Project(model="m.h5", signature=SignatureSettings(tf_example="", tensor="")),
        model=ModelSource("m.h5", "a" * 64, 1, "2.2.4"),
        versions={},
        fingerprint="f" * 64,
        serving="serving_default",
        feeds=(
            SignatureInput("key", "passthrough", "key", TEXT),
            SignatureInput("number", "tensor", "number", TensorSpec("DT_STRING", (-1,), "number:0")),
        ),
        answers=(
            SignatureOutput("scores", "output", "scores", scores),
            SignatureOutput("key", "passthrough", "key", TEXT),
        ),
        golden=cases,
    )
    path = made / MANIFEST_PATH
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(msgspec.json.encode(manifest))
    return made


def push(export: Path, target: Target, *, report: Report, smoke: Sequence[Instance] = (), **asked: Any) -> PushResult:
    """`core.deploy.push`, what is asked for by its names."""
    return core_push(export, target, PushOrder(**asked), report=report, smoke=smoke)


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """A server of this handler on a free port, for the length of a block: its URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def storage_client(url: str) -> Any:
    """The real storage client at a local target."""
    from google.cloud import storage

    anonymous = AnonymousCredentials()  # type: ignore[no-untyped-call]
    client = storage.Client(project="p", credentials=anonymous, client_options={"api_endpoint": url})
    client._http.trust_env = False
    return client


def make_bucket(url: str) -> None:
    """The bucket of `clouds`: real projects have one, and no push makes it for them."""
    client = storage_client(url)
    if not client.bucket(BUCKET).exists():
        client.create_bucket(BUCKET)
    client.close()


def clouds(url: str, folder: Path) -> dict[str, AnyTarget]:
    """A target of every kind, all at one local target."""
    return {
        "local": LocalTarget(url=url),
        "mlengine": MlEngineTarget(project=CLOUD, region=REGION, bucket=f"gs://{BUCKET}/ml", url=url, runtime="2.11"),
        "vertex": VertexTarget(project=CLOUD, region=REGION, bucket=BUCKET, url=url),
        "serving": VertexTarget(
            project=CLOUD,
            region=REGION,
            bucket=BUCKET,
            url=url,
            image="us-docker.pkg.dev/p/r/tensorflow/serving:2.16.1",
        ),
        "disk": FolderTarget(path=str(folder / "repository")),
        "bucket": FolderTarget(path=f"gs://{BUCKET}/repository", storage_url=url),
    }
