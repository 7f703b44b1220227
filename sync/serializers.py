"""What a POP sends and gets, field by field."""

from rest_framework import serializers

from clavitor.base.api import StrictSerializer
from clavitor.base.api_fields import TextField, WholeNumberField
from clavitor.base.ids import MAX_ID

MAX_PAGE = 5000
DEFAULT_PAGE = 1000
MAX_WAIT_SECONDS = 30


class ChangesQuery(StrictSerializer):
    """The parameters of GET changes."""

    cursor = TextField(required=False, max_length=80, help_text="As the last answer gave it; none: from zero.")
    limit = WholeNumberField(required=False, default=DEFAULT_PAGE, min_value=1, max_value=MAX_PAGE)
    wait = WholeNumberField(
        required=False,
        default=0,
        min_value=0,
        max_value=MAX_WAIT_SECONDS,
        help_text="Seconds to wait for something new; the server may answer at once.",
    )


class HeadQuery(StrictSerializer):
    """The parameters of GET head."""

    after = WholeNumberField(
        required=False, min_value=0, max_value=MAX_ID, help_text="Wait until the head is past this position."
    )
    wait = WholeNumberField(required=False, default=0, min_value=0, max_value=MAX_WAIT_SECONDS)


class AckBody(StrictSerializer):
    """The body of POST ack."""

    cursor = TextField(max_length=80, help_text="Everything up to here is applied.")
    root = serializers.RegexField(  # type: ignore[assignment]  # a field here; Field.root stays what it is
        r"^[0-9a-f]{64}\Z", required=False, help_text="The replica's root hash, 64 hex digits."
    )
    error = TextField(required=False, max_length=500, help_text="Why nothing after the cursor could be applied.")


class ChangeAnswer(serializers.Serializer[object]):
    """One change: an object as it is now, or that it is gone."""

    position = serializers.IntegerField()
    kind = serializers.ChoiceField(["vault", "credential", "agent_token"])
    id = serializers.CharField()
    deleted = serializers.BooleanField()
    data = serializers.DictField(allow_null=True, help_text="By kind; docs/sync-protocol.md lists the fields.")  # type: ignore[assignment]


class ChangesAnswer(serializers.Serializer[object]):
    """A page of changes, in the order of their positions."""

    epoch = serializers.CharField()
    to = serializers.IntegerField()
    head = serializers.IntegerField()
    more = serializers.BooleanField(help_text="There is more now: ask again at once.")
    cursor = serializers.CharField()
    changes = ChangeAnswer(many=True)
    checkpoint = serializers.CharField(allow_null=True)

    def get_fields(self) -> dict[str, serializers.Field]:  # type: ignore[type-arg]
        """`from` is a Python keyword, so it can't be a class attribute."""
        return {"from": serializers.IntegerField(), **super().get_fields()}


class HeadAnswer(serializers.Serializer[object]):
    """Where the feed is."""

    epoch = serializers.CharField()
    head = serializers.IntegerField()
    cursor = serializers.CharField()
    checkpoint = serializers.CharField(allow_null=True)


class AckAnswer(serializers.Serializer[object]):
    """What the centre now holds of the POP."""

    cursor = serializers.CharField()
    head = serializers.IntegerField()
    lag = serializers.IntegerField(help_text="Positions that the POP is behind the head.")


class FieldFault(serializers.Serializer[object]):
    """What is wrong with one field or parameter."""

    field = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class ProblemAnswer(serializers.Serializer[object]):
    """RFC 9457 problem details."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField(help_text="Stable and machine-readable.")
    detail = serializers.CharField()
    field = serializers.CharField(required=False, help_text="The one that is at fault.")
    errors = FieldFault(many=True, required=False)  # type: ignore[assignment]  # a field here; Serializer.errors stays
