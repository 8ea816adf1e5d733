"""The two reference tables: conductors, and conduits with what may lie in them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Material(models.TextChoices):
    COPPER = "copper", _("copper")
    ALUMINIUM = "aluminium", _("aluminium")


class ConduitKind(models.TextChoices):
    EMT = "emt", _("EMT (metal)")
    PVC = "pvc", _("PVC, schedule 40")


class CableSize(models.Model):
    """One size of conductor in one material, from 14 AWG to 500 kcmil.

    Diameter and area are those of the bare metal, as the AWG (ASTM B258) defines them; the
    resistance is of a solid wire at 20 °C with direct current. Ampacities are those of NOM-001-SEDE
    and NEC table 310.16: up to three conductors in a conduit, 30 °C around them.
    """

    size = models.CharField(_("size"), max_length=8, help_text=_("AWG, from 250 on in kcmil"))
    #: From thin to thick, 0 for the thinnest.
    rank = models.PositiveSmallIntegerField(_("rank"))
    material = models.CharField(_("material"), max_length=10, choices=Material)
    diameter_mm = models.DecimalField(_("diameter (mm)"), max_digits=7, decimal_places=4)
    area_mm2 = models.DecimalField(_("area (mm²)"), max_digits=8, decimal_places=4)
    resistance_ohm_km = models.DecimalField(
        _("resistance at 20 °C (Ω/km)"), max_digits=9, decimal_places=5
    )
    ampacity_60 = models.PositiveSmallIntegerField(_("ampacity at 60 °C (A)"))
    ampacity_75 = models.PositiveSmallIntegerField(_("ampacity at 75 °C (A)"))
    ampacity_90 = models.PositiveSmallIntegerField(_("ampacity at 90 °C (A)"))
    covered_area_mm2 = models.DecimalField(
        _("area with insulation (mm²)"),
        max_digits=8,
        decimal_places=3,
        help_text=_("of a THHN or THWN-2 conductor, NEC chapter 9, table 5"),
    )

    class Meta:
        verbose_name = _("cable size")
        verbose_name_plural = _("cable sizes")
        ordering = ["material", "rank"]
        constraints = [
            models.UniqueConstraint(fields=["size", "material"], name="cable_size_of_material")
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.get_material_display()}"

    @property
    def name(self) -> str:
        """The size with its unit, such as `10 AWG` or `250 kcmil`."""
        return f"{self.size} {'kcmil' if len(self.size) == 3 and self.size.isdigit() else 'AWG'}"

    def ampacity(self, rating_c: int) -> int:
        """The current (A) that it carries with insulation or terminals for `rating_c` (°C)."""
        return {60: self.ampacity_60, 75: self.ampacity_75, 90: self.ampacity_90}[rating_c]


class ConduitFill(models.Model):
    """A conduit, and the area that conductors may take up in it (NEC chapter 9, tables 1 and 4)."""

    kind = models.CharField(_("kind"), max_length=4, choices=ConduitKind)
    trade_size = models.CharField(_("trade size (inch)"), max_length=6)
    #: The number that stands for the size in millimetres; the tube itself is a little wider.
    designator_mm = models.PositiveSmallIntegerField(_("designator (mm)"))
    inner_diameter_mm = models.DecimalField(
        _("inner diameter (mm)"), max_digits=5, decimal_places=1
    )
    area_mm2 = models.PositiveIntegerField(_("inner area (mm²)"))
    one_mm2 = models.PositiveIntegerField(_("for one conductor (mm²)"), help_text="53 %")
    two_mm2 = models.PositiveIntegerField(_("for two conductors (mm²)"), help_text="31 %")
    more_mm2 = models.PositiveIntegerField(_("for three or more (mm²)"), help_text="40 %")

    class Meta:
        verbose_name = _("conduit fill")
        verbose_name_plural = _("conduit fills")
        ordering = ["kind", "designator_mm"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "trade_size"], name="conduit_of_kind")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.trade_size}″ ({self.designator_mm})"

    def allowed_mm2(self, conductors: int) -> int:
        """The area (mm²) that so many conductors may take up together, insulation included."""
        return {1: self.one_mm2, 2: self.two_mm2}.get(conductors, self.more_mm2)
