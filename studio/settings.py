"""Every setting of the studio, read top-down. Environment variables are read here and nowhere else."""

import os
import socket
from pathlib import Path

from csp.constants import NONCE, NONE, SELF

from environments.locking.indexes import index_settings
from studio.launch.addresses import bracketed
from studio.variables import (
    env,
    env_bool,
    env_database,
    env_file,
    env_int,
    env_level,
    env_pair,
    env_site,
    env_url,
    kept_secret,
    own_folder,
)

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = "0.1.0"

# Where things are
DATA_DIR = own_folder("STUDIO_DATA_DIR", BASE_DIR / "var")
STUDIO_BIND = env("STUDIO_BIND", "127.0.0.1")
STUDIO_PORT = env_int("STUDIO_PORT", 8000, most=65535)
STUDIO_SITE = env_site("STUDIO_URL", f"http://{bracketed(STUDIO_BIND)}:{STUDIO_PORT}")
STUDIO_URL = STUDIO_SITE.geturl()
IS_HTTPS = STUDIO_SITE.scheme == "https"
TLS_PORT = env_int("STUDIO_TLS_PORT", 0 if IS_HTTPS else 8443, least=0, most=65535)  # 0: not served beside http
TLS_CERT, TLS_KEY = env_pair("STUDIO_TLS_CERT", "STUDIO_TLS_KEY")
TLS_AUTHORITY = DATA_DIR / "tls" / "ca.pem"  # of the certificate that is made if none is given
TLS_URL = f"https://{bracketed(STUDIO_SITE.hostname)}:{TLS_PORT}" if TLS_PORT else STUDIO_URL if IS_HTTPS else ""
DEBUG = env_bool("STUDIO_DEBUG")

# Who may speak
SECRET_KEY = env("STUDIO_SECRET_KEY") or kept_secret(DATA_DIR / "secret-key")
STUDIO_ADMIN_PASSWORD = env("STUDIO_ADMIN_PASSWORD")
STUDIO_ADMIN_TOKEN = env("STUDIO_ADMIN_TOKEN")
TOKEN_DAYS = env_int("STUDIO_TOKEN_DAYS", 365, most=36_500)  # the longest a token lasts that people make
ALLOWED_HOSTS = sorted({bracketed(STUDIO_SITE.hostname), "localhost", "127.0.0.1", "[::1]"})
CSRF_TRUSTED_ORIGINS = [STUDIO_URL]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_HTTPS else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_HSTS_SECONDS = 30 * 24 * 3600 if IS_HTTPS else 0
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]  # HSTS for other hosts of the domain is not ours to ask
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# The engine and what builds may use
DOCKER_HOST = env("DOCKER_HOST")
OWN_ENGINE = f"unix://{DATA_DIR}/engine/docker.sock"  # where `make run` has its private one, if it runs one
DOCKER_CERTIFICATES = Path(env("DOCKER_CERT_PATH")) if env("DOCKER_TLS_VERIFY") and env("DOCKER_CERT_PATH") else None
DOCKER_COMMAND = env("STUDIO_DOCKER_COMMAND")  # a `docker` that speaks to that engine; set by `make run`
STUDIO_REGISTRY = env("STUDIO_REGISTRY")
IMAGE_PREFIX = "/".join(part for part in (STUDIO_REGISTRY, "studio") if part)
MIRRORS_FILE = env_file("STUDIO_MIRRORS")
ENGINE_CGROUP_PARENT = env("STUDIO_CGROUP_PARENT")  # set by `make run`: only on an engine of our own are limits kept
CONDA_INSTALLER = env("STUDIO_CONDA_INSTALLER", "python:3.11-slim")  # any image with Python 3.10 or newer
BUILD_MEMORY = env_int("STUDIO_BUILD_MEMORY", 8192, least=64) * 1024**2  # MB there, bytes here; of one step
BUILD_PROCESSES = env_int("STUDIO_BUILD_PROCESSES", 4096, least=16)  # of one step, threads count
BUILD_CONTEXT = env_int("STUDIO_BUILD_CONTEXT", 256, most=256) * 1024**2  # MB there; uploads take no more than that
BUILDS_MEMORY = env_int("STUDIO_BUILDS_MEMORY", 0, least=0) * 1024**2  # of all builds; 0: what the machine can spare
BUILD_CPUS = env_int("STUDIO_BUILD_CPUS", 0, least=0)  # of all builds; 0: all that are idle
CACHE_BYTES = env_int("STUDIO_CACHE_GB", 20, most=100_000) * 10**9
KEEP_IMAGES_HOURS = env_int("STUDIO_KEEP_IMAGES_HOURS", 24, most=876_000)
KEEP_NEWEST_IMAGES = env_int("STUDIO_KEEP_NEWEST_IMAGES", 3)
KEEP_UNUSED_DAYS = env_int("STUDIO_KEEP_UNUSED_DAYS", 30, most=36_500)
KEEP_LOGS_DAYS = env_int("STUDIO_KEEP_LOGS_DAYS", 180, most=36_500)
TIDY_DAILY = env_bool("STUDIO_TIDY_DAILY", True)
ENGINE_IS_OURS = env_bool("STUDIO_ENGINE_IS_OURS", DOCKER_HOST == OWN_ENGINE or bool(ENGINE_CGROUP_PARENT))
# MB there, bytes here; without it a share of the disk, see builder/disk.py
DISK_KEEP = env_int("STUDIO_DISK_KEEP", 0, least=0) * 1000**2 if env("STUDIO_DISK_KEEP") else None
LOG_STEP_BYTES = env_int("STUDIO_LOG_STEP_MB", 16, least=2) * 1_000_000  # 100,000 lines of 100 characters, and more
LOG_BUILD_BYTES = env_int("STUDIO_LOG_BUILD_MB", 64, least=2) * 1_000_000
INDEXES = index_settings(os.environ)
STUDIO_WORKERS = env_int("STUDIO_WORKERS", 2, most=64)
WORKER_HOST = socket.gethostname()
WORKER_NAME = env("STUDIO_WORKER_NAME", WORKER_HOST)
BUILD_TIME_LIMIT = env_int("STUDIO_BUILD_TIME_LIMIT", 3600)  # seconds

# The database: SQLite needs nothing, DATABASE_URL names a grown-up one
DATABASES = {
    "default": env_database("DATABASE_URL", f"sqlite:///{DATA_DIR / 'studio.sqlite3'}"),
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"] |= {
        "CONN_MAX_AGE": 0,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON",
        },
        "TEST": {"NAME": DATA_DIR / "test.sqlite3"},  # a file, so that threads see each other's rows
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# The queue. The database is the queue of record; a message only pokes a worker.
BROKER_DIR = DATA_DIR / "broker"
CELERY_BROKER_URL = env_url("STUDIO_BROKER_URL", "filesystem://", {"filesystem", "redis", "rediss", "amqp", "memory"})
if CELERY_BROKER_URL.startswith("filesystem"):
    (BROKER_DIR / "messages").mkdir(parents=True, exist_ok=True)  # if it vanishes, broker.py makes it again
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(BROKER_DIR / "messages"),
        "data_folder_out": str(BROKER_DIR / "messages"),
        "control_folder": str(BROKER_DIR / "control"),
        "polling_interval": 0.05,
    }
elif CELERY_BROKER_URL.startswith("redis"):
    # Redis hands a message out again after this many seconds: longer than any build, see claim() for the rest.
    CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": BUILD_TIME_LIMIT + 3600, "socket_connect_timeout": 5}
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_CONCURRENCY = STUDIO_WORKERS
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0.1}

# Django itself
INSTALLED_APPS = [
    "environments",
    "curated",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "django_htmx",
    "template_partials",
    "csp",
    "ninja",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "environments.pages.session.SignInFirst",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "environments.pages.profile.own_time",
]
ROOT_URLCONF = "studio.urls"
WSGI_APPLICATION = "studio.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": [f"environments.templatetags.{name}" for name in ("studio", "pictures", "wording", "texts")],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "environments.pages.shell.shell",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "login"
CSRF_FAILURE_VIEW = "environments.pages.session.session_ended"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
USE_THOUSAND_SEPARATOR = False

# Files
STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = DATA_DIR / "files"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = DEBUG
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024  # form fields; files stream to disk, contexts.py bounds them
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "filters": {
        # /readyz says 503 until all is there; that is an answer, not a fault.
        "no_503": {
            "()": "django.utils.log.CallbackFilter",
            "callback": lambda record: getattr(record, "status_code", 0) != 503,
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["no_503"]}},
    "root": {"handlers": ["console"], "level": env_level("STUDIO_LOG_LEVEL", "INFO")},
    "loggers": {
        "celery": {"level": "WARNING"},
        "kombu": {"level": "ERROR"},  # its file transport warns at every start that it has no host name
        "django.request": {"level": "ERROR"},
    },
}
