"""The report's page: complete in itself, the same each time, and nothing in a report can become part of the page."""

from __future__ import annotations

import base64
import io
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

import msgspec
import pytest
from PIL import Image

from workbench.core.report.charts import chart_svg
from workbench.core.report.html import render_html
from workbench.core.report.pngs import LARGEST
from workbench.spec.report import (
    Chart,
    ChartSeries,
    CheckResult,
    ConfusionEvidence,
    Evidence,
    EvidenceImage,
    EvidenceImages,
    EvidenceTable,
    GateReport,
)

EVIL: Final = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&amp;"


class Page(HTMLParser):
    """What a browser would make of the page: elements with their attributes, and the text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def text(self) -> str:
        return "\n".join(self.texts)


def with_evidence(*evidence: Evidence, verdict: str = "fail", **words: str) -> GateReport:
    check = CheckResult(name="skew", title="Skew", verdict="fail", evidence=evidence)
    return GateReport(verdict="fail", checks=(msgspec.structs.replace(check, verdict=verdict, **words),))


def test_every_check_is_in_the_page_with_its_figures_and_advice(made: tuple[GateReport, Path]) -> None:
    report, folder = made
    text = Page(render_html(report, folder)).text
    for check in report.checks:
        assert text.count(check.title) >= 2, check.name  # in the summary and at its own place
        assert check.message in text
        assert check.advice in text
    for word in (
        "1 of 11 checks failed",
        report.fingerprint,
        "8.104\u202fpixel values (0-255)",
        "took 12\u202fs",
        "2026-11-22 14:02:10 UTC",
    ):
        assert word in text


def test_a_picture_is_named_by_the_end_of_its_path(tmp_path: Path) -> None:
    pictures = EvidenceImages(
        "p",
        (EvidenceImage("/photos/somebody/cats/a.jpg", "0.5"), EvidenceImage("/b.jpg", ""), EvidenceImage("c.jpg", "")),
    )
    check = CheckResult(name="a", title="A", verdict="pass", evidence=(pictures,))
    page = render_html(GateReport(verdict="pass", checks=(check,)), tmp_path)
    assert [name in page for name in (">cats/a.jpg<", ">b.jpg<", ">c.jpg<")] == [True] * 3
    assert "somebody" not in page


def test_the_page_needs_nothing_from_elsewhere_and_runs_nothing(made: tuple[GateReport, Path]) -> None:
    page = Page(render_html(*made))
    assert {name for name, _ in page.elements} & {
        "script",
        "link",
        "iframe",
        "object",
        "embed",
        "base",
        "form",
    } == set()
    sources = [
        str(value)
        for _, attributes in page.elements
        for name, value in attributes.items()
        if name in ("src", "href", "xlink:href")
    ]
    assert [s for s in sources if not s.startswith(("data:image/png;base64,", "#"))] == []
    (policy,) = [a["content"] for a in page.of("meta") if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    style = render_html(*made).partition("<style>")[2].partition("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style


def test_links_of_the_summary_lead_to_their_checks(made: tuple[GateReport, Path]) -> None:
    page = Page(render_html(*made))
    places = {a["id"] for a in page.of("section") if "id" in a}
    assert [a["href"] for a in page.of("a")] == [f"#check-{n}" for n in range(1, 13)]
    assert {f"#{place}" for place in places} == {a["href"] for a in page.of("a")}


def test_the_pictures_are_in_the_page_worst_first(made: tuple[GateReport, Path]) -> None:
    report, folder = made
    skew = next(c for c in report.checks if c.name == "skew")
    turned = tuple(
        msgspec.structs.replace(e, items=tuple(reversed(e.items))) if isinstance(e, EvidenceImages) else e
        for e in skew.evidence
    )
    page = Page(render_html(with_evidence(*turned), folder))
    shown = [a["alt"] for a in page.of("img")]
    assert shown[:4] == [
        f"{side}: five_1440.jpg" for side in ("Original", "Training path", "Serving path", "Difference")
    ]
    assert shown[-1] == "Difference: five_1443.jpg"
    data = str(page.of("img")[1]["src"]).partition(",")[2]
    assert base64.b64decode(data) == (folder / "skew0-training.png").read_bytes()
    assert [("tiny" in str(a.get("class"))) for a in page.of("img")[:4]] == [False, True, True, True]


def test_a_large_picture_is_made_smaller_and_a_missing_one_leaves_its_place(tmp_path: Path) -> None:
    Image.new("RGB", (3000, 1500), "teal").save(tmp_path / "large.png")
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnot any more")
    item = EvidenceImage("a.jpg", "", original="large.png", training="gone.png", serving="broken.png")
    page = Page(render_html(with_evidence(EvidenceImages("Worst", (item,))), tmp_path))
    (image,) = page.of("img")
    picture = Image.open(io.BytesIO(base64.b64decode(str(image["src"]).partition(",")[2])))
    assert picture.size == (LARGEST, LARGEST // 2)
    assert page.text.count("not available") == 2


@pytest.mark.parametrize("name", ["../secret.png", "/etc/secret.png", "sub/secret.png", "..\\secret.png", ".."])
def test_a_picture_is_never_read_from_outside_the_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "evidence"
    (folder / "sub").mkdir(parents=True)
    for place in (tmp_path, folder / "sub"):
        Image.new("RGB", (4, 4)).save(place / "secret.png")
    page = Page(render_html(with_evidence(EvidenceImages("Worst", (EvidenceImage("a", "", original=name),))), folder))
    assert page.of("img") == []


def test_nothing_in_a_report_becomes_part_of_the_page(tmp_path: Path) -> None:
    evidence = (
        EvidenceTable(EVIL, (EVIL, "n"), ((EVIL, 1.5), (None, 2)), EVIL),
        EvidenceImages(EVIL, (EvidenceImage(EVIL, EVIL, original=EVIL),), EVIL),
        ConfusionEvidence(EVIL, (EVIL, "b"), ((3, 1), (0, 2)), EVIL),
        Chart(
            EVIL,
            "bars",
            (EVIL, "$x_y$"),
            (ChartSeries(EVIL, (1.0, 2.0)), ChartSeries("_b", (2.0, 3.0))),
            EVIL,
            EVIL,
            EVIL,
        ),
        Chart(EVIL, "lines", (EVIL,), (ChartSeries(EVIL, (1.0,)),)),
    )
    check = CheckResult(
        name=EVIL,
        title=EVIL,
        verdict="fail",
        measured=EVIL,
        limit=EVIL,
        message=EVIL,
        unit=EVIL,
        advice=EVIL,
        evidence=evidence,
    )
    report = GateReport(
        verdict="fail", checks=(check,), project=EVIL, model=EVIL, model_sha256=EVIL, fingerprint=EVIL, target=EVIL,
        against=EVIL, created=EVIL, versions={EVIL: EVIL},
    )  # fmt: skip
    page = render_html(report, tmp_path)
    assert "<script" not in page
    found = Page(page)
    assert {name for name, _ in found.elements} & {"script", "img"} == set()
    assert [a for _, attributes in found.elements for a in attributes if a.startswith("on")] == []
    assert found.text.count("<script>alert(1)</script>") > 20  # there as text, whole


def test_a_chart_is_the_same_each_time_and_its_ids_differ_from_the_next_one() -> None:
    chart = Chart("Sweep", "lines", ("1", "2"), (ChartSeries("p50", (1.0, 2.0)),))
    assert chart_svg(chart, "a") == chart_svg(chart, "a")
    ids = [{a["id"] for _, a in Page(chart_svg(chart, salt)).elements if "id" in a} for salt in ("a", "b")]
    assert ids[0]
    assert ids[0] & ids[1] == set()


def test_a_chart_has_no_colour_that_the_page_does_not_choose() -> None:
    chart = Chart(
        "Sweep", "bars", ("1", "2"), tuple(ChartSeries(str(n), (1.0, float("nan"))) for n in range(8)), "x", "y"
    )
    svg = chart_svg(chart)
    assert "#" not in "".join(str(a.get("style")) for _, a in Page(svg).elements)
    assert {f"var(--series-{n})" for n in range(1, 7)} <= set(svg.replace(";", '"').replace(": ", '"').split('"'))


@pytest.mark.parametrize("values", [(), (float("nan"), float("inf"))])
def test_a_chart_without_a_number_says_so(tmp_path: Path, values: tuple[float, ...]) -> None:
    page = Page(
        render_html(with_evidence(Chart("Sweep", "lines", ("1", "2"), (ChartSeries("p50", values),))), tmp_path)
    )
    assert page.of("svg") == []
    assert "no data" in page.text


def test_a_thousand_classes_are_shown_as_those_that_are_confused(tmp_path: Path) -> None:
    names = tuple(f"class{n}" for n in range(300))
    counts = [[0] * 300 for _ in names]
    counts[250][7] = 9
    page = Page(render_html(with_evidence(ConfusionEvidence("Confusion", names, tuple(map(tuple, counts)))), tmp_path))
    assert "The 30 most confused of 300 classes." in page.text
    assert {"class250", "class7"} <= set(page.texts)
    assert "class251" not in page.texts


def test_a_long_table_ends_and_says_where_the_rest_is(tmp_path: Path) -> None:
    rows = tuple((f"row{n}", n) for n in range(250))
    text = Page(render_html(with_evidence(EvidenceTable("Nodes", ("Node", "N"), rows)), tmp_path)).text
    assert "row199" in text
    assert "row200" not in text
    assert "50 more rows are in the JSON report." in text


def test_what_speaks_against_the_release_is_open_and_the_rest_is_folded(tmp_path: Path) -> None:
    table = EvidenceTable("Facts", ("a",), ((1,),))
    for verdict, is_open in (("fail", True), ("warn", True), ("pass", False), ("skip", False)):
        (details,) = Page(render_html(with_evidence(table, verdict=verdict), tmp_path)).of("details")
        assert ("open" in details) is is_open


def test_control_characters_of_names_and_labels_stand_nowhere_in_a_page(tmp_path: Path) -> None:
    odd = "a\x1b[31m\x00b"
    check = CheckResult(
        name="skew",
        title=odd,
        verdict="fail",
        message=odd,
        advice=odd,
        evidence=(
            EvidenceTable(odd, (odd,), ((odd,),)),
            Chart(odd, "bars", (odd,), (ChartSeries(odd, (1.5,)),), odd, odd),
        ),
    )
    page = render_html(GateReport(verdict="fail", checks=(check,), project=odd), tmp_path)
    assert "a\ufffd[31m\ufffdb" in page
    assert not {"\x1b", "\x00"} & set(page)
