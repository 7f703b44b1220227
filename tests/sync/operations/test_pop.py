"""POPs: added, paused, resumed (RULES 35)."""

import pytest

from sync import operations
from sync.models import Pop
from tests.acts import NOW, refused
from tests.factories import HumanFactory, OperatorFactory, PopFactory

pytestmark = pytest.mark.django_db


def test_a_pop_is_added_without_a_key() -> None:
    operations.create_pop(pop_id="pop-zurich-01", at=NOW)

    pop = Pop.objects.get(pk="pop-zurich-01")
    assert (pop.status, pop.last_sync_at, pop.updated_at, pop.last_sync_cursor) == ("active", NOW, NOW, None)
    assert not pop.keys.exists()


@pytest.mark.parametrize("pop_id", ["Pop-1", "", "pop_1", "-pop", "p" * 61, "pop-1\n"])
def test_a_wrong_id_is_refused(pop_id: str) -> None:
    with refused("invalid", field="pop_id"):
        operations.create_pop(pop_id=pop_id, at=NOW)


def test_a_taken_id_is_refused() -> None:
    pop = PopFactory()
    with refused("pop_taken", field="pop_id"):
        operations.create_pop(pop_id=pop.pk, at=NOW)


@pytest.mark.parametrize("state", [{}, {"failing": True}])
def test_an_operator_pauses_and_resumes_a_pop(state: dict[str, bool]) -> None:
    pop, operator = PopFactory(**state), OperatorFactory()

    assert operations.pause_pop(pop=pop, by=operator, reason="maintenance", at=NOW).status == "paused"
    pop.refresh_from_db()
    assert (pop.status, pop.updated_at) == ("paused", NOW)

    operations.resume_pop(pop=pop, by=operator, at=NOW)
    pop.refresh_from_db()
    assert pop.status == "active"


def test_what_is_paused_is_not_paused_again_and_what_is_not_is_not_resumed() -> None:
    paused, active = PopFactory(paused=True), PopFactory()
    with refused("invalid_transition", field="status"):
        operations.pause_pop(pop=paused, by=None, reason="again", at=NOW)
    with refused("invalid_transition", field="status"):
        operations.resume_pop(pop=active, by=None, at=NOW)


def test_pausing_is_an_operators_act_with_a_reason() -> None:
    pop, paused, somebody = PopFactory(), PopFactory(paused=True), HumanFactory()
    with refused("operator_required"):
        operations.pause_pop(pop=pop, by=somebody, reason="mine", at=NOW)
    with refused("operator_required"):
        operations.resume_pop(pop=paused, by=somebody, at=NOW)
    with refused("reason_required", field="reason"):
        operations.pause_pop(pop=pop, by=None, reason="", at=NOW)
