"""Everything that one running simulator holds, and the way of a post through it."""

import gc
import logging
import time
from collections.abc import Iterator, Sequence
from datetime import datetime

import gevent

from simulator import fields
from simulator.apps import Apps
from simulator.compliance_jobs import Compliance
from simulator.connection import BY_CLIENT, StreamConnection
from simulator.corpus import Corpus
from simulator.delivery_order import Rearranger
from simulator.faults import CONNECTION, LINE, ActiveFault, FaultOrder, Faults
from simulator.generator import Generator
from simulator.ledger import DeliveryLedger
from simulator.operators import REHEARSAL
from simulator.posts import SimulatedPost, snowflakes
from simulator.settings import SimulatorSettings
from simulator.sign_ins import Grants, RequestTokens
from simulator.slots import Slots
from simulator.subject import Subject
from simulator.turns import in_turns
from simulator.users import UserDirectory

log = logging.getLogger(__name__)


class SimulatorState:
    """The state of a simulator; no module keeps any of its own."""

    def __init__(
        self,
        settings: SimulatorSettings | None = None,
        credentials: dict[str, str] | None = None,
        seed: int = 1,
        control_token: str | None = None,
    ) -> None:
        self.settings = settings or SimulatorSettings()
        self.control_token = control_token
        self.apps = Apps(self.settings, Slots, credentials or {})
        self.corpus = Corpus(self.settings)
        self.ledger = DeliveryLedger()
        self.faults = Faults()
        self.compliance = Compliance()
        self.pending = RequestTokens()
        self.grants = Grants()
        self.revoked: set[str] = set()
        self.ids = snowflakes()
        self.rearranger = Rearranger(self.faults, self.ids)
        self.users = UserDirectory(seed)
        self.generator = Generator(self.users, self.ids, self.faults, seed, self.settings)
        self.started = time.time()

    def connections(self) -> Iterator[StreamConnection]:
        """Return the open connections of all apps."""
        for app in self.apps:
            yield from list(app.slots.open.values())

    def publish(self, post: SimulatedPost) -> tuple[int, int]:
        """Deliver a post; return how many rules it matched and how many clients it went to."""
        if not self.faults and not self.rearranger.holding:
            return self._publish(post)
        sums = [self._publish(each) for each in self.rearranger.arrange(post)]
        return sum(m for m, _ in sums), sum(d for _, d in sums)

    def _publish(self, post: SimulatedPost) -> tuple[int, int]:
        self.corpus.add(post)
        matched = delivered = 0
        for app in self.apps:
            rules = app.rules.active.match(post)
            if rules:
                matched += len(rules)
                for connection in list(app.slots.open.values()):
                    if not connection.finite:
                        delivered += connection.offer(post, rules)
        return matched, delivered

    def congested(self) -> bool:
        """Return whether the generator should wait for a reader (setting `when_full: hold`)."""
        if self.settings.when_full != "hold":
            return False
        return any(connection.fill() > 0.5 for connection in self.connections())

    def generate(self) -> None:
        """Publish the generator's posts for ever; run it in a greenlet."""
        for post in self.generator.posts(self.congested):
            try:
                self.publish(post)
            except Exception:
                log.exception("a made-up post could not be published; the next ones follow")

    def prepare(self, count: int, words: Sequence[str] = ()) -> None:
        """Write, match and encode posts for the rules and connections of now; they go out later.

        They bear the time at which they were written. Rules that change are matched anew.
        """
        for post in in_turns(self.generator.write_ahead(count, words)):
            for app in self.apps:
                matcher = app.rules.active
                post.matched = (matcher, matcher.match(post))
                for connection in app.slots.open.values():
                    connection.prepare(post)
        gc.collect()
        gc.freeze()  # going through them again and again would take more than sending them

    def arm(self, order: FaultOrder) -> ActiveFault:
        """Put a fault in force; it strikes open connections at once."""
        fault = self.faults.arm(order)
        if fault.kind in CONNECTION:
            for connection in list(self.connections())[: fault.left]:
                connection.apply_fault(fault)
                self.faults.spend(fault)
        elif fault.kind in LINE and (connections := list(self.connections())):
            for _ in range(fault.left or 1):
                for connection in connections:
                    connection.apply_fault(fault)
                self.faults.spend(fault)
        elif fault.kind in ("credits_depleted", "spend_cap", "usage_cap") and order.cut:
            for connection in self.connections():
                connection.end(f"fault: {fault.kind}")
        return fault

    def on_connect(self, connection: StreamConnection) -> None:
        """Apply waiting faults to a connection that has just opened."""
        while self.faults and (fault := self.faults.take(*LINE)):
            connection.apply_fault(fault)
        if self.faults and (fault := self.faults.take(*CONNECTION)):
            connection.apply_fault(fault)

    def release(self, connection: StreamConnection) -> None:
        """Release a connection's slot, later while the ghost fault is in force."""
        ghost = self.faults.find("ghost") if connection.reason == BY_CLIENT else None
        if app := self.apps.find(connection.app.consumer_key):
            app.slots.release(connection, (ghost.order.seconds or 60.0) if ghost else 0.0)

    def clear_faults(self) -> None:
        """End all faults, those that are striking connections included."""
        self.faults.clear()
        for connection in self.connections():
            connection.speak_again()
        for post in self.rearranger.flush():
            self._publish(post)

    def validate(self, post: SimulatedPost) -> None:
        """Run a post through everything that could trip over it, without delivering it.

        Raises whatever a malformed post makes it raise.
        """
        datetime.fromisoformat(post.data["created_at"])
        subject = Subject(post)
        for test in REHEARSAL:
            test(subject)
        fields.EVERYTHING.render(post)

    def reset(self) -> None:
        """Forget rules, faults, posts, reads and counts, and end all streams."""
        self.clear_faults()
        for app in self.apps:
            app.slots.end_all("simulator reset")
            app.rules.delete(lambda rule: True, None, False)
            app.windows.reset()
            app.meter.reset()
        self.corpus.clear()
        self.generator.ready.clear()
        self.ledger.reset()

    def stop(self) -> None:
        """End all streams cleanly."""
        for app in self.apps:
            app.slots.end_all("simulator stopping")
        gevent.sleep(0)
