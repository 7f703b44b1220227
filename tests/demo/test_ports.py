"""Ports for the demonstration: a clear line for one that can't be had."""

import socket
from collections.abc import Iterator

import pytest
from django.core.management import CommandError

from clavitor.demo import ports


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


def test_the_port_is_the_usual_one_or_the_one_that_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    free = ports.free_port()
    monkeypatch.setenv("PORT", str(free))
    assert ports.chosen_port() == free


@pytest.mark.parametrize("text", ["", "0", "65536", "99999999999", "-1", "80x", "8000.0", "²", " 8000", "http"])
def test_what_is_no_port_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("PORT", text)
    with pytest.raises(CommandError, match="is no port. Set it to a number from 1 to 65535"):
        ports.chosen_port()


def test_one_that_is_taken_is_refused_with_a_way_out(monkeypatch: pytest.MonkeyPatch, taken: int) -> None:
    monkeypatch.setenv("PORT", str(taken))
    with pytest.raises(CommandError, match=rf"Port {taken} can't be had \(.*\). Try PORT=8001 scripts/demo"):
        ports.chosen_port()


def test_a_free_port_can_be_listened_on() -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", ports.free_port()))
