"""What a broken or malicious charge point may send."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

#: Pieces of which frames are made, and which have broken readers of them.
PIECES = [
    *("[2,", "[3,", "[4,", '"id"', '"Heartbeat"', '"MeterValues"', "{}", "[]", "]", "}", "{", "["),
    *(",", ":", '"', "\\", '\\"', "\\u0000", "\\ud800", "\\ud83d\\ude00", "\x00", "\ud800", "\n"),
    *("NaN", "Infinity", "-", "1e999", "9" * 30, "0.1", "null", "true", '"x":', '"x" :', "é", "𝄞"),
]


def nasty_text() -> SearchStrategy[str]:
    """Text that often begins like a frame."""
    pieces = st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=20).map("".join)
    heads = st.sampled_from(["", "[2,", '[2,"id",', '[2,"id","Heartbeat",'])
    return st.tuples(heads, pieces | st.text()).map("".join)


def json_values() -> SearchStrategy[Any]:
    """Any JSON value, with numbers and texts beyond what is stored."""
    leaves = (
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text(st.characters())
        | st.sampled_from(["", "Wh", "Accepted", "2026-01-01T00:00:00Z", 10**30, -(10**18), 1e300])
    )
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
        max_leaves=15,
    )
