"""Ticks stand at steps of 1, 2 or 5 times a power of ten, and their labels say exactly where."""

from __future__ import annotations

import sys

import pytest
from matplotlib.ticker import MaxNLocator

from workbench.gui.charts.axis import NamedAxis, NumberAxis, fitting, part_of
from workbench.gui.charts.bins import BinAxis, Bins
from workbench.gui.charts.ticks import log_ticks, nice_range, nice_step, tick_labels, ticks

RANGES = [(0.0, 1.0), (0.0, 0.07), (-3.0, 4.5), (0.0, 1234.0), (-1e-7, 3e-7), (0.0, 9.9e9), (-250.0, -10.0), (0.1, 0.7)]
FLOAT = sys.float_info


def number(label: str) -> float:
    """The number that a label says."""
    return float(label.replace("\u202f", "").replace("−", "-"))


def labels(low: float, high: float, most: int) -> list[str]:
    return [tick.label for tick in ticks(low, high, most)]


@pytest.mark.parametrize(("low", "high"), RANGES)
@pytest.mark.parametrize("most", [2, 3, 5, 10])
def test_every_label_says_the_very_value_it_stands_at(low: float, high: float, most: int) -> None:
    found = ticks(low, high, most)
    assert [number(tick.label) for tick in found] == pytest.approx([tick.value for tick in found], rel=1e-12, abs=0)
    assert len(found) <= most + 1
    assert all(low - 1e-9 * (high - low) <= tick.value <= high + 1e-9 * (high - low) for tick in found)


@pytest.mark.parametrize(("low", "high"), RANGES)
@pytest.mark.parametrize("most", [2, 4, 7, 10])
def test_steps_are_those_of_matplotlib(low: float, high: float, most: int) -> None:
    theirs = MaxNLocator(most, steps=[1, 2, 5, 10], min_n_ticks=1)
    first, second, *_ = theirs.tick_values(low, high)
    # Theirs counts what its ticks reach beyond the range, so it may be the next larger one; never a finer one.
    ours = nice_step(low, high, most)
    assert ours <= (second - first) * (1 + 1e-9)
    assert second - first <= 2.5 * ours * (1 + 1e-9)


def test_the_axis_of_scores_reads_what_stands_there() -> None:
    assert labels(0, 1, 5) == ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]
    assert labels(0, 1, 4) == ["0.0", "0.5", "1.0"]


def test_labels_have_the_digits_that_tell_neighbours_apart_and_no_more() -> None:
    assert labels(0, 0.3, 6) == ["0.00", "0.05", "0.10", "0.15", "0.20", "0.25", "0.30"]
    assert labels(-1, 1, 2) == ["−1", "0", "1"]
    assert labels(0, 20_000, 4) == ["0", "5\u202f000", "10\u202f000", "15\u202f000", "20\u202f000"]
    assert labels(0, 4e7, 4) == ["0", "1e7", "2e7", "3e7", "4e7"]
    assert labels(0, 1e-6, 2) == ["0", "5.0e−7", "1.0e−6"]
    assert tick_labels([-0.0, 0.1], 0.1) == ["0.0", "0.1"]


def test_whole_numbers_have_no_ticks_between_them() -> None:
    assert [tick.value for tick in ticks(0, 2, 10, whole=True)] == [0, 1, 2]
    assert [tick.label for tick in ticks(0, 1, 10, whole=True)] == ["0", "1"]


@pytest.mark.parametrize(
    ("low", "high", "wanted"),
    [
        (0.0, 0.93, (0.0, 1.0)),
        (0.0, 0.0, (0.0, 1.0)),
        (-2.5, 3.25, (-4.0, 4.0)),
        (0.0, 40.0, (0.0, 40.0)),
        (0.0, 41.0, (0.0, 50.0)),
        (0.0, 5e-324, (0.0, 1.0)),
    ],
)
def test_a_range_is_widened_to_whole_steps(low: float, high: float, wanted: tuple[float, float]) -> None:
    assert nice_range(low, high) == pytest.approx(wanted)


def test_the_largest_numbers_there_are_have_ticks_too() -> None:
    low, high = nice_range(-FLOAT.max, FLOAT.max)
    found = ticks(low, high, 5)
    assert (low, high) == (-FLOAT.max, FLOAT.max)
    assert 3 <= len(found) <= 6
    assert part_of(NumberAxis(low, high), 0.0) == 0.5


def test_logarithmic_ticks_are_one_two_and_five() -> None:
    assert [tick.label for tick in log_ticks(1, 2512)] == "1 2 5 10 20 50 100 200 500 1k 2k".split()
    assert [tick.value for tick in log_ticks(0.05, 0.2)] == [0.05, 0.1, 0.2]


def test_labels_side_by_side_leave_a_gap_and_are_as_many_as_have_the_room() -> None:
    axis = NumberAxis(0, 1)
    assert len(fitting(axis, 400, lambda _: 20.0)) == 11
    assert [tick.label for tick in fitting(axis, 160, lambda _: 20.0)] == ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]
    assert [tick.label for tick in fitting(axis, 30, lambda _: 20.0)] == ["0.0", "1.0"]


def test_of_many_names_every_second_third_or_tenth_is_written_and_long_ones_are_cut() -> None:
    axis = NamedAxis([f"class {n}" for n in range(100)])
    assert [tick.label for tick in axis.ticks(10)] == [f"class {n}" for n in range(0, 100, 10)]
    assert [tick.value for tick in axis.ticks(30)] == [*range(0, 100, 4)]
    assert NamedAxis(("x" * 40, "<b>cat</b>", "<b>cat</b>")).ticks(10)[0].label == "x" * 13 + "…"
    assert [t.label for t in NamedAxis(("<b>cat</b>", "<b>cat</b>")).ticks(10)] == ["<b>cat</b>", "<b>cat</b>"]
    assert NamedAxis(()).ticks(10) == ()


TIMES = Bins(tuple(10 ** (n / 5) for n in range(18)), log=True, below=True, above=True)


def test_bins_on_a_logarithmic_scale_have_their_ticks_at_true_places() -> None:
    assert TIMES.count == 19
    assert TIMES.place_of(1) == pytest.approx(1)  # After the bin of all that is less.
    assert TIMES.place_of(10) - TIMES.place_of(1) == pytest.approx(5)
    placed = {tick.label: tick.value for tick in BinAxis(TIMES).ticks(12)}
    assert placed["100"] == pytest.approx(TIMES.place_of(100)) == pytest.approx(11)
    assert [tick.label for tick in BinAxis(TIMES).ticks(5)] == ["1", "10", "100", "1k"]


def test_bins_say_their_edges() -> None:
    assert [TIMES.name(n) for n in (0, 1, 6, 17, 18)] == [
        "below 1",
        "1 to 1.58",
        "10 to 15.8",
        "1.58k to 2.51k",
        "2.51k and more",
    ]


@pytest.mark.parametrize("filled", [*range(19)])
def test_a_histogram_is_cut_to_what_holds_anything_and_one_empty_bin_on_either_side(filled: int) -> None:
    counts = [0] * 19
    counts[filled] = 7
    bins, cut = TIMES.around(counts)
    assert (len(cut), sum(cut)) == (bins.count, 7)
    assert bins.count == (2 if filled in (0, 18) else 3)
    assert bins.name(cut.index(7)) == TIMES.name(filled)


def test_an_empty_histogram_shows_all_bins() -> None:
    assert TIMES.around([0] * 19) == (TIMES, [0] * 19)
