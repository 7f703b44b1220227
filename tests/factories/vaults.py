"""Vaults, enrolled devices, agent tokens."""

from datetime import timedelta

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from clavitor.base.secrets import hash_secret
from tests.factories.billing import SubscriptionFactory
from tests.factories.tenancy import HumanFactory, TenantFactory
from vaults.models import AgentToken, AgentTokenStatus, Credential, Vault, VaultStatus


class VaultFactory(DjangoModelFactory[Vault]):
    """An active vault with a subscription of its tenant's; `inheriting` names none and takes the nearest upward."""

    class Meta:
        model = Vault

    class Params:
        inheriting = factory.Trait(subscription=None)
        owned = factory.Trait(owner_human=factory.SubFactory(HumanFactory, tenant=factory.SelfAttribute("..tenant")))
        suspended = factory.Trait(status=VaultStatus.SUSPENDED)
        archived = factory.Trait(status=VaultStatus.ARCHIVED)

    l0 = factory.Sequence("f{:07x}".format)  # out of the way of those that tests name
    tenant = factory.SubFactory(TenantFactory)
    subscription = factory.SubFactory(SubscriptionFactory, tenant=factory.SelfAttribute("..tenant"))
    status = VaultStatus.ACTIVE
    created_at = factory.LazyFunction(timezone.now)


class CredentialFactory(DjangoModelFactory[Credential]):
    """A device of a person of the vault's tenant."""

    class Meta:
        model = Credential

    class Params:
        revoked = factory.Trait(
            revoked_at=factory.LazyFunction(timezone.now), revoked_by=factory.SelfAttribute("human")
        )

    vault = factory.SubFactory(VaultFactory)
    human = factory.SubFactory(HumanFactory, tenant=factory.SelfAttribute("..vault.tenant"))
    p0 = factory.Sequence("{:08x}".format)
    credential_id = factory.Sequence(lambda number: b"device-%d" % number)
    wl3_path = factory.LazyAttribute(lambda device: f"{device.p0[:2]}/{device.p0}/20260405_abc.cla")
    created_at = factory.LazyFunction(timezone.now)


class AgentTokenFactory(DjangoModelFactory[AgentToken]):
    """An active token that reads nothing and expires in 90 days; `secret` is what it is the hash of."""

    class Meta:
        model = AgentToken

    class Params:
        secret = factory.Sequence("secret of agent {}".format)
        all_scopes = factory.Trait(all_access=True)
        scoped = factory.Trait(scopes="0001,00a1")
        endless = factory.Trait(expires_at=None)
        revoked = factory.Trait(status=AgentTokenStatus.REVOKED)
        overdue = factory.Trait(expires_at=factory.LazyFunction(lambda: timezone.now() - timedelta(days=1)))
        expired = factory.Trait(overdue=True, status=AgentTokenStatus.EXPIRED)

    vault = factory.SubFactory(VaultFactory)
    name = factory.Sequence("Deploy CI {}".format)
    token_hash = factory.LazyAttribute(lambda token: hash_secret(token.secret))
    status = AgentTokenStatus.ACTIVE
    created_at = factory.LazyFunction(timezone.now)
    expires_at = factory.LazyAttribute(lambda token: token.created_at + timedelta(days=90))
