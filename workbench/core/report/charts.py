"""Evidence charts as SVG for inlining into a page, with its fonts and its light and dark colours.

matplotlib draws in colours that nothing else uses; each is then replaced by a CSS variable of the page. The same chart
always gives the same text: no dates, no random ids.
"""

from __future__ import annotations

import io
import logging
import math
import re
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as ET

from workbench.spec.evidence import number_text
from workbench.spec.printable import markup_text
from workbench.spec.report import Chart

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SERIES: Final = 6
"""Number of lines with distinct colours; further lines repeat them."""

TICKS: Final = 24
"""Maximum number of names along the x axis; of more, only every second, third... is written."""

_LONG: Final = 22
"""Maximum number of characters of a name along the x axis."""

_INK, _GRID = "#010101", "#020202"
_COLOURS: Final = {
    _INK: "var(--muted)",
    _GRID: "var(--line)",
    **{f"#0300{n:02x}": f"var(--series-{n + 1})" for n in range(SERIES)},
}
_SVG: Final = "http://www.w3.org/2000/svg"
_XLINK: Final = "http://www.w3.org/1999/xlink"
_SIZE: Final = (7.2, 2.5)
"""Width and height in inches; the page scales the chart to its own width."""


def chart_svg(chart: Chart, salt: str = "gate") -> str:
    """A chart as an `<svg>` element. Its texts are escaped; `salt` keeps the ids of several charts distinct."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    # It logs once that it builds a font cache, which does not matter here.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    settings: dict[Any, Any] = {
        "svg.fonttype": "none",
        "svg.hashsalt": salt,
        # Labels may be any text: a dollar sign must not start a formula.
        "text.parse_math": False,
        "axes.unicode_minus": True,
        "font.size": 9,
    }
    with rc_context(settings):
        figure = Figure(figsize=_SIZE, layout="constrained")
        axes = figure.add_subplot()
        _draw(axes, chart)
        _dress(axes, chart)
        out = io.StringIO()
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(out, format="svg", metadata=nothing, transparent=True)
    return _for_page(out.getvalue(), markup_text(chart.title))


def colour_of(series: int) -> str:
    """The CSS colour of a chart's line with that index, for the legend."""
    return f"var(--series-{series % SERIES + 1})"


def _draw(axes: Axes, chart: Chart) -> None:
    places = range(len(chart.x))
    width = 0.8 / max(len(chart.lines), 1)
    for n, line in enumerate(chart.lines):
        colour = f"#0300{n % SERIES:02x}"
        y = [value if math.isfinite(value) else math.nan for value in line.y[: len(chart.x)]]
        if chart.kind == "bars":
            left = [place - 0.4 + width * (n + 0.5) for place in places[: len(y)]]
            axes.bar(left, y, width * 0.92, color=colour)
        else:
            axes.plot(places[: len(y)], y, color=colour, linewidth=1.6, marker="o", markersize=3.5)
    # From zero: a chart that starts elsewhere makes small differences look large.
    axes.set_ylim(bottom=min([0.0, *(v for line in chart.lines for v in line.y if math.isfinite(v))]))


def _dress(axes: Axes, chart: Chart) -> None:
    step = math.ceil(len(chart.x) / TICKS) or 1
    places = range(0, len(chart.x), step)
    names = [_short(chart.x[place]) for place in places]
    crowded = sum(len(name) + 2 for name in names) > 100
    axes.set_xticks(places, names, rotation=40 if crowded else 0, ha="right" if crowded else "center")
    axes.set_xlabel(markup_text(chart.x_title), color=_INK)
    axes.set_ylabel(markup_text(chart.y_title), color=_INK)
    axes.yaxis.set_major_formatter(lambda value, _: number_text(value))
    axes.tick_params(colors=_INK, labelcolor=_INK, length=3)
    axes.grid(axis="y", color=_GRID, linewidth=0.7)
    axes.set_axisbelow(True)
    for name, spine in axes.spines.items():
        spine.set_visible(name == "bottom")
        spine.set_color(_GRID)


def _short(name: str) -> str:
    name = markup_text(name)
    return name if len(name) <= _LONG else f"{name[: _LONG - 1]}…"


def _for_page(svg: str, title: str) -> str:
    """The drawing without what only a separate file needs: fixed size, style sheet, fonts, names of groups."""
    ET.register_namespace("", _SVG)
    ET.register_namespace("xlink", _XLINK)
    root = ET.fromstring(svg)
    for attribute in ("width", "height"):
        root.attrib.pop(attribute)
    root.set("role", "img")
    root.set("aria-label", title)
    for parent in list(root.iter()):
        for child in [c for c in parent if c.tag == f"{{{_SVG}}}style"]:
            parent.remove(child)
    for element in root.iter():
        if element.tag == f"{{{_SVG}}}g":
            element.attrib.pop("id", None)
        if "style" in element.attrib:
            element.set("style", _page_style(element.attrib["style"]))
    return ET.tostring(root, encoding="unicode")


def _page_style(style: str) -> str:
    style = re.sub(r"font-family: [^;]*;? ?", "", style)
    return re.sub(r"#[0-9a-f]{6}", lambda found: _COLOURS.get(found[0], found[0]), style)


def has_numbers(chart: Chart) -> bool:
    """Whether there is anything to draw."""
    return any(math.isfinite(value) for line in chart.lines for value in line.y)


def legend(chart: Chart) -> list[tuple[str, str]]:
    """Name and CSS colour of each line; empty if there is only one."""
    lines: list[Any] = list(chart.lines)
    return [(line.name, colour_of(n)) for n, line in enumerate(lines)] if len(lines) > 1 else []
