"""The dashboard for Grafana asks for metrics and labels that exist, and shows every one of them."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from config.metrics import families
from config.metrics.kinds import Counter, Distribution, Gauge

ROOT = Path(__file__).resolve().parent.parent.parent.parent
FILE = ROOT / "docs" / "grafana" / "constellation.json"
DOCS = ROOT / "docs" / "monitoring.md"
SERIES = re.compile(r"\bconstellation_\w+")
SELECTOR = re.compile(r"(constellation_\w+)\{([^}]*)\}")
BY = re.compile(r"by \(([^)]*)\)")
#: Labels that Prometheus adds, and that of histograms.
ADDED = {"job", "instance", "le"}


def queries() -> Iterator[str]:
    """Every query of the dashboard."""
    dashboard: dict[str, Any] = json.loads(FILE.read_text())
    for panel in dashboard["panels"]:
        for target in panel.get("targets", ()):
            yield target["expr"]
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["query"]["query"]


def labels(series: str) -> set[str]:
    for family in (*families.PROCESS, *families.NODE):
        name = families.PREFIX + family.name
        if isinstance(family, Distribution):
            if series.removeprefix(name) in ("_bucket", "_sum", "_count"):
                return set()
        elif series == name + ("_total" if isinstance(family, Counter) else ""):
            each = isinstance(family, Gauge) and family.together == "liveall"
            return {*family.labels, *(["pid"] if each else [])}
    raise AssertionError(series)


def test_every_query_names_metrics_and_labels_that_exist() -> None:
    asked = list(queries())
    assert len(asked) > 20
    for query in asked:
        found = SERIES.findall(query)
        assert found, query
        assert set(found) <= families.names(), query
        known = ADDED.union(*map(labels, found))
        for _series, selector in SELECTOR.findall(query):
            assert {part.split("=")[0] for part in selector.split(",")} <= known, query
        for group in BY.findall(query):
            assert {word.strip() for word in group.split(",")} <= known, query


def test_every_metric_is_shown_or_told() -> None:
    text = " ".join(queries()) + DOCS.read_text()
    missing = [
        one.name
        for one in (*families.PROCESS, *families.NODE)
        if families.PREFIX + one.name not in text
    ]
    assert missing == []


def test_legends_use_labels_that_the_query_keeps() -> None:
    for panel in json.loads(FILE.read_text())["panels"]:
        for target in panel.get("targets", ()):
            kept = set(BY.findall(target["expr"])) | {"instance", "pid"}
            used = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
            assert used <= kept, target


def test_panels_do_not_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in json.loads(FILE.read_text())["panels"]:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells
