"""Signatures as text: a page each, requests in four languages, replies as each server sends them."""

from __future__ import annotations

import json

import msgspec
import pytest
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot
from support import IMAGE, facts

from workbench.gui.signature.signature_text import SignatureTexts
from workbench.spec.defaults import default_project
from workbench.spec.signature import Composition, compose

MODEL = facts(IMAGE, ("age", (None, 2)), outputs=(("classes", (None, 3)),))


def made(**keys: object) -> Composition:
    """What a project with these keys has."""
    project = default_project(MODEL, "m.h5")
    return compose(MODEL, msgspec.structs.replace(project, signature=_keys(**keys)))


def _keys(**keys: object) -> object:
    return msgspec.structs.replace(default_project(MODEL, "m.h5").signature, **keys)


@pytest.fixture
def exchange(qtbot: QtBot) -> SignatureTexts:
    widget = SignatureTexts()
    qtbot.addWidget(widget)
    widget.resize(700, 500)
    widget.show()
    return widget


def pages(exchange: SignatureTexts) -> list[str]:
    return [exchange.pages.tabText(n) for n in range(exchange.pages.count())]


def test_every_signature_has_a_page_the_serving_one_first_and_all_last(exchange: SignatureTexts) -> None:
    exchange.set_composition(made(name="z_last", classify="classify"))
    assert pages(exchange) == ["z_last", "classify", "tensor", "tf_example", "All"]
    assert exchange.shown() == "z_last"


def test_the_page_stays_when_its_signature_is_renamed(exchange: SignatureTexts) -> None:
    exchange.set_composition(made())
    exchange.pages.setCurrentIndex(1)
    exchange.set_composition(made(tensor="tensors"))
    assert exchange.shown() == "tensors"
    exchange.set_composition(made(tensor=""))
    assert exchange.shown() == "tf_example"


def test_all_shows_every_signature_and_no_exchange(exchange: SignatureTexts) -> None:
    exchange.set_composition(made())
    exchange.pages.setCurrentIndex(exchange.pages.count() - 1)
    for name in ("serving_default", "tensor", "tf_example"):
        assert f"signature_def['{name}']" in exchange.signature_text.text()
    assert not exchange.request_text.isVisible()
    exchange.pages.setCurrentIndex(0)
    assert "signature_def['tensor']" not in exchange.signature_text.text()
    assert exchange.request_text.isVisible()


@pytest.mark.parametrize(
    ("language", "word"),
    [("json", '"b64":'), ("curl", "curl -sS"), ("python", "read_bytes()"), ("gcloud", "gcloud")],
)
def test_a_request_is_copied_in_the_language_chosen(exchange: SignatureTexts, language: str, word: str) -> None:
    exchange.set_target("http://127.0.0.1:9", "digits")
    exchange.set_composition(made())
    exchange.language.setCurrentIndex(exchange.language.findData(language))
    exchange.request_text.copy_button.click()
    copied = QGuiApplication.clipboard().text()
    assert word in copied
    assert language == "json" or "digits" in copied
    assert language in ("json", "gcloud") or "http://127.0.0.1:9" in copied
    if language == "python":
        compile(copied, "request.py", "exec")
    elif language == "json":
        assert set(json.loads(copied)["instances"][0]) == {"input", "age", "metadata"}


def test_the_other_signatures_are_asked_for_by_name_and_with_their_own_contents(exchange: SignatureTexts) -> None:
    exchange.set_composition(made())
    exchange.language.setCurrentIndex(exchange.language.findData("python"))
    for page, name in ((1, "tensor"), (2, "tf_example")):
        exchange.pages.setCurrentIndex(page)
        assert "image.jpg" not in exchange.request_text.text()
        assert f"'signature_name': '{name}'" in exchange.request_text.text()


def test_who_replies_is_asked_only_where_replies_differ(exchange: SignatureTexts) -> None:
    exchange.set_composition(made())
    assert not exchange.server.isVisible()
    exchange.set_composition(made(passthrough=()))
    assert exchange.server.isVisible()
    assert json.loads(exchange.reply_text.text()) == {"predictions": [{"classes": [0.0, 0.0, 0.0]}]}
    exchange.server.setCurrentIndex(exchange.server.findData("serving"))
    assert json.loads(exchange.reply_text.text()) == {"predictions": [[0.0, 0.0, 0.0]]}


def test_the_reply_carries_the_project_s_labels(exchange: SignatureTexts) -> None:
    labels = ("cat", "dog", "fox")
    exchange.set_composition(made(labels=labels, top_k=2), labels)
    assert json.loads(exchange.reply_text.text())["predictions"][0]["labels"] == ["cat", "dog"]


def test_a_classify_signature_says_who_calls_it(exchange: SignatureTexts) -> None:
    exchange.set_composition(made(classify="classify"))
    exchange.pages.setCurrentIndex(pages(exchange).index("classify"))
    assert "Classify" in exchange.remark.text()
    assert not exchange.request_text.isVisible()


def test_nothing_is_shown_where_there_is_no_signature(exchange: SignatureTexts) -> None:
    exchange.set_composition(made())
    exchange.set_composition(Composition({}, ()))
    assert pages(exchange) == []
    assert exchange.signature_text.text() == ""
