"""The schema's column types refuse what can't be right: in forms, in the API's serializers, in full_clean, in SQL."""

from itertools import pairwise
from typing import Any

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, models
from rest_framework import serializers

from clavitor.base.api_fields import IdField
from clavitor.base.fields import Hex8Field, PositiveInt64IDField, SecretHashField, TextLineField
from clavitor.base.ids import MAX_ID
from tenancy.models import Tenant
from tests import factories
from vaults.models import Vault

NOT_IDS = [0, -1, 2**63, -(2**63), 2**64, "0", "-1", str(2**63), "abc", "1.5", "0x1f", "", None]
NOT_HEX8 = [
    "6087ADF5", "6087adf", "6087adf50", "6087adfg", "", " 6087ad", "0x6087ad", "6087 df5", "６０８７adf5",
    "6087adf5\nx",
]  # fmt: skip
NOT_HASHES = ["cvp_" + "A" * 49, "a" * 63, "a" * 65, "A" * 64, "g" * 64, ""]


class IdSerializer(serializers.Serializer[Tenant]):
    id = IdField()


class VaultForm(forms.ModelForm):
    class Meta:
        model = Vault
        fields = ["l0"]


class VaultL0Serializer(serializers.ModelSerializer[Vault]):
    class Meta:
        model = Vault
        fields = ["l0"]


def execute(query: str, *parameters: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)


class TestIds:
    @pytest.mark.parametrize("wrong", NOT_IDS)
    def test_a_form_refuses(self, wrong: Any) -> None:
        with pytest.raises(ValidationError):
            PositiveInt64IDField().formfield().clean(wrong)

    @pytest.mark.parametrize("right", [1, MAX_ID])
    def test_a_form_takes_text_of_the_whole_range(self, right: int) -> None:
        assert PositiveInt64IDField().formfield().clean(str(right)) == right

    @pytest.mark.parametrize("wrong", [*NOT_IDS, 7, "٣", "1" * 5000, " 7", "+7", ["7"], True])
    def test_a_serializer_refuses(self, wrong: Any) -> None:
        checked = IdSerializer(data={"id": wrong})
        assert not checked.is_valid()
        assert set(checked.errors) == {"id"}

    @pytest.mark.parametrize("right", [1, MAX_ID])
    def test_a_serializer_takes_text_of_the_whole_range(self, right: int) -> None:
        checked = IdSerializer(data={"id": str(right)})
        assert checked.is_valid(), checked.errors
        assert checked.validated_data["id"] == right

    def test_a_serializer_gives_text(self) -> None:
        assert IdSerializer(Tenant(id=MAX_ID)).data == {"id": str(MAX_ID)}

    @pytest.mark.parametrize("wrong", [0, -1, 2**63])
    def test_full_clean_names_the_field(self, db: None, wrong: int) -> None:
        with pytest.raises(ValidationError) as refused:
            factories.TenantFactory.build(id=wrong).full_clean()
        assert set(refused.value.message_dict) == {"id"}

    @pytest.mark.parametrize("wrong", [0, -1, 2**63, -(2**63) - 1])
    def test_sql_refuses(self, db: None, wrong: int) -> None:
        with pytest.raises(DatabaseError, match="tenants_id_check|out of range"):
            execute("INSERT INTO tenants (id, level, name, created_at) VALUES (%s, 2, 'x', now())", wrong)

    @pytest.mark.parametrize("wrong", [0, -1, 2**63])
    def test_saving_refuses(self, db: None, wrong: int) -> None:
        with pytest.raises(DatabaseError):
            factories.TenantFactory(id=wrong)

    @pytest.mark.parametrize("wrong", [0, -1, 2**63, 2**70])
    def test_looking_for_one_that_can_not_be_finds_nothing(self, db: None, wrong: int) -> None:
        assert not Tenant.objects.filter(id=wrong).exists()

    def test_the_largest_is_kept_exactly(self, db: None) -> None:
        factories.TenantFactory(id=MAX_ID)
        assert Tenant.objects.get().pk == MAX_ID

    def test_one_that_is_given_is_kept_and_one_that_is_not_is_made_when_saved(self, db: None) -> None:
        unsaved = factories.TenantFactory.build()
        assert unsaved.pk is None
        unsaved.full_clean()
        unsaved.save()
        assert 0 < unsaved.pk <= MAX_ID
        assert factories.TenantFactory(id=5).pk == 5

    def test_bulk_create_makes_rising_ones(self, db: None) -> None:
        made = Tenant.objects.bulk_create(factories.TenantFactory.build_batch(50))
        assert all(one.pk < next_.pk for one, next_ in pairwise(made))
        assert Tenant.objects.count() == 50


class TestHex8:
    @pytest.mark.parametrize("wrong", NOT_HEX8)
    def test_a_form_refuses(self, db: None, wrong: str) -> None:
        form = VaultForm({"l0": wrong})
        assert not form.is_valid()
        assert set(form.errors) == {"l0"}

    @pytest.mark.parametrize("wrong", [*NOT_HEX8, None, 6087, ["6087adf5"]])
    def test_a_serializer_refuses(self, db: None, wrong: Any) -> None:
        checked = VaultL0Serializer(data={"l0": wrong})
        assert not checked.is_valid()
        assert set(checked.errors) == {"l0"}

    @pytest.mark.parametrize("wrong", [*NOT_HEX8, "6087adf5\n"])
    def test_full_clean_and_sql_refuse(self, db: None, wrong: str) -> None:
        with pytest.raises(ValidationError):
            Hex8Field().clean(wrong, None)
        tenant = factories.TenantFactory()
        with pytest.raises(DatabaseError, match="vaults_l0_check"):
            execute("INSERT INTO vaults (l0, tenant_id, created_at) VALUES (%s, %s, now())", wrong, tenant.pk)

    @pytest.mark.parametrize("right", ["6087adf5", "00000000", "ffffffff"])
    def test_eight_lowercase_hex_digits_are_taken(self, db: None, right: str) -> None:
        assert VaultForm({"l0": right}).is_valid()
        assert VaultL0Serializer(data={"l0": right}).is_valid()
        assert factories.VaultFactory(l0=right).pk == right


class TestSecretHashes:
    @pytest.mark.parametrize("wrong", NOT_HASHES)
    def test_what_is_no_hash_is_refused(self, db: None, wrong: str) -> None:
        with pytest.raises(ValidationError):
            SecretHashField().clean(wrong, None)
        with pytest.raises(DatabaseError, match="agent_tokens_token_hash_check"):
            factories.AgentTokenFactory(token_hash=wrong)

    def test_the_refusal_says_what_is_wanted_and_repeats_no_secret(self) -> None:
        with pytest.raises(ValidationError) as refused:
            SecretHashField().clean("cvp_secret", None)
        assert "64 lowercase hex digits" in str(refused.value)
        assert "cvp_secret" not in str(refused.value)


class TestTextLines:
    def test_forms_hold_the_length_and_give_one_line(self) -> None:
        field = TextLineField(max_length=5).formfield()
        assert isinstance(field.widget, forms.TextInput)
        with pytest.raises(ValidationError, match="at most 5"):
            field.clean("longer")

    @pytest.mark.parametrize("field", [TextLineField(), Hex8Field(), SecretHashField()])
    def test_the_column_is_text_and_so_is_one_that_refers_to_it(self, field: models.Field) -> None:
        assert field.db_type(connection) == field.rel_db_type(connection) == "text"
