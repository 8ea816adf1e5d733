"""Messages of OCPP 1.6, named as in the standard, a file per feature profile.

`X` is the request X.req, `XResponse` the confirmation X.conf; fields are spelled as on the wire.
"""
