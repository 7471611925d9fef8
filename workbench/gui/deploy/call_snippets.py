"""A call as others make it: the same request for curl and for Python's standard library. Pure."""

from __future__ import annotations

import json
from typing import Final
from urllib.parse import urlsplit

_GOOGLE: Final = ".googleapis.com"
"""Hosts that want a bearer token; `gcloud` prints one for the account that is signed in."""

_TOKEN: Final = ("gcloud", "auth", "print-access-token")
_END: Final = "END_OF_REQUEST"


def curl_text(url: str, body: dict[str, object]) -> str:
    """A POSIX shell command. The body comes on standard input: an argument may have 128 KiB at most on Linux."""
    token = [f'-H "Authorization: Bearer $({" ".join(_TOKEN)})"'] if wants_token(url) else []
    parts = ["curl -sS", '-H "Content-Type: application/json"', *token, "--data-binary @-", _quoted(url)]
    return f"{' '.join(parts)} <<'{_END}'\n{json.dumps(body)}\n{_END}\n"


def python_text(url: str, body: dict[str, object], pictures: dict[str, str] | None = None) -> str:
    """A script for Python 3 alone. `pictures` are base64 texts of the body and the files they are read from."""
    written = repr(body)
    for text, path in (pictures or {}).items():
        written = written.replace(repr(text), f"encoded({path!r})")
    reads = "encoded(" in written
    lines = ["import base64"] if reads else []
    lines += ["import json", *(["import subprocess"] if wants_token(url) else []), "import urllib.request", ""]
    if reads:
        lines += ["", *_ENCODED, ""]
    lines += [f"body = {written}", 'headers = {"Content-Type": "application/json"}']
    if wants_token(url):
        lines += [
            f"token = subprocess.run({list(_TOKEN)!r}, capture_output=True, check=True, text=True).stdout.strip()",
            'headers["Authorization"] = f"Bearer {token}"',
        ]
    lines += [f"request = urllib.request.Request({url!r}, json.dumps(body).encode(), headers)", *_SENT]
    return "\n".join(lines) + "\n"


_ENCODED: Final = (
    "def encoded(path):",
    '    with open(path, "rb") as file:',
    "        return base64.b64encode(file.read()).decode()",
    "",
)
_SENT: Final = (
    "with urllib.request.urlopen(request) as reply:",
    "    print(json.dumps(json.load(reply), indent=2))",
)


def wants_token(url: str) -> bool:
    """Whether the address is one of Google's own services."""
    return (urlsplit(url).hostname or "").endswith(_GOOGLE)


def _quoted(url: str) -> str:
    return "'" + url.replace("'", "'\\''") + "'"
