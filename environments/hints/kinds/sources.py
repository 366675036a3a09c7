"""Packages that are compiled where they are installed. The compiler speaks early, and what called it speaks last."""

from environments.hints.model import Rank, kind

FAR = 3_000  # lines of tracebacks and tidying up may follow
NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,100}"

SOURCES = (
    kind(
        "build-no-compiler", "A package is compiled here, and the image has no compiler “{program}”.",
        r"error: command '(?P<program>[^']{1,80}(?:gcc|g\+\+|cc|c\+\+|clang|nvcc|gfortran)[^']{0,20})' failed: No "
        r"such file",
        r"error: \[Errno 2\] No such file or directory: '(?P<program>[^']{0,80}(?:gcc|g\+\+|cc|clang|nvcc|gfortran))'",
        r"unable to execute '(?P<program>[^']{1,80})': No such file",
        r"(?:RuntimeError: )?Broken toolchain: cannot link a simple C program",
        r"No CMAKE_(?P<program>C|CXX|CUDA|Fortran)_COMPILER could be found",
        r"(?:\S{1,100}meson\.build:\d{1,5}:\d{1,5}: )?ERROR: Unknown compiler\(s\): \[\['(?P<program>[^']{1,40})'",
        reach=FAR,
    ),
    kind(
        "build-no-header", "A package is compiled here, and the image lacks “{file}”, which it is compiled with.",
        r"\S{1,200}:\d{1,6}:(?:\d{1,6}:)? fatal error: (?P<file>[A-Za-z0-9_./+-]{1,120}): No such file or directory",
        reach=FAR, rank=Rank.ROOT,
    ),
    kind(
        "build-no-linked-library", "A package is linked here, and the image lacks the library “{file}”.",
        r"(?:/usr/bin/)?(?:\S{1,40}-)?ld: cannot find -l(?P<file>[A-Za-z0-9_.+-]{1,80})",
        reach=FAR, rank=Rank.ROOT,
    ),
    kind(
        "build-no-rust", "A package is compiled here that is written in Rust, and the image has no Rust compiler.",
        r"(?:distutils\.errors\.DistutilsPlatformError: |SystemExit: )?error: can't find Rust compiler",
        r"(?:distutils\.errors\.DistutilsPlatformError: )?can't find Rust compiler",
        r"Cargo, the Rust package manager, is not installed or is not on PATH",
        r"This package requires Rust and Cargo to compile extensions",
        reach=FAR, rank=Rank.ROOT,
    ),
    kind(
        "build-no-library", "A package is compiled here, and the image lacks what it is built on: {file}.",
        r"(?:Error: )?(?P<file>(?:pg|mysql|gdal|ncurses|xml2|xslt|hdf5)[_-]config) (?:executable )?not found",
        r"Error: Please make sure the (?P<file>libxml2 and libxslt) development packages are installed",
        r"(?:\S{1,40}: )?(?P<file>mysqlclient|libmysqlclient): not found",
        r"(?:Exception: )?Can not find valid pkg-config name", r"error: (?P<file>pkg-config) probably not installed",
        r"Package '?(?P<file>[A-Za-z0-9_.+-]{1,60})'?,? (?:was )?not found in the pkg-config search path",
        r"(?P<file>h5cc|hdf5) not found|error: Unable to load dependency (?P<lib>HDF5)",
        reach=FAR,
    ),
    kind(
        "build-no-mpi", "mpi4py or horovod is compiled here, and the image has no MPI to compile it with.",
        r"error: Cannot (?:compile|link) MPI programs\. Check your configuration",
        r"(?:\S{1,60} )?mpi(?:cc|cxx|exec|run)(?: -show)?: (?:command )?not found",
        r"(?:error: )?(?:\[Errno 2\] )?No such file or directory: 'mpi(?:cc|cxx|exec|run)'",
        reach=FAR,
    ),
    kind(
        "build-no-cmake", "A package is built with CMake here, and the image has none.",
        r"(?:RuntimeError: |error: |ERROR: )?CMake must be installed to build",
        r"(?:FileNotFoundError: |error: )?\[Errno 2\] No such file or directory: 'cmake'",
        r"CMake is not installed on your system", r"RuntimeError: Failed to install temporary CMake",
        reach=FAR,
    ),
    kind(
        "build-old-source", "A package asks for what newer tools no longer have: {said}.",
        r"ModuleNotFoundError: No module named "
        r"'(?P<said>pkg_resources|distutils|imp|numpy\.distutils)(?:\.[^']{0,80})?'",
        r"AttributeError: (?P<said>module 'pkgutil' has no attribute 'ImpImporter')",
        r"AttributeError: (?P<said>'build_ext' object has no attribute 'cython_sources')",
        r"NameError: (?P<said>name 'CCompiler' is not defined)",
        r"(?:ImportError: )?(?P<said>cannot import name '[^']{1,60}' from '(?:setuptools|pkg_resources"
        r"|distutils)[^']{0,60}')",
        r"TypeError: (?P<said>new_compiler\(\) got an unexpected keyword argument '[^']{1,40}')",
        r"(?:error in \S{1,80} setup command: )(?P<said>use_2to3 is invalid)",
        reach=FAR,
    ),
    kind(
        "build-compile-error", "A package could not be compiled.",
        r"error: command '[^']{1,200}' failed with exit (?:code|status) \d{1,3}",
        r"ninja: build stopped: subcommand failed",
        reach=FAR,
    ),
    kind(
        "build-wheel-failed", "“{name}” came as source, and building it failed.",
        rf"ERROR: Failed building wheel for (?P<name>{NAME})",
        rf"ERROR: (?:Could not build wheels for|Failed to build installable wheels for.{{0,80}}?\() ?(?P<name>{NAME})",
        rf"(?:error: |cause: )?Failed to build `(?P<name>{NAME})",
        r"error: metadata-generation-failed", r"error: legacy-install-failure",
        rf"ERROR: Failed to build '(?P<name>{NAME})' when",
        reach=FAR, rank=Rank.SAID,
    ),
)  # fmt: skip
