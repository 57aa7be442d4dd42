"""An echo server on the system's OpenSSL 3, by way of Python's ssl module.

python_server.py CERT KEY

Prints "ready port=N", serves TLS 1.0 to 1.2 until its standard input ends, and
takes a client's renegotiations, which OpenSSL 3 by itself refuses.
"""

import os
import socket
import ssl
import sys
import threading
import warnings

SSL_OP_ALLOW_CLIENT_RENEGOTIATION = 1 << 8  # no name in Python 3.11


def context(cert, key):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(cert, key)
    made.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made.minimum_version = ssl.TLSVersion.TLSv1
        made.maximum_version = ssl.TLSVersion.TLSv1_2
    made.options &= ~ssl.OP_NO_RENEGOTIATION
    made.options |= SSL_OP_ALLOW_CLIENT_RENEGOTIATION
    return made


def say(text):
    os.write(1, (text + "\n").encode())


def serve(made, connection):
    with connection:
        try:
            connection.settimeout(60)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with made.wrap_socket(connection, server_side=True, suppress_ragged_eofs=False) as tls:
                while data := tls.recv(1 << 16):
                    tls.sendall(data)
                tls.unwrap()
        except OSError as error:
            say(f"error {error}")


def accept(made, listener):
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(made, connection), daemon=True).start()


def main():
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    threading.Thread(target=accept, args=(context(*sys.argv[1:]), listener), daemon=True).start()
    say(f"ready port={listener.getsockname()[1]}")
    sys.stdin.read()


main()
