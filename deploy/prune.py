"""Takes out of an installed environment what none of our images opens; run while an image is built.

Wheels carry headers, tests, notebooks' parts and back ends for machines that a container isn't. What a program links or
imports stays: the stack's tests run on what is left. It never fails for a package that isn't there.
"""

import shutil
import subprocess
import sys
from pathlib import Path

NEVER_OPENED = {
    "*": ("tests", "**/tests", "**/*.pyi", "**/*.pxd", "**/*.pxi", "**/*.pyx", "**/*.h", "**/*.hpp", "**/*.a"),
    "ai_edge_litert": ("libLiteRtWebGpuAccelerator.so", "aot", "tools", "vendors"),  # converters, GPU in browsers
    "PIL": ("_avif*.so",),  # photos are JPEG, PNG, WebP or HEIC; Pillow does without
    "pillow.libs": ("libavif*",),
    "numpy": ("_core/include", "_core/*_tests.*.so", "_core/_simd.*.so", "f2py", "distutils"),
    "pandas": ("tests",),
    "pyarrow": (
        *("include", "src", "libarrow_python*.so", "libarrow_python*.so.*.*"),  # each library is there three times
        *("*flight*", "_s3fs*", "libarrow_s3*", "_gcsfs*", "_azurefs*", "_hdfs*", "*gandiva*", "_orc*"),  # we don't use
    ),
    "pydeck": ("nbextension",),
    "pygments": tuple(  # tracebacks need Python's lexer and one style alone
        f"{folder}/{there}{name}"
        for folder, names in {
            "lexers": ("[a-oq-z]*", "p[a-xz]*", "_*builtins*"),
            "styles": ("[a-ln-z]*",),
            "formatters": ("[a-z]*",),
        }.items()
        for there in ("", "__pycache__/")
        for name in names
    ),
    "grpc": ("beta", "framework"),  # what gRPC was before 1.0
    "tensorflow": ("include",),
}
"""By folder under site-packages: patterns of what goes; `*` is every folder."""
KEPT_SERVICES = ("s3", "sts")
"""Of the four hundred services of AWS that botocore describes in 28 MB."""


def prune(site_packages: Path) -> int:
    """Delete what matches; returns the bytes that went."""
    before = _size(site_packages)
    for package, patterns in NEVER_OPENED.items():
        for folder in site_packages.glob(package):
            for pattern in patterns if folder.is_dir() else ():
                for path in list(folder.glob(pattern)):
                    _delete(path)
    for service in site_packages.glob("botocore/data/*/"):
        if service.name not in KEPT_SERVICES:
            _delete(service)
    _strip(site_packages)
    return before - _size(site_packages)


def _strip(site_packages: Path) -> None:
    """Drop debug symbols. Libraries in *.libs were rewritten by auditwheel, and break when they are stripped."""
    libraries = [
        path
        for path in site_packages.rglob("*.so*")
        if path.is_file() and not path.is_symlink() and not path.parent.name.endswith(".libs")
    ]
    subprocess.run(["strip", "--strip-unneeded", *map(str, libraries)], check=True)


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _size(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())


if __name__ == "__main__":
    for given in sys.argv[1:]:
        print(f"{given}: {prune(Path(given)) / 1e6:.0f} MB taken out")
