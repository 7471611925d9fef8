"""A request as client code: curl, Python with the Google client, gcloud.

Each is ready to run beside a file `image.jpg`; only a version's own name has to be put in.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any, Final

from workbench.spec.render import SAMPLE_B64, SAMPLE_EXAMPLE
from workbench.spec.targets.local import LOCAL_PORT

LOCAL_URL: Final = f"http://127.0.0.1:{LOCAL_PORT}"
"""Where the practice server listens unless told otherwise."""

MODEL: Final = "MODEL"
PROJECT: Final = "PROJECT"

_FILES: Final = {SAMPLE_B64: "image.jpg", SAMPLE_EXAMPLE: "record.bin"}
"""The sample contents and the files that stand for them in a program."""


def as_json(body: Mapping[str, object]) -> str:
    """A body as people read it."""
    return json.dumps(body, indent=2, ensure_ascii=False)


def curl(body: Mapping[str, object], url: str = LOCAL_URL, project: str = "local", model: str = MODEL) -> str:
    """One POST to the online prediction API; the body goes through standard input, for images are long."""
    address = shlex.quote(f"{url.rstrip('/')}/v1/projects/{project}/models/{model}:predict")
    head = f"curl -sS -X POST -H 'Content-Type: application/json' --data-binary @- {address}"
    return f"{head} <<JSON\n{_for_shell(as_json(body))}\nJSON"


def gcloud(body: Mapping[str, object], model: str = MODEL) -> str:
    """`gcloud ai-platform predict` on a file of one JSON instance a line."""
    lines = "\n".join(json.dumps(instance, ensure_ascii=False) for instance in _instances(body))
    name = body.get("signature_name")
    option = f" --signature-name={shlex.quote(str(name))}" if name else ""
    write = f"cat > instances.json <<JSON\n{_for_shell(lines)}\nJSON"
    return f"{write}\ngcloud ai-platform predict --model={shlex.quote(model)} --json-instances=instances.json{option}"


def _for_shell(text: str) -> str:
    """Text for an unquoted here-document, whose sample contents become those of files."""
    for sign in ("\\", "$", "`"):
        text = text.replace(sign, f"\\{sign}")
    for sample, file in _FILES.items():
        text = text.replace(sample, f"$(base64 < {file} | tr -d '\\n')")
    return text


def python(body: Mapping[str, object], url: str = "", project: str = PROJECT, model: str = MODEL) -> str:
    """A program with google-api-python-client; with `url` for a target without accounts that listens there."""
    instance = dict(_instances(body)[0])
    files = [file for sample, file in _FILES.items() if sample in json.dumps(instance, ensure_ascii=False)]
    named = f"'signature_name': {body['signature_name']!r}, " if "signature_name" in body else ""
    made = [f"instance = {{{''.join(f'{chr(10)}    {k!r}: {_value(v)},' for k, v in instance.items())}", "}"]
    name = f"projects/{project}/models/{model}"
    return "\n".join(
        [
            *_imports(url, files),
            *made,
            f"service = build('ml', 'v1'{_options(url)})",
            f"request = {{{named}'instances': [instance]}}",
            f"reply = service.projects().predict(name={name!r}, body=request).execute()",
            "if 'error' in reply:",
            "    raise RuntimeError(reply['error'])",
            "print(reply['predictions'][0])",
        ]
    )


def _imports(url: str, files: list[str]) -> list[str]:
    lines = ["import base64", "from pathlib import Path", ""] if files else []
    lines += ["from google.auth.credentials import AnonymousCredentials"] if url else []
    return [*lines, "from googleapiclient.discovery import build", ""]


def _options(url: str) -> str:
    return f", client_options={{'api_endpoint': {url!r}}}, credentials=AnonymousCredentials()" if url else ""


def _value(value: object) -> str:
    if isinstance(value, Mapping) and set(value) == {"b64"}:
        file = _FILES.get(str(value["b64"]), "image.jpg")
        return f"{{'b64': base64.b64encode(Path({file!r}).read_bytes()).decode()}}"
    return repr(value)


def _instances(body: Mapping[str, object]) -> list[Mapping[str, Any]]:
    instances = body["instances"]
    return list(instances) if isinstance(instances, list) else []
