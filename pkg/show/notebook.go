package show

import (
	"encoding/gob"
	"fmt"
	"time"

	"github.com/janpfeifer/gonb/gonbui"
)

func init() {
	// GoNB knows these types at its end of the pipe: sent in them, JSON and metadata reach Jupyter as objects, where a string would stay a string.
	gob.Register(map[string]any{})
	gob.Register([]any{})
}

// settle waits until the kernel has what was sent: a cell that ends while its output is still in the pipe would lose it.
func settle() error {
	if !gonbui.IsNotebook {
		return nil
	}
	if err := notebookError(); err != nil {
		return err
	}
	done := make(chan struct{})
	go func() {
		gonbui.Sync()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(5 * time.Second): // Sync has no limit of its own, and a kernel that died does not answer.
	}
	return notebookError()
}

func notebookError() error {
	if err := gonbui.Error(); err != nil {
		return fmt.Errorf("show: sending to the notebook: %w", err)
	}
	return nil
}
