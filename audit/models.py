"""The records."""

from typing import Any, NoReturn

from django.db import models
from django.utils.translation import gettext_lazy as _


class RecordIsFinal(Exception):
    """Somebody tried to change or delete a record of the audit."""

    def __init__(self) -> None:
        super().__init__("Records of the audit are never changed, and removed only by their age.")


class RecordQuerySet(models.QuerySet["Record"]):
    """Records: they can be read and added."""

    def update(self, **kwargs: Any) -> NoReturn:
        """Raises `RecordIsFinal`."""
        raise RecordIsFinal

    def bulk_create(self, objs: Any, *args: Any, **kwargs: Any) -> Any:
        """Add records. Raises `RecordIsFinal` when conflicts are to become updates."""
        if kwargs.get("update_conflicts"):
            raise RecordIsFinal
        return super().bulk_create(objs, *args, **kwargs)

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raises `RecordIsFinal`."""
        raise RecordIsFinal

    def delete(self) -> NoReturn:
        """Raises `RecordIsFinal`: `audit.domain.remove_old` is what removes."""
        raise RecordIsFinal


class Record(models.Model):
    """One deed: who, when, from where, on what, and how it was before and after.

    People stand in it by their numbers, not by name, so that a person who is erased needs no
    change here. The database refuses changes as well (see the first migration).
    """

    class Door(models.TextChoices):
        """By which way somebody did it."""

        WEB = "web", _("web")
        API = "api", _("API")
        COMMAND = "command", _("command line")
        SYSTEM = "system", _("the node itself")

    created = models.DateTimeField(_("when"), auto_now_add=True, db_index=True)
    #: What was done, such as `token.made`.
    deed = models.CharField(_("deed"), max_length=60, db_index=True)
    #: The number of the user; None where nobody had logged in, and for the node itself.
    user_pk = models.BigIntegerField(_("user"), null=True, db_index=True)
    door = models.CharField(_("by way of"), max_length=8, choices=Door)
    #: The network address, as far as proxies can be believed; or the name of the command.
    origin = models.CharField(_("from"), max_length=64, blank=True)
    #: On what: the label of a model and the key of a row, such as `ocpp.charger` and `7`.
    subject_type = models.CharField(_("kind"), max_length=60, blank=True)
    subject_pk = models.CharField(_("number"), max_length=64, blank=True)
    before = models.JSONField(_("before"), null=True)
    after = models.JSONField(_("after"), null=True)

    objects = RecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("record of the audit")
        verbose_name_plural = _("audit")
        ordering = ["-created", "-id"]
        indexes = [models.Index(fields=["subject_type", "subject_pk"], name="audit_subject")]

    def __str__(self) -> str:
        return f"{self.deed} {self.subject_type} {self.subject_pk}".rstrip()

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the record. Raises `RecordIsFinal` when it is in the database already."""
        if not self._state.adding:
            raise RecordIsFinal
        super().save(*args, **{**kwargs, "force_insert": True})

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raises `RecordIsFinal`."""
        raise RecordIsFinal
