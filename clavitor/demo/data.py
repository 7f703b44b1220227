"""The demonstration's data, made by the operations that people's clicks call."""

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction

from billing import operations as billing
from billing.models import BillingCycle, PlanName, Subscription
from tenancy import operations as tenancy
from tenancy.models import Human, Role, RoleName, Tenant, TenantLevel
from vaults import operations as vaults
from vaults.models import Credential, Vault

OPERATOR_EMAIL = "operator@clavitor.example"
CUSTOMERS = {
    "Nordwind Managed IT": ["Alpen Klinik", "Fjord Legal", "Harbor Logistics"],
    "Solstice Services": ["Ökonom Treuhand", "Lumen Systems", "São Robotics"],
}
DEPARTMENTS = ["Operations", "Finance"]
AGENTS = ["Claude Code", "Deploy CI", "Codex"]
STEPS = sum(len(customers) for customers in CUSTOMERS.values())


class Team(NamedTuple):
    """A department's people, the first of whom administers it, and what pays for their vaults."""

    dept: Tenant
    people: list[Human]
    subscription: Subscription


def digest(*words: object) -> str:
    """Hex digits that look random and are the same in every demonstration."""
    return hashlib.sha256("/".join(map(str, words)).encode()).hexdigest()


def is_loaded() -> bool:
    """Whether the demonstration's data is there already."""
    return Tenant.objects.filter(name__in=CUSTOMERS, level=TenantLevel.MSP).exists()


def load(*, at: datetime) -> Iterator[str]:
    """Make it all as of `at`, or nothing; yields each customer's name when it is done (STEPS of them)."""
    with transaction.atomic():
        for msp_name, customers in CUSTOMERS.items():
            msp = tenancy.create_tenant(
                parent=None, level=TenantLevel.MSP, name=msp_name, billing_email=None, by=None, at=at
            )
            add_person(msp, f"{msp_name} admin", RoleName.MSP_ADMIN, at=at)
            for name in customers:
                load_customer(msp, name, at=at)
                yield name


def load_customer(msp: Tenant, name: str, *, at: datetime) -> None:
    """One customer with its departments, people, vaults, devices and tokens; some of it suspended or revoked."""
    email = f"billing@{digest(name)[:6]}.example"
    customer = tenancy.create_tenant(
        parent=msp, level=TenantLevel.CUSTOMER, name=name, billing_email=email, by=None, at=at
    )
    add_person(customer, f"{name} admin", RoleName.TENANT_ADMIN, at=at)
    subscription = billing.start_subscription(
        tenant=customer, plan=PlanName.TEAM25, billing_cycle=BillingCycle.ANNUAL, trial=False, by=None, at=at
    )
    for dept_name in DEPARTMENTS:
        dept = tenancy.create_tenant(
            parent=customer, level=TenantLevel.DEPT, name=dept_name, billing_email=None, by=None, at=at
        )
        people = [
            add_person(dept, f"{dept_name} {number}", role, at=at)
            for number, role in enumerate([RoleName.TENANT_ADMIN, RoleName.VAULT_USER, RoleName.VAULT_USER], 1)
        ]
        load_team(Team(dept, people, subscription), at=at)


def add_person(tenant: Tenant, name: str, role: RoleName, *, at: datetime) -> Human:
    """An active human of `tenant` who holds `role` there."""
    mailbox = digest(tenant.pk, name)[:10]
    human = tenancy.create_human(tenant=tenant, email=f"{mailbox}@people.example", name=name, by=None, at=at)
    human = tenancy.activate_human(human=human, by=None, at=at)
    tenancy.grant_role(human=human, tenant=tenant, role=Role.objects.get(name=role), by=None, at=at)
    return human


def load_team(team: Team, *, at: datetime) -> None:
    """A vault for each person, with devices and tokens; the last person's vault is suspended, one token revoked."""
    opened = [register(team, person, at=at) for person in team.people]
    token, _ = vaults.issue_agent_token(
        vault=opened[0], name="Old laptop", scopes="0001", all_access=False, by=team.people[0], at=at
    )
    vaults.revoke_agent_token(token=token, by=None, reason="The laptop was lost.", at=at + timedelta(seconds=1))
    vaults.suspend_vault(vault=opened[-1], by=None, reason="Its owner is on leave.", at=at + timedelta(seconds=1))


def register(team: Team, person: Human, *, at: datetime) -> Vault:
    """`person`'s vault with two devices and two agent tokens."""
    l0 = digest("vault", person.pk)[:8]
    vault = vaults.register_vault(
        l0=l0, tenant=team.dept, owner_human=person, subscription=team.subscription, by=person, at=at
    )
    first = enrol(vault, person, 1, authorised=None, at=at)
    enrol(vault, person, 2, authorised=first, at=at)
    for name, scopes in zip(AGENTS, ["0001,0002", "00a1"], strict=False):
        vaults.issue_agent_token(vault=vault, name=name, scopes=scopes, all_access=False, by=person, at=at)
    return vault


def enrol(vault: Vault, person: Human, number: int, *, authorised: Credential | None, at: datetime) -> Credential:
    """One device of `person` for `vault`; the second and later ones are authorised by an earlier one."""
    facts = digest("device", vault.pk, person.pk, number)
    p0 = facts[:8]
    return vaults.enrol_credential(
        vault=vault,
        human=person,
        p0=p0,
        credential_id=bytes.fromhex(facts),
        wl3_path=f"{p0[:2]}/{p0}/{at:%Y%m%d}_{facts[8:14]}.cla",
        enrolled_by=person if authorised else None,
        enrolled_by_credential=authorised,
        by=person,
        at=at,
    )
