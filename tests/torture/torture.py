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
from tests.torture.races import Racer
from tests.torture.writers import Writer

WRITERS, RACERS, SERVERS, POPS, SEALINGS = 8, 2, 2, 3, 2
QUIET_WITHIN_SECONDS = 60


@dataclass
class Findings:
    """What was done, and what is wrong after it."""

    deeds: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    races: Counter[str] = field(default_factory=Counter)
    harms: Counter[str] = field(default_factory=Counter)
    objects: int = 0
    head: int = 0
    complaints: list[str] = field(default_factory=list)

    def summary(self) -> str:
        """For a person."""
        lines = [
            f"{title}: " + ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counter.most_common())
            for title, counter in self._counters().items()
        ]
        return "\n".join([*lines, f"{self.objects} objects, head at {self.head}", *self.complaints])

    def _counters(self) -> dict[str, Counter[str]]:
        return {"transactions": self.ends, "deeds": self.deeds, "races": self.races, "harm": self.harms}


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
        writers = [Writer(number, seed, connect, self._pools, EVERYTHING) for number in range(WRITERS)]
        racers = [Racer(number, seed, connect, self._pools) for number in range(RACERS)]
        run_for(seconds, [*writers, *racers, chaos])
        for writer in writers:
            self.findings.deeds.update(writer.done)
            self.findings.ends.update(writer.ends)
        for racer in racers:
            self.findings.races.update(racer.done)
        self.findings.harms.update(chaos.done)
        self.findings.complaints += chaos.failures
        self._wait_until_quiet()
        self._compare()
        return not self.findings.complaints

    def _add_pop(self, number: int, folder: Path) -> FollowingPop:
        pop = operations.create_pop(pop_id=f"pop-torture-{number}", at=timezone.now())
        _, key = operations.add_pop_key(pop=pop, at=timezone.now())
        limit = (40, 300, 5000)[number % 3]
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


def run_for(seconds: float, workers: Sequence[Writer | Racer | Chaos]) -> None:
    """Start them all, and stop them in that order after so long."""
    for worker in workers:
        worker.start()
    time.sleep(seconds)
    for worker in workers:
        worker.stop()
