"""The server that tests have started ends with them."""

from collections.abc import Generator

import pytest

from tests.engine.vault.making import stop_server


@pytest.fixture(scope="session", autouse=True)
def server_ends() -> Generator[None]:
    yield
    stop_server()
