"""Django registration of the `ocpp` app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OcppConfig(AppConfig):
    """The `ocpp` app."""

    name = "ocpp"
    verbose_name = _("Charging")
    default_auto_field = "django.db.models.BigAutoField"
    public_pages = [("ocpp:dashboard", _("Chargers"))]

    def ready(self) -> None:
        """Listen to the models, tell accounts of running energy, register duties."""
        from accounts.domain import balance
        from ocpp import receivers
        from ocpp.domain import housekeeping, privacy
        from ocpp.domain.billing import running_energy

        balance.register_running_energy(running_energy)
        receivers.connect()
        housekeeping.register()
        privacy.register()
