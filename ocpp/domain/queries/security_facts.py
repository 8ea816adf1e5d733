"""How a charger proves who it is, in sentences for staff; never a key."""

from django.utils.formats import localize
from django.utils.timezone import localtime
from django.utils.translation import gettext

from ocpp.choices import CertificateKind, CredentialState
from ocpp.models import Certificate, Charger, Credential


def of(charger: Charger) -> list[str]:
    """What is known of how it proves itself, in sentences."""
    lines = [_connection(charger)]
    if charger.wanted_profile is not None:
        text = gettext(
            "It was told to connect with security profile %(profile)s: that will hold from when it"
            " first does so."
        )
        profile = charger.get_wanted_profile_display()
        lines.append(text % {"profile": profile})
    keys = list(charger.credentials.select_related("created_by"))
    lines += [_key(key) for key in keys] or [gettext("It has no key.")]
    certificates = Certificate.objects.filter(
        charger=charger, kind=CertificateKind.CHARGE_POINT, revoked=None
    )
    for certificate in certificates[:3]:
        text = gettext("Client certificate %(serial)s, valid until %(time)s.")
        until = localize(localtime(certificate.valid_until))
        lines.append(text % {"serial": certificate.serial_number, "time": until})
    return lines


def _connection(charger: Charger) -> str:
    if not charger.connected:
        return gettext("It is not connected.")
    if charger.over_tls:
        return gettext("It is connected over TLS.")
    return gettext("It is connected without TLS.")


def _key(key: Credential) -> str:
    facts = {
        "time": localize(localtime(key.created)),
        "user": key.created_by.get_username() if key.created_by else "–",
    }
    if key.state == CredentialState.ACTIVE:
        return gettext("Key in use, made at %(time)s by %(user)s.") % facts
    if key.reboot_required:
        text = gettext("New key, made at %(time)s by %(user)s: reboot required.")
    else:
        text = gettext("New key, made at %(time)s by %(user)s: not used yet.")
    return text % facts
