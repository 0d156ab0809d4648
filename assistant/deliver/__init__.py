"""The delivery: everything that a person downloads, in one folder that is complete or not there."""

from assistant.deliver.cue import Cue, load_cue
from assistant.deliver.folder import deliver
from assistant.deliver.values import (
    Delivered,
    Delivery,
    EngineCard,
    Likeness,
    LikePlace,
    Materials,
    Melody,
    ReferenceCheck,
    SharedRun,
    Similarity,
    SimilarityCheck,
)

__all__ = [
    "Cue",
    "Delivered",
    "Delivery",
    "EngineCard",
    "LikePlace",
    "Likeness",
    "Materials",
    "Melody",
    "ReferenceCheck",
    "SharedRun",
    "Similarity",
    "SimilarityCheck",
    "deliver",
    "load_cue",
]
