"""What fault tests share: servers on a PostgreSQL cluster that may be harmed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.load import provide
from tests.support.cluster import Cluster, ClusterDatabase, programs
from tests.support.fixtures import ServerMaker
from tests.support.server import ServerProcess
from tests.support.services import missing
from tests.test_several_processes import database, pair, redis, template

__all__ = ["cluster", "database", "make_server_of_cluster", "pair", "redis", "template"]


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Cluster, ClusterDatabase]]:
    """A running cluster of the run's own, and a database in it, with drivers, to copy."""
    if programs() is None:
        missing("PostgreSQL's own programs are not installed: apt-get install postgresql")
    cluster = Cluster()
    try:
        cluster.start()
        template = ClusterDatabase.create()
        folder = tmp_path_factory.mktemp("cluster")
        server = ServerProcess(template, folder)
        server.manage("migrate", "-v", "0")
        provide(server)
        yield cluster, template
    finally:
        cluster.remove()


@pytest.fixture
def make_server_of_cluster(
    cluster: tuple[Cluster, ClusterDatabase], tmp_path: Path
) -> Iterator[ServerMaker]:
    """Makes servers, not yet started, each on a new database of the cluster."""
    servers: list[ServerProcess] = []

    def make(**options: Any) -> ServerProcess:
        server = ServerProcess(cluster[1].copy_of_template(), tmp_path, **options)
        servers.append(server)
        return server

    yield make
    for server in servers:
        server.kill()
        server.database.drop()
