"""Raw outputs against Python's: the bits as saved with one thread, fp32 rounding in every other setting."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

import engine_probe
import numpy as np
import pytest
import torch
from engine_probe import EngineError, Floats, run_model
from torch import Tensor

from models import example_input, model_file

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # TorchScript's own

TRANSFORMERS = ["resnet", "convnext", "vit", "mobilenet"]
PLAIN = [
    *TRANSFORMERS,
    "small",
    "scripted",
    "branches",
    "normalising",
    "channels",
    "frozen",
    "centring",
    "flatten",
    "attentions",
]
VARIANTS = ["auto", "frozen", "optimize-for-inference", "onednn-graph+onednn-matmul"]
if os.environ.get("PTRUN_ACCEPTANCE"):
    VARIANTS += ["saved", "saved+onednn-matmul", "frozen-channels-last", "onednn-graph"]
    VARIANTS += ["onednn-graph-channels-last", "onednn-graph-channels-last+onednn-matmul"]


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def python_value(name: str, images: Tensor, runs: int = 1) -> object:
    """Return what the last of `runs` calls in Python gives."""
    model = torch.jit.load(str(model_file(name))).eval()
    with torch.inference_mode():
        for _ in range(runs):
            value = model(images.clone())
    return value


def python_floats(name: str, images: Tensor, runs: int = 1) -> Floats:
    """Return the tensor that the model gives in Python, as float32 rows."""
    value = python_value(name, images, runs)
    assert isinstance(value, Tensor)
    floats: Floats = value.float().reshape(len(images), -1).numpy()
    return floats


def same_bits(ours: Floats, theirs: Floats) -> bool:
    return ours.shape == theirs.shape and ours.tobytes() == theirs.tobytes()


def relative_error(ours: Floats, theirs: Floats) -> float:
    assert ours.shape == theirs.shape
    return float(np.abs(ours - theirs).max() / np.abs(theirs).max())


@pytest.mark.parametrize("name", [*PLAIN, "quantised", "training", "rank3_output"])
@pytest.mark.parametrize(("batch", "runs"), [(1, 1), (3, 3)])
def test_off_gives_the_bits_of_python(name: str, batch: int, runs: int) -> None:
    """Also in later runs, after TorchScript has optimised the program."""
    images = example_input(name, batch)
    ours = run_model(model_file(name), images, repeat=runs)
    assert ours.facts["variant"] == "off"
    assert same_bits(ours.rows, python_floats(name, images, runs))


def test_off_gives_the_bits_without_inference_mode() -> None:
    """torch.jit.load(MODEL).eval()(x), literally."""
    for name in TRANSFORMERS:
        images = example_input(name)
        model = torch.jit.load(str(model_file(name))).eval()
        assert same_bits(run_model(model_file(name), images).rows, model(images).detach().numpy())


@pytest.fixture(scope="module")
def onednn_products_are_fp32() -> bool:
    """Whether oneDNN keeps fp32 products that it may compute in bf16: on processors without AMX it does."""
    values = torch.full((128, 128), 1 + 1 / 4096)  # bf16 has 7 bits after the point
    matmul = torch.backends.mkldnn.matmul  # type: ignore[attr-defined]
    before = matmul.fp32_precision
    try:
        matmul.fp32_precision = "bf16"
        return torch.equal(torch.mm(values, torch.eye(128)), values)
    finally:
        matmul.fp32_precision = before


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("name", ["resnet", "vit", "mobilenet", "normalising"])
def test_variants_stay_within_rounding(name: str, variant: str, onednn_products_are_fp32: bool) -> None:
    images = example_input(name, 2)
    if variant.endswith("+onednn-matmul") and not onednn_products_are_fp32:
        with pytest.raises(EngineError, match=r"engine_failed: .*less than fp32"):
            run_model(model_file(name), images, optimize=variant)
        return
    ours = run_model(model_file(name), images, optimize=variant, threads=2, repeat=3)
    theirs = python_floats(name, images)
    assert ours.facts["variant"] == ("saved" if variant == "auto" else variant)
    assert relative_error(ours.rows, theirs) <= 1e-5
    assert (ours.rows.argmax(1) == theirs.argmax(1)).all()


@pytest.mark.parametrize(
    "name", ["convnext", "branches", "channels", "small", "vit", "attentions", "scaling"]
)
@pytest.mark.parametrize("variant", ["frozen", "onednn-graph", "onednn-graph-channels-last"])
def test_prepare_keeps_the_answer_or_refuses(name: str, variant: str) -> None:
    """LibTorch's oneDNN Graph cannot compile every program; then the variant is refused before any image."""
    images = example_input(name, 2)
    try:
        ours = run_model(model_file(name), images, prepare=variant, threads=2)
    except EngineError as error:
        assert variant.startswith("onednn-graph")
        assert name in ("branches", "scaling")
        assert error.code == "engine_failed"
        return
    assert ours.facts["variant"] == variant
    assert relative_error(ours.rows, python_floats(name, images)) <= 1e-5


@pytest.mark.parametrize("variant", ["frozen", "onednn-graph", "onednn-graph-channels-last"])
@pytest.mark.parametrize("name", ["gate_and_rest", "gate_and_erf", "gate_and_sorted", "gate_and_sums"])
@pytest.mark.parametrize("batch", [1, 2])
def test_compiled_parts_between_other_operators(name: str, variant: str, batch: int) -> None:
    """What a compiled part gives to operators outside of it is a tensor that they can read."""
    images = example_input(name, batch)
    ours = run_model(model_file(name), images, prepare=variant, repeat=2)
    assert relative_error(ours.rows, python_floats(name, images)) <= 1e-5


@pytest.mark.parametrize("name", ["resnet", "vit", "mobilenet", "attentions", "small", "pools"])
def test_a_compiled_program_takes_other_shapes_as_it_was_saved(name: str) -> None:
    """Its guards are gone, so the engine itself must see that a shape is not the compiled one."""
    images = example_input(name, 3)
    ours = run_model(model_file(name), images, prepare="onednn-graph-channels-last", prepare_rows=2, repeat=2)
    assert relative_error(ours.rows, python_floats(name, images)) <= 1e-5
    ours = run_model(model_file(name), images, optimize="onednn-graph", repeat=3)
    assert relative_error(ours.rows, python_floats(name, images)) <= 1e-5


def test_attention_is_said_in_what_onednn_graph_takes() -> None:
    """Only attention with a mask or causality stays one operator; so does everything without oneDNN Graph."""
    attention = "aten::scaled_dot_product_attention"
    for variant, left in (("frozen", 4), ("onednn-graph", 2)):
        text = run_model(
            model_file("attentions"), example_input("attentions"), prepare=variant, profile=1
        ).text
        counts = {row["name"]: row["count"] for row in json.loads(text)["operators"]}
        assert counts.get(attention) == left
        assert ("aten::_native_multi_head_attention" in counts) == (variant == "frozen")


@pytest.mark.parametrize("name", ["resnet", "normalising", "small", "grey"])
@pytest.mark.parametrize("variant", ["off", "frozen", "frozen-channels-last", "onednn-graph-channels-last"])
def test_layout_of_the_images_changes_no_bit(name: str, variant: str) -> None:
    images = example_input(name, 2, 1 if name == "grey" else 3)
    first, last = (
        run_model(model_file(name), images, optimize=variant, repeat=3, **more).rows
        for more in ({}, {"layout": "last"})
    )
    assert same_bits(first, last)


def test_pooling_to_one_pixel_is_pooling_by_size() -> None:
    """In channels_last only, and as it was saved where the shape is another."""
    images = example_input("pools", 3)
    for variant, by_size in (("onednn-graph-channels-last", 3), ("onednn-graph", 0)):
        ours = run_model(model_file("pools"), images, prepare=variant, profile=1)
        counts = {row["name"]: row["count"] for row in json.loads(ours.text)["operators"]}
        assert counts.get("aten::avg_pool2d", 0) == by_size
        assert counts["aten::adaptive_avg_pool2d"] == (1 if by_size else 2)
        assert relative_error(ours.rows, python_floats("pools", images)) <= 1e-5


def counts_of(name: str, batch: int, variant: str, **options: str | int) -> tuple[Counter[str], Floats]:
    """Run a model prepared so; return how often each operator ran, and the rows."""
    ours = run_model(model_file(name), example_input(name, batch), prepare=variant, profile=1, **options)
    return Counter({row["name"]: row["count"] for row in json.loads(ours.text)["operators"]}), ours.rows


@pytest.mark.parametrize("capability", ["default", "avx2", "avx512"])
def test_squeeze_and_excite_is_one_operator(capability: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In channels_last, in the vectors that LibTorch may use, alike for all numbers of threads."""
    monkeypatch.setenv("ATEN_CPU_CAPABILITY", capability)
    for batch in (1, 3):
        theirs = python_floats("excites", example_input("excites", batch))
        for variant, blocks in (("onednn-graph-channels-last", 3), ("onednn-graph", 0)):
            counts, rows = counts_of("excites", batch, variant)
            assert counts["ptrun::squeeze_excite"] == blocks
            assert counts["ptrun::gemv"] == ((12 - 2 * blocks + 1) if batch == 1 else 0)
            assert relative_error(rows, theirs) <= 1e-5
            for threads in (2, 3):
                assert same_bits(counts_of("excites", batch, variant, threads=threads)[1], rows)


@pytest.mark.parametrize("name", ["excites", "small", "vit", "mobilenet", "resnet"])
def test_products_of_one_row_in_bf16(name: str) -> None:
    """As near to fp32 as the program as it was saved in bf16, or nearer."""
    theirs = python_floats(name, example_input(name))
    counts, rows = counts_of(name, 1, "onednn-graph-channels-last", precision="bf16")
    assert counts["ptrun::gemv"] >= 1
    saved = run_model(model_file(name), example_input(name), precision="bf16").rows
    assert relative_error(rows, theirs) <= max(0.01, 1.5 * relative_error(saved, theirs))


def test_prepare_refuses_and_open_refuses_an_unknown_variant() -> None:
    for option in ("prepare", "optimize"):
        for variant in ("fast", "", "+onednn-matmul", "off+onednn-matmul", "auto+onednn-matmul"):
            with pytest.raises(
                EngineError, match=r"engine_failed: no variant '.*'; there are: auto off saved"
            ):
                run_model(model_file("small"), example_input("small"), **{option: variant})


def test_instance_shares_the_model() -> None:
    images = example_input("small", 2)
    assert same_bits(run_model(model_file("small"), images, instance=1).rows, python_floats("small", images))


def test_reduced_precision() -> None:
    for name in ("resnet", "small"):
        images = example_input(name, 2)
        theirs = python_floats(name, images)
        module = torch.jit.load(str(model_file(name))).eval().to(torch.bfloat16)
        with torch.inference_mode():
            bf16: Floats = module(images.bfloat16()).float().numpy()
        ours = run_model(model_file(name), images, precision="bf16").rows
        assert same_bits(ours, bf16)
        assert 1e-5 < relative_error(ours, theirs) < 0.05
    assert relative_error(run_model(model_file("small"), images, precision="fp16").rows, theirs) < 0.01


@pytest.mark.parametrize("name", ["resnet", "mobilenet"])
@pytest.mark.parametrize("variant", ["frozen", "onednn-graph-channels-last"])
def test_bf16_folds_normalisation_in_fp32(name: str, variant: str) -> None:
    """So what is prepared lies nearer to fp32 than the program that rounds weight and normalisation apart."""
    images = example_input(name, 8)
    theirs = python_floats(name, images)
    errors = [
        float(
            np.linalg.norm(run_model(model_file(name), images, precision="bf16", prepare=one).rows - theirs)
        )
        for one in ("saved", variant)
    ]
    assert errors[1] < errors[0]


@pytest.mark.parametrize("engine", ["x86", "fbgemm", "onednn", "qnnpack"])
def test_int8_engines(engine: str) -> None:
    if engine not in torch.backends.quantized.supported_engines:
        pytest.skip(f"this torch has no {engine}")
    images = example_input("quantised", 2)
    before = torch.backends.quantized.engine
    try:
        torch.backends.quantized.engine = engine
        theirs = python_floats("quantised", images)
    finally:
        torch.backends.quantized.engine = before
    assert same_bits(run_model(model_file("quantised"), images, quantized_engine=engine).rows, theirs)


def test_int8_engine_unknown() -> None:
    with pytest.raises(EngineError, match=r"engine_failed: no int8 engine 'cublas' here; there are: .*x86"):
        run_model(model_file("quantised"), example_input("quantised"), quantized_engine="cublas")


@pytest.mark.parametrize(
    ("name", "options", "part"),
    [
        ("tuple", {"index": 0}, 0),
        ("tuple", {"index": 1}, 1),
        ("tuple", {"key": "1"}, 1),
        ("list", {"index": 0}, 0),
        ("list", {"index": 1}, 1),
        ("dict", {"key": "features"}, "features"),
        ("dict", {"key": "logits"}, "logits"),
        ("named", {"index": 0}, 0),
        ("named", {"index": 1}, 1),
        ("named", {"key": "logits"}, 1),
        ("nested", {"index": 1}, 1),
    ],
)
def test_select(name: str, options: dict[str, str | int], part: int | str) -> None:
    images = example_input(name, 2)
    value = python_value(name, images)
    theirs: Floats = value[part].numpy()  # type: ignore[index]
    assert same_bits(run_model(model_file(name), images, **options).rows, theirs)


def test_select_by_path() -> None:
    images = example_input("nested")
    value = python_value("nested", images)
    for path, part in (("0.0", value[0][0]), ("0.1", value[0][1]), ("1", value[1])):  # type: ignore[index]
        assert same_bits(run_model(model_file("nested"), images, key=path).rows, part.numpy())


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("tuple", {}, "the model returns 2 tensors: 0: float32 [2, 4], 1: float32 [2, 10]"),
        ("dict", {}, "the model returns 2 tensors: features: float32 [2, 4], logits: float32 [2, 10]"),
        ("list", {}, "the model returns 2 tensors: 0: float32 [2, 4], 1: float32 [2, 10]"),
        ("nested", {"index": 0}, "the selected part holds 2 tensors: 0: float32 [2, 4], 1: float32 [2, 10]"),
        ("named", {}, "the model returns 2 tensors: features: float32 [2, 4], logits: float32 [2, 10]"),
    ],
)
def test_no_part_is_chosen_by_guess(name: str, options: dict[str, str | int], message: str) -> None:
    with pytest.raises(EngineError) as caught:
        run_model(model_file(name), example_input(name, 2), **options)
    assert (caught.value.code, caught.value.detail) == ("output_ambiguous", message)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("tuple", {"index": 2}, "no part 2: the model returns a tuple of 2"),
        ("list", {"index": 9}, "no part 9: the model returns a list of 2"),
        ("list", {"key": "logits"}, "no part 'logits': the model returns a list of 2"),
        ("dict", {"key": "logit"}, "no part 'logit': the model returns a dict with 'features', 'logits'"),
        ("dict", {"index": 0}, "no part 0: the model returns a dict with 'features', 'logits'"),
        ("named", {"key": "x"}, "no part 'x': the model returns a tuple of 2 with 'features', 'logits'"),
        ("small", {"index": 0}, "no part 0: the model returns a tensor"),
    ],
)
def test_select_names_what_is_there(name: str, options: dict[str, str | int], message: str) -> None:
    with pytest.raises(EngineError) as caught:
        run_model(model_file(name), example_input(name), **options)
    assert (caught.value.code, caught.value.detail) == ("output_select", message)


@pytest.mark.parametrize("name", ["bf16_output", "f16_output", "f64_output", "int_output", "bool_output"])
def test_outputs_are_converted(name: str) -> None:
    images = example_input(name, 2)
    assert same_bits(run_model(model_file(name), images).rows, python_floats(name, images))


def test_rank_one_is_one_row_or_one_column() -> None:
    one, three = (run_model(model_file("flat_output"), example_input("flat_output", n)).rows for n in (1, 3))
    assert one.shape == (1, 1)
    assert three.shape == (3, 1)


@pytest.mark.parametrize(
    ("name", "detail"),
    [
        ("scalar_output", "the output is a single number, no row of classes for each image"),
        ("empty_output", "the output is empty"),
        ("complex_output", "the output holds complex numbers"),
    ],
)
def test_outputs_that_are_no_rows(name: str, detail: str) -> None:
    with pytest.raises(EngineError) as caught:
        run_model(model_file(name), example_input(name))
    assert (caught.value.code, caught.value.detail) == ("output_shape", detail)


@pytest.mark.parametrize(
    ("name", "channels"),
    [(name, 3) for name in [*TRANSFORMERS, "small", "scripted", "normalising", "quantised", "frozen"]]
    + [("grey", 1), ("channels", 0), ("centring", 0), ("flatten", 0)],
)
def test_channels_of_the_first_weight(name: str, channels: int) -> None:
    answer = run_model(model_file(name), example_input(name, channels=channels or 3))
    assert answer.facts["channels"] == str(channels)


@pytest.mark.parametrize("name", ["small", "scripted", "quantised", "mobilenet", "vit"])
@pytest.mark.parametrize("channels", [1, 4])
def test_wrong_channels_are_refused(name: str, channels: int) -> None:
    with pytest.raises(EngineError) as caught:
        run_model(model_file(name), example_input(name, channels=channels))
    assert caught.value.code == "model_input_shape"
    assert caught.value.detail == f"the model's first weight takes 3 channels, the tensor has {channels}"


def test_either_kind_of_channels() -> None:
    """A model with a branch for each is refused neither."""
    for channels in (1, 3):
        run_model(model_file("channels"), example_input("channels", channels=channels))


def test_one_channel_may_become_three() -> None:
    for channels in (1, 3):
        images = example_input("centring", channels=channels)
        assert same_bits(run_model(model_file("centring"), images).rows, python_floats("centring", images))
    with pytest.raises(EngineError, match="model_input_shape"):
        run_model(model_file("centring"), example_input("centring", channels=4))


def test_describe() -> None:
    """Operators with counts, the program with all calls inlined."""
    texts = {}
    for what in ("operators", "code", "graph"):
        texts[what] = run_model(model_file("small"), example_input("small"), describe=what).text
    assert json.loads(texts["operators"])["aten::_convolution"] == 2
    assert texts["code"].startswith("def forward(self")
    assert "aten::batch_norm" in texts["graph"]
    assert "prim::CallMethod" not in texts["graph"]


def test_profile() -> None:
    answer = run_model(model_file("small"), example_input("small"), profile=1)
    profile = json.loads(answer.text)
    counts = {entry["name"]: entry["count"] for entry in profile["operators"]}
    assert counts["aten::_convolution"] == 2
    own = [entry["self_ns"] for entry in profile["operators"]]
    assert own == sorted(own, reverse=True)
    assert 0 < sum(own) <= profile["forward_ns"]


def test_training_mode() -> None:
    assert run_model(model_file("small"), example_input("small")).facts["training"] == "0"
    assert run_model(model_file("frozen"), example_input("frozen")).facts["training"] == "0"
    saved = run_model(model_file("training"), example_input("training"))
    assert (saved.facts["training"], saved.facts["warning"]) == ("1", "")
    traced = run_model(model_file("traced_in_training"), example_input("traced_in_training"))
    assert "traced before eval()" in traced.facts["warning"]


@pytest.mark.parametrize(
    ("name", "code", "detail"),
    [
        (
            "missing_operator",
            "model_missing_operator",
            "it needs the operator torchvision::nms, which is in libtorchvision.so"
            " (or _C.so of the torchvision package)",
        ),
        ("raising", "inference_failed", "ValueError: this model takes no images"),
        (
            "on_gpu",
            "model_on_other_device",
            "RuntimeError: Could not run 'aten::empty.memory_format' with arguments from the 'CUDA' backend",
        ),
    ],
)
def test_models_that_fail(name: str, code: str, detail: str) -> None:
    with pytest.raises(EngineError) as caught:
        run_model(model_file(name), example_input(name))
    assert (caught.value.code, caught.value.detail) == (code, detail)


def test_operator_library() -> None:
    model, images = model_file("own_operator"), example_input("own_operator")
    answer = run_model(model, images, op_library=str(engine_probe.BUILD / "tests" / "test_operators.so"))
    assert same_bits(answer.rows, (images * 2).flatten(1).numpy())
    with pytest.raises(EngineError, match=r"model_missing_operator: it needs the operator ptrun_test::twice"):
        run_model(model, images)
    with pytest.raises(EngineError, match=r"engine_failed: operator library: /no/such\.so: cannot open"):
        run_model(model, images, op_library="/no/such.so")


def test_wrong_size() -> None:
    """ViT has a fixed number of patches; the message is Python's, in one line."""
    with pytest.raises(EngineError) as caught:
        run_model(model_file("vit"), torch.rand(1, 3, 48, 48))
    assert caught.value.code == "inference_failed"
    assert caught.value.detail.startswith("RuntimeError: The size of tensor a")
    assert "Traceback" not in caught.value.detail


def test_no_archive(tmp_path: Path) -> None:
    for content in (b"", b"not an archive at all", model_file("small").read_bytes()[:9000]):
        broken = tmp_path / "broken.pt"
        broken.write_bytes(content)
        if content:
            with pytest.raises(EngineError) as caught:
                run_model(broken, example_input("small"))
            assert caught.value.code == "model_load_failed"
            assert "frame #" not in caught.value.detail


def test_no_memory() -> None:
    """A forward that asks for more than there can be is out of memory, not a failure of the model."""
    with pytest.raises(EngineError) as caught:
        run_model(model_file("greedy"), example_input("greedy"))
    assert caught.value.code == "out_of_memory"


def test_cuda_says_what_is_missing() -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has CUDA")
    with pytest.raises(
        EngineError, match=r"device_unavailable: (this LibTorch is a CPU build|no CUDA device)"
    ):
        run_model(model_file("small"), example_input("small"), device="cuda")


def test_info() -> None:
    lines = engine_probe.run_probe(["--info"]).splitlines()
    assert lines[0] == "torchscript"
    assert lines[1] == f"LibTorch {torch.__version__}"
    assert Path(lines[2]).resolve() == (Path(torch.__file__).parent / "lib").resolve()
    assert lines[3] == torch.backends.cpu.get_cpu_capability()
    assert set(lines[6].split(", ")) == set(torch.backends.quantized.supported_engines) - {"none"}
