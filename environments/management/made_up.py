"""What made-up environments hold: definitions and packages as teams have them, the same for the same numbers."""

from functools import cache
from zlib import crc32

from environments.definitions.model import Conda, Definition, Kind
from environments.models.images import BASE_IMAGE

ASKED = {
    "pytorch": ("torch", "torchvision", "lightning", "numpy"),
    "tensorflow": ("tensorflow", "keras", "pandas"),
    "tabular": ("scikit-learn", "lightgbm", "pandas", "mlflow-skinny"),
    "language": ("transformers", "datasets", "tokenizers", "torch"),
    "notebook": ("jupyterlab", "matplotlib", "seaborn", "polars"),
    "serving": ("fastapi", "uvicorn", "onnxruntime", "pydantic"),
}
PROFILES = tuple(ASKED)
PULLED = (
    *("numpy", "scipy", "pandas", "pyyaml", "requests", "urllib3", "certifi", "idna", "charset-normalizer"),
    *("packaging", "typing-extensions", "filelock", "jinja2", "markupsafe", "tqdm", "six", "python-dateutil"),
    *("pytz", "tzdata", "click", "joblib", "threadpoolctl", "fsspec", "psutil"),
)
SYSTEM = (
    *("libc6", "libssl3", "zlib1g", "bash", "coreutils", "dpkg", "apt", "tar", "gzip", "sed", "grep", "perl-base"),
    *("libstdc++6", "libgcc-s1", "libgomp1", "libbz2-1.0", "liblzma5", "libzstd1", "libpcre2-8-0", "libselinux1"),
    *("libsystemd0", "libudev1", "libuuid1", "libblkid1", "libmount1", "util-linux", "mount", "login", "passwd"),
    *("ca-certificates", "openssl", "tzdata", "netbase", "libffi8", "libexpat1", "libsqlite3-0"),
)
BASES = ("python:3.11-slim", "python:3.12-slim", "python:3.13-slim")
KINDS = (Kind.PIP, Kind.PIP, Kind.PIP, Kind.CONDA)
AGES_OF_A_BASE = 16
PIP, CONDA, SYSTEM_MANAGER = "pip", "conda", "dpkg"


def version_of(name: str, age: int) -> str:
    """The version of a package at an age: each package moves on at a pace of its own, system packages slowly."""
    number = crc32(name.encode())
    pace = (12 if name in SYSTEM else 2) + number % 5
    step = (age + number % 7) // pace
    return f"{number % 3 + step // 12}.{step % 12}.{number % 4}"


def base_of(age: int) -> str:
    return BASES[age // AGES_OF_A_BASE % len(BASES)]


def kind_of(number: int) -> Kind:
    return KINDS[number % len(KINDS)]


def definition(profile: str, kind: Kind, age: int) -> tuple[Definition, str]:
    """The definition of an environment at an age, and the text that says it."""
    pins = [f"{name}=={version_of(name, age)}" for name in ASKED[profile]]
    if kind == Kind.PIP:
        return Definition(kind, base_of(age), requirements=tuple(pins)), "".join(f"{pin}\n" for pin in pins)
    python, *rest = f"python={base_of(age)[7:11]}", *(pin.replace("==", "=") for pin in pins)
    conda = Conda(channels=("conda-forge",), dependencies=(python, *rest))
    text = "channels:\n- conda-forge\ndependencies:\n" + "".join(f"- {one}\n" for one in conda.dependencies)
    return Definition(kind, base_of(age), conda=conda), text


@cache
def packages(profile: str, kind: Kind, age: int, count: int) -> list[dict]:
    """The rows of an image's packages, about two thirds of them the system's. `count` is exact."""
    manager = CONDA if kind == Kind.CONDA else PIP
    asked = ASKED[profile]
    pulled = [name for name in PULLED if name not in asked]
    installed = [(manager, name) for name in (*asked, *pulled)][: max(count // 2, 1)]
    named = [*installed, *((SYSTEM_MANAGER, name) for name in SYSTEM)]
    named += [(SYSTEM_MANAGER, f"lib{profile}-part{number}") for number in range(count - len(named))]
    return [_row(*one, asked, age) for one in named[:count]]


def _row(manager, name, asked, age):
    is_asked = manager != SYSTEM_MANAGER and name in asked
    needers = [] if is_asked else [asked[crc32(name.encode()) % len(asked)]]
    return {
        "manager": manager,
        "name": name,
        "version": version_of(name, age),
        "source": BASE_IMAGE if manager == SYSTEM_MANAGER else "conda-forge" if manager == CONDA else "",
        "asked": is_asked,
        "required_by": [] if manager == SYSTEM_MANAGER else needers,
    }


def many_packages(count: int, age: int) -> list[dict]:
    """Rows of an image with very many packages. From one age to the next a third moves on, some come and some go."""
    first = age * count // 50
    return [
        {
            "manager": PIP,
            "name": f"library-{number:04d}",
            "version": f"1.{number % 9 + (age if number % 3 == 0 else 0)}.0",
            "source": "",
            "asked": number % 10 == 0,
            "required_by": [] if number % 10 == 0 else [f"library-{number // 10 * 10:04d}"],
        }
        for number in range(first, first + count)
    ]


def lock_texts(rows: list[dict]) -> dict[str, str]:
    """The pip part of a lock that leads to these packages."""
    return {
        PIP: "".join(
            f"{row['name']}=={row['version']} \\\n    --hash=sha256:{crc32(row['name'].encode()):064x}\n"
            for row in sorted(rows, key=lambda row: row["name"])
            if row["manager"] != SYSTEM_MANAGER
        )
    }


def facts(age: int) -> dict:
    """What an image says of itself, as builder/outcome.py keeps it."""
    base = base_of(age)
    return {
        "python": f"{base[7:11]}.{age % 12}",
        "glibc": "2.36",
        "system": "Debian GNU/Linux 12",
        "system_id": "debian",
        "system_version": "12",
        "platform": "linux/amd64",
        "user": "",
        "entrypoint": [],
        "command": ["python3"],
        "base": {"name": base, "digest": f"{base}@sha256:{age:064x}", "layers": 4, "size": 130_000_000},
    }


def layers(number: int, age: int) -> list[dict]:
    """Four layers of the base, then two of the image's own."""
    base = [{"digest": f"sha256:{age // AGES_OF_A_BASE * 10 + place:064x}", "size": 32_500_000} for place in range(4)]
    own = [
        {"digest": f"sha256:{number * 10 + place:063x}f", "size": 90_000_000 + age * 1_000_000} for place in range(2)
    ]
    return [layer | {"made_by": "COPY"} for layer in base + own]
