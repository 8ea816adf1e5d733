"""Settings of people: how they log in, what they may ask how often, how long it is known.

A part of `config.settings`, which takes every name of it. The variables and their defaults are
listed in `docs/settings.md`.
"""

from config import env

AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
AUTHENTICATION_BACKENDS = [
    "accounts.backends.PasswordBackend",
    "accounts.backends.SecondFactorBackend",
    "accounts.backends.RFIDBackend",
]
LOGIN_URL = "website:login"
LOGIN_REDIRECT_URL = "ocpp:me"

# Limits on guessing, by network address unless said otherwise.
RFID_LOGIN_PER_MINUTE = env.number("RFID_LOGIN_PER_MINUTE", 5)
RFID_LOGIN_PER_HOUR = env.number("RFID_LOGIN_PER_HOUR", 20)
RFID_LOGIN_PER_MINUTE_IN_ALL = env.number("RFID_LOGIN_PER_MINUTE_IN_ALL", 60)
# Whether a card may open a session of staff: its number can be copied.
RFID_LOGIN_STAFF = env.flag("RFID_LOGIN_STAFF", default=False)
# Failed logins of one user name at one address, and of all user names at one address.
PASSWORD_FAILURES_PER_15_MINUTES = env.number("PASSWORD_FAILURES_PER_15_MINUTES", 5)
PASSWORD_FAILURES_PER_HOUR = env.number("PASSWORD_FAILURES_PER_HOUR", 50)
# Whether staff may have a second factor (optional) or must set one up before anything else
# (required); wrong codes of one user at one address, and of one user from everywhere.
STAFF_SECOND_FACTOR = env.choice("STAFF_SECOND_FACTOR", "optional", ("optional", "required"))
SECOND_FACTOR_FAILURES_PER_15_MINUTES = env.number("SECOND_FACTOR_FAILURES_PER_15_MINUTES", 5)
SECOND_FACTOR_FAILURES_PER_HOUR = env.number("SECOND_FACTOR_FAILURES_PER_HOUR", 30)
# How long records of the audit are kept (days); 0: for ever. Never less than 31.
AUDIT_DAYS = env.number("AUDIT_DAYS", 730)
# What a driver may ask of chargers from pages: starts and stops of one user, a minute.
DRIVER_REQUESTS_PER_MINUTE = env.number("DRIVER_REQUESTS_PER_MINUTE", 6)
# Requests to the API, of one token or one user by session, a minute (0: any number).
API_REQUESTS_PER_MINUTE = env.number("API_REQUESTS_PER_MINUTE", 600)
# QR codes that one network address may have drawn, a minute, in each process (0: any number).
QR_PER_MINUTE = env.number("QR_PER_MINUTE", 60)
# How long a code stays that pages have made and nobody uses any more (days); 0: for ever. A browser
# may keep its picture for a year.
QR_KEEP_DAYS = env.number("QR_KEEP_DAYS", 400)
# Whom drivers tell of a charger that is out of order: a telephone number, an e-mail address.
SUPPORT_CONTACT = env.text("SUPPORT_CONTACT", "")
