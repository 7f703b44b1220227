"""A vault's states and its plan override (RULES 16)."""

import itertools

import pytest

from billing.models import BillingEvent
from tests.acts import NOW, race, refused
from tests.database import CommittedDatabase
from tests.factories import HumanFactory, OperatorFactory, SubscriptionFactory, VaultFactory
from vaults import operations
from vaults.models import EffectiveVault, VaultStatus

ACTIVE, SUSPENDED, ARCHIVED = VaultStatus.ACTIVE, VaultStatus.SUSPENDED, VaultStatus.ARCHIVED
MOVES = {
    ACTIVE: operations.reactivate_vault,
    SUSPENDED: operations.suspend_vault,
    ARCHIVED: operations.archive_vault,
}
EVENTS = {ACTIVE: "vault_reactivated", SUSPENDED: "vault_suspended", ARCHIVED: "vault_archived"}
ALLOWED = {(ACTIVE, SUSPENDED), (ACTIVE, ARCHIVED), (SUSPENDED, ACTIVE), (SUSPENDED, ARCHIVED), (ARCHIVED, ACTIVE)}
REFUSED = [pair for pair in itertools.product(MOVES, MOVES) if pair not in ALLOWED]


@pytest.mark.django_db
@pytest.mark.parametrize(("present", "wanted"), sorted(ALLOWED))
def test_every_allowed_move_is_made_and_recorded(present: VaultStatus, wanted: VaultStatus) -> None:
    vault, operator = VaultFactory(status=present), OperatorFactory()

    moved = MOVES[wanted](vault=vault, by=operator, reason=" said so ", at=NOW)

    vault.refresh_from_db()
    assert (vault.status, moved.status) == (wanted, wanted)
    event = BillingEvent.objects.get()
    assert (event.event_type, event.vault, event.tenant) == (EVENTS[wanted], vault, vault.tenant)
    assert (event.subscription, event.human, event.occurred_at) == (vault.subscription, operator, NOW)
    assert event.details == {"reason": "said so", "status": [present, wanted]}


@pytest.mark.django_db
@pytest.mark.parametrize(("present", "wanted"), REFUSED)
def test_every_other_move_is_refused(present: VaultStatus, wanted: VaultStatus) -> None:
    vault = VaultFactory(status=present)
    with refused("invalid_transition", field="status"):
        MOVES[wanted](vault=vault, by=None, reason="said so", at=NOW)


@pytest.mark.django_db
@pytest.mark.parametrize("wanted", [SUSPENDED, ARCHIVED])
def test_suspending_and_archiving_need_a_reason(wanted: VaultStatus) -> None:
    vault = VaultFactory()
    with refused("reason_required", field="reason"):
        MOVES[wanted](vault=vault, by=None, reason="\t", at=NOW)


@pytest.mark.django_db
def test_only_an_operator_brings_an_archived_vault_back() -> None:
    vault, somebody = VaultFactory(archived=True), HumanFactory()
    with refused("operator_required"):
        operations.reactivate_vault(vault=vault, by=somebody, at=NOW)
    assert operations.reactivate_vault(vault=vault, by=None, at=NOW).status == ACTIVE


@pytest.mark.django_db
@pytest.mark.parametrize("inheriting", [True, False])
def test_an_archived_vault_comes_back_only_if_there_is_a_place(inheriting: bool) -> None:
    subscription = SubscriptionFactory(max_vaults=1)
    archived = VaultFactory(tenant=subscription.tenant, subscription=subscription, archived=True)
    if inheriting:
        archived = VaultFactory(tenant=subscription.tenant, inheriting=True, archived=True)
    VaultFactory(tenant=subscription.tenant, subscription=subscription)
    with refused("vault_limit_reached", field="subscription"):
        operations.reactivate_vault(vault=archived, by=None, at=NOW)


@pytest.mark.django_db
def test_an_archived_vault_without_a_subscription_comes_back_and_stays_out_of_service() -> None:
    vault = operations.reactivate_vault(vault=VaultFactory(inheriting=True, archived=True), by=None, at=NOW)
    assert EffectiveVault.objects.get(pk=vault.pk).status_reason == "no_subscription"


def test_two_vaults_that_come_back_at_once_do_not_pass_the_limit(committed_db: CommittedDatabase) -> None:
    subscription = SubscriptionFactory(max_vaults=1)
    named = VaultFactory(tenant=subscription.tenant, subscription=subscription, archived=True)
    inheriting = VaultFactory(tenant=subscription.tenant, inheriting=True, archived=True)

    outcome = race(
        committed_db,
        lambda: operations.reactivate_vault(vault=named, by=None, at=NOW),
        lambda: operations.reactivate_vault(vault=inheriting, by=None, at=NOW),
    )

    assert isinstance(outcome, operations.VaultLimitReached)


@pytest.mark.django_db
def test_an_override_replaces_the_per_vault_limits_only_and_is_lifted_again() -> None:
    vault, operator = VaultFactory(subscription__max_tokens=5), OperatorFactory()

    operations.override_plan(vault=vault, plan="Team25", by=operator, reason="a pilot", at=NOW)

    effective = EffectiveVault.objects.get(pk=vault.pk)
    assert (effective.plan, effective.max_tokens, effective.subscription.max_vaults) == ("Team25", 250, 11)
    event = BillingEvent.objects.get()
    assert (event.event_type, event.vault, event.human) == ("plan_overridden", vault, operator)
    assert event.details == {"reason": "a pilot", "plan_override": [None, "Team25"]}

    operations.override_plan(vault=vault, plan=None, by=operator, reason="pilot over", at=NOW)
    assert EffectiveVault.objects.get(pk=vault.pk).max_tokens == 5


@pytest.mark.django_db
def test_an_override_is_an_operators_with_a_reason_and_of_a_plan_there_is() -> None:
    vault, somebody = VaultFactory(), HumanFactory()
    with refused("operator_required"):
        operations.override_plan(vault=vault, plan="Team25", by=somebody, reason="please", at=NOW)
    with refused("reason_required", field="reason"):
        operations.override_plan(vault=vault, plan="Team25", by=None, reason="", at=NOW)
    with refused("invalid", field="plan"):
        operations.override_plan(vault=vault, plan="Team26", by=None, reason="a pilot", at=NOW)


@pytest.mark.django_db
@pytest.mark.parametrize("override", ["Team25", None])
def test_the_same_override_again_is_refused(override: str | None) -> None:
    vault = VaultFactory(plan_override=override)
    with refused("override_unchanged", field="plan"):
        operations.override_plan(vault=vault, plan=override, by=None, reason="again", at=NOW)
