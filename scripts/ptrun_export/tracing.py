"""From an eager module to a TorchScript program, with guards against the ways in which that goes wrong.

A trace records what one run did: branches taken, numbers read, the device. So a trace is trusted only where
no value decides what the Python code does, and where it agrees with the module on other inputs.
"""

import copy
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.jit._trace import TracerWarning

from .errors import ExportError, first_line

Method = Literal["auto", "trace", "script"]
Say = Callable[[str], None]

# Guards by name, with what they protect from; each can be overridden with --allow NAME.
GUARDS = {
    "training": "a module, or part of it, in training mode",
    "trace": "values that decide what the Python code does, which a trace cannot follow",
    "agreement": "another answer than the eager module's, on other batch sizes, values or samples",
    "device": "a device written into the program",
    "output": "an output that is not one row of logits for each image",
}
TRACED_BATCH, OTHER_BATCHES = 2, (1, 3)
TOLERANCE = {torch.float32: 1e-5, torch.bfloat16: 3e-2, torch.float16: 5e-3}  # of the largest logit
MAX_SHOWN = 5


class GuardError(ExportError):
    """A guard that was not overridden."""

    def __init__(self, guard: str, message: str, hint: str) -> None:
        super().__init__(f"{message} [{guard}]", f"{hint}; or go on regardless with --allow {guard}")
        self.guard = guard


@dataclass
class Conversion:
    """How to convert: `shape` is (C, H, W) of one image; `samples` are model inputs, float32 (1, C, H, W)."""

    shape: tuple[int, int, int]
    fixed_size: bool = True  # every image has this height and width
    samples: Sequence[Tensor] = ()
    method: Method = "auto"
    allow: frozenset[str] = frozenset()
    dtype: torch.dtype = torch.float32  # of the arithmetic, which decides how closely results must agree
    freeze: bool = False
    plain: nn.Module | None = None  # the module before quantizing: the same code in plain operations
    say: Say = field(default=print)

    def guard(self, name: str, message: str, hint: str) -> None:
        """Raise GuardError, or only say it where the guard is overridden."""
        if name not in self.allow:
            raise GuardError(name, message, hint)
        self.say(f"overridden [{name}]: {message}")


def convert(module: nn.Module, how: Conversion) -> tuple[torch.jit.ScriptModule, str]:
    """Return the program and the method that made it, "trace" or "script"."""
    with torch.no_grad():
        check_training(module, how)
        check_output(module, how)
        if how.method == "script":
            return _script(module, how), "script"
        try:
            return _trace(module, how), "trace"
        except GuardError as error:
            if how.method == "trace":
                raise
            how.say(f"tracing is not safe: {error.message}")
            reason = error
        try:
            return _script(module, how), "script"
        except ExportError as error:
            how.say(f"scripting is not possible: {error.message}")
            raise reason from error


def check_training(module: nn.Module, how: Conversion) -> None:
    """Refuse a module in training mode: dropout and batch statistics would be part of the answers."""
    training = [name or "the module" for name, part in module.named_modules() if part.training]
    if training:
        more = f" and {len(training) - 3} more" if len(training) > 3 else ""
        how.guard(
            "training",
            f"in training mode: {', '.join(training[:3])}{more}",
            "call .eval() in the factory, or give --eval",
        )


def check_output(module: nn.Module, how: Conversion) -> None:
    """Refuse a module whose output is not one row for each image."""
    output = module(example(how, TRACED_BATCH, seed=0))
    if not isinstance(output, Tensor):
        keys = f" with {', '.join(map(str, output))}" if isinstance(output, dict) else ""
        raise ExportError(
            f"the model returns a {type(output).__name__}{keys}, not a tensor",
            "say which part: --select INDEX_OR_KEY",
        )
    shape = list(output.shape)
    if not (output.is_floating_point() and output.dim() >= 2 and shape[0] == TRACED_BATCH):
        how.guard(
            "output",
            f"{TRACED_BATCH} images gave {output.dtype} of shape {shape}, not [{TRACED_BATCH}, classes]",
            "wrap the model in a module that returns its logits",
        )
    how.say(f"output: [N, {', '.join(map(str, shape[1:]))}]")


def example(how: Conversion, batch: int, seed: int, scale: float = 1.0, grow: int = 0) -> Tensor:
    """Return a random input, float32 (batch, C, H + grow, W + grow)."""
    channels, height, width = how.shape
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(batch, channels, height + grow, width + grow, generator=generator) * scale


def _trace(module: nn.Module, how: Conversion) -> torch.jit.ScriptModule:
    inputs = example(how, TRACED_BATCH, seed=0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        traced = torch.jit.trace(module, inputs, check_trace=False, strict=False)
    found = _tracer_warnings(caught)
    for line in found[:MAX_SHOWN]:
        how.say(f"trace: {line}")
    if len(found) > MAX_SHOWN:
        how.say(f"trace: and {len(found) - MAX_SHOWN} more places")
    if found:
        _check_values_do_not_decide(module, inputs, found, how)
    follow_input_device(traced)
    return _finish(traced, module, how)


def _tracer_warnings(caught: Sequence[warnings.WarningMessage]) -> list[str]:
    """Return each place once, as FILE:LINE: what the tracer says."""
    places: dict[tuple[str, int], str] = {}
    for warning in caught:
        if issubclass(warning.category, TracerWarning):
            text = first_line(
                warning.message if isinstance(warning.message, Warning) else Warning(warning.message)
            )
            places.setdefault((warning.filename, warning.lineno), text.split(". ")[0])
    return [f"{file}:{line}: {text}" for (file, line), text in places.items()]


def _check_values_do_not_decide(module: nn.Module, inputs: Tensor, found: list[str], how: Conversion) -> None:
    """Run the module on tensors that have shapes but no values: code that asks for a value fails.

    What is left are decisions by shape. Image size is fixed by the recipe, other batch sizes are tried.
    """
    code = copy.deepcopy(how.plain or module)
    try:
        with FakeTensorMode(allow_non_fake_inputs=True) as mode:
            code(mode.from_tensor(inputs))
    except Exception as error:
        how.guard(
            "trace",
            f"what the code does depends on values: {found[0]} ({type(error).__name__})",
            "use --method script or auto, or mark the function with @torch.jit.script_if_tracing",
        )
    else:
        how.say("trace: these places look at shapes only, never at values")


def _script(module: nn.Module, how: Conversion) -> torch.jit.ScriptModule:
    try:
        scripted = torch.jit.script(module)
    except Exception as error:  # the compiler raises many kinds
        raise ExportError(f"TorchScript cannot compile the module: {_compiler_message(error)}") from error
    return _finish(scripted, module, how)


def _compiler_message(error: Exception) -> str:
    """Return what the compiler says and where, of its many lines."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    place = next((line for line in lines if line.startswith("File ")), "")
    return " ".join([lines[0].rstrip(":") if lines else type(error).__name__, place]).strip()


def _finish(program: torch.jit.ScriptModule, module: nn.Module, how: Conversion) -> torch.jit.ScriptModule:
    check_devices(program, how)
    if how.freeze:
        program = torch.jit.freeze(program.eval())
    check_agreement(program, module, how)
    return program


def follow_input_device(traced: torch.jit.ScriptModule) -> None:
    """Let what a trace creates be created where its input is, instead of where the traced run was.

    A trace writes the device into every arange, zeros, … . Moves of computed tensors (`x.to("cpu")`) stay as
    they are: check_devices finds them.
    """
    for part in traced.modules():
        graph = _graph_of(part)
        tensors = [value for value in graph.inputs() if value.type().kind() == "TensorType"] if graph else []
        if not tensors:
            continue
        for node in graph.findAllNodes("prim::Constant", recurse=True):
            if node.output().type().kind() != "DeviceObjType" or any(map(_is_move, node.output().uses())):
                continue
            device = graph.create("prim::device", [tensors[0]], 1)
            device.insertBefore(node)
            device.output().setType(node.output().type())
            node.output().replaceAllUsesWith(device.output())


def _graph_of(part: nn.Module) -> Any:
    """Return the graph of a traced module's forward, or None where the trace never called it."""
    try:
        return getattr(part, "graph", None)
    except RuntimeError:
        return None


def _is_move(use: Any) -> bool:
    """Tell whether a use of a device moves a computed tensor."""
    node = use.user
    return bool(node.kind() == "aten::to") and next(iter(node.inputs())).node().kind() != "prim::Constant"


def check_devices(program: torch.jit.ScriptModule, how: Conversion) -> None:
    """Refuse a program that names a device: it would run, or fail, on that one alone."""
    graph: Any = program.inlined_graph
    places = [
        " ".join([f'"{node.s("value")}"', *node.sourceRange().split("\n")[:1]]).strip()
        for node in graph.findAllNodes("prim::Constant", recurse=True)
        if node.output().type().kind() == "DeviceObjType" and node.output().uses()
    ]
    for method in ("cpu", "cuda"):
        places += [f".{method}()" for _ in graph.findAllNodes(f"aten::{method}", recurse=True)]
    if places:
        how.guard(
            "device",
            f"the program names a device: {', '.join(dict.fromkeys(places))}",
            "create and move tensors with device=x.device in forward()",
        )


def check_agreement(program: torch.jit.ScriptModule, module: nn.Module, how: Conversion) -> None:
    """Compare with the eager module on other batch sizes and values, other image sizes, and the samples."""
    cases = [
        (f"batch {batch}, other values", example(how, batch, seed=batch, scale=-1.5))
        for batch in OTHER_BATCHES
    ]
    if not how.fixed_size:
        cases.append(("another image size", example(how, TRACED_BATCH, seed=9, grow=32)))
    for what, inputs in cases:
        _compare(program, module, inputs, what, how)
    for number, sample in enumerate(how.samples):
        _compare(program, module, sample, f"sample {number + 1}", how)


def _compare(
    program: torch.jit.ScriptModule, module: nn.Module, inputs: Tensor, what: str, how: Conversion
) -> None:
    hint = "the program is specialised for the traced input: use --method script, or make the model general"
    expected = module(inputs)
    try:
        got = program(inputs)
    except RuntimeError as error:
        how.guard(
            "agreement", f"{what}: the program fails: {str(error).strip().splitlines()[-1].strip()}", hint
        )
        return
    if got.shape != expected.shape:
        how.guard("agreement", f"{what}: shape {list(got.shape)}, eager {list(expected.shape)}", hint)
        return
    difference, largest = float((got - expected).abs().max()), float(expected.abs().max())
    relative = difference / largest if largest else difference
    line = (
        f"{what}: largest difference {difference:.2g}, largest logit {largest:.3g}, relative {relative:.1e}"
    )
    if not relative <= TOLERANCE[how.dtype]:
        how.guard("agreement", f"{line}; at most {TOLERANCE[how.dtype]:.0e}", hint)
    how.say(line)
