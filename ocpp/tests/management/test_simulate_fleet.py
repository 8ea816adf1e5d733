"""The options of `simulate --fleet`; `tests/test_fleet.py` runs fleets."""

import io
import json
import re
import resource
import socket

import pytest
from django.core.management import CommandError, call_command

from ocpp.management import simulator_fleet


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--fleet", "0"], "the fleet has 0 charge points"),
        (["--fleet", "many"], "invalid int value: 'many'"),
        (["--fleet", "5", "--count", "3"], "--count is for few charge points"),
        (["--fleet", "5", "--time-scale", "3"], "--time-scale is for few charge points"),
        (["--fleet", "5", "--repeat"], "--repeat is for few charge points"),
        (["--fleet", "5", "--row", "Patio"], "--row is for few charge points"),
        (["--ramp", "50"], "--ramp is for fleets: write --fleet"),
        (["--hour", "0"], "--hour is for fleets"),
        (["--json"], "--json is for fleets"),
        (["--fleet", "5", "--ramp", "0"], "0 is not above zero"),
        (["--fleet", "5", "--hour", "25"], "the hour is 25"),
        (["--fleet", "5", "--share", "kwh"], "kwh is no share: write for example"),
        (["--fleet", "5", "--share", "mad=0.5"], "no behaviour 'mad'"),
        (["--fleet", "5", "--share", "kwh=1.5"], "the share of kwh is 1.5"),
        (["--fleet", "5", "--share", "kwh=nan"], "the share of kwh is nan"),
        (["--fleet", "5", "--tls", "--ca-file", "/no/such/file"], "No such file"),
    ],
)
def test_wrong_options_are_explained(arguments, words):
    with pytest.raises(CommandError, match=words):
        call_command("simulate", *arguments)


def test_too_few_file_descriptors_are_told(monkeypatch):
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, 4096))
    with pytest.raises(CommandError, match="needs 10100 file descriptors and the system allows"):
        simulator_fleet.open_files(10_100)


def test_the_soft_limit_is_raised(monkeypatch):
    told = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, 20_000))
    monkeypatch.setattr(resource, "setrlimit", lambda *limit: told.append(limit))
    simulator_fleet.open_files(1_000)
    assert told == []
    simulator_fleet.open_files(10_100)
    assert told == [(resource.RLIMIT_NOFILE, (10_100, 20_000))]


def dead_port():
    """A port where nobody listens, for some seconds at least."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def test_a_fleet_that_never_gets_in_fails_and_says_why():
    out = io.StringIO()
    arguments = ["--fleet", "3", "--port", dead_port(), "--run-for", "0.3"]
    with pytest.raises(CommandError, match=r"No charge point got in: not-listening: \d"):
        call_command("simulate", *arguments, stdout=out)
    assert re.search(r"messages: 0 sent = 0 answered \+ 0 lost", out.getvalue())
    assert "answers: p50 – ms, p99 – ms" in out.getvalue()


def test_the_summary_as_json():
    out = io.StringIO()
    arguments = ["--fleet", "3", "--port", dead_port(), "--run-for", "0.3", "--json"]
    with pytest.raises(CommandError):
        call_command("simulate", *arguments, stdout=out)
    figures = json.loads(out.getvalue())
    assert (figures["charge_points"], figures["connects"], figures["sent"]) == (3, 0, 0)
    assert figures["refusals"]["not-listening"] >= 3
