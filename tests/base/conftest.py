"""Folders for embedded servers of the tests' own."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clavitor.base.embedded import EmbeddedServer
from tests.base.servers import User


@pytest.fixture(scope="session")
def made_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cluster to copy: making one takes most of a test's time."""
    server = EmbeddedServer(tmp_path_factory.mktemp("made"))
    server.ensure_running()
    server.release()
    assert server.wait_until_stopped(20)
    yield server.cluster
    server.discard(0)


@pytest.fixture
def data_dir(bare_dir: Path, made_cluster: Path) -> Path:
    """Where a server has been before."""
    if not made_cluster.is_symlink():  # it is where root may not use namespaces; then each test makes its own
        shutil.copytree(made_cluster, bare_dir / "postgres")
    return bare_dir


@pytest.fixture
def bare_dir(tmp_path: Path) -> Iterator[Path]:
    """Empty, and deeply nested: a socket's path in it would be far too long. With a blank."""
    folder = tmp_path / "a folder" / ("x" * 60) / ("y" * 60) / "data"
    folder.mkdir(parents=True)
    yield folder
    folder.mkdir(exist_ok=True)
    server = EmbeddedServer(folder)
    server.release()
    assert server.wait_until_stopped(20)
    server.discard(0)


@pytest.fixture
def use(bare_dir: Path) -> Iterator[Callable[..., User]]:
    users: list[User] = []

    def start(*arguments: str, **environment: str) -> User:
        users.append(User(bare_dir, *arguments, **environment))
        return users[-1]

    yield start
    for user in users:
        user.kill()


@pytest.fixture
def open_dir() -> Iterator[Path]:
    """A folder that every user can reach, as pytest's own can't be."""
    folder = Path(tempfile.mkdtemp(prefix="clavitor-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)
