"""TLS as openssl's and curl's users meet it: versions, client certificates, certificates that change, and what is not TLS."""

import http.client
import json
import os
import re
import shutil
import socket
import ssl
import struct
import subprocess
import threading
import time

import pytest

from dunlin_server import BINARY, Server, assert_infers, iris_request, json_of
from tls_server import Authority, TLSServer, openssl


def until(condition, seconds=20):
    """Waits for what others bring about."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def tls(authority):
    with TLSServer(authority) as running:
        yield running


# What is spoken


@pytest.mark.parametrize("flag, words", [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")])
def test_openssl_connects_with_each_version(tls, authority, flag, words):
    said = openssl("s_client", "-connect", tls.address, flag, "-CAfile", authority["authority.pem"],
                   "-verify_return_error", "-servername", "localhost", text="")
    assert re.search(rf"New, {words}, Cipher is \S+GCM\S+", said), said
    assert "Verify return code: 0 (ok)" in said
    assert "Secure Renegotiation IS NOT" not in said or words == "TLSv1.3"
    assert "Compression: NONE" in said


@pytest.mark.parametrize("flag", ["-tls1", "-tls1_1"])
def test_older_versions_are_refused(tls, flag):
    said = openssl("s_client", "-connect", tls.address, flag, "-cipher", "ALL:@SECLEVEL=0", text="", check=False)
    assert "alert protocol version" in said, said


@pytest.mark.parametrize("cipher", ["AES128-SHA", "ECDHE-ECDSA-AES128-SHA", "DHE-RSA-AES128-GCM-SHA256", "AES128-GCM-SHA256"])
def test_ciphers_without_forward_secrecy_or_authentication_are_refused(tls, cipher):
    said = openssl("s_client", "-connect", tls.address, "-tls1_2", "-cipher", f"{cipher}:@SECLEVEL=0", text="",
                   check=False)
    assert "handshake failure" in said, said


def test_renegotiation_is_refused(tls):
    process = subprocess.Popen(["openssl", "s_client", "-connect", tls.address, "-tls1_2"], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    process.stdin.write("R\n")
    process.stdin.flush()
    said, _ = process.communicate(timeout=20)
    assert "no renegotiation" in said, said


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_curl_speaks_each_version(tls, authority, version):
    for option in ["--http1.1", "--http2"]:
        done = subprocess.run(
            ["curl", "-sS", "--noproxy", "*", option, f"--tlsv{version}", "--tls-max", version, "--cacert",
             authority["authority.pem"], "--resolve", f"localhost:{tls.port}:127.0.0.1",
             f"https://localhost:{tls.port}/v2"], capture_output=True, text=True, timeout=30)
        assert done.returncode == 0 and json.loads(done.stdout)["name"] == "dunlin", done


def test_the_least_version_can_be_raised(authority):
    with TLSServer(authority, "--tls-min-version", "1.3") as server:
        assert_infers(server)
        with pytest.raises(ssl.SSLError):
            server.socket(authority.client(version=ssl.TLSVersion.TLSv1_2))


@pytest.mark.parametrize("offer, agreed", [("h2,http/1.1", "h2"), ("http/1.1", "http/1.1")])
def test_the_protocol_is_agreed_on(tls, offer, agreed):
    said = openssl("s_client", "-connect", tls.address, "-alpn", offer, text="")
    assert f"ALPN protocol: {agreed}" in said, said


def test_a_protocol_nobody_speaks_is_refused(tls):
    said = openssl("s_client", "-connect", tls.address, "-alpn", "spdy/3", text="", check=False)
    assert "no application protocol" in said, said


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_sessions_are_resumed(tls, authority, version):
    context = authority.client(version=version)
    with tls.socket(context) as first:
        first.sendall(b"GET /v2 HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"200 OK" in first.recv(65536)
        session = first.session
    with tls.socket(context, session=session) as second:
        assert second.session_reused
        second.sendall(b"GET /v2 HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"200 OK" in second.recv(65536)


def test_rsa_keys_serve(authority):
    with TLSServer(authority, certificate="rsa") as server:
        assert_infers(server)


def test_the_admin_address_speaks_tls_too(authority):
    with TLSServer(authority, "--admin-address", "127.0.0.1:0") as server:
        port = int(re.search(r"\bport\W+(\d+)", server.wait_for_log("listening for administration"))[1])
        admin = http.client.HTTPSConnection("localhost", port, timeout=10, context=server.context)
        admin.request("POST", "/v2/repository/index", "{}")
        assert admin.getresponse().status == 200
        plain = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        plain.request("GET", "/v2/health/live")
        assert plain.getresponse().status == 400


# Client certificates


@pytest.mark.parametrize("mode, shown, served", [
    ("required", "client", True), ("required", None, False), ("required", "stranger", False),
    ("optional", "client", True), ("optional", None, True), ("optional", "stranger", False),
])
def test_client_certificates(authority, mode, shown, served):
    with TLSServer(authority, "--tls-client-ca", authority["authority.pem"], "--tls-client-auth", mode,
                   client=authority.client("client")) as server:
        for version in [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]:
            context = authority.client(shown, version)
            try:
                with server.socket(context) as client:
                    client.sendall(b"GET /v2/health/live HTTP/1.1\r\nHost: x\r\n\r\n")
                    assert (b"200 OK" in client.recv(65536)) == served
            except ssl.SSLError as error:
                assert not served, error
        curl = ["curl", "-sS", "--noproxy", "*", "--http1.1", "-o", os.devnull, "-w", "%{http_code}", "--cacert",
                authority["authority.pem"], f"https://localhost:{server.port}/v2/health/live"]
        if shown:
            curl += ["--cert", authority[f"{shown}.pem"], "--key", authority[f"{shown}.key"]]
        done = subprocess.run(curl, capture_output=True, text=True, timeout=30)
        assert (done.stdout == "200") == served, done


def test_sessions_with_client_certificates_are_resumed(authority):
    with TLSServer(authority, "--tls-client-ca", authority["authority.pem"],
                   client=authority.client("client")) as server:
        with server.socket() as first:
            first.sendall(b"GET /v2 HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b"200 OK" in first.recv(65536)
            session = first.session
        with server.socket(session=session) as second:
            assert second.session_reused


# Certificates that change


def test_certificates_are_swapped_under_load_without_a_failed_request(authority, tmp_path, fact):
    live = Authority(tmp_path)
    for name in ["authority.pem", "authority.key", "server.pem", "server.key"]:
        shutil.copy(authority[name], live[name])
    with TLSServer(live) as server:
        failures, counts, subjects, stop = [], [0] * 4, set(), threading.Event()
        body = json.dumps(iris_request())

        def load(index):
            while not stop.is_set():
                try:
                    connection = server.connection()
                    for _ in range(5):
                        answer = server.post("/v2/models/iris/infer", body, connection=connection,
                                             headers={"Content-Type": "application/json"})
                        assert answer.status == 200
                        counts[index] += 1
                    subjects.add(dict(pair[0] for pair in connection.sock.getpeercert()["subject"])["commonName"])
                    connection.close()
                except Exception as error:  # every kind is a failure
                    failures.append(repr(error))

        threads = [threading.Thread(target=load, args=(index,)) for index in range(4)]
        for thread in threads:
            thread.start()
        try:
            for index in range(4):
                live.replace("server", f"swap-{index}")
                server.wait_for_log(f"CN=swap-{index}")
                until(lambda: f"swap-{index}" in subjects or failures)
            # A bad file keeps the old one in force.
            (tmp_path / "server.key").write_text("nothing\n")
            assert "not loaded, the one from before" in server.wait_for_log("expected a private key")
            seen = sum(counts)
            until(lambda: sum(counts) > seen + 100 or failures)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        assert failures == []
        assert subjects >= {f"swap-{index}" for index in range(4)}
        fact(f"TLS: {sum(counts)} requests over {sum(counts) // 5} connections during 4 certificate swaps, 0 failed")


# Much, slowly, and not at all


def large_request(rows):
    values = struct.pack("<4f", 5.1, 3.5, 1.4, 0.2) * rows
    head = json.dumps({
        "inputs": [{"name": "input", "shape": [rows, 4], "datatype": "FP32",
                    "parameters": {"binary_data_size": len(values)}}],
        "outputs": [{"name": "output_probability", "parameters": {"binary_data": True}},
                    {"name": "output_label", "parameters": {"binary_data": True}}],
    }).encode()
    return head + values, {"Inference-Header-Content-Length": str(len(head))}


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_ten_megabytes_both_ways_are_what_plain_text_gives(tls, server, authority, version):
    body, headers = large_request(700_000)
    expected = server.post("/v2/models/iris/infer", body, headers=headers)
    connection = tls.connection(context=authority.client(version=version))
    for _ in range(2):
        answer = tls.post("/v2/models/iris/infer", body, headers=headers, connection=connection)
        assert answer.status == 200 and len(body) > 10 << 20 and len(answer.body) > 10 << 20
        assert answer.body == expected.body


def test_a_client_that_reads_slowly_gets_all_of_it(tls, server):
    body, headers = large_request(50_000)
    expected = server.post("/v2/models/iris/infer", body, headers=headers).body
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    plain.settimeout(20)
    plain.connect(("127.0.0.1", tls.port))
    with tls.context.wrap_socket(plain, server_hostname="localhost") as client:
        fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"POST /v2/models/iris/infer HTTP/1.1\r\nHost: x\r\n{fields}Content-Length: {len(body)}\r\n\r\n"
        client.sendall(head.encode() + body)
        received = b""
        while len(received.partition(b"\r\n\r\n")[2]) < len(expected):
            chunk = client.recv(3000)
            assert chunk
            received += chunk
            if len(received) % 7 == 0:
                time.sleep(0.001)
        assert received.partition(b"\r\n\r\n")[2] == expected


def test_a_request_in_single_bytes_is_answered(tls):
    with tls.socket() as client:
        for byte in b"GET /v2/health/live HTTP/1.1\r\nHost: x\r\n\r\n":
            client.sendall(bytes([byte]))
        assert b"200 OK" in client.recv(65536)


def test_half_a_handshake_times_out(authority):
    with TLSServer(authority, "--header-timeout", "300ms") as server:
        hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(60)
        for start in [b"", hello[:3], hello]:
            began = time.monotonic()
            with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
                client.sendall(start)
                assert client.recv(100) == b""
                assert 0.2 < time.monotonic() - began
        # One byte now and then is no reason to wait longer: all of them would take more than seven seconds.
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
            with pytest.raises(OSError):
                for byte in hello:
                    client.sendall(bytes([byte]))
                    time.sleep(0.1)

        def infers():
            """A machine that is busy may take too long over a good handshake, too."""
            try:
                assert_infers(server)
                return True
            except OSError:
                return False

        until(infers)


def test_plain_http_on_the_port_is_told_so(tls):
    for method in [b"GET", b"POST", b"OPTIONS"]:
        said = tls.raw(method + b" /v2 HTTP/1.1\r\nHost: x\r\n\r\n")
        assert said.startswith(b"HTTP/1.1 400 Bad Request\r\n"), said
        assert b"this port speaks TLS and got a request without it: use https" in said


def test_garbage_and_clients_that_vanish_hurt_nobody(tls):
    descriptors = tls.open_descriptors()
    for index in range(60):
        with socket.create_connection(("127.0.0.1", tls.port), timeout=10) as client:
            client.sendall([b"\x16\x03\x01\x40\x00" + os.urandom(5000), os.urandom(500), b"\x00" * 50][index % 3])
    body, headers = large_request(50_000)
    fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"POST /v2/models/iris/infer HTTP/1.1\r\nHost: x\r\n{fields}Content-Length: {len(body)}\r\n\r\n"
    for _ in range(10):
        # Gone with a reset while the answer is written: no signal may end the server.
        client = tls.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.sendall(head.encode() + body)
        client.recv(100)
        client.close()
    assert_infers(tls)
    deadline = time.monotonic() + 10
    while tls.open_descriptors() > descriptors + 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert tls.open_descriptors() <= descriptors + 2


def test_the_end_of_an_answer_is_a_farewell(tls):
    with tls.socket(suppress_ragged_eofs=False) as client:
        client.sendall(b"GET /v2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        received = b""
        while chunk := client.recv(65536):
            received += chunk
        assert b"200 OK" in received


# At the start


def starting(*flags):
    done = subprocess.run([str(BINARY), "serve", "--http-port", "0", *flags], capture_output=True, text=True, timeout=30)
    return done.returncode, done.stderr


def test_what_is_wrong_is_said_at_the_start(authority, tmp_path):
    good = ["--tls-certificate", authority["server.pem"], "--tls-key", authority["server.key"]]
    text = tmp_path / "text"
    text.write_text("nothing\n")
    for flags, words in [
        (good[:2], "tls_certificate without tls_key; TLS needs a certificate and its key"),
        (good[2:], "tls_key without tls_certificate; TLS needs a certificate and its key"),
        (["--tls-client-ca", authority["authority.pem"]], "tls_client_ca without tls_certificate"),
        (good + ["--tls-client-auth", "optional"], "tls_client_auth is optional without tls_client_ca"),
        (good + ["--tls-min-version", "1.1"], "--tls-min-version 1.1: must be one of 1.2, 1.3"),
        (good + ["--tls-client-auth", "never"], "--tls-client-auth never: must be one of required, optional"),
        (["--tls-certificate", "/none.pem", *good[2:]], "/none.pem: No such file or directory"),
        ([*good[:2], "--tls-key", authority["client.key"]],
         f"{authority['client.key']}: the private key is not that of the first certificate in"),
        ([*good[:2], "--tls-key", str(text)], f"{text}: expected a private key in PEM form"),
        (["--tls-certificate", str(text), *good[2:]], f"{text}: expected certificates in PEM form"),
        (good + ["--tls-client-ca", str(text)], f"{text}: expected certificates in PEM form"),
    ]:
        code, said = starting(*flags)
        assert code == 2 and words in said, (flags, said)


def test_a_key_that_everybody_may_read_is_warned_of(authority, tmp_path):
    own = Authority(tmp_path)
    for name in ["authority.pem", "server.pem", "server.key"]:
        shutil.copy(authority[name], own[name])
    (tmp_path / "server.key").chmod(0o644)
    with TLSServer(own) as server:
        assert "chmod 600" in server.wait_for_log("every user of this machine may read the private key")
        assert "/CN=server" in server.wait_for_log("TLS certificate loaded")


def test_an_expired_certificate_is_warned_of(authority, tmp_path):
    own = Authority(tmp_path)
    own.make_authority("authority")
    openssl("x509", "-in", own["authority.pem"], "-signkey", own["authority.key"], "-days", "-1", "-out",
            own["server.pem"])
    shutil.copy(own["authority.key"], own["server.key"])
    unchecked = ssl.create_default_context()
    unchecked.check_hostname = False
    unchecked.verify_mode = ssl.CERT_NONE
    with TLSServer(own, client=unchecked) as server:
        assert "has expired on 20" in server.wait_for_log("TLS certificate not good at this time")


def test_the_version_names_the_library():
    said = subprocess.run([str(BINARY), "version"], capture_output=True, text=True, timeout=30).stdout
    assert re.search(r"TLS \(OpenSSL 3\.\d+\.\d+\)", said), said
