"""Plots as SVG, made here: they need no script, print well, and follow the page's theme.

`steps_svg` draws values that hold from one moment to the next, `lines_svg` what was measured now
and then, `bars_svg` amounts, `band_svg` states, and `spark_svg` a small curve. All texts are
escaped; colours come from classes in `static/ocpp/plot.css`. Coordinates are floats, the values
stay what they are.
"""

from ocpp.plot.band import BandPlot, Stretch, band_svg
from ocpp.plot.lines import BarsPlot, DrawnBar, DrawnLine, LinesPlot, bars_svg, lines_svg
from ocpp.plot.spark import spark_svg
from ocpp.plot.steps import MOST_LABELLED, Step, StepPlot, steps_svg

__all__ = [
    "MOST_LABELLED",
    "BandPlot",
    "BarsPlot",
    "DrawnBar",
    "DrawnLine",
    "LinesPlot",
    "Step",
    "StepPlot",
    "Stretch",
    "band_svg",
    "bars_svg",
    "lines_svg",
    "spark_svg",
    "steps_svg",
]
