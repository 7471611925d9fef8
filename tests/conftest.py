"""What every test shares: the reference models, a cache of exports of its own, no stray settings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support import REFERENCE

from workbench.core.consent import TRUST_VARIABLE
from workbench.core.deploy.state import STATE_VARIABLE
from workbench.core.export.cache import CACHE_VARIABLE
from workbench.spec.targets.local import LOCAL_URL_VARIABLE

if TYPE_CHECKING:
    from shared_reference import SharedReference


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Exports, consents and release logs of tests go to folders of the run, never to the user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CACHE_VARIABLE, str(tmp_path_factory.mktemp("exports")))
        patch.setenv(TRUST_VARIABLE, str(tmp_path_factory.mktemp("trust") / "trusted.json"))
        patch.setenv(STATE_VARIABLE, str(tmp_path_factory.mktemp("state")))
        patch.delenv(LOCAL_URL_VARIABLE, raising=False)
        yield


@pytest.fixture(scope="session")
def reference() -> Path:
    """The folder of models and recorded outputs of the 2018 stack."""
    return REFERENCE


@pytest.fixture(scope="session")
def reference_images() -> list[Path]:
    """The nine reference images, in the order of the recordings."""
    return sorted((REFERENCE / "images").glob("*.jpg"), key=lambda p: (p.name == "gray.jpg", p.name))


@pytest.fixture(scope="session")
def shared_reference() -> Iterator[SharedReference]:
    """One process for the Keras models of all tests of a worker; it starts with the first one."""
    from shared_reference import SharedReference

    with closing(SharedReference()) as shared:
        yield shared


@pytest.fixture
def no_probe(shared_reference: SharedReference, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The gate's two fresh processes answered from memory (they cost ten seconds), and how often they were asked.

    The Keras model it judges by stays in a process of its own, which these tests share.
    """
    from workbench.core.check import loads
    from workbench.core.check.load_client import LoadResult
    from workbench.core.check.subject import GateSubject

    monkeypatch.setattr(GateSubject, "reference", property(shared_reference.of))

    asked: list[int] = []

    def probed(subject: object) -> dict[str, LoadResult]:
        asked.append(1)
        return {"session": LoadResult("2.21.0", 1.0, 0.1, 1, 1, (0.1,))}

    monkeypatch.setattr(loads, "probe_golden", probed)
    return asked
