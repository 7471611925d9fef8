"""Which cell a problem belongs to, and what typing in a table does to a project: the parts without a window."""

from __future__ import annotations

import msgspec
import pytest
from support import IMAGE, facts

from workbench.gui.signature import key_edits
from workbench.gui.signature.key_rows import KeyColumn, input_rows, output_rows, passthrough_rows
from workbench.gui.signature.remarks import cells_of, remarks_at
from workbench.spec.defaults import default_project
from workbench.spec.model import Problem
from workbench.spec.project import Project
from workbench.spec.settings import Passthrough
from workbench.spec.signature import compose

MODEL = facts(IMAGE, ("age", (None, 2)), ("sex", (None, 1)), outputs=(("kind", (None, 3)), ("years", (None, 1))))
PASSED = (Passthrough("id"), Passthrough("box", "kind", "float32", (0,)), Passthrough("kind_of", dtype="float128"))


def project(**keys: object) -> Project:
    """A project for the model above."""
    made = default_project(MODEL, "m.h5")
    return msgspec.structs.replace(made, signature=msgspec.structs.replace(made.signature, **keys))


def test_every_problem_of_a_key_has_its_own_cell() -> None:
    wrong = project(passthrough=PASSED, inputs={"sex": "age"}, defaults={"age": "x", "id": 3})
    composition = compose(MODEL, wrong)
    rows = [*input_rows(MODEL, wrong, composition), *passthrough_rows(wrong), *output_rows(MODEL, wrong, composition)]
    found = remarks_at(rows, composition.problems, ())
    assert {cell: remark.text.split()[0] for cell, remark in found.items() if remark.wrong} == {
        ("tensor:age", KeyColumn.KEY): "The",
        ("tensor:sex", KeyColumn.KEY): "The",
        ("tensor:age", KeyColumn.DEFAULT): "The",
        ("tensor:sex", KeyColumn.DEFAULT): "The",
        ("passed:0", KeyColumn.DEFAULT): "The",
        ("passed:1", KeyColumn.SHAPE): "The",
        ("passed:2", KeyColumn.TYPE): "'float128'",
        ("passed:1", KeyColumn.WHAT): "The",
    }


def test_what_names_no_row_is_said_at_all_that_edit_the_field() -> None:
    rows = passthrough_rows(project(passthrough=("a", "b")))
    problem = Problem("ODD", "Something about these keys.", "signature.passthrough")
    assert cells_of(rows, problem) == [("passed:0", 0), ("passed:1", 0)]
    assert cells_of(rows, Problem("ODD", "Elsewhere.", "signature.labels")) == []


def test_what_is_wrong_goes_before_what_is_noted() -> None:
    rows = passthrough_rows(project(passthrough=("a",)))
    said = [Problem(code, f"{code} 'a'", "signature.passthrough") for code in ("WRONG", "NOTED")]
    assert remarks_at(rows, said[:1], said[1:])["passed:0", 0].text == "WRONG 'a'"
    assert not remarks_at(rows, (), said[1:])["passed:0", 0].wrong


@pytest.mark.parametrize(
    ("text", "shape"), [("", ()), ("4", (4,)), (" ?, 2", (-1, 2)), ("-1,2,", ()), ("3,-5", (3, -5)), ("a", ())]
)
def test_shapes_are_typed_as_people_write_them(text: str, shape: tuple[int, ...]) -> None:
    assert key_edits.parse_shape(text) == shape


def test_a_reply_key_that_repeats_the_request_s_is_none() -> None:
    edited = key_edits.typed(MODEL, project(passthrough=PASSED), "passed:1", KeyColumn.WHAT, "box")
    assert edited.signature.passed()[1].reply == ""
    renamed = key_edits.typed(MODEL, project(passthrough=PASSED), "passed:1", KeyColumn.KEY, "kind")
    assert renamed.signature.passed()[1] == Passthrough("kind", "", "float32", (0,))


@pytest.mark.parametrize(
    ("text", "value"), [("[1, 2]", [1, 2]), ("null", "null"), ("word", "word"), ("[null]", "[null]")]
)
def test_a_default_is_what_a_project_file_can_hold(text: str, value: object) -> None:
    edited = key_edits.typed(MODEL, project(), "tensor:age", KeyColumn.DEFAULT, text)
    assert edited.signature.defaults == {"age": value}


def test_a_fresh_passthrough_key_has_a_free_name() -> None:
    made = key_edits.added(key_edits.added(key_edits.added(project(passthrough=()))))
    assert made.signature.passthrough == ("object_id", "key_2", "key_3")
    kept = msgspec.structs.replace(made.signature, defaults={"key_2": "x", "age": [1, 2]})
    left = key_edits.removed(msgspec.structs.replace(made, signature=kept), 1)
    assert left.signature.passthrough == ("object_id", "key_3")
    assert left.signature.defaults == {"age": [1, 2]}


def test_an_emptied_answer_is_left_out() -> None:
    asked = project(scores_of="kind", top_k=2, best_key="best")
    for row, field in (("top_labels", "labels_key"), ("top_scores", "top_scores_key"), ("best", "best_key")):
        edited = key_edits.typed(MODEL, asked, row, KeyColumn.KEY, " ")
        assert getattr(edited.signature, field) == ""
