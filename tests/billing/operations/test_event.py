"""The trail that operations leave (RULES 26)."""

import pytest

from billing import operations
from billing.models import BillingEvent
from tests.acts import NOW
from tests.factories import HumanFactory, TenantFactory, VaultFactory

pytestmark = pytest.mark.django_db


def test_an_event_tells_all_it_is_given() -> None:
    vault, human = VaultFactory(), HumanFactory()

    event = operations.record_event(
        event_type="payment_received",
        tenant=vault.tenant,
        at=NOW,
        by=human,
        subscription=vault.subscription,
        vault=vault,
        amount_cents=1200,
        details={"invoice": "7"},
    )

    event = BillingEvent.objects.get(pk=event.pk)
    assert (event.event_type, event.tenant, event.occurred_at) == ("payment_received", vault.tenant, NOW)
    assert (event.human, event.subscription, event.vault) == (human, vault.subscription, vault)
    assert (event.amount_cents, event.details) == (1200, {"invoice": "7"})


def test_an_event_may_be_of_a_tenant_alone() -> None:
    event = operations.record_event(event_type="note", tenant=TenantFactory(), at=NOW)

    event = BillingEvent.objects.get(pk=event.pk)
    assert (event.human, event.subscription, event.vault, event.amount_cents, event.details) == (None,) * 5
