"""Music for games: a loop without a seam in layers, with intro, outro and signals, ready for engines and for VR."""

from assistant.deliver.games.folder import write_kit
from assistant.deliver.games.kit import Kit, Workshop, make_kit
from assistant.deliver.games.manifest import Manifest, manifest_of

__all__ = ["Kit", "Manifest", "Workshop", "make_kit", "manifest_of", "write_kit"]
