"""What goes wrong meanwhile: processes killed at random, frozen, started again; connections cut."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tests.torture.processes import FollowingPop, Process, Sealing, Server

CUT = """
SELECT count(pg_terminate_backend(pid))
  FROM (SELECT pid FROM pg_stat_activity
         WHERE datname = current_database() AND application_name LIKE %s
         ORDER BY random() LIMIT 1) AS victim
"""


class Chaos:
    """Does harm from `start` to `stop`, with pauses of `pause_seconds` on average. At the end everything runs again."""

    def __init__(
        self,
        seed: str,
        connect: Callable[..., Any],
        servers: Sequence[Server],
        sealings: Sequence[Sealing],
        pops: Sequence[FollowingPop],
        pause_seconds: float,
    ) -> None:
        self.done: Counter[str] = Counter()
        self.failures: list[str] = []
        self._connect, self._pause_seconds = connect, pause_seconds
        self._servers, self._sealings, self._pops = servers, sealings, pops
        self._dice = random.Random(f"{seed}/chaos")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="torture-chaos", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Do no more harm, and start what was killed: every POP once more, so that none still waits out old trouble."""
        self._stop.set()
        self._thread.join(timeout=60)
        for pop in self._pops:
            pop.kill()
        for process in (*self._servers, *self._pops):
            process.start()

    def _run(self) -> None:
        harms = self._harms()
        while not self._stop.wait(self._dice.expovariate(1 / self._pause_seconds)):
            self._look_after()
            harm = next(harms)
            harm()
            self.done[harm.__name__.strip("_")] += 1

    def _harms(self) -> Iterator[Callable[[], None]]:
        """What every round must see comes first; then it is chance."""
        first = [self._kill_pop, self._cut_writer, self._kill_server, self._cut_sealer, self._seal_and_kill]
        yield from first
        while True:
            yield self._dice.choice([*first, *[self._kill_pop, self._cut_writer] * 4, self._freeze_server])

    def _look_after(self) -> None:
        """What was killed is started again, sooner or later. What ended by itself is a failure."""
        for process in (*self._servers, *self._pops):
            if process.ended_badly():
                self.failures.append(f"{process.name} ended by itself.\n{process.last_words()}")
            if self._dice.random() < 0.7:
                process.start()

    def _cut(self, who: str) -> None:
        with self._connect() as database:
            database.execute(CUT, [who])

    def _cut_writer(self) -> None:
        self._cut("torture-writer-%")

    def _cut_sealer(self) -> None:
        self._cut("clavitor-sealer")

    def _kill_pop(self) -> None:
        self._dice.choice(self._pops).kill()

    def _kill_server(self) -> None:
        self._dice.choice(self._servers).kill()

    def _freeze_server(self) -> None:
        """Longer than an idle sealer keeps its lock (sync.sealer)."""
        running: list[Process] = [server for server in self._servers if server.runs()]
        if running:
            self._dice.choice(running).freeze(2.5)

    def _seal_and_kill(self) -> None:
        """All at once, so that they meet at the lock; each is killed at some moment, or has ended by then."""
        for process in self._sealings:
            process.kill()
            process.start()
        self._stop.wait(self._dice.uniform(0.2, 3))
        for process in self._sealings:
            process.kill()
