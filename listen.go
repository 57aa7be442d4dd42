package parley

import (
	"context"
	"fmt"
	"time"
)

// keepAliveIdle is when a silent connection is asked whether it is still there:
// clients behind modems vanish without a word.
const keepAliveIdle = 5 * time.Minute

// Listen serves TLS on a TCP or Unix address. A Config that cannot work is an
// error that names the field.
func Listen(network, address string, config *Config) (*Listener, error) {
	if _, err := config.ready(); err != nil {
		return nil, err
	}
	listen := keepingAlive()
	inner, err := listen.Listen(context.Background(), network, address)
	if err != nil {
		return nil, fmt.Errorf("parley: %w", err)
	}
	l, err := NewListener(inner, config)
	if err != nil {
		_ = inner.Close()
		return nil, err
	}
	return l, nil
}
