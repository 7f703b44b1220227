"""POPs and their keys. The feed's own tables have no factories: only the sealer writes there."""

from datetime import timedelta

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from clavitor.base.secrets import hash_secret
from sync.models import Pop, PopKey, PopStatus


class PopFactory(DjangoModelFactory[Pop]):
    """An active POP that has acknowledged nothing yet."""

    class Meta:
        model = Pop

    class Params:
        paused = factory.Trait(status=PopStatus.PAUSED)
        failing = factory.Trait(status=PopStatus.ERROR, last_error="disk full")

    pop_id = factory.Sequence("pop-test-{:02d}".format)
    status = PopStatus.ACTIVE
    last_sync_at = factory.LazyFunction(timezone.now)
    updated_at = factory.LazyFunction(timezone.now)


class PopKeyFactory(DjangoModelFactory[PopKey]):
    """A live key; `secret` is what it is the hash of."""

    class Meta:
        model = PopKey

    class Params:
        secret = factory.Sequence("secret of pop {}".format)
        revoked = factory.Trait(revoked_at=factory.LazyFunction(timezone.now))
        expired = factory.Trait(expires_at=factory.LazyFunction(lambda: timezone.now() - timedelta(seconds=1)))

    pop = factory.SubFactory(PopFactory)
    key_hash = factory.LazyAttribute(lambda key: hash_secret(key.secret))
    created_at = factory.LazyFunction(timezone.now)
