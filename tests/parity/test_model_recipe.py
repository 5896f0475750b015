"""Recipes: presets against the packages that they come from, reading and writing against Python's json."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from model_probe import Probe

from models import allow_torchvision

Recipe = dict[str, Any]


@pytest.fixture(scope="module")
def probe() -> Iterator[Probe]:
    with Probe() as running:
        yield running


def preset(probe: Probe, name: str) -> list[Recipe]:
    """Return the steps of a preset, which must say nothing else but the colour."""
    answer = probe.recipe(preset=name, require=True)
    assert answer["source"] == {
        "input": "preset",
        "steps": "preset",
        "output": "none",
        "exif_orientation": "none",
        "labels": "none",
    }
    assert answer["recipe"]["input"] == {"color": "rgb"}
    steps: list[Recipe] = answer["recipe"]["steps"]
    return steps


def same_numbers(ours: Any, theirs: Any) -> bool:
    """Compare documents: keys in any order, mean and std as float32, everything else exactly."""
    if isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(
            np.array_equal(np.float32(ours[key]), np.float32(theirs[key]))
            if key in {"mean", "std"}
            else same_numbers(ours[key], theirs[key])
            for key in theirs
        )
    if isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(same_numbers, ours, theirs))
    return bool(ours == theirs)


def steps_of_torchvision(transform: Any) -> list[Recipe]:
    """Turn a classification preset of torchvision.transforms into steps."""
    (shorter,), (crop,) = transform.resize_size, transform.crop_size
    return [
        {"op": "resize", "shorter": shorter, "filter": transform.interpolation.value},
        {"op": "center_crop", "size": [crop, crop]},
        {"op": "scale", "divide": 255},
        {"op": "normalize", "mean": list(transform.mean), "std": list(transform.std)},
    ]


def steps_of_timm(transform: Any) -> list[Recipe]:
    """Turn an evaluation transform of timm into steps."""
    resize, crop, to_tensor, normalize = transform.transforms
    assert type(to_tensor).__name__ == "MaybeToTensor"
    # float32 to the decimal that was written: mean and std are torch tensors there
    mean, std = ([float(str(np.float32(v))) for v in values] for values in (normalize.mean, normalize.std))
    return [
        {"op": "resize", "shorter": resize.size, "filter": resize.interpolation.value},
        {"op": "center_crop", "size": list(crop.size)},
        {"op": "scale", "divide": 255},
        {"op": "normalize", "mean": mean, "std": std},
    ]


def steps_of_processor(processor: Any) -> list[Recipe]:
    """Turn a slow image processor of transformers into steps."""
    size = processor.size
    filters = {0: "nearest", 1: "lanczos", 2: "bilinear", 3: "bicubic", 4: "box", 5: "hamming"}
    how = (
        {"shorter": size["shortest_edge"]}
        if "shortest_edge" in size
        else {"size": [size["height"], size["width"]]}
    )
    steps: list[Recipe] = [{"op": "resize", **how, "filter": filters[int(processor.resample)]}]
    if processor.do_center_crop:
        crop = [processor.crop_size["height"], processor.crop_size["width"]]
        steps.append({"op": "center_crop", "size": crop, "rounding": "transformers"})
    assert processor.do_rescale and processor.do_normalize
    steps.append({"op": "scale", "multiply": processor.rescale_factor})
    steps.append({"op": "normalize", "mean": list(processor.image_mean), "std": list(processor.image_std)})
    return steps


def test_presets_of_torchvision(probe: Probe) -> None:
    allow_torchvision()
    from torchvision.models import ResNet50_Weights

    assert preset(probe, "imagenet") == steps_of_torchvision(ResNet50_Weights.IMAGENET1K_V1.transforms())
    assert preset(probe, "imagenet-v2") == steps_of_torchvision(ResNet50_Weights.IMAGENET1K_V2.transforms())


def test_presets_of_timm(probe: Probe) -> None:
    allow_torchvision()
    import timm
    from timm.data import create_transform, resolve_data_config

    defaults = create_transform(**resolve_data_config({"img_size": 224}))
    assert preset(probe, "timm") == steps_of_timm(defaults)
    for name in ("inception_v3.tf_in1k", "inception_v4.tf_in1k"):
        config = timm.models.get_pretrained_cfg(name).to_dict()
        transform = create_transform(**resolve_data_config({}, pretrained_cfg=config))
        assert preset(probe, "inception") == steps_of_timm(transform)


def test_presets_of_transformers(probe: Probe) -> None:
    allow_torchvision()
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
    from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

    assert same_numbers(preset(probe, "vit"), steps_of_processor(ViTImageProcessorPil()))
    assert same_numbers(preset(probe, "clip"), steps_of_processor(CLIPImageProcessorPil()))


def test_unknown_preset_names_the_others(probe: Probe) -> None:
    detail = probe.recipe(preset="resnet")["resolve"]["detail"]
    names = detail.partition("there are ")[2].split(", ")
    assert names == ["imagenet", "imagenet-v2", "timm", "inception", "vit", "clip"]
    for name in names:
        preset(probe, name)


sides = st.integers(1, 65535)
float32s = st.floats(width=32, allow_nan=False, allow_infinity=False)
nonzero = st.floats(2**-10, 2**10, width=32)
words = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)


@st.composite
def recipes(draw: st.DrawFn) -> Recipe:
    """Any valid recipe with the keys with which it is written."""
    color = draw(st.sampled_from(["rgb", "bgr", "gray"]))
    channels = draw(st.sampled_from([1] if color == "gray" else [1, 3]))
    filters = st.sampled_from(["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"])
    pair = st.lists(sides, min_size=2, max_size=2)
    shorter = draw(st.integers(1, 65534))
    geometric = st.one_of(
        st.fixed_dictionaries({"op": st.just("resize"), "size": pair, "filter": filters}),
        st.fixed_dictionaries({"op": st.just("resize"), "shorter": sides, "filter": filters}),
        st.fixed_dictionaries(
            {
                "op": st.just("resize"),
                "shorter": st.just(shorter),
                "max_size": st.integers(shorter + 1, 65535),
                "filter": filters,
            }
        ),
        st.fixed_dictionaries({"op": st.just("center_crop"), "size": pair}),
        st.fixed_dictionaries(
            {"op": st.just("center_crop"), "size": pair, "rounding": st.just("transformers")}
        ),
    )
    steps = draw(st.lists(geometric, max_size=4))
    if draw(st.booleans()):
        steps.append(
            {"op": "scale", draw(st.sampled_from(["divide", "multiply"])): draw(st.floats(1e-3, 1e3))}
        )
    if draw(st.booleans()):
        numbers = [draw(st.lists(kind, min_size=channels, max_size=channels)) for kind in (float32s, nonzero)]
        steps.append({"op": "normalize", "mean": numbers[0], "std": numbers[1]})
    recipe: Recipe = {"format": "ptrun-recipe/1", "input": {"color": color}, "steps": steps}
    output: Recipe = {}
    if draw(st.booleans()):
        output["activation"] = draw(st.sampled_from(["softmax", "sigmoid", "none"]))
    if draw(st.booleans()):
        output["select"] = draw(st.one_of(st.integers(0, 2**31 - 1), words))
    if output:
        recipe["output"] = output
    recipe["exif_orientation"] = draw(st.sampled_from(["ignore", "apply"]))
    labels = draw(st.lists(st.one_of(st.none(), words), max_size=6))
    if labels:
        recipe["labels"] = labels
    return recipe


@settings(
    max_examples=300,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(recipe=recipes(), ascii_only=st.booleans(), indent=st.sampled_from([None, 2]))
def test_written_as_read(
    probe: Probe, tmp_path: Path, recipe: Recipe, ascii_only: bool, indent: int | None
) -> None:
    """Whatever Python writes is read and written with the same meaning, and then again to the same text."""
    path = tmp_path / "recipe.json"
    path.write_text(json.dumps(recipe, ensure_ascii=ascii_only, indent=indent), encoding="utf-8")
    answer = probe.recipe(recipe=path)
    assert answer["resolve"] == {"status": "ok", "detail": ""}, recipe
    assert same_numbers(answer["recipe"], recipe)
    path.write_text(json.dumps(answer["recipe"]), encoding="utf-8")
    assert probe.recipe(recipe=path)["recipe"] == answer["recipe"]


@pytest.mark.parametrize("seed", range(20))
def test_labels_files(probe: Probe, tmp_path: Path, seed: int) -> None:
    """One label a line, the empty line being a class without a name."""
    rng = np.random.default_rng(seed)
    letters = list('ab é漢😀,"\\\t\x01\u2028')
    labels = ["".join(rng.choice(letters, rng.integers(0, 6))) for _ in range(rng.integers(1, 50))]
    newline = ["\n", "\r\n"][seed % 2]
    text = newline.join(labels) + (newline if labels[-1] == "" or seed % 3 else "")
    path = tmp_path / "labels.txt"
    path.write_bytes((b"\xef\xbb\xbf" if seed % 5 == 0 else b"") + text.encode())
    answer = probe.recipe(labels=path)
    assert answer["source"]["labels"] == "option"
    assert answer["recipe"]["labels"] == [label or None for label in labels]
