"""What of this app hangs on a tenant or a person."""

from clavitor.base.admin_impact import Hanging, hang, widen
from tenancy.admin.tree import below
from tenancy.models import Human, RoleAssignment, Tenant

widen(Tenant, below)
hang(
    Tenant,
    Hanging(
        Tenant,
        "tenant below",
        lambda keys: Tenant.objects.filter(parent__in=keys),
        parameter="parent__id__exact",
        plural="tenants below",
    ),
    Hanging(
        Human,
        "person",
        lambda keys: Human.objects.filter(tenant__in=keys),
        parameter="tenant__id__exact",
        plural="people",
    ),
)
hang(
    Human,
    Hanging(
        RoleAssignment,
        "role",
        lambda keys: RoleAssignment.objects.filter(human__in=keys),
        parameter="human__id__exact",
    ),
)
