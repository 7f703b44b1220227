"""The demonstration's data: the same each time, made by the operations, all of it or nothing."""

import pytest
from django.utils import timezone

from billing.models import BillingEvent, Subscription
from clavitor.demo import data
from tenancy.models import Human, Tenant
from vaults.models import AgentToken, Credential, Vault

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def test_there_is_something_of_everything_to_see() -> None:
    told = list(data.load(at=NOW))
    assert told == [name for names in data.CUSTOMERS.values() for name in names]
    assert len(told) == data.STEPS
    counts = [model.objects.count() for model in (Tenant, Human, Subscription, Vault, Credential, AgentToken)]
    assert counts == [20, 44, 6, 36, 72, 84]
    assert set(Tenant.objects.values_list("level", flat=True)) == {1, 2, 3}
    assert set(Vault.objects.values_list("effective__status", flat=True)) == {"active", "suspended"}
    assert set(AgentToken.objects.values_list("status", flat=True)) == {"active", "revoked"}
    assert Credential.objects.filter(enrolled_by_credential__isnull=False).count() == 36
    assert BillingEvent.objects.filter(vault__isnull=False).exists()


def test_what_was_interrupted_leaves_nothing_and_is_loaded_anew() -> None:
    loading = data.load(at=NOW)
    next(loading)
    assert data.is_loaded()
    loading.close()
    assert not data.is_loaded()
    assert not Vault.objects.exists()
    list(data.load(at=NOW))
    assert data.is_loaded()


def test_digests_look_random_and_are_the_same_each_time() -> None:
    assert data.digest("vault", 5) == data.digest("vault", 5) != data.digest("vault", 6)
    assert len(data.digest("x")) == 64
