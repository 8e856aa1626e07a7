"""Any open_clip model -> Features: the only part of the project that imports open_clip."""

from vacsr_core.encode.encoding import encode_captions, encode_images
from vacsr_core.encode.loading import Backbone, choose_device, load_backbone

__all__ = ["Backbone", "choose_device", "encode_captions", "encode_images", "load_backbone"]
