package kernels

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
)

// Register writes the environment's kernels into the reader's own Jupyter, with the checkout and the cache folder written down in them.
func (e *Env) Register(out io.Writer) error {
	dir, err := userKernels()
	if err != nil {
		return err
	}
	for _, d := range Devices {
		if d != CPU && readPlugins(e.Plugins())[string(d)] == "" {
			continue
		}
		if err := e.writeSpec(dir, d, e.Root); err != nil {
			return fmt.Errorf("kernels: registering the kernel: %w: make %s writable, or set JUPYTER_DATA_DIR", err, dir)
		}
		fmt.Fprintf(out, "Registered %q in %s.\n", e.spec(d, e.Root).DisplayName, filepath.Join(dir, d.Kernel()))
	}
	fmt.Fprintf(out, "The kernels find the course in %s; after moving it, register them again.\n", e.Root)
	return nil
}

// userKernels is where the reader's own Jupyter looks for kernels, by Jupyter's rules.
func userKernels() (string, error) {
	if dir := os.Getenv("JUPYTER_DATA_DIR"); dir != "" {
		return filepath.Join(dir, "kernels"), nil
	}
	h, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("kernels: registering the kernel: %w: set JUPYTER_DATA_DIR", err)
	}
	if runtime.GOOS == "darwin" {
		return filepath.Join(h, "Library", "Jupyter", "kernels"), nil
	}
	if data := os.Getenv("XDG_DATA_HOME"); data != "" {
		return filepath.Join(data, "jupyter", "kernels"), nil
	}
	return filepath.Join(h, ".local", "share", "jupyter", "kernels"), nil
}
