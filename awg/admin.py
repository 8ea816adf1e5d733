"""The reference tables in the admin. They are facts: a correction is possible, with care."""

from django.contrib import admin

from awg.models import CableSize, ConduitFill


@admin.register(CableSize)
class CableSizeAdmin(admin.ModelAdmin):
    """Conductors."""

    list_display = (
        "size",
        "material",
        "diameter_mm",
        "area_mm2",
        "resistance_ohm_km",
        "ampacity_60",
        "ampacity_75",
        "ampacity_90",
    )
    list_filter = ("material",)
    search_fields = ("size",)


@admin.register(ConduitFill)
class ConduitFillAdmin(admin.ModelAdmin):
    """Conduits."""

    list_display = (
        "trade_size",
        "kind",
        "designator_mm",
        "inner_diameter_mm",
        "area_mm2",
        "one_mm2",
        "two_mm2",
        "more_mm2",
    )
    list_filter = ("kind",)
    search_fields = ("trade_size",)
