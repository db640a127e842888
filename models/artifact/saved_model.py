"""A look into `saved_model.pb` before anything runs it.

A SavedModel is a program. Ours compute; they have no business with files, processes or Python.
This module reads the protocol buffer itself (the wire format, "Encoding" in the Protocol Buffers
documentation), so that the check needs no TensorFlow, and compares the operations with a list of
those that are known to be harmless.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from models.errors import ModelDamaged

# Arithmetic, shapes, control flow and the model's own variables. To add one, make sure that it
# reads and writes nothing but its tensors.
ALLOWED_OPERATIONS = frozenset(
    """
    Abs Add AddN AddV2 All Any ArgMax ArgMin AssignVariableOp AvgPool BatchMatMulV2 BiasAdd
    BroadcastTo Cast Ceil ClipByValue Concat ConcatV2 Const Conv2D Cumsum DepthwiseConv2dNative
    Einsum Elu Enter Equal Erf Erfc Exit Exp ExpandDims Expm1 Fill Floor FloorDiv FloorMod
    FusedBatchNormV3 Gather GatherNd GatherV2 Greater GreaterEqual Identity IdentityN If InTopKV2
    InvertPermutation IsFinite IsInf IsNan LRN LeakyRelu Less LessEqual Log Log1p LogSoftmax
    LogicalAnd LogicalNot LogicalOr LoopCond MatMul Max MaxPool MaxPoolV2 Maximum Mean Merge Min
    Minimum MirrorPad Mul MulNoNan Neg NextIteration NoOp NotEqual OneHot OnesLike Pack Pad PadV2
    PartitionedCall Placeholder Pow Prod Range Rank ReadVariableOp RealDiv Reciprocal Relu Relu6
    Reshape ResizeBilinear ResizeNearestNeighbor ResourceGather ReverseSequence ReverseV2 Rint Round
    Rsqrt ScatterNd Select SelectV2 Selu Shape ShapeN Sigmoid Sign Sin Cos Size Slice Softmax
    Softplus Softsign SpaceToBatchND BatchToSpaceND Split SplitV Sqrt Square SquaredDifference
    Squeeze StatefulPartitionedCall StatelessIf StatelessWhile StopGradient StridedSlice Sub Sum
    Switch Tanh TensorListElementShape TensorListFromTensor TensorListGetItem TensorListLength
    TensorListReserve TensorListSetItem TensorListStack TensorScatterUpdate TensorScatterAdd Tile
    TopKV2 Transpose Unpack UnsortedSegmentSum VarHandleOp VarIsInitializedOp Where While Xdivy
    ZerosLike
    """.split()
)

# Every SavedModel carries functions that save and restore its variables; only those may hold these.
_CHECKPOINT_OPERATIONS = frozenset(
    """
    DisableCopyOnRead MergeV2Checkpoints RestoreV2 SaveV2 ShardedFilename StaticRegexFullMatch
    StringJoin
    """.split()
)
_CHECKPOINT_FUNCTIONS = ("__inference__traced_save_", "__inference__traced_restore_")

_VARINT, _FIXED64, _LENGTH_DELIMITED, _FIXED32 = 0, 1, 2, 5


@dataclass
class _Graph:
    """Operations of one graph or function, and the functions that it calls."""

    operations: set[str] = field(default_factory=set)
    calls: set[str] = field(default_factory=set)


def check_operations(directory: Path) -> None:
    """Refuses a SavedModel that could do more than compute.

    Raises:
        ModelDamaged: `saved_model.pb` is missing or broken, holds an operation that is not on the
            list, lets its checkpoint functions be called, or names an asset outside the model.
    """
    path = directory / "saved_model.pb"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelDamaged(f"{path}: the model's program cannot be read ({error})") from None
    try:
        meta_graphs = [value for number, value in _fields(content) if number == 2]
        for meta_graph in meta_graphs:
            _check_meta_graph(path, _bytes(meta_graph))
    except (IndexError, ValueError, UnicodeDecodeError):
        raise ModelDamaged(f"{path}: not a SavedModel, or a broken one") from None
    if not meta_graphs:
        raise ModelDamaged(f"{path}: expected a SavedModel with a graph, found none")


def _check_meta_graph(path: Path, meta_graph: bytes) -> None:
    main = _Graph()
    functions: dict[str, _Graph] = {}
    for number, value in _fields(meta_graph):
        if number == 2:  # graph_def
            _read_graph(_bytes(value), main, functions)
        elif number == 6:  # asset_file_def
            _check_asset(path, _bytes(value))
    # What a loader binds to Python. Without it TensorFlow would run the main graph's own nodes.
    bound = _bytes(_member(meta_graph, 7))
    if not bound:
        raise ModelDamaged(f"{path}: expected a SavedModel of TensorFlow 2, with its objects")
    checkpoint = {name for name in functions if name.startswith(_CHECKPOINT_FUNCTIONS)}
    for name, graph in [("the graph", main), *functions.items()]:
        allowed = ALLOWED_OPERATIONS | (_CHECKPOINT_OPERATIONS if name in checkpoint else set())
        if unknown := graph.operations - allowed - functions.keys():
            raise ModelDamaged(
                f"{path}: {name} holds operations that a model of ours never needs:"
                f" {', '.join(sorted(unknown))}"
            )
    # A node calls a function by an attribute, or by having its name as operation.
    called = {name for graph in functions.values() for name in graph.calls | graph.operations}
    reachable = {name for name in checkpoint if name in called or name.encode() in bound}
    if reachable:
        raise ModelDamaged(
            f"{path}: {', '.join(sorted(reachable))} can be called, which is refused"
        )


def _read_graph(graph_def: bytes, main: _Graph, functions: dict[str, _Graph]) -> None:
    for number, value in _fields(graph_def):
        if number == 1:
            _read_node(_bytes(value), main)
        elif number == 2:  # library
            for library_number, function in _fields(_bytes(value)):
                if library_number == 1:
                    _read_function(_bytes(function), functions)


def _read_function(function_def: bytes, functions: dict[str, _Graph]) -> None:
    name = _text(_member(_bytes(_member(function_def, 1)), 1))
    graph = functions.setdefault(name, _Graph())
    for number, value in _fields(function_def):
        if number == 3:
            _read_node(_bytes(value), graph)


def _read_node(node_def: bytes, graph: _Graph) -> None:
    graph.operations.add(_text(_member(node_def, 2)))
    for number, value in _fields(node_def):
        if number == 5:  # attr, a map entry whose value may name functions
            graph.calls |= set(_called(_bytes(_member(_bytes(value), 2))))


def _called(attribute: bytes) -> Iterator[str]:
    for number, value in _fields(attribute):
        if number == 10:  # func
            yield _text(_member(_bytes(value), 1))
        elif number == 1:  # list
            for list_number, item in _fields(_bytes(value)):
                if list_number == 9:  # func
                    yield _text(_member(_bytes(item), 1))


def _check_asset(path: Path, asset_file_def: bytes) -> None:
    name = _text(_member(asset_file_def, 2))
    if name.startswith("/") or ".." in name.split("/"):
        raise ModelDamaged(f"{path}: names an asset outside the model: {name}")


def _member(message: bytes, wanted: int) -> bytes | int:
    """A field that may come once. Of one that comes twice, readers disagree which counts."""
    found = [value for number, value in _fields(message) if number == wanted]
    if len(found) > 1:
        raise ValueError(f"field {wanted} comes {len(found)} times")
    return found[0] if found else b""


def _bytes(value: bytes | int) -> bytes:
    if isinstance(value, int):
        raise ValueError("expected a length-delimited field")
    return value


def _text(value: bytes | int) -> str:
    return _bytes(value).decode("utf-8")


def _fields(message: bytes) -> Iterator[tuple[int, bytes | int]]:
    """Yields `(field number, value)`; length-delimited values as bytes, the others as int."""
    position = 0
    while position < len(message):
        tag, position = _varint(message, position)
        kind = tag & 7
        if kind == _VARINT:
            number, position = _varint(message, position)
            yield tag >> 3, number
            continue
        if kind == _LENGTH_DELIMITED:
            size, position = _varint(message, position)
        elif kind in (_FIXED64, _FIXED32):
            size = 8 if kind == _FIXED64 else 4
        else:
            raise ValueError(f"unknown wire type {kind}")
        if position + size > len(message):
            raise ValueError("truncated")
        chunk = message[position : position + size]
        position += size
        yield tag >> 3, chunk if kind == _LENGTH_DELIMITED else int.from_bytes(chunk, "little")


def _varint(message: bytes, position: int) -> tuple[int, int]:
    result = shift = 0
    while True:
        byte = message[position]
        position += 1
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            return result, position
        shift += 7
        if shift > 63:
            raise ValueError("varint too long")
