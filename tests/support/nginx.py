"""The real nginx in front of a server, with the configuration that the documentation gives."""

import re
import shutil
import socket
import subprocess
import time
from pathlib import Path

from tests.support.server import ROOT, START_LIMIT_S, ServerFailedError, free_port

EXAMPLE = ROOT / "docs" / "nginx.conf.example"

MAIN = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


class Nginx:
    """nginx as the example has it, on loopback ports of its own."""

    def __init__(
        self, folder: Path, upstream_port: int, certificate: str, key: str, authorities: str
    ) -> None:
        """`certificate`, `key`, `authorities`: paths of PEM files."""
        self.folder = folder / "nginx"
        self.folder.mkdir()
        self.tls_port, self.plain_port = free_port(), free_port()
        site = EXAMPLE.read_text()
        for wanted, given in [
            ("listen 443 ssl;", f"listen 127.0.0.1:{self.tls_port} ssl;"),
            ("listen 80;", f"listen 127.0.0.1:{self.plain_port};"),
            ("server 127.0.0.1:8000;", f"server 127.0.0.1:{upstream_port};"),
            ("/etc/ssl/charge.example.com/fullchain.pem", certificate),
            ("/etc/ssl/charge.example.com/privkey.pem", key),
            ("/etc/ssl/charge.example.com/charge-point-authorities.pem", authorities),
        ]:
            assert site.count(wanted) == 1, wanted
            site = site.replace(wanted, given)
        assert not re.search(r"^[^#]*/etc/", site, re.MULTILINE)
        (self.folder / "site.conf").write_text(site)
        (self.folder / "nginx.conf").write_text(MAIN.format(folder=self.folder))

    def __enter__(self) -> "Nginx":
        program = shutil.which("nginx") or "/usr/sbin/nginx"
        self._process = subprocess.Popen(
            [program, "-p", str(self.folder), "-c", str(self.folder / "nginx.conf")],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        deadline = time.monotonic() + START_LIMIT_S
        while not self._accepts():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.__exit__()
                raise ServerFailedError(f"nginx did not start: {self._said}")
            time.sleep(0.02)  # between two attempts to connect
        return self

    def _accepts(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.tls_port), timeout=1).close()
        except OSError:
            return False
        return True

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._said = self._process.communicate(timeout=20)[1].decode(errors="replace")
