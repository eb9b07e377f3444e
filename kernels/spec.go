package kernels

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/curious-go/curious/kernels/labextension"
)

// kernelSpec is what Jupyter reads to start a kernel.
type kernelSpec struct {
	Argv          []string          `json:"argv"`
	DisplayName   string            `json:"display_name"`
	Language      string            `json:"language"`
	InterruptMode string            `json:"interrupt_mode"`
	Env           map[string]string `json:"env"`
	Metadata      map[string]any    `json:"metadata"`
}

// spec is the kernelspec of the course's kernel for a device. The environment's own Jupyter takes the checkout from whoever started it; the reader's own
// knows of none, so there root is written down.
func (e *Env) spec(device Device, root string) kernelSpec {
	return e.kernelSpec("Curious, "+device.Title(), device, root)
}

// moduleSpec is the kernelspec of a kernel for a module.
func (e *Env) moduleSpec(m Module) kernelSpec { return e.kernelSpec(m.Name(), CPU, m.Dir) }

// kernelSpec writes a kernelspec. Interrupts go as messages: a signal would reach the cell twice, from Jupyter and from the kernel, and the second one means "at once".
func (e *Env) kernelSpec(title string, device Device, root string) kernelSpec {
	env := map[string]string{"CURIOUS_HOME": e.Home}
	if dir := goDir(); dir != "" {
		env["CURIOUS_GO"] = dir
	}
	if root != "" {
		env["CURIOUS_ROOT"] = root
	}
	return kernelSpec{
		Argv:          []string{filepath.Join(e.Bin(), "curious"), "kernel", "--device", string(device), "{connection_file}"},
		DisplayName:   "Go (" + title + ")",
		Language:      "go",
		InterruptMode: "message",
		Env:           env,
		Metadata:      map[string]any{"debugger": false},
	}
}

// write puts a kernelspec into the folder of kernels dir under a name.
func (k kernelSpec) write(dir, name string) error {
	text, err := json.MarshalIndent(k, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(dir, name, specName), append(text, '\n'))
}

// specName is the file in a kernel's folder that Jupyter reads.
const specName = "kernel.json"

// overrides take the pop-up that asks about news, and the calls home behind it, out of JupyterLab, and let Tab wait while a training has the machine busy:
// after a second JupyterLab would show nothing.
const overrides = `{
  "@jupyterlab/completer-extension:manager": {"providerTimeout": 10000},
  "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": false, "doNotDisturbMode": false}
}
`

// specs is the step that registers the kernels in the environment, and writes JupyterLab's settings and the extension, which it can do without.
func (s *setup) specs(context.Context) error {
	share := filepath.Join(s.Venv, "share", "jupyter")
	if err := s.writeSpecs(filepath.Join(share, "kernels")); err != nil {
		return err
	}
	if err := labextension.Install(s.Venv); err != nil {
		fmt.Fprintf(s.progress.out, "! %v\n", err)
	}
	return writeFile(filepath.Join(share, "lab", "settings", "overrides.json"), []byte(overrides))
}

// writeSpecs registers the kernels of the devices that are set up in the folder of kernels dir of an environment, and no other device's.
func (s *setup) writeSpecs(dir string) error {
	for _, device := range Devices {
		if _, ok := readPlugins(s.Plugins())[string(device)]; ok || device == CPU {
			if err := s.spec(device, "").write(dir, device.Kernel()); err != nil {
				return err
			}
		} else if err := os.RemoveAll(filepath.Join(dir, device.Kernel())); err != nil {
			return err
		}
	}
	return nil
}
