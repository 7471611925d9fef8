"""Writes random models with Keras alone and records what they answer: run as a script, without the workbench.

    PYTHONPATH=tests python -m fuzz.writer FOLDER FIRST COUNT LIBRARY:FORMAT...

LIBRARY is `keras` (the one this Python has) or `tf_keras`, FORMAT `h5` or `keras`; the seeds take turns at them. For
each seed it writes `SEED.FORMAT`, `SEED.npz` with inputs `x0`... and answers `y0`..., and `SEED.json`, which
`fuzz.records` reads. The answers are `model.predict`'s own, read by the structure in which the model was written; they
must be those of a second model of the same tensors as plain lists, or the seed is not used.
"""

from __future__ import annotations

import importlib
import json
import math
import os
import sys
import warnings
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from fuzz.random_models import INPUTS, WORDS, Made, layer_of, random_model
from fuzz.trees import fill, flatten

Array = npt.NDArray[Any]

ROWS = 4
"""Instances of a recording; in the last two every picture is of one grey, so that JPEG keeps it exactly."""

VISIBLE = 0.02
"""Two answers that could be taken for each other differ by this at least, somewhere."""

ATTEMPTS = 6
"""Models drawn for one seed until one is fit to be judged by."""


def main() -> None:
    """Write all seeds; why an attempt was of no use stands in `SEED.retried`, or in `SEED.skipped` where all were."""
    folder, first, count, *writers = sys.argv[1:]
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    warnings.simplefilter("ignore")
    libraries = {name: importlib.import_module(name) for name in {w.split(":")[0] for w in writers}}
    for seed in range(int(first), int(first) + int(count)):
        library, form = writers[seed % len(writers)].split(":")
        _write_seed(libraries[library], library, Path(folder), form, seed)


def _write_seed(keras: Any, library: str, folder: Path, form: str, seed: int) -> None:
    reasons: list[str] = []
    while len(reasons) < ATTEMPTS:
        try:
            _write(keras, library, folder, form, f"{seed}/{len(reasons)}")
            break
        except Exception as err:  # noqa: BLE001 - a model that its library cannot write is no model to judge by
            reasons.append(f"{type(err).__name__}: {' '.join(str(err).split())[-300:]}")
        finally:
            keras.backend.clear_session()
    if reasons:
        name = f"{seed:05}.{'skipped' if len(reasons) == ATTEMPTS else 'retried'}"
        (folder / name).write_text("\n".join(reasons))


def _write(keras: Any, library: str, folder: Path, form: str, drawn: str) -> None:
    made = random_model(keras, drawn)
    random = np.random.default_rng(zlib.crc32(drawn.encode()))
    _draw_weights(made.model, random)
    given = [_values(random, kind) for kind in made.input_kinds]
    answers = _answers(made, given)
    _check_visible(keras, made, given, answers)
    seed = int(drawn.split("/")[0])
    name = folder / f"{seed:05}"
    made.model.save(f"{name}.{form}")
    np.savez(f"{name}.npz", **_named("x", given), **_named("y", answers))  # type: ignore[arg-type]
    record = {
        "seed": seed,
        "drawn": drawn,
        "library": f"{library} {keras.__version__}",
        "file": f"{seed:05}.{form}",
        "kinds": sorted(made.kinds),
        "inputs": made.inputs,
        "outputs": made.outputs,
        "given": [_leaf(t, p) for t, p in zip(made.input_tensors, _paths(made.inputs), strict=True)],
        "answered": [_leaf(t, p) for t, p in zip(made.output_tensors, _paths(made.outputs), strict=True)],
    }
    Path(f"{name}.json").write_text(json.dumps(record))


def _named(letter: str, arrays: list[Array]) -> dict[str, Array]:
    return {f"{letter}{place}": array for place, array in enumerate(arrays)}


def _paths(tree: Any) -> list[str]:
    """The path of each leaf, by the leaf's number."""
    by_leaf = {leaf: path for path, leaf in flatten(tree)}
    return [by_leaf[leaf] for leaf in sorted(by_leaf)]


def _leaf(tensor: Any, path: str) -> dict[str, Any]:
    dtype = tensor.dtype if isinstance(tensor.dtype, str) else tensor.dtype.name
    return {"path": path, "layer": layer_of(tensor), "dtype": str(dtype), "shape": list(tensor.shape)[1:]}


def _draw_weights(model: Any, random: np.random.Generator) -> None:
    for weight in model.weights:
        shape, name = tuple(weight.shape), f"{getattr(weight, 'path', '')}{weight.name}"
        if np.issubdtype(np.dtype(str(getattr(weight.dtype, "name", weight.dtype))), np.floating):
            weight.assign(_drawn(random, name, shape))


def _drawn(random: np.random.Generator, name: str, shape: tuple[int, ...]) -> Array:
    if "variance" in name:
        return random.uniform(0.5, 1.5, shape)
    if "gamma" in name:
        return random.uniform(0.7, 1.3, shape)
    if len(shape) < 2:
        return random.normal(0, 0.5, shape)
    return random.normal(0, 1.5 / math.sqrt(max(1, math.prod(shape[:-1]))), shape)


def _values(random: np.random.Generator, kind: str) -> Array:
    shape, dtype = INPUTS[kind]
    if "picture" in kind:
        whole = random.integers(0, 256, (ROWS, *shape))
        whole[ROWS // 2 :] = random.integers(0, 256, (ROWS // 2, 1, 1, 1))
        return whole.astype("uint8") if dtype == "uint8" else (whole / 255).astype("float32")
    if kind == "words":
        found = random.integers(1, WORDS, (ROWS, *shape))
        found[0, 3:] = 0
        return found.astype(dtype)
    if dtype == "bool":
        return random.random((ROWS, *shape)) < 0.5
    if dtype == "int64":
        return random.integers(-9, 10, (ROWS, *shape))
    return random.normal(0, 1, (ROWS, *shape)).astype(dtype)


def _answers(made: Made, given: list[Array]) -> list[Array]:
    """What `predict` answers, by leaf."""
    answer = made.model.predict(fill(made.inputs, given.__getitem__), verbose=0)
    # Keras answers a list of one with the array itself.
    by_path = dict(flatten([answer] if isinstance(made.outputs, list) and len(made.outputs) == 1 else answer))
    return [np.asarray(by_path[path]) for path in _paths(made.outputs)]


def _check_visible(keras: Any, made: Made, given: list[Array], answers: list[Array]) -> None:
    """Raise `ValueError` where the structure's answers are not the tensors' own, or an exchange would not be seen."""
    plain = keras.Model(made.input_tensors, made.output_tensors)
    own = _plain(plain, given)
    for place, (ours, theirs) in enumerate(zip(answers, own, strict=True)):
        if _apart(ours, theirs) > VISIBLE:
            raise ValueError(f"predict answers output {place} otherwise than its own tensor does")
    for one in range(len(answers)):
        for other in range(one):
            same = made.output_tensors[one] is made.output_tensors[other]
            if not same and _apart(answers[one], answers[other]) < VISIBLE:
                raise ValueError(f"outputs {other} and {one} are alike")
    for exchanged in _exchanges(given, made.input_kinds):
        if max(map(_apart, _plain(plain, exchanged), own)) < VISIBLE:
            raise ValueError("an exchange of two inputs is not seen")


def _plain(model: Any, given: list[Array]) -> list[Array]:
    answer = model([*given] if len(given) > 1 else given[0], training=False)
    return [np.asarray(y) for y in (answer if isinstance(answer, list | tuple) else [answer])]


def _exchanges(given: Sequence[Array], kinds: Sequence[str]) -> Iterator[list[Array]]:
    """The inputs with two of one kind exchanged, once for each such pair."""
    for one in range(len(given)):
        for other in range(one):
            if kinds[one] == kinds[other]:
                changed = list(given)
                changed[one], changed[other] = given[other], given[one]
                yield changed


def _apart(ours: Array, theirs: Array) -> float:
    if ours.shape != theirs.shape or ours.dtype != theirs.dtype:
        return float("inf")
    apart = np.abs(ours.astype("float64") - theirs.astype("float64"))
    if not np.isfinite(apart).all():
        raise ValueError("an answer is not finite")
    return float(apart.max(initial=0.0))


if __name__ == "__main__":
    main()
