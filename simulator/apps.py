"""The developer apps that call in: credentials, rules, connections, rate windows."""

import hmac
import zlib
from collections.abc import Iterator

from simulator.billing import BillingMeter
from simulator.limits import Windows
from simulator.rules import AppRules
from simulator.settings import SimulatorSettings
from simulator.slots import Slots


class App:
    """One developer app: everything X keeps per app rather than per user."""

    def __init__(self, consumer_key: str, settings: SimulatorSettings, slots: Slots) -> None:
        self.consumer_key = consumer_key
        self.id = str(10_000_000 + zlib.crc32(consumer_key.encode()) % 20_000_000)
        self.rules = AppRules(settings)
        self.windows = Windows(settings)
        self.meter = BillingMeter(settings)
        self.slots = slots


class Apps:
    """All apps by consumer key.

    With `fixed` credentials (key to secret) only those are known. Without, any key is an app,
    and the first secret shown for it is its secret from then on.
    """

    def __init__(
        self, settings: SimulatorSettings, slots: type[Slots], fixed: dict[str, str]
    ) -> None:
        self._settings = settings
        self._slots = slots
        self._fixed = bool(fixed)
        self._secrets = dict(fixed)
        self._apps: dict[str, App] = {}

    def __iter__(self) -> Iterator[App]:
        return iter(list(self._apps.values()))

    def find(self, consumer_key: str) -> App | None:
        """Return the app of a consumer key, or None when there can be none."""
        if not consumer_key or (self._fixed and consumer_key not in self._secrets):
            return None
        if consumer_key not in self._apps:
            app = App(consumer_key, self._settings, self._slots(self._settings))
            self._apps[consumer_key] = app
        return self._apps[consumer_key]

    def check(self, consumer_key: str, consumer_secret: str) -> App | None:
        """Return the app whose key and secret these are, or None."""
        app = self.find(consumer_key)
        if app is None or not consumer_secret:
            return None
        known = self._secrets.setdefault(consumer_key, consumer_secret)
        return app if hmac.compare_digest(known.encode(), consumer_secret.encode()) else None

    def secret(self, consumer_key: str) -> str | None:
        """Return the secret of an app, or None when it has not been shown yet."""
        return self._secrets.get(consumer_key)
