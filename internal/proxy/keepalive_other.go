//go:build !linux

package proxy

import (
	"net"
	"time"
)

// listenConfig makes listening sockets whose connections are asked after five
// silent minutes whether they live.
func listenConfig() net.ListenConfig {
	return net.ListenConfig{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 5 * time.Minute, Interval: 30 * time.Second}}
}
