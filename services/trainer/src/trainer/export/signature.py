"""A graph straight to a LiteRT file with a signature, without the SavedModel between, which takes most of the time.

TensorFlow's converter gives a file the names of inputs and outputs only where it reads them from a SavedModel.
"""

from typing import Any

from trainer.network.tensorflow import FlatbufferBuilder, flatbuffers, schema, tf


def convert_with_signature(concrete: Any, name: str) -> bytes:
    """A LiteRT file whose only signature is the function's own.

    Args:
        concrete: a concrete function with one input and a dictionary of outputs.
        name: of the signature.
    """
    # without what owns the variables, which it would rather be given, and then save
    model = tf.lite.TFLiteConverter.from_concrete_functions([concrete]).convert()
    read = flatbuffers.convert_bytearray_to_object(bytearray(model))
    graph = read.subgraphs[0]
    (argument,) = concrete.structured_input_signature[0]
    # a dictionary's values stand in the order of its keys (tf.nest)
    outputs = sorted(concrete.structured_outputs)
    if len(outputs) != len(graph.outputs):
        msg = f"the converter made {len(graph.outputs)} outputs of {len(outputs)}"
        raise ValueError(msg)
    read.signatureDefs = [
        schema.SignatureDefT(
            inputs=[schema.TensorMapT(argument.name, int(graph.inputs[0]))],
            outputs=[schema.TensorMapT(each, int(at)) for each, at in zip(outputs, graph.outputs, strict=True)],
            signatureKey=name,
        )
    ]
    builder = FlatbufferBuilder(len(model))
    builder.Finish(read.Pack(builder), file_identifier=model[4:8])
    return bytes(builder.Output())
