"""Across modules. The mutation table: a fault seeded into an export, or into the facts it was made from, is caught
by the gate."""

from __future__ import annotations

from pathlib import Path

import pytest
from core.check.faults import doctored
from core.check.mutation_model import write_model
from core.check.mutators import (
    FactsFault,
    GraphFault,
    dropped,
    dropped_head,
    exchanged_at_load,
    exchanged_weights,
    reversed_rows,
    same_output,
    swapped_calls,
    swapped_in_signature,
    swapped_inputs,
    swapped_labels,
    swapped_names,
    swapped_outputs,
    transposed,
    unnormalised,
)
from shared_reference import SharedReference

from workbench.core import jobs
from workbench.core.check import gate
from workbench.core.check.subject import GateSubject
from workbench.core.export import export
from workbench.core.export.cache import CACHE_VARIABLE
from workbench.spec.project import Project

OWNERS = ("signature", "parity", "skew")
"""The checks of the gate that a fault of this table may belong to."""

IN_THE_GRAPH: dict[str, tuple[GraphFault, str]] = {
    "two outputs swapped": (swapped_outputs("zebra", "classes"), "parity"),
    "one output answers as another": (same_output("zebra", "classes"), "parity"),
    "two vectors swapped": (swapped_inputs("inputs/mass", "inputs/age"), "parity"),
    "two pictures swapped": (swapped_inputs("tensors/input", "tensors/right"), "parity"),
    "weights of two equal layers exchanged": (exchanged_weights("one", "two"), "parity"),
    "weights of two equal heads exchanged": (exchanged_weights("zebra_logits", "apple_logits"), "parity"),
    "a mask transposed": (transposed("mask"), "parity"),
    "answers to another instance": (reversed_rows("zebra"), "parity"),
    "ids of another instance": (reversed_rows("metadata"), "parity"),
    "two encoded pictures swapped": (swapped_inputs("inputs/input", "inputs/right", "preprocess/"), "skew"),
    "a softmax left out": (unnormalised("zebra"), "parity"),
    "two labels swapped": (swapped_labels("labels", [1, 0, 2]), "parity"),
    "labels of the best class in another order": (swapped_labels("labels_1", [1, 2, 0]), "parity"),
    "a head dropped": (dropped(output="zebra"), "parity"),
    "two keys of the reply swapped": (swapped_in_signature("serving_default", "outputs", "zebra", "classes"), "parity"),
    "two keys of the request swapped": (swapped_in_signature("serving_default", "inputs", "mass", "age"), "parity"),
    "a head dropped from one signature": (dropped("tensor", output="mask"), "signature"),
    "two keys of one signature swapped": (
        swapped_in_signature("tf_example", "outputs", "zebra", "classes"),
        "signature",
    ),
}
"""Faults of the exporter alone, each with the check that must catch it."""

IN_THE_FACTS: dict[str, FactsFault] = {
    "two outputs named as each other": swapped_names("outputs", "zebra", "apple"),
    "two vectors named as each other": swapped_names("inputs", "mass", "age"),
    "two pictures named as each other": swapped_names("inputs", "left", "right"),
    "two outputs answered as each other": swapped_calls("outputs", 0, 2),
    "two inputs taken as each other": swapped_calls("inputs", 0, 2),
    "a head lost": dropped_head("zebra"),
    "weights exchanged by the loader": exchanged_at_load("one", "two"),
}
"""Faults of what exporter and gate share; only a model called by its own structure shows them."""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the model."""
    return tmp_path_factory.mktemp("mutations")


@pytest.fixture(scope="module")
def project(base: Path) -> Project:
    return write_model(base)


@pytest.fixture(autouse=True)
def _quick_gate(shared_reference: SharedReference, monkeypatch: pytest.MonkeyPatch) -> None:
    """The checks that own a fault, and one process with the Keras model for the whole table."""
    monkeypatch.setattr(GateSubject, "reference", property(shared_reference.of))
    monkeypatch.setattr(gate, "CHECKS", [check for check in gate.CHECKS if check.name in OWNERS])


def failed(project: Project, base: Path, folder: Path) -> list[str]:
    """The checks that speak against an export."""
    report, _ = jobs.check(project, base, folder=folder)
    return [check.name for check in report.failed()]


def test_the_model_without_a_fault_passes(project: Project, base: Path) -> None:
    assert failed(project, base, Path(export(project, base).path)) == []


@pytest.mark.parametrize("fault", IN_THE_GRAPH)
def test_a_fault_of_the_exporter_is_caught(fault: str, project: Project, base: Path, tmp_path: Path) -> None:
    change, owner = IN_THE_GRAPH[fault]
    bad = doctored(Path(export(project, base).path), tmp_path / "bad", change)
    assert owner in failed(project, base, bad)


@pytest.mark.parametrize("fault", IN_THE_FACTS)
def test_a_fault_that_exporter_and_gate_share_is_caught_by_parity(
    fault: str, project: Project, base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "exports"))
    IN_THE_FACTS[fault](monkeypatch)
    bad = Path(export(project, base).path)
    assert "parity" in failed(project, base, bad)
