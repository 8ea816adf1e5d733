"""Settings of what this node tells others: other nodes, webhooks, mail servers, people by e-mail.

A part of `config.settings`, which takes every name of it. The variables and their defaults are
listed in `docs/settings.md`.
"""

from config import env

# --- requests that leave this node ---------------------------------------------------------------

# How long one may take in all (s), and the longest answer (MB).
OUTGOING_TIMEOUT_S = env.number("OUTGOING_TIMEOUT_S", 5, least=1)
OUTGOING_MAX_MB = env.number("OUTGOING_MAX_MB", 5, least=1)
# For tests only, whose other side is on the same machine: loopback can be allowed as private
# networks can. Never on a node: `check --deploy` refuses it.
OUTGOING_LOOPBACK_FOR_TESTS = env.flag("OUTGOING_LOOPBACK_FOR_TESTS", default=False)

# --- the constellation ----------------------------------------------------------------------------

# The secret that its nodes share. Without it no other node can register here.
MESH_TOKEN = env.text("MESH_TOKEN")
# The node at which this one registers, and what it says of itself (else what its machine tells).
NODE_HUB = env.text("NODE_HUB")
NODE_HOSTNAME = env.text("NODE_HOSTNAME")
NODE_ADDRESS = env.text("NODE_ADDRESS")
NODE_PORT = env.number("NODE_PORT", 0, least=0, most=65535)
NODE_ROLE = env.text("NODE_ROLE")
NODE_LATITUDE = env.text("NODE_LATITUDE")
NODE_LONGITUDE = env.text("NODE_LONGITUDE")
# How often it says so (s); after how long without that (s) a node is late, and lost.
NODE_HEARTBEAT_S = env.number("NODE_HEARTBEAT_S", 60, least=10)
NODE_LATE_S = env.number("NODE_LATE_S", 180, least=10)
NODE_LOST_S = env.number("NODE_LOST_S", 3600, least=10)
# Registrations from one address, a minute.
NODE_REGISTRATIONS_PER_MINUTE = env.number("NODE_REGISTRATIONS_PER_MINUTE", 60, least=1)

# --- events and webhooks ----------------------------------------------------------------------

# How long events are kept (days), for listeners that come again and for replays.
EVENTS_DAYS = env.number("EVENTS_DAYS", 7, least=1)
# Listeners at a time of one process, and what may wait for one that reads slowly.
EVENTS_LISTENERS = env.number("EVENTS_LISTENERS", 100, least=0)
EVENTS_QUEUE = env.number("EVENTS_QUEUE", 1000, least=10)
# A webhook that has taken nothing for so long (h) is switched off.
WEBHOOK_GIVE_UP_H = env.number("WEBHOOK_GIVE_UP_H", 72, least=1)

# --- e-mail ---------------------------------------------------------------------------------

# The mail server. Without a host e-mails wait in the queue.
EMAIL_BACKEND = env.text("EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
EMAIL_HOST = env.text("EMAIL_HOST")
EMAIL_PORT = env.number("EMAIL_PORT", 587, least=1, most=65535)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD")
# STARTTLS, or TLS from the first byte; not both.
EMAIL_USE_SSL = env.flag("EMAIL_USE_SSL", default=False)
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", default=not EMAIL_USE_SSL)
# How long the server may take for each step (s).
EMAIL_TIMEOUT = env.number("EMAIL_TIMEOUT", 20, least=1, most=60)
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "Arthexis Constellation <noreply@localhost>")
# How long an e-mail belongs to the process that sends it (s): longer than the server may take for
# the last steps. Attempts before it is given up; how long it is kept when it is finished with
# (days, 0: for ever); how large its files may be together (KiB).
MAILER_LEASE_S = env.number("MAILER_LEASE_S", 300, least=1)
MAILER_ATTEMPTS = env.number("MAILER_ATTEMPTS", 12, least=1)
MAILER_KEEP_DAYS = env.number("MAILER_KEEP_DAYS", 90, least=0)
MAILER_ATTACHMENTS_KIB = env.number("MAILER_ATTACHMENTS_KIB", 1024, least=0)

# --- notifications --------------------------------------------------------------------------

# How long a charger is offline, and a connector out of order, before staff are told (s); how long
# what is new then waits for the next e-mail of its kind (s).
NOTIFY_OFFLINE_S = env.number("NOTIFY_OFFLINE_S", 300, least=0)
NOTIFY_FAULT_S = env.number("NOTIFY_FAULT_S", 60, least=0)
NOTIFY_PAUSE_S = env.number("NOTIFY_PAUSE_S", 600, least=0)
# With no more energy than this (Wh) left, drivers are told.
NOTIFY_LOW_BALANCE_WH = env.number("NOTIFY_LOW_BALANCE_WH", 5000)
