"""Settings, read top-down from the environment.

With no `DATABASE_URL` the embedded servers fill the environment before this file is read
(`batconnect.embedded.environment`); everywhere else what is required and missing stops the start.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

import environ
import pghistory
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from django.urls import reverse_lazy

from batconnect.addresses import read_addresses
from batconnect.databases import replica_of
from batconnect.keys import strong_keys

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# --- Where things live, and in which mode ---------------------------------------------------------
DATA_DIR = Path(env("BATCONNECT_DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
EMBEDDED = env.bool("BATCONNECT_EMBEDDED", default=False)
TESTING = "pytest" in sys.modules
DEBUG = False
SECRET_KEY, *SECRET_KEY_FALLBACKS = strong_keys(
    [env("SECRET_KEY"), *env.list("SECRET_KEY_FALLBACKS", default=[])], name="SECRET_KEY"
)
# The first signs tokens, all are accepted; of their own, or those above.
JWT_SIGNING_KEYS = strong_keys(
    env.list("JWT_SIGNING_KEYS", default=[]) or [SECRET_KEY, *SECRET_KEY_FALLBACKS], name="JWT_SIGNING_KEYS"
)
# The first encrypts, each of them decrypts (core.database.encryption).
ENCRYPTION_KEYS = env.list("ENCRYPTION_KEYS")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
PORT = env.int("PORT", default=8000)
# The embedded default serves plain HTTP on this machine only; anywhere else TLS is assumed in front.
HTTPS = env.bool("BATCONNECT_HTTPS", default=not EMBEDDED)

# --- Applications ---------------------------------------------------------------------------------
INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",  # its default config would put its own site in place of ours
    "unfold.contrib.filters",
    "console.apps.ConsoleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "rest_framework_simplejwt",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "drf_standardized_errors",
    "corsheaders",
    "csp",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_static",
    "django_structlog",
    "django_prometheus",
    "django_celery_beat",
    "pgtrigger",
    "pghistory",
    "batconnect",
    "batconnect.core",
    "batconnect.directory",
    "ledger",
    "cases",
    "payments",
    "bank",
    "loans",
    "repairs",
    "outstanding",
    "agencies",
    "console",
    "demo",
]

MIDDLEWARE = [
    "batconnect.core.serving.proxies.ProxyMiddleware",
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "batconnect.core.serving.security_headers.ContentSecurityMiddleware",
    "batconnect.core.serving.security_headers.BrowserRulesMiddleware",
    "batconnect.core.serving.middleware.RequestIdMiddleware",
    "batconnect.core.serving.middleware.NoStoreMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "batconnect.core.people.sign_in.SessionExpiryMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "batconnect.core.people.sign_in_limits.KnownDeviceMiddleware",
    "axes.middleware.AxesMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "batconnect.urls"
WSGI_APPLICATION = "batconnect.wsgi.application"
APPEND_SLASH = False  # every path answers with and without a slash, never by a redirect

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ],
        },
    },
]

FORM_RENDERER = "batconnect.core.console.widgets.ConsoleRenderer"

# --- Database: the app's role owns nothing and bypasses nothing (docs/architecture.md#tenancy) -----
DATABASES = {"default": env.db_url("DATABASE_URL")}
DATABASES["default"].update(
    ENGINE="batconnect.core.database",
    ATOMIC_REQUESTS=True,
    CONN_MAX_AGE=None,
    CONN_HEALTH_CHECKS=True,
)
DATABASES["default"]["OPTIONS"] = {
    **DATABASES["default"].get("OPTIONS", {}),
    "server_side_binding": True,
    # Behind pgbouncer in transaction mode set this to 0: no prepared statements.
    "prepare_threshold": env.int("DATABASE_PREPARE_THRESHOLD", default=2) or None,
}
# A streaming replica, for lists, files and reports (core.database.replica); without one nothing of it is loaded.
if env("DATABASE_REPLICA_URL", default=""):
    DATABASES["replica"] = replica_of(DATABASES["default"], env.db_url("DATABASE_REPLICA_URL", default=""))
    MIDDLEWARE.append("batconnect.core.database.replica.middleware.ReplicaMiddleware")
# How far behind it may be, and so how long whoever wrote reads from the primary.
REPLICA_LAG_SECONDS = env.float("REPLICA_LAG_SECONDS", default=5.0)
# The database is Citus, and `manage.py distribute` gave its tables their places (docs/scale-distributed.md).
DATABASE_DISTRIBUTED = env.bool("DATABASE_DISTRIBUTED", default=False)
DATABASE_OWNER_URL = env("DATABASE_OWNER_URL", default="")
DATABASE_SUPERUSER_URL = env("DATABASE_SUPERUSER_URL", default="")
# A role that reads every company's rows, for `backup` and `restore` alone.
DATABASE_BACKUP_URL = env("DATABASE_BACKUP_URL", default="")
BACKUP_RECIPIENTS: list[str] = env.list("BACKUP_RECIPIENTS", default=[])
RUNTIME_ROLE = DATABASES["default"]["USER"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Sign-in --------------------------------------------------------------------------------------
AUTH_USER_MODEL = "core.User"
AUTHENTICATION_BACKENDS = [
    "batconnect.core.people.sign_in_limits.SignInLimits",
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "batconnect.core.people.password_words.WordsOfOursValidator"},
]
LOGIN_URL = reverse_lazy("admin:login")
LOGIN_REDIRECT_URL = reverse_lazy("admin:index")
AXES_FAILURE_LIMIT = env.int("LOGIN_FAILURE_LIMIT", default=10)
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_HANDLER = "batconnect.core.people.sign_in_limits.FailureHandler"
AXES_LOCKOUT_PARAMETERS = "batconnect.core.people.sign_in_limits.lockout_parameters"
AXES_CLIENT_IP_CALLABLE = "batconnect.core.people.sign_in_limits.address_for_axes"
# Each failure with its time: what one account has from all addresses is counted in these rows.
AXES_ENABLE_ACCESS_FAILURE_LOG = True
# One address alone never gets there: it is locked at the tenth failure in fifteen minutes.
LOGIN_FAILURES_PER_HOUR = env.int(
    "LOGIN_FAILURES_PER_HOUR", default=50
)  # of an account, from everywhere; 0 = off
KNOWN_DEVICE_COOKIE = f"{'__Host-' if HTTPS else ''}known_device"
KNOWN_DEVICE_DAYS = 180
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "batconnect.core.console.locked_out.locked_out_response"
AXES_VERBOSE = False
# Login counts are kept in rows, so that every web process sees them.
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=15),
    # Or when the family ends, if that is earlier: SESSION_HOURS after the sign-in (ADR 0019).
    "REFRESH_TOKEN_LIFETIME": timedelta(days=1),
    "SIGNING_KEY": JWT_SIGNING_KEYS[0],
    "AUTH_TOKEN_CLASSES": ("batconnect.core.people.tokens.AccessToken",),
}
# A session ends when it was not used for so long, and in any case so many hours after signing in; so do tokens.
SESSION_IDLE_MINUTES = env.int("SESSION_IDLE_MINUTES", default=30)
SESSION_HOURS = env.int("SESSION_HOURS", default=10)
SESSION_COOKIE_AGE = SESSION_HOURS * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
# Whether everybody who uses the console needs a second factor; whoever has set one up is always asked (ADR 0013).
CONSOLE_SECOND_FACTOR = env.bool("CONSOLE_SECOND_FACTOR", default=not EMBEDDED)
# Whether those people get no token either before they have one; programs, which have no phone, always do.
TOKEN_SECOND_FACTOR = env.bool("TOKEN_SECOND_FACTOR", default=not EMBEDDED)
OTP_TOTP_ISSUER = "BAT Connect"
CSRF_FAILURE_VIEW = "console.account.sign_in.stale_form"

# --- API ------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "batconnect.core.api.authentication.CompanyTokenAuthentication",
        "batconnect.core.api.authentication.CompanySessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["batconnect.core.api.json.ExactJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["batconnect.core.api.json.ExactJSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "batconnect.core.api.schema.BatConnectAutoSchema",
    "EXCEPTION_HANDLER": "batconnect.core.api.problems.problem_response",
    "URL_FORMAT_OVERRIDE": None,
    "COERCE_DECIMAL_TO_STRING": False,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "TEST_REQUEST_RENDERER_CLASSES": [
        "rest_framework.renderers.MultiPartRenderer",
        "batconnect.core.api.json.ExactJSONRenderer",
    ],
}
THROTTLE_LOGIN_PER_MINUTE = env.int("THROTTLE_LOGIN_PER_MINUTE", default=10)  # 0 = off (bench, load)
THROTTLE_LOGIN_PER_ADDRESS = env.int(
    "THROTTLE_LOGIN_PER_ADDRESS", default=30
)  # a minute, all accounts; 0 = off
THROTTLE_WRITES_PER_SECOND = env.int("THROTTLE_WRITES_PER_SECOND", default=50)  # 0 = off
THROTTLE_BATCHES_PER_MINUTE = env.int("THROTTLE_BATCHES_PER_MINUTE", default=10)  # per company; 0 = off
# How many user names a company may try when adding accounts: a taken one has to be refused. 0 = off
NEW_ACCOUNTS_PER_HOUR = env.int("NEW_ACCOUNTS_PER_HOUR", default=60)
# Files that a company may have made at once; 0 = any number.
EXPORTS_AT_ONCE = env.int("EXPORTS_AT_ONCE", default=2)
DOCUMENTS_AT_ONCE = env.int("DOCUMENTS_AT_ONCE", default=3)
FILE_UPLOAD_HANDLERS = [
    "batconnect.core.files.upload_handler.BoundedUpload",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
# How long an answer of /health/ready/ is good for: it asks the database, the broker and a worker.
READINESS_KEPT_SECONDS = env.float("READINESS_KEPT_SECONDS", default=1.0)
DATA_UPLOAD_MAX_MEMORY_SIZE = env.int("MAX_BODY_BYTES", default=2 * 1024 * 1024)
# The allocation workbench lists a thousand items, with up to two boxes each.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 3_000
IDEMPOTENCY_WAIT_SECONDS = 5
IDEMPOTENCY_KEEP_DAYS = 7
SPECTACULAR_SETTINGS = {
    "TITLE": "BAT Connect",
    "DESCRIPTION": "Who owes what, since when, and which money paid it.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "PREPROCESSING_HOOKS": ["batconnect.core.api.schema.without_alternates"],
    # A set of choices has no name of its own: it stands where it is used.
    "POSTPROCESSING_HOOKS": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "TAGS": [
        {"name": name}
        for name in (
            "BPM",
            "Interim Payments",
            "Driver Loans",
            "Vehicle Repairs",
            "Ledger",
            "Accounting",
            "Bank",
            "Outstanding Amounts",
            "Payments",
            "Allocations",
            "Payment Batches",
            "Bank",
            "Customers",
            "Invoices",
            "Credit Memos",
            "Imports from Agencies",
            "Session",
            "Health",
        )
    ],
}
CORS_ALLOWED_ORIGINS = env.list("CORS_ALLOWED_ORIGINS", default=[])
CORS_ALLOW_HEADERS = [
    "accept",
    "authorization",
    "content-type",
    "idempotency-key",
    "if-match",
    "x-company-id",
    "x-request-id",
]
CORS_EXPOSE_HEADERS = ["etag", "idempotent-replayed", "x-request-id", "retry-after", "content-disposition"]

# --- Security headers -----------------------------------------------------------------------------
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health(/|$)"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
# Networks or the number of proxies in front: who is believed about a client's address and scheme (serving.proxies).
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=[])
if env.bool("BEHIND_PROXY", default=False) and not TRUSTED_PROXIES:
    raise ImproperlyConfigured("BEHIND_PROXY is no longer read: name the proxies in TRUSTED_PROXIES instead.")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
# A cookie with that prefix is this host's alone: browsers take none of that name from a neighbor or over plain HTTP.
SESSION_COOKIE_NAME = "__Host-sessionid" if HTTPS else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if HTTPS else "csrftoken"
MESSAGE_STORAGE = "batconnect.core.serving.host_messages.HostMessages"
CSRF_COOKIE_AGE = None  # it ends with the browser, as the session's does
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        # No inline script anywhere. Below /admin/ text may be evaluated besides (core.serving.security_headers).
        "script-src": [SELF, NONCE],
        # unfold writes its colors into a style element, and Alpine and htmx set style attributes.
        "style-src": [SELF, "'unsafe-inline'"],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# --- Language, time, files --------------------------------------------------------------------------
LANGUAGE_CODE = "en-us"
FORMAT_MODULE_PATH = "console.formats"
TIME_ZONE = "UTC"  # each company has its own; see core.kernel.clock
USE_TZ = True
USE_I18N = True
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    # Nobody else on this machine can read what people attach (core.files.storage).
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"file_permissions_mode": 0o600, "directory_permissions_mode": 0o700},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING
        # On the loopback compressing would only lengthen the first start.
        else "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
        if EMBEDDED
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
MEDIA_ROOT = Path(env("MEDIA_ROOT", default=str(DATA_DIR / "media")))
# Served only by views that check who asks.
MEDIA_URL = "/media-is-not-served/"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# --- Background work ------------------------------------------------------------------------------
CELERY_BROKER_URL = env("CELERY_BROKER_URL", default="memory://" if TESTING else "")
# Whoever sends a message waits for the answer: no second try, the schedules sweep up (core.jobs.running).
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
    "socket_connect_timeout": 2,
}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 3600
CELERY_TASK_SOFT_TIME_LIMIT = 3300
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
# No result is kept, so that beat needs no schedule of its own for deleting old ones.
CELERY_RESULT_EXPIRES = None
CELERY_TIMEZONE = "UTC"
CELERY_ENABLE_UTC = True
CELERY_BEAT_SCHEDULER = "batconnect.core.jobs.beat:PatientScheduler"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]

# --- Consoles, history, import ----------------------------------------------------------------------
UNFOLD = {
    "SITE_TITLE": "BAT Connect",
    "SITE_HEADER": "BAT Connect",
    "SITE_SYMBOL": "local_taxi",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("console/favicon.svg")}
    ],
    "SITE_URL": None,  # there is no other site to return to
    "STYLES": [
        lambda request: static("console/frame.css"),
        lambda request: static("console/account.css"),
        lambda request: static("console/lists.css"),
    ],
    "SCRIPTS": [
        lambda request: static("console/keep.js"),
        lambda request: static("console/icons.js"),
        lambda request: static("console/regions.js"),
    ],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "DASHBOARD_CALLBACK": "console.dashboard.pages.dashboard",
    "ACCOUNT": {"navigation": "console.account.links.account_links"},
}
PGTRIGGER_SCHEMA_EDITOR = True
# History tables are indexed by company and row alone (core.database.history).
PGHISTORY_FOREIGN_KEY_FIELD = pghistory.ForeignKey(db_index=False)

# --- Logs: JSON lines, no secrets -------------------------------------------------------------------
LOG_LEVEL = env("LOG_LEVEL", default="INFO")
from batconnect.core.serving.logs import configure_logging  # noqa: E402 - needs nothing from settings

LOGGING = configure_logging(level=LOG_LEVEL)
DJANGO_STRUCTLOG_CELERY_ENABLED = True
# Read by OpenTelemetry itself as well; without it nothing is traced (core.serving.traces).
TRACES_ADDRESS = env("OTEL_EXPORTER_OTLP_ENDPOINT", default="")

# To whom the last seal of each company is mailed every night: NAME=ADDRESS, several separated by semicolons.
SEAL_HEADS_TO = read_addresses(env("SEAL_HEADS_TO", default=""))

# --- Payment gateways and mail ----------------------------------------------------------------------
# Hosts that an endpoint's address may name; none: no HTTPS gateway can be connected.
GATEWAY_HOSTS = env.list("GATEWAY_HOSTS", default=[])
# Whether a company without a gateway of its own gets the one that settles without any money.
GATEWAY_SANDBOX = env.bool("GATEWAY_SANDBOX", default=EMBEDDED)
# Secrets stand in the environment alone, by endpoint: GATEWAY_SECRET_0192B7F01C007000…=new,old
GATEWAY_SECRETS = {
    name.removeprefix("GATEWAY_SECRET_").lower(): [part.encode() for part in value.split(",") if part]
    for name, value in env.ENVIRON.items()
    if name.startswith("GATEWAY_SECRET_")
}
# A provider of mail in place of SMTP (mailgun, postmark, …), by its own API: core.mailing.provider. Its keys stand in
# the environment alone: ANYMAIL_MAILGUN_API_KEY=…, and ANYMAIL_WEBHOOK_SECRET=name:secret for what it reports.
MAIL_PROVIDER = env("MAIL_PROVIDER", default="")
ANYMAIL = {
    name.removeprefix("ANYMAIL_"): value
    for name, value in env.ENVIRON.items()
    if name.startswith("ANYMAIL_") and value
}
_BY_SERVER = f"django.core.mail.backends.{'filebased' if EMBEDDED else 'smtp'}.EmailBackend"
EMAIL_BACKEND = env(
    "EMAIL_BACKEND",
    default="batconnect.core.mailing.provider.ProviderBackend" if MAIL_PROVIDER else _BY_SERVER,
)
# Where the embedded default leaves its mails, to be looked at.
EMAIL_FILE_PATH = env("EMAIL_FILE_PATH", default=str(DATA_DIR / "outbox"))
MAILS_PER_HOUR = env.int("MAILS_PER_HOUR", default=500)
EMAIL_HOST = env("EMAIL_HOST", default="localhost")
EMAIL_PORT = env.int("EMAIL_PORT", default=25)
EMAIL_HOST_USER = env("EMAIL_HOST_USER", default="")
EMAIL_HOST_PASSWORD = env("EMAIL_HOST_PASSWORD", default="")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", default=False)
EMAIL_TIMEOUT = 15
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="office@localhost")

# --- Demo -----------------------------------------------------------------------------------------
DEMO_PASSWORD = env("BATCONNECT_DEMO_PASSWORD", default="")
