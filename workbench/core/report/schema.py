"""The JSON schema of the gate's report, made from its types: it cannot say anything else than the program does."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from workbench.spec.report import SCHEMA, GateReport

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
"""What msgspec writes (its documentation, "JSON Schema")."""


def report_schema() -> dict[str, Any]:
    """JSON schema 2020-12 of a report of this version."""
    return {
        "$schema": DIALECT,
        "title": "Release gate report",
        "description": f"What `workbench check` writes, schema version {SCHEMA}.",
        **msgspec.json.schema(GateReport),
    }
