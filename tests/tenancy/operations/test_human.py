"""People: invited, renamed, let in, put on hold, let go (RULES 7)."""

import itertools

import pytest
from django.test import Client
from django.urls import reverse

from tenancy import operations
from tenancy.models import Human, HumanStatus
from tests.acts import NOW, race, refused
from tests.database import CommittedDatabase
from tests.factories import HumanFactory, OperatorFactory, TenantFactory

ACTIVE, INACTIVE, SUSPENDED = HumanStatus.ACTIVE, HumanStatus.INACTIVE, HumanStatus.SUSPENDED
MOVES = {
    ACTIVE: operations.activate_human,
    INACTIVE: operations.deactivate_human,
    SUSPENDED: operations.suspend_human,
}
ALLOWED = {(INACTIVE, ACTIVE), (ACTIVE, SUSPENDED), (ACTIVE, INACTIVE), (SUSPENDED, ACTIVE), (SUSPENDED, INACTIVE)}
REFUSED = [pair for pair in itertools.product(MOVES, MOVES) if pair not in ALLOWED]


@pytest.mark.django_db
def test_a_person_is_invited_and_can_not_sign_in_yet() -> None:
    tenant = TenantFactory()

    human = operations.create_human(tenant=tenant, email=" Ann@Example.com ", name=" Ann ", by=None, at=NOW)

    human.refresh_from_db()
    assert (human.tenant, human.email, human.name) == (tenant, "Ann@Example.com", "Ann")
    assert (human.status, human.created_at, human.has_usable_password()) == (INACTIVE, NOW, False)


@pytest.mark.django_db
@pytest.mark.parametrize(("email", "name", "field"), [("ann", "Ann", "email"), ("ann@example.com", " ", "name")])
def test_a_wrong_value_is_named(email: str, name: str, field: str) -> None:
    tenant = TenantFactory()
    with refused("invalid", field=field):
        operations.create_human(tenant=tenant, email=email, name=name, by=None, at=NOW)


@pytest.mark.django_db
def test_nobody_is_invited_to_an_archived_tenant() -> None:
    tenant = TenantFactory(archived=True)
    with refused("tenant_archived", field="tenant"):
        operations.create_human(tenant=tenant, email="ann@example.com", name="Ann", by=None, at=NOW)


@pytest.mark.django_db
def test_an_email_is_taken_in_any_case() -> None:
    ann, bob = HumanFactory(email="Ann@Example.com"), HumanFactory()
    with refused("email_taken", field="email"):
        operations.create_human(tenant=ann.tenant, email="ann@example.COM", name="Ann", by=None, at=NOW)
    with refused("email_taken", field="email"):
        operations.update_human(human=bob, email="aNN@example.com", name="Bob", by=None, at=NOW)


def test_of_two_invitations_to_one_email_at_once_the_second_is_refused(committed_db: CommittedDatabase) -> None:
    here, there = TenantFactory(), TenantFactory()

    outcome = race(
        committed_db,
        lambda: operations.create_human(tenant=here, email="ann@example.com", name="Ann", by=None, at=NOW),
        lambda: operations.create_human(tenant=there, email="Ann@example.com", name="Ann", by=None, at=NOW),
    )

    assert isinstance(outcome, operations.EmailTaken)
    assert Human.objects.with_email("ann@example.com").get().tenant == here


@pytest.mark.django_db
def test_a_person_gets_another_name_and_email_and_keeps_their_own_in_other_case() -> None:
    human = HumanFactory(email="ann@example.com", suspended=True)

    operations.update_human(human=human, email="ANN@example.com", name="Ann B", by=None, at=NOW)

    human.refresh_from_db()
    assert (human.email, human.name, human.updated_at) == ("ANN@example.com", "Ann B", NOW)
    assert human.status == SUSPENDED


@pytest.mark.django_db
@pytest.mark.parametrize(("present", "wanted"), sorted(ALLOWED))
def test_every_allowed_move_is_made(present: HumanStatus, wanted: HumanStatus) -> None:
    human = HumanFactory(status=present)

    moved = MOVES[wanted](human=human, by=None, reason="asked to", at=NOW)

    human.refresh_from_db()
    assert (human.status, human.updated_at, moved.status) == (wanted, NOW, wanted)


@pytest.mark.django_db
@pytest.mark.parametrize(("present", "wanted"), REFUSED)
def test_every_other_move_is_refused(present: HumanStatus, wanted: HumanStatus) -> None:
    human = HumanFactory(status=present)
    with refused("invalid_transition", field="status"):
        MOVES[wanted](human=human, by=None, reason="asked to", at=NOW)


@pytest.mark.django_db
def test_suspending_needs_a_reason() -> None:
    human = HumanFactory()
    with refused("reason_required", field="reason"):
        operations.suspend_human(human=human, by=None, reason="", at=NOW)


@pytest.mark.django_db
@pytest.mark.parametrize("end", [operations.suspend_human, operations.deactivate_human])
def test_a_persons_sessions_end_at_once_and_for_good(client: Client, end: object) -> None:
    human, colleague = OperatorFactory(), OperatorFactory()
    client.force_login(human)
    assert client.get(reverse("admin:password_change")).status_code == 200

    end(human=human, by=colleague, reason="lost laptop", at=NOW)
    assert client.get(reverse("admin:password_change")).status_code == 302

    operations.activate_human(human=human, by=colleague, at=NOW)
    assert client.get(reverse("admin:password_change")).status_code == 302, "the old session came back"
    client.force_login(Human.objects.get(pk=human.pk))
    assert client.get(reverse("admin:password_change")).status_code == 200
