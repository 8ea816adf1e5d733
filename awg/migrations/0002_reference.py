"""Fills the reference tables.

Diameters follow from the definition of the AWG (ASTM B258): 0.127 mm for number 36, and 92 times
that for number 0000, with 39 equal ratios between them; a kcmil is the area of a circle of a
thousandth of an inch, times a thousand. Resistances follow from the resistivity of annealed copper
(IACS, 100 %: 1/58 Ω·mm²/m) and of aluminium for cables (61 % of its conductivity).

Ampacities, areas with insulation and conduits are facts of the electrical code: NOM-001-SEDE and
NEC, tables 310.16 (310-15(b)(16)), and chapter 9, tables 4 and 5.
"""

from decimal import Decimal
from math import pi
from typing import Any

from django.db import migrations

COPPER_OHM_MM2_M = 1 / 58
ALUMINIUM_OHM_MM2_M = COPPER_OHM_MM2_M / 0.61
KCMIL_MM2 = pi / 4 * 0.0254**2 * 1000

#: Size, area with THHN insulation (mm²), ampacities at 60, 75, 90 °C (A) of copper and aluminium.
SIZES: list[tuple[str, str, tuple[int, int, int], tuple[int, int, int] | None]] = [
    ("14", "6.258", (15, 20, 25), None),
    ("12", "8.581", (20, 25, 30), (15, 20, 25)),
    ("10", "13.61", (30, 35, 40), (25, 30, 35)),
    ("8", "23.61", (40, 50, 55), (35, 40, 45)),
    ("6", "32.71", (55, 65, 75), (40, 50, 55)),
    ("4", "53.16", (70, 85, 95), (55, 65, 75)),
    ("3", "62.77", (85, 100, 115), (65, 75, 85)),
    ("2", "74.71", (95, 115, 130), (75, 90, 100)),
    ("1", "100.8", (110, 130, 145), (85, 100, 115)),
    ("1/0", "119.7", (125, 150, 170), (100, 120, 135)),
    ("2/0", "143.4", (145, 175, 195), (115, 135, 150)),
    ("3/0", "172.8", (165, 200, 225), (130, 155, 175)),
    ("4/0", "208.8", (195, 230, 260), (150, 180, 205)),
    ("250", "256.1", (215, 255, 290), (170, 205, 230)),
    ("300", "297.3", (240, 285, 320), (195, 230, 260)),
    ("350", "338.2", (260, 310, 350), (210, 250, 280)),
    ("400", "378.3", (280, 335, 380), (225, 270, 305)),
    ("500", "456.3", (320, 380, 430), (260, 310, 350)),
]

#: Trade size (inch), designator (mm), inner diameter (mm), inner area (mm²).
CONDUITS = {
    "emt": [
        ("1/2", 16, "15.8", 196),
        ("3/4", 21, "20.9", 343),
        ("1", 27, "26.6", 556),
        ("1 1/4", 35, "35.1", 968),
        ("1 1/2", 41, "40.9", 1314),
        ("2", 53, "52.5", 2165),
        ("2 1/2", 63, "69.4", 3783),
        ("3", 78, "85.2", 5701),
        ("3 1/2", 91, "97.4", 7451),
        ("4", 103, "110.1", 9521),
    ],
    "pvc": [
        ("1/2", 16, "15.3", 184),
        ("3/4", 21, "20.4", 327),
        ("1", 27, "26.1", 535),
        ("1 1/4", 35, "34.5", 935),
        ("1 1/2", 41, "40.4", 1282),
        ("2", 53, "52.0", 2124),
        ("2 1/2", 63, "62.1", 3029),
        ("3", 78, "77.3", 4693),
        ("3 1/2", 91, "89.4", 6277),
        ("4", 103, "101.5", 8091),
    ],
}


def diameter_mm(size: str) -> float:
    """Of the bare metal, as if it were solid."""
    if len(size) == 3 and size.isdigit():
        return (float(size) * KCMIL_MM2 * 4 / pi) ** 0.5
    number = 1 - int(size[0]) if "/" in size else int(size)
    return float(0.127 * 92 ** ((36 - number) / 39))


def fill(apps: Any, schema_editor: Any) -> None:
    """Make the rows of both tables."""
    cables = apps.get_model("awg", "CableSize")
    conduits = apps.get_model("awg", "ConduitFill")
    for rank, (size, covered, copper, aluminium) in enumerate(SIZES):
        diameter = diameter_mm(size)
        area = pi / 4 * diameter**2
        materials = [
            ("copper", copper, COPPER_OHM_MM2_M),
            ("aluminium", aluminium, ALUMINIUM_OHM_MM2_M),
        ]
        for material, ampacities, ohm_mm2_m in materials:
            if ampacities is not None:
                cables.objects.create(
                    size=size,
                    rank=rank,
                    material=material,
                    diameter_mm=Decimal(f"{diameter:.4f}"),
                    area_mm2=Decimal(f"{area:.4f}"),
                    resistance_ohm_km=Decimal(f"{ohm_mm2_m / area * 1000:.5f}"),
                    covered_area_mm2=Decimal(covered),
                    ampacity_60=ampacities[0],
                    ampacity_75=ampacities[1],
                    ampacity_90=ampacities[2],
                )
    for kind, rows in CONDUITS.items():
        for trade_size, designator, inner, area_mm2 in rows:
            conduits.objects.create(
                kind=kind,
                trade_size=trade_size,
                designator_mm=designator,
                inner_diameter_mm=Decimal(inner),
                area_mm2=area_mm2,
                one_mm2=area_mm2 * 53 // 100,
                two_mm2=area_mm2 * 31 // 100,
                more_mm2=area_mm2 * 40 // 100,
            )


def empty(apps: Any, schema_editor: Any) -> None:
    """Take the rows away again."""
    for model in ("CableSize", "ConduitFill"):
        apps.get_model("awg", model).objects.all().delete()


class Migration(migrations.Migration):
    """Reference rows."""

    dependencies = [("awg", "0001_initial")]
    operations = [migrations.RunPython(fill, empty)]
