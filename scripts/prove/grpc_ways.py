"""The ways to a server: plain text, TLS, and with API keys. Each knows how its clients connect and what they say."""

import contextlib
import pathlib
import shutil
import tempfile

import grpc

from access_table import create_key
from dunlin_server import REPOSITORY, ROOT, Server
from tls_server import Authority, TLSServer

FLAGS = ["--allow-client-shm=true", "--trace-config", "triton,file=trace.json", "--trace-config",
         "level=TIMESTAMPS,rate=1000"]


class Way:
    """A server, and how clients reach it."""

    def __init__(self, name, server, certificates=None, key=None, wrong=None):
        self.name, self.address, self.certificates, self.key = name, server.address, certificates, key
        # What clients without a right say, by its name.
        self.strangers = {} if key is None else {"no key": {}, "wrong key": {"authorization": f"Bearer {wrong}"}}

    @property
    def headers(self):
        return {} if self.key is None else {"authorization": f"Bearer {self.key}"}

    @property
    def triton(self):
        """What NVIDIA's clients are made with."""
        return {"url": self.address, "ssl": self.certificates is not None, "root_certificates": self.certificates}

    @property
    def kserve(self):
        return {"url": self.address, "use_ssl": self.certificates is not None, "root_certificates": self.certificates}

    def channel(self, headers=None):
        """A channel whose calls all say `headers`."""
        if self.certificates is None:
            plain = grpc.insecure_channel(self.address)
        else:
            roots = pathlib.Path(self.certificates).read_bytes()
            plain = grpc.secure_channel(self.address, grpc.ssl_channel_credentials(roots))
        return grpc.intercept_channel(plain, Saying(self.headers if headers is None else headers))


class Saying(grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor, grpc.StreamStreamClientInterceptor):
    """Adds metadata to every call."""

    def __init__(self, headers):
        self.metadata = list(headers.items())

    def intercept(self, continuation, details, request):
        metadata = [*(details.metadata or []), *self.metadata]
        return continuation(details._replace(metadata=metadata), request)

    intercept_unary_unary = intercept_unary_stream = intercept_stream_stream = intercept


@contextlib.contextmanager
def way(name):
    """A server with the sample models and one of sequences, reached in the way of this name."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        shutil.copytree(REPOSITORY, folder / "models", ignore=shutil.ignore_patterns("*.py", "*.md"))
        shutil.copytree(ROOT / "Tests/Fixtures/repository/accumulator", folder / "models/accumulator")
        flags, options = list(FLAGS), {"repository": folder / "models"}
        if name == "plain":
            with Server(*flags, **options) as server:
                yield Way(name, server)
        elif name == "TLS":
            (folder / "tls").mkdir()
            authority = Authority(folder / "tls")
            authority.make_authority("authority")
            authority.make("server")
            with TLSServer(authority, *flags, **options) as server:
                yield Way(name, server, certificates=authority["authority.pem"])
        elif name == "keys":
            key = create_key(folder / "keys", "infer,admin")
            with Server(*flags, "--api-keys", str(folder / "keys"), **options) as server:
                yield Way(name, server, key=key, wrong=key[:-4] + "aaaa")
        else:
            raise SystemExit(f"expected plain, TLS or keys, found {name!r}")


def code(error):
    """The name of the status that a call ended with, whichever client tells it."""
    status = error.status() if hasattr(error, "status") else error.code() if hasattr(error, "code") else None
    return getattr(status, "name", str(status).removeprefix("StatusCode."))
