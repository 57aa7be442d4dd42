"""An echo client on the system's OpenSSL, by way of Python's ssl module.

python_peer.py port=8443 [version=TLSv1_2] [ciphers=...] [bytes=64] [connections=1] [timeout=20]

Later connections offer the session of the one before.
"""

import socket
import ssl
import sys
import warnings

CHUNK = 1 << 14


def lines(length):
    """Lines of one letter, which read the same backwards."""
    return bytes(10 if i % 64 == 63 else 97 + i // 64 % 26 for i in range(length))


def context(options):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    made.set_ciphers(options.get("ciphers", "ALL") + ":@SECLEVEL=0")
    version = getattr(ssl.TLSVersion, options.get("version", "TLSv1_2"))
    with warnings.catch_warnings():  # TLS 1.0 and 1.1 are what this is about
        warnings.simplefilter("ignore")
        made.minimum_version = version
        made.maximum_version = version
    return made


def echo(tls, out):
    """One chunk at a time: this ssl module cannot read and write on two threads."""
    tls.sendall(out)
    back = b""
    while len(back) < len(out):
        piece = tls.recv(CHUNK)
        if not piece:
            raise OSError(f"the connection ended after {len(back)} of {len(out)} bytes")
        back += piece
    if back != out:
        raise OSError("a byte came back changed")


def converse(made, options, session):
    timeout = float(options.get("timeout", 20))
    with socket.create_connection(("127.0.0.1", int(options["port"])), timeout) as tcp:
        with made.wrap_socket(tcp, session=session) as tls:
            print(f"handshake version={tls.version()} cipher={tls.cipher()[0]} resumed={int(tls.session_reused)}")
            out = lines(int(options.get("bytes", 64)))
            for at in range(0, len(out), CHUNK):
                echo(tls, out[at : at + CHUNK])
            return tls.session


def main():
    options = dict(word.split("=", 1) for word in sys.argv[1:])
    try:
        made, session = context(options), None
        for _ in range(int(options.get("connections", 1))):
            session = converse(made, options, session)
    except OSError as error:
        print(f"done status=failed reason={error}")
        sys.exit(1)
    print("done status=ok")


main()
