"""A running local target for each test, and the real google clients that speak to it."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from batch_files import model_of_examples
from google.auth.credentials import AnonymousCredentials
from google_clients import refusal, service

from workbench.core.lazy import tensorflow
from workbench.core.serve.run import running

with warnings.catch_warnings():
    # google.api_core wishes for grpcio-status when TensorFlow has brought grpcio along.
    warnings.simplefilter("ignore", ImportWarning)
    from google.cloud import storage

StorageClient = Callable[[str], Any]
MlClient = Callable[[str], Any]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "root"


@pytest.fixture
def url(root: Path) -> Iterator[str]:
    with running(root) as address:
        yield address


@pytest.fixture
def storage_at() -> Iterator[StorageClient]:
    """Makes a storage client for an address; closed when the test ends."""
    with ExitStack() as stack:

        def make(address: str) -> Any:
            anonymous = AnonymousCredentials()  # type: ignore[no-untyped-call]
            client = storage.Client(project="p", credentials=anonymous, client_options={"api_endpoint": address})
            client._http.trust_env = False
            stack.callback(client.close)
            return client

        yield make


@pytest.fixture
def ml_at() -> Iterator[MlClient]:
    """Makes an `ml` v1 client for an address; closed when the test ends."""
    with ExitStack() as stack:

        def make(address: str) -> Any:
            client = service("ml", address)
            stack.callback(client.close)
            return client.projects()

        yield make


@pytest.fixture
def bucket(url: str, storage_at: StorageClient) -> Any:
    return storage_at(url).create_bucket("workbench")


@pytest.fixture
def ml(url: str, ml_at: MlClient) -> Any:
    return ml_at(url)


@pytest.fixture(scope="session")
def saved_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`image` (a number as text) and `key` in; `scores` (the number, its double), `key` and `raw_bytes` out."""
    tf = tensorflow()
    v1 = tf.compat.v1
    folder = tmp_path_factory.mktemp("export") / "tiny"
    with tf.Graph().as_default(), v1.Session() as session:
        image = v1.placeholder(tf.string, [None], name="image")
        key = v1.placeholder(tf.string, [None], name="key")
        number = tf.strings.to_number(image)
        outputs = {"scores": tf.stack([number, number * 2], axis=1), "key": tf.identity(key), "raw_bytes": image + "!"}
        signature = v1.saved_model.predict_signature_def({"image": image, "key": key}, outputs)
        alone = v1.saved_model.predict_signature_def({"image": image}, {"total": tf.reduce_sum(number)})
        signatures = {"serving_default": signature, "total": alone}
        builder = v1.saved_model.Builder(str(folder))
        builder.add_meta_graph_and_variables(session, ["serve"], signatures, strip_default_attrs=True)
        builder.save()
    return folder


def upload(bucket: Any, folder: Path, prefix: str) -> str:
    """Every file of a folder under a prefix; the gs:// directory."""
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        bucket.blob(f"{prefix}/{path.relative_to(folder).as_posix()}").upload_from_filename(str(path))
    return f"gs://{bucket.name}/{prefix}/"


def settle(ml: Any, operation: dict[str, Any], seconds: float = 150) -> dict[str, Any]:
    """The operation once it is done."""
    until = time.monotonic() + seconds
    while not operation.get("done"):
        assert time.monotonic() < until, operation
        time.sleep(0.02)
        operation = ml.operations().get(name=operation["name"]).execute()
    return operation


@pytest.fixture
def deploy(ml: Any, bucket: Any, saved_model: Path) -> Callable[..., dict[str, Any]]:
    """Creates a version of a model (made if it is not there) from the tiny SavedModel; the ended operation."""

    def make(version: str, model: str = "m") -> dict[str, Any]:
        if not any(
            m["name"].endswith(f"/{model}") for m in ml.models().list(parent="projects/p").execute().get("models", [])
        ):
            ml.models().create(parent="projects/p", body={"name": model}).execute()
        uri = upload(bucket, saved_model, f"{model}/{version}")
        body = {"name": version, "deploymentUri": uri}
        request = ml.models().versions().create(parent=f"projects/p/models/{model}", body=body)
        return settle(ml, request.execute())

    return make


@pytest.fixture(name="upload")
def _upload() -> Callable[[Any, Path, str], str]:
    return upload


@pytest.fixture(name="settle")
def _settle() -> Callable[..., dict[str, Any]]:
    return settle


VertexClient = Callable[[str], Any]


@pytest.fixture
def vertex_at() -> Iterator[VertexClient]:
    """Makes an `aiplatform` v1 client for an address; closed when the test ends."""
    with ExitStack() as stack:

        def make(address: str) -> Any:
            client = service("aiplatform", address)
            stack.callback(client.close)
            return client.projects().locations()

        yield make


@pytest.fixture
def vertex(url: str, vertex_at: VertexClient) -> Any:
    return vertex_at(url)


def finished(methods: Any, operation: dict[str, Any]) -> dict[str, Any]:
    """The operation once it is done, by the API's own `wait`; `methods` is the noun it lies below."""
    for _ in range(20):
        if operation.get("done"):
            return operation
        operation = methods.operations().wait(name=operation["name"], timeout="5s").execute()
    raise AssertionError(operation)


@pytest.fixture(name="finished")
def _finished() -> Callable[[Any, dict[str, Any]], dict[str, Any]]:
    return finished


@pytest.fixture(name="refusal")
def _refusal() -> Callable[[Any], dict[str, Any]]:
    return refusal


@pytest.fixture(scope="session")
def by_example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return model_of_examples(tmp_path_factory.mktemp("examples") / "model")
