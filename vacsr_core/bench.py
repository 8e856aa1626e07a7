"""How fast and how large: the figures of the README's table of speed, measured here and now."""

from __future__ import annotations

import platform
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import torch

from vacsr_core.adapters import Adapters
from vacsr_core.features import Features

IMAGES, CAPTIONS = 1_000, 5_000
REPEATS = 3


def bench_pairs(
    adapters: Adapters, images: int = IMAGES, captions: int = CAPTIONS, repeats: int = REPEATS
) -> dict:
    """Time all pair distributions (cosine, mean, std, P(match)) from ready features.

    Args:
        adapters: of any dimension D; the features are random unit vectors of that dimension.

    Returns:
        Seconds (median of `repeats`), pairs, microseconds a pair, the machine's matmul rate in
        the same run, the share of it that the adapter's arithmetic reached, peak memory.
    """
    generator = np.random.default_rng(0)
    dimension = adapters.vacsr.dimension
    pictures = Features.from_vectors(generator.standard_normal((images, dimension)), "image")
    texts = Features.from_vectors(generator.standard_normal((captions, dimension)), "caption")
    adapters.similarity(pictures[:8], texts[:64])  # the first call pays for start-up
    network, whole, rates = [], [], []
    for _ in range(repeats):
        rates.append(matmul_rate())
        start = time.perf_counter()
        sim = adapters.similarity(pictures, texts)
        network.append(time.perf_counter() - start)
        _ = sim.mean, sim.std, sim.match_probability
        whole.append(time.perf_counter() - start)
    flops = _flops_a_pair(adapters) * images * captions
    rate = median(rates)
    return {
        "machine": machine(),
        "images": images,
        "captions": captions,
        "seconds": median(whole),
        "seconds_network": median(network),
        "seconds_closed_forms": median(whole) - median(network),
        "microseconds_a_pair": 1e6 * median(whole) / (images * captions),
        "matmul_gflops": rate / 1e9,
        "share_of_matmul_rate": flops / median(whole) / rate,
        "share_of_matmul_rate_network": flops / median(network) / rate,
        "peak_memory_mb": peak_memory_mb(),
    }


def _flops_a_pair(adapters: Adapters) -> int:
    """Multiplications and additions of the networks for one pair."""
    net = adapters.vacsr
    return (
        2
        * len(adapters.members)
        * (
            net.dimension * net.hidden  # first layer
            + net.hidden * net.components * (net.latent + 1)  # variances, and means already decoded
            + net.components * net.latent
        )
    )


def matmul_rate(size: int = 2048, repeats: int = 5) -> float:
    """Floating-point operations a second of this machine's float32 matrix product."""
    a, b = torch.randn(size, size), torch.randn(size, size)
    a @ b
    start = time.perf_counter()
    for _ in range(repeats):
        a @ b
    return 2 * size**3 * repeats / (time.perf_counter() - start)


def machine() -> str:
    """One line that names the machine."""
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = info.read_text().splitlines()
        name = next((x.split(":")[1].strip() for x in lines if x.startswith("model name")), name)
    return (
        f"{name}, {torch.get_num_threads()} threads, torch {torch.__version__}, "
        f"Python {platform.python_version()}, {platform.system()}"
    )


def peak_memory_mb() -> float:
    """The most memory this process has held, in MB; NaN where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return float("nan")
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used / (1e6 if sys.platform == "darwin" else 1e3)


def bench_encoding(engine, repeats: int = REPEATS) -> dict:
    """Images and captions encoded a second, nothing cached, tokens included."""
    from vacsr_core import scenes

    drawn = scenes.sample(64, seed=1)
    pictures = [scenes.draw(scene, 224) for scene in drawn.scenes]
    texts = [caption.text for caption in drawn.captions]
    cache, engine.cache = engine.cache, None
    try:
        return {
            "images_a_second": len(pictures)
            / median(_seconds(lambda: engine.encode_images(pictures), repeats)),
            "captions_a_second": len(texts)
            / median(_seconds(lambda: engine.encode_captions(texts), repeats)),
        }
    finally:
        engine.cache = cache


def _seconds(work: Callable, repeats: int) -> list[float]:
    work()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return times


def bench_pico(pairs: int = 2_000, patches: int = 50, words: int = 20, columns: int = 256) -> dict:
    """Time a fit of column weights on random tokens, and say what memory the process reached."""
    from vacsr_core.pico import PicoConfig, fit_pico

    generator = np.random.default_rng(0)

    def drawn(count: int, modality: str) -> Features:
        tokens = generator.standard_normal((pairs, count, columns), dtype=np.float32)
        tokens /= np.linalg.norm(tokens, axis=2, keepdims=True)
        vectors = tokens.sum(axis=1)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return Features(vectors, modality, tokens, np.ones((pairs, count), bool))

    images, captions = drawn(patches, "image"), drawn(words, "caption")
    start, start_cpu = time.perf_counter(), time.process_time()
    every = PicoConfig(tolerance=0.0)  # random tokens are stable at once; measure all rounds
    found = fit_pico(images, captions, np.arange(pairs), every)
    return {
        "machine": machine(),
        "pairs": pairs,
        "patches": patches,
        "words": words,
        "columns": columns,
        "rounds": len(found.history),
        "seconds": time.perf_counter() - start,
        "cpu_seconds": time.process_time() - start_cpu,
        "peak_memory_mb": peak_memory_mb(),
    }


def bench_load(repeats: int = REPEATS) -> dict:
    """Seconds to import PyTorch and open_clip, and then to load the embedded engine, each fresh."""
    code = (
        "import time; t = time.perf_counter(); from vacsr_core.engine import Engine; "
        "u = time.perf_counter(); Engine.load(device='cpu'); print(u - t, time.perf_counter() - u)"
    )
    rows = []
    for _ in range(repeats):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        rows.append([float(x) for x in done.stdout.split()])
    imports, loads = zip(*rows, strict=True)
    return {"seconds_imports": median(imports), "seconds_load": median(loads)}
