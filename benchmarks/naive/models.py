"""The rows of the naive server."""

from django.db import models


class Charger(models.Model):
    """A charge point."""

    charger_id = models.CharField(max_length=48, unique=True)

    def __str__(self) -> str:
        return self.charger_id


class Session(models.Model):
    """A transaction."""

    charger = models.ForeignKey(Charger, on_delete=models.CASCADE)
    connector = models.PositiveIntegerField()
    id_tag = models.CharField(max_length=20)
    meter_start = models.BigIntegerField()
    started = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.pk}"


class Reading(models.Model):
    """A sampled value, with the same columns and the same index as the product's."""

    charger = models.ForeignKey(Charger, on_delete=models.CASCADE, db_index=False)
    session = models.ForeignKey(Session, on_delete=models.CASCADE, db_index=False)
    connector = models.PositiveIntegerField()
    timestamp = models.DateTimeField()
    measurand = models.CharField(max_length=40)
    value = models.DecimalField(max_digits=18, decimal_places=4)
    unit = models.CharField(max_length=16, blank=True)
    phase = models.CharField(max_length=8, blank=True)
    context = models.CharField(max_length=24, blank=True)

    class Meta:
        indexes = [models.Index(fields=["charger", "timestamp"])]

    def __str__(self) -> str:
        return f"{self.measurand} {self.value}"
