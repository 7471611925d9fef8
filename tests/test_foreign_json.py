"""JSON and MessagePack of others are read by the one bounded reader, or where every decoding error is caught."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

PACKAGE: Final = Path(__file__).parents[1] / "workbench"

READER: Final = "spec/foreign_json.py"

OWN: Final = {
    "spec/report.py": "a report that was encoded on the same line",
    "core/check/tensorflow_fork.py": "the order that the parent process has written",
    "core/check/load_worker.py": "the order that the parent process has written",
    "core/check/load_client.py": "the answer of a child process of ours",
    "core/check/reference_worker.py": "messages between a child process of ours and its parent",
    "core/check/report_cache.py": "a report whose hash was checked",
    "core/data/duplicate_ids.py": "lines that this run has written",
    "core/deploy/dryrun/fake_storage.py": "requests of Google's client in this process",
    "core/deploy/dryrun/recorder.py": "requests of Google's client in this process",
    "core/instances/feature_index.py": "the index that this process has written",
    "core/predict/row_files.py": "rows that this run has written",
    "core/savedmodel/reach.py": "a resource of the package",
    "core/serve/api_route.py": "Google's discovery documents as installed",
    "core/serve/vertex/discovery.py": "Google's discovery documents as installed",
    "core/serve/vertex/routing.py": "a response that this server has made",
    "core/serve/storage/routing.py": "a response that this server has made",
    "core/serve/vertex/background_work.py": "rows of the server's database",
    "core/serve/vertex/operations.py": "rows of the server's database",
    "core/serve/vertex/registry.py": "rows of the server's database",
    "core/serve/vertex/endpoints.py": "rows of the server's database",
    "core/serve/storage/buckets_api.py": "rows of the server's database",
    "core/serve/storage/uploads.py": "rows of the server's database",
    "core/serve/storage/object_types.py": "rows of the server's database",
    "core/serve/ml/operations.py": "rows of the server's database",
    "core/serve/ml/registry.py": "rows of the server's database",
    "core/serve/batch/jobs.py": "rows of the server's database",
}
"""Modules that decode what the Workbench itself, or an installed package, has written."""

DECODERS: Final = {
    *("json.loads", "json.load", "msgspec.json.decode", "msgspec.msgpack.decode"),
    *("_plans.decode", "_marks.decode", "_decoder.decode", "_requests.decode", "_events.decode"),
}


def unguarded(source: str) -> Iterator[tuple[str, int]]:
    """Each decoding of the text that is neither in a `try` that catches `DECODE_ERRORS` nor by `json_value`."""
    guarded: set[ast.AST] = set()
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Try) and any("DECODE_ERRORS" in ast.unparse(h.type or node) for h in node.handlers):
            guarded |= {inner for part in node.body for inner in ast.walk(part)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or node in guarded:
            continue
        name = ast.unparse(node.func)
        # `json.loads` reads what msgspec's errors do not cover; it is for the reader alone.
        if name in DECODERS or name.endswith(("JSONDecoder", "raw_decode")):
            yield name, node.lineno


def found() -> dict[str, list[tuple[str, int]]]:
    """What is unguarded, by module."""
    by_module = {
        path.relative_to(PACKAGE).as_posix(): list(unguarded(path.read_text(encoding="utf-8")))
        for path in sorted(PACKAGE.rglob("*.py"))
    }
    return {module: calls for module, calls in by_module.items() if calls and module != READER}


def test_json_of_others_is_decoded_by_the_bounded_reader_or_under_guard() -> None:
    assert {module: calls for module, calls in found().items() if module not in OWN} == {}


def test_the_modules_that_read_their_own_are_no_more_than_those() -> None:
    assert set(OWN) == set(found())


def test_every_decoder_object_is_known_by_its_name() -> None:
    named = {
        f"{target.id}.decode"
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.AnnAssign | ast.Assign) and isinstance(node.value, ast.Call)
        if ast.unparse(node.value.func) in ("msgspec.json.Decoder", "msgspec.msgpack.Decoder")
        for target in ([node.target] if isinstance(node, ast.AnnAssign) else node.targets)
        if isinstance(target, ast.Name)
    }
    assert named == {name for name in DECODERS if name.startswith("_")}


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("import json\njson.loads(x)", 1),
        ("try:\n    msgspec.json.decode(x)\nexcept (OSError, *DECODE_ERRORS):\n    y = 1", 0),
        ("try:\n    msgspec.json.decode(x)\nexcept msgspec.DecodeError:\n    y = 1", 1),
        ("try:\n    a()\nexcept DECODE_ERRORS:\n    json.load(x)", 1),
        ("json_value(x)", 0),
    ],
)
def test_a_decoding_without_guard_is_seen(source: str, count: int) -> None:
    assert len(list(unguarded(source))) == count
