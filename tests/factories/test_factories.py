"""What every factory and every trait makes is right by the model's own rules and by the database's."""

import pytest
from django.apps import apps
from factory import Trait
from factory.django import DjangoModelFactory

from tests import factories
from vaults.models import Vault

FACTORIES = [getattr(factories, name) for name in factories.__all__]
TRAITS = [
    (factory, name)
    for factory in FACTORIES
    for name, parameter in factory._meta.parameters.items()
    if isinstance(parameter, Trait)
]
OUR_APPS = ("base", "tenancy", "billing", "vaults", "sync")
MADE_ELSEWHERE = {"IdLease", "SyncObject", "SyncSeal", "SyncHead"}  # by a migration or by the sealer alone


@pytest.mark.parametrize("factory", FACTORIES, ids=lambda factory: factory.__name__)
def test_two_of_each_are_valid(db: None, factory: type[DjangoModelFactory]) -> None:
    for _ in range(2):
        factory().full_clean(validate_unique=False)


@pytest.mark.parametrize(("factory", "trait"), TRAITS, ids=lambda value: getattr(value, "__name__", value))
def test_each_trait_is_valid_and_makes_a_difference(db: None, factory: type[DjangoModelFactory], trait: str) -> None:
    overridden = set(factory._meta.parameters[trait].overrides) - set(factory._meta.parameters)
    made, plain = factory(**{trait: True}), factory()
    made.full_clean(validate_unique=False)
    assert any(getattr(made, name) != getattr(plain, name) for name in overridden)


def test_every_model_has_a_factory() -> None:
    ours = [model for app in OUR_APPS for model in apps.get_app_config(app).get_models() if model._meta.managed]
    made_here = {factory._meta.model.__name__ for factory in FACTORIES}
    assert {model.__name__ for model in ours} - made_here == MADE_ELSEWHERE


def test_a_plain_vault_is_in_force(db: None) -> None:
    made = factories.VaultFactory()
    assert Vault.objects.get(l0=made.l0).effective.status == "active"


def test_an_operator_is_one(db: None) -> None:
    assert factories.OperatorFactory().is_staff
    assert not factories.HumanFactory().is_staff
