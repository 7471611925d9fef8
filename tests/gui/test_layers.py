"""The layer table: Qt's rules, filter, sorting with a way back, copying, and ten thousand rows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPersistentModelIndex, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester, QTest
from pytestqt.qtbot import QtBot

from workbench.gui.model.layers_card import LayersCard
from workbench.gui.model.layers_model import LayerColumn, LayersFilter, LayersModel
from workbench.spec.model import LayerFacts

LAYERS = (
    LayerFacts("conv", "Conv2D", 896, (None, 30, 30, 32), "relu"),
    LayerFacts("base/Dense_2", "Dense", 10, (None, 2), "softmax"),
    LayerFacts("base/frozen", "BatchNormalization", 12_000, None, trainable=False),
)


@pytest.fixture
def models() -> Iterator[tuple[LayersModel, LayersFilter]]:
    source = LayersModel()
    shown = LayersFilter(source, source)
    for model in (source, shown):
        QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
    yield source, shown
    source.deleteLater()


@pytest.fixture
def card(qtbot: QtBot) -> LayersCard:
    made = LayersCard()
    qtbot.addWidget(made)
    made.resize(800, 400)
    made.show()
    made.set_layers(LAYERS)
    return made


def paths(model: LayersModel | LayersFilter) -> list[str]:
    return [str(model.index(row, 0).data()) for row in range(model.rowCount())]


def test_rows_are_set_sorted_filtered_and_cleared_by_the_rules(models: tuple[LayersModel, LayersFilter]) -> None:
    source, shown = models
    source.set_layers(LAYERS)
    assert paths(shown) == ["conv", "base/Dense_2", "base/frozen"]
    shown.sort(LayerColumn.PARAMETERS, Qt.SortOrder.DescendingOrder)
    assert paths(shown) == ["base/frozen", "conv", "base/Dense_2"]
    shown.set_words("base")
    assert paths(shown) == ["base/frozen", "base/Dense_2"]
    shown.sort(-1)
    assert paths(shown) == ["base/Dense_2", "base/frozen"]
    shown.set_words("")
    source.set_layers(())
    assert shown.rowCount() == 0


@pytest.mark.parametrize(
    ("column", "first"),
    [
        (LayerColumn.LAYER, "base/Dense_2"),
        (LayerColumn.CLASS, "base/frozen"),
        (LayerColumn.OUTPUT, "base/frozen"),
        (LayerColumn.ACTIVATION, "base/frozen"),
        (LayerColumn.TRAINABLE, "base/frozen"),
        (LayerColumn.PARAMETERS, "base/Dense_2"),
    ],
)
def test_every_column_sorts_by_what_it_means(
    models: tuple[LayersModel, LayersFilter], column: LayerColumn, first: str
) -> None:
    source, shown = models
    source.set_layers(LAYERS)
    shown.sort(column)
    assert paths(shown)[0] == first


def test_a_chosen_layer_stays_chosen_when_the_order_changes(models: tuple[LayersModel, LayersFilter]) -> None:
    source, shown = models
    source.set_layers(LAYERS)
    kept = QPersistentModelIndex(shown.index(0, 0))
    shown.sort(LayerColumn.PARAMETERS, Qt.SortOrder.DescendingOrder)
    assert (kept.row(), kept.data()) == (1, "conv")


def test_words_are_looked_for_in_name_class_and_activation(models: tuple[LayersModel, LayersFilter]) -> None:
    source, shown = models
    source.set_layers(LAYERS)
    for text, found in (("DENSE soft", ["base/Dense_2"]), ("relu", ["conv"]), ("conv dense", []), (" ", paths(source))):
        shown.set_words(text)
        assert paths(shown) == found


def test_cells_say_what_is_known_and_numbers_stand_on_the_right(models: tuple[LayersModel, LayersFilter]) -> None:
    source, _ = models
    source.set_layers(LAYERS)
    frozen = [source.index(2, column).data() for column in LayerColumn]
    assert frozen == ["base/frozen", "BatchNormalization", "", "", "no", "12\u202f000"]
    assert source.index(0, LayerColumn.OUTPUT).data() == "(?, 30, 30, 32)"
    side = source.index(0, LayerColumn.PARAMETERS).data(Qt.ItemDataRole.TextAlignmentRole)
    assert side & Qt.AlignmentFlag.AlignRight
    assert source.headerData(LayerColumn.PARAMETERS, Qt.Orientation.Horizontal) == "Parameters"


def test_typing_filters_and_the_count_follows(qtbot: QtBot, card: LayersCard) -> None:
    assert card.count.text() == "3"
    QTest.keyClicks(card.filter, "base")
    qtbot.waitUntil(lambda: card.count.text() == "2 of 3")
    card.set_layers(LAYERS[1:])
    assert card.count.text() == "2"


def test_a_third_click_on_a_column_goes_back_to_the_order_of_the_file(card: LayersCard) -> None:
    header = card.view.horizontalHeader()
    assert header.sortIndicatorSection() == -1
    orders: list[list[str]] = []
    for _ in range(3):
        place = QPoint(header.sectionViewportPosition(LayerColumn.PARAMETERS) + 20, header.height() // 2)
        QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
        orders.append(paths(card.shown))
    assert orders[2] == [layer.path for layer in LAYERS]
    assert orders[0] != orders[1]


def test_chosen_rows_are_copied_with_their_headings(qtbot: QtBot, card: LayersCard) -> None:
    card.activateWindow()
    card.view.setFocus()
    qtbot.waitUntil(card.view.hasFocus)
    card.view.selectRow(2)
    QTest.keyClick(card.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0].startswith("Layer\tClass\tOutput")
    assert lines[1] == "base/frozen\tBatchNormalization\t\t\tno\t12000"


def test_ten_thousand_layers_are_sorted_and_filtered(qtbot: QtBot, card: LayersCard) -> None:
    many = tuple(LayerFacts(f"b{n // 10}/conv_{n}", "Conv2D", n * 37 % 9999, (None, n % 64, 3)) for n in range(10_000))
    card.set_layers(many)
    card.view.sortByColumn(LayerColumn.PARAMETERS, Qt.SortOrder.DescendingOrder)
    card.shown.set_words("conv 99")
    card.view.scrollToBottom()
    card.grab()
    assert 0 < card.shown.rowCount() < 1000
