"""Vertex AI through its own SDK over REST: python vertex.py URL. Prints a JSON object verb: result.

The model's files lie at gs://bucket/m.
"""

from __future__ import annotations

import sys
from typing import Any

from google.auth.credentials import AnonymousCredentials
from google.cloud import aiplatform
from verbs import Verbs

IMAGE = "us-docker.pkg.dev/vertex-ai/prediction/tf2-cpu.2-15:latest"


def main(url: str) -> None:
    anonymous: Any = AnonymousCredentials  # Its constructor has no types.
    aiplatform.init(
        project="p",
        location="us-central1",
        credentials=anonymous(),
        api_endpoint=url,
        api_transport="rest",
        staging_bucket="gs://bucket",
    )
    verbs = Verbs()
    made: dict[str, object] = {}

    def keep(name: str, value: object) -> bool:
        made[name] = value
        return True

    def model() -> aiplatform.Model:
        found = made["model"]
        assert isinstance(found, aiplatform.Model)
        return found

    def endpoint() -> aiplatform.Endpoint:
        found = made["endpoint"]
        assert isinstance(found, aiplatform.Endpoint)
        return found

    def upload(parent: str | None = None) -> aiplatform.Model:
        return aiplatform.Model.upload(
            display_name="m", artifact_uri="gs://bucket/m", serving_container_image_uri=IMAGE, parent_model=parent
        )

    verbs.add("upload", lambda: keep("model", upload()), True)
    verbs.add("list", lambda: [m.display_name for m in aiplatform.Model.list()], ["m"])
    verbs.add("upload a version", lambda: upload(model().resource_name).version_id, "2")
    verbs.add("versions", lambda: [v.version_id for v in model().versioning_registry.list_versions()], ["1", "2"])
    verbs.add("create endpoint", lambda: keep("endpoint", aiplatform.Endpoint.create(display_name="e")), True)
    verbs.add("deploy", lambda: deploy(endpoint(), model()), 100)
    verbs.add(
        "predict",
        lambda: endpoint().predict([{"image": "2"}, {"image": "3"}], use_dedicated_endpoint=False).predictions[0]["y"],
        4.0,
    )
    verbs.add("undeploy", lambda: keep("none", endpoint().undeploy_all()), True)
    verbs.add("delete endpoint", lambda: endpoint().delete(), None)
    verbs.add("delete model", lambda: model().delete(), None)
    verbs.show()


def deploy(endpoint: aiplatform.Endpoint, model: aiplatform.Model) -> Any:
    endpoint.deploy(model, traffic_percentage=100, machine_type="n1-standard-2")
    return next(iter(endpoint.traffic_split.values()))


main(sys.argv[1])
