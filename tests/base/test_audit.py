"""The log line for what has no event of its own."""

import pytest
from django.db import transaction
from pytest_django import DjangoCaptureOnCommitCallbacks
from structlog.testing import capture_logs

from clavitor.base import audit
from tests.factories import HumanFactory, TenantFactory

pytestmark = pytest.mark.django_db


def test_an_act_is_logged_with_ids_once_it_is_committed(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    tenant, human = TenantFactory(name="Acme"), HumanFactory()
    with capture_logs() as logged, django_capture_on_commit_callbacks(execute=True):
        audit.record("tenant_moved", tenant, by=human, reason="unpaid", after="suspended")
        audit.record("tenant_moved", tenant, by=None)
        assert logged == []
    common = {"event": "tenant_moved", "log_level": "info", "id": tenant.pk}
    assert logged == [
        {**common, "by": human.pk, "after": "suspended", "with_reason": True},
        {**common, "by": "command line", "with_reason": False},
    ]


def test_what_is_rolled_back_is_not_logged(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    tenant = TenantFactory()
    with (
        capture_logs() as logged,
        django_capture_on_commit_callbacks(execute=True),
        pytest.raises(RuntimeError, match="no"),
        transaction.atomic(),
    ):
        audit.record("tenant_moved", tenant, by=None)
        raise RuntimeError("no")
    assert logged == []
