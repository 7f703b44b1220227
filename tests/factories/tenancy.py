"""Tenants, people and their roles."""

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory, Password

from tenancy.models import Human, HumanStatus, Role, RoleAssignment, RoleName, Tenant, TenantLevel, TenantStatus


def level_below(parent: Tenant | None) -> int:
    """The one level that fits under `parent`; a root is a customer unless it says otherwise."""
    return TenantLevel.CUSTOMER if parent is None else parent.level + 1


class TenantFactory(DjangoModelFactory[Tenant]):
    """A customer without a parent; `TenantFactory(parent=x)` is of the kind that fits there."""

    class Meta:
        model = Tenant

    class Params:
        msp = factory.Trait(level=TenantLevel.MSP)
        dept = factory.Trait(parent=factory.SubFactory("tests.factories.tenancy.TenantFactory"))
        customer = factory.Trait(parent=factory.SubFactory("tests.factories.tenancy.TenantFactory", msp=True))
        suspended = factory.Trait(status=TenantStatus.SUSPENDED)
        archived = factory.Trait(status=TenantStatus.ARCHIVED)
        internal = factory.Trait(name="Clavitor", is_internal=True)

    name = factory.Sequence("Tenant {}".format)
    parent = None
    level = factory.LazyAttribute(lambda tenant: level_below(tenant.parent))
    status = TenantStatus.ACTIVE
    created_at = factory.LazyFunction(timezone.now)


class HumanFactory(DjangoModelFactory[Human]):
    """An active person who can't sign in; `HumanFactory(password="...")` can."""

    class Meta:
        model = Human

    class Params:
        inactive = factory.Trait(status=HumanStatus.INACTIVE)
        suspended = factory.Trait(status=HumanStatus.SUSPENDED)

    tenant = factory.SubFactory(TenantFactory)
    name = factory.Sequence("Person {}".format)
    email = factory.Sequence("person{}@example.com".format)
    status = HumanStatus.ACTIVE
    password = Password(None)
    created_at = factory.LazyFunction(timezone.now)


class RoleFactory(DjangoModelFactory[Role]):
    """One of the six roles, which a migration made; no other may exist."""

    class Meta:
        model = Role
        django_get_or_create = ("name",)

    name = RoleName.READ_ONLY
    permissions = factory.LazyFunction(lambda: {"vault_read": True})


class RoleAssignmentFactory(DjangoModelFactory[RoleAssignment]):
    """ReadOnly on the tenant that the person belongs to, or the role called `role_name`."""

    class Meta:
        model = RoleAssignment

    class Params:
        role_name = RoleName.READ_ONLY
        super_admin = factory.Trait(role=factory.SubFactory(RoleFactory, name=RoleName.SUPER_ADMIN))

    human = factory.SubFactory(HumanFactory)
    tenant = factory.SelfAttribute("human.tenant")
    role = factory.SubFactory(RoleFactory, name=factory.SelfAttribute("..role_name"))
    created_at = factory.LazyFunction(timezone.now)


class OperatorFactory(HumanFactory):
    """One of our staff: of the internal tenant, holding SuperAdmin there."""

    class Meta:
        skip_postgeneration_save = True

    tenant = factory.LazyFunction(
        lambda: Tenant.objects.filter(is_internal=True).first() or TenantFactory(internal=True)
    )

    @factory.post_generation
    def super_admin(human: Human, create: bool, extracted: None, **kwargs: None) -> None:
        if create:
            RoleAssignmentFactory(human=human, super_admin=True)
