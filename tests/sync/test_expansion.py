"""What a change reaches (RULES 6, 16, 17, 27, 33): the sealer moves that, at once, and nothing beside it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.utils import timezone

from billing.models import Plan, Subscription
from tenancy.models import Human, Tenant
from tests import factories
from tests.sync.sealing import Key, change_of, drain, positions
from vaults.models import Credential, Vault

pytestmark = pytest.mark.usefixtures("committed_db")

NOW = timezone.now()


def vaults(*l0s: str) -> set[Key]:
    return {("vault", l0) for l0 in l0s}


@dataclass
class Forest:
    """An MSP (1) with a customer (2) and its department (3), and a customer (9) beside them; sealed.

    Vaults: 000000a1 of the MSP, a2 of the customer, a3 of the department, 000000b9 of the other; each with a
    subscription of its own (the numbers 21, 22, 23, 29). Vault 000000c3, of the department, names none.
    """

    def __post_init__(self) -> None:
        factories.TenantFactory(id=1, msp=True)
        factories.TenantFactory(id=2, parent_id=1, level=2)
        factories.TenantFactory(id=3, parent_id=2, level=3)
        factories.TenantFactory(id=9, level=2)
        for number in (1, 2, 3, 9):
            factories.SubscriptionFactory(id=20 + number, tenant_id=number, max_tokens=number)
            l0 = f"000000{'b' if number == 9 else 'a'}{number}"
            factories.VaultFactory(l0=l0, tenant_id=number, subscription_id=20 + number)
        factories.VaultFactory(l0="000000c3", tenant_id=3, subscription=None)
        drain()

    def moved_by(self, change: Callable[[], object]) -> set[Key]:
        before = positions()
        change()
        drain()
        return {key for key, position in positions().items() if before.get(key) != position}


@pytest.fixture
def forest(committed_db: object) -> Forest:
    return Forest()


def tenants(id_: int, **changes: object) -> Callable[[], object]:
    return lambda: Tenant.objects.filter(pk=id_).update(**changes)


def subscriptions(id_: int, **changes: object) -> Callable[[], object]:
    return lambda: Subscription.objects.filter(pk=id_).update(**changes)


REACHED: dict[str, tuple[Callable[[], object], set[Key]]] = {
    "an MSP is suspended": (tenants(1, status="suspended"), vaults("000000a1", "000000a2", "000000a3", "000000c3")),
    "a customer is suspended": (tenants(2, status="suspended"), vaults("000000a2", "000000a3", "000000c3")),
    "a department is archived": (tenants(3, status="archived"), vaults("000000a3", "000000c3")),
    "a tenant is renamed": (tenants(1, name="Other"), set()),
    "a subscription is suspended": (subscriptions(22, status="suspended"), vaults("000000a2")),
    "the subscription that a vault finds upward is suspended": (
        subscriptions(23, status="suspended"),
        vaults("000000a3", "000000c3"),
    ),
    "its end is set": (subscriptions(23, ends_at=NOW, status="cancelled"), vaults("000000a3", "000000c3")),
    "its limits rise": (subscriptions(21, max_devices=99), vaults("000000a1")),
    "it is archived, so that the next one upward counts": (
        subscriptions(23, status="archived", ends_at=NOW),
        vaults("000000a3", "000000c3"),
    ),
    "its price rises": (subscriptions(23, price_per_year_cents=1), set()),
    "it goes to another tenant": (subscriptions(23, tenant_id=9), vaults("000000c3")),
    "a better one comes": (
        lambda: factories.SubscriptionFactory(id=30, tenant_id=3, plan="Pro", max_tokens=7),
        vaults("000000c3"),
    ),
    "one comes further up": (lambda: factories.SubscriptionFactory(id=30, tenant_id=1, plan="Pro"), set()),
    "a plan's limits change, which nobody has": (lambda: Plan.objects.filter(name="Pro").update(max_devices=3), set()),
    "a vault is handed to another tenant": (
        lambda: Vault.objects.filter(l0="000000a3").update(tenant_id=9),
        vaults("000000a3"),
    ),
    "a department is handed to another customer": (
        tenants(3, parent_id=9),
        set(),  # everything it has comes from itself
    ),
}


@pytest.mark.parametrize("change", REACHED)
def test_each_change_moves_what_reads_differently_and_nothing_else(forest: Forest, change: str) -> None:
    act, reached = REACHED[change]
    assert forest.moved_by(act) == reached


def test_lifting_a_suspension_restores_what_was(forest: Forest) -> None:
    tenants(2, status="suspended")()
    Tenant.objects.filter(pk=1).update(status="suspended")
    drain()
    tenants(1, status="active")()
    drain()
    told = {l0: change_of("vault", l0)["data"]["status"] for l0 in ("000000a1", "000000a2", "000000a3")}
    assert told == {"000000a1": "active", "000000a2": "suspended", "000000a3": "suspended"}


def test_a_department_comes_under_a_suspended_customer(forest: Forest) -> None:
    tenants(9, status="suspended")()
    drain()
    assert forest.moved_by(tenants(3, parent_id=9)) == vaults("000000a3", "000000c3")


def test_a_subscription_that_is_handed_on_leaves_the_vault_that_found_it_the_next_one(forest: Forest) -> None:
    subscriptions(22, plan="Pro", max_tokens=7)()
    drain()
    forest.moved_by(subscriptions(23, tenant_id=9))
    told = change_of("vault", "000000c3")["data"]
    assert (told["plan"], told["max_tokens"]) == ("Pro", 7)
    subscriptions(23, tenant_id=3, max_tokens=8)()
    drain()
    assert change_of("vault", "000000c3")["data"]["max_tokens"] == 8


def test_without_any_subscription_left_a_vault_is_suspended(forest: Forest) -> None:
    Subscription.objects.filter(pk__in=(21, 22, 23)).update(status="archived", ends_at=NOW)
    drain()
    told = change_of("vault", "000000c3")["data"]
    assert (told["status"], told["status_reason"]) == ("suspended", "no_subscription")
    told = change_of("vault", "000000a3")["data"]
    assert (told["status"], told["status_reason"]) == ("archived", "subscription_archived")


def test_an_override_is_followed_by_its_plan(forest: Forest) -> None:
    assert forest.moved_by(lambda: Vault.objects.filter(l0="000000a2").update(plan_override="Pro")) == vaults(
        "000000a2"
    )
    change = forest.moved_by(lambda: Plan.objects.filter(name="Pro").update(max_devices=3, max_tokens=4))
    assert change == vaults("000000a2")
    told = change_of("vault", "000000a2")["data"]
    assert (told["plan"], told["max_devices"], told["max_tokens"]) == ("Pro", 3, 4)


def test_a_person_reaches_every_device_of_theirs_and_nobody_elses(forest: Forest) -> None:
    ann, bob = factories.HumanFactory.create_batch(2, tenant_id=3)
    devices = [factories.CredentialFactory(vault_id=l0, human=ann) for l0 in ("000000a1", "000000a3")]
    factories.CredentialFactory(vault_id="000000a1", human=bob, enrolled_by=ann)
    revoked = factories.CredentialFactory(vault_id="000000a1", human=ann, revoked_at=NOW, revoked_by=ann)
    drain()
    reached = {("credential", str(device.pk)) for device in devices}
    assert forest.moved_by(lambda: Human.objects.filter(pk=ann.pk).update(status="suspended")) == reached
    assert {change_of("credential", device.pk)["data"]["status"] for device in devices} == {"suspended"}
    assert forest.moved_by(lambda: Human.objects.filter(pk=ann.pk).update(status="inactive")) == set()
    assert forest.moved_by(lambda: Human.objects.filter(pk=ann.pk).update(status="active")) == reached
    assert ("credential", str(revoked.pk)) not in positions()
    Credential.objects.filter(pk=revoked.pk).update(revoked_at=None, revoked_by=None)
    Human.objects.filter(pk=ann.pk).update(status="suspended")
    drain()
    assert change_of("credential", revoked.pk)["data"]["status"] == "suspended"


def test_a_vault_that_another_tenant_pays_for_is_reached_by_that_subscription(forest: Forest) -> None:
    """Against RULES 17, but raw SQL can do it, and nothing forbids it between two moves."""
    Vault.objects.filter(l0="000000a3").update(tenant_id=9)
    drain()
    assert forest.moved_by(subscriptions(23, status="suspended")) == vaults("000000a3", "000000c3")


def test_a_change_far_up_is_as_urgent_below(forest: Forest) -> None:
    factories.VaultFactory.create_batch(15)
    drain()
    Vault.objects.exclude(tenant_id=3).update(plan_override="Pro")
    tenants(3, status="suspended")()
    before = max(positions().values())
    drain()
    first = {key for key, position in positions().items() if before < position <= before + 2}
    assert first == vaults("000000a3", "000000c3")


def test_ends_at_travels_with_the_vault_and_its_status_does_not_read_the_clock(forest: Forest) -> None:
    ended = (NOW - timedelta(days=1)).replace(microsecond=0)
    subscriptions(23, status="cancelled", ends_at=ended)()
    drain()
    told = change_of("vault", "000000a3")["data"]
    assert (told["status"], told["ends_at"]) == ("active", ended.isoformat().replace("+00:00", "Z"))
