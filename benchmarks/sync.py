"""`scripts/bench sync`: how near to COPY a POP can pull, and how fast the sealer is."""

import random
import statistics
import time
from collections.abc import Callable
from typing import Any

from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rich.progress import Progress, track

from benchmarks import clients, registry
from benchmarks.report import Figure, Round, interleave, ratio
from clavitor.base.database import direct_connection
from sync import feed, sealer
from sync.cursor import Cursor
from sync.seal import seal_once
from vaults.models import Credential

LIMIT = clients.LIMIT
ROUNDS = 9
PAGES = 40  # of each measure in a round
DRF_PAGES = 4

Prepare = Callable[[int], Callable[[], object]]

# The same rows: what the feed sends of each object, in the same pages.
COPY = "COPY (SELECT position, body FROM sync_objects WHERE position > %s ORDER BY position LIMIT %s) TO STDOUT"


class UsualSerializer(serializers.ModelSerializer[Credential]):
    """How the page would usually be made."""

    credential_id = serializers.CharField(source="credential_id_text")

    class Meta:
        model = Credential
        fields = ["id", "human", "p0", "vault", "credential_id", "wl3_path", "enrolled_by", "created_at"]


def run(*, rows: int) -> list[Figure]:
    """Load `rows` credentials, seal them, and measure."""
    registry.load(rows)
    sealed_per_second = _seal()
    head = feed.read_head().position
    key = clients.new_key()
    with clients.server() as (port, process), direct_connection() as raw:
        cursors = [_cursor_at(share * head // 8) for share in range(8)]
        pullers = [clients.Puller(port, key, cursor) for cursor in cursors]
        measures: dict[str, Round] = {
            "copy": lambda: _per_second(lambda at: _copy(raw, at), head),
            "page": lambda: _per_second(_page, head),
            "http": lambda: clients.rows_per_second(pullers[:1], pages=PAGES),
            "http8": lambda: clients.rows_per_second(pullers, pages=PAGES),
            "drf": lambda: _per_second(_usual_page, head, pages=DRF_PAGES),
            "shallow": lambda: _per_second(lambda at: _page(at % LIMIT), head),
            "deep": lambda: _per_second(lambda at: _page(head * 9 // 10 - at % LIMIT), head),
        }
        interleave(measures, rounds=1)  # warm up
        results = interleave(measures, rounds=ROUNDS)
        growth = _growth_over_a_boot(process, clients.Puller(port, key), head)
    return _figures(results, sealed_per_second, growth)


def _figures(results: dict[str, list[float]], sealed_per_second: float, growth: float) -> list[Figure]:
    speeds = [
        Figure(f"{name}_rows_per_s", statistics.median(values), "rows/s, median of the rounds")
        for name, values in results.items()
    ]
    return [
        Figure("page_vs_copy", ratio(results, "page", "copy"), "the stored page as the feed builds it", least=0.9),
        Figure("http_vs_copy", ratio(results, "http", "copy"), "over HTTP, one worker, one client", least=0.4),
        Figure("http8_vs_copy", ratio(results, "http8", "copy"), "over HTTP, one worker, 8 clients", least=0.8),
        Figure("page_vs_drf", ratio(results, "page", "drf"), "of the usual ModelSerializer page", least=15),
        Figure("deep_vs_shallow", ratio(results, "shallow", "deep"), "time of a page at 90 % by that at 0", most=1.2),
        Figure("seal_objects_per_s", sealed_per_second, "the whole load, in batches as served", least=30_000),
        Figure("server_rss_growth_mib", growth, "while one client pulls everything", most=50),
        *speeds,
    ]


def _seal() -> float:
    with direct_connection(options=sealer.SESSION) as raw, Progress() as progress:
        row = raw.execute("SELECT count(*) FROM sync_dirty").fetchone()
        task = progress.add_task("Sealing", total=row[0] if row else None)
        began, objects = time.perf_counter(), 0
        while (sealed := seal_once(raw)).taken:
            objects += sealed.objects
            progress.advance(task, sealed.taken)
        seconds = time.perf_counter() - began
        raw.execute("VACUUM ANALYZE sync_objects")
    return objects / seconds


def _per_second(prepare: Prepare, head: int, pages: int = PAGES) -> float:
    """Rows a second of pages of LIMIT at random places, by the median page. What `prepare` does isn't counted."""
    seconds = []
    for _ in range(pages):
        page = prepare(random.randrange(head - LIMIT))
        began = time.perf_counter()
        page()
        seconds.append(time.perf_counter() - began)
    return LIMIT / statistics.median(seconds)


def _copy(raw: Any, at: int) -> Callable[[], None]:
    def read() -> None:
        with raw.cursor().copy(COPY, [at, LIMIT]) as copy:
            while copy.read():
                pass

    return read


def _page(at: int) -> Callable[[], bytes]:
    cursor = _cursor_at(at)
    return lambda: feed.read_page(cursor=cursor, limit=LIMIT).as_json()


def _usual_page(at: int) -> Callable[[], bytes]:
    first = Credential.objects.order_by("pk").values_list("pk", flat=True)[at * 9 // 10]

    def read() -> bytes:
        devices = Credential.objects.filter(pk__gt=first).order_by("pk")[:LIMIT]
        return JSONRenderer().render(UsualSerializer(devices, many=True).data)

    return read


def _cursor_at(position: int) -> str:
    head = feed.read_head()
    return str(Cursor(head.epoch, position, feed.chain_at(position) or ""))


def _growth_over_a_boot(process: clients.Server, puller: clients.Puller, head: int) -> float:
    """MiB by which the server's memory grew while one client pulled every object; the measured rounds warmed it up."""
    before = clients.resident_mib(process)
    for _ in track(range(head // LIMIT), "Booting a POP from zero"):
        puller.pull()
    return clients.resident_mib(process) - before
