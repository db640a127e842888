"""A SavedModel is a program; one that could do more than compute is refused unrun."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.errors import ModelDamaged
from models.saved_model import check_operations


def test_what_we_export_is_accepted(model_copy: Path) -> None:
    check_operations(model_copy)


@pytest.fixture
def hostile(tmp_path: Path, trained_run: object) -> Path:
    """A SavedModel that reads a file when it is asked for a prediction."""
    del trained_run  # has started TensorFlow, quietly
    import tensorflow as tf

    class Thief(tf.Module):  # type: ignore[misc]
        @tf.function(input_signature=[tf.TensorSpec((None, 8, 8, 1), tf.uint8, name="image")])  # type: ignore[untyped-decorator]
        def serve(self, image: object) -> dict[str, object]:
            stolen = tf.io.read_file("/etc/hostname")
            return {"probabilities": tf.strings.length(stolen) + tf.shape(image)[0]}

    module = Thief()
    path = tmp_path / "hostile"
    tf.saved_model.save(module, str(path), signatures={"serving_default": module.serve})
    return path


def test_an_operation_that_reads_files_is_refused(hostile: Path) -> None:
    with pytest.raises(ModelDamaged, match="ReadFile"):
        check_operations(hostile)


def test_a_thief_in_the_clothes_of_a_checkpoint_function_is_refused(hostile: Path) -> None:
    """Saving variables writes files, so such functions must be out of a caller's reach."""
    from tensorflow.core.protobuf import saved_model_pb2

    program = saved_model_pb2.SavedModel.FromString((hostile / "saved_model.pb").read_bytes())
    disguise = "__inference__traced_save_999"
    library = program.meta_graphs[0].graph_def.library
    thief = next(f for f in library.function if any(n.op == "ReadFile" for n in f.node_def))
    for function in library.function:
        for node in function.node_def:
            node.op = node.op.replace("ReadFile", "SaveV2").replace("StringLength", "Size")
            for attribute in node.attr.values():
                if attribute.func.name == thief.signature.name:
                    attribute.func.name = disguise
    thief.signature.name = disguise
    (hostile / "saved_model.pb").write_bytes(program.SerializeToString())
    with pytest.raises(ModelDamaged, match="can be called"):
        check_operations(hostile)


@pytest.mark.parametrize("content", [b"", b"\xff" * 50, b"\x12\xff\xff\xff\xff\x0f", b"\x08"])
def test_what_is_no_program_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "saved_model.pb").write_bytes(content)
    with pytest.raises(ModelDamaged):
        check_operations(tmp_path)


def test_every_truncation_is_refused_and_none_crashes(model_copy: Path) -> None:
    program = model_copy / "saved_model.pb"
    content = program.read_bytes()
    for size in range(0, len(content) - 1, max(1, len(content) // 40)):
        program.write_bytes(content[:size])
        with pytest.raises(ModelDamaged):
            check_operations(model_copy)
