"""Memory after a process has loaded what it keeps: for the system, and for children to share."""

import ctypes
import gc


def settle() -> None:
    """Take what is loaded out of all later collections, and give back what loading left unused.

    A collection writes into every object, after which a child shares its page no more. glibc gives
    back freed memory in the midst of its heap only when told to; other libraries need no word.
    """
    gc.collect()
    gc.freeze()
    if (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)) is not None:
        trim(0)
