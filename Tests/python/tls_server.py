"""Certificates for a test, made by openssl, and a server that speaks TLS with them."""

import http.client
import os
import socket
import ssl
import subprocess

from dunlin_server import Server


def openssl(*arguments, text=None, check=True):
    done = subprocess.run(["openssl", *map(str, arguments)], input=text, capture_output=True, text=True, timeout=30)
    assert not check or done.returncode == 0, done.stderr
    return done.stdout + done.stderr


class Authority:
    """Keys and certificates in a folder: NAME.key and NAME.pem."""

    def __init__(self, folder):
        self.folder = folder

    def __getitem__(self, name):
        return str(self.folder / name)

    def make_authority(self, name):
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                "-subj", f"/CN={name}", "-keyout", self[f"{name}.key"], "-out", self[f"{name}.pem"])

    def make(self, name, subject=None, authority="authority", key=("ec", "-pkeyopt", "ec_paramgen_curve:P-256")):
        extensions = self.folder / "extensions"
        extensions.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        request = self[f"{name}.csr"]
        openssl("req", "-newkey", *key, "-nodes", "-subj", f"/CN={subject or name}",
                "-keyout", self[f"{name}.key"], "-out", request)
        openssl("x509", "-req", "-in", request, "-CA", self[f"{authority}.pem"], "-CAkey", self[f"{authority}.key"],
                "-CAcreateserial", "-days", "2", "-extfile", extensions, "-out", self[f"{name}.pem"])

    def replace(self, name, subject):
        """Another certificate and its key in the files of `name`, as a server that reads them sees it."""
        self.make("next", subject=subject)
        for kind in ["key", "pem"]:
            os.replace(self[f"next.{kind}"], self[f"{name}.{kind}"])

    def client(self, certificate=None, version=None):
        context = ssl.create_default_context(cafile=self["authority.pem"])
        if certificate:
            context.load_cert_chain(self[f"{certificate}.pem"], self[f"{certificate}.key"])
        if version:
            context.minimum_version = context.maximum_version = version
        return context


class TLSServer(Server):
    def __init__(self, authority, *flags, certificate="server", client=None, **more):
        self.context = client or authority.client()
        super().__init__("--tls-certificate", authority[f"{certificate}.pem"], "--tls-key",
                         authority[f"{certificate}.key"], *flags, **more)

    def connection(self, timeout=30, context=None):
        return http.client.HTTPSConnection("localhost", self.port, timeout=timeout, context=context or self.context)

    def socket(self, context=None, timeout=10, **more):
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=timeout)
        return (context or self.context).wrap_socket(plain, server_hostname="localhost", **more)
