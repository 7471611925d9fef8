"""The doors through which files and messages of others come in: each with a corpus of real ones, and what reads it.

A reader returns, or raises `WorkbenchError`; anything else is a finding. Nothing here imports TensorFlow or Keras.
"""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import numpy as np
from fuzz.http_routes import answer, requests
from support import REFERENCE

from workbench.core.data.peek import peek
from workbench.core.deploy.release_log import lines, log_path
from workbench.core.deploy.state import PushJournal
from workbench.core.instances.array_files import arrays_of, rows_of
from workbench.core.instances.feature_index import FeatureIndex
from workbench.core.instances.image_header import look
from workbench.core.instances.jsonlines import read_lines, value_of
from workbench.core.instances.tfrecords import read_records, record_of
from workbench.core.model.load_permission import scan
from workbench.core.predict.run_journal import NAME, RunJournal
from workbench.core.savedmodel.read import read_graph, read_signatures
from workbench.core.varint import varint
from workbench.spec.errors import ErrorInfo
from workbench.spec.manifest import MANIFEST_PATH, ExportManifest, ModelSource, read_export_manifest
from workbench.spec.messages import Cancel, Failed, Inspect, ReadProject, decode_event, decode_request, encode
from workbench.spec.project import Project, load_project

DATA: Final = Path(__file__).parents[1] / "data"
Corpus = list[bytes]


class Reader(NamedTuple):
    """One door: a file's ending, real files, and what reads one at a path."""

    ending: str
    corpus: Callable[[], Corpus]
    read: Callable[[Path], object]


def _h5() -> Corpus:
    own = (REFERENCE / "tiny_cnn.h5", REFERENCE / "image_and_features.h5")
    return [path.read_bytes() for path in (*sorted((DATA / "keras3_h5").glob("*.h5")), *own)]


def _archives() -> Corpus:
    return [path.read_bytes() for path in sorted((DATA / "keras3_h5").glob("*.keras"))]


def _projects() -> Corpus:
    sample = Path(__file__).parents[2] / "resources" / "sample" / "project.toml"
    cloud = (
        b'workbench = 1\nmodel = "m.h5"\ncustom = "layers.py"\n[preprocess]\nsize = [32, 32]\nreader = "tf1"\n'
        b'[signature]\nlabels = ["a", "b"]\ntop_k = 2\ndefaults = {f = [1.5, 2]}\n[check]\naccuracy = 0.5\n'
        b'[targets.v]\nkind = "vertex"\nproject = "p"\nregion = "r"\nbucket = "b"\nlabels = {a = "b"}\n'
    )
    return [sample.read_bytes(), cloud]


def _features() -> Corpus:
    return [
        b'{"file": "a.jpg", "x": [1, 2.5], "y": "t"}\n{"file": "b.jpg", "x": [3, 4], "y": null}\n',
        b'\xef\xbb\xbf{"file": "a.jpg"}\n\n{"file": "b.jpg", "z": {"a": [1e3, true]}}\n',
    ]


def _tables() -> Corpus:
    return [b'file,x,y\r\na.jpg,"[1, 2]",t\r\nb.jpg,3,"say ""hi"""\r\n', b"file,x\na,1\nb,-2e5\n"]


def _parquet() -> Corpus:
    import pyarrow
    import pyarrow.parquet

    table = pyarrow.table({"file": ["a.jpg", "b.jpg"], "x": [[1.0, 2.0], [3.0]], "y": ["t", None]})
    made = []
    for packing in ("none", "snappy", "gzip"):
        out = io.BytesIO()
        pyarrow.parquet.write_table(table, out, compression=packing)
        made.append(out.getvalue())
    return made


def _arrays() -> Corpus:
    made = []
    for array in (np.arange(6.0).reshape(2, 3), np.array([b"ab", b"c"]), np.asfortranarray(np.ones((3, 2), "i4"))):
        out = io.BytesIO()
        np.save(out, array)
        made.append(out.getvalue())
    return made


def _array_archives() -> Corpus:
    made = []
    for save in (np.savez, np.savez_compressed):
        out = io.BytesIO()
        save(out, x=np.arange(6.0).reshape(2, 3), names=np.array(["a", "b"]), f=np.asfortranarray(np.ones((2, 2))))
        made.append(out.getvalue())
    return made


def _json_lines() -> Corpus:
    plain = b'{"input": {"b64": "AAAA"}, "metadata": "x"}\n[1, [2.5, null]]\n\n"text \\u00e9"\n'
    return [plain, gzip.compress(plain)]


def _records() -> Corpus:
    plain = b"".join(part for data in (b"one", bytes(200), b"") for part in record_of([data]))
    return [plain, gzip.compress(plain)]


def _message(*fields: tuple[int, bytes]) -> bytes:
    """A protobuf message of fields with a length (its "Encoding" page)."""
    return b"".join(varint(number << 3 | 2) + varint(len(data)) + data for number, data in fields)


def _graphs() -> Corpus:
    """A SavedModel of one signature and two nodes, one of them in a function, by the numbers of TensorFlow's fields."""
    shape = _message((2, b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), (2, b"\x08\x03"))
    tensor = _message((1, b"x:0")) + b"\x10\x01" + _message((3, shape))
    signature = _message((1, _message((1, b"x"), (2, tensor))), (2, _message((1, b"y"), (2, tensor))), (3, b"predict"))
    node = _message((1, b"x"), (2, b"Placeholder"), (5, _message((1, b"dtype"), (2, b"\x30\x01"))))
    library = _message((1, _message((1, _message((1, b"f"))), (3, node))))
    about = _message((1, b"0" * 64), (4, b"serve"), (5, b"2.21.0"))
    meta = _message((1, about), (2, _message((1, node), (2, library))), (5, _message((1, b"serve"), (2, signature))))
    return [b"\x08\x01" + _message((2, meta))]


def _manifests() -> Corpus:
    made = ExportManifest(
        project=Project(model="m.h5"), model=ModelSource("m.h5", "0" * 64, 1, "3"), versions={"keras": "3"},
        fingerprint="f", serving="serving_default", feeds=(), answers=(),
    )  # fmt: skip
    return [msgspec.json.encode(made)]


def _log() -> Corpus:
    line = {
        "when": "2026-01-01T00:00:00.0Z", "who": "me", "action": "push", "outcome": "done", "model": "m",
        "version": "v", "place": {"kind": "local", "project": "local", "url": "http://127.0.0.1:1"}, "bytes": 5,
    }  # fmt: skip
    entry = {
        "place": line["place"], "model": "m", "asked": "v", "digest": "d", "origin": "o", "step": "staging",
        "started": "2026",
    }  # fmt: skip
    plan, mark = {"parts": {"export": "x"}, "total": 9}, {"rows": 4, "offset": 80}
    return [b"".join(json.dumps(one).encode() + b"\n" for one in (line, entry)), json.dumps(plan).encode() + b"\n"
            + json.dumps(mark).encode() + b"\n"]  # fmt: skip


def _images() -> Corpus:
    from PIL import Image

    made = [path.read_bytes() for path in sorted((REFERENCE / "images").glob("*.jpg"))[:2]]
    for kind in ("PNG", "GIF", "BMP"):
        out = io.BytesIO()
        Image.new("RGB", (5, 4), "red").save(out, kind)
        made.append(out.getvalue())
    return made


def _requests() -> Corpus:
    return [encode(Inspect(id=1, path="a.h5")), encode(ReadProject(id=2, path="p")), encode(Cancel(id=3))]


def _events() -> Corpus:
    return [encode(Failed(id=1, error=ErrorInfo("NO_FILE", "x"))), b'{"type":"RowsDone","id":4,"rows":1,"failed":0}\n']


def _read_arrays(path: Path) -> None:
    for stored in arrays_of(str(path), path.suffix[1:]).values():
        for _ in rows_of(stored):
            pass
    peek(path, 2)


def _read_lines(path: Path) -> None:
    for _, line in read_lines(str(path)):
        if isinstance(line, bytes):
            value_of(line)
    peek(path, 1)


def _read_graph(path: Path) -> None:
    (path.parent / "saved_model.pb").write_bytes(path.read_bytes())
    read_signatures(path.parent)
    read_graph(path.parent)


def _read_manifest(path: Path) -> None:
    place = path.parent / MANIFEST_PATH
    place.parent.mkdir(exist_ok=True)
    place.write_bytes(path.read_bytes())
    if (told := read_export_manifest(path.parent)) is not None:
        msgspec.json.encode(told)


def _read_log(path: Path) -> None:
    data = path.read_bytes()
    log_path().parent.mkdir(parents=True, exist_ok=True)
    log_path().write_bytes(data)
    list(lines())
    PushJournal(path).read()
    (path.parent / NAME).write_bytes(data)
    if (journal := RunJournal.again(path.parent)) is not None:
        journal.close()


READERS: Final[Mapping[str, Reader]] = {
    "h5": Reader(".h5", _h5, lambda path: msgspec.json.encode(scan(path))),
    "keras": Reader(".keras", _archives, lambda path: msgspec.json.encode(scan(path))),
    "project": Reader(".toml", _projects, lambda path: msgspec.json.encode(load_project(path))),
    "features-lines": Reader(".jsonl", _features, lambda path: FeatureIndex(path).close()),
    "features-csv": Reader(".csv", _tables, lambda path: FeatureIndex(path).close()),
    "parquet": Reader(".parquet", _parquet, lambda path: FeatureIndex(path).close()),
    "npy": Reader(".npy", _arrays, _read_arrays),
    "npz": Reader(".npz", _array_archives, _read_arrays),
    "json-lines": Reader(".jsonl", _json_lines, _read_lines),
    "tfrecord": Reader(".tfrecord", _records, lambda path: list(read_records(str(path)))),
    "saved-model": Reader(".bin", _graphs, _read_graph),
    "manifest": Reader(".json", _manifests, _read_manifest),
    "log": Reader(".json", _log, _read_log),
    "image": Reader(".bin", _images, lambda path: look(path.read_bytes())),
    "requests": Reader(".json", _requests, lambda path: decode_request(path.read_bytes())),
    "events": Reader(".json", _events, lambda path: decode_event(path.read_bytes())),
    "http": Reader(".http", requests, answer),
}
"""Every door by its name."""
