// Package proxy is the daemon: it listens, ends TLS by package parley, forwards
// each stream to a backend connection of its own, and tells of every connection
// in one log line.
package proxy
