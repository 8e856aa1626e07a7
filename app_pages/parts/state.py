"""What a session holds, as the pages ask for it: library, selection, engine, features, similarity.

Everything a person brings lives in `st.session_state` alone; only loaded engines and the demo
gallery, which hold nothing of anybody's, are shared between sessions.
"""

from app_pages.parts.engines import engine, engine_if_loaded
from app_pages.parts.library_state import (
    add_banner,
    demo_library,
    is_demo,
    library,
    set_library,
)
from app_pages.parts.measure import features, features_if_ready, prefetch, similarity, stages
from app_pages.parts.selection import select, selected_caption, selected_image

__all__ = [
    "add_banner",
    "demo_library",
    "engine",
    "engine_if_loaded",
    "features",
    "features_if_ready",
    "is_demo",
    "library",
    "prefetch",
    "select",
    "selected_caption",
    "selected_image",
    "set_library",
    "similarity",
    "stages",
]
