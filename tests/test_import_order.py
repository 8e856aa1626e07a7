"""Who may import whom: the core knows no page, and a first page waits for no heavy package."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
HEAVY = ("torch", "open_clip", "umap", "sklearn", "plotly", "numba", "timm", "matplotlib")


def imported_by(path: Path) -> set[str]:
    """Top-level names of all packages that a file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


def loaded_after(statement: str) -> set[str]:
    """Which heavy packages a fresh interpreter holds after a statement."""
    code = f"import json, sys\n{statement}\nprint(json.dumps(sorted(sys.modules)))"
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(json.loads(answer.stdout.splitlines()[-1]))


CORE = sorted((ROOT / "vacsr_core").rglob("*.py"))
PAGES = [ROOT / "app.py", *sorted((ROOT / "app_pages").rglob("*.py"))]


def test_the_files_are_found() -> None:
    assert ROOT / "vacsr_core" / "library.py" in CORE
    assert ROOT / "app_pages" / "library.py" in PAGES


@pytest.mark.parametrize("path", CORE, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_core_imports_no_streamlit_and_no_page(path: Path) -> None:
    assert not imported_by(path) & {"streamlit", "app_pages", "app"}


@pytest.mark.parametrize("path", CORE, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_encode_imports_open_clip(path: Path) -> None:
    if "encode" not in path.relative_to(ROOT).parts:
        assert "open_clip" not in imported_by(path)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_pages_hold_no_torch_and_no_maths_packages(path: Path) -> None:
    assert not imported_by(path) & {"torch", "open_clip", "scipy", "sklearn", "umap"}


@pytest.mark.parametrize(
    "module",
    [
        "library",
        "uploads",
        "similarity",
        "features",
        "workspace",
        "metrics.retrieval",
        "hold_out",
        "pico",
    ],
)
def test_light_modules_load_nothing_heavy(module: str) -> None:
    assert not loaded_after(f"import vacsr_core.{module}") & set(HEAVY)


def parts_of(path: Path) -> set[str]:
    """Modules of `app_pages.parts` that a page imports."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    froms = [node for node in nodes if isinstance(node, ast.ImportFrom)]
    whole = {
        f"app_pages.parts.{a.name}" for n in froms if n.module == "app_pages.parts" for a in n.names
    }
    return whole | {n.module for n in froms if (n.module or "").startswith("app_pages.parts.")}


def test_the_first_page_loads_nothing_heavy() -> None:
    parts = parts_of(ROOT / "app.py") | parts_of(ROOT / "app_pages" / "library.py")
    assert {"app_pages.parts.frame", "app_pages.parts.gallery", "app_pages.parts.views"} <= parts
    loaded = loaded_after("import " + ", ".join(sorted(parts)))
    assert parts <= loaded
    by_streamlit = loaded_after("import streamlit.delta_generator")  # it brings Plotly's names
    assert loaded & set(HEAVY) <= by_streamlit
    assert "torch" not in by_streamlit
    assert not loaded & {"pandas", "scipy"}  # the table below the pictures asks for pandas itself
