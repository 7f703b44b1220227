"""What of this app hangs on a tenant or a person."""

from clavitor.base.admin_impact import Hanging, hang
from tenancy.admin.tree import below
from tenancy.models import Human, RoleAssignment, Tenant

hang(
    Tenant,
    Hanging(
        "tenant below",
        lambda keys: Tenant.objects.filter(pk__in=below(keys)).exclude(pk__in=keys),
        parameter="parent__id__exact",
        plural="tenants below",
    ),
    Hanging(
        "person",
        lambda keys: Human.objects.filter(tenant__in=below(keys)),
        parameter="tenant__id__exact",
        plural="people",
    ),
)
hang(
    Human,
    Hanging("role", lambda keys: RoleAssignment.objects.filter(human__in=keys), parameter="human__id__exact"),
)
