"""Sessions of the app with a tiny model that nobody has fitted, driven as a person drives them."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image
from streamlit.testing.v1 import AppTest

from app_pages.parts import model_panel
from tiny_backbones import write_backbone
from vacsr_core import engine as core
from vacsr_core.backbones import BackboneInfo
from vacsr_core.library import Library, new_caption
from vacsr_core.uploads import read_image

ROOT = Path(__file__).resolve().parents[1]


def unfitted_model(tmp_path, monkeypatch) -> str:
    """A model that nobody has fitted, offered in the list of models."""
    monkeypatch.setattr(core, "SCENES_TO_START", 12)
    monkeypatch.setenv("VACSR_DATA", str(tmp_path / "data"))
    made = f"local-dir:{write_backbone(tmp_path / 'tiny', 'vit')}"
    info = BackboneInfo(made, True, None, None, "A tiny one.")
    monkeypatch.setattr(model_panel, "available_backbones", lambda: [info])
    return made


def pictures(count: int = 3) -> Library:
    """Plain pictures, a caption each, and one caption of nobody."""
    images = []
    for place in range(count):
        written = io.BytesIO()
        Image.new("RGB", (40, 40), (60 * place % 256, 90, (200 - 50 * place) % 256)).save(
            written, "PNG"
        )
        images.append(read_image(f"{place}.png", written.getvalue()))
    captions = [new_caption(f"colour {place}", i.id) for place, i in enumerate(images)]
    return Library("Own", images, [*captions, new_caption("nobody's")])


def choose(name: str, library: Library | None = None) -> AppTest:
    """A new session that chooses a model in the panel."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=180)
    if library is not None:
        app.session_state["_library"] = library
    app.run()
    box = next(box for box in app.selectbox if box.label.startswith("Choose a model"))
    box.set_value(name).run()
    press(app, "Use this model")
    return app


def press(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click().run()


def settle(app: AppTest) -> AppTest:
    """Run the page until neither a load nor a fit is under way."""
    for _ in range(60):
        assert not app.exception, app.exception[0].value
        jobs = app.session_state["_jobs"] if "_jobs" in app.session_state else {}  # noqa: SIM401
        waiting = [job for kind, job in jobs.items() if kind in ("backbone", "fit")]
        if not waiting:
            return app
        assert waiting[0].wait(60)
        app.run()
    raise AssertionError("the fit never ended")


def said(app: AppTest) -> str:
    return "\n".join(e.value for kind in ("text", "caption") for e in getattr(app, kind))
