"""One factory a model, minimal and valid, with traits for states: `TenantFactory(msp=True, suspended=True)`."""

from tests.factories.billing import BillingEventFactory, PlanFactory, SubscriptionFactory
from tests.factories.sync import PopFactory, PopKeyFactory
from tests.factories.tenancy import (
    HumanFactory,
    OperatorFactory,
    RoleAssignmentFactory,
    RoleFactory,
    TenantFactory,
)
from tests.factories.vaults import AgentTokenFactory, CredentialFactory, VaultFactory

__all__ = [
    "AgentTokenFactory",
    "BillingEventFactory",
    "CredentialFactory",
    "HumanFactory",
    "OperatorFactory",
    "PlanFactory",
    "PopFactory",
    "PopKeyFactory",
    "RoleAssignmentFactory",
    "RoleFactory",
    "SubscriptionFactory",
    "TenantFactory",
    "VaultFactory",
]
