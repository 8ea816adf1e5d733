"""How a simulated charge point gets in: its password, its security profile, its certificates.

What the central system changes holds from the next connection on (Security Whitepaper, A01-A05).
"""

import ssl as tls
import tempfile
from dataclasses import replace
from pathlib import Path

from cryptography.hazmat.primitives import serialization

from ocpp.simulator.config import SimulatorConfig
from ocpp.simulator.errors import ErrorKind, SimulatorError
from ocpp.simulator.trust import CENTRAL, Trust


class Access:
    """Makes the configuration of each connection."""

    def __init__(self, config: SimulatorConfig, trust: Trust) -> None:
        self._config = config
        self._trust = trust
        self.password = config.password
        self.profile = 0
        if config.ssl:
            self.profile = 3 if config.client_certificate else 2
        elif config.password:
            self.profile = 1

    def rise(self, profile: int) -> bool:
        """Go up to a security profile, where everything for it is there; never down."""
        has_certificate = bool(self._trust.own or self._config.client_certificate)
        needed = {1: bool(self.password), 2: bool(self.password), 3: has_certificate}
        if profile < self.profile or not needed.get(profile, profile == self.profile):
            return False
        self.profile = profile
        return True

    def config(self) -> SimulatorConfig:
        """What the next connection is to be made with. Raises SimulatorError of the kind TLS."""
        config = self._config
        secure = self.profile >= 2
        return replace(
            config,
            password="" if self.profile == 3 else self.password,
            ssl=self.context() if secure else False,
            ws_port=config.wss_port if secure and config.wss_port else config.ws_port,
        )

    def context(self) -> tls.SSLContext:
        """TLS as this charge point speaks it. Raises SimulatorError when a file cannot be read."""
        if isinstance(self._config.ssl, tls.SSLContext):
            return self._config.ssl
        try:
            return self._made()
        except (OSError, ValueError) as error:  # SSLError is an OSError
            raise SimulatorError(ErrorKind.TLS, str(error)) from error

    def _made(self) -> tls.SSLContext:
        context = tls.create_default_context(cafile=self._config.ca_file or None)
        for root in self._trust.roots(CENTRAL):
            context.load_verify_locations(
                cadata=root.public_bytes(serialization.Encoding.PEM).decode()
            )
        if self._trust.own:
            # The standard library takes certificates from files only.
            with tempfile.TemporaryDirectory() as folder:
                chain, key = Path(folder, "chain.pem"), Path(folder, "key.pem")
                chain.write_text(self._trust.own[0])
                key.write_text(self._trust.own[1])
                context.load_cert_chain(chain, key)
        elif self._config.client_certificate:
            context.load_cert_chain(
                self._config.client_certificate, self._config.client_key or None
            )
        return context
