// Package flight is the server's flight recorder. It keeps a few events of each
// connection, and of those that end badly a conversation, which parley diagnose
// reads as it reads a capture.
package flight
