// Package wire holds the bytes and names of TLS: it parses, marshals and
// prints records' headers and handshake messages, and judges nothing.
package wire
