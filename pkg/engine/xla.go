//go:build cgo && (linux || darwin) && !noxla

package engine

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/gomlx/go-xla/compute/xla"
	"github.com/gomlx/go-xla/pjrt"
)

const openRemedy = remedy

// openXLA opens the plugin, an absolute path.
func openXLA(device, plugin string) (*Engine, error) {
	// go-xla silences XLA's log, downloads nothing for an absolute name, and takes a preloaded plugin for what its name contains.
	name := "/" + device
	var options pjrt.NamedValuesMap
	if device == "cuda" {
		if !cardVisible() {
			return nil, errors.New("no NVIDIA card is visible here, /dev has none")
		}
		findCUDA(plugin)
		options = pjrt.NamedValuesMap{"preallocate": false} // by default the first notebook takes three quarters of the card
	}
	if err := register(name, device, plugin); err != nil {
		return nil, oneLine(err)
	}
	backend, err := xla.NewWithOptions(name, options)
	if err != nil {
		return nil, oneLine(err)
	}
	if backend.NumDevices() == 0 {
		return nil, errors.New("the plugin finds no device")
	}
	return &Engine{Backend: backend, Kind: "xla", Device: device, Plugin: plugin}, nil
}

// register makes the plugin known to go-xla, once.
func register(name, device, plugin string) error {
	switch loaded.path {
	case plugin:
		return nil
	case "":
	default:
		return errors.New("another plugin is open in this process: " + loaded.path)
	}
	api, err := loadPlugin(device, plugin)
	if err != nil {
		return err
	}
	if err := pjrt.RegisterPreloadedPlugin(name, api); err != nil {
		return err
	}
	loaded.path = plugin
	return nil
}

// cardVisible is asked first, since the plugin says more than one line about a missing card. The last two names are WSL's and Jetson's.
func cardVisible() bool {
	for _, pattern := range []string{"/dev/nvidia*", "/dev/dxg", "/dev/nvhost*"} {
		if found, _ := filepath.Glob(pattern); len(found) > 0 {
			return true
		}
	}
	return false
}

// findCUDA tells XLA where the wheels put NVIDIA's compiler parts: in nvidia, one or two folders above the plugin.
func findCUDA(plugin string) {
	flags := os.Getenv("XLA_FLAGS")
	if strings.Contains(flags, "xla_gpu_cuda_data_dir") {
		return
	}
	for _, up := range []string{"..", "../.."} {
		found, _ := filepath.Glob(filepath.Join(filepath.Dir(plugin), up, "nvidia", "*", "nvvm"))
		if len(found) > 0 {
			os.Setenv("XLA_FLAGS", strings.TrimSpace(flags+" --xla_gpu_cuda_data_dir="+filepath.Dir(found[0])))
			return
		}
	}
}
