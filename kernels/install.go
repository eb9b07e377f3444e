package kernels

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/curious-go/curious/kernels/labextension"
)

// Register writes the environment's kernels into the reader's own Jupyter, with the checkout and the cache folder written down in them.
func (e *Env) Register(out io.Writer) error {
	data, err := userData()
	if err != nil {
		return err
	}
	for _, d := range Devices {
		if d != CPU && readPlugins(e.Plugins())[string(d)] == "" {
			continue
		}
		if err := e.register(data, e.spec(d, e.Root), d.Kernel(), out); err != nil {
			return err
		}
	}
	extend(data, out)
	fmt.Fprintf(out, "The kernels find the course in %s; after moving it, register them again.\n", e.Root)
	return nil
}

// extend gives the JupyterLab of the reader's own Jupyter the extension; kernels work without it, so what goes wrong is only told.
func extend(data string, out io.Writer) {
	prefix, ok := strings.CutSuffix(data, filepath.Join(string(filepath.Separator), "share", "jupyter"))
	if !ok {
		fmt.Fprintf(out, "The JupyterLab extension is not in %s: what a cell prints while its page is closed will not be shown there.\n", data)
		return
	}
	if err := labextension.Install(prefix); err != nil {
		fmt.Fprintf(out, "%v\n", err)
	}
}

// register writes one kernelspec into the reader's own Jupyter, whose data lie in data.
func (e *Env) register(data string, spec kernelSpec, name string, out io.Writer) error {
	kernels := filepath.Join(data, "kernels")
	if err := spec.write(kernels, name); err != nil {
		return fmt.Errorf("kernels: registering the kernel: %w: make %s writable, or set JUPYTER_DATA_DIR", err, kernels)
	}
	fmt.Fprintf(out, "Registered %q in %s.\n", spec.DisplayName, filepath.Join(kernels, name))
	return nil
}

// userData is where the reader's own Jupyter looks for kernels and extensions, by Jupyter's rules.
func userData() (string, error) {
	if dir := os.Getenv("JUPYTER_DATA_DIR"); dir != "" {
		return dir, nil
	}
	h, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("kernels: registering the kernel: %w: set JUPYTER_DATA_DIR", err)
	}
	if runtime.GOOS == "darwin" {
		return filepath.Join(h, "Library", "Jupyter"), nil
	}
	if data := os.Getenv("XDG_DATA_HOME"); data != "" {
		return filepath.Join(data, "jupyter"), nil
	}
	return filepath.Join(h, ".local", "share", "jupyter"), nil
}
