"""The reference tables agree with what others have published."""

from decimal import Decimal
from importlib import import_module
from itertools import pairwise

import pytest
from django.apps import apps

from awg.domain import conductor
from awg.models import CableSize, ConduitFill, Material

#: NEC chapter 9, table 8: direct current at 75 °C, stranded (Ω/km), copper and aluminium.
TABLE_8 = [
    ("14", "10.3", None),
    ("12", "6.50", "10.69"),
    ("10", "4.070", "6.679"),
    ("8", "2.551", "4.204"),
    ("6", "1.608", "2.652"),
    ("4", "1.010", "1.666"),
    ("3", "0.802", "1.320"),
    ("2", "0.634", "1.045"),
    ("1", "0.505", "0.829"),
    ("1/0", "0.399", "0.660"),
    ("2/0", "0.3170", "0.523"),
    ("3/0", "0.2512", "0.413"),
    ("4/0", "0.1996", "0.328"),
    ("250", "0.1687", "0.2778"),
    ("300", "0.1409", "0.2318"),
    ("350", "0.1205", "0.1984"),
    ("400", "0.1053", "0.1737"),
    ("500", "0.0845", "0.1391"),
]
CASES = [
    (size, material, ohm_km)
    for size, *both in TABLE_8
    for material, ohm_km in zip(Material.values, both, strict=True)
    if ohm_km is not None
]


@pytest.mark.parametrize(("size", "material", "ohm_km"), CASES)
def test_warm_resistance_is_that_of_the_code(size: str, material: str, ohm_km: str) -> None:
    cable = CableSize.objects.get(size=size, material=material)
    # The code has direct current; alternating current adds up to 2 % in the thickest.
    ratio = conductor.warm_ohm_km(cable, 75) / Decimal(ohm_km)
    assert Decimal("0.985") < ratio < Decimal("1.03"), ratio


@pytest.mark.parametrize(
    ("size", "diameter_mm", "area_mm2"),
    [
        # ASTM B258, in mm and mm².
        ("14", "1.628", "2.08"),
        ("12", "2.053", "3.31"),
        ("10", "2.588", "5.26"),
        ("8", "3.264", "8.37"),
        ("6", "4.115", "13.30"),
        ("4", "5.189", "21.15"),
        ("2", "6.544", "33.62"),
        ("1", "7.348", "42.41"),
        ("1/0", "8.252", "53.49"),
        ("4/0", "11.684", "107.2"),
        ("250", "12.700", "126.7"),
        ("500", "17.961", "253.4"),
    ],
)
def test_dimensions_are_those_of_the_standard(size: str, diameter_mm: str, area_mm2: str) -> None:
    cable = CableSize.objects.get(size=size, material="copper")
    assert abs(cable.diameter_mm - Decimal(diameter_mm)) < Decimal("0.002")
    assert abs(cable.area_mm2 / Decimal(area_mm2) - 1) < Decimal("0.002")


#: NEC table 310.16 (NOM-001-SEDE 310-15(b)(16)) by its columns, as printed: 14 AWG (aluminium: 12)
#: to 500 kcmil; written down apart from the migration, which has them by rows.
AMPACITIES = {
    ("copper", 60): "15 20 30 40 55 70 85 95 110 125 145 165 195 215 240 260 280 320",
    ("copper", 75): "20 25 35 50 65 85 100 115 130 150 175 200 230 255 285 310 335 380",
    ("copper", 90): "25 30 40 55 75 95 115 130 145 170 195 225 260 290 320 350 380 430",
    ("aluminium", 60): "15 25 35 40 55 65 75 85 100 115 130 150 170 195 210 225 260",
    ("aluminium", 75): "20 30 40 50 65 75 90 100 120 135 155 180 205 230 250 270 310",
    ("aluminium", 90): "25 35 45 55 75 85 100 115 135 150 175 205 230 260 280 305 350",
}


@pytest.mark.parametrize(("material", "rating_c"), AMPACITIES)
def test_ampacities_are_those_of_the_code(material: str, rating_c: int) -> None:
    cables = CableSize.objects.filter(material=material).order_by("rank")
    printed = AMPACITIES[material, rating_c].split()
    assert [str(cable.ampacity(rating_c)) for cable in cables] == printed


def test_every_column_grows_with_the_size() -> None:
    for material in Material.values:
        cables = list(CableSize.objects.filter(material=material).order_by("rank"))
        assert len(cables) == (18 if material == "copper" else 17)
        for thin, thick in pairwise(cables):
            assert thin.area_mm2 < thick.area_mm2
            assert thin.covered_area_mm2 < thick.covered_area_mm2
            assert thin.resistance_ohm_km > thick.resistance_ohm_km
            for rating in (60, 75, 90):
                assert thin.ampacity(rating) < thick.ampacity(rating)
        for cable in cables:
            assert cable.ampacity_60 < cable.ampacity_75 < cable.ampacity_90
            assert cable.covered_area_mm2 > cable.area_mm2


def test_conduits_hold_what_the_code_lets_them() -> None:
    conduit = ConduitFill.objects.get(kind="emt", trade_size="1")
    # NEC chapter 9, table 4: article 358, trade size 1.
    assert (conduit.area_mm2, conduit.more_mm2) == (556, 222)
    assert [conduit.allowed_mm2(count) for count in (1, 2, 3, 9)] == [294, 172, 222, 222]
    for one in ConduitFill.objects.all():
        inner = float(one.inner_diameter_mm)
        assert abs(3.14159 / 4 * inner**2 / one.area_mm2 - 1) < 0.01


def test_a_name_has_its_unit() -> None:
    names = {cable.name for cable in CableSize.objects.all()}
    assert {"14 AWG", "4/0 AWG", "250 kcmil", "500 kcmil"} <= names


def test_the_migration_can_be_taken_back_and_done_again() -> None:
    migration = import_module("awg.migrations.0002_reference")
    before = list(CableSize.objects.values_list("size", "material", "resistance_ohm_km"))
    migration.empty(apps, None)
    assert not CableSize.objects.exists()
    assert not ConduitFill.objects.exists()
    migration.fill(apps, None)
    assert list(CableSize.objects.values_list("size", "material", "resistance_ohm_km")) == before
