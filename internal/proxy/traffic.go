package proxy

import "crypto/x509"

// A traffic counts application bytes.
type traffic struct{ in, out int64 }

func (t *traffic) add(in, out int64) {
	t.in += in
	t.out += out
}

// traffic counts the bytes of all sessions, those under way included.
func (s *Server) traffic() (in, out int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sum := s.past
	for session := range s.sessions {
		sum.add(session.carried())
	}
	return sum.in, sum.out
}

// leaves are the certificates that clients are served with, without their chains.
func (s *Server) leaves() []*x509.Certificate {
	var out []*x509.Certificate
	for _, c := range s.Certificates() {
		out = append(out, c.Leaf)
	}
	return out
}
