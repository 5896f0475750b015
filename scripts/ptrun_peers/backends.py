"""The peers: each loads a model and returns a function from a batch of images to logits.

Runs in the peers' environment, where only the library that is asked for is imported.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Forward = Callable[[Floats], Floats]


@dataclass(frozen=True)
class Setting:
    """What a peer is told: the model `name` in `folder`, and how to run it."""

    folder: str
    name: str
    precision: str  # "fp32" or "bf16"
    threads: int
    batch: int

    def file(self, suffix: str) -> str:
        """Return the model's file of this kind."""
        return str(Path(self.folder, f"{self.name}.{suffix}"))


def eager(setting: Setting) -> Forward:
    """Run PyTorch as it is."""
    from ptrun_peers import zoo

    return _torch(_converted(zoo.eager(Path(setting.folder), setting.name), setting), setting)


def eager_channels_last(setting: Setting) -> Forward:
    """Run PyTorch with weights and images in channels_last."""
    import torch

    from ptrun_peers import zoo

    module = _converted(zoo.eager(Path(setting.folder), setting.name), setting)
    return _torch(module.to(memory_format=torch.channels_last), setting, torch.channels_last)


def torchscript(setting: Setting) -> Forward:
    """Load in Python the archive that `ptrun` runs."""
    import torch

    return _torch(_converted(torch.jit.load(setting.file("pt")).eval(), setting), setting)


def torchscript_frozen(setting: Setting) -> Forward:
    """Load the archive and freeze it."""
    import torch

    module = _converted(torch.jit.load(setting.file("pt")).eval(), setting)
    return _torch(torch.jit.freeze(module), setting)


def _converted(module: Any, setting: Setting) -> Any:
    import torch

    return module.to(torch.bfloat16) if setting.precision == "bf16" else module


def _torch(module: Any, setting: Setting, memory_format: Any = None) -> Forward:
    import torch

    torch.set_num_threads(setting.threads)
    half = setting.precision == "bf16"

    def forward(images: Floats) -> Floats:
        x = torch.from_numpy(images)
        if memory_format is not None:
            x = x.to(memory_format=memory_format)
        with torch.inference_mode():
            logits: Floats = module(x.bfloat16() if half else x).float().numpy()
        return logits

    return forward


def onnxruntime(setting: Setting) -> Forward:
    """Run ONNX Runtime: CPU provider, all graph optimisations, the batch as a fixed dimension."""
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = setting.threads
    options.inter_op_num_threads = 1
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.add_free_dimension_override_by_name("batch", setting.batch)
    session = ort.InferenceSession(setting.file("onnx"), options, providers=["CPUExecutionProvider"])

    def forward(images: Floats) -> Floats:
        logits: Floats = session.run(None, {"images": images})[0]
        return logits

    return forward


def openvino(setting: Setting) -> Forward:
    """Run OpenVINO: latency hint, one stream, the batch as a fixed dimension; bf16 is its default here."""
    return _openvino(setting)


def openvino_cached(setting: Setting) -> Forward:
    """Run OpenVINO with its cache of compiled models, which shortens the second start."""
    return _openvino(setting, CACHE_DIR=str(Path(setting.folder, "openvino-cache")))


def _openvino(setting: Setting, **more: str) -> Forward:
    import openvino as ov

    core = ov.Core()
    model = core.read_model(setting.file("onnx"))
    model.reshape([setting.batch, *list(model.input(0).partial_shape)[1:]])
    config: dict[str, Any] = {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_NUM_THREADS": setting.threads,
        "NUM_STREAMS": 1,
        **more,
    }
    if setting.precision == "fp32":
        config["INFERENCE_PRECISION_HINT"] = "f32"
    if setting.threads == 1:  # or two side by side would be bound to the same processor
        config["ENABLE_CPU_PINNING"] = False
    request = core.compile_model(model, "CPU", config).create_infer_request()

    def forward(images: Floats) -> Floats:
        result = request.infer([images], share_inputs=True, share_outputs=True)
        logits: Floats = result[0]
        return logits

    return forward


BACKENDS: dict[str, Callable[[Setting], Forward]] = {
    "eager": eager,
    "eager channels_last": eager_channels_last,
    "TorchScript": torchscript,
    "TorchScript frozen": torchscript_frozen,
    "ONNX Runtime": onnxruntime,
    "OpenVINO": openvino,
    "OpenVINO cached": openvino_cached,
}
