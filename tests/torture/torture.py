"""The whole of it: writers, servers, sealers, POPs, killed and started; then quiet; then each replica is compared."""

import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils import timezone

from sync import operations
from tests.database import CommittedDatabase
from tests.torture import compare
from tests.torture.chaos import Chaos
from tests.torture.deeds import ADDING, EVERYTHING, Work
from tests.torture.expected import Registry
from tests.torture.pools import Pools, populate
from tests.torture.processes import FollowingPop, Process, Sealing, Server
from tests.torture.writers import Writer

WRITERS, SERVERS, POPS, SEALINGS = 8, 2, 3, 2
QUIET_WITHIN_SECONDS = 60


@dataclass
class Findings:
    """What was done, and what is wrong after it."""

    deeds: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    harms: Counter[str] = field(default_factory=Counter)
    objects: int = 0
    head: int = 0
    complaints: list[str] = field(default_factory=list)

    def summary(self) -> str:
        """For a person."""
        lines = [
            f"{title}: " + ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counter.most_common())
            for title, counter in (("transactions", self.ends), ("deeds", self.deeds), ("harm", self.harms))
        ]
        return "\n".join([*lines, f"{self.objects} objects, head at {self.head}", *self.complaints])


class Torture:
    """One registry with its servers and POPs, through any number of rounds."""

    def __init__(self, database: CommittedDatabase, seed: str, folder: Path) -> None:
        self._database, self._seed, self._rounds = database, seed, 0
        self._watch = database.connect()
        self._pools = prepare(self._watch, random.Random(seed))
        environment = database.environment(CLAVITOR_DATA_DIR=str(folder / "data"), LOG_LEVEL="INFO")
        self._servers = [Server(number, environment, folder) for number in range(SERVERS)]
        self._sealings = [Sealing(number, environment, folder) for number in range(SEALINGS)]
        self._pops = [self._add_pop(number, folder) for number in range(POPS)]
        self.findings = Findings()

    def start(self) -> None:
        """Start servers and POPs."""
        for process in (*self._servers, *self._pops):
            process.start()
        for server in self._servers:
            server.wait_until_it_answers()

    def stop(self) -> None:
        """End everything, whatever state it is in."""
        for process in self._processes():
            process.kill()
        self._watch.close()

    def round(self, seconds: float, pause_seconds: float) -> bool:
        """Torture, wait until quiet, compare. Whether all is well; `findings` have the rest."""
        self._rounds += 1
        seed = f"{self._seed}/{self._rounds}"
        connect = self._database.connect
        chaos = Chaos(seed, connect, self._servers, self._sealings, self._pops, pause_seconds)
        writers = write_for(seconds, [Writer(n, seed, connect, self._pools, EVERYTHING) for n in range(WRITERS)], chaos)
        chaos.stop()
        note(self.findings, writers)
        self.findings.harms.update(chaos.done)
        self.findings.complaints += chaos.failures
        self._wait_until_quiet()
        self._compare()
        return not self.findings.complaints

    def _add_pop(self, number: int, folder: Path) -> FollowingPop:
        pop = operations.create_pop(pop_id=f"pop-torture-{number}", at=timezone.now())
        _, key = operations.add_pop_key(pop=pop, at=timezone.now())
        limit = (7, 100, 5000)[number % 3]
        return FollowingPop(number, self._servers[number % SERVERS], key, folder, limit)

    def _processes(self) -> Sequence[Process]:
        return (*self._pops, *self._sealings, *self._servers)

    def _one(self, query: str) -> Any:
        return self._watch.execute(query).fetchone()

    def _wait_until_quiet(self) -> None:
        deadline = time.monotonic() + QUIET_WITHIN_SECONDS
        while time.monotonic() < deadline:
            if not self._unquiet():
                return
            time.sleep(0.1)
        words = "\n".join(process.last_words() for process in self._processes())
        self.findings.complaints.append(f"Not quiet: {self._unquiet()}\n{words}")

    def _unquiet(self) -> str:
        """What is still on its way, if anything."""
        (dirty,), (head,) = self._one("SELECT count(*) FROM sync_dirty"), self._one("SELECT position FROM sync_head")
        late = {pop.name: pop.position() for pop in self._pops if pop.position() != head}
        query = "SELECT pop_id, last_sync_cursor FROM pop_sync_state WHERE last_sync_cursor IS DISTINCT FROM %s"
        unheard = dict(self._watch.execute(query, [head]).fetchall())
        waits = dirty or late or unheard
        return f"{dirty} dirty, head {head}, late {late}, not acknowledged {unheard}" if waits else ""

    def _compare(self) -> None:
        expected, positions = Registry(self._watch).objects(), compare.feed_positions(self._watch)
        for key in expected:
            expected[key]["position"] = positions.get(key)
        (self.findings.head,) = self._one("SELECT position FROM sync_head")
        self.findings.objects = len(expected)
        for pop in self._pops:
            if found := compare.differences(expected, compare.replica_objects(pop.replica)):
                self.findings.complaints.append(compare.complaint(pop.name, found))


def prepare(database: Any, dice: random.Random) -> Pools:
    """A registry to begin with, devices and tokens included."""
    pools = populate(database, dice)
    with database.transaction():
        for deed in ADDING * 20:
            work = Work(database, dice, pools)
            deed(work)
            work.tell()
    return pools


def write_for(seconds: float, writers: list[Writer], chaos: Chaos | None = None) -> list[Writer]:
    """Have them all write for so long, with or without harm."""
    workers = [*writers, *([chaos] if chaos else [])]
    for worker in workers:
        worker.start()
    time.sleep(seconds)
    for writer in writers:
        writer.stop()
    return writers


def note(findings: Findings, writers: list[Writer]) -> None:
    """Add up what they did."""
    for writer in writers:
        findings.deeds.update(writer.done)
        findings.ends.update(writer.ends)
