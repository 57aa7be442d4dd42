package listen

import (
	"errors"
	"fmt"
	"os"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/proxy"
	"github.com/parley-tls/parley/internal/tape"
)

// newTape makes the file that the plan names; nil: it names none.
func (p *Plan) newTape() (*tape.Tape, error) {
	if p.write == "" {
		return nil, nil
	}
	t, err := tape.Create(p.write, capture.WriterOptions{Application: p.tool, Comment: "parley listen: holds the keys to these connections"})
	if errors.Is(err, os.ErrExist) {
		return nil, &proxy.SettingError{Name: "write", Value: p.write, Problem: "this file is there already", Advice: "choose another name, or remove it"}
	}
	return t, ofWrite(err)
}

// ofWrite names the flag that an error is about.
func ofWrite(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("--write: %w", err)
}
