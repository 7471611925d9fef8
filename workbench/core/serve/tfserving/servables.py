"""Finds the version that serves a request of TensorFlow Serving or Open Inference, which have no projects."""

from __future__ import annotations

import re
from typing import Final

from workbench.core.serve.ml.registry import READY, Registry, VersionRow
from workbench.core.serve.replies import ApiError

_NUMBER: Final = re.compile(r"\d+$")
_PREFERRED: Final = "local"
"""The project that is preferred if several have a model of one name: the local target's own."""


class Servables:
    """The versions of `ml` v1 by the name of their model. Its methods may be called from any thread."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def versions(self, model: str) -> list[VersionRow]:
        """Every version of the model in any state, the oldest first; empty where there is none."""
        projects = self._registry.projects_with(model)
        if not projects:
            return []
        project = _PREFERRED if _PREFERRED in projects else projects[0]
        return self._registry.versions(project, model, "", 1000)

    def find(self, model: str, version: str = "", label: str = "") -> VersionRow:
        """The version that serves the request: the default unless told. A version is given by its name or its number.

        Raises `ApiError` 404 with TensorFlow Serving's text, 400 for a label that no version has.
        """
        rows = [row for row in self.versions(model) if row.state == READY]
        if label:
            rows = [row for row in rows if label in row.body.get("labels", {})]
            if not rows:
                raise ApiError(400, f"Unrecognized servable version label: {label}")
        elif version:
            rows = [row for row in rows if version in (row.key.name, number_of(row))]
        else:
            rows = [row for row in rows if row.default]
        if not rows:
            asked = f"Specific({model}, {version})" if version else f"Latest({model})"
            raise ApiError(404, f"Servable not found for request: {asked}")
        return rows[-1]


def number_of(row: VersionRow) -> str:
    """The version number that TensorFlow Serving would use: the number at the end of the name, such as 3 for `v3`."""
    match = _NUMBER.search(row.key.name)
    return str(int(match[0])) if match else row.key.name
