"""Across modules. TensorFlow Serving's REST over the versions of `ml` v1: its shapes, its words, its status codes."""

from __future__ import annotations

import http.client
import json
import math
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from workbench.core.lazy import tensorflow
from workbench.core.serve.run import running
from workbench.core.serve.serving.server_limits import ServerLimits

PARENT = "projects/p"
MODEL = "projects/p/models/m"


class Rest:
    """One request a call."""

    def __init__(self, url: str) -> None:
        self.address = urlsplit(url).netloc

    def __call__(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        with closing(http.client.HTTPConnection(self.address, timeout=30)) as connection:
            connection.request(method, path, data)
            reply = connection.getresponse()
            return reply.status, json.loads(reply.read())


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`x`, a float, to `y` = 2x; `a` and `b` to `sum` and `text`; a classifier and a regressor of Examples."""
    tf = tensorflow()
    v1 = tf.compat.v1
    folder = tmp_path_factory.mktemp("several") / "model"
    with tf.Graph().as_default(), v1.Session() as session:
        x = v1.placeholder(tf.float32, [None], name="x")
        a = v1.placeholder(tf.int32, [None, 2], name="a")
        b = v1.placeholder(tf.string, [None], name="b")
        records = v1.placeholder(tf.string, [None], name="records")
        features = {"n": tf.io.FixedLenFeature([1], tf.float32), "t": tf.io.FixedLenFeature([1], tf.string, "none")}
        parsed = tf.io.parse_example(records, features)
        number = parsed["n"]
        label = tf.concat([parsed["t"], tf.fill(tf.shape(parsed["t"]), "other")], 1)
        build = v1.saved_model
        signatures = {
            "serving_default": build.predict_signature_def({"x": x}, {"y": x * 2.0}),
            "two": build.predict_signature_def(
                {"a": a, "b": b}, {"sum": tf.reduce_sum(a, 1), "text": b, "raw_bytes": b}
            ),
            "classes": build.classification_signature_def(records, label, tf.concat([number, 1 - number], 1)),
            "value": build.regression_signature_def(records, number * 10),
        }
        builder = build.Builder(str(folder))
        builder.add_meta_graph_and_variables(session, ["serve"], signatures, strip_default_attrs=True)
        builder.save()
    return folder


@pytest.fixture(scope="module")
def rest(tmp_path_factory: pytest.TempPathFactory, several: Path) -> Iterator[Rest]:
    """A server with the versions `v1` and `v2` of one model; `v2` has a label and a failed one is beside them."""
    with running(tmp_path_factory.mktemp("shared")) as url:
        call = Rest(url)
        call("POST", "/storage/v1/b", {"name": "bucket"})
        upload = "/upload/storage/v1/b/bucket/o?uploadType=media&name="
        call("POST", f"{upload}m/saved_model.pb", (several / "saved_model.pb").read_bytes())
        call("POST", f"{upload}bad/saved_model.pb", b"no model")
        call("POST", f"/v1/{PARENT}/models", {"name": "m"})
        wanted: dict[str, dict[str, Any]] = {
            "v1": {},
            "v2": {"labels": {"canary": ""}},
            "v3": {"deploymentUri": "gs://bucket/bad"},
        }
        for name, more in wanted.items():
            body = {"name": name, "deploymentUri": "gs://bucket/m", **more}
            _, operation = call("POST", f"/v1/{MODEL}/versions", body)
            while not operation.get("done"):
                _, operation = call("GET", f"/v1/{operation['name']}")
        yield call


M = "/v1/models/m"
NAN = b'{"instances": [NaN, Infinity]}'


@pytest.mark.parametrize(
    ("path", "body", "reply"),
    [
        (f"{M}:predict", {"instances": [1.0, 2, 0.1]}, {"predictions": [2.0, 4.0, 0.2]}),
        (f"{M}:predict", {"instances": [{"x": 1.5}]}, {"predictions": [3.0]}),
        (f"{M}:predict", {"inputs": [1.0, 2.0]}, {"outputs": [2.0, 4.0]}),
        (f"{M}:predict", {"inputs": {"x": [1.0]}}, {"outputs": [2.0]}),
        (f"{M}/versions/2:predict", {"instances": [1.0]}, {"predictions": [2.0]}),
        (f"{M}/versions/v2:predict", {"instances": [1.0]}, {"predictions": [2.0]}),
        (f"{M}/labels/canary:predict", {"instances": [1.0]}, {"predictions": [2.0]}),
        (
            f"{M}:predict",
            {"signature_name": "two", "instances": [{"a": [1, 2], "b": "x"}, {"a": [3, 4], "b": {"b64": "w7w="}}]},
            {
                "predictions": [
                    {"sum": 3, "text": "x", "raw_bytes": {"b64": "eA=="}},
                    {"sum": 7, "text": "ü", "raw_bytes": {"b64": "w7w="}},
                ]
            },
        ),
        (
            f"{M}:predict",
            {"signature_name": "two", "inputs": {"a": [[1, 2]], "b": ["x"]}},
            {"outputs": {"sum": [3], "text": ["x"], "raw_bytes": [{"b64": "eA=="}]}},
        ),
        (
            f"{M}:classify",
            {"signature_name": "classes", "examples": [{"n": 0.25, "t": "cat"}, {"n": [1.0]}]},
            {"results": [[["cat", 0.25], ["other", 0.75]], [["none", 1.0], ["other", 0.0]]]},
        ),
        (
            f"{M}:classify",
            {"signature_name": "classes", "context": {"t": {"b64": "ZG9n"}}, "examples": [{"n": 0.5}]},
            {"results": [[["dog", 0.5], ["other", 0.5]]]},
        ),
        (f"{M}:regress", {"signature_name": "value", "examples": [{"n": 0.5}, {"n": 2.0}]}, {"results": [5.0, 20.0]}),
    ],
)
def test_a_request_is_answered_in_the_form_it_was_made_in(rest: Rest, path: str, body: object, reply: object) -> None:
    assert rest("POST", path, body) == (200, reply)


def test_numbers_that_json_has_not_are_taken_and_given(rest: Rest) -> None:
    status, reply = rest("POST", f"{M}:predict", NAN)
    assert (status, math.isnan(reply["predictions"][0]), reply["predictions"][1]) == (200, True, math.inf)


@pytest.mark.parametrize(
    ("path", "body", "status", "text"),
    [
        ("/v1/models/half:predict", {"instances": [1.0]}, 404, "Servable not found for request: Latest(half)"),
        (f"{M}/versions/9:predict", {"instances": [1.0]}, 404, "Servable not found for request: Specific(m, 9)"),
        (f"{M}/versions/3:predict", {"instances": [1.0]}, 404, "Servable not found for request: Specific(m, 3)"),
        (f"{M}/labels/none:predict", {"instances": [1.0]}, 400, "Unrecognized servable version label: none"),
        (f"{M}:explode", {"instances": [1.0]}, 400, f"Malformed request: POST {M}:explode"),
        (M, {"instances": [1.0]}, 400, f"Malformed request: POST {M}"),
        (f"{M}:predict", b"", 400, "JSON Parse error: The document is empty"),
        (f"{M}:predict", b"{", 400, "JSON Parse error: "),
        pytest.param(f"{M}:predict", b"9" * 5000, 400, "JSON Parse error: ", id="digits"),
        (f"{M}:predict", [1], 400, "JSON Value: [1] Is not object"),
        (f"{M}:predict", {"x": 1}, 400, "Missing 'inputs' or 'instances' key"),
        (f"{M}:predict", {"instances": [1], "inputs": [1]}, 400, "expecting only one of 'inputs' or 'instances'"),
        (f"{M}:predict", {"instances": 1}, 400, "Excepting 'instances' to be an list/array"),
        (f"{M}:predict", {"instances": []}, 400, "No values in 'instances' array"),
        (f"{M}:predict", {"instances": [1], "signature_name": 5}, 400, "'signature_name' key must be a string value."),
        (
            f"{M}:predict",
            {"instances": [1], "signature_name": "no"},
            400,
            'Serving signature name: "no" not found in signature def',
        ),
        (
            f"{M}:predict",
            {"instances": ["a"]},
            400,
            "Failed to process element: 0 of 'instances' list. Error: INVALID_ARGUMENT: "
            'JSON Value: "a" Type: String is not of expected type: float',
        ),
        (f"{M}:predict", {"instances": [{"b64": "AAAA"}]}, 400, "Type: Object is not of expected type: float"),
        (f"{M}:predict", {"instances": [{"z": 1}]}, 400, "JSON object: does not have named input: z"),
        (f"{M}:predict", {"instances": [[1.0, [2.0]]]}, 400, "Encountered list at unexpected level: 1 expected < 1"),
        (f"{M}:predict", {"instances": [1, [2]]}, 400, "Expecting shape [] but got: [1]"),
        (
            f"{M}:predict",
            {"signature_name": "two", "instances": [1]},
            400,
            "instances is a plain list, but expecting list of objects",
        ),
        (
            f"{M}:predict",
            {"signature_name": "two", "instances": [{"a": [1, 2]}]},
            400,
            "keys must be equal to: a,b",
        ),
        (
            f"{M}:predict",
            {"signature_name": "two", "instances": [{"a": [1.5, 2], "b": "x"}]},
            400,
            "JSON Value: 1.5 Type: Number is not of expected type: int32",
        ),
        (
            f"{M}:predict",
            {"signature_name": "two", "instances": [{"a": [1, 2], "b": {"b64": "§"}}]},
            400,
            "Unable to base64 decode",
        ),
        (f"{M}:predict", {"signature_name": "two", "inputs": {"a": [[1, 2]]}}, 400, "Missing named input: b"),
        (f"{M}:classify", {"examples": [{"n": 1.0}]}, 400, "Was: tensorflow/serving/predict"),
        (f"{M}:classify", {"signature_name": "classes"}, 400, "key 'examples' is expected and was not found"),
        (
            f"{M}:regress",
            {"signature_name": "value", "examples": [{"n": [1.0, "a"]}]},
            400,
            "Unexpected element type in feature: n",
        ),
        (f"{M}:regress", {"signature_name": "value", "examples": [{}]}, 400, "n"),
    ],
)
def test_a_wrong_request_gets_the_words_of_tensorflow_serving(
    rest: Rest, path: str, body: object, status: int, text: str
) -> None:
    found, reply = rest("POST", path, body)
    assert (found, list(reply)) == (status, ["error"])
    assert text in reply["error"]


def test_the_status_tells_every_version_and_why_one_failed(rest: Rest) -> None:
    status, reply = rest("GET", M)
    states = [(v["version"], v["state"], v["status"]["error_code"]) for v in reply["model_version_status"]]
    assert (status, states) == (200, [("3", "END", "UNKNOWN"), ("2", "AVAILABLE", "OK"), ("1", "AVAILABLE", "OK")])
    one = {"version": "1", "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}
    assert rest("GET", f"{M}/versions/1") == (200, {"model_version_status": [one]})
    assert rest("GET", f"{M}/labels/canary")[1]["model_version_status"][0]["version"] == "2"
    assert rest("GET", f"{M}/versions/7") == (404, {"error": "Could not find version 7 of model m"})
    assert rest("GET", "/v1/models/none") == (404, {"error": "Could not find any versions of model none"})
    assert rest("GET", "/v1/models") == (400, {"error": "Missing model name in request."})


def test_the_metadata_are_the_signatures_as_protobuf_writes_them(rest: Rest, several: Path) -> None:
    from google.protobuf import json_format

    status, reply = rest("GET", f"{M}/metadata")
    assert (status, reply["model_spec"]) == (200, {"name": "m", "signature_name": "", "version": "1"})
    tensorflow()
    from tensorflow.core.protobuf import saved_model_pb2

    message = saved_model_pb2.SavedModel.FromString((several / "saved_model.pb").read_bytes())
    expected = {
        name: json_format.MessageToDict(
            definition, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
        )
        for name, definition in message.meta_graphs[0].signature_def.items()
    }
    for definition in expected.values():
        definition.pop("defaults", None)
    assert reply["metadata"]["signature_def"]["signature_def"] == expected


def test_ml_v1_answers_in_the_style_it_is_told(
    root: Path, several: Path, ml_at: Callable[[str], Any], storage_at: Any, upload: Any, settle: Any
) -> None:
    with running(root, quality=ServerLimits(style="tfserving")) as url:
        ml = ml_at(url)
        uri = upload(storage_at(url).create_bucket("bucket"), several, "m")
        ml.models().create(parent=PARENT, body={"name": "m"}).execute()
        for name, labels in {"v1": {}, "v2": {"reply_style": "gcloud"}}.items():
            body = {"name": name, "deploymentUri": uri, "labels": labels}
            settle(ml, ml.models().versions().create(parent=MODEL, body=body).execute())
        ask = {"body": {"instances": [1.0, 2.0]}}
        assert ml.predict(name=f"{MODEL}/versions/v1", **ask).execute() == {"predictions": [2.0, 4.0]}
        expected = {"predictions": [{"y": 2.0}, {"y": 4.0}]}
        assert ml.predict(name=f"{MODEL}/versions/v2", **ask).execute() == expected
        request = ml.predict(name=f"{MODEL}/versions/v1", body={"instances": ["a"]})
        with pytest.raises(Exception, match="400") as caught:
            request.execute()
        assert "is not of expected type: float" in json.loads(caught.value.content)["error"]  # type: ignore[attr-defined]
