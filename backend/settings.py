"""Django's settings, from the environment. Outside the demo they are safe or do not load."""

import os
from datetime import timedelta
from typing import Any

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError

from backend import database, keys, logs
from backend.home import PROJECT, data_folder
from backend.photo_storage import photo_storage

env = environ.Env()
problems: list[str] = []


def number(name: str, default: int, low: int, high: int) -> int:
    text = env.str(name, "") or str(default)
    if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
        problems.append(f"{name} must be a whole number from {low} to {high}")
        return default
    return int(text)


def words(name: str) -> list[str]:
    return [word.strip() for word in env.str(name, "").split(",") if word.strip()]


DATABASE_URL: str = env.str("DATABASE_URL", "")
DEMO: bool = (
    env.bool("DEMO") if env.str("DEMO", "") else not (env.str("SECRET_KEY", "") or DATABASE_URL)
)
DEBUG = False
JEMPUT_HOME = data_folder()
HOST: str = env.str("HOST", "") or "127.0.0.1"
PORT = number("PORT", 8000, 1, 65535)
WORKERS = number("WORKERS", 2, 1, 64)
THREADS = number("THREADS", 4, 1, 64)
# Set by the server for the processes that answer requests.
SERVING = env.bool("JEMPUT_SERVING", False)

# Keys

given_keys: dict[str, str] = {name: env.str(name, "") for name in keys.new_keys()}
if DEMO and not all(given_keys.values()):
    try:
        demo_keys = keys.demo_keys(JEMPUT_HOME)
        given_keys = {name: value or demo_keys[name] for name, value in given_keys.items()}
    except keys.BadKeys as error:
        given_keys = {}
        problems.append(str(error))
    except OSError as error:
        given_keys = {}
        problems.append(
            f"cannot keep the demo's keys in {JEMPUT_HOME}: {error.strerror}; "
            "set JEMPUT_HOME to a folder you may write to"
        )

SECRET_KEY = TOKEN_KEY = ""
DATA_KEYS: dict[str, bytes] = {}
INDEX_KEYS: dict[str, bytes] = {}


def read_keys() -> None:
    for name, value in given_keys.items():
        read = keys.key_ring if name.endswith("_KEYS") else keys.secret
        try:
            globals()[name] = read(name, value)
        except keys.BadKeys as error:
            problems.append(str(error))


read_keys()
if SECRET_KEY and SECRET_KEY == TOKEN_KEY:
    problems.append(f"TOKEN_KEY must not be SECRET_KEY again; {keys.GENERATE}")
if set(DATA_KEYS.values()) & set(INDEX_KEYS.values()):
    problems.append(f"INDEX_KEYS must not repeat a key of DATA_KEYS; {keys.GENERATE}")

# Hosts, proxies and transport

THIS_MACHINE = ["localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS = words("ALLOWED_HOSTS")
if not DEMO and (not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS):
    problems.append(
        "ALLOWED_HOSTS must name the hosts people use, for example ALLOWED_HOSTS=jemput.example.id"
    )
if DEMO and not ALLOWED_HOSTS and HOST not in {"127.0.0.1", "::1", "localhost"}:
    ALLOWED_HOSTS = ["*"]
# Always, so that health probes on the machine itself are answered.
ALLOWED_HOSTS += THIS_MACHINE
CSRF_TRUSTED_ORIGINS = words("CSRF_TRUSTED_ORIGINS")
if any(not origin.startswith("https://") for origin in CSRF_TRUSTED_ORIGINS) and not DEMO:
    problems.append("CSRF_TRUSTED_ORIGINS must be full https:// origins, separated by commas")

# How many reverse proxies of ours a request passes; the server itself speaks plain HTTP.
PROXIES = number("PROXIES", 0 if DEMO else 1, 0, 8)
if PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
elif not DEMO:
    problems.append("PROXIES must be 1 or more outside the demo: a proxy in front ends HTTPS")
SECURE_SSL_REDIRECT = not DEMO
SECURE_REDIRECT_EXEMPT = [r"^health/$", r"^metrics$"]
SECURE_HSTS_SECONDS = 0 if DEMO else number("HSTS_SECONDS", 31_536_000, 3600, 63_072_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not DEMO
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEMO
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_ENGINE = "outreach.sessions"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "outreach.problems.csrf_failure"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "upgrade-insecure-requests": not DEMO,
    }
}
# Room for a push (2 MiB of JSON) and its envelope; the parsers hold their own, tighter limits.
DATA_UPLOAD_MAX_MEMORY_SIZE = 3 * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "outreach.imports.receiving.BoundedUpload",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# /metrics answers these addresses, or a bearer of this token. Outside the demo nobody by default:
# behind a proxy on the same machine everybody would be 127.0.0.1.
METRICS_ADDRESSES = words("METRICS_ADDRESSES") or (["127.0.0.1", "::1"] if DEMO else [])
METRICS_TOKEN: str = env.str("METRICS_TOKEN", "")
if METRICS_TOKEN and len(METRICS_TOKEN) < 32:
    problems.append("METRICS_TOKEN is too short: 32 characters or more")

# Photos of ID cards are erased so many days after they arrived.
ID_CARD_DAYS = number("ID_CARD_DAYS", 30, 1, 3650)
PHOTO_STORAGE: dict[str, Any] = {}
try:
    PHOTO_STORAGE = photo_storage(
        lambda name: env.str(name, ""), env.str("PHOTO_FOLDER", "") or str(JEMPUT_HOME / "photos")
    )
except ValueError as error:
    problems.append(str(error))

# Database

DATABASES: dict[str, dict[str, Any]] = {}
try:
    DATABASES["default"] = database.django_settings(
        DATABASE_URL or database.address(JEMPUT_HOME), serving=SERVING, threads=THREADS
    )
except ProgrammingError:
    problems.append(
        "DATABASE_URL cannot be read: it must look like "
        "postgresql://user:password@host:5432/name (with %-escapes in the password)"
    )
except ValueError as error:
    problems.append(f"DATABASE_URL {error}")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

if problems:
    raise ImproperlyConfigured("\n".join(problems))

# Applications

INSTALLED_APPS = [
    "backend",
    "outreach",
    "sync",
    "fixtures",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "django_htmx",
    "django_prometheus",
    "django_structlog",
    "axes",
    "csp",
    "procrastinate.contrib.django",
]
MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "backend.logs.RequestLog",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "outreach.languages.ChosenLanguage",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "sync.answer_headers.AnswerHeaders",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]
ROOT_URLCONF = "backend.urls"
WSGI_APPLICATION = "backend.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# People

AUTH_USER_MODEL = "outreach.User"
DEMO_PASSWORD = "jemput-bola"  # noqa: S105 - public on purpose
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "backend.accounts.AccountBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("UserAttributeSimilarityValidator", {"user_attributes": ("username", "full_name")}),
        ("MinimumLengthValidator", {}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    )
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
# Carriers put thousands of tablets behind one address: never lock by address alone.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "backend.accounts.client_address"
AXES_LOCKOUT_CALLABLE = "backend.accounts.locked_out"
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False

# API

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["sync.parsers.StrictJSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "sync.tokens.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "outreach.problems.exception_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SIMPLE_JWT = {
    "SIGNING_KEY": TOKEN_KEY,
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=15),
    # For kader, who are offline for weeks, and for everybody else.
    "REFRESH_TOKEN_LIFETIME": timedelta(days=30),
    "STAFF_REFRESH_TOKEN_LIFETIME": timedelta(days=1),
    "USER_AUTHENTICATION_RULE": "backend.accounts.may_sign_in",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Jemput Bola",
    "DESCRIPTION": "Field outreach of BPJS Ketenagakerjaan: push, changes, console, standings.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "sync.schema.with_wire",
        "outreach.api.schema.with_problems",
    ],
    "ENUM_NAME_OVERRIDES": {
        "RegionKind": "outreach.models.Region.Kind",
        "OfficeKind": "outreach.models.Office.Kind",
        "DenominatorKind": "outreach.models.Denominator.Kind",
        "BoundaryChangeKind": "outreach.models.BoundaryChange.Kind",
        "RegionChangeKind": "outreach.models.RegionChange.Kind",
        "DecisionKind": "outreach.models.Decision.Kind",
        "RegistrationState": "outreach.models.Registration.Status",
        "CampaignType": "outreach.models.Campaign.Type",
        "AgencyKind": "outreach.models.Agency.Kind",
        "CommunityRoleKind": "outreach.models.CommunityRole.Role",
        "BusinessState": "outreach.models.SupervisedBusiness.State",
        "LeadState": "outreach.models.Lead.State",
        "LeadEventKind": "outreach.models.LeadEvent.Kind",
        "NoteKind": "outreach.models.NoteVersion.Kind",
        "CallOutcome": "outreach.models.RecontactCase.Outcome",
        "TabletState": "sync.models.Device.State",
        "HeldState": "sync.models.HeldRecord.State",
        "ImportState": "outreach.models.Import.State",
        "HeldDecisionKind": "sync.models.HeldDecision.Kind",
        "Role": "outreach.models.User.Role",
    },
}

# Language and time

LANGUAGE_CODE = "id"
LANGUAGES = [("id", "Bahasa Indonesia"), ("en", "English")]
LOCALE_PATHS = [PROJECT / "outreach" / "locale"]
USE_I18N = USE_TZ = True
# The wire speaks UTC; pages turn times into the venue's zone themselves.
TIME_ZONE = "UTC"

# Files

STATIC_URL = "static/"
STATIC_ROOT = env.path("STATIC_ROOT", JEMPUT_HOME / "static").__str__()
MEDIA_ROOT = JEMPUT_HOME / "media"
WHITENOISE_USE_FINDERS = DEMO
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "photos": PHOTO_STORAGE,
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEMO
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# Logs and numbers about the service

LOG_LEVEL: str = env.str("LOG_LEVEL", "") or ("WARNING" if DEMO else "INFO")
LOGGING = logs.configuration(LOG_LEVEL)
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_USER_ID_FIELD = ""
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = 10
DJANGO_STRUCTLOG_STATUS_4XX_LOG_LEVEL = 20
PROMETHEUS_EXPORT_MIGRATIONS = False
os.environ.setdefault("PYTHONUNBUFFERED", "1")
