package kernels

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
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

// spec is a device's kernelspec. Interrupts go as messages: a signal would reach the cell twice, from Jupyter and from GoNB, and the second one means "at once".
// The environment's kernels take the checkout from whoever started Jupyter; the reader's own Jupyter knows of none, so there root is written down.
func (e *Env) spec(device Device, root string) kernelSpec {
	env := map[string]string{"CURIOUS_HOME": e.Home}
	if dir := goDir(); dir != "" {
		env["CURIOUS_GO"] = dir
	}
	if root != "" {
		env["CURIOUS_ROOT"] = root
	}
	return kernelSpec{
		Argv:          []string{filepath.Join(e.Bin(), "curious"), "kernel", "--device", string(device), "{connection_file}"},
		DisplayName:   "Go (Curious, " + device.Title() + ")",
		Language:      "go",
		InterruptMode: "message",
		Env:           env,
		Metadata:      map[string]any{"debugger": false},
	}
}

// writeSpec writes a kernelspec into the folder of kernels dir.
func (e *Env) writeSpec(dir string, device Device, root string) error {
	text, err := json.MarshalIndent(e.spec(device, root), "", "  ")
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(dir, device.Kernel(), "kernel.json"), append(text, '\n'))
}

// overrides take the pop-up that asks about news, and the calls home behind it, out of JupyterLab.
const overrides = `{
  "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": false, "doNotDisturbMode": false}
}
`

// specs is the step that registers the kernels in the environment and writes JupyterLab's settings.
func (s *setup) specs(context.Context) error {
	share := filepath.Join(s.Venv, "share", "jupyter")
	for _, device := range Devices {
		if _, ok := readPlugins(s.Plugins())[string(device)]; ok || device == CPU {
			if err := s.writeSpec(filepath.Join(share, "kernels"), device, ""); err != nil {
				return err
			}
		} else if err := os.RemoveAll(filepath.Join(share, "kernels", device.Kernel())); err != nil {
			return err
		}
	}
	return writeFile(filepath.Join(share, "lab", "settings", "overrides.json"), []byte(overrides))
}
