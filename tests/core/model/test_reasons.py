"""What a library's refusal says of a model: the innermost reason, the layer, one line, no colours and no paths."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from saved_models import LIBRARIES, library

from workbench.core.model.reasons import MAX_REASON, reason


def _refusal(call: Callable[[], object]) -> Exception:
    with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever the library raises is what is read
        call()
    return caught.value


def _told(call: Callable[[], object]) -> str:
    text = reason(_refusal(call))
    assert "\n" not in text
    assert "\x1b" not in text
    assert "config=" not in text
    assert len(text) < MAX_REASON + 100
    assert sys.prefix not in text
    return text


def _changed(keras: Any, **arguments: Any) -> str:
    """The JSON of a model two models deep whose Dense has other arguments."""
    inner = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(3, name="deep")], name="inner")
    config = json.loads(keras.Sequential([keras.layers.Input((4,)), inner]).to_json())
    config["config"]["layers"][1]["config"]["layers"][1]["config"] |= arguments
    return json.dumps(config)


@pytest.mark.parametrize("name", LIBRARIES)
def test_the_innermost_reason_and_the_layer_are_told(name: str) -> None:
    keras = library(name)
    text = _told(lambda: keras.models.model_from_json(_changed(keras, units=-1)))
    assert text.startswith("layer 'deep' (Dense): Received an invalid value for `units`")
    assert "nonsense" in _told(lambda: keras.models.model_from_json(_changed(keras, nonsense=1)))


@pytest.mark.parametrize("name", LIBRARIES)
def test_an_error_while_a_layer_is_called_is_told_without_colours_and_arguments(name: str) -> None:
    keras = library(name)
    text = _told(lambda: keras.layers.Embedding(3, 4, name="words")(np.array([[5]])))
    assert re.fullmatch(r"layer ('words' \(Embedding\)|Embedding): indices\[0,0\] = 5 is not in \[0, 3\)", text)


@pytest.mark.parametrize("name", LIBRARIES)
def test_a_shape_that_does_not_fit_is_told_by_the_layer_it_does_not_fit(name: str) -> None:
    keras = library(name)
    text = _told(lambda: keras.layers.LSTM(3, name="reader")(keras.layers.Input((4, 4, 3))))
    assert "'reader'" in text or '"reader"' in text
    assert "expected ndim=3, found ndim=4" in text


def test_an_error_that_is_a_key_alone_says_what_it_is() -> None:
    assert reason(KeyError("units")) == "KeyError: 'units'"


def test_paths_of_files_are_cut_to_their_names_and_addresses_are_not() -> None:
    text = reason(
        ValueError("see /usr/lib/python3/site-packages/keras/src/layers/layer.py line 3; https://keras.io/api/x")
    )
    assert text == "see layer.py line 3; https://keras.io/api/x"


WARN = """
def warn(*_):
    import sys, warnings
    for module in ("keras.src.models.functional", "tf_keras.src.engine.training", "the_users_own"):
        warnings.warn_explicit("seen from " + module, UserWarning, "file.py", 1, module=module)
    sys.stderr.flush()
    return 0
"""
STARTS = {
    "command line": "import workbench.__main__ as place; place.run = warn; place.main([])",
    "engine": "from workbench.engine.main import Engine, main; Engine.run = warn; main({}, warm=False)",
}
"""How each kind of process starts, with something that warns in the place of its work."""


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("arguments", [(), ("-W", "default")], ids=["", "-W default"])
def test_warnings_of_libraries_stay_off_the_terminal_and_the_users_own_do_not(
    start: str, arguments: tuple[str, ...]
) -> None:
    command = [sys.executable, *arguments, "-c", WARN + STARTS[start]]
    done = subprocess.run(command, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL)
    assert "the_users_own" in done.stderr
    assert ("seen from keras" in done.stderr) == ("seen from tf_keras" in done.stderr) == bool(arguments)
