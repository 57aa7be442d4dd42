package prove

import (
	"errors"
	"io"
)

// Read searches all that a reader gives, such as the file itself.
func (s *Search) Read(where string, r io.Reader) error {
	st := s.Stream(where)
	buffer := make([]byte, 64<<10)
	for {
		n, err := r.Read(buffer)
		st.Write(0, buffer[:n])
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}
