"""The naive server, for uvicorn."""

import os

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.naive.settings"
django.setup()

from benchmarks.naive.consumer import Consumer  # noqa: E402  (after setup)

application = Consumer.as_asgi()
