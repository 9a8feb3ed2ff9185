"""The generated messages are those of the .proto file."""

import subprocess
import sys
from pathlib import Path


def test_the_messages_are_generated_from_the_proto_file_as_it_is(repository: Path, tmp_path: Path) -> None:
    library = repository / "libs" / "wire"
    options = [f"-I{library / 'proto'}", f"--python_out={tmp_path}", f"--pyi_out={tmp_path}"]
    subprocess.run(
        [sys.executable, "-m", "grpc_tools.protoc", *options, str(library / "proto" / "serving.proto")], check=True
    )
    for name in ("serving_pb2.py", "serving_pb2.pyi"):
        assert (tmp_path / name).read_text() == (library / "src" / "wire" / name).read_text(), "run `make protos`"
