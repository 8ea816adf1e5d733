"""Settings of charging: how charge points may behave, what is kept, who gets a certificate.

A part of `config.settings`, which takes every name of it. The variables and their defaults are
listed in `docs/settings.md`.
"""

from config import env

# Unknown charge points: open (a private peer is accepted, a public one waits for approval),
# approve (every one waits), closed (refused).
OCPP_UNKNOWN_CHARGERS = env.choice("OCPP_UNKNOWN_CHARGERS", "open", ("open", "approve", "closed"))
# New ids within an hour: of public addresses each and in all, and of private addresses in all.
OCPP_NEW_PER_ADDRESS_AN_HOUR = env.number("OCPP_NEW_PER_ADDRESS_AN_HOUR", 10)
OCPP_NEW_AN_HOUR = env.number("OCPP_NEW_AN_HOUR", 60)
OCPP_NEW_PRIVATE_AN_HOUR = env.number("OCPP_NEW_PRIVATE_AN_HOUR", 1000)
# Chargers that may wait for approval at once.
OCPP_UNAPPROVED = env.number("OCPP_UNAPPROVED", 200)
# How long a charge point may take to be admitted (s). Connections at a time and handshakes a second
# of one network address, accepted chargers not counted; admissions a second of a process (each 0:
# no limit).
OCPP_HANDSHAKE_S = env.number("OCPP_HANDSHAKE_S", 10, least=1)
OCPP_CONNECTIONS_PER_ADDRESS = env.number("OCPP_CONNECTIONS_PER_ADDRESS", 200, least=0)
OCPP_HANDSHAKES_PER_ADDRESS_A_SECOND = env.number(
    "OCPP_HANDSHAKES_PER_ADDRESS_A_SECOND", 20, least=0
)
OCPP_ADMISSIONS_A_SECOND = env.number("OCPP_ADMISSIONS_A_SECOND", 500, least=0)
# Connects a minute of one charger from one address (0: no limit), beyond which it rests (s); they
# are not counted just after the start of the process (s).
OCPP_CONNECTS_A_MINUTE = env.number("OCPP_CONNECTS_A_MINUTE", 15, least=0)
OCPP_REST_S = env.number("OCPP_REST_S", 300, least=1)
OCPP_START_GRACE_S = env.number("OCPP_START_GRACE_S", 120, least=0)
# How often a connection is pinged, at most, and how long the pong may take (s).
OCPP_PING_S = env.number("OCPP_PING_S", 60, least=1)
OCPP_PONG_S = env.number("OCPP_PONG_S", 60, least=1)
# Connections that may wait to be taken.
OCPP_LISTEN_BACKLOG = env.number("OCPP_LISTEN_BACKLOG", 4096, least=1)
# Messages a second and in a burst from one charge point, beyond which it is read more slowly
# (0: no limit), and how long that may go on without a pause (s).
OCPP_MESSAGES_A_SECOND = env.number("OCPP_MESSAGES_A_SECOND", 5, least=0)
OCPP_MESSAGE_BURST = env.number("OCPP_MESSAGE_BURST", 300, least=0)
OCPP_THROTTLED_S = env.number("OCPP_THROTTLED_S", 600, least=0)
# The longest message of one (KiB), beyond which its connection ends with 1009, and the same while
# it is not accepted; how deep its JSON may nest.
OCPP_MESSAGE_KIB = env.number("OCPP_MESSAGE_KIB", 256, least=1)
OCPP_MESSAGE_UNAPPROVED_KIB = env.number("OCPP_MESSAGE_UNAPPROVED_KIB", 16, least=1)
OCPP_JSON_DEPTH = env.number("OCPP_JSON_DEPTH", 10, least=8, most=100)
# Messages that may be in the writer at a time (0: no limit), and how long another one may wait
# until its charge point is asked to send it again (s).
OCPP_WRITER_QUEUE = env.number("OCPP_WRITER_QUEUE", 2000, least=0)
OCPP_WRITER_WAIT_S = env.number("OCPP_WRITER_WAIT_S", 8, least=0)
# Open pages that one process tells what has changed; a quarter of the places is kept for staff.
OCPP_LIVE_PAGES = env.number("OCPP_LIVE_PAGES", 500, least=0)
# Web pages whose scripts may open a charge point's address (values of the Origin header).
OCPP_ALLOWED_ORIGINS = env.words("OCPP_ALLOWED_ORIGINS")
# Wrong keys of one charger id from one address within 15 minutes.
OCPP_KEY_FAILURES_PER_15_MINUTES = env.number("OCPP_KEY_FAILURES_PER_15_MINUTES", 10)
# Whether the proxies of TRUSTED_PROXIES tell the client certificate, in X-Client-Cert (%-encoded
# PEM) and X-Client-Verify, and take these headers from whoever else sends them.
OCPP_CLIENT_CERTIFICATE_HEADERS = env.flag("OCPP_CLIENT_CERTIFICATE_HEADERS", default=False)
OCPP_STRICT = env.flag("OCPP_STRICT", default=False)
OCPP_HEARTBEAT_INTERVAL_S = env.number("OCPP_HEARTBEAT_INTERVAL_S", 300)
# How soon a charge point that is not accepted may ask again (s).
OCPP_PENDING_INTERVAL_S = env.number("OCPP_PENDING_INTERVAL_S", 60)
OCPP_REJECTED_INTERVAL_S = env.number("OCPP_REJECTED_INTERVAL_S", 3600)
# Whether and how long after an accepted boot (s) its configuration is read, unless the last
# reading is younger than this (h); how many different ones are kept for each charger; and what
# keys of it are raised to where they are lower (nothing: none).
OCPP_READ_CONFIGURATION = env.flag("OCPP_READ_CONFIGURATION", default=True)
OCPP_READ_CONFIGURATION_DELAY_S = env.number("OCPP_READ_CONFIGURATION_DELAY_S", 10)
OCPP_READ_CONFIGURATION_AGE_H = env.number("OCPP_READ_CONFIGURATION_AGE_H", 24)
OCPP_SNAPSHOTS_KEPT = env.number("OCPP_SNAPSHOTS_KEPT", 20)
OCPP_AT_LEAST = env.words(
    "OCPP_AT_LEAST", "TransactionMessageAttempts=10,TransactionMessageRetryInterval=60"
)
# Refused connections that are kept to be shown: in all, and of one network address.
OCPP_ATTEMPTS_KEPT = env.number("OCPP_ATTEMPTS_KEPT", 1000)
OCPP_ATTEMPTS_PER_ADDRESS = env.number("OCPP_ATTEMPTS_PER_ADDRESS", 100)
OCPP_CALL_TIMEOUT_S = env.number("OCPP_CALL_TIMEOUT_S", 30)
# Commands that may wait for one charger, how long they may (s), and a remote start (s).
OCPP_COMMAND_QUEUE = env.number("OCPP_COMMAND_QUEUE", 50)
OCPP_COMMAND_TTL_S = env.number("OCPP_COMMAND_TTL_S", 300)
OCPP_REMOTE_START_TTL_S = env.number("OCPP_REMOTE_START_TTL_S", 60)
# Energy (Wh) that is held at a time for a session where credit decides.
OCPP_HOLD_WH = env.number("OCPP_HOLD_WH", 5000)
# A session whose hold cannot grow is stopped when so much of it is left, or less (Wh).
OCPP_HOLD_MARGIN_WH = env.number("OCPP_HOLD_MARGIN_WH", 500)
# What a connector delivers at most (W), to tell meters that lie; can be set for each connector.
OCPP_CONNECTOR_POWER_W = env.number("OCPP_CONNECTOR_POWER_W", 400_000)
# What a connector is fed with where nothing else is told: phases, and V between one and neutral.
OCPP_PHASES = int(env.choice("OCPP_PHASES", "3", ("1", "2", "3")))
OCPP_VOLTAGE = env.number("OCPP_VOLTAGE", 230)
# REST requests of one process that may wait for a charger's answer at the same time.
OCPP_WAITING_REQUESTS = env.number("OCPP_WAITING_REQUESTS", 32)

# How long meter readings and the messages of charge points are kept (days; 0: for ever).
OCPP_METER_READINGS_DAYS = env.number("OCPP_METER_READINGS_DAYS", 400)
OCPP_MESSAGE_LOG_DAYS = env.number("OCPP_MESSAGE_LOG_DAYS", 90)
# The same for the history of the states of connectors: a row for each change.
OCPP_STATUS_HISTORY_DAYS = env.number("OCPP_STATUS_HISTORY_DAYS", 400)

# Diagnostics and logs that a charge point uploads: the longest file (MB), and how long the address
# given to it is good for (s).
OCPP_UPLOAD_MAX_MB = env.number("OCPP_UPLOAD_MAX_MB", 50)
OCPP_UPLOAD_TTL_S = env.number("OCPP_UPLOAD_TTL_S", 3600)
# How long after the time at which a charge point is to fetch firmware from here it may do so (s).
OCPP_FIRMWARE_TTL_S = env.number("OCPP_FIRMWARE_TTL_S", 86400)

# Certificates of charge points. Who gets one: known (accepted chargers that staff have looked at,
# the others wait), approve (every one waits), closed (nobody). Another authority than this node's
# own, as a dotted path. The key of its own root, how long a certificate lasts (days) and how long
# before its end staff are told; the organization that requests must name, as the key CpoName.
OCPP_SIGN_CERTIFICATES = env.choice(
    "OCPP_SIGN_CERTIFICATES", "known", ("known", "approve", "closed")
)
OCPP_CERTIFICATE_AUTHORITY = env.text("OCPP_CERTIFICATE_AUTHORITY")
OCPP_AUTHORITY_KEY = env.choice("OCPP_AUTHORITY_KEY", "ec", ("ec", "rsa"))
OCPP_CERTIFICATE_DAYS = env.number("OCPP_CERTIFICATE_DAYS", 365)
OCPP_CERTIFICATE_WARN_DAYS = env.number("OCPP_CERTIFICATE_WARN_DAYS", 30)
OCPP_CPO_NAME = env.text("OCPP_CPO_NAME")
