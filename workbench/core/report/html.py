"""The gate's report as one self-contained page: images and charts are inlined; no scripts, no external addresses."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from workbench.core.report.charts import chart_svg, has_numbers, legend
from workbench.core.report.pngs import inline
from workbench.spec import evidence as words
from workbench.spec.printable import markup_text
from workbench.spec.report import Chart, Evidence, EvidenceImages, EvidenceTable, GateReport

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATE: Final = "page.html.j2"

MOST_ROWS: Final = 200
"""Maximum number of rows of a table in the page; the JSON has all."""

SIDES: Final = (
    ("original", "Original"),
    ("training", "Training path"),
    ("serving", "Serving path"),
    ("difference", "Difference"),
)
"""The files of an image and the captions above them."""


def render_html(report: GateReport, folder: Path) -> str:
    """The whole page as text. All text of the report is escaped; `folder` has the images by name."""
    page = _environment().get_template(TEMPLATE)
    return page.render(report=report, facts=_facts(report), show=_TemplateContext(folder))


def _facts(report: GateReport) -> list[tuple[str, str]]:
    """The facts about the report, for its head."""
    images = f"{report.images} of the user's own" if report.images else "synthetic ones"
    facts = [
        ("Project", report.project),
        ("Model", report.model),
        ("Target", report.target),
        ("Compared with", report.against or "no other version"),
        ("Images", images),
        ("Checked", _when(report.created)),
        ("Took", words.seconds_text(report.seconds)),
        ("Export fingerprint", report.fingerprint),
        ("Model SHA-256", report.model_sha256),
        ("Versions", ", ".join(f"{name} {version}" for name, version in report.versions.items())),
    ]
    return [(name, value) for name, value in facts if value]


def _when(created: str) -> str:
    """`2026-11-22T14:02:10Z` in a readable form."""
    day, _, time = created.partition("T")
    return f"{day} {time[:8]} UTC" if time else created


class _TemplateContext:
    """Functions for the template, which contains no decisions of its own."""

    words = words
    sides = SIDES
    most_rows = MOST_ROWS

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._charts = 0

    def kind(self, evidence: Evidence) -> str:
        """`table`, `pictures`, `confusion` or `chart`."""
        return str(evidence.__struct_config__.tag)

    def pictures(self, evidence: EvidenceImages) -> list[tuple[Any, list[tuple[str, Any]]]]:
        """Each image, the worst first, with its existing sides."""
        worst = sorted(evidence.items, key=lambda item: -item.value)
        return [(item, self._sides(item)) for item in worst]

    def _sides(self, item: Any) -> list[tuple[str, Any]]:
        named = [(title, getattr(item, field)) for field, title in SIDES]
        return [(title, inline(self._folder, name)) for title, name in named if name]

    def numeric(self, table: EvidenceTable) -> list[bool]:
        """Which columns contain only numbers, which are right-aligned."""
        columns = [[row[n] for row in table.rows if n < len(row)] for n in range(len(table.columns))]
        return [
            all(isinstance(v, (int, float)) for v in column if v is not None) and any(v is not None for v in column)
            for column in columns
        ]

    def chart(self, chart: Chart) -> Any:
        """The drawing, with ids that are unique on the page; empty if there is nothing to draw."""
        from markupsafe import Markup

        self._charts += 1
        # Safe: `chart_svg` builds elements, and texts in them are escaped by the XML writer.
        return Markup(chart_svg(chart, f"gate-{self._charts}")) if has_numbers(chart) else ""

    def legend(self, chart: Chart) -> list[tuple[str, str]]:
        """Name and colour of each line."""
        return legend(chart)


def _clean(value: Any) -> Any:
    """Texts without characters that a page must not contain; markup comes from an XML writer already."""
    return markup_text(value) if type(value) is str else value


def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("workbench.core.report", "templates"),
        autoescape=True,
        finalize=_clean,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
