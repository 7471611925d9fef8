"""`MatchCode`: the text of training code as the lines of a project, over the engine's wire."""

from __future__ import annotations

import pytest

from workbench.core.progress import silent
from workbench.engine.handlers import HANDLERS
from workbench.spec import messages as m
from workbench.spec.errors import WorkbenchError

CODE = "from PIL import Image\nx = Image.open('a.jpg').resize((8, 4), Image.BOX)\nmodel.fit(x)\n"


def match(text: str) -> m.AnyEvent:
    return HANDLERS[m.MatchCode](m.MatchCode(id=5, text=text), silent, lambda event: None)


def test_training_code_is_answered_with_its_settings_and_their_source_lines() -> None:
    found = match(CODE)
    assert isinstance(found, m.CodeMatched)
    assert (found.id, found.readings[0].settings["reader"]) == (5, "pillow:box")
    assert found.readings[0].lines[1].source == "x = Image.open('a.jpg').resize((8, 4), Image.BOX)"
    assert m.decode_event(m.encode(found)) == found


def test_text_without_images_is_refused() -> None:
    with pytest.raises(WorkbenchError, match="No image is read"):
        match("x = 1")
