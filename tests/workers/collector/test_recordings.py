"""What happens to captures on the disk is known in SQL, too."""

import shutil
import time
from pathlib import Path

from msgspec.structs import replace

from streams.filter import Filter
from streams.plan import CaptureOptions, Plan
from streams.post import Post
from streams.settings import Settings
from streams.store import Store
from streams.store.migrate import migrate
from streams.stream import Wanted
from workers.collector.recordings import Recordings
from workers.sources.source import Arrival


def test_sealed_segments_and_lost_posts_are_told(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'weir.db'}")
    migrate(store.engine)
    account = store.accounts.sign_in("1", "ada", "Ada", None, b"", 0)
    plans = {name: Plan(capture=CaptureOptions(name)) for name in ("kept", "lost")}
    made = {
        name: store.streams.create(account.id, name, Filter("rain"), 0, plan=plan)
        for name, plan in plans.items()
    }
    recordings = Recordings(Settings(data_dir=tmp_path), "lab", 1, "x", store.segments, store.gaps)
    wanted = [replace(stream, wanted=Wanted.RUNNING) for stream in made.values()]
    begun = time.time_ns() // 1_000_000
    runnable, faults = recordings.follow(wanted, begun)
    assert ([stream.id for stream in runnable], faults) == ([each.id for each in wanted], {})
    shutil.rmtree(tmp_path / "captures" / "lost")
    ids = tuple(stream.id for stream in wanted)
    recordings.keep(Arrival(Post("7", "rain"), ids), b'{"data":{"id":"7"}}', begun)
    recordings.close()
    recordings.commit()
    assert [each.posts for each in store.segments.of(made["kept"].id, 9, 0)[0]] == [1]
    assert store.gaps.of(made["kept"].id) == []
    assert store.segments.of(made["lost"].id, 9, 0)[0] == []
    (gap,) = store.gaps.of(made["lost"].id)
    assert (gap.started_at, gap.reason) == (begun, "disk_failed")
    assert gap.ended_at is not None
