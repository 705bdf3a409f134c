"""PyTorch and Triton implementations of the concepts in reference/, under the same names.

``DFGDA`` is the optimizer, ``ReleasedDFGDA`` the behaviour of the authors' public code, ``soft_quantize`` the
soft quantization and entropy of a tensor at a cost that does not depend on the number of levels.
"""

from gpu.dfgda import DFGDA
from gpu.random_streams import RandomStream
from gpu.released import ReleasedDFGDA
from gpu.soft_quantization import Quantized, soft_quantize, soft_quantize_levels

__all__ = [
    "DFGDA",
    "Quantized",
    "RandomStream",
    "ReleasedDFGDA",
    "soft_quantize",
    "soft_quantize_levels",
]
