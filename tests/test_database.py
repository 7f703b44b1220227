"""The test ground itself: commits are real in a clone, and no test leaves a trace."""

import socket
import subprocess
import sys
import threading

import pytest
from django.db import connection

from clavitor.base.ids import new_id
from tenancy.models import Tenant
from tests.database import CommittedDatabase
from tests.factories import TenantFactory

COUNT_TENANTS = """
import django
django.setup()
from tenancy.models import Tenant
print(Tenant.objects.count())
"""


@pytest.mark.parametrize("time", ["first", "second"])
def test_a_clone_starts_clean_and_a_subprocess_sees_what_was_committed(
    committed_db: CommittedDatabase, time: str
) -> None:
    assert Tenant.objects.count() == 0
    TenantFactory()
    counted = subprocess.run(
        [sys.executable, "-c", COUNT_TENANTS],
        env=committed_db.environment(DJANGO_SETTINGS_MODULE="tests.settings"),
        capture_output=True,
        text=True,
        check=True,
    )
    assert counted.stdout.strip() == "1"


def test_other_threads_and_sessions_use_the_clone(committed_db: CommittedDatabase) -> None:
    TenantFactory(name="seen")
    names: list[str] = []

    def look() -> None:
        names.append(Tenant.objects.get().name)
        connection.close()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    with committed_db.connect() as session:
        names.append(session.execute("SELECT name FROM tenants").fetchone()[0])
    session.close()
    assert names == ["seen", "seen"]


def test_the_usual_database_has_none_of_it(db: None) -> None:
    assert connection.settings_dict["NAME"].startswith("test_")
    assert "_copy_" not in connection.settings_dict["NAME"]
    assert Tenant.objects.count() == 0


def test_without_a_database_nothing_reaches_one() -> None:
    with pytest.raises(RuntimeError, match="Database access not allowed"):
        new_id()
    with pytest.raises(RuntimeError, match="Database access not allowed"):
        Tenant.objects.count()


@pytest.mark.parametrize("address", ["192.0.2.1", "example.com", "2001:db8::1"])
def test_nothing_leaves_this_machine(address: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as outward, pytest.raises(RuntimeError, match="may not leave this machine"):
        outward.connect((address, 80))
