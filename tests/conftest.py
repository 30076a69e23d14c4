"""What every test may count on: no network, no site settings, no user's folders, and the data folder where there is one."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Hides the site's settings and the user's folders, and refuses every connection that leaves this machine."""
    for name in [n for n in os.environ if n.startswith("RADASSIST_") and n != "RADASSIST_DATA"]:
        monkeypatch.delenv(name)
    home = tmp_path_factory.getbasetemp() / "home"
    home.mkdir(exist_ok=True)
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(home))

    real_connect = socket.socket.connect

    def connect(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else ""
        if self.family in (socket.AF_INET, socket.AF_INET6) and host not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test tried to reach {host}; nothing may leave the machine")
        real_connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", connect)


@pytest.fixture(scope="session")
def data_file() -> Callable[[str], Path]:
    """A file of the development data (RADASSIST_DATA names its folder), or a skip that says which one is missing."""

    def find(name: str) -> Path:
        folder = os.environ.get("RADASSIST_DATA")
        if not folder:
            pytest.skip(f"needs {name}: set RADASSIST_DATA to the folder that holds it")
        path = Path(folder) / name
        if not path.is_file():
            pytest.skip(f"needs {name}: it is not in {folder}")
        return path

    return find
