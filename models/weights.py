"""The numbers of one fitted node."""

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


class Weights(msgspec.Struct):
    """A fitted node: `idf` and `first` have one row a feature; `second` is empty when linear.

    Score of a post with weighted counts x: `x @ first + bias`, and for a network
    `relu(x @ first + bias) @ second + bias2`. One column for two children, else one a child.
    """

    vocabulary: list[str]
    idf: Floats
    first: Floats
    bias: Floats
    second: Floats
    bias2: Floats
