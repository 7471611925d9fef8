"""Loads an export in a separate process and reports time and memory; runs as a script under any TensorFlow.

It requires only TensorFlow (1.15 or later) and Python 3.6 or later, so it uses no newer syntax, and of the Workbench
only the C++ loader, for that loader alone. Arguments: the export, a folder, and the loaders ("session", "saved_model",
"serving"), which load the export one after the other. The folder contains `order.json`, `{"signature", "instances",
"repeat", "without_keras"}`, and gets `LOADER.json` as soon as that loader is done: the fields of
`load_client.LoadResult`, or `{"error"}`. Byte strings are `{"b64": ...}` in both.
"""

import base64
import gc
import json
import math
import os
import resource
import sys
import time
from typing import Any


def main() -> None:
    """The command line."""
    load(*sys.argv[1:])


def load(export: str, folder: str, *loaders: str) -> None:
    """Load and measure with one loader after the other; a result is written completely or not at all."""
    with open(os.path.join(folder, "order.json"), encoding="utf-8") as file:
        order = json.load(file)
    for loader in loaders:
        answer_file = os.path.join(folder, loader + ".json")
        with open(answer_file + ".part", "w", encoding="utf-8") as file:
            json.dump(answer(export, loader, order), file)
        os.replace(answer_file + ".part", answer_file)


def answer(export: str, loader: str, order: Any) -> Any:
    """The result of one loader, or the error."""
    try:
        return probe(export, loader, order)
    except Exception as err:  # noqa: BLE001 - whatever TensorFlow raises is the answer
        return {"error": f"{type(err).__name__}: {' '.join(str(err).split())[:2000]}"}


def probe(export: str, loader: str, order: Any) -> Any:
    """Import, load, call, and measure each."""
    if order.get("without_keras"):
        # TensorFlow imports Keras at start-up if it can (2 of 4.7 seconds, TensorFlow 2.21); servers have no Keras.
        sys.modules["keras"] = sys.modules["tf_keras"] = None  # type: ignore[assignment]
    start = time.perf_counter()
    library, version, opened = LOADERS[loader]()
    imported = time.perf_counter()
    IMPORT_SECONDS.setdefault(id(library), imported - start)
    before = held()
    run, close = opened(library, export, order["signature"])
    loaded = time.perf_counter()
    memory = max(held() - before, 0)
    instances = [decoded(instance) for instance in order["instances"]]
    seconds, predictions = [], []
    for number in range(max(order.get("repeat", 1), len(instances)) if instances else 0):
        begin = time.perf_counter()
        outputs = run([instances[number % len(instances)]])
        seconds.append(time.perf_counter() - begin)
        if number < len(instances):
            predictions.append({alias: plain(value[0]) for alias, value in outputs.items()})
    close()
    return {
        "tensorflow": version,
        "import_seconds": IMPORT_SECONDS[id(library)],
        "load_seconds": loaded - imported,
        "load_bytes": memory,
        "peak_bytes": peak(),
        "call_seconds": seconds,
        "predictions": predictions,
    }


def in_python(opened: Any) -> Any:
    """TensorFlow's Python package, with a function that loads an export."""

    def imported() -> Any:
        gc.disable()  # It would look through all modules again and again, a fifth of the time they take to import.
        import tensorflow as tf

        gc.enable()
        return tf, tf.__version__, opened

    return imported


def in_cpp() -> Any:
    """TensorFlow's shared library, by its C API."""
    from workbench.core.savedmodel.c_api import c_api
    from workbench.core.savedmodel.native_session import NativeSession

    return NativeSession, c_api().version, serving


def serving(runtime: Any, export: str, signature: str) -> Any:
    """The C++ loader, which TensorFlow Serving uses."""
    from pathlib import Path

    opened = runtime(Path(export))
    inputs = opened.signatures[signature].inputs

    def run(instances: Any) -> Any:
        return opened.run(signature, {alias: [i[alias] for i in instances] for alias in inputs})

    return run, opened.close


def session(tf: Any, export: str, signature: str) -> Any:
    """The v1 loader in Python, which ML Engine and gcloud use."""
    v1 = tf.compat.v1
    v1.logging.set_verbosity(v1.logging.ERROR)
    opened = v1.Session(graph=tf.Graph())
    with opened.graph.as_default():
        meta = v1.saved_model.loader.load(opened, ["serve"], export)
    definition = meta.signature_def[signature]
    fetches = {alias: info.name for alias, info in definition.outputs.items()}

    def run(instances: Any) -> Any:
        columns = {alias: [i[alias] for i in instances] for alias in definition.inputs}
        feeds = {
            info.name: array(tf, columns[alias], tf.as_dtype(info.dtype)) for alias, info in definition.inputs.items()
        }
        return opened.run(fetches, feeds)

    return run, opened.close


def saved_model(tf: Any, export: str, signature: str) -> Any:
    """TensorFlow 2's loader."""
    opened = tf.saved_model.load(export)
    function = opened.signatures[signature]
    specs = function.structured_input_signature[1]

    def run(instances: Any) -> Any:
        columns = {alias: [i[alias] for i in instances] for alias in specs}
        given = {alias: tf.constant(array(tf, columns[alias], spec.dtype)) for alias, spec in specs.items()}
        return {alias: value.numpy() for alias, value in function(**given).items()}

    return run, lambda: opened


IMPORT_SECONDS = {}  # type: dict[int, float]
"""Import time of each library that is already imported: two loaders share TensorFlow's Python package."""

LOADERS = {"session": in_python(session), "saved_model": in_python(saved_model), "serving": in_cpp}


def array(tf: Any, column: Any, dtype: Any) -> Any:
    """A column in the form that the input takes."""
    import numpy as np

    return np.array(column, dtype=object if dtype == tf.string else dtype.as_numpy_dtype)


def decoded(value: Any) -> Any:
    """JSON with `{"b64": ...}` as bytes."""
    if isinstance(value, dict):
        if set(value) == {"b64"}:
            return base64.b64decode(value["b64"])
        return {key: decoded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [decoded(item) for item in value]
    return value.encode("utf-8") if isinstance(value, str) else value


def plain(value: Any) -> Any:
    """One row as JSON values."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None  # JSON has neither NaN nor infinities.
    return {"b64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value


def held() -> int:
    """The current private memory of this process in bytes; if the system does not report it, the peak.

    Pages of files, such as TensorFlow's code, are left out: they count only once they are read, and are shared.
    """
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            _, resident, shared = file.read().split()[:3]
        return (int(resident) - int(shared)) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return peak()


def peak() -> int:
    """The peak memory of this process in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024  # getrusage(2): kilobytes on Linux, bytes on macOS
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


if __name__ == "__main__":
    main()
