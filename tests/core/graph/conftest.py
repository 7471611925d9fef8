"""Both libraries, since they make different ops of the same layers."""

from __future__ import annotations

from typing import Any

import pytest

from workbench.core.lazy import legacy_keras, tensorflow


@pytest.fixture(params=["tf_keras", "keras"])
def keras(request: pytest.FixtureRequest) -> Any:
    if request.param == "tf_keras":
        return legacy_keras()
    tensorflow()
    import keras

    return keras
