"""What of this app hangs on a tenant or a subscription."""

from billing.models import BillingEvent, Subscription
from clavitor.base.admin_impact import Hanging, hang
from tenancy.models import Tenant

hang(
    Tenant,
    Hanging(
        Subscription,
        "subscription",
        lambda keys: Subscription.objects.filter(tenant__in=keys),
        parameter="tenant__id__exact",
        reached=False,
    ),
)
hang(
    Subscription,
    Hanging(
        BillingEvent,
        "billing event",
        lambda keys: BillingEvent.objects.filter(subscription__in=keys),
        parameter="subscription__id__exact",
        reached=False,
    ),
)
