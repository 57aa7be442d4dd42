//go:build !linux

package passage

func peek(conn Conn) (First, Conn, error) { return readFirst(conn) }
