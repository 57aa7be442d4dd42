package proxy

import (
	"strconv"
	"time"
)

func (o Options) checkLimits(s *Settings) error {
	for _, check := range []func(*Settings) error{o.checkCounts, o.checkRations, o.checkTimes} {
		if err := check(s); err != nil {
			return err
		}
	}
	return nil
}

func (o Options) checkCounts(s *Settings) (err error) {
	for _, n := range []struct {
		name, word string
		to         *int
	}{
		{"max-connections", o.MaxConnections, &s.MaxConnections},
		{"max-connections-in-all", o.MaxInAll, &s.MaxInAll},
		{"max-per-source", o.MaxPerSource, &s.MaxPerSource},
		{"handshakes-per-source", o.HandshakesPerSource, &s.PerSecond},
	} {
		if *n.to, err = count(n.name, n.word); err != nil {
			return err
		}
	}
	s.MaxHandshakes, err = some("max-handshakes", o.MaxHandshakes)
	return err
}

// checkRations reads what renegotiation may cost; zero stands for the library's
// defaults.
func (o Options) checkRations(s *Settings) (err error) {
	for _, n := range []struct {
		name, word string
		to         *int
	}{
		{"ration-connection", o.RationConnection, &s.Policy.Ration.Connection},
		{"ration-connection-per-second", o.RationConnectionPerSecond, &s.Policy.Ration.ConnectionPerSecond},
		{"ration-source", o.RationSource, &s.Policy.Ration.Source},
		{"ration-source-per-second", o.RationSourcePerSecond, &s.Policy.Ration.SourcePerSecond},
	} {
		if *n.to, err = some(n.name, n.word); err != nil {
			return err
		}
	}
	return nil
}

func (o Options) checkTimes(s *Settings) (err error) {
	for _, d := range []struct {
		name, word string
		to         *time.Duration
		otherwise  time.Duration
		mayBeZero  bool
	}{
		{"handshake-timeout", o.HandshakeTimeout, &s.Handshake, defaultHandshake, false},
		{"renegotiate-timeout", o.RenegotiateTimeout, &s.Renegotiate, defaultRenegotiate, false},
		{"idle-timeout", o.IdleTimeout, &s.Idle, 0, true},
		{"lifetime", o.Lifetime, &s.Lifetime, 0, true},
		{"keepalive", o.KeepAlive, &s.KeepAlive, defaultKeepAlive, true},
		{"drain", o.Drain, &s.Drain, defaultDrain, true},
		{"upgrade-drain", o.UpgradeDrain, &s.UpgradeDrain, defaultUpgradeDrain, true},
	} {
		if *d.to, err = duration(d.name, d.word, d.otherwise, d.mayBeZero); err != nil {
			return err
		}
	}
	s.DrainOld, err = choose("reload", o.Reload, choice[bool]{"keep", false}, choice[bool]{"drain", true})
	return err
}

// some reads a count that cannot be nothing; zero: it is not set.
func some(name, word string) (int, error) {
	if word == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(word, 10, 31)
	switch {
	case err != nil || n < 0:
		return 0, &SettingError{Name: name, Value: word, Problem: "this is not a count", Advice: "write a whole number up to 2147483647"}
	case n == 0:
		return 0, &SettingError{Name: name, Value: word, Problem: "nobody would be served", Advice: "write a whole number from 1, or leave --" + name + " out"}
	}
	return int(n), nil
}
