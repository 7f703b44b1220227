"""What the file calls its own and we have already: roles, and the internal tenant (RULES 10)."""

from pathlib import Path

import pytest

from tenancy import access
from tenancy.models import Human, Role, RoleAssignment, Tenant
from tests.factories.tenancy import TenantFactory
from tests.importer.conftest import Import
from tests.importer.files import change_file, make_file

pytestmark = pytest.mark.django_db


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return make_file(tmp_path / "file.sqlite3")


def test_roles_match_by_name(path: Path, import_file: Import) -> None:
    ids = set(Role.objects.values_list("id", flat=True))
    result = import_file(path)
    assert set(Role.objects.values_list("id", flat=True)) == ids
    assert RoleAssignment.objects.get(pk=32).role.name == "TenantAdmin"
    assert result.places("role_differs") == []


def test_a_role_that_differs_is_said_and_ours_is_kept(import_broken: Import) -> None:
    result = import_broken(
        """UPDATE roles SET permissions = '{"all": true}', description = 'Mine' WHERE name = 'TenantAdmin'"""
    )
    assert result.places("role_differs") == [("roles", "13", "description"), ("roles", "13", "permissions")]
    assert result.errors == 0
    assert "all" not in Role.objects.get(name="TenantAdmin").permissions


def test_permissions_in_another_order_are_the_same(import_broken: Import) -> None:
    result = import_broken(
        'UPDATE roles SET permissions = \'{"device_enroll":true,"vault_create":true,"agent_create":true,'
        '"tenant_admin":true}\' WHERE id = 13'
    )
    assert result.places("role_differs") == []


def test_a_role_that_the_registry_lost_is_named(import_broken: Import) -> None:
    Role.objects.filter(name="TenantAdmin").delete()
    result = import_broken()
    assert result.places("orphan") == [("roles", "13", "name")]
    assert not Tenant.objects.exists()


def test_the_root_of_superadmin_becomes_the_internal_tenant(path: Path, import_file: Import) -> None:
    result = import_file(path)
    assert Tenant.objects.get(is_internal=True).pk == 1
    assert access.is_operator(Human.objects.get(pk=21))
    assert result.places("internal_tenant") == [("tenants", "1", "")]
    assert import_file(path).places("internal_tenant") == []


def test_a_file_without_superadmin_makes_no_internal_tenant(import_broken: Import) -> None:
    assert import_broken("DELETE FROM role_assignments WHERE id = 31").errors == 0
    assert not Tenant.objects.filter(is_internal=True).exists()


def test_with_an_internal_tenant_the_root_is_merged_into_it(path: Path, import_file: Import) -> None:
    ours = TenantFactory(internal=True, msp=True)
    change_file(path, "INSERT INTO tenants VALUES (5, 1, 2, 'Branch', 'active', NULL, 0, NULL)")
    result = import_file(path)
    assert result.errors == 0
    assert not Tenant.objects.filter(pk=1).exists()
    assert Tenant.objects.get(is_internal=True) == ours
    assert Human.objects.get(pk=21).tenant == ours
    assert access.is_operator(Human.objects.get(pk=21))
    assert Tenant.objects.get(pk=5).parent == ours
    assert str(ours.pk) in result.reason("internal_tenant")


@pytest.mark.parametrize("statement", ["", "CREATE INDEX another ON humans (name)"], ids=["same file", "same rows"])
def test_a_merge_is_the_same_the_second_time(path: Path, import_file: Import, statement: str) -> None:
    TenantFactory(internal=True, msp=True)
    import_file(path)
    change_file(path, *([statement] if statement else []))
    again = import_file(path)
    assert again.errors == 0
    assert again.loaded
    assert again.loaded.is_unchanged
    assert again.loaded.known["tenants"] == 3
    assert again.places("moved_on") == again.places("removed_since") == []


def test_children_that_do_not_fit_under_our_internal_tenant_are_named(path: Path, import_file: Import) -> None:
    TenantFactory(internal=True)  # a customer, so departments fit below it
    change_file(path, "INSERT INTO tenants VALUES (5, 1, 2, 'Branch', 'active', NULL, 0, NULL)")
    result = import_file(path)
    assert result.places("level_mismatch") == [("tenants", "5", "level")]
    assert not Human.objects.exists()


def test_an_ordinary_tenant_is_not_made_internal(path: Path, import_file: Import) -> None:
    TenantFactory(pk=1, name="Clavitor", msp=True)
    result = import_file(path)
    assert ("tenants", "1", "is_internal") in result.places("differs")
    assert not Tenant.objects.filter(is_internal=True).exists()
