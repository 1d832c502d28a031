"""The contract: proto/seinhuis/v1/ compiled at run time, in a folder that goes with the process.

`v1` holds every message, enum value and stub of the package by its name. Must not know: how they
are used.
"""

import importlib
import pathlib
import sys
import tempfile
import types

import grpc_tools
from grpc_tools import protoc

from ground import PROTO, check


def _compile(folder):
    files = sorted(PROTO.glob("seinhuis/v1/*.proto"))
    check(files, f"no proto files under {PROTO}")
    # The well-known types of protobuf itself come with grpcio-tools.
    well_known = pathlib.Path(grpc_tools.__file__).parent / "_proto"
    status = protoc.main(
        ["protoc", f"-I{PROTO}", f"-I{well_known}", f"--python_out={folder}",
         f"--grpc_python_out={folder}", *map(str, files)]
    )
    check(status == 0, "the protos do not compile")
    return [file.stem for file in files]


def _load():
    folder = tempfile.TemporaryDirectory(prefix="seinhuis-proto-")
    names = _compile(folder.name)
    sys.path.insert(0, folder.name)
    # The folder lives as long as this object, so as long as the process.
    package = types.SimpleNamespace(folder=folder)
    for name in names:
        for kind in ("pb2", "pb2_grpc"):
            module = importlib.import_module(f"seinhuis.v1.{name}_{kind}")
            for key, value in vars(module).items():
                if not key.startswith("_"):
                    setattr(package, key, value)
    return package


v1 = _load()
