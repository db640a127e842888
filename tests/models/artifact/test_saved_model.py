"""A SavedModel is a program; one that could do more than compute is refused unrun."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.artifact.saved_model import check_operations
from models.errors import ModelDamaged


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


def length_delimited(number: int, content: bytes) -> bytes:
    size, encoded = len(content), b""
    while size > 0x7F:
        encoded += bytes([size & 0x7F | 0x80])
        size >>= 7
    return bytes([number << 3 | 2]) + encoded + bytes([size]) + content


def test_a_function_with_two_names_is_refused(hostile: Path) -> None:
    """Of a field that comes twice, protocol buffers take the last: a first one is a disguise."""
    from tensorflow.core.protobuf import saved_model_pb2

    program = saved_model_pb2.SavedModel.FromString((hostile / "saved_model.pb").read_bytes())
    meta_graph = program.meta_graphs[0]
    functions = []
    for function in meta_graph.graph_def.library.function:
        for node in function.node_def:
            node.op = node.op.replace("ReadFile", "SaveV2").replace("StringLength", "Size")
        content = function.SerializeToString()
        if any(node.op == "SaveV2" for node in function.node_def):
            disguise = length_delimited(1, b"__inference__traced_save_9000")
            content = length_delimited(1, disguise) + content
        functions.append(length_delimited(1, content))
    meta_graph.graph_def.ClearField("library")
    graph = meta_graph.graph_def.SerializeToString() + length_delimited(2, b"".join(functions))
    meta_graph.ClearField("graph_def")
    crafted = meta_graph.SerializeToString() + length_delimited(2, graph)
    (hostile / "saved_model.pb").write_bytes(b"\x08\x01" + length_delimited(2, crafted))
    with pytest.raises(ModelDamaged, match="broken"):
        check_operations(hostile)


def test_a_function_called_as_an_operation_counts_as_called(model_copy: Path) -> None:
    from tensorflow.core.protobuf import saved_model_pb2

    path = model_copy / "saved_model.pb"
    program = saved_model_pb2.SavedModel.FromString(path.read_bytes())
    library = program.meta_graphs[0].graph_def.library
    save = next(f.signature.name for f in library.function if "traced_save" in f.signature.name)
    other = next(f for f in library.function if "traced" not in f.signature.name)
    other.node_def.add(name="sneak", op=save)
    path.write_bytes(program.SerializeToString())
    with pytest.raises(ModelDamaged, match="can be called"):
        check_operations(model_copy)


def test_a_program_without_its_objects_is_refused(model_copy: Path) -> None:
    from tensorflow.core.protobuf import saved_model_pb2

    path = model_copy / "saved_model.pb"
    program = saved_model_pb2.SavedModel.FromString(path.read_bytes())
    program.meta_graphs[0].ClearField("object_graph_def")
    path.write_bytes(program.SerializeToString())
    with pytest.raises(ModelDamaged, match="TensorFlow 2"):
        check_operations(model_copy)


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
