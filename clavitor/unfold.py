"""What the operators' admin looks like, and what its navigation holds (django-unfold's settings)."""

from typing import Any

from django.templatetags.static import static
from django.urls import reverse_lazy


def _item(title: str, icon: str, model: str) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": reverse_lazy(f"admin:{model}_changelist")}


def _group(title: str, *items: dict[str, Any]) -> dict[str, Any]:
    return {"title": title, "separator": True, "items": list(items)}


NAVIGATION = [
    {"items": [{"title": "Overview", "icon": "dashboard", "link": reverse_lazy("admin:index")}]},
    _group(
        "Tenants & people",
        _item("Tenants", "account_tree", "tenancy_tenant"),
        _item("People", "group", "tenancy_human"),
        _item("Role assignments", "assignment_ind", "tenancy_roleassignment"),
        _item("Roles", "badge", "tenancy_role"),
    ),
    _group(
        "Vault registry",
        _item("Vaults", "encrypted", "vaults_vault"),
        _item("Credentials (devices)", "key", "vaults_credential"),
        _item("Agent tokens", "smart_toy", "vaults_agenttoken"),
    ),
    _group(
        "Billing",
        _item("Subscriptions", "card_membership", "billing_subscription"),
        _item("Plans", "sell", "billing_plan"),
        _item("Events", "receipt_long", "billing_billingevent"),
    ),
    _group(
        "POPs",
        _item("POPs", "dns", "sync_pop"),
        _item("POP keys", "vpn_key", "sync_popkey"),
    ),
    _group("Operators", _item("What they did", "history", "admin_logentry")),
]

UNFOLD = {
    "SITE_TITLE": "Clavitor operations",
    "SITE_HEADER": "Clavitor",
    "SITE_SUBHEADER": "Corporate service",
    "SITE_URL": None,
    "SITE_SYMBOL": "shield_lock",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("base/favicon.svg")}],
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "DASHBOARD_CALLBACK": "clavitor.base.admin_dashboard.context",
    "STYLES": [lambda request: static("base/admin.css")],
    "COMMAND": {"search_callback": "clavitor.base.admin_find.everywhere", "show_history": False},
    "SIDEBAR": {"show_search": True, "command_search": True, "navigation": NAVIGATION},
    "COLORS": {
        "primary": {
            "50": "oklch(97.1% .013 205)",
            "100": "oklch(94.5% .03 205)",
            "200": "oklch(89.5% .055 207)",
            "300": "oklch(81.5% .09 210)",
            "400": "oklch(70.5% .115 215)",
            "500": "oklch(66% .115 217)",
            "600": "oklch(50% .095 224)",
            "700": "oklch(43% .08 226)",
            "800": "oklch(37% .066 228)",
            "900": "oklch(31% .054 230)",
            "950": "oklch(23% .042 232)",
        },
    },
}
