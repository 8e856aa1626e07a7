"""Results of background work that change what every page shows, taken over before drawing."""

from app_pages.parts import model_panel, saved, stage_use, upload_panel


def collect() -> None:
    """Take over what ended since the last run, so that the whole page shows one state."""
    upload_panel.collect()
    saved.collect()
    model_panel.collect()
    stage_use.collect()
