"""Names that people write for a package that is called otherwise."""

import difflib
from itertools import takewhile

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
SHORTEST = 5  # letters of a name: shorter ones are too easily others, as is block for black


def is_well_known(name: str) -> bool:
    """Whether the usual indexes certainly have it."""
    return _spelled(name) in WELL_KNOWN


def near_name(name: str) -> str:
    """A well-known package of which this may be a misspelling; "" if there is none."""
    if is_well_known(name):
        return ""
    return OF_MODULE.get(name, "") or next(iter(difflib.get_close_matches(_spelled(name), WELL_KNOWN, 1, NEAR)), "")


def package_of(module: str) -> str:
    """The package that brings a module, where it is known under another name; "" otherwise."""
    return next((OF_MODULE[known] for known in (module, module.partition(".")[0]) if known in OF_MODULE), "")


def is_surely(name: str, known: str) -> bool:
    """Whether the one name can only mean the other: it is that of its module, or a slip of one letter.

    One letter inside is missing, too much or another one, or two beside each other are exchanged. Another last letter
    or digit makes names that other packages have: torchx, boto2.
    """
    if OF_MODULE.get(name) == known:
        return True
    spelled = _spelled(name)
    start = _alike(spelled, known)
    end = _alike(spelled[start:][::-1], known[start:][::-1])
    written, meant = (text[start : len(text) - end] for text in (spelled, known))
    is_exchanged = len(meant) == 2 and written == meant[::-1]
    is_inside = start > 0 and end > 0 and max(len(written), len(meant)) == 1
    is_long = len(known) >= SHORTEST + (len(written) == len(meant) == 1)
    return is_long and (is_exchanged or is_inside) and (written + meant).isalpha()


def _alike(one: str, other: str) -> int:
    """How many letters they have in common from the start."""
    return len([*takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))])


def _spelled(name: str) -> str:
    return name.lower().replace("_", "-")
