"""The file's tree of tenants (RULES 5), and the internal one in it (RULES 10)."""

import pytest

from tests.importer.conftest import Import


def _tenant(key: int, parent: str, level: int) -> str:
    return f"INSERT INTO tenants VALUES ({key}, {parent}, {level}, 'T{key}', 'active', NULL, 0, NULL)"


@pytest.mark.parametrize(
    ("parent", "level", "said"),
    [
        ("2", 1, "an MSP (1) has no parent"),
        ("3", 2, "a Customer (2) has a parent of level 1 (MSP); its parent 3 is of level 2"),
        ("4", 2, "its parent 4 is of level 3"),
        ("NULL", 3, "a Dept (3) needs a Customer (2)"),
        ("2", 3, "a Dept (3) has a parent of level 2 (Customer); its parent 2 is of level 1"),
        ("4", 3, "its parent 4 is of level 3"),
    ],
)
def test_a_level_that_contradicts_the_parent_is_named(
    import_broken: Import, parent: str, level: int, said: str
) -> None:
    result = import_broken(_tenant(5, parent, level))
    assert result.places("level_mismatch") == [("tenants", "5", "level")]
    assert said in result.reason("level_mismatch")
    assert result.errors == 1


@pytest.mark.django_db
@pytest.mark.parametrize(("parent", "level"), [("NULL", 1), ("NULL", 2), ("2", 2), ("3", 3)])
def test_levels_that_fit_are_taken(import_broken: Import, parent: str, level: int) -> None:
    assert import_broken(_tenant(5, parent, level)).errors == 0


def test_a_changed_parent_shows_at_its_children(import_broken: Import) -> None:
    result = import_broken("UPDATE tenants SET level = 2 WHERE id = 2")
    assert result.places("level_mismatch") == [("tenants", "3", "level")]


def test_a_cycle_names_its_members_and_not_what_hangs_below(import_broken: Import) -> None:
    result = import_broken(
        _tenant(5, "6", 2), _tenant(6, "7", 2), _tenant(7, "5", 2), _tenant(8, "5", 3), _tenant(9, "9", 2)
    )
    assert result.places("cycle") == [("tenants", key, "parent_id") for key in ("5", "6", "7", "9")]
    assert result.errors == 4


def test_a_deep_chain_is_judged(import_broken: Import) -> None:
    """Longer than Python would recurse."""
    numbers = "WITH RECURSIVE n (i) AS (VALUES (100) UNION ALL SELECT i + 1 FROM n WHERE i < 5000)"
    parent = "CASE i WHEN 100 THEN 5000 ELSE i - 1 END"
    result = import_broken(f"INSERT INTO tenants {numbers} SELECT i, {parent}, 3, 'x', 'active', NULL, 0, NULL FROM n")
    assert len(result.places("cycle")) == 4901


def test_superadmin_below_a_root_is_refused(import_broken: Import) -> None:
    result = import_broken("INSERT INTO role_assignments VALUES (33, 22, 3, 11, NULL, 0)")
    assert result.places("bad_internal_tenant") == [("role_assignments", "33", "tenant_id")]
    assert "not a root" in result.reason("bad_internal_tenant")


def test_superadmin_on_two_roots_is_refused(import_broken: Import) -> None:
    result = import_broken("INSERT INTO role_assignments VALUES (33, 22, 2, 11, NULL, 0)")
    assert [key for _, key, _ in result.places("bad_internal_tenant")] == ["31", "33"]
    assert "on 2 roots (1, 2)" in result.findings[0]["reason"] + result.findings[-1]["reason"]
