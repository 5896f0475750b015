"""Where a model comes from: torchvision, timm, transformers, or a Python file of the user."""

import importlib.util
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn

from . import transforms, vision, weights
from .errors import ExportError, first_line
from .recipe import Activation, Recipe


@dataclass
class Source:
    """An eager model with what its library knows about it."""

    module: nn.Module
    origin: dict[str, object]
    recipe: Recipe | None = None  # without labels
    labels: list[str] | None = None
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Request:
    """What the command line says about the source."""

    weights: Path | None = None
    checkpoint_key: str | None = None
    allow_pickle: bool = False
    random_weights: bool = False
    factory_args: dict[str, object] = field(default_factory=dict)
    transform: str | None = None  # name in the user's Python file


def load(text: str, request: Request) -> Source:
    """Return the model that `text` names: KIND:NAME or FILE.py[:FACTORY]."""
    kind, colon, name = text.partition(":")
    if colon and kind in _LIBRARIES:
        source = _LIBRARIES[kind](name, request)
    elif text.endswith(".py") or ".py:" in text:
        source = _from_file(text, request)
    else:
        raise ExportError(
            f"{text}: not a source", "give torchvision:NAME, timm:NAME, hf:NAME_OR_FOLDER or FILE.py:FACTORY"
        )
    source.origin = {"source": text, **source.origin, "torch": torch.__version__}
    align(source.module)
    return source


def align(module: nn.Module) -> None:
    """Move every weight to memory of PyTorch's own.

    Weights of safetensors lie wherever the file has them, and the last bits of a matrix product depend on how
    its operands are aligned: the goldens would not be those of the exported program.
    """
    with torch.no_grad():
        for tensor in (*module.parameters(), *module.buffers()):
            tensor.set_(tensor.clone(memory_format=torch.preserve_format))  # type: ignore[call-overload]


def _from_torchvision(name: str, request: Request) -> Source:
    if not vision.make_importable():
        raise ExportError("torchvision: is not installed", "pip install torchvision")
    import torchvision

    if name not in torchvision.models.list_models():
        raise ExportError(
            f"torchvision:{name}: there is no such model", "torchvision.models.list_models() has them"
        )
    choices = torchvision.models.get_model_weights(name)
    default = getattr(choices, "DEFAULT", None)
    wanted = None if request.random_weights or request.weights else default
    module = _fetch(lambda: torchvision.models.get_model(name, weights=wanted, **request.factory_args), name)
    source = Source(
        module.eval(), {"torchvision": torchvision.__version__, "weights": _weights_word(request, wanted)}
    )
    if default is not None:
        transform = default.transforms()
        source.recipe = transforms.from_torchvision(transform).recipe()
        transforms.prove(source.recipe, transform)
        if "num_classes" not in request.factory_args:
            source.labels = list(default.meta["categories"])
    return _with_weights(source, request)


def _from_timm(name: str, request: Request) -> Source:
    vision.make_importable()
    try:
        import timm
        import timm.data
    except ModuleNotFoundError as error:
        raise ExportError("timm: is not installed", "pip install timm") from error
    if not timm.is_model(name):
        raise ExportError(f"timm:{name}: there is no such model", "timm.list_models() has them")
    pretrained = not (request.random_weights or request.weights)
    module = _fetch(lambda: timm.create_model(name, pretrained=pretrained, **request.factory_args), name)
    word = module.pretrained_cfg.get("hf_hub_id") or "pretrained" if pretrained else None
    source = Source(module.eval(), {"timm": timm.__version__, "weights": _weights_word(request, word)})
    transform = timm.data.create_transform(**timm.data.resolve_model_data_config(module), is_training=False)
    source.recipe = transforms.from_torchvision(transform).recipe()
    transforms.prove(source.recipe, transform)
    subset = timm.data.infer_imagenet_subset(module)
    if subset is not None:
        info = timm.data.ImageNetInfo(subset)
        source.labels = [info.index_to_description(index) for index in range(info.num_classes())]
    return _with_weights(source, request)


class LogitsOf(nn.Module):
    """A classifier of transformers as a function from pixels (N, C, H, W) to logits (N, classes)."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, pixels: Tensor) -> Tensor:
        """Return the logits of a batch."""
        logits: Tensor = self.model(pixel_values=pixels).logits
        return logits


def _from_transformers(name: str, request: Request) -> Source:
    vision.make_importable()
    try:
        import transformers
    except ModuleNotFoundError as error:
        raise ExportError("transformers: is not installed", "pip install transformers") from error
    config = _fetch(lambda: transformers.AutoConfig.from_pretrained(name), name)
    auto = transformers.AutoModelForImageClassification
    if request.random_weights:
        model = auto.from_config(config)
    else:
        model = _fetch(lambda: auto.from_pretrained(name), name)
    word = _weights_word(request, name)
    source = Source(LogitsOf(model).eval(), {"transformers": transformers.__version__, "weights": word})
    source.labels = _transformers_labels(config)
    try:
        processor = transformers.AutoImageProcessor.from_pretrained(name, backend="pil")
    except (OSError, ValueError):
        source.notes.append(
            "there is no image processor beside the model: give --recipe FILE or --preset NAME"
        )
        return source
    source.recipe = transforms.from_processor(processor).recipe()
    difference = transforms.prove(source.recipe, lambda image: _processed(processor, image))
    if difference:
        source.notes.append(f"the recipe differs from the image processor by rounding ({difference:.1e})")
    source.recipe["output"] = {"activation": _transformers_activation(config)}
    return source


def _processed(processor: Any, image: Image.Image) -> Tensor:
    pixels: Tensor = processor(image, return_tensors="pt")["pixel_values"]
    return pixels


def _transformers_activation(config: Any) -> Activation:
    return "sigmoid" if config.problem_type == "multi_label_classification" else "softmax"


def _transformers_labels(config: Any) -> list[str] | None:
    """Return the class names; LABEL_0, LABEL_1, … are what transformers writes where nobody named them."""
    names = [str(config.id2label[index]) for index in sorted(config.id2label)]
    return None if names == [f"LABEL_{index}" for index in range(len(names))] else names


def _from_file(text: str, request: Request) -> Source:
    """Build the model of FILE.py:FACTORY, or take the whole pickled module of --weights."""
    file, _, factory_name = text.partition(".py:")
    namespace = _import_file(Path(file if factory_name else text.removesuffix(".py")).with_suffix(".py"))
    found = None
    if request.weights is not None:
        content = weights.load_file(request.weights, allow_pickle=request.allow_pickle)
        found = weights.find_weights(content, request.checkpoint_key)
    if isinstance(found, nn.Module):
        module = found
    else:
        module = _call_factory(namespace, factory_name, text, request)
        if found is not None:
            weights.load_into(module, found)
    source = Source(
        module, {"weights": request.weights.name if request.weights else "as the factory made them"}
    )
    if found is None:
        source.notes.append("no --weights FILE: the weights are those that the factory made")
    if request.transform is not None:
        transform = _attribute(namespace, request.transform, "--transform")
        transform = transform() if _is_factory(transform) else transform
        source.recipe = transforms.from_torchvision(transform).recipe()
        transforms.prove(source.recipe, _to_mode_of(source.recipe, transform))
    return source


def _call_factory(namespace: Any, name: str, text: str, request: Request) -> nn.Module:
    if not name:
        raise ExportError(f"{text}: which function makes the model?", "write FILE.py:FACTORY")
    factory = _attribute(namespace, name, text)
    module = factory if isinstance(factory, nn.Module) else factory(**request.factory_args)
    if not isinstance(module, nn.Module):
        raise ExportError(f"{text}: the factory returned a {type(module).__name__}, not a torch.nn.Module")
    return module


def _attribute(namespace: Any, name: str, text: str) -> Any:
    if not hasattr(namespace, name):
        raise ExportError(f"{text}: {namespace.__file__} has no {name}")
    return getattr(namespace, name)


def _is_factory(value: Any) -> bool:
    return callable(value) and not hasattr(value, "transforms") and not isinstance(value, nn.Module)


def _to_mode_of(recipe: Recipe, transform: Callable[[Any], Tensor]) -> Callable[[Image.Image], Tensor]:
    """Return the transform for RGB images: of a grey pipeline some begin with a grey image."""
    grey = recipe["input"]["color"] == "gray"
    return lambda image: transform(image.convert("L") if grey else image)


def _import_file(path: Path) -> Any:
    """Import a Python file by its path; pickles find its classes under `__main__` too."""
    if not path.is_file():
        raise ExportError(f"{path}: no such file")
    sys.path.insert(0, str(path.resolve().parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    namespace = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = namespace
    spec.loader.exec_module(namespace)
    main = sys.modules["__main__"]
    for name, value in vars(namespace).items():
        if isinstance(value, type) and not hasattr(main, name):
            setattr(main, name, value)
    return namespace


def _with_weights(source: Source, request: Request) -> Source:
    if request.weights is not None:
        content = weights.load_file(request.weights, allow_pickle=request.allow_pickle)
        found = weights.find_weights(content, request.checkpoint_key)
        weights.load_into(source.module, found.state_dict() if isinstance(found, nn.Module) else found)
    return source


def _weights_word(request: Request, library_weights: object) -> str:
    if request.random_weights:
        return "random"
    return request.weights.name if request.weights is not None else str(library_weights)


def _fetch(make: Callable[[], Any], name: str) -> Any:
    """Call what may download something."""
    try:
        return make()
    except (OSError, ConnectionError) as error:
        raise ExportError(
            f"{name}: cannot be fetched: {first_line(error)}",
            "give weights that you have with --weights FILE, or a local folder; --random-weights needs none",
        ) from error


def parse_factory_arg(text: str) -> tuple[str, object]:
    """Return KEY and VALUE of KEY=VALUE; the value is JSON, or else text."""
    key, equals, value = text.partition("=")
    if not equals or not key.isidentifier():
        raise ExportError(f"--factory-arg {text}: not KEY=VALUE")
    try:
        return key, json.loads(value)
    except json.JSONDecodeError:
        return key, value


_LIBRARIES: dict[str, Callable[[str, Request], Source]] = {
    "torchvision": _from_torchvision,
    "timm": _from_timm,
    "hf": _from_transformers,
}
