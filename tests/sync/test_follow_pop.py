"""`manage.py follow_pop`, as an edge site runs it: no database (no test here may connect), plain words, exit codes."""

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from clavitor.base.secrets import mint
from sync.replica import Replica, ReplicaReader
from tests.sync.fake_feed import FakeFeed, Misbehaviour, changes_page, refuses, resets, serving
from tests.sync.pages import token, vault

ROOT = Path(__file__).parents[2]
KEY = mint("cvp_").secret


@pytest.fixture
def feed() -> Iterator[FakeFeed]:
    with serving() as feed:
        feed.put(vault)
        for number in range(31, 51):
            feed.put(token, id=str(number))
        yield feed


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    """The command takes SIGTERM for itself."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.follower.follow.pause_seconds", lambda failures, at_least_seconds: 0.0)
    monkeypatch.delenv("CLAVITOR_POP_KEY", raising=False)


def follow(feed: FakeFeed, path: Path, *arguments: str, key: str = KEY) -> str:
    """Run it once, and return all it printed."""
    printed = StringIO()
    call_command(
        "follow_pop", f"--url={feed.url}", f"--replica={path}", f"--key={key}", "--once", *arguments,
        stdout=printed, stderr=printed,
    )  # fmt: skip
    return printed.getvalue()


def start(feed: FakeFeed, path: Path, **streams: Any) -> subprocess.Popen[str]:
    """It in a process of its own, without a database and with nothing beside DEBUG and the key."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environment = {**kept, "DEBUG": "1", "CLAVITOR_POP_KEY": KEY, "CLAVITOR_DATA_DIR": str(path.parent / "data")}
    command = [sys.executable, "manage.py", "follow_pop", "--url", feed.url, "--replica", str(path), "--limit", "5"]
    return subprocess.Popen(command, cwd=ROOT, env=environment, text=True, **streams)


def test_once_pulls_all_and_says_how_far_it_is(feed: FakeFeed, tmp_path: Path) -> None:
    assert follow(feed, tmp_path / "pop.sqlite3", "--limit=5") == "position 21 of 21, lag 0\n"
    with closing(ReplicaReader(tmp_path / "pop.sqlite3")) as replica:
        assert replica.read_state() == ("1", 21, "1.21.abcd", 21)


def test_the_key_comes_from_the_environment_too(
    feed: FakeFeed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLAVITOR_POP_KEY", KEY)
    call_command("follow_pop", f"--url={feed.url}", f"--replica={tmp_path}/pop.sqlite3", "--once", stdout=StringIO())
    assert {authorization for _, authorization in feed.requests} == {f"Bearer {KEY}"}


@pytest.mark.parametrize(
    ("key", "why"),
    [("", "^No key. Set CLAVITOR_POP_KEY"), (KEY[:-1], "^The key is mistyped"), ("cva_" + KEY[4:], "is mistyped")],
    ids=["none", "short", "another kind's"],  # the same in every process, which the random key isn't
)
def test_a_key_that_cannot_be_right_is_not_sent(feed: FakeFeed, tmp_path: Path, key: str, why: str) -> None:
    with pytest.raises(CommandError, match=why) as refused:
        follow(feed, tmp_path / "pop.sqlite3", key=key)
    assert refused.value.returncode == 1
    assert not key or key not in str(refused.value)
    assert feed.requests == []


@pytest.mark.parametrize("argument", ["--limit=0", "--limit=5001", "--interval=0", "--interval=-1"])
def test_numbers_out_of_range_are_refused(feed: FakeFeed, tmp_path: Path, argument: str) -> None:
    with pytest.raises(CommandError, match="Need a limit from 1 to 5000 and an interval above 0"):
        follow(feed, tmp_path / "pop.sqlite3", argument)


ENDS: list[tuple[Misbehaviour, int, str]] = [
    (refuses(401, "expired_key"), 3, "Set CLAVITOR_POP_KEY to a live key"),
    (refuses(400, "malformed_cursor"), 4, "400 malformed_cursor"),
    (refuses(403, "pop_paused"), 5, "403 pop_paused"),
    (resets, 6, "No answer from 127.0.0.1"),
    (refuses(500, "internal_error"), 6, "500 internal_error"),
    (changes_page(lambda answer: answer["changes"].reverse()), 7, "positions must rise"),
]


@pytest.mark.parametrize(("misbehaviour", "code", "why"), ENDS)
def test_each_end_has_a_code_of_its_own(
    feed: FakeFeed, tmp_path: Path, misbehaviour: Misbehaviour, code: int, why: str, capfd: pytest.CaptureFixture[str]
) -> None:
    feed.next_answers.extend([misbehaviour] * 4)
    with pytest.raises(CommandError, match=why) as ended:
        follow(feed, tmp_path / "pop.sqlite3")
    assert ended.value.returncode == code
    assert KEY not in str(ended.value) + "".join(capfd.readouterr())


def test_a_replica_in_use_and_one_that_is_none_end_it_too(feed: FakeFeed, tmp_path: Path) -> None:
    path = tmp_path / "pop.sqlite3"
    with closing(Replica(path)), pytest.raises(CommandError, match=f"Process {os.getpid()}") as ended:
        follow(feed, path)
    assert ended.value.returncode == 8
    (tmp_path / "notes").write_text("Dear diary, " * 50)
    with pytest.raises(CommandError, match="not a database") as ended:
        follow(feed, tmp_path / "notes")
    assert ended.value.returncode == 9


def test_trouble_and_a_rebuild_are_told(feed: FakeFeed, tmp_path: Path) -> None:
    follow(feed, tmp_path / "pop.sqlite3")
    feed.begin_epoch("2")
    feed.next_answers.append(refuses(503, "database_unavailable"))
    printed = follow(feed, tmp_path / "pop.sqlite3").splitlines()
    assert "503 database_unavailable" in printed[0]
    assert printed[1].startswith(
        "REBUILDING from position 0; the old replica serves until it is done. http://127.0.0.1:"
    )
    assert printed[2:] == ["REBUILT: the replica is new, at position 21.", "position 21 of 21, lag 0"]


def test_it_needs_no_database_and_stops_when_told(feed: FakeFeed, tmp_path: Path) -> None:
    process = start(feed, tmp_path / "pop.sqlite3", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        assert process.stdout
        assert process.stdout.readline() == "position 21 of 21, lag 0\n"
        feed.put(vault, l0="00000002")
        assert process.stdout.readline() == "position 22 of 22, lag 0\n"
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=20)
    finally:
        process.kill()
        process.communicate()
    assert (process.returncode, out, err) == (0, "Stopped.\n", "")
    assert not list((tmp_path / "data").glob("*post*")) + list((tmp_path / "data").glob("pg*"))


def test_a_boot_on_a_terminal_shows_a_bar(feed: FakeFeed, tmp_path: Path) -> None:
    ours, its = pty.openpty()
    process = start(feed, tmp_path / "pop.sqlite3", stdout=subprocess.PIPE, stderr=its)
    try:
        os.close(its)
        assert process.stdout
        assert process.stdout.readline() == "position 21 of 21, lag 0\n"
        shown = os.read(ours, 100_000).decode()
    finally:
        process.kill()
        process.communicate()
        os.close(ours)
    assert "objects" in shown
    assert "/21" in shown
