"""The demonstration's processes: they end with it, and what goes wrong with one is told with the end of its log."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from clavitor.demo import ports, processes
from clavitor.demo.processes import DidNotStart

STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(60)"
)


@pytest.fixture(autouse=True)
def _folder(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def sleeping() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        yield process
        process.kill()


def test_a_process_has_its_variables_its_log_and_an_end() -> None:
    with processes.running(
        "POP", "shell", "-c", "import os; print(os.environ['X'], flush=True); input()", X="4711"
    ) as process:
        pass
    assert process.poll() is not None
    with processes.running("POP", "help") as process:
        process.wait(30)
        assert process.returncode == 0
    assert "migrate" in processes.log_path("POP").read_text()


def test_one_that_runs_is_fine(sleeping: subprocess.Popen[bytes]) -> None:
    processes.require_running("server", sleeping)


def test_one_that_has_ended_is_told_with_its_last_lines() -> None:
    with processes.running("server", "no_such_command") as process:
        process.wait(30)
        with pytest.raises(DidNotStart) as ended:
            processes.require_running("server", process)
    told = str(ended.value)
    assert told.startswith(f"The server ended with code 1. The end of {processes.log_path('server')}:")
    assert "no_such_command" in told
    assert len(told.splitlines()) <= 9


def test_a_server_that_ends_instead_of_answering_is_told_at_once() -> None:
    with (
        processes.running("server", "no_such_command") as process,
        pytest.raises(DidNotStart, match="ended with code 1"),
    ):
        processes.wait_until_ready(f"http://127.0.0.1:{ports.free_port()}", process)


def test_a_server_that_never_answers_is_given_up(
    monkeypatch: pytest.MonkeyPatch, sleeping: subprocess.Popen[bytes]
) -> None:
    monkeypatch.setattr(processes, "READY_SECONDS", 0.3)
    with pytest.raises(DidNotStart, match="wasn't ready within"):
        processes.wait_until_ready(f"http://127.0.0.1:{ports.free_port()}", sleeping)


def test_one_that_will_not_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "STOP_SECONDS", 0.2)
    with subprocess.Popen([sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE) as process:
        assert process.stdout and process.stdout.readline() == b"ready\n"
        processes._end(process)
    assert process.returncode == -signal.SIGKILL
