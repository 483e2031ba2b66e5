"""Doubles are recognised in bounded memory."""

from hypothesis import given
from hypothesis import strategies as st

from workers.collector.recent_ids import RecentIds


@given(st.lists(st.integers(0, 30), max_size=200), st.integers(1, 20))
def test_an_id_among_the_last_few_distinct_ones_is_always_recognised(
    ids: list[int], size: int
) -> None:
    seen = RecentIds(size)
    distinct: list[int] = []
    for number in ids:
        fresh = seen.add(str(number))
        if number in distinct[-size:]:
            assert not fresh
        if number not in distinct:
            assert fresh
        if fresh:
            distinct.append(number)


@given(st.integers(1, 50), st.integers(1, 50))
def test_memory_is_bounded(before: int, size: int) -> None:
    seen = RecentIds(before)
    for number in range(10 * before):
        seen.add(str(number))
    seen.resize(size)
    for number in range(10 * size):
        seen.add(f"later {number}")
        assert f"later {max(0, number - size + 1)}" in seen
    assert len(seen._young) + len(seen._old) <= 2 * size
