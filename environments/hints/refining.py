"""What a hint can say more exactly, because another line or common knowledge tells it."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import replace

from environments.hints.model import Hint

IGNORED = "ERROR: Ignored the following versions that require a different python version: "
IGNORED_VERSION = re.compile(r"(?P<version>[0-9][^\s;]{0,40}) Requires-Python (?P<python>[^\s;]{1,40})")
EXACTLY = re.compile(r"[^=]{1,100}==(?P<version>[^\s;,]{1,40})")
NOT_LOCATED = re.compile(r"E: Unable to locate package ([^\s]{1,100})")
UPDATE = re.compile(r"\bapt(?:-get)? .{0,40}\bupdate\b")
LINES_BEFORE = 3  # pip says first which versions it left aside

# Packages whose module is called otherwise.
OF_MODULE = {
    "attr": "attrs", "azure.ai.ml": "azure-ai-ml", "azureml.core": "azureml-core", "bs4": "beautifulsoup4",
    "cv2": "opencv-python-headless", "dateutil": "python-dateutil", "dotenv": "python-dotenv", "fitz": "pymupdf",
    "google.protobuf": "protobuf", "jwt": "pyjwt", "lightning_fabric": "lightning", "magic": "python-magic",
    "OpenSSL": "pyopenssl", "PIL": "pillow", "pkg_resources": "setuptools", "pythonjsonlogger": "python-json-logger",
    "serial": "pyserial", "skimage": "scikit-image", "sklearn": "scikit-learn", "yaml": "pyyaml",
}  # fmt: skip
# Names people mean when they mistype one: the packages environments of machine learning are made of.
WELL_KNOWN = (
    *(
        "accelerate",
        "albumentations",
        "azure-ai-ml",
        "azure-identity",
        "azureml-core",
        "azureml-mlflow",
        "bitsandbytes",
    ),
    *("black", "boto3", "catboost", "click", "cryptography", "dask", "datasets", "deepspeed", "diffusers", "fastapi"),
    *("flask", "gensim", "grpcio", "gunicorn", "huggingface-hub", "imageio", "ipykernel", "ipython", "jax", "joblib"),
    *("jupyter", "jupyterlab", "keras", "langchain", "lightgbm", "lightning", "lxml", "matplotlib", "mlflow"),
    *("mlflow-skinny", "networkx", "nltk", "notebook", "numba", "numpy", "onnx", "onnxruntime", "openai"),
    *("opencv-python", "opencv-python-headless", "optuna", "pandas", "peft", "pillow", "plotly", "polars", "protobuf"),
    *("psutil", "psycopg2-binary", "pyarrow", "pydantic", "pyspark", "pytest", "pytorch-lightning", "pyyaml", "ray"),
    *("requests", "rich", "safetensors", "scikit-image", "scikit-learn", "scipy", "seaborn", "sentencepiece"),
    *("sentence-transformers", "setuptools", "shap", "six", "spacy", "sqlalchemy", "statsmodels", "streamlit"),
    *("tensorboard", "tensorflow", "tensorflow-cpu", "timm", "tokenizers", "torch", "torchaudio", "torchvision"),
    *("tqdm", "transformers", "typing-extensions", "uvicorn", "wandb", "xgboost", "yellowbrick"),
)
NEAR = 0.8  # of difflib's ratio: one letter wrong, missing or exchanged in a name of five


def refined(hint: Hint, lines: Sequence[tuple[int, str]], step: str) -> Hint:
    """The hint, perhaps with another code or more values."""
    if hint.code == "build-no-such-package":
        known = hint.values["name"].lower().replace("_", "-") in WELL_KNOWN
        return replace(hint, code="build-empty-index") if known else _with(hint, near=near_name(hint.values["name"]))
    if hint.code == "build-no-module":
        return _with(hint, package=package_of(hint.values["module"]))
    if hint.code == "build-no-such-version":
        return _left_aside(hint, lines)
    if hint.code == "build-apt-package":
        return _with(_all_missing(hint, lines), lists="" if not step or UPDATE.search(step) else "missing")
    return hint


def near_name(name: str) -> str:
    """A well-known package of which this may be a misspelling; "" if there is none."""
    spelled = name.lower().replace("_", "-")
    if spelled in WELL_KNOWN:
        return ""
    return OF_MODULE.get(name, "") or next(iter(difflib.get_close_matches(spelled, WELL_KNOWN, 1, NEAR)), "")


def package_of(module: str) -> str:
    """The package that brings a module, where it is known under another name; "" otherwise."""
    return next((OF_MODULE[known] for known in (module, module.partition(".")[0]) if known in OF_MODULE), "")


def _all_missing(hint: Hint, lines: Sequence[tuple[int, str]]) -> Hint:
    """apt names every package it does not know in a line of its own."""
    names = dict.fromkeys(found[1] for _, text in lines if (found := NOT_LOCATED.match(text)))
    return _with(hint, name="”, “".join(names))


def _left_aside(hint: Hint, lines: Sequence[tuple[int, str]]) -> Hint:
    """A version that pip says it left aside is there, for another Python."""
    exactly = EXACTLY.match(hint.values["wanted"])
    if not exactly:
        return hint
    place = next(place for place, (number, _) in enumerate(lines) if number == hint.line)
    for _, text in lines[max(place - LINES_BEFORE, 0) : place]:
        for found in IGNORED_VERSION.finditer(text.removeprefix(IGNORED)):
            if found["version"] == exactly["version"]:
                return replace(hint, code="build-other-python", values={**hint.values, "python": found["python"]})
    return hint


def _with(hint: Hint, **values: str) -> Hint:
    return replace(hint, values={**hint.values, **{name: value for name, value in values.items() if value}})
